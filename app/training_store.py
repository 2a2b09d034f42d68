"""Trainings in the database (app/job_store.py)."""

from collections.abc import Sequence
from typing import ClassVar

from app.errors import Unusable
from app.job_store import JobStore
from app.rows import TrainingRow
from app.text import noted

CORRECTIONS = "corrections.csv"


class TrainingStore(JobStore[TrainingRow]):
    """The trainings of one data folder."""

    rows = TrainingRow
    folder_name = "trainings"
    unknown: ClassVar[str] = noted("There is no such training of yours.")
    not_ended: ClassVar[str] = noted("This training has not ended; stop it first.")
    line_full: ClassVar[str] = noted("Too many trainings are waiting; try again in {seconds} s.")

    def check_beside(self, row: TrainingRow, others: Sequence[TrainingRow]) -> None:
        """Of one name one model can be made at a time.

        Raises:
            Unusable: another that has not ended makes a model of the same name
        """
        if row.name.casefold() in (other.name.casefold() for other in others):
            raise Unusable(f"'name': a model '{row.name}' is being trained already; choose another name.")
