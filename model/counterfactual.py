"""What if a part of the photo were not there: the photo altered, and what predicted and actual change differ by.

    fill         what comes in place of it: the photo blurred, or its mean colour
    altered      (1 - a) photo + a fill, with a the part of each pixel that is taken out; nothing else is touched
    predicted    the head on the photo's own features scaled by 1 - a: nothing there, and no cell sees anything new
    actual       the network on the altered photo
    context      mean((1 - a) (M' - M)): cells that are left say something else, for they saw beyond their square
    filling      mean(a M'): what the filled cells say, of the fill and of what they see around it
    rescaling    what a head that is not linear makes of it: a normalisation's statistics, a maximum elsewhere

with M the class's map of the photo, M' that of the altered one. Always

    actual - predicted = context + filling + rescaling

and rescaling is 0, to rounding, where the head is linear in the features (model/evidence.py). Of other heads context
and filling are those of the maps, each of which has its own picture's statistics or peaks. Pure functions on arrays.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PIL import Image, ImageFilter

from model.cam import Array
from model.coverage import Double, Size
from model.geometry import Indices
from model.photos import Pixels

BLUR = 0.1  # of the side of a square as large as the photo: the Gaussian's standard deviation
ENOUGH = 8  # pixels of a copy that is blurred: the Gaussian's standard deviation at least
WHOLE = 255


class Fill(StrEnum):
    """What comes in place of what is taken out."""

    BLUR = "blur"
    MEAN = "mean"


class Change(StrEnum):
    """What happens to a part of the photo: it is taken out, or everything else is."""

    ERASE = "erase"
    KEEP = "keep"


@dataclass(frozen=True)
class Split:
    """What makes the actual logit differ from the predicted one; in logits, adding up to the difference.

    Attributes:
        context: of cells that are left
        filling: of the filled cells
        rescaling: of a head that is not linear; rounding where it is
    """

    context: float
    filling: float
    rescaling: float

    @property
    def difference(self) -> float:
        """Actual less predicted logit."""
        return self.context + self.filling + self.rescaling


def fill_of(pixels: Pixels, fill: Fill) -> Pixels:
    """What a photo (height, width, 3) is filled with, as large: hardly anything can be told of it."""
    height, width, _ = pixels.shape
    if fill is Fill.MEAN:
        colour = np.rint(pixels.mean(axis=(0, 1))).astype(np.uint8)
        return np.broadcast_to(colour, pixels.shape)
    return _blurred(pixels, BLUR * (width * height) ** 0.5)


def _blurred(pixels: Pixels, deviation: float) -> Pixels:
    """A photo under a Gaussian, mirrored beyond its edges: held there, they would draw streaks.

    So wide a blur is made of a smaller copy, which is much quicker and looks the same.
    """
    height, width, _ = pixels.shape
    factor = max(1, int(deviation / ENOUGH))
    small = np.asarray(Image.fromarray(pixels).reduce(factor))
    margin = math.ceil(3 * deviation / factor)
    mirrored = np.pad(small, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    blurred = Image.fromarray(mirrored).filter(ImageFilter.GaussianBlur(deviation / factor))
    box = (margin, margin, margin + width / factor, margin + height / factor)
    return np.asarray(blurred.resize((width, height), Image.Resampling.BICUBIC, box))


def alter(pixels: Pixels, fill: Pixels, out: Array) -> Pixels:
    """A photo without a part of it; what is not taken out keeps its very pixels.

    Args:
        pixels: (height, width, 3)
        fill: what comes in its place, as large
        out: the part of each pixel that is taken out, (height, width), 0 to 1
    """
    mask = Image.fromarray(np.rint(out * WHOLE).astype(np.uint8))
    return np.asarray(Image.composite(Image.fromarray(np.ascontiguousarray(fill)), Image.fromarray(pixels), mask))


def split_difference(before: Array, after: Array, out: Double, difference: float) -> Split:
    """What makes the actual logit differ from the predicted one.

    Args:
        before: the class's map of the photo, (rows, columns), in logits
        after: its map of the altered photo, of the same cells
        out: the part of each cell that was taken out, (rows, columns)
        difference: actual less predicted logit
    """
    first, second = before.astype(np.float64), after.astype(np.float64)
    context = float(((1 - out) * (second - first)).mean())
    filling = float((out * second).mean())
    return Split(context, filling, difference - context - filling)


def counts(cells: int, steps: int) -> list[int]:
    """How many cells are changed at each step of a curve: from none to all, each count once.

    Args:
        cells: how many there are
        steps: how many steps at most, both ends among them
    """
    return sorted({round(step * cells / (steps - 1)) for step in range(steps)})


def first_cells(order: Indices, count: int, shape: Size) -> Double:
    """The first cells of an order as parts, (rows, columns): 1, the others 0."""
    parts = np.zeros(shape)
    parts.flat[order[:count]] = 1
    return parts


def area_under(values: Sequence[float], shares: Sequence[float]) -> float:
    """The mean height of a curve: the area under straight lines between its points, over shares from 0 to 1."""
    return float(np.trapezoid(values, shares))
