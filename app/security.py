"""ASGI: headers that keep browsers safe, requests of other sites refused, and whose request it is."""

import hashlib
import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.cookies import cookie_values, set_cookie
from app.errors import CrossSite, Malformed, respond
from app.languages import LANGUAGE_PATH

POLICY = {
    "default-src": "'self'",
    "img-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
DOCS_POLICY = POLICY | {"img-src": "'self' data:"}  # Swagger UI's style sheet has its icons inside
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
OWNER_COOKIE = "camscope_owner"
OWNER_HEADER = "camscope-owner"
EVERYBODY = hashlib.sha256(b"everybody").hexdigest()
OWNER_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")
OWNER_MAX_AGE_S = 400 * 24 * 3600  # browsers keep none longer
OWNERLESS_PATHS = (
    "/static/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/colormaps.json",
    "/docs",
    "/log",
    LANGUAGE_PATH,
)


ICON = "/static/icon.svg"


def policy(directives: dict[str, str]) -> str:
    """A Content-Security-Policy header's value."""
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


class SecurityHeaders:
    """Give every answer, errors and static files too, the headers that browsers act on.

    A route may have headers of its own instead. What names no caching of its own is kept by no cache at all;
    static files are asked for again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._policies = {"/docs": policy(DOCS_POLICY)}
        self._policy = policy(POLICY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self._policies.get(scope["path"], self._policy))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", _keeping(scope["path"]))
            await send(message)

        await self._app(scope, receive, secured)


def _keeping(path: str) -> str:
    """How long a browser may keep what is at a path. It looks at the icon whenever the page's address changes."""
    if path == ICON:
        return "public, max-age=86400"
    return "no-cache" if path.startswith("/static/") else "no-store"


class SameSiteOnly:
    """Refuse requests that change something when another site made the browser send them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and is_cross_site(Headers(scope=scope)):
            await respond(Request(scope), CrossSite())(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def is_cross_site(headers: Headers) -> bool:
    """Whether a browser says that another site is behind a request; programs say nothing."""
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if fetch_site is None and origin is None:
        return False
    if fetch_site in (None, "same-site"):
        return origin is None or not _is_own(origin, headers.get("host", ""))
    return True


def _is_own(origin: str, host: str) -> bool:
    """Whether an Origin ("null" for an opaque one) names the host that was asked."""
    try:
        parts = urlsplit(origin)
        default = {"http": 80, "https": 443}.get(parts.scheme)
        asked = urlsplit(f"{parts.scheme}://{host}")
        return (
            default is not None
            and parts.hostname is not None
            and (parts.hostname, parts.port or default)
            == (
                asked.hostname,
                asked.port or default,
            )
        )
    except ValueError:
        return False


class Owner:
    """Tell whose request it is, and give a first visitor a secret to be recognised by.

    The secret is a cookie, or the header `Camscope-Owner` of a program; request.state.owner is
    its sha256, and nothing else is ever stored. On a shared server all are one owner, and nobody is recognised.
    """

    def __init__(self, app: ASGIApp, shared: bool = False) -> None:
        self._app = app
        self._shared = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http" or scope["path"].startswith(OWNERLESS_PATHS):
            await self._app(scope, receive, send)
            return
        if self._shared:
            scope.setdefault("state", {})["owner"] = EVERYBODY
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        chosen = headers.get(OWNER_HEADER)
        if chosen is not None and not OWNER_TOKEN.fullmatch(chosen):
            refusal = Malformed("Camscope-Owner takes 16 to 128 letters, digits, dashes and underscores.")
            await respond(Request(scope), refusal)(scope, receive, send)
            return
        known = chosen or _cookie(headers)
        token = known or secrets.token_urlsafe(32)
        scope.setdefault("state", {})["owner"] = hashlib.sha256(token.encode()).hexdigest()
        renew = chosen is None and (known is None or scope["path"] == "/")

        async def remembered(message: Message) -> None:
            if renew and message["type"] == "http.response.start":
                cookie = set_cookie(OWNER_COOKIE, token, OWNER_MAX_AGE_S, "Lax", scope["scheme"] == "https")
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, remembered)


def _cookie(headers: Headers) -> str | None:
    """The owner's secret from the cookies, None where it is missing or none of ours."""
    return next(filter(OWNER_TOKEN.fullmatch, cookie_values(headers, OWNER_COOKIE)), None)
