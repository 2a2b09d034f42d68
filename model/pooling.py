"""Pooling: one value for each window of a map, its largest or its average. static/js/pooling.js does the same.

    side afterwards    valid: floor((side - size) / stride) + 1     same: ceil(side / stride)
    padding, same      (sides afterwards - 1) x stride + size - side cells, half of them before, the odd one after

Cells of the padding count for nothing: they are never the largest, and an average is that of the map's own cells.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from model.cam import Array


class Kind(StrEnum):
    """What becomes of a window."""

    MAX = "max"
    AVERAGE = "average"


class Padding(StrEnum):
    """Whether windows stay within the map, or begin at every stride."""

    VALID = "valid"
    SAME = "same"


@dataclass(frozen=True)
class Pooling:
    """How a map is pooled.

    Attributes:
        kind: what becomes of a window
        size: of the window, in cells
        stride: from one window to the next, in cells
        padding: what happens at the edge

    Raises:
        ValueError: size or stride is less than 1
    """

    kind: Kind = Kind.MAX
    size: int = 2
    stride: int = 2
    padding: Padding = Padding.VALID

    def __post_init__(self) -> None:
        if self.size < 1 or self.stride < 1:
            raise ValueError("windows and strides have at least one cell")

    def side(self, side: int) -> int:
        """How many cells a side of so many has afterwards; 0 where no window fits."""
        if self.padding is Padding.SAME:
            return -(-side // self.stride)
        return max(0, (side - self.size) // self.stride + 1)

    def around(self, side: int) -> tuple[int, int]:
        """How many cells of padding there are before and after a side of so many."""
        if self.padding is Padding.VALID:
            return 0, 0
        total = max(0, (self.side(side) - 1) * self.stride + self.size - side)
        return total // 2, total - total // 2


def two_dots(side: int, left: int, apart: int) -> Array:
    """A square map of zeros, of an even side, with two ones in its middle row: at a column, and so many further on."""
    values = np.zeros((side, side), dtype=np.float32)
    values[side // 2, [left, left + apart]] = 1
    return values


def again(values: Array, pooling: Pooling, times: int) -> list[Array]:
    """A map, and what pooling makes of it again and again, as long as a window fits and something gets smaller.

    Args:
        values: (rows, columns)
        pooling: how
        times: how often at most

    Returns:
        the map itself first
    """
    maps = [values]
    for _ in range(times):
        rows, columns = maps[-1].shape
        if not (pooling.side(rows) and pooling.side(columns)) or rows == columns == 1:
            break
        maps.append(pool(maps[-1], pooling))
    return maps


def pool(values: Array, pooling: Pooling) -> Array:
    """Pool maps.

    Args:
        values: (..., rows, columns), finite
        pooling: how

    Returns:
        (..., rows afterwards, columns afterwards)

    Raises:
        ValueError: no window fits
    """
    rows, columns = values.shape[-2:]
    if not (pooling.side(rows) and pooling.side(columns)):
        raise ValueError(f"no window of {pooling.size} x {pooling.size} fits into {rows} x {columns} cells")
    edges = [(0, 0)] * (values.ndim - 2) + [pooling.around(rows), pooling.around(columns)]
    padded = np.pad(values, edges, constant_values=np.nan)
    windows = sliding_window_view(padded, (pooling.size, pooling.size), axis=(-2, -1))
    strided = windows[..., :: pooling.stride, :: pooling.stride, :, :]
    pooled = np.nanmax(strided, (-2, -1)) if pooling.kind is Kind.MAX else np.nanmean(strided, (-2, -1))
    return np.asarray(pooled, dtype=values.dtype)
