"""Which language a visitor reads: chosen in the masthead, else the browser's, else English.

What programs ask for is English whatever their headers say, since they read sentences as constants; only a request
that names a language in `Camscope-Language`, as the scripts of our pages do, is answered in it.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from babel import negotiate_locale
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.cookies import cookie_values
from app.probes import MACHINE_PATHS, is_for_programs

DEFAULT_LANGUAGE = "en"
LANGUAGES = {DEFAULT_LANGUAGE: "English", "ko": "한국어"}  # each by its own name
LANGUAGE_PATH = "/language"
LANGUAGE_COOKIE = "camscope_language"
LANGUAGE_HEADER = "camscope-language"
MOST_WISHES = 20

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def language() -> str:
    """That of the request which is being answered; English outside of requests."""
    return _language.get()


@contextlib.contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Let `language` be one of LANGUAGES, also in the threads that work for this task."""
    before = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(before)


class InTheirLanguage:
    """ASGI: answer every request in its visitor's language."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with speaking(language_of(scope)):
            await self._app(scope, receive, send)


def language_of(scope: Scope) -> str:
    """One of LANGUAGES, for a request: what it names itself, then the cookie, then what the browser prefers.

    A request may be refused before its path is known; whoever sent it is taken for a program.
    """
    headers = Headers(scope=scope)
    named = headers.get(LANGUAGE_HEADER)
    if named is not None or is_for_programs(scope.get("path", MACHINE_PATHS[0])):
        return named if named in LANGUAGES else DEFAULT_LANGUAGE
    chosen = next((value for value in cookie_values(headers, LANGUAGE_COOKIE) if value in LANGUAGES), None)
    return chosen or preferred(headers.get("accept-language", ""))


def preferred(accepted: str) -> str:
    """The best of LANGUAGES by an Accept-Language header; English where it names none of them."""
    wishes = [_wish(part) for part in accepted.split(",")[:MOST_WISHES]]
    tags = [tag for tag, weight in sorted(wishes, key=lambda wish: -wish[1]) if weight > 0]
    return negotiate_locale(tags, list(LANGUAGES), sep="-") or DEFAULT_LANGUAGE


def _wish(part: str) -> tuple[str, float]:
    """A tag and its weight; 0 where that is no weight."""
    tag, _, weight = part.partition(";")
    name, _, number = weight.strip().partition("=")
    tag = tag.strip().lower()
    if not weight.strip():
        return tag, 1.0
    try:
        value = float(number) if name.strip().lower() == "q" else 0.0
    except ValueError:
        value = 0.0
    return tag, value if 0 <= value <= 1 else 0.0
