"""The connections there are: how many, how long each may take, and who has to go when there are too many."""

import asyncio
import itertools
import logging
import math
import resource
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from app.config import Settings
from app.errors import StartError

log = logging.getLogger("camscope.connections")

RESERVE = 64  # connections beyond the limit, for /healthz and /readyz alone
FEWEST = 32  # connections that are worth a start
OTHER_FILES = 256  # descriptors that are no connections: the database, uploads on disk, pictures being sent
YOUNG_S = 1.0  # nobody is sent away before this
SLOW_AFTER_S = 2.0
LOOK_S = 0.25  # between two looks for slow bodies
SLOW_BYTES_PER_S = 64 * 1024
MOMENT_S = 0.004
AT_A_MOMENT = 16
MOMENTS = 32  # in which all of it is done, however much it is
SWEEPS_PER_DEADLINE = 4
LONGEST_SWEEP_S = 1.0

FEW_FILES = (
    "the system lets this process open few files: there are at most %d connections instead of %d "
    "(CAMSCOPE_MAX_CONNECTIONS); raise its limit, ulimit -n, or lower the setting"
)


@dataclass(frozen=True)
class Deadlines:
    """How long clients may take, in seconds.

    Attributes:
        headers: from a connection's beginning, or a request's first byte, to the end of its headers
        idle: between two requests
        body: in which `body_bytes` more have to come, or all the rest
        answer: in which `answer_bytes` more of what waits have to be taken, or all the rest
        body_bytes: of a body
        answer_bytes: of answers
        header_bytes: the most that are read of a request's address and header fields
    """

    headers: float
    idle: float
    body: float
    answer: float
    body_bytes: int
    answer_bytes: int
    header_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "Deadlines":
        """Those that the operator chose."""
        return cls(
            headers=settings.headers_timeout_s,
            idle=settings.idle_timeout_s,
            body=settings.body_timeout_s,
            answer=settings.answer_timeout_s,
            body_bytes=round(settings.body_min_kb * 1024),
            answer_bytes=round(settings.answer_min_kb * 1024),
            header_bytes=round(settings.max_header_kb * 1024),
        )


class Connection(Protocol):
    """What is to be known of a connection; app/protocol.py has the real one."""

    def check(self, now: float) -> None:
        """End it where it has taken longer than it may."""

    def idle_s(self, now: float) -> float:
        """How long it has asked for nothing."""

    def pace(self, now: float) -> float:
        """How quickly its body comes, in bytes per second; infinite where none does, or that is our fault."""

    def listen(self) -> None:
        """Read some of a body that nobody wants."""

    def leave(self) -> None:
        """Go: its room is needed. Asked again, at once."""

    def give_up(self) -> None:
        """Receive no more of a body that comes too slowly."""


