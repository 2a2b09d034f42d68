"""Which cells of a map a part of the photo covers, and how much of each: a[y,x], 0 to 1, by area.

    rectangle   exact: the part of a cell between two edges, times the same downwards
    outline     exact where it does not cross itself: the area in a cell is summed up along the outline (Green's
                theorem), so that it costs a few steps for each of its lines; parts that it goes around twice count
                once, whichever way around
    evidence    whole cells: the strongest of those that add to a class

The outer cells reach to the photo's edges, as they do in a drawing of the true cells. Lengths are in pixels of the
photo. static/js/evidence.js has the same rules; tests compare the two. Pure functions on arrays.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.geometry import Grid, resize_map

Size = tuple[int, int]
Double = npt.NDArray[np.float64]
Points = Sequence[tuple[float, float]]
MOST_POINTS = 2000
ROWS_AT_ONCE = 64  # of pixels, whose crossings with an outline are found together


@dataclass(frozen=True)
class Region:
    """A rectangle on the photo, in its pixels; edges may lie between pixels.

    Raises:
        ValueError: it has no area, or an edge is not finite
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        edges = (self.left, self.top, self.right, self.bottom)
        if not all(map(math.isfinite, edges)) or self.left >= self.right or self.top >= self.bottom:
            raise ValueError("a region needs finite edges, left < right and top < bottom")

    def cut_to(self, size: Size) -> "Region":
        """The part of it that lies on a photo of (width, height).

        Raises:
            ValueError: none of it does
        """
        width, height = size
        return Region(max(self.left, 0), max(self.top, 0), min(self.right, width), min(self.bottom, height))

    def area(self, size: Size) -> float:
        """Its share of a photo of (width, height) that it lies on, 0 to 1."""
        return (self.right - self.left) * (self.bottom - self.top) / (size[0] * size[1])


