"""ASGI: the names by which this server may be asked."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import Malformed, Misdirected, respond
from app.probes import PROBES
from app.training_offer import ASKED_AS_LOCAL, is_loopback

NAME = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


class KnownHosts:
    """Refuse requests whose Host is none of the names: what a page of another site makes of a name of its own.

    Probes come by address, and are answered whatever they call the server.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        """Wrap an app.

        Args:
            app: what handles the requests that are let through
            hosts: names and addresses without a port; *.name stands for every name below that one
        """
        self._app = app
        self._names = {host.lower() for host in hosts}
        self._below = tuple(host[1:].lower() for host in hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        named = Headers(scope=scope).getlist("host")
        name = host_name(named[0]) if len(named) == 1 else None
        if name is None:
            await respond(Request(scope), Malformed("The request has no Host, or not one."))(scope, receive, send)
        elif name in self._names or name.endswith(self._below):
            await self._app(scope, receive, send)
        else:
            await respond(Request(scope), Misdirected())(scope, receive, send)


class NameAsked:
    """Note of each request whether its Host is a name of this very machine (app/training_offer.py)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] == "http":
            names = map(host_name, Headers(scope=scope).getlist("host"))
            ASKED_AS_LOCAL.set([is_loopback(name or "") for name in names] == [True])
        await self._app(scope, receive, send)


def host_name(host: str) -> str | None:
    """The name or address in a Host header, in small letters, without port, brackets and the dot at the end."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # which raises where it is none
    except ValueError:
        return None
    name = (parts.hostname or "").removesuffix(".")
    return name if NAME.fullmatch(name) and parts.netloc == host and parts.username is None else None
