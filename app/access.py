"""ASGI: who has the access token may ask; nothing of anybody else's request is read.

Programs send the token with every request. Browsers send it once, from the login page, and get a session: a cookie
that the token has signed, so that no list of sessions is kept and another token ends all of them.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config import Settings
from app.cookies import cookie_values
from app.errors import AppError, Guessing, NeedsToken, StartError, respond, wants_page
from app.languages import LANGUAGE_PATH
from app.probes import is_for_anybody
from app.rates import Rate, network_of

LEAST_LENGTH, MOST_LENGTH = 16, 1024
VISIBLE = re.compile(r"[!-~]+")
GUESSES_PER_MINUTE = 10
GUESSES_PER_MINUTE_BESIDE = 600  # of an address that the right token came from in the last minute
SESSION_COOKIE = "camscope_session"
SESSION_S = 30 * 24 * 3600
SESSION = re.compile(r"([0-9a-f]{1,12})\.([A-Za-z0-9_-]{22})\.([0-9a-f]{64})")
LOGIN, LOGOUT = "/login", "/logout"
OPEN_PATHS = (LOGIN, LOGOUT, LANGUAGE_PATH)
MOST_ADDRESS = 2000
WHOLE_ADDRESS = re.compile(r"/(?!/)[^\x00-\x20\x7f\\]*")


class Access:
    """The token, the sessions that it signs, and how often each address may be wrong about it."""

    def __init__(self, token: str, clock: Callable[[], float] = time.time) -> None:
        self._digest = hashlib.sha256(token.encode()).digest()
        self._key = hmac.digest(token.encode(), b"camscope sessions", "sha256")
        self._clock = clock
        self._wrong, self._wrong_beside = Rate(GUESSES_PER_MINUTE), Rate(GUESSES_PER_MINUTE_BESIDE)
        self._right = Rate(1)

    def require(self, token: str, address: str) -> None:
        """Raise unless a token is the right one.

        Args:
            token: as it was sent
            address: whom a wrong one is counted against

        Raises:
            NeedsToken: it is not
            Guessing: there were too many wrong ones; this one was not looked at
        """
        if wait_s := self._wait_s(address):
            raise Guessing(wait_s)
        if not self._is_right(token):
            self._wrong.add(address)
            self._wrong_beside.add(address)
            raise NeedsToken(wrong=True)
        if not self._right.wait_s(address):
            self._right.add(address)

    def knows(self, headers: Headers, address: str | None) -> bool:
        """Whether a request will be let in, as far as can be told without counting anything.

        Args:
            headers: of the request
            address: whom wrong tokens are counted against; None: nobody knows, and no token is looked at
        """
        if self.has_session(headers):
            return True
        token = bearer_of(headers)
        if token is None or address is None:
            return False
        return not self._wait_s(address) and self._is_right(token)

    def _wait_s(self, address: str) -> int:
        """Seconds until a token of an address is looked at again; 0: now."""
        is_known = self._right.wait_s(address) > 0
        return (self._wrong_beside if is_known else self._wrong).wait_s(address)

    def _is_right(self, token: str) -> bool:
        given = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        return hmac.compare_digest(given, self._digest)

    def new_session(self) -> str:
        """A session's cookie: when it ends, a number of its own, and the signature of both."""
        ends_at, number = f"{round(self._clock()) + SESSION_S:x}", secrets.token_urlsafe(16)
        return f"{ends_at}.{number}.{self._signature(ends_at, number)}"

    def has_session(self, headers: Headers) -> bool:
        """Whether a request has a cookie that this token signed and that has not ended."""
        return any(self._is_good(value) for value in cookie_values(headers, SESSION_COOKIE))

    def _is_good(self, session: str) -> bool:
        found = SESSION.fullmatch(session)
        if found is None:
            return False
        ends_at, number, signature = found.groups()
        right = hmac.compare_digest(signature, self._signature(ends_at, number))
        return right and self._clock() < int(ends_at, 16)

    def _signature(self, ends_at: str, number: str) -> str:
        return hmac.new(self._key, f"{ends_at}.{number}".encode(), "sha256").hexdigest()


class TokenOnly:
    """Refuse requests that have neither the token nor a session, before anything else of them is looked at."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or is_for_anybody(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            if not self._access.has_session(headers):
                self._require_token(headers, scope)
        except AppError as refusal:
            await _refused(Request(scope), refusal)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _require_token(self, headers: Headers, scope: Scope) -> None:
        token = bearer_of(headers)
        if token is None:
            raise NeedsToken
        self._access.require(token, network_of(scope))
        scope.setdefault("state", {})["token_shown"] = True


def bearer_of(headers: Headers) -> str | None:
    """The token that a program sends; None where it sends none, for another kind may be for a proxy in front."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip(" ") if kind.lower() == "bearer" else None


def _refused(request: Request, refusal: AppError) -> Response:
    """The refusal; a browser is led to the login page, and from there to where it wanted."""
    is_navigation = request.headers.get("sec-fetch-mode", "navigate") == "navigate"  # and no script that reads a page
    if refusal.status != NeedsToken.status or not (is_navigation and wants_page(request)):
        return respond(request, refusal)
    path, query = (request.scope[part].decode("latin-1") for part in ("raw_path", "query_string"))
    wanted = f"{path}?{query}" if query else path
    back = {"next": wanted} if request.method in ("GET", "HEAD") and wanted != "/" else {}
    return RedirectResponse(f"{LOGIN}?{urlencode(back)}".rstrip("?"), 303)


def local_address(wanted: str) -> str:
    """The address to go to after the login: one of this server's, else the first page."""
    return wanted if is_ours(wanted) and not wanted.startswith((LOGIN, LOGOUT)) else "/"


def is_ours(address: str) -> bool:
    """Whether an address that came with a request leads to this server and nowhere else."""
    return len(address) <= MOST_ADDRESS and WHOLE_ADDRESS.fullmatch(address) is not None


def access_of(settings: Settings) -> Access | None:
    """What guards the server; None where everybody may ask.

    Raises:
        StartError: the token is too short, cannot be sent as a header or cannot be read; it is not shown
    """
    token = _read(settings.token_file) if settings.token_file else settings.token
    if token is None:
        return None
    secret = token.get_secret_value().strip()
    source = "CAMSCOPE_TOKEN_FILE" if settings.token_file else "CAMSCOPE_TOKEN"
    if settings.token_file and settings.token:
        raise StartError("CAMSCOPE_TOKEN and CAMSCOPE_TOKEN_FILE are both set; set one.")
    if not LEAST_LENGTH <= len(secret) <= MOST_LENGTH:
        raise StartError(
            f"{source}: the token has {len(secret)} characters; it takes {LEAST_LENGTH} to {MOST_LENGTH:,}."
        )
    if not VISIBLE.fullmatch(secret):
        raise StartError(f"{source}: the token takes ASCII letters, digits and signs alone, and no space.")
    return Access(secret)


def _read(file: Path) -> SecretStr:
    try:
        with file.open("rb") as stream:
            return SecretStr(stream.read(4 * MOST_LENGTH).decode("utf-8", "replace"))
    except OSError as error:
        raise StartError(f"CAMSCOPE_TOKEN_FILE: {file} cannot be read: {error.strerror}") from None
