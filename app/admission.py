"""Who may come in: a photo is refused before its body is read where no place in the queue would be free for it.

From complete headers on a request has a reservation, and a place only once its body has come, so that nobody
holds a place by sending slowly: of a reservation that is older than `RESERVED_S` others may take the room. Whoever
then comes with a whole photo and finds no place waits for the next one, before all newcomers.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.answers import API
from app.batching import InferenceQueue, Place
from app.errors import AppError, Busy, NotReady, respond
from app.limits import refuse_and_drain

RESERVED_S = 0.5
LATE_WAIT_S = 5.0
PAGES_PER_S, PAGES_AHEAD_S = 20, 0.5  # of refusals that are drawn as pages
PHOTO_PATHS = frozenset({f"{API}/explanations", "/explanations"})
STATE = "admission"  # under this name a request's state has its reservation, or why it is refused


class Reservation:
    """Room in the queue for a photo that is on its way to the server.

    Attributes:
        began: when its headers had come, by time.monotonic
    """

    __slots__ = ("_admission", "began")

    def __init__(self, admission: "Admission", began: float) -> None:
        self._admission = admission
        self.began = began

    def release(self) -> None:
        """Give the room back; once is as good as twice."""
        self._admission.release(self)


class Admission:
    """Reservations beside the places of a queue; used in one event loop."""

    def __init__(self) -> None:
        """Without a queue everybody is let in."""
        self._queue: InferenceQueue | None = None
        self._reserved: dict[Reservation, None] = {}  # the oldest first
        self._waiting: deque[asyncio.Event] = deque()  # the longest first
        self._drawn_until = 0.0

    def open(self, queue: InferenceQueue) -> None:
        """Watch the places of a queue."""
        self._queue = queue

    @property
    def reserved(self) -> int:
        """How many reservations there are."""
        return len(self._reserved)

    def reserve(self) -> Reservation:
        """Make a reservation.

        Raises:
            Busy: all places are taken or reserved
        """
        now = time.monotonic()
        if self._queue is not None and not self._has_room(self._queue):
            oldest = next(iter(self._reserved), None)
            if oldest is None or now - oldest.began < RESERVED_S:
                raise self._queue.busy()
            del self._reserved[oldest]
        reservation = Reservation(self, now)
        self._reserved[reservation] = None
        return reservation

    def admit(self, scope: Scope, *, may_draw: bool) -> None:
        """Leave a reservation in a request's state; or the refusal, for the app to draw it as a page.

        Args:
            scope: of the request
            may_draw: whether there may be a page, unless many are being drawn; they cost more than a refusal should

        Raises:
            Busy: all places are taken or reserved
        """
        try:
            scope["state"][STATE] = self.reserve()
        except Busy as busy:
            if not (may_draw and self._may_draw()):
                raise
            scope["state"][STATE] = busy

    def turn_away(self, scope: Scope) -> None:
        """Take back what `admit` left."""
        reservation = scope["state"].pop(STATE, None)
        if isinstance(reservation, Reservation):
            reservation.release()

    def _may_draw(self) -> bool:
        now = time.monotonic()
        free_at = max(self._drawn_until, now)
        if free_at >= now + PAGES_AHEAD_S:
            return False
        self._drawn_until = free_at + 1 / PAGES_PER_S
        return True

    def release(self, reservation: Reservation) -> None:
        """Give a reservation's room back; `Reservation.release` is for callers."""
        self._reserved.pop(reservation, None)

    @contextlib.asynccontextmanager
    async def place(self, request: Request) -> AsyncIterator[Place]:
        """Hold a place in the queue, for a request whose body has come.

        Raises:
            Busy: all are taken, also after a while where the request had a reservation
            NotReady: the server is shutting down
        """
        if self._queue is None:
            raise NotReady
        reservation = request.scope.get("state", {}).get(STATE)
        if isinstance(reservation, Reservation):
            self._reserved.pop(reservation, None)
            await self._turn(self._queue)
        with contextlib.ExitStack() as stack:
            stack.callback(self._wake, self._queue)
            place = stack.enter_context(self._queue.place())
            self._wake(self._queue)
            yield place

    def _has_room(self, queue: InferenceQueue) -> bool:
        return queue.depth + len(self._reserved) + len(self._waiting) < queue.places

    async def _turn(self, queue: InferenceQueue) -> None:
        """Wait until there is a place and nobody has waited longer, for some seconds at most."""
        turn = asyncio.Event()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(LATE_WAIT_S):
                while queue.is_full or self._waiting[0] is not turn:
                    turn.clear()
                    await turn.wait()
        except TimeoutError:
            pass  # the queue says that there is no place
        finally:
            self._waiting.remove(turn)

    def _wake(self, queue: InferenceQueue) -> None:
        """Let the one who has waited longest see whether there is a place."""
        if self._waiting and not queue.is_full:
            self._waiting[0].set()


class Admitted:
    """ASGI: have a reservation for every photo, or answer with the refusal; the protocol may have come before."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if not takes_photo(scope):
            await self._app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})
        if STATE in state:  # whoever put it there releases it
            app = self._app
        else:
            self._admission.admit(scope, may_draw=True)
            app = released(self._app)
        if isinstance(refusal := state[STATE], AppError):
            await refuse_and_drain(respond(Request(scope), refusal), receive, send)
        else:
            await app(scope, receive, send)


def released(app: ASGIApp) -> ASGIApp:
    """The app, after whose answer a request's reservation is given back."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            if isinstance(reservation := scope["state"][STATE], Reservation):
                reservation.release()

    return answered


def takes_photo(scope: Scope) -> bool:
    """Whether a request brings a photo to explain."""
    return scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in PHOTO_PATHS