class Connections:
    """All connections of a server; used in its event loop."""

    def __init__(self, settings: Settings) -> None:
        """Have as many as the settings, and the system's limit of descriptors, allow."""
        self.deadlines = Deadlines.of(settings)
        self.most = most_connections(settings.max_connections)
        if self.most < settings.max_connections:
            log.warning(FEW_FILES, self.most, settings.max_connections)
        self._most_uploads = settings.max_uploads
        self._all: set[Connection] = set()
        self._full: set[Connection] = set()  # that may ask for anything
        self._idle: dict[Connection, None] = {}  # of those, the longest idle first
        self._reserve: dict[Connection, None] = {}  # that may ask for probes alone, the oldest first
        self._leaving: dict[Connection, None] = {}  # that were told to go, and some still say why
        self._slow: list[Connection] = []  # whose bodies came slowly at the last look, the slowest last
        self._looked_at = -math.inf
        self._uploads: dict[Connection, None] = {}  # whose larger bodies are being received, the oldest first
        shortest = min(self.deadlines.headers, self.deadlines.idle, self.deadlines.body, self.deadlines.answer)
        self._every_s = min(LONGEST_SWEEP_S, shortest / SWEEPS_PER_DEADLINE)
        self._later: dict[object, Callable[[], None]] = {}  # what can wait, in the order of its coming
        self._moment: asyncio.TimerHandle | None = None
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._all)

    @property
    def uploads(self) -> int:
        """How many larger bodies are being received."""
        return len(self._uploads)

    def opened(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> bool:
        """Count a new connection; where there are too many, one that is idle or sends slowly leaves.

        Returns:
            whether it may ask for anything; else it is one of the reserve, whose oldest leaves when it is full
        """
        self._all.add(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(self._every_s, self._check, loop)
        if len(self._full) >= self.most and not self._make_room(loop.time()):
            self._reserve[connection] = None
            if len(self._reserve) > RESERVE:
                oldest = next(iter(self._reserve))
                del self._reserve[oldest]
                oldest.leave()
            return False
        self._full.add(connection)
        self._idle[connection] = None
        return True

    def _make_room(self, now: float) -> bool:
        """Have somebody leave; False where nobody is idle or slow."""
        longest = next(iter(self._idle), None)
        if longest is not None and longest.idle_s(now) >= YOUNG_S:
            self._ends(longest)
            longest.leave()
            return True
        slowest = self._slowest(now)
        if slowest is not None:
            self._ends(slowest)
            slowest.give_up()
        return slowest is not None

    def _ends(self, connection: Connection) -> None:
        """Take its room away; when many are still on their way out, the first of them goes at once."""
        self._full.discard(connection)
        self._idle.pop(connection, None)
        self._leaving[connection] = None
        if len(self._leaving) > RESERVE:
            first = next(iter(self._leaving))
            del self._leaving[first]
            first.leave()

    def _slowest(self, now: float) -> Connection | None:
        """Whose body comes most slowly; all are looked at now and then, not for every newcomer."""
        if not self._slow and now - self._looked_at >= LOOK_S:
            self._looked_at = now
            paces = [(one.pace(now), one) for one in self._full]
            slow = sorted((pair for pair in paces if pair[0] <= SLOW_BYTES_PER_S), key=lambda pair: -pair[0])
            self._slow = [one for _, one in slow]
        while self._slow:
            one = self._slow.pop()
            if one in self._full and one.pace(now) <= SLOW_BYTES_PER_S:
                return one
        return None

    def closed(self, connection: Connection) -> None:
        """Forget a connection."""
        self._all.discard(connection)
        self._full.discard(connection)
        for kept in (self._idle, self._reserve, self._leaving):
            kept.pop(connection, None)
        self._uploads.pop(connection, None)
        self._later.pop(connection, None)

    def asks(self, connection: Connection) -> None:
        """A connection has a request to be answered."""
        self._idle.pop(connection, None)

    def rests(self, connection: Connection) -> None:
        """A connection has had its answer, or will have no more."""
        if connection in self._full:
            self._idle.pop(connection, None)
            self._idle[connection] = None

    def receives(self, connection: Connection, now: float) -> bool:
        """Count a larger body, from its headers on; where there are too many the slowest has to go.

        Returns:
            whether it may come: otherwise there are too many, and none of them is slow
        """
        if len(self._uploads) >= self._most_uploads:
            slowest = min(self._uploads, key=lambda one: one.pace(now))
            if slowest.pace(now) > SLOW_BYTES_PER_S:
                return False
            self._uploads.pop(slowest)
            slowest.give_up()
        self._uploads[connection] = None
        return True

    def received(self, connection: Connection) -> None:
        """A body has come to its end, or nobody wants it any more."""
        self._uploads.pop(connection, None)

    def drains(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        """Let a connection read a piece of what nobody wants when it is its turn: some hundred megabytes a second."""
        self._put_off(connection, connection.listen, loop)

    def undrained(self, connection: Connection) -> None:
        """Take a connection out of that line."""
        self._later.pop(connection, None)

    def afterwards(self, work: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        """Do what nobody waits for when there is a moment."""
        self._put_off(work, work, loop)

    def _put_off(self, key: object, work: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        self._later[key] = work
        if self._moment is None:
            self._moment = loop.call_later(MOMENT_S, self._work_off, loop)

    def _work_off(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do a little of what was put off, so that whoever asks meanwhile is answered in between."""
        many = max(AT_A_MOMENT, len(self._later) // MOMENTS)
        for key in tuple(itertools.islice(self._later, many)):
            _done(self._later.pop(key))
        self._moment = loop.call_later(MOMENT_S, self._work_off, loop) if self._later else None

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at all connections; again and again, as long as there are any."""
        now = loop.time()
        self._slow.clear()
        for connection in tuple(self._all):
            _done(partial(connection.check, now))
        self._sweep = loop.call_later(self._every_s, self._check, loop) if self._all else None


def _done(work: Callable[[], None]) -> None:
    """Do it; what goes wrong with one connection is no reason to stop looking at the others."""
    try:
        work()
    except Exception:
        log.exception("a connection could not be looked after")


def most_connections(wanted: int) -> int:
    """How many connections there may be, by the number of files that this process may have open; that is raised.

    A connection may take two: itself, and a file that is being sent.

    Raises:
        StartError: hardly any
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * wanted + RESERVE + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    most = wanted if soft == resource.RLIM_INFINITY else min(wanted, (soft - RESERVE - OTHER_FILES) // 2)
    if most < min(wanted, FEWEST):
        raise StartError(
            f"This process may open {soft} files (ulimit -n); it needs {2 * FEWEST + RESERVE + OTHER_FILES} at least."
        )
    return most
