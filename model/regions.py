"""Where on a photo a class's strong evidence lies: the box of the paper (Zhou et al. 2016, section 3.2).

A map at the photo's size has some hundred thousand pixels, but along a row it is linear between two cell
centres. So where a row exceeds the threshold is computed from both ends of each such piece, not pixel by pixel,
and for several classes at once.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from model.geometry import Array, Grid, Indices, Samples, axis_samples, axis_weights
from model.products import matmul

BOX_RESOLUTION = 1024
AT_ONCE = 16  # maps: the pixels of all 1,000 at scale 3 would take more than a gigabyte
THRESHOLD = 0.2


@dataclass(frozen=True)
class Box:
    """A rectangle in whole photo pixels (right and bottom excluded), and the threshold that gave it."""

    left: int
    top: int
    right: int
    bottom: int
    threshold: float


@dataclass(frozen=True)
class Runs:
    """Neighbouring pixels of one row that are all true, from top to bottom and from left to right.

    Attributes:
        rows: (R,)
        starts: first column, (R,)
        ends: first column beyond, (R,)
    """

    rows: Indices
    starts: Indices
    ends: Indices


def box(values: Array, grid: Grid, photo_size: tuple[int, int], threshold: float = THRESHOLD) -> Box | None:
    """The box of one map, (rows, columns): see boxes."""
    return boxes(values[None], grid, photo_size, threshold)[0]


def boxes(maps: Array, grid: Grid, photo_size: tuple[int, int], threshold: float = THRESHOLD) -> list[Box | None]:
    """The box around the largest connected region of strong evidence, of each map.

    Computed on the maps resized to the photo, at 1,024 pixels or less; pixels that touch at an
    edge or a corner are connected, and the first of equal regions counts.

    Args:
        maps: (N, rows, columns)
        grid: where the cells lie on the photo
        photo_size: (width, height)
        threshold: fraction of a map's maximum that the region exceeds, 0 up to but not 1

    Returns:
        for each map its box, none where nothing is positive
    """
    width, height = raster_size(photo_size)
    found: list[tuple[int, int, int, int] | None] = []
    for start in range(0, len(maps), AT_ONCE):
        some = maps[start : start + AT_ONCE]
        runs = strong_runs(some, grid, (width, height), photo_size, threshold)
        found += largest_regions(runs, len(some), height + 1)
    return [region and box_around(region, photo_size, threshold) for region in found]


def raster_size(photo_size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the raster that regions of a photo are found on, in its pixels."""
    shrink = min(1.0, BOX_RESOLUTION / max(photo_size))
    return max(1, round(photo_size[0] * shrink)), max(1, round(photo_size[1] * shrink))


def box_around(region: tuple[int, int, int, int], photo_size: tuple[int, int], threshold: float) -> Box:
    """The photo's pixels that a rectangle of the raster touches.

    Args:
        region: left, top, right, bottom on the raster, the last two excluded
        photo_size: (width, height)
        threshold: that gave it
    """
    width, height = raster_size(photo_size)
    across, down = photo_size[0] / width, photo_size[1] / height
    return Box(
        left=math.floor(region[0] * across),
        top=math.floor(region[1] * down),
        right=min(math.ceil(region[2] * across), photo_size[0]),
        bottom=min(math.ceil(region[3] * down), photo_size[1]),
        threshold=threshold,
    )


def strong_runs(maps: Array, grid: Grid, size: tuple[int, int], photo_size: tuple[int, int], threshold: float) -> Runs:
    """Where maps, resized as geometry.resize_map does it, exceed a fraction of their own maximum.

    Args:
        maps: (N, rows, columns)
        grid: where the cells lie on the photo
        size: (width, height) they are resized to
        photo_size: (width, height) of the photo the grid is laid on
        threshold: the fraction

    Returns:
        runs of all maps, one below the other with one empty row between; none of a map without a positive pixel
    """
    values, samples = _sampled(maps, grid, size, photo_size)
    tops = values.max(axis=(1, 2))
    return _runs_above(values, np.where(tops > 0, threshold * tops, np.inf).astype(np.float32), samples)


def runs_at(
    values: Array, grid: Grid, size: tuple[int, int], photo_size: tuple[int, int], thresholds: Sequence[float]
) -> Runs:
    """Where one map (rows, columns) exceeds each of several fractions of its maximum: as of so many maps.

    Args:
        values: the map
        grid: where the cells lie on the photo
        size: (width, height) it is resized to
        photo_size: (width, height) of the photo the grid is laid on
        thresholds: the fractions
    """
    sampled, samples = _sampled(values[None], grid, size, photo_size)
    top = sampled.max()
    low = np.asarray(thresholds, np.float32) * top if top > 0 else np.full(len(thresholds), np.inf, np.float32)
    return _runs_above(np.broadcast_to(sampled, (len(low), *sampled.shape[1:])), low, samples)


