"""What a crash left of pictures to train on: deleted where no row knows of it."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from app.database import Database
from app.folders import ID_PATTERN
from app.rows import DatasetPictureRow, DatasetRow


def sweep(database: Database, root: Path, grace_s: float) -> None:
    """Delete folders and drafts older than some seconds; with none, pictures that were put in place as well.

    Args:
        database: knows what is somebody's
        root: the folder of all of them
        grace_s: younger ones stay, in seconds; 0 where no other server writes here, and this one not yet
    """
    before = time.time() - grace_s
    with database.reading() as session:
        known = set(session.scalars(select(DatasetRow.id)))
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name in known:
            for draft in folder.glob(".*/"):
                if draft.stat().st_mtime < before:
                    shutil.rmtree(draft, ignore_errors=True)
            for picture in _nobodys(database, folder) if grace_s <= 0 else ():
                picture.unlink(missing_ok=True)
        elif ID_PATTERN.fullmatch(folder.name) and folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)


def _nobodys(database: Database, folder: Path) -> Iterator[Path]:
    """Pictures of one dataset that no row knows of."""
    files = select(DatasetPictureRow.file).where(DatasetPictureRow.dataset_id == folder.name)
    with database.reading() as session:
        known = set(session.scalars(files))
    for picture in folder.glob("*/*"):
        if picture.relative_to(folder).as_posix() not in known:
            yield picture
