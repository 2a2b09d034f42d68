"""What trainings do (app/job_runner.py): they make a model folder."""

import shutil
from datetime import datetime
from pathlib import Path

from app.config import Settings
from app.job_child import threads_of
from app.job_runner import STARTS_WITHOUT_PROGRESS
from app.jobs import EVENTS, JobState
from app.rows import TrainingRow
from app.schemas_trainings import Asked
from app.text import noted
from app.training_child import Command, Order, train_command
from app.training_public import public
from app.training_store import CORRECTIONS, TrainingStore
from model.errors import BundleError
from model.manifest import bundle_id, read_manifest
from model.metrics import read_metrics
from model.runs import Done, run_folder

STOPPED_EARLY = noted("It was stopped before there was anything to keep.")
GAVE_UP = noted(
    f"The training ended {STARTS_WITHOUT_PROGRESS} times in a row without getting any further, "
    "most likely for want of memory; smaller batches or pictures may help. The server's log of it has the details."
)
UNEXPLAINED = noted(
    "The training ended with an error that it could not explain; the server's log of it has the details."
)
NAME_TAKEN = noted("A model of this name has appeared meanwhile; start the training again under another name.")


class Training:
    """The work of a training."""

    noun = "training"
    gave_up, unexplained, stopped_early = GAVE_UP, UNEXPLAINED, STOPPED_EARLY

    def __init__(
        self, store: TrainingStore, settings: Settings, command: Command = train_command, may_start: bool = True
    ) -> None:
        """Say how it is done.

        Args:
            store: the trainings
            settings: how many at once, and with how many threads
            command: what starts one
            may_start: whether any may be
        """
        self._store = store
        self._settings = settings
        self._command = command
        self.may_start = may_start
        self.at_once = settings.training_jobs

    def words(self, row: TrainingRow) -> list[str]:
        """See app/job_runner.py."""
        folder, out = self._store.folder(row.id), self._out(row)
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
        return list(self._command(order))

    def adopt(self, row: TrainingRow) -> bool:
        """A model of the name is there: the training's own, whose last word was lost, or somebody else's."""
        out = self._out(row)
        if not out.exists():
            return False
        found = _made_since(out, row.started_at)
        if found is None:
            self._store.end(row.id, JobState.FAILED, error=NAME_TAKEN)
        else:
            self.clear(row)
            self._store.end(row.id, JobState.DONE, bundle_id=found[0], accuracy=found[1])
        return True

    def finish(self, row: TrainingRow, done: Done) -> None:
        """See app/job_runner.py."""
        self._store.end(row.id, JobState.DONE, bundle_id=done.bundle_id, accuracy=done.accuracy)
        self.clear(row)

    def clear(self, row: TrainingRow) -> None:
        """See app/job_runner.py."""
        shutil.rmtree(run_folder(self._out(row)), ignore_errors=True)

    def told(self, message: str, row: TrainingRow) -> str:
        """See app/job_runner.py."""
        return public(message, row, self._settings)

    def _out(self, row: TrainingRow) -> Path:
        return self._settings.models_folder / row.name


def _made_since(out: Path, moment: datetime | None) -> tuple[str, float] | None:
    """Id and accuracy of a trained model that was written after a moment; None where there is no such one."""
    try:
        manifest, metrics = read_manifest(out), read_metrics(out)
    except BundleError:
        return None
    if metrics is None or moment is None or manifest.created_at < moment.replace(microsecond=0):
        return None
    return bundle_id(manifest), metrics.accuracy
