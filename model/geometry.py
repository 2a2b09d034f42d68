"""Grid cells and photo pixels: where a cell lies, how a map is drawn at another size.

One resizing rule everywhere: bilinear between cell centres, edges held. The same rules
stand in static/js/geometry.js; tests compare the two. A pixel i covers [i, i + 1).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.products import matmul
from model.spec import GridGeometry

Array = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]


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


@lru_cache(maxsize=16)
def axis_weights(cells: int, pitch: float, start: float, pixels: int, length: float) -> Array:
    """What each pixel centre of one axis takes of each cell: bilinear between centres, edges held; (pixels, cells)."""
    position = np.clip((_centres(pixels, length) - start) / pitch - 0.5, 0, cells - 1)
    first = position.astype(np.intp)
    part = (position - first).astype(np.float32)
    weights = np.zeros((pixels, cells), dtype=np.float32)
    rows = np.arange(pixels)
    weights[rows, np.minimum(first + 1, cells - 1)] = part
    weights[rows, first] += 1 - part
    weights.flags.writeable = False
    return weights


@dataclass(frozen=True)
class Samples:
    """Pixels of one axis that tell all of a resized map: between two of them it is linear.

    Attributes:
        pixels: from left to right, first and last pixel among them, (S,); then the first beyond
        steps: how far each lies from the one before it, (S + 1,)
        weights: what each takes of each cell, (cells, S)
    """

    pixels: Indices
    steps: Indices
    weights: Array


@lru_cache(maxsize=16)
def axis_samples(cells: int, pitch: float, start: float, pixels: int, length: float) -> Samples:
    """Both ends of each piece of an axis: before the first cell's centre, between two, beyond the last."""
    position = (_centres(pixels, length) - start) / pitch - 0.5
    borders = np.unique(np.r_[0, np.searchsorted(position, np.arange(cells)), pixels])
    ends = np.unique(np.r_[borders[:-1], borders[1:] - 1])
    weights = np.ascontiguousarray(axis_weights(cells, pitch, start, pixels, length)[ends].T)
    samples = Samples(np.r_[ends, pixels], np.diff(ends, prepend=-1, append=pixels), weights)
    for part in vars(samples).values():
        part.flags.writeable = False
    return samples


def _own_cells(cells: int, pitch: float, start: float, pixels: int, length: float) -> Indices:
    """The cell that each pixel centre of one axis lies in, or is nearest to."""
    position = (_centres(pixels, length) - start) / pitch
    return np.clip(np.floor(position), 0, cells - 1).astype(np.intp)


def _centres(pixels: int, length: float) -> npt.NDArray[np.float64]:
    return np.asarray((np.arange(pixels) + 0.5) * (length / pixels), dtype=np.float64)


def resize_map(
    values: Array, grid: Grid, size: tuple[int, int], photo_size: tuple[int, int], smooth: bool = True
) -> Array:
    """Draw a map, or many on the same cells, over the whole photo at any size.

    Args:
        values: (..., rows, columns)
        grid: where the cells lie on the photo
        size: (width, height) wanted, in pixels
        photo_size: (width, height) of the photo the grid is laid on
        smooth: bilinear between cell centres, edges held; otherwise each pixel takes its cell

    Returns:
        (..., height, width), in the unit of the values, no map beyond the range of its own
    """
    across = (grid.columns, grid.cell_width, grid.left, size[0], photo_size[0])
    down = (grid.rows, grid.cell_height, grid.top, size[1], photo_size[1])
    if not smooth:
        return values[..., _own_cells(*down)[:, None], _own_cells(*across)]
    values = np.asarray(values, dtype=np.float32)
    resized = matmul(matmul(axis_weights(*down), values), axis_weights(*across).T)
    low, high = (extreme(axis=(-2, -1), keepdims=True) for extreme in (values.min, values.max))
    return np.clip(resized, low, high, out=resized)


def peak(values: Array, grid: Grid, photo_size: tuple[int, int]) -> Peak:
    """The strongest cell of a map (rows, columns), at its centre, which is kept on the photo."""
    row, column = divmod(int(values.argmax()), values.shape[1])
    x = grid.left + (column + 0.5) * grid.cell_width
    y = grid.top + (row + 0.5) * grid.cell_height
    return Peak(_within(x, photo_size[0]), _within(y, photo_size[1]), float(values[row, column]))


def cell_area(grid: Grid, row: int, column: int, photo_size: tuple[int, int]) -> tuple[float, float, float, float]:
    """A cell's left, top, right and bottom in photo pixels, cut to the photo of (width, height)."""
    left, top = grid.left + column * grid.cell_width, grid.top + row * grid.cell_height
    (width, height), right, bottom = photo_size, left + grid.cell_width, top + grid.cell_height
    return _within(left, width), _within(top, height), _within(right, width), _within(bottom, height)


def _within(place: float, length: float) -> float:
    return min(max(place, 0.0), length)
