"""Equal questions, answered once: whoever asks while an answer is on its way waits for it, and the latest are kept.

A class opens a room at once, thirty times the same photo before the same network. What a room asks is told from other
questions by the photo, the network's content and what was asked, none of which ever means anything else later
(docs/decisions/0171).
"""

import asyncio
import sys
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

from app.units import MIB

T = TypeVar("T")

ROOM = 128 * MIB
IDLE_S = 300.0


@dataclass
class _Making:
    """An answer on its way, and how many wait for it."""

    task: asyncio.Task[Any]
    waiting: int = 0


@dataclass(frozen=True)
class _Kept:
    """An answer, how many bytes it has, and when it was last asked for."""

    value: Any
    size: int
    asked: float


class SharedAnswers:
    """Answers on their way and the latest ones, by what was asked; used in one event loop."""

    def __init__(self, room: int = ROOM, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none.

        Args:
            room: how many bytes those that are kept have at most
            clock: tells seconds
        """
        self._room = room
        self._clock = clock
        self._making: dict[Hashable, _Making] = {}
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()  # the one asked for longest ago first

    @property
    def size(self) -> int:
        """How many bytes those have that are kept."""
        return sum(one.size for one in self._kept.values())

    async def ask(self, question: Hashable, answer: Callable[[], Awaitable[T]]) -> T:
        """The answer to a question, made by the first who asks it.

        Args:
            question: what is asked, so that equal ones have equal answers
            answer: makes it; given up once nobody waits for it any more

        Raises:
            Exception: what making it raised, for all who waited; the next who asks begins anew
        """
        kept = self._kept.get(question)
        if kept is not None:
            self._keep(question, kept.value, kept.size)
            value: T = kept.value
            return value
        making = self._making.get(question) or self._begin(question, answer)
        making.waiting += 1
        try:
            value = await asyncio.shield(making.task)
        finally:
            making.waiting -= 1
            if not making.waiting and not making.task.done():
                self._forget(question, making.task)
                making.task.cancel()
        return value

    def _begin(self, question: Hashable, answer: Callable[[], Awaitable[T]]) -> _Making:
        task = asyncio.ensure_future(answer())
        making = self._making[question] = _Making(task)
        task.add_done_callback(lambda done: self._made(question, done))
        return making

    def _made(self, question: Hashable, done: "asyncio.Future[Any]") -> None:
        self._forget(question, done)
        if not done.cancelled() and done.exception() is None:
            value = done.result()
            self._keep(question, value, bytes_of(value))

    def _forget(self, question: Hashable, task: "asyncio.Future[Any]") -> None:
        making = self._making.get(question)
        if making is not None and making.task is task:
            del self._making[question]

    def _keep(self, question: Hashable, value: object, size: int) -> None:
        self._kept.pop(question, None)
        if size > self._room:
            return
        self._kept[question] = _Kept(value, size, self._clock())
        while self.size > self._room:
            self._kept.popitem(last=False)

    def close_idle(self) -> None:
        """Let go of answers that nobody has asked for in a while."""
        latest = self._clock() - IDLE_S
        for question in [question for question, one in self._kept.items() if one.asked <= latest]:
            del self._kept[question]


def bytes_of(value: object) -> int:
    """About how many bytes an answer has: arrays and words, wherever in it they stand."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Mapping):
        return sum(bytes_of(part) for part in value.values())
    if isinstance(value, list | tuple):
        return sum(map(bytes_of, value))
    if is_dataclass(value):
        return sum(bytes_of(getattr(value, part.name)) for part in fields(value))
    return sys.getsizeof(value)
