"""A copy of the data folder, taken while servers use it, and put back.

<backup>/
    backup.json         written last: what is in it, and which version made it
    camscope.sqlite     one moment of the database
    explanations/ datasets/ trainings/ evaluations/ models/     the files that its rows name, and the models

The database is copied first, the files after it. Files never change, so what is there belongs to that moment; those
deleted meanwhile are taken out of the copied database as well, so that no row is without its files. On the same disk
files are hard links, which take no room. What is made again is left out: caches, drafts, a training's checkpoints,
the results of an evaluation that is not done.

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
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.backup_files import give_models, size_of
from app.backup_rows import Progress, folder_of, give_rows, move_bases, note_sizes, opened
from app.data_lock import FILE, only_server
from app.database import Database, check_known
from app.errors import BackupError, StartError
from app.version import VERSION
from model.durable import sync_folder, write_synced

DATABASE, MANIFEST = "camscope.sqlite", "backup.json"
FOLDERS = ("explanations", "datasets", "trainings", "evaluations", "models")
UNCOUNTED = FOLDERS[1:]  # the bytes of explanations are in their rows
DRAFT = ".camscope-draft-"
HARMLESS = {"lost+found", FILE}  # on a new disk; of a server that has been there


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
        other_bytes: of all files but the database's and the explanations'
    """

    version: str
    made_at: str
    data_dir: str
    explanations: int
    left_out: int
    models: int
    other_bytes: int = 0


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
        with contextlib.closing(opened(draft / DATABASE)) as copy:
            left_out = give_rows(copy, data_dir, draft, progress)
            explanations = note_sizes(copy, draft)
        models = give_models(data_dir / "models", draft / "models")
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        other_bytes = sum(size_of(draft / name) for name in UNCOUNTED)
        made = Backup(VERSION, made_at, str(data_dir.absolute()), explanations, left_out, models, other_bytes)
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
        check_known((source / DATABASE).absolute())
        _check_empty(data_dir)  # before a lock is made in what may be somebody's folder
        with only_server(data_dir), _draft(data_dir) as draft:
            _check_empty(data_dir)
            _copy_database(source / DATABASE, draft / DATABASE)
            with contextlib.closing(opened(draft / DATABASE)) as copy:
                if missing := give_rows(copy, source, draft, progress):
                    raise _damaged(source, f"the files of {missing} rows are missing")
                move_bases(copy, made.data_dir, str(data_dir.absolute()))
            models = give_models(source / "models", draft / "models")
            Database(draft / DATABASE).close()  # brought up to date, or refused
            _check_whole(source, draft, made, models)
            os.sync()
            _move_in(draft, data_dir)
    return made


def _check_empty(data_dir: Path) -> None:
    there = {path.name for path in data_dir.iterdir()} if data_dir.exists() else set()
    if found := sorted(name for name in there - HARMLESS if not name.startswith(DRAFT)):
        raise BackupError(f"{data_dir}: the data folder has something in it already ({found[0]}); move it away.")


def _damaged(source: Path, what: str) -> BackupError:
    return BackupError(f"{source}: the backup is damaged: {what}.")


def _check_whole(source: Path, draft: Path, made: Backup, models: int) -> None:
    """Refuse what a copy that was cut short has left of a backup.

    Args:
        source: the backup
        draft: all that it gave, the database up to date
        made: what was in it
        models: how many it gave
    """
    with contextlib.closing(opened(draft / DATABASE)) as copy:
        rows = copy.execute("SELECT id, bytes FROM explanations").fetchall()
    for counted, found, name in ((made.explanations, len(rows), "explanations"), (made.models, models, "models")):
        if counted != found:
            raise _damaged(source, f"it was made with {counted} {name}, and {found} are there")
    short = [one for one, size in rows if size_of(draft / folder_of(one)) < (size or 1)]
    if short:
        raise _damaged(source, f"files of {len(short)} explanations are cut short or missing, {short[0]} for one")
    if sum(size_of(draft / name) for name in UNCOUNTED) < made.other_bytes:
        raise _damaged(source, f"files in {', '.join(UNCOUNTED[:-1])} or {UNCOUNTED[-1]} are cut short or missing")


def _move_in(draft: Path, data_dir: Path) -> None:
    """Move what is restored to where it belongs: all of it, or nothing."""
    moved: list[str] = []
    try:
        for path in sorted(draft.iterdir(), key=lambda path: path.name == DATABASE):  # which makes it a data folder
            path.rename(data_dir / path.name)
            moved.append(path.name)
        sync_folder(data_dir)
    except BaseException:
        for name in reversed(moved):
            with contextlib.suppress(OSError):
                (data_dir / name).rename(draft / name)
        raise


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


def _read_manifest(source: Path) -> Backup:
    try:
        return Backup(**json.loads((source / MANIFEST).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{source}: no backup, or not a whole one: {MANIFEST} cannot be read.") from error


def clear_drafts(parent: Path) -> None:
    """Delete the folders in which a backup, or its restoring, was killed; those that somebody works in stay."""
    for left in parent.glob(f"{DRAFT}*"):
        with contextlib.suppress(OSError), _locked(left):
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _draft(parent: Path) -> Iterator[Path]:
    """A hidden folder to work in, gone in the end; those that a kill has left are cleared away."""
    clear_drafts(parent)
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
