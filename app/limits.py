"""ASGI: how many bytes a request may have. (How long it may take to come: app/protocol.py.)"""

import asyncio
import contextlib
import re
import time
from collections.abc import Mapping
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Malformed, TooLarge, respond
from app.learn_refused import room_again
from app.spooling import Room
from app.text import noted
from app.units import MIB

FORM_OVERHEAD_BYTES = MIB // 4
MAX_FIELDS, MAX_FIELD_BYTES = 1100, 4096
PHOTO_TOO_LARGE = noted("A photo may have at most {megabytes} MB; this request is larger.")
ARCHIVE_TOO_LARGE = noted("An archive of pictures may have at most {megabytes} MB; this request is larger.")
MODEL_TOO_LARGE = noted("A model may have at most {megabytes} MB; this request is larger.")
FORM_TOO_LARGE = noted("This form may have at most {megabytes} MB; this request is larger.")
QUESTION_TOO_LARGE = noted("A question may have at most {megabytes} MB; this request is larger.")
MAX_QUESTION_BYTES = MIB  # of JSON
LINGER_S = 10.0
LINGER_IDLE_S = 2.0


class Upload(NamedTuple):
    """What may be sent to an address.

    Attributes:
        refusal: one public sentence for what is larger; it has the limit as {megabytes}
        max_bytes: of the upload
    """

    refusal: str
    max_bytes: int

    @property
    def limit(self) -> int:
        """Of the request, with the form around it."""
        return self.max_bytes + FORM_OVERHEAD_BYTES


class _TooManyBytes(Exception):
    """More bytes came than may; seen by the middleware alone."""


class BodyLimit:
    """Refuse a larger request body: at once where its length is announced, else when it gets too long.

    What the client still sends after the refusal is read and dropped for a while: a connection
    that is closed with unread bytes takes the answer down with it.
    """

    def __init__(
        self, app: ASGIApp, max_upload_bytes: int, larger: Mapping[re.Pattern[str], Upload] | None = None
    ) -> None:
        """Wrap an app.

        Args:
            app: what handles the requests that are let through
            max_upload_bytes: of the photo alone; a form around it gets some more
            larger: what else is uploaded, by the whole path it is sent to
        """
        self._app = app
        self._photo = Upload(PHOTO_TOO_LARGE, max_upload_bytes)
        self._larger = larger or {}
        self._room = Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not (announced.isascii() and announced.isdigit()):
            await respond(Request(scope), Malformed("The Content-Length is not a number."))(scope, receive, send)
            return
        upload = next((one for path, one in self._larger.items() if path.fullmatch(scope["path"])), self._photo)
        if int(announced) > upload.limit:
            await self._refuse(upload, scope, receive, send)
        else:
            with self._room.taken(int(announced)):
                await self._count(upload, scope, receive, send)

    async def _count(self, upload: Upload, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app read, and count."""
        received = 0
        started = exceeded = False

        async def counted() -> Message:
            nonlocal received, exceeded
            message = await receive()
            received += len(message.get("body", b""))
            if received > upload.limit:
                exceeded = True
                raise _TooManyBytes
            return message

        async def guarded(message: Message) -> None:
            nonlocal started
            if not exceeded:
                started = True
                await send(message)

        try:
            await self._app(scope, counted, guarded)
        except _TooManyBytes:
            if started:
                raise
        if exceeded and not started:
            await self._refuse(upload, scope, receive, send)

    async def _refuse(self, upload: Upload, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = TooLarge(upload.refusal.format(megabytes=f"{upload.max_bytes / MIB:g}"))
        answer = await room_again(self._app, scope, refusal) or respond(Request(scope), refusal)
        await refuse_and_drain(answer, receive, send)


async def refuse_and_drain(response: Response, receive: Receive, send: Send) -> None:
    """Send an answer, then read and drop what its client still sends, for some seconds at most."""
    response.headers["connection"] = "close"
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    with contextlib.suppress(TimeoutError):
        await _drain(receive)
    await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive) -> None:
    end = time.monotonic() + LINGER_S
    while time.monotonic() < end:
        message = await asyncio.wait_for(receive(), LINGER_IDLE_S)
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
