"""Pictures to train on that are being taken in: on the disk, but not yet in place."""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.dataset_records import Held, NewPicture, picture_row
from app.errors import NotFound, TooLarge
from app.rows import DatasetPictureRow
from app.units import MIB
from model.durable import sync_all

MISSING = "There are no such pictures of yours; they may have been deleted."


@dataclass(frozen=True, slots=True)
class Draft:
    """A picture that is on the disk but not yet in place.

    Attributes:
        name: as its sender calls it
        path: where it is now
        row: what the database will hold of it
    """

    name: str
    path: Path
    row: DatasetPictureRow


@dataclass(frozen=True)
class Room:
    """What one dataset may hold.

    Attributes:
        pictures: how many
        bytes: of all of them
    """

    pictures: int
    bytes: int


@contextlib.contextmanager
def drafts_of(held: Held, folder: Path, pictures: Iterable[NewPicture], room: Room) -> Iterator[list[Draft]]:
    """Write pictures as drafts, and wait for the disk; whatever ends that, those that were not moved away go.

    Args:
        held: what their dataset holds already
        folder: the dataset's own
        pictures: taken one at a time
        room: for what it holds and these

    Raises:
        NotFound: the dataset has just been deleted
        TooLarge: there is no room for them
        OSError: no space, or another trouble with the disk
    """
    try:
        own = Path(tempfile.mkdtemp(prefix=".", dir=folder))
    except FileNotFoundError:
        raise NotFound(MISSING) from None
    try:
        drafts = list(_written(held, own, pictures, room))
        sync_all([draft.path for draft in drafts])
        yield drafts
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _written(held: Held, folder: Path, pictures: Iterable[NewPicture], room: Room) -> Iterator[Draft]:
    """Write pictures, within what one dataset may hold."""
    count, size = held.pictures, held.bytes
    for number, picture in enumerate(pictures):
        count, size = count + 1, size + len(picture.content)
        if count > room.pictures:
            raise TooLarge(f"More than {room.pictures:,} pictures are not taken for one training.")
        if size > room.bytes:
            raise TooLarge(f"More than {room.bytes / MIB:,.0f} MB of pictures are not taken for one training.")
        path = folder / str(number)
        path.write_bytes(picture.content)
        sha256 = hashlib.sha256(picture.content).hexdigest()
        yield Draft(picture.name, path, picture_row(held.row.id, picture, sha256))
