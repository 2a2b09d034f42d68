"""A database's file, looked at before it is opened, without a byte of it or beside it being written.

SQLite itself makes files beside one that it only reads, folds the log of a crashed program into it when it closes, and
changes its mode when asked for another. So all that could refuse a file is found out here (docs/decisions/0118).
"""

import contextlib
import os
import sqlite3
from pathlib import Path

from app.errors import StartError

VERSIONS = "alembic_version"
MEND = "put a backup in its place, or move it away to begin anew"
Identity = tuple[int, int]
"""Disk and number of a file: what stays the same for as long as it is the same one."""


def make(path: Path) -> None:
    """Make a file that is not there, readable by us alone.

    Raises:
        StartError: it cannot be opened for writing
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StartError(f"{path}: the database cannot be opened: {error.strerror}.") from error


def has_content(path: Path) -> bool:
    """Whether there is anything in it; a log beside it is worth nothing without it, and SQLite drops that.

    Raises:
        StartError: it is a link to what is not there, a disk that is not mounted for one
        OSError: nobody may look
    """
    if path.is_symlink() and not path.exists():
        raise StartError(
            f"{path}: the database is a link to {path.readlink()}, which is not there; mount its disk first."
        )
    return path.exists() and (not path.is_file() or path.stat().st_size > 0)


def identity(path: Path) -> Identity | None:
    """Which file is there now; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def revisions(path: Path) -> set[str]:
    """What Alembic noted of a sound database's tables; empty for a new file.

    Raises:
        StartError: it is damaged, locked, or no database of ours
    """
    try:
        with contextlib.closing(_opened(path)) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            if verdict == "ok" and VERSIONS in tables:
                return {found for (found,) in connection.execute(f"SELECT version_num FROM {VERSIONS}")}  # noqa: S608
    except sqlite3.Error as error:
        raise refusal(path, error) from error
    if verdict != "ok":
        raise StartError(f"{path}: the database is damaged ({' '.join(str(verdict).split())}); {MEND}.")
    if tables:
        raise StartError(f"{path}: this is a database, but none of Camscope's; {MEND}.")
    return set()


def refusal(path: Path, error: BaseException | None) -> StartError:
    """What to say of an error of SQLite's at the start."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return StartError(f"{path}: another program has locked the database; close that, and start again.")
        case sqlite3.SQLITE_FULL:
            return StartError(f"{path}: the database cannot be opened, for the disk is full; make room first.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StartError(f"{path}: the database is damaged ({error}); {MEND}.")
    return StartError(f"{path}: the database cannot be opened: {error}.")


def _opened(path: Path) -> sqlite3.Connection:
    """A connection that reads; where nothing beside the file belongs to it, without a lock and without such files."""
    beside = (path.with_name(f"{path.name}-{kind}") for kind in ("wal", "journal"))
    alone = not any(file.exists() and (file.is_dir() or file.stat().st_size) for file in beside)
    return sqlite3.connect(f"{path.as_uri()}?mode=ro{'&immutable=1' if alone else ''}", uri=True)
