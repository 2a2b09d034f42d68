"""Masks as COCO has them (model/coco.py): polygons, or the lengths of runs, plain or as a text.

    polygons    one thing is all of them together, each filled as model/masks.py fills outlines
    runs        pixels column by column, those beside the thing and those on it in turn, beginning with beside
    text        each length in pieces of five bits, the lowest first, as letters from "0" on: bit 6 says that more
                pieces follow, bit 5 of the last that the number is negative; from the fourth length on, what is
                written is the difference from the length two before

Crowds count: their mask is of the very class, whatever number of things it is around.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from model.boxes import Drawn, DrawnPicture, by_picture
from model.coco import CocoThing, Number, read_things
from model.coverage import Size
from model.errors import DatasetError
from model.masks import fill

MAX_PIXELS = 100_000_000  # of runs, whose size is only what the file says
LARGEST = 1e6  # coordinate of a polygon: beyond any picture
PIECE, MORE, MINUS, FIRST_LETTER = 5, 0x20, 0x10, ord("0")

Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]
Lengths = npt.NDArray[np.int64]


class _Runs(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    size: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    counts: str | tuple[Annotated[int, Field(ge=0)], ...]


Written = tuple[tuple[Number, ...], ...] | _Runs
_WRITTEN: TypeAdapter[Written] = TypeAdapter(Written)


@dataclass(frozen=True, eq=False)
class Polygons:
    """One thing's polygons, each (points, 2) in pixels of the upright picture."""

    rings: tuple[Points, ...]

    @property
    def fingerprint(self) -> bytes:
        """The same for the same polygons."""
        return b"|".join(ring.tobytes() for ring in self.rings)

    def on(self, shape: tuple[int, int], size: Size) -> Mask:
        """The mask (height, width) of a picture of the size (width, height) that they were drawn on."""
        pixels = np.zeros(shape, np.uint8)
        for ring in self.rings:
            points = ring * (shape[1] / size[0], shape[0] / size[1])
            fill(pixels, [tuple((x, y) for x, y in points.tolist())], 1)
        return pixels.astype(np.bool_)


@dataclass(frozen=True, eq=False)
class Runs:
    """One thing's runs of pixels beside it and on it, in turn, and the (height, width) that they fill."""

    lengths: Lengths
    shape: tuple[int, int]

    @property
    def fingerprint(self) -> bytes:
        """The same for the same runs."""
        return str(self.shape).encode() + self.lengths.tobytes()

    def mask(self) -> Mask:
        """(height, width)."""
        on = np.arange(len(self.lengths)) % 2 == 1
        return np.repeat(on, self.lengths).reshape(self.shape[::-1]).T


Outlined = Polygons | Runs
OutlinedPicture = DrawnPicture[Outlined]


def read_coco_masks(file: Path, labels: Collection[str] | None = None) -> tuple[OutlinedPicture, ...]:
    """The masks of a file of object annotations.

    Args:
        file: JSON; names of pictures are relative to its folder, or end like those of the data
        labels: that there are; masks of others are left out; default all

    Raises:
        DatasetError: it is no such file, or none of its masks has one of these labels
    """
    return by_picture(_masks(file), labels, file)


def _masks(file: Path) -> Iterator[Drawn[Outlined]]:
    for one in read_things(file):
        if one.content.segmentation:
            yield Drawn(one.path, one.name, one.label, _read(one, file), one.size)


def _read(one: CocoThing, file: Path) -> Outlined:
    where = f"{file}, annotation {one.number}"
    try:
        written = _WRITTEN.validate_python(one.content.segmentation)
    except ValidationError as error:
        raise DatasetError(f"{where}: the segmentation is neither polygons nor runs.") from error
    return _runs(written, where) if isinstance(written, _Runs) else _polygons(written, where)


def _polygons(written: Sequence[Sequence[float]], where: str) -> Polygons:
    if any(len(one) < 6 or len(one) % 2 or max(map(abs, one)) > LARGEST for one in written):
        raise DatasetError(f"{where}: a polygon takes x and y of three points or more, in pixels.")
    return Polygons(tuple(np.array(one, np.float64).reshape(-1, 2) for one in written))


def _runs(written: _Runs, where: str) -> Runs:
    height, width = written.size
    if height * width > MAX_PIXELS:
        raise DatasetError(f"{where}: the mask has more than {MAX_PIXELS:,} pixels.")
    try:
        lengths = lengths_of(written.counts) if isinstance(written.counts, str) else list(written.counts)
    except ValueError:
        lengths = []
    if sum(lengths) != height * width or min(lengths) < 0:
        raise DatasetError(f"{where}: the runs do not fill {width} x {height} pixels.")
    return Runs(np.array(lengths, np.int64), (height, width))


def lengths_of(text: str) -> list[int]:
    """The lengths that a text of runs stands for.

    Raises:
        ValueError: it stands for none
    """
    lengths: list[int] = []
    value, shift = 0, 0
    for letter in text:
        piece = ord(letter) - FIRST_LETTER
        if not 0 <= piece < 2 * MORE or shift > 6 * PIECE:
            raise ValueError(f"'{letter}' cannot stand here")
        value |= (piece & (MORE - 1)) << shift
        shift += PIECE
        if piece & MORE:
            continue
        if piece & MINUS:
            value -= 1 << shift
        lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
        value, shift = 0, 0
    if shift:
        raise ValueError("the last length is cut short")
    return lengths
