"""Outlines of strong evidence: the boxes of model/regions.py, with the lines that go around them.

A region is what the box is made of: pixels of the map resized to the photo (at 1,024 px or less) that exceed a
fraction of the map's maximum and touch at an edge or a corner. Its outline is the contour line at that value,
by marching squares between the centres of these pixels: each point lies between a pixel that is in and one that
is not, where the map has the value. At the photo's edge the map is held, and the outline runs along the edge. So
there are as many outer rings as there are boxes, whatever the threshold.

Points that lie within a tenth of a pixel of the line without them are left out. static/js/contours.js follows
the same steps in the same order; tests compare the two.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.geometry import Array, Grid, axis_samples
from model.regions import THRESHOLD, Box, Runs, box_around, joined, raster_size, strong_runs

Point = tuple[float, float]
Ring = tuple[Point, ...]
TOLERANCE = 0.1  # pixels of the raster
WEST = 3  # sides of a pixel, clockwise from above: 0 north, 1 east, 2 south, 3 west
ACROSS, DOWN = (0, 1, 0, -1), (-1, 0, 1, 0)
BORDER = 2  # around the raster: its outer pixels again, at the photo's edge; then nothing
IN, SEEN = 1, 2


@dataclass(frozen=True)
class Outline:
    """One connected region of strong evidence, in photo pixels.

    Attributes:
        box: the pixels it touches
        rings: the line around it, clockwise, then those around its holes, the other way; (x, y) each, closed
            from the last to the first
    """

    box: Box
    rings: tuple[Ring, ...]

    @property
    def area(self) -> float:
        """What the rings enclose, in square pixels, without the holes."""
        return sum(map(signed_area, self.rings))


def signed_area(ring: Sequence[Point]) -> float:
    """What a ring encloses, positive where it runs clockwise on the photo, whose y points down."""
    twice = 0.0
    for at, (x, y) in enumerate(ring):
        before_x, before_y = ring[at - 1]
        twice += before_x * y - x * before_y
    return twice / 2


def outlines(values: Array, grid: Grid, photo_size: tuple[int, int], threshold: float = THRESHOLD) -> list[Outline]:
    """Every region of strong evidence of a map, the largest first; of equal ones the upper, then the left.

    Args:
        values: the map, (rows, columns)
        grid: where the cells lie on the photo
        photo_size: (width, height)
        threshold: fraction of the map's maximum that regions exceed, 0 up to but not 1

    Returns:
        none where nothing is positive; the first one's box is that of model.regions.box
    """
    size = raster_size(photo_size)
    runs = strong_runs(values[None], grid, size, photo_size, threshold)
    if not len(runs.rows):
        return []
    regions = joined(runs)
    rings = _Raster(values, grid, size, photo_size, threshold).rings(runs, regions.tolist())
    sizes = np.bincount(regions, weights=runs.ends - runs.starts)
    order = sorted(rings, key=lambda region: -sizes[region])
    return [
        Outline(box_around(_extent(runs, regions == one), photo_size, threshold), tuple(rings[one])) for one in order
    ]


def _extent(runs: Runs, which: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows = runs.rows[which]
    return int(runs.starts[which].min()), int(rows[0]), int(runs.ends[which].max()), int(rows[-1]) + 1


class _Axis:
    """Pixels of one axis of the raster, the border's among them: where they lie, and between which cells."""

    def __init__(self, cells: int, pitch: float, start: float, pixels: int, length: float) -> None:
        centres = [((i + 0.5) * length) / pixels for i in range(pixels)]
        positions = [min(max((place - start) / pitch - 0.5, 0.0), cells - 1.0) for place in centres]
        held = [0, 0, *range(pixels), pixels - 1, pixels - 1]
        self.places = [0.0, 0.0, *centres, float(length), float(length)]
        self.lower = [int(positions[pixel]) for pixel in held]
        self.upper = [min(cell + 1, cells - 1) for cell in self.lower]
        self.share = [positions[pixel] - int(positions[pixel]) for pixel in held]


