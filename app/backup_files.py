"""Files for a backup: the same ones under a second name where that is safe and the disk can, else copies."""

import contextlib
import os
import shutil
from pathlib import Path

from app.jobs import EVENTS, LOCK, LOG

GROWING = {EVENTS, LOG}  # a job writes on in them
LEFT_OUT = {LOCK}
ATTEMPTS = 3


class Gone(Exception):
    """It has been deleted; nothing of it has been given."""


def give(source: Path, target: Path) -> None:
    """Give a file, or a folder with all that is in it.

    Args:
        source: others may delete it meanwhile, let it vanish by one rename, or put more into it
        target: must not be there; the folder that it goes into may be missing

    Raises:
        Gone: it is not there, or not any more
        OSError: no space, or another trouble with the disk
    """
    target.parent.mkdir(mode=0o700, exist_ok=True)
    for attempt in range(ATTEMPTS):
        try:
            _give_folder(source, target) if source.is_dir() else _give_file(source, target)
        except FileNotFoundError as error:
            shutil.rmtree(target, ignore_errors=True)
            if not source.exists():
                raise Gone from error
            if attempt == ATTEMPTS - 1:  # it is there, and a part of it is not: not because somebody is at work
                raise
        else:
            return


def give_models(source: Path, target: Path) -> int:
    """Give the models of a folder, also those that appear meanwhile; what is hidden is not one yet, or not any more.

    Returns:
        how many there are
    """
    done: set[str] = set()
    given = 0
    while new := _names(source) - done:
        for name in sorted(new):
            with contextlib.suppress(Gone):
                give(source / name, target / name)
                given += 1
        done |= new
    return given


def size_of(folder: Path) -> int:
    """The bytes of all files in a folder and in those that lie in it; 0 where it is not there."""
    size = 0
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            size += size_of(Path(entry.path)) if entry.is_dir() else entry.stat().st_size
    return size


def _names(folder: Path) -> set[str]:
    with contextlib.suppress(FileNotFoundError):
        return {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")}
    return set()


def _give_folder(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir():
                _give_folder(Path(entry.path), target / entry.name)
            elif entry.name not in LEFT_OUT:
                _give_file(Path(entry.path), target / entry.name)


def _give_file(source: Path, target: Path) -> None:
    if source.name not in GROWING:
        try:
            target.hardlink_to(source.resolve())
            return
        except FileNotFoundError:
            raise
        except OSError:
            pass  # another disk, or one without hard links, or no more of them
    shutil.copy2(source, target)
