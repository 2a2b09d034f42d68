"""What comes of no network at all: pictures often have their thing in the middle.

centre    a cone over the picture, highest in its middle, through the very protocol that maps go through
box       a box in the middle, as wide and as high as boxes are on average (on the choosing part)
"""

import numpy as np
import numpy.typing as npt

from model.coverage import Size
from model.evaluation.localisation import ious
from model.evidence import PlacedMap
from model.geometry import Grid

CENTRE, BOX = "centre", "box"
CELLS = 31  # odd, so that one lies in the middle

Doubles = npt.NDArray[np.float64]


def centre_map(size: Size) -> PlacedMap:
    """A cone over a picture of (width, height): 1 in its middle, 0 at its edges' middles and in its corners."""
    places = (np.arange(CELLS) - CELLS // 2) / (CELLS / 2)
    height = np.clip(1 - np.hypot(places[:, None], places), 0, None).astype(np.float32)
    return PlacedMap(height, Grid(CELLS, CELLS, size[0] / CELLS, size[1] / CELLS, 0, 0))


def mean_box(boxes: Doubles) -> Doubles:
    """A box in the middle of as wide and high as some (G, 4) are on average; all in parts of the picture's sides."""
    wide, high = (boxes[:, 2:] - boxes[:, :2]).mean(axis=0)
    return np.array([(1 - wide) / 2, (1 - high) / 2, (1 + wide) / 2, (1 + high) / 2])


def best_fit(box: Doubles, boxes: Doubles) -> float:
    """The best IoU of a box (4,) with some (G, 4)."""
    return float(ious(box[None], boxes).max())
