"""The login page of a server that asks for its token, and the way out."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from app import contexts
from app.access import LOGIN, LOGOUT, SESSION_COOKIE, SESSION_S, Access, local_address
from app.cookies import set_cookie
from app.errors import AppError, NeedsToken, NotFound, note_refusal, wants_page
from app.rates import network_of
from app.templating import render, site
from app.text import gettext
from app.translated import translated

router = APIRouter(include_in_schema=False)

FROM_ELSEWHERE = ("cross-site", "same-site")


def _access(request: Request) -> Access:
    access: Access | None = request.app.state.access
    if access is None:
        raise NotFound("This server asks for no token.")
    return access


@router.get(LOGIN)
async def login_page(
    request: Request, wanted: Annotated[str, Query(alias="next")] = "", again: Annotated[str, Query()] = ""
) -> Response:
    """Ask for the token; who has a session goes where they wanted.

    A link on another site brings no cookie of ours along. The page then asks for itself once more, which does.
    """
    access, address = _access(request), local_address(wanted)
    if access.has_session(request.headers):
        return RedirectResponse(address, 303)
    page = render(contexts.LoginPage(site=site(request), refusal=None, wanted=address))
    if request.headers.get("sec-fetch-site") in FROM_ELSEWHERE and not again:
        page.headers["Refresh"] = f"0; url={LOGIN}?{urlencode({'next': address, 'again': 1})}"
    return page


@router.post(LOGIN)
async def login(
    request: Request, token: Annotated[str, Form()] = "", wanted: Annotated[str, Form(alias="next")] = ""
) -> Response:
    """Begin a session, and go where they wanted."""
    access, address = _access(request), local_address(wanted)
    try:
        access.require(token.strip(), network_of(request.scope))
    except AppError as error:
        if not wants_page(request):
            raise
        note_refusal(request, error)
        is_wrong = isinstance(error, NeedsToken)
        refusal = gettext("This is not this server’s token.") if is_wrong else translated(error.detail)
        page = render(contexts.LoginPage(site=site(request), refusal=refusal, wanted=address), error.status)
        page.headers.update(error.headers)
        return page
    answer = RedirectResponse(address, 303)
    answer.headers["Set-Cookie"] = _session_cookie(request, access.new_session(), SESSION_S)
    return answer


@router.post(LOGOUT)
async def logout(request: Request) -> Response:
    """Forget the session in this browser."""
    _access(request)
    answer = RedirectResponse(LOGIN, 303)
    answer.headers["Set-Cookie"] = _session_cookie(request, "", 0)
    return answer


def _session_cookie(request: Request, value: str, max_age_s: int) -> str:
    return set_cookie(SESSION_COOKIE, value, max_age_s, "Strict", request.scope["scheme"] == "https")
