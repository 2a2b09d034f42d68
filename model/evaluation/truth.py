"""Where on a picture what it shows lies: boxes, or a mask."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.coverage import Double, Region, Size, cell_edges, covered
from model.evaluation.records import Edges
from model.geometry import Grid

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Truth:
    """Where the true classes of one picture lie.

    Attributes:
        regions: boxes, cut to the picture
        mask: (height, width) of any size, laid over the whole picture; None where there are boxes
    """

    regions: tuple[Region, ...] = ()
    mask: Mask | None = None

    @property
    def edges(self) -> tuple[Edges, ...]:
        """The boxes as they are recorded."""
        return tuple((one.left, one.top, one.right, one.bottom) for one in self.regions)

    def cut_to(self, size: Size) -> "Truth":
        """What of it lies on a picture of (width, height); boxes wholly beside it are dropped."""
        return Truth(tuple(_cut(self.regions, size)), self.mask)

    def parts(self, grid: Grid, size: Size) -> Double:
        """The part of each cell that it covers, overlaps counted once, (rows, columns), 0 to 1.

        Args:
            grid: where the cells lie
            size: (width, height) of the picture that the grid is laid on
        """
        return (
            parts_of_mask(self.mask, grid, size) if self.mask is not None else parts_of_boxes(self.regions, grid, size)
        )

    def area(self, size: Size) -> float:
        """The share of a picture of (width, height) that it covers, 0 to 1."""
        whole = Grid(1, 1, size[0], size[1], 0, 0)
        return float(self.parts(whole, size)[0, 0])


def parts_of_boxes(regions: Sequence[Region], grid: Grid, size: Size) -> Double:
    """The part of each cell that boxes cover together, exact: their edges cut the picture into rectangles.

    Args:
        regions: on the picture; they may overlap
        grid: where the cells lie
        size: (width, height) of the picture
    """
    across = np.unique([edge for one in regions for edge in (one.left, one.right)])
    down = np.unique([edge for one in regions for edge in (one.top, one.bottom)])
    taken = np.zeros((max(0, len(down) - 1), max(0, len(across) - 1)))
    for one in regions:
        rows = slice(*np.searchsorted(down, (one.top, one.bottom)))
        taken[rows, slice(*np.searchsorted(across, (one.left, one.right)))] = 1
    columns = _strips(across, (grid.columns, grid.cell_width, grid.left, size[0]))
    rows_of = _strips(down, (grid.rows, grid.cell_height, grid.top, size[1]))
    return np.clip(rows_of.T @ taken @ columns, 0, 1)


def _strips(edges: Double, axis: tuple[int, float, float, float]) -> Double:
    """The part of each cell of an axis in each strip between two edges, (strips, cells)."""
    parts = [covered(*axis, low, high) for low, high in itertools.pairwise(edges.tolist())]
    return np.array(parts, dtype=np.float64).reshape(-1, axis[0])


def parts_of_mask(mask: Mask, grid: Grid, size: Size) -> Double:
    """The part of each cell that a mask covers, pixels cut by a cell's edge counting by area.

    Args:
        mask: (height, width), laid over the whole picture
        grid: where the cells lie
        size: (width, height) of the picture
    """
    down = cell_edges(grid.rows, grid.cell_height, grid.top, size[1]) * (mask.shape[0] / size[1])
    across = cell_edges(grid.columns, grid.cell_width, grid.left, size[0]) * (mask.shape[1] / size[0])
    areas = _between(_between(mask.astype(np.float64), down).T, across).T
    whole = np.outer(np.diff(down), np.diff(across))
    return np.clip(areas / np.where(whole > 0, whole, 1), 0, 1)


def _between(values: Double, edges: Double) -> Double:
    """What rows (n, m) come to between edges, (len(edges) - 1, m); a row that is cut counts in part."""
    sums = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    first = np.minimum(np.floor(edges).astype(np.intp), len(values) - 1)
    at = sums[first] + (edges - first)[:, None] * values[first]
    return np.diff(at, axis=0)


def _cut(regions: Sequence[Region], size: Size) -> list[Region]:
    found = []
    for one in regions:
        try:
            found.append(one.cut_to(size))
        except ValueError:
            continue
    return found
