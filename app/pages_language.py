"""The choice of a language, from the masthead of every page."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from app.access import is_ours
from app.cookies import set_cookie
from app.errors import Unusable
from app.languages import LANGUAGE_COOKIE, LANGUAGE_PATH, LANGUAGES

router = APIRouter(include_in_schema=False)

KEPT_S = 365 * 24 * 3600


@router.post(LANGUAGE_PATH)
async def choose(
    request: Request, chosen: Annotated[str, Form(alias="language")] = "", back: Annotated[str, Form(alias="next")] = ""
) -> Response:
    """Remember the language in this browser, and go back to where it was chosen."""
    if chosen not in LANGUAGES:
        raise Unusable(f"'language' takes {' or '.join(LANGUAGES)}.")
    answer = RedirectResponse(back if is_ours(back) else "/", 303)
    is_https = request.scope["scheme"] == "https"
    answer.headers["Set-Cookie"] = set_cookie(LANGUAGE_COOKIE, chosen, KEPT_S, "Lax", is_https)
    return answer
