"""How like two maps of the same cells are.

    rank    Spearman's correlation of their cells: 1 where both have the same order, -1 where one has the reverse
    ssim    structural similarity (Wang et al. 2004) of both laid on the photo, each divided by its largest magnitude,
            so that zero stays zero: means, variances and covariance under a Gaussian of 1.5 pixels, range 2

A map whose cells are all the same has no order left: its rank correlation counts as 0.
"""

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.coverage import Size
from model.geometry import Grid, resize_map

SIDE = 224  # pixels of the longer side of the raster that both are laid on
DEVIATION, REACH = 1.5, 3.5  # of the Gaussian: in pixels, and how many deviations it reaches
RANGE = 2.0  # from -1 to 1
C1, C2 = (0.01 * RANGE) ** 2, (0.03 * RANGE) ** 2

Doubles = npt.NDArray[np.float64]


def rank_correlation(one: Array, other: Array) -> float:
    """Spearman's correlation of the cells of two maps (rows, columns)."""
    from scipy.stats import spearmanr  # noqa: PLC0415 - of the extra `evaluate`

    if min(np.ptp(one), np.ptp(other)) == 0:
        return 0.0
    return float(np.clip(spearmanr(one, other, axis=None).statistic, -1, 1))


def laid_out(values: Array, grid: Grid, size: Size) -> Doubles:
    """A map on the photo as it is compared: (height, width), -1 to 1.

    Args:
        values: (rows, columns)
        grid: where the cells lie
        size: (width, height) of the photo
    """
    factor = SIDE / max(size)
    raster = (max(1, round(size[0] * factor)), max(1, round(size[1] * factor)))
    laid = resize_map(values, grid, raster, size).astype(np.float64)
    return laid / (np.abs(laid).max() or 1.0)


def structural_similarity(one: Doubles, other: Doubles) -> float:
    """The mean structural similarity of two pictures (height, width) of values from -1 to 1."""
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415 - of the extra `evaluate`

    def smooth(values: Doubles) -> Doubles:
        return np.asarray(gaussian_filter(values, DEVIATION, truncate=REACH))

    first, second = smooth(one), smooth(other)
    variances = smooth(one * one) - first**2 + smooth(other * other) - second**2
    covariance = smooth(one * other) - first * second
    similar = (2 * first * second + C1) * (2 * covariance + C2)
    similar /= (first**2 + second**2 + C1) * (variances + C2)
    edge = min(round(DEVIATION * REACH), (min(similar.shape) - 1) // 2)
    inner = similar[edge : similar.shape[0] - edge, edge : similar.shape[1] - edge]
    return float(np.clip(inner.mean(), -1, 1))