@dataclass(frozen=True)
class Outline:
    """A closed line around a part of the photo, such as a lasso's; its last point leads back to the first.

    Attributes:
        points: (x, y), three at least

    Raises:
        ValueError: too few points or too many, or one is not finite
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.points) <= MOST_POINTS:
            raise ValueError(f"an outline needs 3 to {MOST_POINTS} points")
        if not all(math.isfinite(value) for point in self.points for value in point):
            raise ValueError("an outline needs finite points")


@dataclass(frozen=True, eq=False)
class Cells:
    """Parts of a map's cells, such as a brush leaves.

    Attributes:
        parts: (rows, columns), 0 to 1
    """

    parts: Array | Double


Place = Region | Outline | Cells
"""A part of a photo."""


def parts_of(place: Place, grid: Grid, photo_size: Size) -> Double:
    """The part of each cell that a place covers, (rows, columns), 0 to 1.

    Args:
        place: on the photo
        grid: where the cells lie
        photo_size: (width, height) the grid is laid on

    Raises:
        ValueError: a place of cells has not as many as the grid
    """
    match place:
        case Region():
            across = covered(grid.columns, grid.cell_width, grid.left, photo_size[0], place.left, place.right)
            down = covered(grid.rows, grid.cell_height, grid.top, photo_size[1], place.top, place.bottom)
            return np.asarray(np.outer(down, across))
        case Outline():
            return parts_within(place.points, grid, photo_size)
    if place.parts.shape != (grid.rows, grid.columns):
        raise ValueError(f"there are {grid.rows} x {grid.columns} cells, not {place.parts.shape}")
    return place.parts.astype(np.float64)


def area_of(parts: Double, grid: Grid, photo_size: Size) -> float:
    """The share of the photo that parts of cells (rows, columns) make up, 0 to 1."""
    across = np.diff(cell_edges(grid.columns, grid.cell_width, grid.left, photo_size[0]))
    down = np.diff(cell_edges(grid.rows, grid.cell_height, grid.top, photo_size[1]))
    return min(1.0, float(down @ parts @ across / (photo_size[0] * photo_size[1])))


def pixels_of(place: Place, grid: Grid, size: Size, photo_size: Size) -> Array:
    """The part of each pixel that a place covers: what is altered of a photo is that, and nothing beside it.

    Args:
        place: on the photo; of cells, each pixel is covered as far as the cell that it lies in
        grid: where the cells lie
        size: (width, height) of the picture
        photo_size: (width, height) of the photo, which the picture is a copy of, maybe a smaller one

    Returns:
        (height, width), 0 to 1; of an outline 0 or 1, by the pixels' centres
    """
    match place:
        case Region():
            return region_pixels(place, size, photo_size).astype(np.float32)
        case Outline():
            across, down = (
                (np.arange(pixels, dtype=np.float64) + 0.5) * (length / pixels)
                for pixels, length in zip(size, photo_size, strict=True)
            )
            return np.asarray(windings(place, across, down) != 0, dtype=np.float32)
    return resize_map(place.parts.astype(np.float32), grid, size, photo_size, smooth=False)


def region_pixels(region: Region, size: Size, photo_size: Size) -> Double:
    """The part of each pixel that a rectangle covers, (height, width), 0 to 1.

    Args:
        region: on the photo
        size: (width, height) of the picture
        photo_size: (width, height) of the photo, which the picture is a copy of, maybe a smaller one
    """
    across, down = (
        covered(pixels, length / pixels, 0, length, low, high)
        for pixels, length, low, high in (
            (size[0], photo_size[0], region.left, region.right),
            (size[1], photo_size[1], region.top, region.bottom),
        )
    )
    return np.asarray(np.outer(down, across))


def strongest_cells(values: Array, fraction: float) -> Cells:
    """The strongest of the cells that add to a class, as a place.

    Args:
        values: its map, (rows, columns), in logits
        fraction: of the positive cells, more than 0 up to 1; one cell at least is taken. Of equals, the first

    Raises:
        ValueError: no cell is positive
    """
    positive = int((values > 0).sum())
    if not positive:
        raise ValueError("no cell of this map is positive")
    parts = np.zeros(values.size, dtype=np.float32)
    parts[cells_in_order(values)[: max(1, math.floor(fraction * positive + 0.5))]] = 1
    return Cells(parts.reshape(values.shape))


def cells_in_order(values: Array) -> npt.NDArray[np.intp]:
    """The cells of a map, row by row, the strongest first; of equals, the first."""
    return np.argsort(-values.ravel(), kind="stable")


def covered(cells: int, pitch: float, start: float, length: float, low: float, high: float) -> npt.NDArray[np.float64]:
    """The part of each cell along one axis that lies between two places, (cells,), 0 to 1.

    Args:
        cells: how many
        pitch: from one to the next
        start: of the first
        length: of the photo; cells are cut to it, the first and the last reach its ends
        low: where the region begins
        high: where it ends
    """
    edges = cell_edges(cells, pitch, start, length)
    lengths = np.diff(edges)
    inside = np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None)
    beyond = (low <= edges[:-1]) & (edges[:-1] <= high)  # cells wholly beside the photo: all or nothing
    return np.where(lengths > 0, inside / np.where(lengths > 0, lengths, 1), beyond)


def cell_edges(cells: int, pitch: float, start: float, length: float) -> Double:
    """Where the cells of one axis begin and end, (cells + 1,): cut to the photo, whose ends the outer ones reach."""
    edges = np.clip(start + pitch * np.arange(cells + 1, dtype=np.float64), 0, length)
    edges[0], edges[-1] = 0, length
    return edges


def parts_within(points: Points, grid: Grid, photo_size: Size) -> Double:
    """What a closed line of any number of points (x, y) encloses of each cell, (rows, columns), 0 to 1.

    Each line is cut where it crosses an edge. A piece in a cell adds the area between it and the cell's right side,
    with the sign of its direction, and to all cells further right the whole of its height.
    """
    across = cell_edges(grid.columns, grid.cell_width, grid.left, photo_size[0])
    down = cell_edges(grid.rows, grid.cell_height, grid.top, photo_size[1])
    ends, heights = _pieces(points, across, down)
    middle = ends.mean(axis=0)
    row = np.clip(np.searchsorted(down, middle[:, 1], side="right") - 1, 0, len(down) - 2)
    column = np.clip(np.searchsorted(across, middle[:, 0], side="right") - 1, 0, len(across) - 2)
    widths, cells = np.diff(across), (len(down) - 1, len(across) - 1)
    own, height = np.zeros(cells), np.zeros(cells)
    inside = (middle[:, 1] > down[0]) & (middle[:, 1] < down[-1]) & (middle[:, 0] < across[-1])
    beside = np.maximum(middle[:, 0], across[0])
    np.add.at(own, (row[inside], column[inside]), (heights * (across[column + 1] - beside))[inside])
    np.add.at(height, (row[inside], column[inside]), heights[inside])
    areas = own + widths * (np.cumsum(height, axis=1) - height)
    whole = np.outer(np.diff(down), widths)
    parts = np.clip(np.abs(areas) / np.where(whole > 0, whole, 1), 0, 1)
    if (whole > 0).all():
        return parts
    found = _windings(points, (across[1:] + across[:-1]) / 2, (down[1:] + down[:-1]) / 2)
    return np.where(whole > 0, parts, found != 0)  # cells wholly beside the photo: all or nothing


def _pieces(points: Points, across: Double, down: Double) -> tuple[Double, Double]:
    """A closed line, cut at all edges: the pieces' ends (2, pieces, 2), and how far down each goes (pieces,)."""
    begin = np.array(points, dtype=np.float64)
    end = np.roll(begin, -1, axis=0)
    step = end - begin
    cuts = [np.zeros((len(points), 1)), np.ones((len(points), 1))]
    for axis, edges in ((0, across), (1, down)):
        moving = np.where(step[:, axis] == 0, 1, step[:, axis])[:, None]
        reached = (edges[None] - begin[:, axis, None]) / moving
        cuts.append(np.where(step[:, axis, None] == 0, 0, np.clip(reached, 0, 1)))
    along = np.sort(np.concatenate(cuts, axis=1), axis=1)
    places = begin[:, None] + along[:, :, None] * step[:, None]
    ends = np.stack([places[:, :-1].reshape(-1, 2), places[:, 1:].reshape(-1, 2)])
    return ends, ends[1, :, 1] - ends[0, :, 1]


