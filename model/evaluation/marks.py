"""What somebody drew on one picture of an evaluation: boxes, and a mask.

What is not zero in a PNG file is the thing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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


@dataclass(frozen=True)
class Marks:
    """What is drawn on one picture: boxes by class; and a mask: the file of one, or outlines and runs by class."""

    regions: Mapping[int, tuple[Region, ...]] = field(default_factory=dict)
    mask: Path | None = None
    outlines: Mapping[int, tuple[Outlined, ...]] = field(default_factory=dict)

    def truth(self, index: int, size: Size) -> Truth | None:
        """Where a class lies on the picture of (width, height); None where nobody said so.

        Raises:
            EvaluationError: the mask cannot be read, or is of another picture
        """
        mask = self._mask(index, size)
        found = Truth(self.regions.get(index, ()), mask if mask is not None and mask.any() else None).cut_to(size)
        return found if found.regions or found.mask is not None else None

    def _mask(self, index: int, size: Size) -> Mask | None:
        if self.mask is not None:
            return read_mask(self.mask, size)
        if not (outlines := self.outlines.get(index)):
            return None
        width, height = fit_within(size, RASTER)
        whole = np.zeros((height, width), np.bool_)
        for one in outlines:
            whole |= (
                one.on((height, width), size) if isinstance(one, Polygons) else _of_runs(one, (height, width), size)
            )
        return whole


def fingerprint(listing: str, marks: Mapping[int, Marks]) -> str:
    """sha256 of a listing of pictures and of what is drawn on them, masks by their sizes; of no marks the listing."""
    if not marks:
        return listing
    digest = hashlib.sha256(listing.encode())
    for number, one in sorted(marks.items()):
        size = one.mask.stat().st_size if one.mask else 0
        digest.update(f"{number}\0{sorted(one.regions.items())}\0{size}\n".encode())
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


def _alike(mask: Size, picture: Size) -> bool:
    return abs(mask[0] * picture[1] / (mask[1] * picture[0]) - 1) <= ALIKE


def _of_runs(runs: Runs, shape: tuple[int, int], size: Size) -> Mask:
    """Their mask on another raster."""
    height, width = runs.shape
    if not _alike((width, height), size):
        raise EvaluationError(f"Its mask in the COCO file is {width} x {height}, the picture {size[0]} x {size[1]}.")
    return mask_on(runs.mask(), shape)
