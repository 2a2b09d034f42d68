"""Views of a photo: what becomes of what a network sees, for heads to learn from and to be judged by."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from PIL import Image

from app.text import gettext
from model.photos import Photo, Pixels
from model.preprocess import prepare
from model.shifting import Edge, shift
from model.spec import Preprocessing

INNER = 0.8  # of a side is left where a photo is enlarged
DARK = 0.5
Change = Callable[[Pixels], Pixels]


class View(StrEnum):
    """Of a photo."""

    STILL = "as-it-is"
    MIRRORED = "mirrored"
    UPSIDE_DOWN = "upside-down"
    TURNED = "turned"
    RIGHT = "moved-right"
    DOWN = "moved-down"
    BOTH = "moved-both"
    ENLARGED = "enlarged"
    DARKER = "darker"


def changes(percent: int) -> dict[View, Change]:
    """What makes each view of a photo as it is.

    Args:
        percent: of its side by which a photo is moved; what leaves it comes in again on the other side
    """
    return {
        View.STILL: lambda pixels: pixels,
        View.MIRRORED: lambda pixels: pixels[:, ::-1],
        View.UPSIDE_DOWN: lambda pixels: pixels[::-1],
        View.TURNED: lambda pixels: pixels[::-1, ::-1],
        View.RIGHT: _moved(percent, 0),
        View.DOWN: _moved(0, percent),
        View.BOTH: _moved(percent, percent),
        View.ENLARGED: _enlarged,
        View.DARKER: lambda pixels: np.asarray(np.rint(pixels * DARK), dtype=np.uint8),
    }


def titles(percent: int) -> dict[View, str]:
    """What each view is called."""
    _ = gettext
    moved = {"percent": str(percent)}
    return {
        View.STILL: _("as it is"),
        View.MIRRORED: _("mirrored"),
        View.UPSIDE_DOWN: _("upside down"),
        View.TURNED: _("turned by half"),
        View.RIGHT: _("moved {percent}% to the right").format(**moved),
        View.DOWN: _("moved {percent}% down").format(**moved),
        View.BOTH: _("moved {percent}% both ways").format(**moved),
        View.ENLARGED: _("enlarged"),
        View.DARKER: _("darker"),
    }


def quarters(photo: Photo, preprocessing: Preprocessing, size: tuple[int, int]) -> list[Pixels]:
    """A photo's four quarters, each as large as a network is to see it (width, height), row by row."""
    width, height = size
    whole = prepare(photo, preprocessing, (2 * width, 2 * height))
    return [whole[y : y + height, x : x + width] for y in (0, height) for x in (0, width)]


def _moved(right: int, down: int) -> Change:
    return lambda pixels: shift(pixels, _part(right, pixels.shape[1]), _part(down, pixels.shape[0]), Edge.AROUND)


def _part(percent: int, side: int) -> int:
    return percent * side // 100


def _enlarged(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    x, y = width * (1 - INNER) / 2, height * (1 - INNER) / 2
    box = (x, y, width - x, height - y)
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC, box))
