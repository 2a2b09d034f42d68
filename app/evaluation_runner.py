"""What evaluations do (app/job_runner.py): `camscope evaluate`, as a module of this very Python."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.config import Settings
from app.evaluation_store import EvaluationStore
from app.job_child import threads_of
from app.job_runner import STARTS_WITHOUT_PROGRESS
from app.jobs import EVENTS, JobState
from app.rows import EvaluationRow
from app.schemas_evaluations import AskedEvaluation
from app.text import noted
from app.training_public import public
from model.evaluation.folder import SETTINGS
from model.runs import Done

GAVE_UP = noted(
    f"The evaluation ended {STARTS_WITHOUT_PROGRESS} times in a row without getting any further, "
    "most likely for want of memory. The server's log of it has the details."
)
UNEXPLAINED = noted(
    "The evaluation ended with an error that it could not explain; the server's log of it has the details."
)


@dataclass(frozen=True)
class EvaluationOrder:
    """What an evaluation's process is told.

    Attributes:
        model: the model folder
        data: folder or table of labelled pictures
        out: the folder for the results
        boxes: file or folder of boxes; None for none
        masks: file or folder of masks; None for none
        events: the file to write events to
        asked: the rest
        threads: of the processor
    """

    model: Path
    data: Path
    out: Path
    boxes: Path | None
    masks: Path | None
    events: Path
    asked: AskedEvaluation
    threads: int


EvaluationCommand = Callable[[EvaluationOrder], Sequence[str]]


def evaluate_command(order: EvaluationOrder) -> list[str]:
    """`camscope evaluate`, as a module of this very Python."""
    words = [sys.executable, "-m", "app", "evaluate", str(order.model), str(order.data), "--out", str(order.out)]
    words += ["--events", str(order.events), "--with-parent", str(os.getpid()), "--jobs", str(order.threads)]
    asked = order.asked
    options = {
        "--boxes": order.boxes,
        "--masks": order.masks,
        "--limit": asked.limit,
        "--scales": asked.scales and ",".join(asked.scales),
        "--faithfulness": asked.faithfulness,
        "--sanity": asked.sanity,
        "--seed": asked.seed,
        "--threshold-step": asked.threshold_step,
    }
    words += [word for option, value in options.items() if value is not None for word in (option, str(value))]
    for label, meant in asked.labels.items():
        words += ["--label", f"{label}={meant}"]
    if (order.out / SETTINGS).exists():
        words.append("--resume")
    return words


class Evaluating:
    """The work of an evaluation."""

    noun = "evaluation"
    gave_up, unexplained, stopped_early = GAVE_UP, UNEXPLAINED, UNEXPLAINED
    at_once = 1

    def __init__(self, store: EvaluationStore, settings: Settings, command: EvaluationCommand, may_start: bool) -> None:
        """Say how it is done.

        Args:
            store: the evaluations
            settings: with how many threads
            command: what starts one
            may_start: whether any may be
        """
        self._store = store
        self._settings = settings
        self._command = command
        self.may_start = may_start

    def words(self, row: EvaluationRow) -> list[str]:
        """See app/job_runner.py."""
        folder = self._store.folder(row.id)
        asked = AskedEvaluation.model_validate(row.asked)
        order = EvaluationOrder(
            model=Path(row.base),
            data=folder / row.data,  # of one's own pictures within that folder; another is absolute
            out=self._store.results(row.id),
            boxes=None if asked.boxes is None else folder / asked.boxes,
            masks=None if asked.masks is None else folder / asked.masks,
            events=folder / EVENTS,
            asked=asked,
            threads=threads_of(self._settings),
        )
        return list(self._command(order))

    def adopt(self, row: EvaluationRow) -> bool:  # noqa: ARG002
        """Results are written into again by whoever goes on."""
        return False

    def finish(self, row: EvaluationRow, done: Done) -> None:
        """See app/job_runner.py."""
        self._store.end(row.id, JobState.DONE, bundle_id=row.bundle_id, accuracy=done.accuracy)
        self._store.measure()

    def clear(self, row: EvaluationRow) -> None:
        """See app/job_runner.py; what is let go of here makes the room that noting an end may need."""
        self._store.let_go(row.id, JobState.FAILED)

    def told(self, message: str, row: EvaluationRow) -> str:
        """See app/job_runner.py."""
        return public(message, row, self._settings)
