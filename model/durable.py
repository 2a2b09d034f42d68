"""Files that are on the disk when we say so, whatever happens to the power."""

import os
from pathlib import Path


def write_synced(file: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a new file and wait for the disk.

    Args:
        file: must not exist yet
        content: all of it
        mode: permissions, less the process's umask

    Raises:
        OSError: it exists, or cannot be written
    """
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows which files are in a folder, and under which names."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
