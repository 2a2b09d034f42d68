"""A copy of the data folder, taken while servers use it, and put back.

<backup>/
    backup.json         written last: what is in it, and which version made it
    camscope.sqlite     one moment of the database
    explanations/ datasets/ trainings/ models/      the files that its rows name, and the models

The database is copied first, the files after it. Files never change, so what is there belongs to that moment; those
deleted meanwhile are taken out of the copied database as well, so that no row is without its files. On the same disk
files are hard links, which take no room. What is made again is left out: caches, drafts, a training's checkpoints.

A backup and a restored folder appear by a rename, once all of it is on the disk: whatever ends the work before, there
is none that only looks whole.
"""

import contextlib
import fcntl
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.backup_files import Gone, give, give_models
from app.database import Database
from app.errors import BackupError, StartError
from app.folders import PHOTO, SCORES
from app.version import VERSION
from model.durable import sync_folder, write_synced

DATABASE, MANIFEST = "camscope.sqlite", "backup.json"
FOLDERS = ("explanations", "datasets", "trainings", "models")
DRAFT = ".camscope-draft-"
HARMLESS = {"lost+found"}  # on a new disk
Progress = Callable[[int, str], AbstractContextManager[Callable[[], None]]]
"""Given how many things there are to do, and what is done with them: what to call after each."""


@dataclass(frozen=True)
class Backup:
    """What is in a backup.

    Attributes:
        version: of the program that made it
        made_at: when, UTC
        data_dir: of what
        explanations: how many
        left_out: how many were deleted while it was made
        models: how many
    """

    version: str
    made_at: str
    data_dir: str
    explanations: int
    left_out: int
    models: int


def back_up(data_dir: Path, target: Path, progress: Progress) -> Backup:
    """Copy a data folder; servers may go on using it.

    Args:
        data_dir: what to copy
        target: becomes the backup; must not be there
        progress: shows how far it is

    Raises:
        BackupError: it cannot be made; nothing has been left behind
    """
    source = data_dir / DATABASE
    if not source.is_file():
        raise BackupError(f"{data_dir}: no data folder; there is no {DATABASE} in it.")
    if os.path.lexists(target):
        raise BackupError(f"{target}: it is there already, and a backup never overwrites anything.")
    if not target.parent.is_dir():
        raise BackupError(f"{target.parent}: no such folder to put a backup into; make it first.")
    with _told("backed up"), _draft(target.parent) as draft:
        _copy_database(source, draft / DATABASE)
        with contextlib.closing(_opened(draft / DATABASE)) as copy:
            left_out = _give_rows(copy, data_dir, draft, progress)
            (explanations,) = copy.execute("SELECT count(*) FROM explanations").fetchone()
        models = give_models(data_dir / "models", draft / "models")
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        made = Backup(VERSION, made_at, str(data_dir.absolute()), explanations, left_out, models)
        os.sync()
        write_synced(draft / MANIFEST, json.dumps(asdict(made), indent=2).encode(), 0o600)
        sync_folder(draft)
        draft.rename(target)
        sync_folder(target.parent)
    return made


def restore(source: Path, data_dir: Path, progress: Progress) -> Backup:
    """Put a backup's copy in place of a data folder that is not there yet, or empty.

    Args:
        source: the backup, which stays as it is
        data_dir: becomes the data folder
        progress: shows how far it is

    Raises:
        BackupError: it cannot be restored; says why, and the data folder is as it was
    """
    made = _read_manifest(source)
    with _told("restored"):
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = [path.name for path in data_dir.iterdir() if not path.name.startswith(DRAFT)]
        if found := sorted(set(there) - HARMLESS):
            raise BackupError(f"{data_dir}: the data folder has something in it already ({found[0]}); move it away.")
        with _draft(data_dir) as draft:
            _copy_database(source / DATABASE, draft / DATABASE)
            with contextlib.closing(_opened(draft / DATABASE)) as copy:
                if missing := _give_rows(copy, source, draft, progress):
                    raise BackupError(f"{source}: the backup is damaged: the files of {missing} rows are missing.")
                _move_bases(copy, made.data_dir, str(data_dir.absolute()))
            give_models(source / "models", draft / "models")
            Database(draft / DATABASE).close()  # brought up to date, or refused
            os.sync()
            for path in sorted(draft.iterdir(), key=lambda path: path.name == DATABASE):  # which makes it a data folder
                path.rename(data_dir / path.name)
            sync_folder(data_dir)
    return made