def windings(outline: Outline, across: Double, down: Double) -> npt.NDArray[np.int16]:
    """How often an outline goes around each point of a raster, (len(down), len(across)); 0 outside.

    Args:
        outline: on the photo
        across: the points' places across, ascending
        down: and downwards
    """
    return _windings(outline.points, across, down)


def _windings(points: Points, across: Double, down: Double) -> npt.NDArray[np.int16]:
    begin = np.array(points, dtype=np.float64)
    end = np.roll(begin, -1, axis=0)
    found = np.zeros((len(down), len(across) + 1), dtype=np.int16)
    for first in range(0, len(down), ROWS_AT_ONCE):
        rows = down[first : first + ROWS_AT_ONCE, None]
        upward, downward = (end[:, 1] <= rows) & (begin[:, 1] > rows), (begin[:, 1] <= rows) & (end[:, 1] > rows)
        row, line = np.nonzero(upward | downward)
        part = (rows[row, 0] - begin[line, 1]) / (end[line, 1] - begin[line, 1])
        crossing = begin[line, 0] + part * (end[line, 0] - begin[line, 0])
        np.add.at(found, (first + row, np.searchsorted(across, crossing)), np.where(downward[row, line], 1, -1))
    return np.cumsum(found, axis=1, dtype=np.int16)[:, :-1]
