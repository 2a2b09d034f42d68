"""How much is kept, for the metrics: asked of the database's indices, and not at every scrape."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, func, select

from app.database import Database
from app.disk import Disk
from app.errors import AppError
from app.jobs import OPEN, JobState
from app.metrics import Metrics
from app.rows import DatasetPictureRow, EvaluationRow, ExplanationRow, TrainingRow

GOOD_FOR_S = 15.0
UNKNOWN = float("nan")

log = logging.getLogger("camscope.metrics")


@dataclass(frozen=True)
class Holding:
    """What was kept at one moment; not a number where it could not be found out."""

    explanations: float = UNKNOWN
    bytes: float = UNKNOWN
    dataset_bytes: float = UNKNOWN
    evaluation_bytes: float = UNKNOWN
    trainings: Mapping[JobState, float] = field(default_factory=lambda: dict.fromkeys(OPEN, UNKNOWN))
    evaluations: Mapping[JobState, float] = field(default_factory=lambda: dict.fromkeys(OPEN, UNKNOWN))


class Holdings:
    """The holding of one database; blocking, and safe to ask from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._last, self._holds_until = Holding(), 0.0

    def now(self) -> Holding:
        """What is kept, as it was some seconds ago; what was known last where the database does not answer."""
        with self._lock:
            if time.monotonic() >= self._holds_until:
                try:
                    self._last = self._looked_up()
                except AppError as error:
                    log.warning("what is kept cannot be counted: %s", error)
                self._holds_until = time.monotonic() + GOOD_FOR_S
            return self._last

    def show(self, metrics: Metrics, disk: Disk) -> None:
        """Have metrics tell what is kept, and what room there is for more."""
        metrics.stored_explanations.set_function(lambda: self.now().explanations)
        metrics.stored_bytes.set_function(lambda: self.now().bytes)
        metrics.dataset_bytes.set_function(lambda: self.now().dataset_bytes)
        metrics.evaluation_bytes.set_function(lambda: self.now().evaluation_bytes)
        for state in OPEN:
            metrics.trainings.labels(state).set_function(partial(self._trainings, state))
            metrics.evaluations.labels(state).set_function(partial(self._evaluations, state))
        metrics.disk_free.set_function(lambda: disk.free_bytes)
        metrics.disk_reserve.set(disk.reserve_bytes)

    def _trainings(self, state: JobState) -> float:
        return self.now().trainings[state]

    def _evaluations(self, state: JobState) -> float:
        return self.now().evaluations[state]

    def _looked_up(self) -> Holding:
        kept = select(func.count(ExplanationRow.id), func.sum(ExplanationRow.bytes))
        pictures = select(func.sum(DatasetPictureRow.bytes))
        evaluations = select(func.sum(EvaluationRow.bytes))
        with self._database.connection() as connection:
            count, size = connection.execute(kept).one()
            dataset_bytes = connection.execute(pictures).scalar() or 0
            evaluation_bytes = connection.execute(evaluations).scalar() or 0
            jobs = _open_jobs(connection, TrainingRow), _open_jobs(connection, EvaluationRow)
        return Holding(count, size or 0, dataset_bytes, evaluation_bytes, *jobs)


def _open_jobs(connection: Connection, rows: type[TrainingRow] | type[EvaluationRow]) -> dict[JobState, float]:
    """How many jobs of one kind are in each state that is not an end."""
    query = select(rows.state, func.count(rows.id)).where(rows.state.in_(OPEN)).group_by(rows.state)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {state: found.get(state, 0) for state in OPEN}
