"""Jobs in the database, and the line of those that wait (app/jobs.py).

Each person's first comes before anybody's second; among equals who came first.
"""

import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from sqlalchemy import delete, select, update

from app.database import Database
from app.errors import Busy, NotFound, Unusable
from app.folders import ID_PATTERN
from app.jobs import BASE, DATA, DISCARD, KEEP, OPEN, JobState, in_line
from app.rows import Job

RETRY_AFTER_S = 600
ORPHAN_GRACE_S = 3600.0

Row = TypeVar("Row", bound=Job)


class JobStore(Generic[Row]):
    """The jobs of one kind in one data folder; every method blocks and may be called from any thread.

    Attributes:
        rows: the class of their rows
        folder_name: where their folders lie
        unknown: there is none, or it is somebody else's
        not_ended: one cannot be forgotten yet
        line_full: too many wait
    """

    rows: type[Row]
    folder_name: ClassVar[str]
    unknown: ClassVar[str]
    not_ended: ClassVar[str]
    line_full: ClassVar[str]

    def __init__(self, database: Database, data_dir: Path) -> None:
        self._database = database
        self.root = data_dir / self.folder_name

    def folder(self, job_id: str) -> Path:
        """Where a job's events, log and pictures lie."""
        return self.root / job_id

    def add(self, row: Row, max_waiting: int) -> None:
        """Put a job at the end of the line.

        Raises:
            Busy: the line is full
            Unusable: it is in the way of another that has not ended
        """
        with self._database.writing() as session:
            others = session.scalars(select(self.rows).where(self.rows.state.in_(OPEN))).all()
            self.check_beside(row, others)
            if sum(other.state == JobState.WAITING for other in others) >= max_waiting:
                raise Busy(RETRY_AFTER_S, self.line_full)
            session.add(row)

    def check_beside(self, row: Row, others: Sequence[Row]) -> None:
        """Refuse a job that is in the way of others that have not ended.

        Raises:
            Unusable: it is
        """

    def find(self, job_id: str, owner: str) -> Row:
        """An owner's job.

        Raises:
            NotFound: there is none, or it is somebody else's
        """
        row = self.get(job_id) if ID_PATTERN.fullmatch(job_id) else None
        if row is None or not self.may_read(row, owner):
            raise NotFound(self.unknown)
        return row

    def may_read(self, row: Row, owner: str) -> bool:
        """Whether this person may know of it."""
        return row.owner == owner

    def get(self, job_id: str) -> Row | None:
        """A job, whoever asks."""
        with self._database.reading() as session:
            return session.get(self.rows, job_id)

    def all_of(self, owner: str, limit: int = 100) -> Sequence[Row]:
        """An owner's, newest first."""
        query = select(self.rows).where(self.rows.owner == owner)
        query = query.order_by(self.rows.created_at.desc(), self.rows.id.desc()).limit(limit)
        with self._database.reading() as session:
            return session.scalars(query).all()

    def line(self) -> list[str]:
        """The ids of those that wait, in the order in which they will be started."""
        with self._database.reading() as session:
            rows = session.scalars(select(self.rows).where(self.rows.state.in_(OPEN))).all()
        return in_line(rows)

    def stop(self, job_id: str, owner: str, keep: bool) -> None:
        """Tell an owner's job to stop; one that waits has ended with that, one that has ended stays as it is.

        Args:
            job_id: which
            owner: whose it must be
            keep: whether the best so far is to be kept; to discard it may still be asked for later
        """
        self.find(job_id, owner)
        this = self.rows.id == job_id
        with self._database.writing() as session:
            waits = this & (self.rows.state == JobState.WAITING)
            session.execute(update(self.rows).where(waits).values(state=JobState.CANCELLED, ended_at=_now()))
            goes = this & self.rows.state.in_((JobState.RUNNING, JobState.INTERRUPTED))
            if keep:
                goes &= self.rows.wish.is_(None)
            session.execute(update(self.rows).where(goes).values(wish=KEEP if keep else DISCARD))
        row = self.get(job_id)
        if row is not None and row.state == JobState.CANCELLED:
            self.let_go(job_id, JobState.CANCELLED)

    def forget(self, job_id: str, owner: str) -> None:
        """Delete what is known of an owner's job that has ended.

        Raises:
            NotFound: there is none, or it is somebody else's
            Unusable: it has not ended
        """
        if not JobState(self.find(job_id, owner).state).ended:
            raise Unusable(self.not_ended)
        with self._database.writing() as session:
            session.execute(delete(self.rows).where(self.rows.id == job_id))
        shutil.rmtree(self.folder(job_id), ignore_errors=True)

    def recover(self) -> None:
        """After a server that did not end in order: what it had running is interrupted, by no fault of its own."""
        running = self.rows.state == JobState.RUNNING
        uncounted = {"state": JobState.INTERRUPTED, "starts": self.rows.starts - 1}
        with self._database.writing() as session:
            session.execute(update(self.rows).where(running).values(uncounted))

    def due(self) -> list[Row]:
        """What may be started, in order: what was interrupted, oldest first, then the line."""
        with self._database.reading() as session:
            rows = session.scalars(select(self.rows).where(self.rows.state.in_(OPEN))).all()
        interrupted = [row for row in rows if row.state == JobState.INTERRUPTED]
        by_id = {row.id: row for row in rows}
        return sorted(interrupted, key=lambda row: row.created_at) + [by_id[one] for one in in_line(rows)]

    def begin(self, job_id: str, starts: int, reached: int) -> bool:
        """Note that a job is started; False where it has been cancelled meanwhile."""
        startable = self.rows.state.in_((JobState.WAITING, JobState.INTERRUPTED))
        with self._database.writing() as session:
            row = session.scalar(select(self.rows).where(self.rows.id == job_id, startable))
            if row is None:
                return False
            row.state, row.starts, row.reached = JobState.RUNNING, starts, reached
            row.started_at = row.started_at or _now()
        return True

    def interrupt(self, job_id: str, starts: int) -> None:
        """Note that a job was stopped and is to go on later."""
        this = (self.rows.id == job_id) & (self.rows.state == JobState.RUNNING)
        with self._database.writing() as session:
            session.execute(update(self.rows).where(this).values(state=JobState.INTERRUPTED, starts=starts))

    def end(
        self,
        job_id: str,
        state: JobState,
        *,
        error: str | None = None,
        bundle_id: str | None = None,
        accuracy: float | None = None,
    ) -> None:
        """Note how a job ended, and let go of what it needs no more."""
        values = {"state": state, "ended_at": _now(), "error": error, "bundle_id": bundle_id, "accuracy": accuracy}
        with self._database.writing() as session:
            session.execute(update(self.rows).where(self.rows.id == job_id).values(**values))
        self.let_go(job_id, state)

    def let_go(self, job_id: str, state: JobState) -> None:
        """Delete of a job that has ended what it needs no more."""
        for name in self.needless(state):
            shutil.rmtree(self.folder(job_id) / name, ignore_errors=True)

    def needless(self, state: JobState) -> tuple[str, ...]:  # noqa: ARG002
        """What a job needs no more when it has ended so: its own copies of pictures and of a model."""
        return DATA, BASE

    def sweep(self, grace_s: float = ORPHAN_GRACE_S) -> None:
        """Delete what a crash left: folders older than some seconds without a row, what ended jobs need no more."""
        before = time.time() - grace_s
        with self._database.reading() as session:
            known = {row.id: JobState(row.state) for row in session.scalars(select(self.rows))}
        for job_id, state in known.items():
            if state.ended:
                self.let_go(job_id, state)
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            if ID_PATTERN.fullmatch(folder.name) and folder.name not in known and folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def _now() -> datetime:
    return datetime.now(UTC)
