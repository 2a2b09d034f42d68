"""One server per data folder (docs/decisions/0116)."""

import contextlib
import fcntl
import logging
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from app.errors import StartError

FILE = "server.lock"
HELD = (BlockingIOError, PermissionError)  # EAGAIN or EACCES, as systems like

log = logging.getLogger("camscope.start")


@contextlib.contextmanager
def only_server(data_dir: Path) -> Iterator[None]:
    """Make a data folder this process's own until the end, or until it dies.

    Raises:
        StartError: another server has it, or it cannot be made or written
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data_dir / FILE, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StartError(
            f"{data_dir}: the data folder cannot be used: {error.strerror} (CAMSCOPE_DATA_DIR)."
        ) from error
    try:
        _take(descriptor, data_dir)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, data_dir: Path) -> None:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except HELD:
        raise StartError(
            f"{data_dir}: another Camscope server{_told(descriptor)} uses this data folder; "
            "stop it, or choose another folder with CAMSCOPE_DATA_DIR."
        ) from None
    except OSError as error:
        log.warning("%s: the disk knows no locks (%s); see that no second server uses it", data_dir, error.strerror)
        return
    with contextlib.suppress(OSError):  # what it says helps people only
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {platform.node()}\n".encode(), 0)


def _told(descriptor: int) -> str:
    """What the server that has the lock wrote of itself."""
    with contextlib.suppress(OSError, ValueError):
        pid, _, host = os.pread(descriptor, 300, 0).decode().strip().partition(" ")
        if pid.isdecimal() and host.isprintable():
            return f" (process {pid} on {host})" if host else f" (process {pid})"
    return ""
