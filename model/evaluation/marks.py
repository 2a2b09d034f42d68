"""What somebody drew on one picture of an evaluation: boxes, and a mask.

What is not zero in a PNG file is the thing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from model.coverage import Region, Size
from model.errors import EvaluationError
from model.evaluation.pixels import mask_on
from model.evaluation.truth import Mask, Truth
from model.masks_coco import Outlined, Polygons, Runs
from model.photos import fit_within

ALIKE = 0.05  # a mask's shape may differ from its picture's by so much
MAX_MASK_PIXELS = 100_000_000
RASTER = 1024  # longest side that polygons are drawn at, in pixels
BEYOND = 2.0  # pixels by which an edge may lie outside of its picture: some tools round outwards

Trouble = Literal["unusable", "beside", "empty", "scaled", "cut"]


@dataclass(frozen=True)
class Marks:
    """What is drawn on one picture: boxes by class; and a mask: the file of one, or outlines and runs by class.

    Attributes:
        boxes_on: (width, height) of the picture that the boxes were drawn on; None where nobody says so
        outlines_on: likewise the outlines
    """

    regions: Mapping[int, tuple[Region, ...]] = field(default_factory=dict)
    mask: Path | None = None
    outlines: Mapping[int, tuple[Outlined, ...]] = field(default_factory=dict)
    boxes_on: Size | None = None
    outlines_on: Size | None = None

    def truth(self, index: int, size: Size) -> Truth | None:
        """Where a class lies on the picture of (width, height); None where nobody said so.

        Raises:
            EvaluationError: the mask cannot be read, or what is drawn is of another picture
        """
        mask = self._mask(index, size)
        regions = tuple(scaled(one, self.boxes_on, size) for one in self.regions.get(index, ()))
        found = Truth(regions, mask if mask is not None and mask.any() else None).cut_to(size)
        return found if found.regions or found.mask is not None else None

    def seen(self, index: int, size: Size) -> tuple[Truth | None, Trouble | None]:
        """The same, and what is wrong with it: a picture is asked about however bad its drawings are."""
        try:
            found = self.truth(index, size)
        except EvaluationError:
            alone = Marks(self.regions, boxes_on=self.boxes_on)
            return alone.seen(index, size)[0] if alone != self else None, "unusable"
        if found is None:
            boxes = self.regions.get(index)
            return None, "beside" if boxes else "empty" if self.mask or self.outlines.get(index) else None
        if {self.boxes_on, self.outlines_on} - {None, size}:
            return found, "scaled"
        beyond = any(_beyond(one, size) > BEYOND for one in self.regions.get(index, ()))
        return found, "cut" if beyond else None

    def _mask(self, index: int, size: Size) -> Mask | None:
        if self.mask is not None:
            return read_mask(self.mask, size)
        if not (outlines := self.outlines.get(index)):
            return None
        on, shape = self.outlines_on or size, fit_within(size, RASTER)[::-1]
        if not _alike(on, size):
            raise EvaluationError(
                f"Outlines were drawn on {on[0]} x {on[1]} pixels, the picture has {size[0]} x {size[1]}."
            )
        parts = (one.on(shape, on) if isinstance(one, Polygons) else _of_runs(one, shape, size) for one in outlines)
        whole: Mask = np.logical_or.reduce(list(parts))
        return whole


def fingerprint(listing: str, marks: Mapping[int, Marks]) -> str:
    """sha256 of a listing of pictures and of what is drawn on them, masks by their sizes; of no marks the listing."""
    if not marks:
        return listing
    digest = hashlib.sha256(listing.encode())
    for number, one in sorted(marks.items()):
        size = one.mask.stat().st_size if one.mask else 0
        digest.update(f"{number}\0{sorted(one.regions.items())}\0{size}\n".encode())
        if sizes := [size for size in (one.boxes_on, one.outlines_on) if size]:
            digest.update(f"{sizes}\n".encode())
        for index, outlines in sorted(one.outlines.items()):
            digest.update(b"\0".join([str(index).encode(), *(outline.fingerprint for outline in outlines)]))
    return digest.hexdigest()


def read_mask(file: Path, size: Size) -> Mask:
    """Where a mask is not zero, (height, width), laid over a picture of (width, height).

    Raises:
        EvaluationError: it cannot be read, or its shape is not the picture's
    """
    try:
        with Image.open(file, formats=("PNG",)) as picture:
            width, height = picture.size
            if width * height > MAX_MASK_PIXELS:
                raise EvaluationError(f"The mask {file.name} has more than {MAX_MASK_PIXELS:,} pixels.")
            values = np.asarray(picture)
    except EvaluationError:
        raise
    except Exception as error:  # Pillow raises whatever it stumbles over
        raise EvaluationError(f"The mask {file.name} cannot be read.") from error
    if not _alike((width, height), size):
        raise EvaluationError(f"The mask {file.name} is {width} x {height}, the picture {size[0]} x {size[1]}.")
    if values.ndim == 2:
        return np.asarray(values != 0)
    alpha = values[..., -1] if values.shape[2] in (2, 4) else None
    painted = np.asarray((values[..., :1] if values.shape[2] == 2 else values[..., :3]).any(axis=2))
    return painted if alpha is None else np.asarray(painted & (alpha != 0))


def scaled(region: Region, on: Size | None, size: Size) -> Region:
    """A box that was drawn on a picture of one size, on the same of another.

    Raises:
        EvaluationError: they are of different shapes
    """
    if on is None or on == size:
        return region
    if not _alike(on, size):
        raise EvaluationError(f"A box was drawn on {on[0]} x {on[1]} pixels, the picture has {size[0]} x {size[1]}.")
    across, down = size[0] / on[0], size[1] / on[1]
    return Region(region.left * across, region.top * down, region.right * across, region.bottom * down)


def _beyond(region: Region, size: Size) -> float:
    """By how many pixels a box reaches beyond its picture, at most."""
    return max(-region.left, -region.top, region.right - size[0], region.bottom - size[1])


def _alike(mask: Size, picture: Size) -> bool:
    return abs(mask[0] * picture[1] / (mask[1] * picture[0]) - 1) <= ALIKE


def _of_runs(runs: Runs, shape: tuple[int, int], size: Size) -> Mask:
    """Their mask on another raster."""
    height, width = runs.shape
    if not _alike((width, height), size):
        raise EvaluationError(f"Its mask in the COCO file is {width} x {height}, the picture {size[0]} x {size[1]}.")
    return mask_on(runs.mask(), shape)
