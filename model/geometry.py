"""Grid cells and photo pixels: where a cell lies, how a map is drawn at another size.

One resizing rule everywhere: bilinear between cell centres, edges held. The same rules
stand in static/js/geometry.js; tests compare the two. A pixel i covers [i, i + 1).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.spec import GridGeometry

Array = npt.NDArray[np.float32]
BOX_RESOLUTION = 1024


@dataclass(frozen=True)
class Grid:
    """The cells of a map on a photo; lengths in photo pixels.

    Attributes:
        rows: number of cells downwards
        columns: number of cells across
        cell_width: distance between neighbouring cells' centres
        cell_height: the same, downwards
        left: left edge of the first column; the cell centres are half a cell further
        top: top edge of the first row
    """

    rows: int
    columns: int
    cell_width: float
    cell_height: float
    left: float
    top: float


@dataclass(frozen=True)
class Peak:
    """The centre of the strongest cell, in photo pixels, and its value in logits."""

    x: float
    y: float
    value: float


@dataclass(frozen=True)
class Box:
    """A rectangle in whole photo pixels (right and bottom excluded), and the threshold that gave it."""

    left: int
    top: int
    right: int
    bottom: int
    threshold: float


def place_grid(
    geometry: GridGeometry, shape: tuple[int, int], input_size: tuple[int, int], photo_size: tuple[int, int]
) -> Grid:
    """Lay a network's cells on a photo.

    Args:
        geometry: the cells on the input, in input pixels
        shape: (rows, columns) of the map
        input_size: (width, height) the network saw
        photo_size: (width, height) of the upright photo
    """
    across, down = photo_size[0] / input_size[0], photo_size[1] / input_size[1]
    return Grid(
        rows=shape[0],
        columns=shape[1],
        cell_width=geometry.stride_x * across,
        cell_height=geometry.stride_y * down,
        left=geometry.left * across,
        top=geometry.top * down,
    )


def _weights(cells: int, pitch: float, start: float, pixels: int, length: float, smooth: bool) -> Array:
    """How much each cell counts at each pixel centre of one axis, (pixels, cells); rows sum to 1."""
    centres = (np.arange(pixels) + 0.5) * (length / pixels)
    position = (centres - start) / pitch
    matrix = np.zeros((pixels, cells), dtype=np.float32)
    rows = np.arange(pixels)
    if not smooth:
        matrix[rows, np.clip(np.floor(position), 0, cells - 1).astype(int)] = 1
        return matrix
    position = np.clip(position - 0.5, 0, cells - 1)
    below = np.minimum(position.astype(int), max(cells - 2, 0))
    above = np.minimum(below + 1, cells - 1)
    part = (position - below).astype(np.float32)
    np.add.at(matrix, (rows, below), 1 - part)
    np.add.at(matrix, (rows, above), part)
    return matrix


def resize_map(
    values: Array, grid: Grid, size: tuple[int, int], photo_size: tuple[int, int], smooth: bool = True
) -> Array:
    """Draw a map over the whole photo at any size.

    Args:
        values: (rows, columns)
        grid: where the cells lie on the photo
        size: (width, height) wanted, in pixels
        photo_size: (width, height) of the photo the grid is laid on
        smooth: bilinear between cell centres, edges held; otherwise each pixel takes its cell

    Returns:
        (height, width), in the unit of the values, never beyond their range
    """
    down = _weights(grid.rows, grid.cell_height, grid.top, size[1], photo_size[1], smooth)
    across = _weights(grid.columns, grid.cell_width, grid.left, size[0], photo_size[0], smooth)
    return np.asarray(down @ values @ across.T, dtype=np.float32)


def peak(values: Array, grid: Grid, photo_size: tuple[int, int]) -> Peak:
    """The strongest cell of a map (rows, columns), at its centre, which is kept on the photo."""
    row, column = divmod(int(values.argmax()), values.shape[1])
    x = grid.left + (column + 0.5) * grid.cell_width
    y = grid.top + (row + 0.5) * grid.cell_height
    return Peak(min(max(x, 0.0), photo_size[0]), min(max(y, 0.0), photo_size[1]), float(values[row, column]))


def box(values: Array, grid: Grid, photo_size: tuple[int, int], threshold: float = 0.2) -> Box | None:
    """The box around the largest connected region of strong evidence (Zhou et al. 2016, section 3.2).

    Computed on the map resized to the photo, at 1,024 pixels or less; pixels that touch at an
    edge or a corner are connected, and the first of equal regions counts.

    Args:
        values: (rows, columns)
        grid: where the cells lie on the photo
        photo_size: (width, height)
        threshold: fraction of the map's maximum that the region exceeds, 0 up to but not 1

    Returns:
        the box, none where nothing is positive
    """
    shrink = min(1.0, BOX_RESOLUTION / max(photo_size))
    width, height = (max(1, round(side * shrink)) for side in photo_size)
    resized = resize_map(values, grid, (width, height), photo_size)
    top = float(resized.max())
    if top <= 0:
        return None
    region = largest_region(resized > threshold * top)
    if region is None:
        return None
    x0, y0, x1, y1 = region
    across, down = photo_size[0] / width, photo_size[1] / height
    return Box(
        left=math.floor(x0 * across),
        top=math.floor(y0 * down),
        right=min(math.ceil(x1 * across), photo_size[0]),
        bottom=min(math.ceil(y1 * down), photo_size[1]),
        threshold=threshold,
    )


def _runs(row: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a row is true: [start, end) pairs from left to right."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.view(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def largest_region(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """The bounding box (left, top, right, bottom; the last two excluded) of the largest region.

    Regions are 8-connected; their runs are joined row by row in a union-find.

    Args:
        mask: (height, width)

    Returns:
        the box, none where the mask is empty
    """
    parents: list[int] = []
    regions: list[list[int]] = []  # per run: area, left, top, right, bottom, merged at the root

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = parents[parents[run]]
            run = parents[run]
        return run

    above: list[tuple[int, int, int]] = []
    for y, row in enumerate(np.ascontiguousarray(mask)):
        current = []
        for start, end in _runs(row):
            run = len(parents)
            parents.append(run)
            regions.append([end - start, start, y, end, y + 1])
            for other_start, other_end, other in above:
                if other_start <= end and start <= other_end:
                    _join(parents, regions, root(other), root(run))
            current.append((start, end, run))
        above = current
    roots = [run for run, parent in enumerate(parents) if run == parent]
    if not roots:
        return None
    left, top, right, bottom = regions[max(roots, key=lambda run: regions[run][0])][1:]
    return left, top, right, bottom


def _join(parents: list[int], regions: list[list[int]], first: int, second: int) -> None:
    """Make two regions one, under the one that began first."""
    if first == second:
        return
    first, second = min(first, second), max(first, second)
    parents[second] = first
    area, left, top, right, bottom = regions[second]
    kept = regions[first]
    kept[0] += area
    kept[1:] = [min(kept[1], left), min(kept[2], top), max(kept[3], right), max(kept[4], bottom)]
