"""What tests of the queue share: inputs with a number, a classifier that keeps account, callers."""

import asyncio
import contextlib
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.batching import InferenceQueue
from app.layout import Layout
from model.classifier import Explanation
from model.errors import InferenceError
from model.preprocess import Prepared
from model.runtime import PROCESSOR

SIDE = 4
PIXELS = SIDE * SIDE


def numbered(number: int, height: int = SIDE, scale: float = 1) -> Prepared:
    """An input of `height` x 4 pixels that carries its number as the photo's width."""
    return Prepared(np.zeros((height, SIDE, 3), dtype=np.uint8), (number, 1), scale, 0.0)


@dataclass(frozen=True)
class Asked:
    """One pass as the classifier saw it."""

    numbers: list[int]
    kinds: set[tuple[Any, ...]]
    alone: bool


class Recording:
    """A classifier that answers when it may, with the number of each photo, and remembers every pass.

    Attributes:
        passes: what was asked, in order
        most_passes: that ran side by side
        most_pixels: of a moment when several ran side by side
        bad: numbers of the photos that fail their pass
    """

    bundle: Any = None
    spec: Any = None
    provider = PROCESSOR

    def __init__(self, *bad: int, may_answer: bool = False) -> None:
        self.bad = set(bad)
        self.may_answer = threading.Event()
        if may_answer:
            self.may_answer.set()
        self.passes: list[Asked] = []
        self.threads: set[int] = set()
        self.most_passes = self.most_pixels = 0
        self._inside: list[int] = []
        self._lock = threading.Lock()

    @property
    def numbers(self) -> list[int]:
        """The photos that were asked for, in order."""
        return [number for asked in self.passes for number in asked.numbers]

    def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
        numbers = [one.photo_size[0] for one in batch]
        pixels = sum(one.pixels.size // 3 for one in batch)
        with self._lock:
            self.passes.append(Asked(numbers, {(one.pixels.shape, one.scale) for one in batch}, alone))
            self.threads.add(threading.get_ident())
            self._inside.append(pixels)
            self.most_passes = max(self.most_passes, len(self._inside))
            if len(self._inside) > 1:
                self.most_pixels = max(self.most_pixels, sum(self._inside))
        assert self.may_answer.wait(20)
        with self._lock:
            self._inside.remove(pixels)
        if bad := self.bad.intersection(numbers):
            raise InferenceError(f"no answer for {sorted(bad)}")
        return list(numbers)  # type: ignore[arg-type]

    def prepare(self, photo: Any, scale: float = 1, alone: bool = False) -> Prepared:
        return numbered(0, scale=scale)

    def probe(self) -> None: ...


@contextlib.contextmanager
def serving(
    size: int = 100, layout: Layout | None = None, start: bool = True, pass_limit_s: float = math.inf
) -> Iterator[InferenceQueue]:
    """A queue that runs, closed in the end."""
    queue = InferenceQueue(size, layout or Layout(), pass_limit_s)
    if start:
        queue.start()
    try:
        yield queue
    finally:
        queue.close()


async def ask(queue: InferenceQueue, classifier: Any, number: int = 0, height: int = SIDE, scale: float = 1) -> Any:
    """One request from its place to its answer."""
    with queue.place() as place:
        return (await asyncio.wrap_future(place.submit(classifier, numbered(number, height, scale)))).explanation


async def until(condition: Callable[[], object]) -> None:
    """Let the others run until it holds."""
    while not condition():  # noqa: ASYNC110 - what it waits for is in another thread
        await asyncio.sleep(0.001)


def run(test: Any) -> Any:
    """Run a scenario that must end."""
    return asyncio.run(asyncio.wait_for(test, 20))


@contextlib.contextmanager
def every_place_taken(client: TestClient) -> Iterator[None]:
    """A server whose queue is full."""
    assert isinstance(client.app, FastAPI)
    queue: InferenceQueue = client.app.state.readiness._queue
    with contextlib.ExitStack() as stack:
        for _ in range(queue.places - queue.depth):
            stack.enter_context(queue.place())
        yield
