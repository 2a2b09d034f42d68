"""HTTP as uvicorn speaks it, with what it lacks: deadlines, a limit of headers, refusals before the body.

A connection is idle, in the headers of a request, or in its body; beside that a request may be waiting for its
answer. What of this has taken too long is found by looking at all connections every now and then
(app/connections.py), so that a request costs no timer. A refusal that is given here leaves at once: it does not
wait for the tasks of other requests that came in the same moment.
"""

import asyncio
import math
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from fastapi import FastAPI
from starlette.types import ASGIApp, Scope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from app.admission import STATE, released
from app.canned import canned, counted, says_close
from app.config import Settings
from app.connections import Connections
from app.door import Door
from app.errors import AppError, Busy, LongHeaders, Malformed, TooSlow
from app.limits import LINGER_S
from app.metrics import Metrics
from app.phases import NARROW_BYTES, WIDE_BYTES, Phase, PhasedProtocol, announced_bytes
from app.units import MIB

DROPPED_BYTES = 32 * MIB  # of a body that nobody wants any more, for the connection to go on
REFUSED_PAUSE_S = 0.5
GIVEN_UP_S = 2


class Protocol(PhasedProtocol):
    """One connection."""

    def __init__(
        self,
        connections: Connections,
        door: Door,
        metrics: Metrics,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Make it; all but the first three are uvicorn's.

        Args:
            connections: all of the server's
            door: what may come in
            metrics: where refusals count
            config: the server's
            server_state: shared by its connections
            app_state: what the app's lifespan left for every request
        """
        super().__init__(connections.deadlines, config, server_state, app_state, _loop)
        self._connections = connections
        self._door = door
        self._metrics = metrics
        self._active: RequestResponseCycle | None = None  # the request that is being answered
        self._may_ask = True
        self._is_deaf = False
        self._over_since = math.inf  # when the last answer was given; what still comes is dropped

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._may_ask = self._connections.opened(self, self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has left."""
        self._connections.closed(self)
        if self._active is not None and not self._active.response_complete:  # uvicorn tells the last one alone
            self._active.disconnected = True
            self._active.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It says something."""
        if self._is_over:
            self._wait_to_drop()
            return
        super().data_received(data)
        if self._says_too_much:
            self._end(LongHeaders())
        elif self._is_dropping:
            self._wait_to_drop()

    def shutdown(self) -> None:
        """The server stops."""
        if self._is_over and self._active is None:
            self.transport.abort()
        else:
            super().shutdown()

    # The parser

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        if self._active is None:
            self._dropped_bytes += len(body)
            if self._dropped_bytes > DROPPED_BYTES:
                self.transport.abort()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Its end."""
        self._connections.received(self)
        if self._is_narrow:
            self._set_window(WIDE_BYTES)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It has been answered, maybe before its end; the next one of the pipeline may begin."""
        self._active = None
        self._connections.received(self)
        if self._phase is Phase.IDLE:
            self._since = self.loop.time()
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()  # until all these have their answers
        elif self._active is None:
            self._connections.rests(self)
            if self._phase is Phase.BODY:
                self._set_window(NARROW_BYTES)
                self._wait_to_drop()

    def _unsupported_upgrade_warning(self) -> None:
        """Answer in HTTP/1.1, and nothing after that: the parser takes all that follows for another protocol."""
        if self._active is None:
            self.transport.close()
        else:
            self._active.keep_alive = False

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - refusals have our own words
        """It is no HTTP."""
        self._end(LongHeaders() if self._has_long_headers else Malformed())

    # Refusals

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        if self._is_over or self.transport.is_closing():
            return
        self._active = cycle
        cycle.transport = cast("asyncio.Transport", self._outlet)
        self._connections.asks(self)
        scope = cast("Scope", cycle.scope)
        if not self._may_ask:
            cycle.keep_alive = False
        try:
            self._door.admit(self, scope, self.loop.time(), may_ask=self._may_ask)
        except AppError as refusal:
            self._refuse(cycle, scope, refusal)
        else:
            super()._start_asgi_task(cycle, released(app) if STATE in scope["state"] else app)  # type: ignore[arg-type]

    def _refuse(self, cycle: RequestResponseCycle, scope: Scope, refusal: AppError) -> None:
        """Answer in the app's place.

        The client is not listened to for a moment, so that it cannot ask all the time; a proxy is, for others wait.
        """
        coming = announced_bytes(scope["headers"])
        is_last = not cycle.keep_alive or cycle.waiting_for_100_continue or DROPPED_BYTES < coming < math.inf
        is_last = is_last or says_close(self.server_state.default_headers)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self._say(scope, refusal, is_last=is_last)
        if not is_last:
            self._is_deaf = not self._door.is_proxy(scope)
            self.on_response_complete()
            if self._is_deaf:
                self.loop.call_later(REFUSED_PAUSE_S, self._listen_again)
                self.flow.pause_reading()
        elif coming and self._may_ask:
            self._over()
        else:
            self.transport.close()  # there is nothing to read, or no room to wait for it

    def _listen_again(self) -> None:
        self._is_deaf = False
        if self._is_dropping:
            self._wait_to_drop()
        else:
            self.listen()

    def _say(self, scope: Scope, refusal: AppError, *, is_last: bool) -> None:
        self._outlet.write(canned(scope, refusal, self.server_state.default_headers, closes=is_last))
        self._connections.afterwards(partial(counted, scope, refusal, self._metrics), self.loop)

    # What nobody wants any more

    @property
    def _is_dropping(self) -> bool:
        return self._is_over or (self._phase is Phase.BODY and self._active is None)

    def _wait_to_drop(self) -> None:
        """Read no more until it is this connection's turn: a body that nobody wants must not keep others waiting."""
        if not self.transport.is_closing():
            self.flow.pause_reading()
            if not self._is_deaf:
                self._connections.drains(self, self.loop)

    # The end

    @property
    def _is_over(self) -> bool:
        return self._over_since < math.inf

    def _over(self) -> None:
        """Drop what still comes. Closed at once, with something unread, the connection would take its answer along."""
        self._active = None
        self.pipeline.clear()
        self._since = self._over_since = self.loop.time()
        self._is_deaf = False
        self._unset_keepalive_if_required()
        self._connections.received(self)
        self._connections.rests(self)
        self._set_window(NARROW_BYTES)
        self._wait_to_drop()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _end(self, refusal: AppError) -> None:
        """Read no more requests; say why, unless an answer is still to come or under way."""
        if self._is_over:
            return
        cycle = self._active
        if cycle is None:
            if self._phase is Phase.BODY:
                self.transport.close()
                return
            self._say({"type": "http", "headers": [], "state": {}}, refusal, is_last=True)
            self._over()
        elif self._phase is Phase.BODY and cycle is self.cycle:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
            self._say(cast("Scope", cycle.scope), refusal, is_last=True)
            self._over()
        else:
            cycle.keep_alive = False
            self.pipeline.clear()
            self._over_since = self.loop.time()

    # What Connections asks

    def check(self, now: float) -> None:
        """End it where it has taken longer than it may."""
        if self._is_stuck(now) or (self._active is None and now - self._over_since > LINGER_S):
            self.transport.abort()
        elif self._phase is Phase.BODY and not self._is_over:
            self._check_body(now)
        elif self._active is None and not self._is_over:
            waited = now - self._since
            if self._phase is Phase.HEADERS and waited > self._deadlines.headers:
                self._end(TooSlow())
            elif waited > (self._deadlines.headers if self._phase is Phase.NEW else self._deadlines.idle):
                self.transport.close()

    def _check_body(self, now: float) -> None:
        if self.flow.read_paused or (self._active is not None and self._active.waiting_for_100_continue):
            self._since = now
        elif self._body_bytes - self._body_mark >= self._deadlines.body_bytes:
            self._since, self._body_mark = now, self._body_bytes
        elif now - self._since > self._deadlines.body:
            self._end(TooSlow())

    def listen(self) -> None:
        """Read on, unless requests wait for their answers."""
        if not (self.pipeline or self.transport.is_closing()):
            self.flow.resume_reading()

    def leave(self) -> None:
        """Go: its room is needed. Asked again, or with something unsent, at once."""
        if self._is_over or self.transport.is_closing() or self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def give_up(self) -> None:
        """Receive no more of a body that comes slowly, for others need its room."""
        self._end(Busy(GIVEN_UP_S, "The request came slowly, and others needed its room; try again in {seconds} s."))


def protocol_of(app: FastAPI, settings: Settings) -> Callable[..., asyncio.Protocol]:
    """What makes a protocol for each connection of an app's server."""
    connections = Connections(settings)
    door = Door(settings, connections, app.state.admission, app.state.access)
    return partial(Protocol, connections, door, app.state.metrics)