class _Raster:
    """A map on the pixels that its regions are made of, with a border around them."""

    def __init__(
        self, values: Array, grid: Grid, size: tuple[int, int], photo_size: tuple[int, int], threshold: float
    ) -> None:
        across = (grid.columns, grid.cell_width, grid.left, size[0], photo_size[0])
        down = (grid.rows, grid.cell_height, grid.top, size[1], photo_size[1])
        self.x, self.y = _Axis(*across), _Axis(*down)
        self.cells = values.tolist()
        self.width = size[0]
        self.stride = size[0] + 2 * BORDER
        self.height = size[1] + 2 * BORDER
        ends = [(axis_samples(*axis).pixels[:-1] + BORDER).tolist() for axis in (across, down)]
        self.level = threshold * max(self.value(column, row) for row in ends[1] for column in ends[0])
        self.tolerance = TOLERANCE * max(photo_size[0] / size[0], photo_size[1] / size[1])

    def value(self, column: int, row: int) -> float:
        """The map at a pixel."""
        upper, lower = self.cells[self.y.lower[row]], self.cells[self.y.upper[row]]
        one, other, down = self.x.lower[column], self.x.upper[column], self.y.share[row]
        left = upper[one] + (lower[one] - upper[one]) * down
        right = upper[other] + (lower[other] - upper[other]) * down
        return float(left + (right - left) * self.x.share[column])

    def rings(self, runs: Runs, regions: Sequence[int]) -> dict[int, list[Ring]]:
        """The rings of each region, by its number: the outer one comes first, for its first run lies on it."""
        mask, found = self._mask(runs), dict[int, list[Ring]]()
        for row, start, region in zip(runs.rows.tolist(), runs.starts.tolist(), regions, strict=True):
            first = (row + BORDER) * self.stride + (start + BORDER if start else 1)
            if mask[first] == IN:
                ring = [self._point(*crack) for crack in self._trace(mask, first)]
                found.setdefault(region, []).append(tuple(simplified(ring, self.tolerance)))
        return found

    def _mask(self, runs: Runs) -> bytearray:
        mask = bytearray(self.stride * self.height)
        for row, start, end in zip(runs.rows.tolist(), runs.starts.tolist(), runs.ends.tolist(), strict=True):
            left, right = start + BORDER if start else 1, end + BORDER + (end == self.width)
            at = (row + BORDER) * self.stride
            mask[at + left : at + right] = bytes([IN]) * (right - left)
        last = (self.height - 2) * self.stride
        mask[self.stride : 2 * self.stride] = mask[2 * self.stride : 3 * self.stride]
        mask[last : last + self.stride] = mask[last - self.stride : last]
        return mask

    def _trace(self, mask: bytearray, start: int) -> list[tuple[int, int]]:
        """The pixels and sides that a ring goes along, clockwise, from the west side of one of them."""
        steps = (-self.stride, 1, self.stride, -1)
        at, side, ring = start, WEST, list[tuple[int, int]]()
        while not ring or (at, side) != (start, WEST):
            ring.append((at, side))
            if side == WEST:
                mask[at] = SEEN
            along = (side + 1) % 4
            ahead = at + steps[along]
            if mask[ahead + steps[side]]:
                at, side = ahead + steps[side], (side + 3) % 4
            elif mask[ahead]:
                at = ahead
            else:
                side = along
        return ring

    def _point(self, at: int, side: int) -> Point:
        """Where the map has the level between a pixel that is in and its neighbour that is not."""
        row, column = divmod(at, self.stride)
        beyond_row, beyond_column = row + DOWN[side], column + ACROSS[side]
        x, y = self.x.places, self.y.places
        if beyond_row in (0, self.height - 1) or beyond_column in (0, self.stride - 1):
            return x[column], y[row]
        within, without = self.value(column, row), self.value(beyond_column, beyond_row)
        share = (within - self.level) / (within - without) if within > without else 0.0
        share = min(max(share, 0.0), 1.0)
        return x[column] + (x[beyond_column] - x[column]) * share, y[row] + (y[beyond_row] - y[row]) * share


def simplified(ring: Sequence[Point], tolerance: float) -> list[Point]:
    """A ring without the points that lie close to the line without them (Ramer, Douglas and Peucker).

    Args:
        ring: of any points
        tolerance: how far from the new ring an old point may lie

    Returns:
        some of the points, in their order; all of them where fewer than three would be left
    """
    first = _farthest_from(ring, ring[0])
    turned = [*ring[first:], *ring[:first]]
    middle = _farthest_from(turned, turned[0])
    keep = {0, middle}
    parts = [(0, middle), (middle, len(turned))]
    while parts:
        start, end = parts.pop()
        far, place = tolerance, -1
        for at in range(start + 1, end):
            if (distance := _distance(turned[at], turned[start], turned[end % len(turned)])) > far:
                far, place = distance, at
        if place >= 0:
            keep.add(place)
            parts += [(start, place), (place, end)]
    return [turned[at] for at in sorted(keep)] if len(keep) > 2 else list(ring)


def _farthest_from(ring: Sequence[Point], point: Point) -> int:
    best, place = -1.0, 0
    for at, (x, y) in enumerate(ring):
        distance = (x - point[0]) * (x - point[0]) + (y - point[1]) * (y - point[1])
        if distance > best:
            best, place = distance, at
    return place


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to the line between two others."""
    x, y = end[0] - start[0], end[1] - start[1]
    away_x, away_y = point[0] - start[0], point[1] - start[1]
    length = x * x + y * y
    along = min(max((away_x * x + away_y * y) / length, 0.0), 1.0) if length > 0 else 0.0
    away_x, away_y = away_x - x * along, away_y - y * along
    return math.sqrt(away_x * away_x + away_y * away_y)
