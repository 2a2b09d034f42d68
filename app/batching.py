"""From requests to the network: off the event loop, in order, through a queue with an end.

Photos run one at a time. Where running several together pays, `_take` is the place that
would hand out more than one job; what follows it already answers each job on its own.
"""

import asyncio
import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
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
    future: Future[Answer] = field(default_factory=Future)
    entered: float = field(default_factory=time.perf_counter)


class InferenceQueue:
    """A bounded queue with one thread behind it; callers may live in any event loop."""

    def __init__(self, size: int) -> None:
        """Make the queue; `start` sets it running.

        Args:
            size: how many photos may wait while one is in the network
        """
        self._places = size + 1
        self._taken = 0
        self._waiting: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name="inference", daemon=True)
        self._forward_s = TYPICAL_FORWARD_S
        self._closed = False

    @property
    def depth(self) -> int:
        """How many photos have a place: being decoded, waiting, or in the network."""
        return self._taken

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> None:
        """Refuse who waits, let the photo in the network finish, stop. Blocking."""
        with self._changed:
            self._closed = True
            waiting, self._waiting = self._waiting, deque()
            self._changed.notify_all()
        for job in waiting:
            _settle(job, NotReady(SHUTTING_DOWN))
        if self._thread.is_alive():
            self._thread.join()

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place from before a photo is decoded until it is answered; left early, it is free again.

        Raises:
            Busy: all are taken; refused before any work is done
            NotReady: the server is shutting down
        """
        with self._changed:
            if self._closed:
                raise NotReady(SHUTTING_DOWN)
            if self._taken >= self._places:
                raise Busy(max(1, math.ceil(self._forward_s * self._taken)))
            self._taken += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken -= 1

    async def submit(self, classifier: Explains, photo: Photo, scale: float) -> Answer:
        """Wait for a turn, then for the answer; call it while holding a place.

        Raises:
            NotReady: the server is shutting down
            ModelError: what the classifier refuses
        """
        job = _Job(classifier, photo, scale)
        with self._changed:
            if self._closed:
                raise NotReady(SHUTTING_DOWN)
            self._waiting.append(job)
            self._changed.notify()
        try:
            return await asyncio.wrap_future(job.future)
        finally:
            with self._changed, contextlib.suppress(ValueError):
                self._waiting.remove(job)

    def _take(self) -> list[_Job]:
        """Wait for the jobs that run next, together: the oldest alone; none when the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return [self._waiting.popleft()] if self._waiting else []

    def _serve(self) -> None:
        while jobs := self._take():
            jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            if jobs:
                started = time.perf_counter()
                _run(jobs, started)
                self._forward_s += SMOOTHING * ((time.perf_counter() - started) / len(jobs) - self._forward_s)


def _run(jobs: Sequence[_Job], started: float) -> None:
    """Answer jobs of one classifier and scale; what goes wrong is everybody's answer, and nobody waits on."""
    first = jobs[0]
    try:
        explanations = first.classifier.explain([job.photo for job in jobs], first.scale)
        answers = [
            Answer(explanation, (started - job.entered) * 1e3)
            for job, explanation in zip(jobs, explanations, strict=True)
        ]
    except Exception as error:  # noqa: BLE001 - it is raised again where the job waits
        for job in jobs:
            job.future.set_exception(error)
    else:
        for job, answer in zip(jobs, answers, strict=True):
            job.future.set_result(answer)


def _settle(job: _Job, error: Exception) -> None:
    """Refuse a job that never ran, unless its caller has left."""
    if job.future.set_running_or_notify_cancel():
        job.future.set_exception(error)
