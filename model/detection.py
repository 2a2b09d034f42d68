"""Detection, by hand: a small filter slid over a picture, and what speaks against it set to zero.

static/js/detection.js does the same.

    f[y, x] = sum_{i, j} k[i, j] p[y + i, x + j]       valid: no padding, so two rows and columns fewer
    relu    = max(0, f)
"""

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from model.cam import Array
from model.photos import Pixels
from model.rendering import LUMINANCE

FILTERS: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "left-right": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "right-left": ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
    "top-bottom": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "bottom-top": ((1, 2, 1), (0, 0, 0), (-1, -2, -1)),
    "spot": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
}
"""Named for what they find: "left-right" is an edge where it gets lighter from left to right."""


def brightness(pixels: Pixels) -> Array:
    """A photo (rows, columns, 3) as one map of 0 to 1: Rec. 709's luminance."""
    return np.asarray(pixels @ LUMINANCE / 255, dtype=np.float32)


def correlate(values: Array, kernel: Array) -> Array:
    """Slide a filter over a map.

    Args:
        values: (rows, columns)
        kernel: (height, width), no larger

    Returns:
        (rows - height + 1, columns - width + 1)
    """
    windows = sliding_window_view(values, kernel.shape)
    return np.asarray(np.einsum("yxij,ij->yx", windows, kernel), dtype=np.float32)


def rectify(values: Array) -> Array:
    """What is below zero, set to zero."""
    return np.maximum(values, 0)


def kernel_of(name: str) -> Array:
    """A filter by name, (3, 3)."""
    return np.array(FILTERS[name], dtype=np.float32)
