"""Whether a map's peak lies on what it is to show: the pointing game (Zhang et al. 2016, "Top-down Neural Attention").

The peak is the centre of the strongest cell. A peak beside a box or a mask, but within a tolerance of it, is a hit,
too; the paper's own is 15 pixels. A map that gives nothing points nowhere.
"""

import numpy as np

from model.coverage import Region, Size
from model.evaluation.truth import Mask, Truth
from model.evidence import PlacedMap
from model.geometry import peak

TOLERANCE = 15.0  # pixels of the picture


def points_at(placed: PlacedMap, truth: Truth, size: Size, tolerance: float = 0) -> bool:
    """Whether the peak lies in a box or on the mask, or as near as a tolerance.

    Args:
        placed: the map
        truth: where the class lies
        size: (width, height) of the picture
        tolerance: in its pixels
    """
    top = peak(placed.values, placed.grid, size)
    if top.value <= 0:
        return False
    if truth.mask is not None:
        return near_mask(truth.mask, size, (top.x, top.y), tolerance)
    return any(distance_to(region, top.x, top.y) <= tolerance for region in truth.regions)


def distance_to(region: Region, x: float, y: float) -> float:
    """How far a place lies from a box, in pixels; 0 within it and on its edges."""
    across = max(region.left - x, 0, x - region.right)
    down = max(region.top - y, 0, y - region.bottom)
    return float(np.hypot(across, down))


def near_mask(mask: Mask, size: Size, place: tuple[float, float], tolerance: float = 0) -> bool:
    """Whether a pixel of a mask lies as near to a place as a tolerance.

    Args:
        mask: (height, width), laid over a picture
        size: (width, height) of the picture
        place: on the picture
        tolerance: in its pixels
    """
    height, width = mask.shape
    across, down = size[0] / width, size[1] / height
    rows, columns = np.nonzero(mask)
    beside = np.maximum(np.maximum(columns * across - place[0], place[0] - (columns + 1) * across), 0)
    above = np.maximum(np.maximum(rows * down - place[1], place[1] - (rows + 1) * down), 0)
    return bool((np.hypot(beside, above) <= tolerance).any())
