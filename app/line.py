"""Who goes through the network next: the photos that wait for it, and the passes under way."""

import itertools
import math
import time
from collections.abc import Sequence
from concurrent.futures import Future

from app.layout import Layout
from app.passes import Answer, Job, Pass


class Line:
    """Photos that wait and passes under way; it has no lock of its own, the queue's guards it (app/batching.py).

    Attributes:
        waiting: photos by what their callers hold, in the order of arrival
        running: passes that have neither ended nor been given up
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.waiting: dict[Future[Answer], Job] = {}
        self.running: set[Pass] = set()
        self._pixels = 0  # that are in them

    def join(self, job: Job) -> None:
        """Have a photo wait behind all others."""
        self.waiting[job.future] = job

    def leave(self, future: Future[Answer]) -> None:
        """Let a photo go whose caller has gone."""
        self.waiting.pop(future, None)

    def disband(self) -> list[Future[Answer]]:
        """Let all photos go that wait; what their callers hold."""
        waiting, self.waiting = list(self.waiting), {}
        return waiting

    def next(self, most: int, idle: int, on_the_way: int) -> tuple[list[Job], float | None]:
        """The photos that can start now, in their order; if none, how long until they may, in seconds.

        Args:
            most: how many may share a pass
            idle: how many workers have nothing to do
            on_the_way: how many photos are expected besides those that wait
        """
        first = next(iter(self.waiting.values()), None)
        if first is None:
            return [], None
        room = self._layout.max_pixels - self._pixels
        if self.running and first.pixels > room:
            return [], None
        most = max(1, min(most, room // first.pixels))
        kind = first.kind
        jobs = list(itertools.islice((job for job in self.waiting.values() if job.kind == kind), most))
        if len(jobs) < most and on_the_way:
            wait_s = first.entered + self._layout.wait_s - time.perf_counter()
            if wait_s > 0:
                return [], wait_s
        # Workers with nothing to do share what there is.
        return jobs[: math.ceil(len(jobs) / idle)], None

    def begin(self, jobs: Sequence[Job], on_the_way: int) -> Pass | None:
        """Take photos out of the line.

        Args:
            jobs: which
            on_the_way: how many photos are expected besides those that wait

        Returns:
            the pass; none where the callers of all have just gone
        """
        for job in jobs:
            del self.waiting[job.future]
        jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        if not jobs:
            return None
        beside = self.running or self.waiting or on_the_way
        pixels = jobs[0].pixels * len(jobs)
        fills_all = pixels >= self._layout.max_pixels
        alone = self._layout.workers == 1 or fills_all or not beside
        begun = Pass(jobs, pixels, alone, time.perf_counter())
        self.running.add(begun)
        self._pixels += begun.pixels
        return begun

    def drop(self, one: Pass) -> None:
        """Count a pass no more."""
        self.running.remove(one)
        self._pixels -= one.pixels

    def drop_all(self, begun_before: float = math.inf) -> list[Pass]:
        """Count no more those passes that began before a moment, by time.perf_counter; which they are."""
        dropped = [one for one in self.running if one.started < begun_before]
        for one in dropped:
            self.drop(one)
        return dropped
