"""Evaluations in the database (app/job_store.py); one without an owner, of the command line, is everybody's to read."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from sqlalchemy import func, select, update

from app.backup_files import size_of
from app.errors import NoSpace, NotAllowed, NotFound
from app.job_store import JobStore
from app.jobs import BASE, DATA, ENDED, JobState
from app.rows import EvaluationRow
from app.text import noted

EVERYBODY = ""
RESULTS = "results"


class EvaluationStore(JobStore[EvaluationRow]):
    """The evaluations of one data folder."""

    rows = EvaluationRow
    folder_name = "evaluations"
    unknown: ClassVar[str] = noted("There is no such evaluation of yours.")
    not_ended: ClassVar[str] = noted("This evaluation has not ended; stop it first.")
    line_full: ClassVar[str] = noted("Too many evaluations are waiting; try again in {seconds} s.")

    def results(self, evaluation_id: str) -> Path:
        """Where an evaluation's numbers, maps and thumbnails lie."""
        return self.folder(evaluation_id) / RESULTS

    def may_read(self, row: EvaluationRow, owner: str) -> bool:
        """Whether this person may know of it."""
        return row.owner in (owner, EVERYBODY)

    def all_of(self, owner: str, limit: int = 100) -> Sequence[EvaluationRow]:
        """An owner's and everybody's, newest first."""
        query = select(EvaluationRow).where(EvaluationRow.owner.in_((owner, EVERYBODY)))
        query = query.order_by(EvaluationRow.created_at.desc(), EvaluationRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return session.scalars(query).all()

    def owned(self, evaluation_id: str, owner: str, is_private: bool) -> EvaluationRow:
        """An evaluation that this person may change.

        Args:
            evaluation_id: which
            owner: who asks
            is_private: whether this machine alone can ask, so that who asks is the operator

        Raises:
            NotFound: there is none, or it is somebody else's
            NotAllowed: it is everybody's
        """
        row = self.find(evaluation_id, owner)
        if row.owner == EVERYBODY and not is_private:
            raise NotAllowed("The server's operator put this evaluation here; only they can change it.")
        return row

    def keep(self, row: EvaluationRow, results: Path) -> None:
        """Take over the folder of one that has ended."""
        target = self.results(row.id)
        target.parent.mkdir(mode=0o700, parents=True)
        try:
            shutil.copytree(results, target)
            row.bytes = size_of(target)
            with self._database.writing() as session:
                session.add(row)
        except BaseException:
            shutil.rmtree(target.parent, ignore_errors=True)
            raise

    def needless(self, state: JobState) -> tuple[str, ...]:
        """See app/job_store.py; the pictures of one that is done are kept, to be looked at again."""
        return (BASE,) if state is JobState.DONE else (BASE, DATA, RESULTS)

    def measure(self) -> None:
        """Note the bytes of those that have ended and were not measured yet."""
        unknown = select(EvaluationRow.id).where(EvaluationRow.state.in_(ENDED), EvaluationRow.bytes.is_(None))
        with self._database.reading() as session:
            sizes = {one: size_of(self.folder(one)) for one in session.scalars(unknown)}
        with self._database.writing() as session:
            for one, size in sizes.items():
                session.execute(update(EvaluationRow).where(EvaluationRow.id == one).values(bytes=size))

    def require_room(self, most_bytes: int) -> None:
        """Raise where no other is to be begun.

        Raises:
            NoSpace: those that were measured have so many bytes together
        """
        with self._database.reading() as session:
            kept = session.scalar(select(func.sum(EvaluationRow.bytes))) or 0
        if kept >= most_bytes:
            raise NoSpace(
                "The evaluations of all visitors have reached what this server keeps; "
                "delete some of yours, or come back later."
            )

    def expire(self, days: float) -> int:
        """Delete people's own that ended more than some days ago, and return how many; 0 keeps all."""
        if not days:
            return 0
        before = datetime.now(UTC) - timedelta(days=days)
        due = select(EvaluationRow).where(
            EvaluationRow.state.in_(ENDED),
            EvaluationRow.ended_at < before,
            EvaluationRow.owner != EVERYBODY,
        )
        with self._database.reading() as session:
            rows = session.scalars(due).all()
        for row in rows:
            try:
                self.forget(row.id, row.owner)
            except NotFound:  # somebody else was quicker
                continue
        return len(rows)
