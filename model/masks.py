"""Outlines as a mask: an 8-bit PNG of indices with a palette.

A pixel is in where its centre lies within the rings, by the even-odd rule. static/js/mask.js fills by the same
rule; tests compare the two.
"""

import io
import math
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.annotations import Annotated
from model.contours import Ring

MOST_CLASSES = 255
PALETTE = ((0, 0, 0), (0, 114, 178), (184, 71, 0), (0, 121, 90), (165, 64, 122), (122, 85, 0), (23, 22, 21))
Mask = npt.NDArray[np.uint8]


def mask(photo: Annotated) -> Mask:
    """Which class each pixel belongs to.

    Args:
        photo: with at most 255 classes

    Returns:
        (height, width): 0 where nothing is, else the class's place, from 1 on; the first of several
    """
    pixels = np.zeros((photo.height, photo.width), dtype=np.uint8)
    for place, found in reversed(list(enumerate(photo.classes, 1))):
        for region in found.regions:
            fill(pixels, region.outline.rings, place)
    return pixels


def mask_png(photo: Annotated) -> bytes:
    """The mask as a PNG file, whose palette gives neighbouring classes colours that are easily told apart."""
    picture = Image.fromarray(mask(photo))
    picture.putpalette(bytes(part for colour in palette() for part in colour))
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=6)
    return file.getvalue()


def palette() -> list[tuple[int, int, int]]:
    """256 colours: black, then those that the page has for regions, again and again."""
    return [PALETTE[0], *(PALETTE[1 + place % (len(PALETTE) - 1)] for place in range(MOST_CLASSES))]


def fill(pixels: Mask, rings: Iterable[Ring], value: int) -> None:
    """Give a value to the pixels whose centres rings enclose."""
    height, width = pixels.shape
    crossings: dict[int, list[float]] = defaultdict(list)
    for ring in rings:
        for at, (to_x, to_y) in enumerate(ring):
            x, y = ring[at - 1]
            low, high = min(y, to_y), max(y, to_y)
            for row in range(max(0, math.ceil(low - 0.5)), min(height, math.ceil(high - 0.5))):
                crossings[row].append(x + (to_x - x) * ((row + 0.5 - y) / (to_y - y)))
    for row, places in crossings.items():
        places.sort()
        for start, end in zip(places[::2], places[1::2], strict=True):
            pixels[row, max(0, math.ceil(start - 0.5)) : min(width, math.ceil(end - 0.5))] = value
