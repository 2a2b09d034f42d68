"""How much of each cell an outline encloses, and so how much of a map's evidence lies within it.

    a[y,x]     the part of a cell's area inside the rings, 0 to 1
    share      sum(max(M, 0) a) / sum(max(M, 0)): the rule of model/comparison.py, for any outline

Exact for polygons, by Green's theorem: an edge of a ring adds to the area of each cell what lies between it and
the cell's right side, and to all cells further right its height times their width. In the browser static/js/found.js
does the same; tests compare the two.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.contours import Point, Ring
from model.geometry import Grid

Wide = npt.NDArray[np.float64]


def covered_cells(rings: Sequence[Ring], grid: Grid, photo_size: tuple[int, int]) -> Wide:
    """The part of each cell's area that rings enclose; the outer cells reach to the photo's edges.

    Args:
        rings: on the photo, outer ones clockwise, holes the other way
        grid: where the cells lie on the photo
        photo_size: (width, height)

    Returns:
        (rows, columns), 0 to 1; a cell wholly beside the photo has the part of the one nearest to it
    """
    across = _edges(grid.columns, grid.cell_width, grid.left, photo_size[0])
    down = _edges(grid.rows, grid.cell_height, grid.top, photo_size[1])
    inside = _enclosed(rings, across.tolist(), down.tolist())
    widths, heights = np.diff(across), np.diff(down)
    columns, rows = _nearest(widths), _nearest(heights)
    parts = inside[np.ix_(rows, columns)] / np.outer(heights[rows], widths[columns])
    return np.asarray(np.clip(parts, 0, 1))


def given_share(values: Array, rings: Sequence[Ring], grid: Grid, photo_size: tuple[int, int]) -> float | None:
    """Which part of what a map (rows, columns) adds to its logit lies within rings, 0 to 1; None where it adds none."""
    given = np.maximum(values.astype(np.float64), 0)
    total = float(given.sum())
    return min(1.0, float((given * covered_cells(rings, grid, photo_size)).sum()) / total) if total > 0 else None


def _edges(cells: int, pitch: float, start: float, length: float) -> Wide:
    """Where the cells of one axis begin and end, (cells + 1,): cut to the photo, whose ends the outer ones reach."""
    edges = np.clip(start + pitch * np.arange(cells + 1, dtype=np.float64), 0, length)
    edges[0], edges[-1] = 0, length
    return np.asarray(edges)


def _enclosed(rings: Sequence[Ring], across: list[float], down: list[float]) -> Wide:
    """The area of each cell that rings enclose, (rows, columns)."""
    near = np.zeros((len(down) - 1, len(across) - 1))
    beyond = np.zeros((len(down) - 1, len(across)))
    for ring in rings:
        for at, end in enumerate(ring):
            for (x, y), (to_x, to_y) in _pieces(ring[at - 1], end, across, down):
                column = min(bisect_right(across, (x + to_x) / 2), len(across) - 1) - 1
                row = min(bisect_right(down, (y + to_y) / 2), len(down) - 1) - 1
                near[row, column] += (y - to_y) * (across[column + 1] - (x + to_x) / 2)
                beyond[row, column + 1] += y - to_y
    return np.asarray(near + beyond.cumsum(axis=1)[:, :-1] * np.diff(across))


def _pieces(start: Point, end: Point, across: list[float], down: list[float]) -> list[tuple[Point, Point]]:
    """A line cut where it crosses from one cell to another."""
    cuts = [0.0, 1.0]
    for one, other, edges in ((start[0], end[0], across), (start[1], end[1], down)):
        low, high = min(one, other), max(one, other)
        cuts += [(edge - one) / (other - one) for edge in edges if low < edge < high]
    points = [(start[0] + (end[0] - start[0]) * cut, start[1] + (end[1] - start[1]) * cut) for cut in sorted(cuts)]
    return list(pairwise(points))


def _nearest(lengths: Wide) -> npt.NDArray[np.intp]:
    """Of each cell of one axis the nearest that has any length."""
    there = np.flatnonzero(lengths > 0)
    return np.clip(np.arange(len(lengths)), there[0], there[-1])
