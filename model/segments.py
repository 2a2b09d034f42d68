"""Files of arrays, held by a lock while somebody writes or reads them."""

import contextlib
import fcntl
import math
import mmap
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.cam import Array

FLOAT = 4


class Record(NamedTuple):
    """Where an array lies: its file's number, its first float there, its shape; one row and column for a vector."""

    segment: int
    start: int
    channels: int
    rows: int
    columns: int

    @property
    def length(self) -> int:
        """How many floats it has."""
        return self.channels * self.rows * self.columns

    def array(self, floats: Array) -> Array:
        """The record in its file's floats: (C, h, w), nothing copied."""
        flat = floats[self.start : self.start + self.length]
        return flat.reshape(self.channels, self.rows, self.columns)


class Segment:
    """One file of records, held so that nobody removes it; closed, or with its process ended, it may go."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        """Open and hold it.

        Raises:
            FileNotFoundError: it is gone
        """
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | (os.O_CREAT | os.O_EXCL if new else 0), 0o600)
        with contextlib.suppress(OSError):  # a disk without locks: files in use go like the others
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @property
    def size(self) -> int:
        """In bytes."""
        return os.fstat(self._descriptor).st_size

    def append(self, content: bytes) -> int:
        """Add floats to its end and wait for the disk; a part of them that was left by a failure is skipped.

        Returns:
            the place of the first of them, in floats

        Raises:
            OSError: no space
        """
        start = math.ceil(self.size / FLOAT)
        os.lseek(self._descriptor, start * FLOAT, os.SEEK_SET)
        view = memoryview(content)
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fsync(self._descriptor)
        return start

    def floats(self) -> Array:
        """All of it, read from the disk as it is touched; it stays readable when the file is removed."""
        return np.frombuffer(mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ), np.float32, self.size // FLOAT)

    def close(self) -> None:
        """Let go of it; a mapping of it has a copy of the descriptor, which would go on holding the lock."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = -1


def is_free(path: Path) -> bool:
    """Whether no process holds a file; one that is gone is free."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return True
