"""What people add to an evaluation that is done: boxes around wrong reasons, names of clusters. Kept in its folder."""

import threading
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from app.cli_files import write_whole
from app.errors import Damaged
from app.evaluation_opened import DAMAGED
from app.schemas import Contract
from app.schemas_evaluations import Mark

FILE = "notes.json"
_WRITING = threading.Lock()


class Notes(Contract):
    """marks: by the picture's number, the last that was marked at the end; names: of clusters, by key, as "3.0"."""

    marks: dict[int, list[Mark]] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)


def read_notes(folder: Path) -> Notes:
    """What was added so far.

    Raises:
        Damaged: it cannot be read any more
    """
    try:
        return Notes.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return Notes()
    except ValidationError as error:
        raise Damaged(DAMAGED) from error


def mark(folder: Path, number: int, marks: list[Mark]) -> Notes:
    """Put these boxes in place of a picture's former ones; it is then the last that was marked."""
    return mark_all(folder, {number: marks})


def mark_all(folder: Path, marks: Mapping[int, list[Mark]]) -> Notes:
    """Put boxes in place of the former ones of some pictures; these come last, in their order."""
    with _WRITING:
        notes = read_notes(folder)
        others = {key: value for key, value in notes.marks.items() if key not in marks}
        drawn = others | {key: value for key, value in marks.items() if value}
        return _written(folder, notes.model_copy(update={"marks": drawn}))


def name_cluster(folder: Path, key: str, name: str) -> Notes:
    """Give a cluster a name; an empty one takes it away."""
    with _WRITING:
        notes = read_notes(folder)
        names = {one: value for one, value in notes.names.items() if one != key} | ({key: name} if name else {})
        return _written(folder, notes.model_copy(update={"names": names}))


def _written(folder: Path, notes: Notes) -> Notes:
    write_whole(folder / FILE, notes.model_dump_json().encode())
    return notes
