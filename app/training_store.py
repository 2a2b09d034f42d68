"""Trainings in the database, and the line of those that wait.

    waiting -> running -> done | failed | cancelled
                running <-> interrupted    the server ended; it goes on with the next

Each person's first comes before anybody's second; among equals who came first.
"""

import shutil
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, select, update

from app.database import Database
from app.errors import Busy, NotFound, Unusable
from app.folders import ID_PATTERN
from app.rows import TrainingRow
from app.schemas_trainings import TrainingState

KEEP, DISCARD = "keep", "discard"
EVENTS, LOG, LOCK, DATA, BASE = "events.jsonl", "log.txt", "lock", "data", "base"
CORRECTIONS = "corrections.csv"
RETRY_AFTER_S = 600
ORPHAN_GRACE_S = 3600.0
OPEN = (TrainingState.WAITING, TrainingState.RUNNING, TrainingState.INTERRUPTED)


class TrainingStore:
    """The trainings of one data folder; every method blocks and may be called from any thread."""

    def __init__(self, database: Database, data_dir: Path) -> None:
        self._database = database
        self.root = data_dir / "trainings"

    def folder(self, training_id: str) -> Path:
        """Where a training's events, log and pictures lie."""
        return self.root / training_id

    def add(self, row: TrainingRow, max_waiting: int) -> None:
        """Put a training at the end of the line.

        Raises:
            Busy: the line is full
            Unusable: another that has not ended makes a model of the same name
        """
        with self._database.writing() as session:
            names = session.scalars(select(TrainingRow.name).where(TrainingRow.state.in_(OPEN))).all()
            if row.name.casefold() in map(str.casefold, names):
                raise Unusable(f"'name': a model '{row.name}' is being trained already; choose another name.")
            waiting = select(TrainingRow.id).where(TrainingRow.state == TrainingState.WAITING)
            if len(session.scalars(waiting).all()) >= max_waiting:
                raise Busy(RETRY_AFTER_S, "Too many trainings are waiting; try again in {seconds} s.")
            session.add(row)

    def find(self, training_id: str, owner: str) -> TrainingRow:
        """An owner's training.

        Raises:
            NotFound: there is none, or it is somebody else's
        """
        row = self.get(training_id) if ID_PATTERN.fullmatch(training_id) else None
        if row is None or row.owner != owner:
            raise NotFound("There is no such training of yours.")
        return row

    def get(self, training_id: str) -> TrainingRow | None:
        """A training, whoever asks."""
        with self._database.reading() as session:
            return session.get(TrainingRow, training_id)

    def all_of(self, owner: str, limit: int = 100) -> Sequence[TrainingRow]:
        """An owner's, newest first."""
        query = select(TrainingRow).where(TrainingRow.owner == owner)
        query = query.order_by(TrainingRow.created_at.desc(), TrainingRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return session.scalars(query).all()

    def line(self) -> list[str]:
        """The ids of those that wait, in the order in which they will be started."""
        with self._database.reading() as session:
            rows = session.scalars(select(TrainingRow).where(TrainingRow.state.in_(OPEN))).all()
        return in_line(rows)

    def stop(self, training_id: str, owner: str, keep: bool) -> None:
        """Tell an owner's training to stop; one that waits has ended with that, one that has ended stays as it is.

        Args:
            training_id: which
            owner: whose it must be
            keep: whether the best so far is to become a model; to discard it may still be asked for later
        """
        self.find(training_id, owner)
        this = TrainingRow.id == training_id
        with self._database.writing() as session:
            waits = this & (TrainingRow.state == TrainingState.WAITING)
            session.execute(update(TrainingRow).where(waits).values(state=TrainingState.CANCELLED, ended_at=_now()))
            goes = this & TrainingRow.state.in_((TrainingState.RUNNING, TrainingState.INTERRUPTED))
            if keep:
                goes &= TrainingRow.wish.is_(None)
            session.execute(update(TrainingRow).where(goes).values(wish=KEEP if keep else DISCARD))
        row = self.get(training_id)
        if row is not None and row.state == TrainingState.CANCELLED:
            self.drop_data(training_id)

    def forget(self, training_id: str, owner: str) -> None:
        """Delete what is known of an owner's training that has ended; its model stays.

        Raises:
            NotFound: there is none, or it is somebody else's
            Unusable: it has not ended
        """
        if not TrainingState(self.find(training_id, owner).state).ended:
            raise Unusable("This training has not ended; stop it first.")
        with self._database.writing() as session:
            session.execute(delete(TrainingRow).where(TrainingRow.id == training_id))
        shutil.rmtree(self.folder(training_id), ignore_errors=True)

    def recover(self) -> None:
        """After a server that did not end in order: what it had running is interrupted, by no fault of its own."""
        running = TrainingRow.state == TrainingState.RUNNING
        uncounted = {"state": TrainingState.INTERRUPTED, "starts": TrainingRow.starts - 1}
        with self._database.writing() as session:
            session.execute(update(TrainingRow).where(running).values(uncounted))

    def due(self) -> list[TrainingRow]:
        """What may be started, in order: what was interrupted, oldest first, then the line."""
        with self._database.reading() as session:
            rows = session.scalars(select(TrainingRow).where(TrainingRow.state.in_(OPEN))).all()
        interrupted = [row for row in rows if row.state == TrainingState.INTERRUPTED]
        by_id = {row.id: row for row in rows}
        return sorted(interrupted, key=lambda row: row.created_at) + [by_id[one] for one in in_line(rows)]

    def begin(self, training_id: str, starts: int, reached: int) -> bool:
        """Note that a training is started; False where it has been cancelled meanwhile."""
        startable = TrainingRow.state.in_((TrainingState.WAITING, TrainingState.INTERRUPTED))
        with self._database.writing() as session:
            row = session.scalar(select(TrainingRow).where(TrainingRow.id == training_id, startable))
            if row is None:
                return False
            row.state, row.starts, row.reached = TrainingState.RUNNING, starts, reached
            row.started_at = row.started_at or _now()
        return True

    def interrupt(self, training_id: str, starts: int) -> None:
        """Note that a training was stopped and is to go on later."""
        this = (TrainingRow.id == training_id) & (TrainingRow.state == TrainingState.RUNNING)
        with self._database.writing() as session:
            session.execute(update(TrainingRow).where(this).values(state=TrainingState.INTERRUPTED, starts=starts))

    def end(
        self,
        training_id: str,
        state: TrainingState,
        *,
        error: str | None = None,
        bundle_id: str | None = None,
        accuracy: float | None = None,
    ) -> None:
        """Note how a training ended, and let go of its pictures."""
        values = {"state": state, "ended_at": _now(), "error": error, "bundle_id": bundle_id, "accuracy": accuracy}
        with self._database.writing() as session:
            session.execute(update(TrainingRow).where(TrainingRow.id == training_id).values(**values))
        self.drop_data(training_id)

    def drop_data(self, training_id: str) -> None:
        """Delete a training's own copies of its pictures and of the model that it began from."""
        for lent in (DATA, BASE):
            shutil.rmtree(self.folder(training_id) / lent, ignore_errors=True)

    def sweep(self, grace_s: float = ORPHAN_GRACE_S) -> None:
        """Delete what a crash left: folders without a row, older than some seconds, and pictures of what has ended."""
        before = time.time() - grace_s
        with self._database.reading() as session:
            known = {row.id: TrainingState(row.state) for row in session.scalars(select(TrainingRow))}
        for training_id, state in known.items():
            if state.ended:
                self.drop_data(training_id)
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            if ID_PATTERN.fullmatch(folder.name) and folder.name not in known and folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def in_line(rows: Sequence[TrainingRow]) -> list[str]:
    """The ids of the waiting ones among trainings that have not ended: each person's first, then the seconds."""
    turns: Counter[str] = Counter(row.owner for row in rows if row.state != TrainingState.WAITING)
    places = []
    waiting = [row for row in rows if row.state == TrainingState.WAITING]
    for row in sorted(waiting, key=lambda row: (row.created_at, row.id)):
        places.append((turns[row.owner], row.created_at, row.id))
        turns[row.owner] += 1
    return [training_id for *_, training_id in sorted(places)]


def _now() -> datetime:
    return datetime.now(UTC)
