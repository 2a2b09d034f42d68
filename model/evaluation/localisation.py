"""Whether the regions of a map lie where the boxes are, at every threshold.

    region       pixels of the map, resized to the raster, that exceed a threshold x its maximum and touch each other
                 at an edge or a corner: the rule of model/regions.py, whose box is the largest one's
    box          around a region
    IoU          intersection over union of two boxes
    largest      best IoU of the largest region's box with a box of the picture
    any          best IoU of any region's box with a box of the picture

(Choe et al. 2020, "Evaluating Weakly Supervised Object Localization Methods Right".) A map counts from zero on: it is
max(M, 0) / max(M), never stretched from its minimum, so that what takes from a class is nowhere evidence for it. The
raster is the picture at so many pixels a side at most; an IoU is the same on any raster, but for whole pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.coverage import Region, Size
from model.evidence import PlacedMap
from model.photos import fit_within
from model.regions import joined, runs_at

AT_ONCE = 128  # thresholds: of a thousand, the map at all of them would take a hundred megabytes

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Components:
    """The regions of a map at several thresholds.

    Attributes:
        levels: the threshold of each, by its place, ascending, (R,)
        boxes: left, top, right and bottom on the raster, the last two excluded, (R, 4)
        pixels: how many each has, (R,)
    """

    levels: Indices
    boxes: Doubles
    pixels: Indices


@dataclass(frozen=True)
class BestIous:
    """The best IoU with a box of the picture at each threshold, (T,) each; 0 where there is no region."""

    largest: Array
    any: Array


def thresholds(step: float) -> Doubles:
    """0, step, 2 step … below 1."""
    return np.arange(0, 1, step, dtype=np.float64)


def components(placed: PlacedMap, size: Size, levels: Sequence[float], raster: int) -> Components:
    """The regions of a map at several thresholds.

    Args:
        placed: the map
        size: (width, height) of the picture
        levels: thresholds, parts of the map's maximum
        raster: longest side of the raster, in pixels
    """
    small = fit_within(size, raster)
    runs = runs_at(placed.values, placed.grid, small, size, levels)
    roots, region = np.unique(joined(runs), return_inverse=True)
    level = runs.rows[roots] // (small[1] + 1)
    rows = runs.rows - level[region] * (small[1] + 1)
    boxes = np.full((len(roots), 4), np.inf)
    np.minimum.at(boxes[:, 0], region, runs.starts)
    np.minimum.at(boxes[:, 1], region, rows)
    boxes[:, 2:] = 0
    np.maximum.at(boxes[:, 2], region, runs.ends)
    np.maximum.at(boxes[:, 3], region, rows + 1)
    pixels = np.bincount(region, runs.ends - runs.starts, len(roots)).astype(np.intp)
    return Components(level, boxes, pixels)


def best_ious(
    placed: PlacedMap, regions: Sequence[Region], size: Size, levels: Sequence[float], raster: int
) -> BestIous:
    """How well a map's boxes fit those of the picture, at each threshold.

    Args:
        placed: the map
        regions: boxes of the class, on the picture
        size: (width, height) of the picture
        levels: thresholds, parts of the map's maximum
        raster: longest side of the raster, in pixels
    """
    width, height = fit_within(size, raster)
    scale = np.array([width / size[0], height / size[1]] * 2)
    wanted = edges_of(regions) * scale
    best = BestIous(np.zeros(len(levels), np.float32), np.zeros(len(levels), np.float32))
    for start in range(0, len(levels), AT_ONCE):
        found = components(placed, size, levels[start : start + AT_ONCE], raster)
        fits = ious(found.boxes, wanted).max(axis=1)
        np.maximum.at(best.any, found.levels + start, fits.astype(np.float32))
        largest = largest_of(found)
        best.largest[found.levels[largest] + start] = fits[largest]
    return best


def largest_of(found: Components) -> Indices:
    """The region with most pixels at each threshold that has one, the first of equals."""
    order = np.lexsort((-found.pixels, found.levels))
    levels = found.levels[order]
    return np.asarray(order[np.flatnonzero(np.diff(levels, prepend=-1))], dtype=np.intp)


def edges_of(regions: Sequence[Region]) -> Doubles:
    """Boxes as rows of left, top, right and bottom, (G, 4)."""
    return np.array([(one.left, one.top, one.right, one.bottom) for one in regions], np.float64).reshape(-1, 4)


def ious(some: Doubles, others: Doubles) -> Doubles:
    """Intersection over union of boxes (R, 4) and (G, 4), each with each, (R, G)."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (some, others)]
    return np.asarray(common / (areas[0][:, None] + areas[1][None] - common))


def iou(one: Region, other: Region) -> float:
    """Intersection over union of two boxes."""
    return float(ious(*(edges_of([region]) for region in (one, other)))[0, 0])
