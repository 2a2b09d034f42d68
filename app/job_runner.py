"""Starts the jobs of one kind in their turn, watches them, and sees to it that each comes to an end."""

import contextlib
import fcntl
import logging
import os
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from app.config import Settings
from app.errors import AppError
from app.job_child import Child, RunLock
from app.job_store import JobStore
from app.jobs import DISCARD, EVENTS, KEEP, LOCK, LOG, JobState
from app.rows import Job
from app.text import noted
from app.training_feed import Feed, Seen
from model.runs import Done

LOOK_EVERY_S = 0.25
LOCK_EVERY_S = 2.0
STOP_GRACE_S = 15.0
SHUTDOWN_GRACE_S = 5.0
STARTS_WITHOUT_PROGRESS = 3
SIGNALLED = 128
FULL_BYTES = 2**20
DISK_FULL = noted("The server's disk was full, so it could not go on. Start it again when there is room.")

Row = TypeVar("Row", bound=Job)
Given_contra = TypeVar("Given_contra", bound=Job, contravariant=True)


class Work(Protocol[Given_contra]):
    """What jobs of one kind do.

    Attributes:
        noun: what one is called in the log
        gave_up: it ended again and again without getting any further
        unexplained: it ended with an error and no word of it
        stopped_early: it was told to keep what there is, and there was nothing
    """

    noun: str
    gave_up: str
    unexplained: str
    stopped_early: str

    @property
    def may_start(self) -> bool:
        """Whether any may be started; else what waits goes on waiting."""

    @property
    def at_once(self) -> int:
        """How many may run at the same time."""

    def words(self, row: Given_contra) -> Sequence[str]:
        """The command that does it, or goes on with it."""

    def adopt(self, row: Given_contra) -> bool:
        """End one whose results are there already, though nobody said so; whether there were any."""

    def finish(self, row: Given_contra, done: Done) -> None:
        """Note that it is done, and what came of it."""

    def clear(self, row: Given_contra) -> None:
        """Delete what it has left on its way."""

    def told(self, message: str, row: Given_contra) -> str:
        """What it said of its end, as its owner may read it."""


@dataclass
class _Running(Generic[Row]):
    """A job under way.

    Attributes:
        stop_by: when it is killed
        disk_full: whether its end found no room, not even for a word of what went wrong; None while it goes on
    """

    row: Row
    child: Child
    feed: Feed
    events_before: int
    stop_by: float | None = field(default=None)
    disk_full: bool | None = field(default=None)


