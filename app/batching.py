"""From requests to the network: off the event loop, in order, through a queue with an end.

Photos run one at a time. Where running several together pays, `_take` is the place that
would hand out more than one job; what follows it already answers each job on its own.
"""

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from app.errors import Busy, NotReady
from model.bundle import Bundle
from model.classifier import Explanation
from model.photos import Photo
from model.spec import ModelSpec

TYPICAL_FORWARD_S = 0.1
SMOOTHING = 0.2
SHUTTING_DOWN = "The server is shutting down; try again in a moment."


class Explains(Protocol):
    """What the web needs of a classifier (model/classifier.py has the real one)."""

    @property
    def bundle(self) -> Bundle:
        """Where it comes from."""

    @property
    def spec(self) -> ModelSpec:
        """What its outputs mean."""

    def explain(self, photos: Sequence[Photo], scale: float = 1) -> list[Explanation]:
        """Explain photos, in their order."""

    def probe(self) -> None:
        """Raise InferenceError where the built-in probe is answered wrongly."""


@dataclass(frozen=True)
class Answer:
    """An explanation, and how long the photo waited for its turn."""

    explanation: Explanation
    queue_ms: float


@dataclass(eq=False)
class _Job:
    classifier: Explains
    photo: Photo
    scale: float
    future: asyncio.Future[Answer]
    entered: float = field(default_factory=time.perf_counter)


class InferenceQueue:
    """A bounded queue with one thread behind it; lives in one event loop."""

    def __init__(self, size: int) -> None:
        """Make the queue; `start` sets it running.

        Args:
            size: how many photos may wait while one is in the network
        """
        self._places = size + 1
        self._taken = 0
        self._waiting: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inference")
        self._loop: asyncio.Task[None] | None = None
        self._forward_s = TYPICAL_FORWARD_S
        self._closed = False

    @property
    def depth(self) -> int:
        """How many photos have a place: being decoded, waiting, or in the network."""
        return self._taken

    def start(self) -> None:
        """Begin to serve."""
        self._loop = asyncio.create_task(self._serve())

    async def close(self) -> None:
        """Refuse who waits, let the photo in the network finish, stop."""
        self._closed = True
        while self._waiting:
            _refuse(self._waiting.popleft(), NotReady(SHUTTING_DOWN))
        self._arrived.set()
        if self._loop is not None:
            await self._loop
        self._thread.shutdown()

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place from before a photo is decoded until it is answered; left early, it is free again.

        Raises:
            Busy: all are taken; refused before any work is done
            NotReady: the server is shutting down
        """
        if self._closed:
            raise NotReady(SHUTTING_DOWN)
        if self._taken >= self._places:
            raise Busy(max(1, math.ceil(self._forward_s * self._taken)))
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def submit(self, classifier: Explains, photo: Photo, scale: float) -> Answer:
        """Wait for a turn, then for the answer; call it while holding a place.

        Raises:
            NotReady: the server is shutting down
            ModelError: what the classifier refuses
        """
        if self._closed:
            raise NotReady(SHUTTING_DOWN)
        job = _Job(classifier, photo, scale, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._arrived.set()
        try:
            return await job.future
        finally:
            with contextlib.suppress(ValueError):
                self._waiting.remove(job)

    def _take(self) -> list[_Job]:
        """The jobs that run together: the oldest alone."""
        return [self._waiting.popleft()]

    async def _serve(self) -> None:
        while not self._closed:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            jobs = self._take()
            started = time.perf_counter()
            await self._run(jobs, started)
            self._forward_s += SMOOTHING * ((time.perf_counter() - started) / len(jobs) - self._forward_s)

    async def _run(self, jobs: Sequence[_Job], started: float) -> None:
        """Answer jobs of one classifier and scale; what goes wrong is everybody's answer, and nobody waits on."""
        first, photos = jobs[0], [job.photo for job in jobs]
        run = asyncio.get_running_loop().run_in_executor(self._thread, first.classifier.explain, photos, first.scale)
        try:
            explanations = await run
            for job, explanation in zip(jobs, explanations, strict=True):
                if not job.future.done():
                    job.future.set_result(Answer(explanation, (started - job.entered) * 1e3))
        except Exception as error:  # noqa: BLE001 - it is raised again where the job waits
            for job in jobs:
                _refuse(job, error)


def _refuse(job: _Job, error: Exception) -> None:
    if not job.future.done():
        job.future.set_exception(error)
