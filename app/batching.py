"""From requests to the network: off the event loop, in order, through a queue with an end.

A few threads run forward passes side by side. Each takes the photo that has waited longest and,
where sharing a pass pays, the next ones whose inputs have its shape; so nobody is overtaken by a
whole queue, whatever the shapes. Nobody who is alone waits for company: a pass starts at once
unless other requests hold a place and their photos are on the way, and then for `wait_s` at most.

A pass that never ends cannot be ended: its callers are told, and another thread takes over. That is done for a few
(docs/decisions/0115); a network that goes on like that has to be started anew with its server.
"""

import asyncio
import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

from app.chains import raisable
from app.errors import SHUTTING_DOWN, Busy, GivenUp, NotReady
from app.layout import Layout
from app.line import Line
from app.passes import Answer, Explains, Job, Pass, outcomes, refuse
from app.priority import step_back
from model.overdue import end_overdue
from model.preprocess import Prepared

TYPICAL_FORWARD_S = 0.1
LONGEST_SPREAD_S = 10.0  # over which those who were refused are told to come back
SMOOTHING = 0.2
STUCK_AT_MOST = 4
CLOSE_S = 3.0
WATCH_EVERY_S = 1.0
STALLED = "The network does not answer any more; the server has to be started anew."

log = logging.getLogger("camscope.batching")


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

    def __init__(
        self,
        size: int,
        layout: Layout = Layout(),  # noqa: B008 - it is frozen
        pass_limit_s: float = math.inf,
        passed: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Make the queue; `start` sets it running.

        Args:
            size: how many requests may have a place beside the one in the network
            layout: how passes are put together
            pass_limit_s: after how many seconds `give_up_stuck` gives a pass up
            passed: told, after each pass, how many photos shared it
        """
        self._places = size + 1
        self._layout = layout
        self._passed = passed
        self.batch_max = layout.batch_max
        self._taken = 0  # places
        self._on_the_way = 0  # those of them whose photo has not come yet
        self._line = Line(layout)
        self.pass_limit_s = pass_limit_s
        self._idle = 0  # workers
        self._workers = 0  # that are idle or in a pass which has not been given up
        self._stuck = 0  # passes that were given up and have not come back
        self._forward_s = TYPICAL_FORWARD_S  # of one photo, where passes run side by side its share
        self._promised = 0.0  # when the last who was refused was told to come back
        self._closed = False
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []

    @property
    def stalled(self) -> bool:
        """Whether so many passes never came back that the server had better be started anew."""
        return self._stuck >= STUCK_AT_MOST

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
        with self._changed:
            self._hire()

    def _hire(self) -> None:
        """Have as many threads as passes may run side by side. Called with the lock."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        while self._workers < self._layout.workers:
            thread = threading.Thread(target=self._serve, name=f"inference-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            self._workers += 1
            thread.start()

    def close(self) -> None:
        """Refuse who waits, let the photos in the network finish, stop. Blocking, some seconds at most."""
        with self._changed:
            self._closed = True
            waiting = self._line.disband()
            self._changed.notify_all()
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(NotReady(SHUTTING_DOWN))
        end = time.monotonic() + CLOSE_S
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        with self._changed:
            left = self._line.drop_all()
        refuse(left, partial(NotReady, SHUTTING_DOWN))

    def give_up_stuck(self) -> None:
        """Tell the callers of passes that take longer than they may, and let other threads take over, a few times."""
        latest = time.perf_counter() - self.pass_limit_s
        with self._changed:
            stuck = self._line.drop_all(latest)
            self._workers -= len(stuck)
            self._stuck += len(stuck)
            if stuck and not self.stalled and not self._closed:
                self._hire()
        refuse(stuck, GivenUp)
        if stuck:
            log.error("%d passes through the network do not end; %d in all", len(stuck), self._stuck)

    @contextlib.contextmanager
    def place(self) -> Iterator[Place]:
        """Hold a place from before a photo is decoded until it is answered; left early, it is free again.

        Raises:
            Busy: all are taken; refused before any work is done
            NotReady: the server is shutting down, or the network does not answer any more
        """
        with self._changed:
            if self._closed:
                raise NotReady(SHUTTING_DOWN)
            if self.stalled and not self._workers:
                raise NotReady(STALLED)
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
        job = Job(classifier, prepared)
        with self._changed:
            if self._closed:
                raise NotReady(SHUTTING_DOWN)
            self._line.join(job)
            self._arrived(place)
            self._changed.notify()
        job.future.add_done_callback(self._leave)
        return job.future

    def _leave(self, future: Future[Answer]) -> None:
        """Take a photo out of the line whose caller has gone."""
        if future.cancelled():
            with self._changed:
                self._line.leave(future)
                self._changed.notify()

    def _arrived(self, place: Place) -> None:
        """Expect no photo of this place any more; whoever waits for company looks again. Called with the lock."""
        if place.on_the_way:
            place.on_the_way = False
            self._on_the_way -= 1
            if self._layout.wait_s and self._line.waiting and not self._on_the_way:
                self._changed.notify()

    def _serve(self) -> None:
        step_back()
        while self._run(self._take()):
            pass  # a pass has a method of its own, so that nothing of it is held while the next one is waited for

    def _run(self, taken: Pass | None) -> bool:
        """Send photos through the network and answer their callers; whether this thread is to go on."""
        if taken is None:
            return False
        came = outcomes(taken.jobs, taken.alone, taken.started)
        if not self._finish(taken, time.perf_counter() - taken.started):
            return self._come_back()
        self._passed(len(taken.jobs))
        for job, outcome in zip(taken.jobs, came, strict=True):
            if isinstance(outcome, Exception):
                job.future.set_exception(raisable(outcome))
            else:
                job.future.set_result(outcome)
        return True

    def _come_back(self) -> bool:
        """From a pass that was given up: where nobody took over, this thread goes on."""
        with self._changed:
            self._stuck -= 1
            goes_on = self._workers < self._layout.workers
            self._workers += goes_on
        return goes_on

    def _take(self) -> Pass | None:
        """Wait for the photos that go through the network next; None when the queue is closed."""
        with self._changed:
            self._idle += 1
            try:
                while not self._closed:
                    jobs, wait_s = self._line.next(self.batch_max, self._idle, self._on_the_way)
                    if not jobs:
                        self._changed.wait(wait_s)
                    elif (taken := self._line.begin(jobs, self._on_the_way)) is not None:
                        if self._line.waiting:
                            self._changed.notify()  # who may run what is left beside it
                        return taken
                return None
            finally:
                self._idle -= 1

    def _finish(self, done: Pass, seconds: float) -> bool:
        """Note that a pass has ended; False where it had been given up."""
        with self._changed:
            if done not in self._line.running:
                return False
            share_s = seconds / len(done.jobs) / len(self._line.running)
            self._forward_s += (1 - (1 - SMOOTHING) ** len(done.jobs)) * (share_s - self._forward_s)
            self._line.drop(done)
        return True


async def watch(queue: InferenceQueue) -> None:
    """Give up passes that do not end, as long as the server runs."""
    while True:
        await asyncio.sleep(WATCH_EVERY_S)
        queue.give_up_stuck()
        end_overdue(queue.pass_limit_s)
