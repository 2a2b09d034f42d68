"""Files that are on the disk when we say so, whatever happens to the power."""

import os
from collections.abc import Sequence
from pathlib import Path

FEW = 32


def write_synced(file: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a new file and wait for the disk.

    Args:
        file: must not exist yet
        content: all of it
        mode: permissions, less the process's umask

    Raises:
        OSError: it exists, or cannot be written
    """
    sync_file(write_unsynced(file, content, mode))


def write_unsynced(file: Path, content: bytes, mode: int = 0o666) -> int:
    """Write a new file; one waits for many together, each by `sync_file`.

    Args:
        file: must not exist yet
        content: all of it
        mode: permissions, less the process's umask

    Returns:
        its descriptor

    Raises:
        OSError: it exists, or cannot be written
    """
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def sync_file(descriptor: int) -> None:
    """Wait until a file is on the disk, and close it.

    Raises:
        OSError: it is not
    """
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows which files are in a folder, and under which names.

    Raises:
        OSError: it does not
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: Sequence[Path]) -> None:
    """Wait until files and folders are on the disk: each by itself, or many by one look at everything that waits.

    Raises:
        OSError: one of a few is not
    """
    if len(paths) > FEW:
        os.sync()
    else:
        for path in paths:
            sync_folder(path)


def sync_tree(folder: Path) -> None:
    """Wait until the disk knows what is in a folder and in all the folders below it."""
    sync_all([Path(path) for path, _, _ in os.walk(folder)])
