"""uvicorn's protocol, knowing where its client is: between requests, in a header, in a body, or taking an answer."""

import asyncio
import enum
import math
from collections.abc import Iterable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.connections import SLOW_AFTER_S, Deadlines

MOST_HEADERS = 200


class Phase(enum.Enum):
    """Where a client is."""

    NEW = enum.auto()
    IDLE = enum.auto()
    HEADERS = enum.auto()
    BODY = enum.auto()


class PhasedProtocol(HttpToolsProtocol):
    """One connection, observed; what to do about it says app/protocol.py."""

    def __init__(
        self,
        deadlines: Deadlines,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self._deadlines = deadlines
        self._phase = Phase.NEW
        self._since = 0.0  # when the phase began, or the body last came on
        self._began = 0.0  # when the body did
        self._body_bytes = self._body_mark = self._dropped_bytes = 0
        self._header_bytes = 0
        self._quiet_bytes = 0  # that came since headers or a body last came on
        self._unsent, self._unsent_since, self._is_taken = 0, 0.0, False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._since = self._unsent_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """It says something."""
        if self._phase in (Phase.NEW, Phase.IDLE):
            self._phase, self._since = Phase.HEADERS, self.loop.time()
        self._quiet_bytes += len(data)
        super().data_received(data)

    def resume_writing(self) -> None:
        """It has taken most of what waited for it."""
        self._is_taken = True
        super().resume_writing()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._phase, self._header_bytes = Phase.HEADERS, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its address."""
        self._header_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of its header, or after its body."""
        self._header_bytes += len(name) + len(value)
        if not self._has_long_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Now it can be answered.

        Raises:
            ValueError: not such a long one; the parser makes its own error of this
        """
        if self._has_long_headers:
            raise ValueError
        self._phase = Phase.BODY
        self._began = self._since = self.loop.time()
        self._quiet_bytes = self._body_bytes = self._body_mark = self._dropped_bytes = 0
        try:
            super().on_headers_complete()
        except Exception:
            self._phase = Phase.HEADERS  # an address that is none; the parser says so
            raise

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._quiet_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Its end."""
        self._phase, self._since, self._quiet_bytes = Phase.IDLE, self.loop.time(), 0
        super().on_message_complete()

    @property
    def _has_long_headers(self) -> bool:
        return self._header_bytes > self._deadlines.header_bytes or len(self.headers or ()) > MOST_HEADERS

    @property
    def _says_too_much(self) -> bool:
        """Whether more came than headers may have, and neither these nor a body came on by it."""
        return self._quiet_bytes > self._deadlines.header_bytes and self._phase in (Phase.HEADERS, Phase.BODY)

    def idle_s(self, now: float) -> float:
        """How long it has asked for nothing."""
        return now - self._since

    def pace(self, now: float) -> float:
        """How quickly its body comes, in bytes per second; infinite where that is our fault, or too early to say."""
        seconds = now - self._began
        return math.inf if seconds < SLOW_AFTER_S or self.flow.read_paused else self._body_bytes / seconds

    def _is_stuck(self, now: float) -> bool:
        """Whether the client has taken nothing of its answer for too long."""
        unsent = self.transport.get_write_buffer_size()
        if unsent < self._unsent or not unsent or self._is_taken:
            self._unsent_since, self._is_taken = now, False
        self._unsent = unsent
        return now - self._unsent_since > self._deadlines.answer


def announced_bytes(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """How long a request's body will be, by its headers; infinite where nobody knows."""
    for name, value in headers:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            return math.inf
    return 0
