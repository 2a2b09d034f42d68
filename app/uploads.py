"""An upload becomes a photo, or a refusal with its status; the decoding itself is model/photos.py."""

import asyncio
import hashlib
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app.config import MIB, Settings
from app.errors import Malformed, TooLarge
from model.photos import Photo, read_photo

A = TypeVar("A")
T = TypeVar("T")


class Uploads:
    """Reads what was uploaded, a few pictures at a time, off the event loop."""

    def __init__(self, settings: Settings) -> None:
        """Make the threads that decode.

        Args:
            settings: the limits
        """
        self._max_bytes = settings.max_upload_bytes
        self._max_megapixels = settings.max_megapixels
        self._slots = asyncio.Semaphore(settings.decode_slots)
        self._threads = ThreadPoolExecutor(settings.decode_slots, thread_name_prefix="decode")

    def close(self) -> None:
        """Let the pictures being decoded finish, drop those that wait."""
        self._threads.shutdown(cancel_futures=True)

    async def digest(self, image: UploadFile) -> str:
        """The sha256 of the uploaded bytes, in hex, after a look at their number.

        Raises:
            Malformed: the form's field is there, but nothing was chosen
            TooLarge: more bytes than are taken
        """
        if not image.size and not image.filename:
            raise Malformed("No photo was chosen: choose one and send it in the form's field 'image'.")
        if image.size is not None and image.size > self._max_bytes:
            raise TooLarge(f"The file has {image.size / MIB:,.1f} MB; {self._max_bytes / MIB:g} MB are the most taken.")
        return await run_in_threadpool(_sha256, image.file)

    @property
    def slot(self) -> asyncio.Semaphore:
        """Hold it (`async with`) from before a photo is decoded until its pixels are done with: they are large."""
        return self._slots

    async def photo(self, image: UploadFile) -> Photo:
        """Decode an upload; call it while holding a slot.

        Raises:
            UnsupportedPhoto, OversizedPhoto, BrokenPhoto: it is no picture that can be used
        """
        return await self.run(self._decode, image)

    async def run(self, work: Callable[[A], T], argument: A) -> T:
        """Do other work on a decoded photo, in the threads that decode."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, argument)

    def _decode(self, image: UploadFile) -> Photo:
        image.file.seek(0)
        return read_photo(image.file.read(), self._max_megapixels)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(MIB):
        digest.update(chunk)
    return digest.hexdigest()


def ensure_temporary_folder(data_dir: Path) -> None:
    """Where there is no folder for temporary files (a read-only container), use one in the data folder."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        folder = data_dir / "tmp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.tempdir = str(folder)
