"""Starts trainings in their turn, watches them, and sees to it that each comes to an end."""

import contextlib
import fcntl
import logging
import os
import shutil
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.config import Settings
from app.errors import AppError
from app.rows import TrainingRow
from app.schemas_trainings import Asked, TrainingState
from app.training_child import Child, Command, Order, RunLock, threads_of, train_command
from app.training_feed import Feed, Seen
from app.training_public import public
from app.training_store import CORRECTIONS, DISCARD, EVENTS, KEEP, LOCK, LOG, TrainingStore
from model.errors import BundleError
from model.manifest import bundle_id, read_manifest
from model.metrics import read_metrics
from model.runs import run_folder

log = logging.getLogger("camscope.trainings")

LOOK_EVERY_S = 0.25
LOCK_EVERY_S = 2.0
STOP_GRACE_S = 15.0
SHUTDOWN_GRACE_S = 5.0
STARTS_WITHOUT_PROGRESS = 3
SIGNALLED = 128
STOPPED_EARLY = "It was stopped before there was anything to keep."
GAVE_UP = (
    f"The training ended {STARTS_WITHOUT_PROGRESS} times in a row without getting any further, "
    "most likely for want of memory; smaller batches or pictures may help. The server's log of it has the details."
)
UNEXPLAINED = "The training ended with an error that it could not explain; the server's log of it has the details."
NAME_TAKEN = "A model of this name has appeared meanwhile; start the training again under another name."


@dataclass
class _Job:
    """A training under way."""

    row: TrainingRow
    out: Path
    child: Child
    feed: Feed
    events_before: int
    stop_by: float | None = field(default=None)


class Runner:
    """One thread that starts and watches trainings; of several servers on one data folder, one has it."""

    def __init__(
        self, store: TrainingStore, settings: Settings, command: Command = train_command, may_start: bool = True
    ) -> None:
        """Make the thread; `start` starts it.

        Args:
            store: the trainings
            settings: how many at once, and with how many threads
            command: what starts one
            may_start: whether any may be; else what waits goes on waiting
        """
        self._store = store
        self._may_start = may_start
        self._settings = settings
        self._command = command
        self._jobs: dict[str, _Job] = {}
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="trainings", daemon=True)

    def start(self) -> None:
        """Begin to look for trainings to start."""
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
                        log.warning("trainings are not looked after: %s", told)
                    self._wake.wait(LOCK_EVERY_S)
                except Exception:
                    log.exception("looking after the trainings failed; it is tried again")
                    self._wake.wait(LOCK_EVERY_S)
                self._wake.wait(LOOK_EVERY_S if self._jobs else LOCK_EVERY_S)
                self._wake.clear()
            self._interrupt_all()

    def _alone(self, stack: contextlib.ExitStack) -> bool:
        """Wait until no other server runs the trainings of this data folder; False when told to close before."""
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
            if row.wish == DISCARD or (self._may_start and len(self._jobs) < self._settings.training_jobs):
                folder = self._store.folder(row.id)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with contextlib.suppress(BlockingIOError), RunLock(folder / LOCK) as lock:
                    self._begin(row, lock)

    def _begin(self, row: TrainingRow, lock: RunLock) -> None:
        """Start a training, or end it where that cannot be; no process of an earlier server works on it any more."""
        out = self._settings.models_folder / row.name
        feed = Feed(self._store.folder(row.id) / EVENTS)
        seen = feed.refresh()
        starts = 1 if seen.reached > row.reached else row.starts + 1
        if row.state == TrainingState.INTERRUPTED and (seen.done or seen.failed or row.wish == DISCARD):
            self._end(row, out, seen)
        elif out.exists():
            self._adopt(row, out)
        elif starts > STARTS_WITHOUT_PROGRESS:
            self._fail(row, out, GAVE_UP)
        elif self._store.begin(row.id, starts, seen.reached):
            try:
                child = self._child(row, out, lock)
            except OSError:
                self._store.interrupt(row.id, starts)
                raise
            self._jobs[row.id] = _Job(row, out, child, feed, seen.events)
            log.info("training %s, '%s', is started as process %d", row.id, row.name, child.pid)

    def _child(self, row: TrainingRow, out: Path, lock: RunLock) -> Child:
        folder = self._store.folder(row.id)
        out.parent.mkdir(parents=True, exist_ok=True)
        order = Order(
            data=folder / row.data,  # of one's own pictures within that folder; another is absolute
            out=out,
            base=row.base,
            events=folder / EVENTS,
            asked=Asked.model_validate(row.asked),
            threads=threads_of(self._settings),
            corrections=folder / CORRECTIONS,
        )
        return Child(self._command(order), lock, folder / LOG, self._settings)

    def _adopt(self, row: TrainingRow, out: Path) -> None:
        """A model of the name is there: the training's own, whose last word was lost, or somebody else's."""
        found = _made_since(out, row.started_at)
        if found is None:
            self._store.end(row.id, TrainingState.FAILED, error=NAME_TAKEN)
        else:
            _remove(run_folder(out))
            self._store.end(row.id, TrainingState.DONE, bundle_id=found[0], accuracy=found[1])

    def _watch(self, job: _Job) -> None:
        """See whether a training has ended, or is to end."""
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
            self._end(row, job.out, seen)
            job.stop_by = time.monotonic() + STOP_GRACE_S
        elif job.stop_by is not None and time.monotonic() > job.stop_by:
            job.child.kill()
        elif row.wish == KEEP and seen.events > job.events_before:  # it is up and listens
            job.child.finish()
        elif row.wish == DISCARD and job.stop_by is None:
            job.child.stop()
            job.stop_by = time.monotonic() + STOP_GRACE_S

    def _over(self, job: _Job, status: int) -> None:
        """Note how a training ended; one that was killed goes on, one that failed does not."""
        row, seen = job.row, job.feed.refresh()
        log.info("training %s, '%s', ended with status %d", row.id, row.name, status)
        killed = status < 0 or status > SIGNALLED
        if TrainingState(row.state).ended:
            pass  # it had said so before
        elif seen.done or seen.failed or row.wish:
            self._end(row, job.out, seen)
        elif killed:
            self._store.interrupt(row.id, row.starts)
        else:
            self._fail(row, job.out, UNEXPLAINED)
        del self._jobs[row.id]  # last: whatever failed above is tried again

    def _end(self, row: TrainingRow, out: Path, seen: Seen) -> None:
        """Note the end of a training that has said how it ended, or was told to."""
        if seen.done:
            self._store.end(row.id, TrainingState.DONE, bundle_id=seen.done.bundle_id, accuracy=seen.done.accuracy)
            _remove(run_folder(out))
        elif row.wish:
            _remove(run_folder(out))
            error = STOPPED_EARLY if row.wish == KEEP else None
            self._store.end(row.id, TrainingState.CANCELLED, error=error)
        else:
            self._fail(row, out, public(seen.failed or UNEXPLAINED, row, self._settings))

    def _fail(self, row: TrainingRow, out: Path, reason: str) -> None:
        _remove(run_folder(out))
        self._store.end(row.id, TrainingState.FAILED, error=reason)
        log.warning("training %s, '%s', failed: %s", row.id, row.name, reason)

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


def _made_since(out: Path, moment: datetime | None) -> tuple[str, float] | None:
    """Id and accuracy of a trained model that was written after a moment; None where there is no such one."""
    try:
        manifest, metrics = read_manifest(out), read_metrics(out)
    except BundleError:
        return None
    if metrics is None or moment is None or manifest.created_at < moment.replace(microsecond=0):
        return None
    return bundle_id(manifest), metrics.accuracy


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
