"""The rows of a backup's database, and the files that they name."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from app.backup_files import Gone, give, size_of
from app.evaluation_store import RESULTS
from app.folders import PHOTO, SCORES, found_in
from model.evaluation.folder import METRICS

Progress = Callable[[int, str], AbstractContextManager[Callable[[], None]]]
"""Given how many things there are to do, and what is done with them: what to call after each."""


def opened(copy: Path) -> sqlite3.Connection:
    """A copied database to take rows out of, so that nothing of them stays in the file."""
    connection = sqlite3.connect(copy)
    for pragma in ("foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def give_rows(copy: sqlite3.Connection, source: Path, target: Path, progress: Progress) -> int:
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


def note_sizes(copy: sqlite3.Connection, target: Path) -> int:
    """Have a copied database say how large the files are that it was given, as the running server does now and then.

    Returns:
        how many explanations there are
    """
    ids = [explanation_id for (explanation_id,) in copy.execute("SELECT id FROM explanations")]
    with contextlib.suppress(sqlite3.OperationalError):  # an early database has no place for that
        sizes = ((size_of(target / folder_of(one)), one) for one in ids)
        copy.executemany("UPDATE explanations SET bytes = ? WHERE id = ?", sizes)
        copy.commit()
    return len(ids)


def folder_of(explanation_id: str) -> Path:
    """Where an explanation's files lie in a data folder, and in a backup."""
    return Path("explanations", explanation_id[:2], explanation_id)


def _give_explanation(source: Path, target: Path, explanation_id: str) -> None:
    place = folder_of(explanation_id)
    give(source / place, target / place)
    if not all(found_in(target / place, name) for name in (PHOTO, SCORES)):
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


def _give_evaluation(source: Path, target: Path, evaluation_id: str) -> None:
    place = Path("evaluations", evaluation_id)
    give(source / place, target / place)
    if not (target / place / RESULTS / METRICS).exists():  # it is under way: what it has written so far grows
        shutil.rmtree(target / place / RESULTS, ignore_errors=True)


ROWS = (  # table, its rows' numbers and what names their files, how these are given
    ("explanations", "SELECT rowid, id FROM explanations", _give_explanation),
    ("datasets", "SELECT rowid, id FROM datasets", _give_dataset),
    ("dataset_pictures", "SELECT rowid, dataset_id, file FROM dataset_pictures", _give_picture),
    ("trainings", "SELECT rowid, id FROM trainings", _give_training),
    ("evaluations", "SELECT rowid, id FROM evaluations", _give_evaluation),
)


def move_bases(copy: sqlite3.Connection, before: str, now: str) -> None:
    """Let jobs that wait find the models they work with, which lie in the data folder, at its new place."""
    for table in ("trainings", "evaluations"):
        with contextlib.suppress(sqlite3.OperationalError):  # an early database has none
            copy.execute(
                f"UPDATE {table} SET base = ? || substr(base, ?) WHERE substr(base, 1, ?) = ?",  # noqa: S608
                [now, len(before) + 1, len(before) + 1, f"{before}/"],
            )
    copy.commit()