def _sampled(maps: Array, grid: Grid, size: tuple[int, int], photo_size: tuple[int, int]) -> tuple[Array, Samples]:
    """Maps at all rows and at the samples of a row, (N, height, S)."""
    across = (grid.columns, grid.cell_width, grid.left, size[0], photo_size[0])
    down = (grid.rows, grid.cell_height, grid.top, size[1], photo_size[1])
    samples = axis_samples(*across)
    return matmul(matmul(axis_weights(*down), np.asarray(maps, np.float32)), samples.weights), samples


def _runs_above(values: Array, low: Array, samples: Samples) -> Runs:
    """Where maps (N, height, S) exceed limits (N,)."""
    height = values.shape[1]
    strong = np.zeros((*values.shape[:2], values.shape[2] + 2), dtype=np.bool_)  # false on both sides of the map
    np.greater(values, low[:, None, None], out=strong[:, :, 1:-1])
    borders = np.flatnonzero(strong[:, :, 1:] != strong[:, :, :-1])  # where a run begins and where it ends, in turn
    lines, sample = np.divmod(borders, strong.shape[2] - 1)
    above, row = np.divmod(lines, height)  # the map, and the row on it
    pixels = samples.pixels[sample]
    between = np.flatnonzero(samples.steps[sample] > 1)
    at, limits, steps = sample[between], low[above[between]], samples.steps[sample[between]]
    one, other = (values[above[between], row[between], place] for place in (at - 1, at))
    count = np.clip(np.ceil((np.maximum(one, other) - limits) / np.abs(one - other) * steps), 1, steps).astype(np.intp)
    pixels[between] += np.where(between % 2 == 0, 1 - count, count - steps)
    return Runs((lines + above)[::2], pixels[::2], pixels[1::2])


def largest_regions(runs: Runs, count: int, stride: int) -> list[tuple[int, int, int, int] | None]:
    """The bounding boxes (left, top, right, bottom; the last two excluded) of the largest region of each map.

    Regions are 8-connected: runs are joined with those they touch in the row above.

    Args:
        runs: of all maps
        count: how many maps there are
        stride: rows from one map's top to the next one's, one more than a map has

    Returns:
        for each map its box, none where it has no run; top and bottom within the map
    """
    regions = joined(runs)
    sizes = np.bincount(regions, weights=runs.ends - runs.starts, minlength=len(regions))
    borders = np.searchsorted(runs.rows, np.arange(count + 1) * stride).tolist()
    found: list[tuple[int, int, int, int] | None] = []
    for number, (one, beyond) in enumerate(itertools.pairwise(borders)):
        if one == beyond:
            found.append(None)
            continue
        largest = one + np.flatnonzero(regions[one:beyond] == one + sizes[one:beyond].argmax())
        rows = runs.rows[largest]
        left, right = runs.starts[largest].min(), runs.ends[largest].max()
        found.append((int(left), int(rows[0]) - number * stride, int(right), int(rows[-1]) + 1 - number * stride))
    return found


def joined(runs: Runs) -> Indices:
    """For each run the first run of its region, (R,).

    Runs are linked to the first one they touch in the row above; where one touches several, those are joined.
    """
    numbers = np.arange(len(runs.rows))
    if not len(numbers):
        return numbers
    stride = int(runs.ends.max()) + 1
    above = (runs.rows - 1) * stride
    first = np.searchsorted(runs.rows * stride + runs.ends, above + runs.starts)
    beyond = np.searchsorted(runs.rows * stride + runs.starts, above + runs.ends, side="right")
    roots = _followed(np.where(beyond > first, first, numbers))
    several = np.flatnonzero(beyond - first > 1).tolist()
    pairs = ((run, other) for run in several for other in range(first[run] + 1, beyond[run]))
    united = _united((int(roots[run]), int(roots[other])) for run, other in pairs)
    numbers[list(united.keys())] = list(united.values())
    return numbers[roots]


def _united(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Of the numbers that are joined, each with the least it is joined with, but for the least; by a union-find."""
    parents: dict[int, int] = {}

    def root(number: int) -> int:
        while number in parents:
            parent = parents[number]
            parents[number] = number = parents.get(parent, parent)
        return number

    for pair in pairs:
        one, two = sorted(map(root, pair))
        if one != two:
            parents[two] = one
    return {number: root(number) for number in list(parents)}


def _followed(links: Indices) -> Indices:
    """Where links lead in the end: each points to itself or to a lower number."""
    while ((further := links[links]) != links).any():
        links = further
    return links
