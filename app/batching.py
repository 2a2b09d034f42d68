"""From requests to the network: off the event loop, in order, through a queue with an end.

A few threads run forward passes side by side. Each takes the photo that has waited longest and,
where sharing a pass pays, the next ones whose inputs have its shape; so nobody is overtaken by a
whole queue, whatever the shapes. Nobody who is alone waits for company: a pass starts at once
unless other requests hold a place and their photos are on the way, and then for `wait_s` at most.
"""

import contextlib
import itertools
import math
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from app.chains import raisable
from app.errors import SHUTTING_DOWN, Busy, NotReady
from app.layout import Layout
from app.priority import step_back
from model.bundle import Bundle
from model.classifier import Explanation, Prepared
from model.photos import Photo, PhotoFile
from model.spec import ModelSpec

TYPICAL_FORWARD_S = 0.1
LONGEST_SPREAD_S = 10.0  # over which those who were refused are told to come back
SMOOTHING = 0.2


class Explains(Protocol):
    """What the web needs of a classifier (model/classifier.py has the real one)."""

    @property
    def bundle(self) -> Bundle:
        """Where it comes from."""

    @property
    def spec(self) -> ModelSpec:
        """What its outputs mean."""

    @property
    def provider(self) -> str:
        """ONNX Runtime's name for what runs it."""

    def prepare(self, photo: Photo | PhotoFile, scale: float = 1, alone: bool = False) -> Prepared:
        """Bring a photo to the size the network is to see; alone, it may have two cores."""

    def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
        """Explain inputs of one shape by one forward pass; one that is not alone leaves cores to those beside it."""

    def probe(self) -> None:
        """Raise InferenceError where the built-in probe is answered wrongly."""


@dataclass(frozen=True)
class Answer:
    """An explanation, and how long the photo waited for its turn."""

    explanation: Explanation
    queue_ms: float


class _Job:
    """A photo that waits; it leaves the line when its pass begins, or its caller goes.

    Attributes:
        kind: what photos of one pass have in common
        pixels: of its input
    """

    def __init__(self, classifier: Explains, prepared: Prepared) -> None:
        height: int = prepared.pixels.shape[0]
        width: int = prepared.pixels.shape[1]
        self.classifier, self.prepared = classifier, prepared
        self.kind = (id(classifier), height, width, prepared.scale)
        self.pixels = height * width
        self.future: Future[Answer] = Future()
        self.entered = time.perf_counter()


@dataclass(frozen=True)
class _Pass:
    """Photos that go through the network together, and whether nothing is to run beside them."""

    jobs: Sequence[_Job]
    pixels: int
    alone: bool


class Place:
    """One request's place in the queue, from before its photo is decoded until it is answered."""

    def __init__(self, queue: "InferenceQueue") -> None:
        self._queue = queue
        self.on_the_way = True

    def submit(self, classifier: Explains, prepared: Prepared) -> Future[Answer]:
        """Line up a photo; returns at once.

        Returns:
            the answer, or what the classifier raised, or NotReady where the server shuts down before its turn;
            cancelled before its pass begins, the photo leaves the line

        Raises:
            NotReady: the server is shutting down
        """
        return self._queue.line_up(self, classifier, prepared)


