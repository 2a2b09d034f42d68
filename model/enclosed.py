"""How much of a map's evidence an outline with holes encloses.

    a[y,x]     the part of a cell's area inside the line around a region, less what lies in its holes
    share      sum(max(M, 0) a) / sum(max(M, 0)): the rule of model/evidence.py

In the browser static/js/found.js does the same; tests compare the two.
"""

from collections.abc import Sequence

import numpy as np

from model.cam import Array
from model.contours import Ring
from model.coverage import Double, parts_within
from model.evidence import shares_of
from model.geometry import Grid


def covered_cells(rings: Sequence[Ring], grid: Grid, photo_size: tuple[int, int]) -> Double:
    """The part of each cell's area that rings enclose, by model/coverage.py.

    Args:
        rings: on the photo: the line around a region, then those around its holes
        grid: where the cells lie on the photo
        photo_size: (width, height)

    Returns:
        (rows, columns), 0 to 1
    """
    outer, *holes = (parts_within(ring, grid, photo_size) for ring in rings)
    for hole in holes:
        outer = np.maximum(0, outer - hole)
    return outer


def given_share(values: Array, rings: Sequence[Ring], grid: Grid, photo_size: tuple[int, int]) -> float | None:
    """Which part of what a map (rows, columns) adds to its logit lies within rings, 0 to 1; None where it adds none."""
    return shares_of(values, covered_cells(rings, grid, photo_size)).given
