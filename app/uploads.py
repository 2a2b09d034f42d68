"""Uploads are read and decoded, or refused with their status; the decoding itself is app/decode_child.py's."""

import hashlib
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from starlette.datastructures import UploadFile

from app.config import Settings
from app.decode_job import PEAK_BYTES_PER_PIXEL
from app.decode_workers import DecodeWorkers
from app.errors import SHUTTING_DOWN, Malformed, NotReady, TooLarge
from app.memory import lies_in_memory, usable_memory
from app.spooling import ROOM_BYTES, spool_in_memory
from app.units import MIB
from model.errors import BrokenPhoto
from model.sessions import usable_cores
from model.spec import Preprocessing

SLOTS_AT_MOST = 16
CLOSE_S = 3.0
SERVER_BYTES = 500 * 10**6  # measured, and some; docs/operating.md says at what

P = ParamSpec("P")
T = TypeVar("T")


class Uploads:
    """Reads what was uploaded, a few pictures at a time, off the event loop.

    Each thread has a process that decodes for it, so there are never more large pictures than threads.

    Attributes:
        workers: those processes
    """

    def __init__(self, settings: Settings, on_loss: Callable[[], None] = lambda: None) -> None:
        """Make the threads that decode.

        Args:
            settings: the limits
            on_loss: called when a process that decodes was lost
        """
        spool_in_memory()
        self._max_bytes = settings.max_upload_bytes
        self.workers = DecodeWorkers(settings, on_loss)
        self._closed = False
        self._threads = ThreadPoolExecutor(slots_of(settings), thread_name_prefix="decode")

    def close(self) -> None:
        """Let the pictures being decoded finish if they do so soon, refuse those that wait. Blocking."""
        self._closed = True
        ending = threading.Timer(CLOSE_S, self.workers.end)
        ending.start()
        self._threads.shutdown()
        ending.cancel()
        self.workers.close()

    def check(self, image: UploadFile) -> None:
        """Refuse what nobody need read; what there is of it is known by now, so this does not block.

        Raises:
            Malformed: the form's field is there, but nothing was chosen
            TooLarge: more bytes than are taken
        """
        if not image.size and not image.filename:
            raise Malformed("No photo was chosen: choose one and send it in the form's field 'image'.")
        if image.size is not None and image.size > self._max_bytes:
            raise TooLarge(f"The file has {image.size / MIB:,.1f} MB; {self._max_bytes / MIB:g} MB are the most taken.")

    def submit(self, work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> Future[T]:
        """Have a thread that decodes do work on a picture; `asyncio.wrap_future` waits for it.

        Raises:
            NotReady: the server is shutting down; the future raises it too, where it does so before the work's turn
        """
        try:
            return self._threads.submit(self._unless_closed, partial(work, *arguments, **options))
        except RuntimeError:
            raise NotReady(SHUTTING_DOWN) from None

    def copy_of(self, data: bytes, preprocessing: Preprocessing) -> bytes:
        """An upright copy of a picture without metadata (app/copies.py). Blocking, in a thread that decodes.

        Args:
            data: the whole file
            preprocessing: of any network: the process that decodes makes its input on the way

        Raises:
            PhotoError: it cannot be decoded
            NotReady: no process can be had
        """
        with self.workers.on(data, preprocessing, kept=True) as worker:
            worker.prepared(preprocessing)
            return worker.rest()[1]

    def _unless_closed(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise NotReady(SHUTTING_DOWN)
        try:
            return work()
        except BrokenPhoto:
            if self._closed:  # its process may have been ended
                raise NotReady(SHUTTING_DOWN) from None
            raise


def slots_of(settings: Settings) -> int:
    """How many pictures are decoded at the same time: default one for every core, if the largest would fit.

    They fit beside the server and the uploads that wait, in memory or in a folder that is memory as well.
    """
    if settings.decode_slots:
        return settings.decode_slots
    room = usable_memory() - SERVER_BYTES - ROOM_BYTES
    if lies_in_memory(Path(tempfile.gettempdir())):
        room -= (settings.queue_size + 1) * settings.max_upload_bytes
    fitting = int(room / (settings.max_megapixels * 1e6 * PEAK_BYTES_PER_PIXEL))
    return max(1, min(usable_cores(), fitting, SLOTS_AT_MOST))


def content(image: UploadFile) -> bytes:
    """All uploaded bytes. Blocking: what is large lies on disk."""
    image.file.seek(0)
    return image.file.read()


def digest(data: bytes) -> str:
    """The sha256 of uploaded bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def ensure_temporary_folder(data_dir: Path) -> None:
    """Where there is no folder for temporary files (a read-only container), use one in the data folder."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        folder = data_dir / "tmp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.tempdir = str(folder)