class InferenceQueue:
    """A bounded queue with a few threads behind it; callers may live in any thread."""

    def __init__(self, size: int, layout: Layout = Layout()) -> None:  # noqa: B008 - it is frozen
        """Make the queue; `start` sets it running.

        Args:
            size: how many requests may have a place beside the one in the network
            layout: how passes are put together
        """
        self._places = size + 1
        self._layout = layout
        self.batch_max = layout.batch_max
        self._taken = 0  # places
        self._on_the_way = 0  # those of them whose photo has not come yet
        self._waiting: dict[Future[Answer], _Job] = {}  # by what their callers hold, in the order of arrival
        self._passes = 0  # that run now
        self._pixels = 0  # that are in them
        self._idle = 0  # workers
        self._forward_s = TYPICAL_FORWARD_S  # of one photo, where passes run side by side its share
        self._promised = 0.0  # when the last who was refused was told to come back
        self._closed = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._serve, name=f"inference-{number}", daemon=True)
            for number in range(layout.workers)
        ]

    @property
    def depth(self) -> int:
        """How many photos have a place: being decoded, waiting, or in the network."""
        return self._taken

    @property
    def places(self) -> int:
        """How many there are."""
        return self._places

    @property
    def is_full(self) -> bool:
        """Whether nobody would get a place now."""
        return self._taken >= self._places

    def busy(self) -> Busy:
        """What to tell somebody for whom there is no place: each a later time, so that not all come back at once."""
        now = time.monotonic()
        free_at = now + self._forward_s * self._taken
        self._promised = min(max(self._promised, free_at) + self._forward_s, free_at + LONGEST_SPREAD_S)
        return Busy(max(1, math.ceil(self._promised - now)))

    def start(self) -> None:
        """Begin to serve."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Refuse who waits, let the photos in the network finish, stop. Blocking."""
        with self._changed:
            self._closed = True
            waiting, self._waiting = list(self._waiting), {}
            self._changed.notify_all()
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(NotReady(SHUTTING_DOWN))
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    @contextlib.contextmanager
    def place(self) -> Iterator[Place]:
        """Hold a place from before a photo is decoded until it is answered; left early, it is free again.

        Raises:
            Busy: all are taken; refused before any work is done
            NotReady: the server is shutting down
        """
        with self._changed:
            if self._closed:
                raise NotReady(SHUTTING_DOWN)
            if self.is_full:
                raise self.busy()
            self._taken += 1
            self._on_the_way += 1
        place = Place(self)
        try:
            yield place
        finally:
            with self._changed:
                self._taken -= 1
                self._arrived(place)

    def line_up(self, place: Place, classifier: Explains, prepared: Prepared) -> Future[Answer]:
        """Line up the photo of a place; `Place.submit` is for callers."""
        job = _Job(classifier, prepared)
        with self._changed:
            if self._closed:
                raise NotReady(SHUTTING_DOWN)
            self._waiting[job.future] = job
            self._arrived(place)
            self._changed.notify()
        job.future.add_done_callback(self._leave)
        return job.future

    def _leave(self, future: Future[Answer]) -> None:
        """Take a photo out of the line whose caller has gone."""
        if future.cancelled():
            with self._changed:
                self._waiting.pop(future, None)
                self._changed.notify()

    def _arrived(self, place: Place) -> None:
        """Expect no photo of this place any more; whoever waits for company looks again. Called with the lock."""
        if place.on_the_way:
            place.on_the_way = False
            self._on_the_way -= 1
            if self._layout.wait_s and self._waiting and not self._on_the_way:
                self._changed.notify()

    def _serve(self) -> None:
        step_back()
        while self._run(self._take()):
            pass  # a pass has a method of its own, so that nothing of it is held while the next one is waited for

    def _run(self, taken: _Pass | None) -> bool:
        """Send photos through the network and answer their callers; whether there were any."""
        if taken is None:
            return False
        started = time.perf_counter()
        outcomes = _outcomes(taken.jobs, taken.alone, started)
        self._finish(taken, time.perf_counter() - started)
        for job, outcome in zip(taken.jobs, outcomes, strict=True):
            if isinstance(outcome, Exception):
                job.future.set_exception(raisable(outcome))
            else:
                job.future.set_result(outcome)
        return True

    def _take(self) -> _Pass | None:
        """Wait for the photos that go through the network next; None when the queue is closed."""
        with self._changed:
            self._idle += 1
            try:
                while not self._closed:
                    jobs, wait_s = self._next()
                    if not jobs:
                        self._changed.wait(wait_s)
                    elif (taken := self._begin(jobs)) is not None:
                        return taken
                return None
            finally:
                self._idle -= 1

    def _next(self) -> tuple[list[_Job], float | None]:
        """The photos that can start now, in their order; if none, how long until they may. Called with the lock."""
        first = next(iter(self._waiting.values()), None)
        if first is None:
            return [], None
        room = self._layout.max_pixels - self._pixels
        if self._passes and first.pixels > room:
            return [], None
        most = max(1, min(self.batch_max, room // first.pixels))
        kind = first.kind
        jobs = list(itertools.islice((job for job in self._waiting.values() if job.kind == kind), most))
        if len(jobs) < most and self._on_the_way:
            wait_s = first.entered + self._layout.wait_s - time.perf_counter()
            if wait_s > 0:
                return [], wait_s
        # Workers with nothing to do share what there is.
        return jobs[: math.ceil(len(jobs) / self._idle)], None

    def _begin(self, jobs: Sequence[_Job]) -> _Pass | None:
        """Take photos out of the line, and wake who may run what is left beside them. Called with the lock.

        Returns:
            the pass; none where the callers of all have just gone
        """
        for job in jobs:
            del self._waiting[job.future]
        jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        if not jobs:
            return None
        beside = self._passes or self._waiting or self._on_the_way
        pixels = jobs[0].pixels * len(jobs)
        fills_all = pixels >= self._layout.max_pixels
        taken = _Pass(jobs, pixels, alone=self._layout.workers == 1 or fills_all or not beside)
        self._passes += 1
        self._pixels += taken.pixels
        if self._waiting:
            self._changed.notify()
        return taken

    def _finish(self, done: _Pass, seconds: float) -> None:
        with self._changed:
            share_s = seconds / len(done.jobs) / self._passes
            self._forward_s += (1 - (1 - SMOOTHING) ** len(done.jobs)) * (share_s - self._forward_s)
            self._passes -= 1
            self._pixels -= done.pixels


def _outcomes(jobs: Sequence[_Job], alone: bool, started: float) -> list[Answer | Exception]:
    """What comes of jobs of one kind, in their order; where a pass of several fails, each is tried alone."""
    try:
        explanations = jobs[0].classifier.answer([job.prepared for job in jobs], alone)
        return [
            Answer(explanation, (started - job.entered) * 1e3)
            for job, explanation in zip(jobs, explanations, strict=True)
        ]
    except Exception as error:  # noqa: BLE001 - it is raised again where the job waits
        if len(jobs) == 1:
            return [error]
    return [outcome for job in jobs for outcome in _outcomes([job], alone, time.perf_counter())]
