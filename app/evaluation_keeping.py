"""Puts an evaluation of the command line where the server shows it, to all who reach it."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from app.config import Settings
from app.database import Database
from app.evaluation_store import EVERYBODY, EvaluationStore
from app.jobs import JobState
from app.rows import EvaluationRow
from app.schemas_evaluations import AskedEvaluation
from app.store import DATABASE
from model.errors import EvaluationError
from model.evaluation.folder import EvaluationFolder
from model.evaluation.records import EvaluationMetrics

LETTERS = 100


def keep_evaluation(results: Path, data: Path, settings: Settings) -> str:
    """Copy a folder of results into the server's data folder; a server that runs shows it at once.

    Args:
        results: of an evaluation that is done
        data: its pictures, which stay where they are
        settings: name the data folder

    Returns:
        the address of its page, without the server

    Raises:
        EvaluationError: it is not done
        StartError: the data folder cannot be used
        OSError: no space
    """
    metrics = EvaluationFolder(results).metrics()
    if metrics is None:
        raise EvaluationError(f"{results}: is not done.")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    row = EvaluationRow(
        id=secrets.token_hex(16), owner=EVERYBODY, name=metrics.data.name[:LETTERS], state=JobState.DONE,
        created_at=metrics.created_at, started_at=metrics.settings.created_at, ended_at=datetime.now(UTC),
        asked=_asked(metrics).model_dump(mode="json"),
        data=str(data.absolute()), base="", wish=None, starts=1, reached=0, error=None, bundle_id=metrics.model.id,
        accuracy=metrics.classification.accuracy, model=metrics.model.name[:LETTERS],
        pictures=metrics.data.pictures + metrics.data.unreadable,
    )  # fmt: skip
    database = Database(settings.data_dir / DATABASE)
    try:
        EvaluationStore(database, settings.data_dir).keep(row, results)
    finally:
        database.close()
    return f"/evaluations/{row.id}"


def _asked(metrics: EvaluationMetrics) -> AskedEvaluation:
    """What the command line asked for, as the server would have been asked."""
    settings = metrics.settings
    return AskedEvaluation(folder=metrics.data.name, labels=settings.renamed, split=settings.split or "val")
