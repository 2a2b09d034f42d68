"""Room on the disk: below its reserve nothing more is kept, and whoever asks for that is told before any work."""

import asyncio
import logging
import os
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from app.errors import NoSpace

LOOK_EVERY_S = 2.0
LOW = (
    "The server's disk is nearly full, so nothing more is kept for now. What is there can be looked at; "
    "over the API, store=false explains without keeping."
)

log = logging.getLogger("camscope.disk")


class Disk:
    """The disk of one folder, looked at now and then; what it said last is at hand for every request."""

    def __init__(self, folder: Path, reserve_bytes: int) -> None:
        """Look for the first time. Blocking.

        Args:
            folder: on the disk that is meant; it exists
            reserve_bytes: what is to stay free, for the database and the system; 0 for nothing
        """
        self._folder = folder
        self.reserve_bytes = reserve_bytes
        self.free_bytes = 0
        self.is_low = False
        self.look()

    def look(self) -> None:
        """See how much room there is now. Blocking.

        Raises:
            OSError: the folder cannot be looked at
        """
        stats = os.statvfs(self._folder)
        self.free_bytes = stats.f_bavail * stats.f_frsize
        was_low, self.is_low = self.is_low, self.free_bytes < self.reserve_bytes
        details = {"disk_free_bytes": self.free_bytes, "disk_reserve_bytes": self.reserve_bytes}
        if self.is_low and not was_low:
            log.warning("the disk is nearly full: nothing more is kept", extra={"details": details})
        elif was_low and not self.is_low:
            log.warning("the disk has room again", extra={"details": details})

    def require_room(self) -> None:
        """Raise where nothing more is to be kept; returns at once.

        Raises:
            NoSpace: less than the reserve is free
        """
        if self.is_low:
            raise NoSpace(LOW)


async def keep_watch(disk: Disk) -> None:
    """Look again and again, until cancelled; one look at a time, however long it takes."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await run_in_threadpool(disk.look)
        except OSError as error:
            log.warning("the data folder's disk cannot be looked at: %s", error)
