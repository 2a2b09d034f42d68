"""What there is to know of pictures to train on, before and after they are kept."""

import re
from dataclasses import dataclass
from pathlib import Path

from app.rows import DatasetPictureRow, DatasetRow
from model.listing import Split

SUFFIX_OF = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp"}
MAX_PART = 60
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
    """

    label: str
    split: Split | None
    name: str
    kind: str
    content: bytes


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
    )


def columns_of(row: DatasetPictureRow) -> dict[str, object]:
    """A row's values by column."""
    return {column.key: getattr(row, column.key) for column in DatasetPictureRow.__table__.columns}


def _plain(text: str) -> str:
    """A text as part of a file's name that every disk takes."""
    return PLAIN.sub("_", text).strip("_")[:MAX_PART]