class Runner(Generic[Row]):
    """One thread that starts and watches jobs; of several servers on one data folder, one has it."""

    def __init__(self, store: JobStore[Row], work: Work[Row], settings: Settings) -> None:
        """Make the thread; `start` starts it.

        Args:
            store: the jobs
            work: what they do
            settings: a job is given the same
        """
        self._store = store
        self._work = work
        self._settings = settings
        self._log = logging.getLogger(f"camscope.{store.folder_name}")
        self._jobs: dict[str, _Running[Row]] = {}
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=store.folder_name, daemon=True)

    def start(self) -> None:
        """Begin to look for jobs to start."""
        self._store.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something new to look at."""
        self._wake.set()

    def close(self) -> None:
        """Stop what runs, to be resumed, and wait for it. Blocking, some seconds at most."""
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        with contextlib.ExitStack() as stack:
            if not self._alone(stack):
                return
            recovered, told = False, ""
            while not self._closing:
                try:
                    if not recovered:
                        self._store.recover()
                        recovered = True
                    self._look()
                    told = ""
                except AppError as error:  # the database or the disk; both may be well again soon
                    if str(error) != told:
                        told = str(error)
                        self._log.warning("%s are not looked after: %s", self._store.folder_name, told)
                    self._wake.wait(LOCK_EVERY_S)
                except Exception:  # noqa: BLE001 - whatever it is, the next time may go well
                    self._log.exception("looking after the %s failed; it is tried again", self._store.folder_name)
                    self._wake.wait(LOCK_EVERY_S)
                self._wake.wait(LOOK_EVERY_S if self._jobs else LOCK_EVERY_S)
                self._wake.clear()
            self._interrupt_all()

    def _alone(self, stack: contextlib.ExitStack) -> bool:
        """Wait until no other server runs the jobs of this data folder; False when told to close before."""
        descriptor = os.open(self._store.root / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        stack.callback(os.close, descriptor)
        while not self._closing:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            self._wake.wait(LOCK_EVERY_S)
            self._wake.clear()
        return False

    def _look(self) -> None:
        """See how the running ones are, then start what is due."""
        for job in list(self._jobs.values()):
            self._watch(job)
        for row in self._store.due():
            if row.wish == DISCARD or (self._work.may_start and len(self._jobs) < self._work.at_once):
                folder = self._store.folder(row.id)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with contextlib.suppress(BlockingIOError), RunLock(folder / LOCK) as lock:
                    self._begin(row, lock)

    def _begin(self, row: Row, lock: RunLock) -> None:
        """Start a job, or end it where that cannot be; no process of an earlier server works on it any more."""
        feed = Feed(self._store.folder(row.id) / EVENTS)
        seen = feed.refresh()
        starts = 1 if seen.reached > row.reached else row.starts + 1
        if row.state == JobState.INTERRUPTED and (seen.done or seen.failed or row.wish == DISCARD):
            self._end(row, seen)
        elif self._work.adopt(row):
            pass
        elif starts > STARTS_WITHOUT_PROGRESS:
            self._fail(row, self._work.gave_up)
        elif self._store.begin(row.id, starts, seen.reached):
            try:
                words = self._work.words(row)
                child = Child(words, lock, self._store.folder(row.id) / LOG, self._settings)
            except OSError:
                self._store.interrupt(row.id, starts)
                raise
            self._jobs[row.id] = _Running(row, child, feed, seen.events)
            self._log.info("%s %s, '%s', is started as process %d", self._work.noun, row.id, row.name, child.pid)

    def _watch(self, job: _Running[Row]) -> None:
        """See whether a job has ended, or is to end."""
        status = job.child.poll()
        row = self._store.get(job.row.id)
        if row is None:
            job.child.kill()
            status = -SIGNALLED
            row = job.row
        job.row = row
        seen = job.feed.refresh()
        if status is not None:
            self._over(job, status)
        elif (seen.done or seen.failed) and job.stop_by is None:  # the rest is tidying up
            self._end(row, seen)
            job.stop_by = time.monotonic() + STOP_GRACE_S
        elif job.stop_by is not None and time.monotonic() > job.stop_by:
            job.child.kill()
        elif row.wish == KEEP and seen.events > job.events_before:  # it is up and listens
            job.child.finish()
        elif row.wish == DISCARD and job.stop_by is None:
            job.child.stop()
            job.stop_by = time.monotonic() + STOP_GRACE_S

    def _over(self, job: _Running[Row], status: int) -> None:
        """Note how a job ended; one that was killed goes on, one that failed does not."""
        row, seen = job.row, job.feed.refresh()
        if job.disk_full is None:  # else it is noted at last: there was no room, or no database
            job.disk_full = shutil.disk_usage(self._store.root).free < FULL_BYTES
            self._log.info("%s %s, '%s', ended with status %d", self._work.noun, row.id, row.name, status)
        killed = status < 0 or status > SIGNALLED
        if JobState(row.state).ended:
            pass  # it had said so before
        elif seen.done or seen.failed or row.wish:
            self._end(row, seen)
        elif killed:
            self._store.interrupt(row.id, row.starts)
        else:
            self._fail(row, DISK_FULL if job.disk_full else self._work.unexplained)
        del self._jobs[row.id]  # last: whatever failed above is tried again

    def _end(self, row: Row, seen: Seen) -> None:
        """Note the end of a job that has said how it ended, or was told to."""
        if seen.done:
            self._work.finish(row, seen.done)
        elif row.wish:
            self._work.clear(row)
            error = self._work.stopped_early if row.wish == KEEP else None
            self._store.end(row.id, JobState.CANCELLED, error=error)
        else:
            self._fail(row, self._work.told(seen.failed or self._work.unexplained, row))

    def _fail(self, row: Row, reason: str) -> None:
        self._work.clear(row)
        self._store.end(row.id, JobState.FAILED, error=reason)
        self._log.warning("%s %s, '%s', failed: %s", self._work.noun, row.id, row.name, reason)

    def _interrupt_all(self) -> None:
        """Stop what runs; it goes on with the next server."""
        for job in self._jobs.values():
            job.child.stop()
        end = time.monotonic() + SHUTDOWN_GRACE_S
        for job in self._jobs.values():
            if job.child.wait(end - time.monotonic()) is None:
                job.child.kill()
            with contextlib.suppress(AppError):
                self._store.interrupt(job.row.id, 0)
