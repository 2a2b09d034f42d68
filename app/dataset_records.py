"""What there is to know of pictures to train on, before and after they are kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.rows import DatasetPictureRow, DatasetRow
from model.listing import Split

SUFFIX_OF = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp"}
MAX_PART = 60
MAX_NAME_BYTES = 1000
PLAIN = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture to keep.

    Attributes:
        label: of its class
        split: where one is given
        name: as the sender calls it
        kind: JPEG, PNG, WEBP, GIF or BMP
        content: the file
        place: its path in the archive that it came in, without a folder around all of it
    """

    label: str
    split: Split | None
    name: str
    kind: str
    content: bytes
    place: PurePosixPath | None = None


@dataclass(frozen=True)
class Held:
    """What a dataset holds.

    Attributes:
        row: its own
        classes: label and number of pictures, by label
        validation: how many of the pictures are to judge by
        bytes: of all of them
    """

    row: DatasetRow
    classes: tuple[tuple[str, int], ...]
    validation: int
    bytes: int

    @property
    def pictures(self) -> int:
        """How many there are."""
        return sum(count for _, count in self.classes)


@dataclass(frozen=True)
class Kept:
    """What became of pictures: how many were kept, and the names of those that were there already."""

    count: int
    repeated: tuple[str, ...]
    relabelled: tuple[str, ...]


def picture_row(dataset_id: str, picture: NewPicture, sha256: str) -> DatasetPictureRow:
    """A picture's row: its file is named after label and name, as far as every disk takes them, and its content."""
    stem = _plain(Path(picture.name.replace("\\", "/")).stem) or "picture"
    file = f"{_plain(picture.label) or 'class'}/{stem}-{sha256[:16]}{SUFFIX_OF[picture.kind]}"
    return DatasetPictureRow(
        dataset_id=dataset_id,
        sha256=sha256,
        label=picture.label,
        split=picture.split,
        file=file,
        bytes=len(picture.content),
        name=None if picture.place is None else str(picture.place),
    )


def names_of(rows: Sequence[DatasetPictureRow]) -> list[str]:
    """What the pictures of a dataset are called, each otherwise: as in their archive, where nothing stands against it.

    That is a name which another has, too, or a folder; spaces at an end, which no table keeps; or a length that no
    disk takes.
    """
    taken, folders, names = set[str](), set[str](), []
    for row in rows:
        place = PurePosixPath(row.name or row.file)
        above = {str(folder) for folder in place.parents if folder.name}
        is_free = str(place) not in taken | folders and not above & taken
        if not is_free or str(place) != str(place).strip() or len(str(place).encode()) > MAX_NAME_BYTES:
            place = PurePosixPath(row.file)
            above = {str(folder) for folder in place.parents if folder.name}
        taken.add(str(place))
        folders |= above
        names.append(str(place))
    return names


def columns_of(row: DatasetPictureRow) -> dict[str, object]:
    """A row's values by column."""
    return {column.key: getattr(row, column.key) for column in DatasetPictureRow.__table__.columns}


def _plain(text: str) -> str:
    """A text as part of a file's name that every disk takes."""
    return PLAIN.sub("_", text).strip("_")[:MAX_PART]
