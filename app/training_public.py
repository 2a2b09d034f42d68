"""What a job says, as its owner may read it: paths of the server become words."""

from app.config import Settings
from app.dataset_store import TABLE
from app.jobs import DATA
from app.rows import Job, TrainingRow
from model.runs import Done, Event, Failed, Note


def public(message: str, row: Job, settings: Settings) -> str:
    """A sentence without the server's own paths.

    Args:
        message: for the operator
        row: the job it is about
        settings: name the folders
    """
    own = settings.data_dir / row.__tablename__ / row.id
    names = {
        f"{own / DATA / TABLE}": "The pictures",
        f"{own / DATA}/": "",
        f"{own}/": "",
        row.data: str(row.asked.get("folder") or "The pictures"),
        f"{settings.models_folder}/": "",
        f"{settings.cache_dir}/": "",
        f"{settings.data_dir}/": "",
    }
    for path, word in names.items():
        message = message.replace(path, word)
    return message


def public_event(event: Event, row: TrainingRow, settings: Settings) -> Event:
    """An event without the server's own paths; a bundle is called by its name."""
    match event:
        case Note() | Failed():
            return event.model_copy(update={"message": public(event.message, row, settings)})
        case Done():
            return event.model_copy(update={"path": row.name})
    return event