def _copy_database(source: Path, target: Path) -> None:
    """One moment of a database that others write, as one file that is found whole.

    Raises:
        BackupError: it is damaged
        sqlite3.Error: it cannot be read
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        contextlib.closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = writing.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise BackupError(f"{source}: the database is damaged ({verdict}).")


def _opened(copy: Path) -> sqlite3.Connection:
    """A copied database to take rows out of, so that nothing of them stays in the file."""
    connection = sqlite3.connect(copy)
    for pragma in ("foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _give_rows(copy: sqlite3.Connection, source: Path, target: Path, progress: Progress) -> int:
    """Give a copied database the files of its rows; without their files rows go.

    Returns:
        how many went
    """
    left_out = 0
    tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    works = [(table, query, place) for table, query, place in ROWS if table in tables]
    rows = {table: copy.execute(query).fetchall() for table, query, _ in works}
    with progress(sum(map(len, rows.values())), "copying") as advance:
        for table, _, place in works:
            for row, *cells in rows[table]:
                try:
                    place(source, target, *cells)
                except Gone:
                    left_out += copy.execute(f"DELETE FROM {table} WHERE rowid = ?", [row]).rowcount  # noqa: S608
                advance()
    copy.commit()
    return left_out


def _give_explanation(source: Path, target: Path, explanation_id: str) -> None:
    place = Path("explanations", explanation_id[:2], explanation_id)
    give(source / place, target / place)
    if not all((target / place / name).is_file() for name in (PHOTO, SCORES)):
        shutil.rmtree(target / place)
        raise Gone


def _give_dataset(source: Path, target: Path, dataset_id: str) -> None:
    if not (source / "datasets" / dataset_id).is_dir():
        raise Gone
    (target / "datasets" / dataset_id).mkdir(mode=0o700)


def _give_picture(source: Path, target: Path, dataset_id: str, file: str) -> None:
    place = Path("datasets", dataset_id, file)
    give(source / place, target / place)


def _give_training(source: Path, target: Path, training_id: str) -> None:
    with contextlib.suppress(Gone):  # one that has never been started has no folder
        give(source / "trainings" / training_id, target / "trainings" / training_id)


ROWS = (  # table, its rows' numbers and what names their files, how these are given
    ("explanations", "SELECT rowid, id FROM explanations", _give_explanation),
    ("datasets", "SELECT rowid, id FROM datasets", _give_dataset),
    ("dataset_pictures", "SELECT rowid, dataset_id, file FROM dataset_pictures", _give_picture),
    ("trainings", "SELECT rowid, id FROM trainings", _give_training),
)


def _move_bases(copy: sqlite3.Connection, before: str, now: str) -> None:
    """Let trainings that wait find the models they begin from, which lie in the data folder, at its new place."""
    with contextlib.suppress(sqlite3.OperationalError):  # an early database has no trainings
        copy.execute(
            "UPDATE trainings SET base = ? || substr(base, ?) WHERE substr(base, 1, ?) = ?",
            [now, len(before) + 1, len(before) + 1, f"{before}/"],
        )
        copy.commit()


def _read_manifest(source: Path) -> Backup:
    try:
        return Backup(**json.loads((source / MANIFEST).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{source}: no backup, or not a whole one: {MANIFEST} cannot be read.") from error


@contextlib.contextmanager
def _draft(parent: Path) -> Iterator[Path]:
    """A hidden folder to work in, gone in the end; those that a kill has left are cleared away."""
    for left in parent.glob(f"{DRAFT}*"):
        with contextlib.suppress(OSError), _locked(left):
            shutil.rmtree(left, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=parent))
    with _locked(draft):
        try:
            for name in FOLDERS:
                (draft / name).mkdir(mode=0o700)
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder for as long as one works in it.

    Raises:
        BlockingIOError: somebody else does
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _told(done: str) -> Iterator[None]:
    """Let what the disk and the database say be the line that ends the command."""
    try:
        yield
    except (OSError, sqlite3.Error, StartError) as error:
        raise BackupError(f"Nothing was {done}: {error}") from error
