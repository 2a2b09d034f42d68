"""uvicorn's protocol, knowing where its client is: between requests, in a header, in a body, or taking an answer."""

import asyncio
import contextlib
import enum
import math
import socket
from collections.abc import Iterable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.connections import SLOW_AFTER_S, Deadlines
from app.units import MIB

MOST_HEADERS = 200
MOST_PIPELINED = 16  # requests that wait for the answers to others
MOST_PIECES, LEAST_PIECE_BYTES = 4096, 64  # of a body; each piece costs a call, however small
NARROW_BYTES, WIDE_BYTES = 64 * 1024, 64 * MIB  # of what comes and has not been read


class Phase(enum.Enum):
    """Where a client is."""

    NEW = enum.auto()
    IDLE = enum.auto()
    HEADERS = enum.auto()
    BODY = enum.auto()


class Outlet:
    """Where answers are written to, which counts their bytes."""

    __slots__ = ("_transport", "close", "is_closing", "written")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.close, self.is_closing = transport.close, transport.is_closing
        self.written = 0

    def write(self, data: bytes) -> None:
        """Write some."""
        self.written += len(data)
        self._transport.write(data)


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
        self._body_bytes = self._body_mark = self._body_pieces = self._dropped_bytes = 0
        self._header_bytes = 0
        self._quiet_bytes = 0  # that came since headers or a body last came on
        self._taken_mark, self._taken_since = 0, 0.0  # how much of its answers it had taken, and when
        self._is_narrow = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._outlet = Outlet(transport)
        self._since = self._taken_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """It says something."""
        if self._phase in (Phase.NEW, Phase.IDLE):
            self._phase, self._since = Phase.HEADERS, self.loop.time()
        self._quiet_bytes += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._phase, self._header_bytes = Phase.HEADERS, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its address."""
        self._header_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of its header; or after its body, which nobody reads."""
        self._header_bytes += len(name) + len(value)
        if self._phase is not Phase.BODY and not self._has_long_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Now it can be answered.

        Raises:
            ValueError: not such a long one, or not so many at a time; the parser makes its own error of this
        """
        if self._has_long_headers or len(self.pipeline) >= MOST_PIPELINED:
            raise ValueError
        self._phase = Phase.BODY
        self._began = self._since = self.loop.time()
        self._quiet_bytes = self._body_bytes = self._body_mark = self._body_pieces = self._dropped_bytes = 0
        try:
            super().on_headers_complete()
        except Exception:
            self._phase = Phase.HEADERS  # an address that is none; the parser says so
            raise

    def on_body(self, body: bytes) -> None:
        """A piece of its body.

        Raises:
            ValueError: not so many so small ones
        """
        self._quiet_bytes = 0
        self._body_bytes += len(body)
        self._body_pieces += 1
        if self._body_pieces > MOST_PIECES and self._body_bytes < self._body_pieces * LEAST_PIECE_BYTES:
            raise ValueError
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
        """How quickly its body comes, in bytes per second; infinite where none does, or by our fault, or so far."""
        seconds = now - self._began
        is_coming = self._phase is Phase.BODY and not self.flow.read_paused
        return self._body_bytes / seconds if is_coming and seconds > SLOW_AFTER_S else math.inf

    def _is_stuck(self, now: float) -> bool:
        """Whether the client takes too little of its answers, or nothing, though something waits for it."""
        unsent = self.transport.get_write_buffer_size()
        taken = self._outlet.written - unsent
        if not unsent or taken - self._taken_mark >= self._deadlines.answer_bytes:
            self._taken_mark, self._taken_since = taken, now
        return now - self._taken_since > self._deadlines.answer

    def _set_window(self, size: int) -> None:
        """Have the system keep so much of what the client sends: thousands of these buffers are all it has for them."""
        self._is_narrow = size == NARROW_BYTES
        line: socket.socket | None = self.transport.get_extra_info("socket")
        if line is not None and hasattr(socket, "TCP_WINDOW_CLAMP"):
            with contextlib.suppress(OSError):  # it has just gone, or is no TCP
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP, size)


def announced_bytes(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """How long a request's body will be, by its headers; infinite where nobody knows."""
    for name, value in headers:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            return math.inf
    return 0
