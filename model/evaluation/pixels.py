"""How well a map tells the pixels of a thing from those around it, at every threshold: PxAP (Choe et al. 2020).

    precision    of the pixels at or above a threshold, over all pictures, the share that lies on the thing
    recall       of the pixels on the thing, the share at or above the threshold
    PxAP         sum over thresholds, from the highest on, of precision x what recall gains

All pixels of all pictures count in one pool. They are counted by threshold, picture by picture, so that no map is kept.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.coverage import Size
from model.evaluation.truth import Mask
from model.evidence import PlacedMap
from model.geometry import resize_map
from model.photos import fit_within

Doubles = npt.NDArray[np.float64]


def shown(placed: PlacedMap, size: Size, raster: int) -> Array:
    """A map on the raster as parts of its maximum, (height, width), 0 to 1: max(M, 0) / max(M), never from its minimum.

    Args:
        placed: the map
        size: (width, height) of the picture
        raster: longest side of the raster, in pixels
    """
    values = resize_map(placed.values, placed.grid, fit_within(size, raster), size)
    top = values.max()
    return np.maximum(values, 0) / top if top > 0 else np.zeros_like(values)


def counts(placed: PlacedMap, mask: Mask, size: Size, levels: Sequence[float], raster: int) -> tuple[Doubles, Doubles]:
    """Pixels by the highest threshold that they reach, (T,) each.

    Args:
        placed: the map
        mask: where the thing is, (height, width), laid over the whole picture
        size: (width, height) of the picture
        levels: thresholds from 0 on, ascending
        raster: longest side of the raster, in pixels

    Returns:
        pixels on the thing, and pixels beside it
    """
    values = shown(placed, size, raster)
    on = mask_on(mask, values.shape)
    reached = np.searchsorted(np.asarray(levels, np.float32), values.ravel(), side="right") - 1
    on_thing, beside = (np.bincount(reached[part], minlength=len(levels)) for part in (on.ravel(), ~on.ravel()))
    return on_thing.astype(np.float64), beside.astype(np.float64)


def mask_on(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """A mask (height, width) on a raster of another shape: each pixel takes what lies under its centre."""
    rows, columns = (
        ((np.arange(pixels) + 0.5) * (length / pixels)).astype(np.intp)
        for pixels, length in zip(shape, mask.shape, strict=True)
    )
    return np.asarray(mask[rows[:, None], columns], dtype=np.bool_)


def pixel_ap(on_thing: Doubles, beside: Doubles) -> float:
    """Area under precision and recall, from counts of pixels by threshold (T,); NaN where nothing is on a thing."""
    found, wrong = np.cumsum(on_thing[::-1]), np.cumsum(beside[::-1])
    if not found[-1]:
        return float("nan")
    taken = found + wrong
    precision = np.divide(found, taken, out=np.zeros_like(taken), where=taken > 0)
    return float((precision * np.diff(found / found[-1], prepend=0)).sum())
