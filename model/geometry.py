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
Indices = npt.NDArray[np.intp]
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


def _between(
    cells: int, pitch: float, start: float, pixels: int, length: float, smooth: bool
) -> tuple[Indices, Indices, Array]:
    """For each pixel centre of one axis: the two cells around it, and the part of the second, 0 to 1."""
    centres = (np.arange(pixels) + 0.5) * (length / pixels)
    position = (centres - start) / pitch
    if not smooth:
        own = np.clip(np.floor(position), 0, cells - 1).astype(np.intp)
        return own, own, np.zeros(pixels, dtype=np.float32)
    position = np.clip(position - 0.5, 0, cells - 1)
    first = position.astype(np.intp)
    return first, np.minimum(first + 1, cells - 1), (position - first).astype(np.float32)


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
    left, right, part = _between(grid.columns, grid.cell_width, grid.left, size[0], photo_size[0], smooth)
    wide = values[:, left] + (values[:, right] - values[:, left]) * part
    above, below, part = _between(grid.rows, grid.cell_height, grid.top, size[1], photo_size[1], smooth)
    resized = wide[below] - wide[above]  # in place from here on: this is the large array
    resized *= part[:, None]
    resized += wide[above]
    return np.asarray(resized, dtype=np.float32)


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


def largest_region(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """The bounding box (left, top, right, bottom; the last two excluded) of the largest region.

    Regions are 8-connected: runs of true pixels are joined with those they touch in the row above.

    Args:
        mask: (height, width)

    Returns:
        the box, none where the mask is empty
    """
    height, width = mask.shape
    padded = np.zeros((height, width + 2), dtype=np.bool_)
    padded[:, 1:-1] = mask
    edges = np.flatnonzero(padded[:, 1:] != padded[:, :-1])  # each run's start and end, row by row
    if len(edges) == 0:
        return None
    (rows, starts), (_, ends) = np.divmod(edges[::2], width + 1), np.divmod(edges[1::2], width + 1)
    regions = np.array(_joined(rows.tolist(), starts.tolist(), ends.tolist()))
    largest = regions == np.bincount(regions, weights=ends - starts).argmax()
    return (
        int(starts[largest].min()),
        int(rows[largest].min()),
        int(ends[largest].max()),
        int(rows[largest].max()) + 1,
    )


def _joined(rows: list[int], starts: list[int], ends: list[int]) -> list[int]:
    """For each run [start, end) of a row, in order, the first run of its region: a union-find."""
    parents = list(range(len(rows)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = run = parents[parents[run]]
        return run

    above = 0  # the first run that may still touch this one or a later one
    for run, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        while rows[above] < row - 1 or (rows[above] == row - 1 and ends[above] < start):
            above += 1
        other = above
        while rows[other] == row - 1 and starts[other] <= end:
            first, second = sorted((root(other), root(run)))
            parents[second] = first
            other += 1
    return [root(run) for run in range(len(rows))]
