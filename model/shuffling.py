"""Cells in another order, the same for a number here and in the browser (static/js/shuffling.js).

order        cell i of the shuffled map is cell order[i] of the map
pooled       mean over all cells: in double precision, rounded to float32, so that the order of addition is forgotten
logits       W pooled + b
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.photos import Pixels

WORD = 2**32
STEP = 0x6D2B79F5
Double = npt.NDArray[np.float64]


def randoms(seed: int) -> Iterator[float]:
    """Numbers of 0 to 1 without 1: Mulberry32, which any language can count along."""
    state = seed % WORD
    while True:
        state = (state + STEP) % WORD
        mixed = (state ^ (state >> 15)) * (state | 1) % WORD
        mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) % WORD
        yield (mixed ^ (mixed >> 14)) / WORD


def shuffled_order(count: int, seed: int) -> list[int]:
    """So many cells in another order (Fisher and Yates); 0 leaves them where they are."""
    order = list(range(count))
    if seed:
        for last, part in zip(range(count - 1, 0, -1), randoms(seed), strict=False):
            other = int(part * (last + 1))
            order[last], order[other] = order[other], order[last]
    return order


def shuffle_cells(maps: Array, order: Sequence[int]) -> Array:
    """The cells of maps (..., rows, columns) in another order, all maps alike."""
    flat: Array = maps.reshape(*maps.shape[:-2], -1)
    return flat[..., list(order)].reshape(maps.shape)


def shuffle_pieces(pixels: Pixels, rows: int, columns: int, order: Sequence[int]) -> Pixels:
    """A photo cut into rows x columns pieces, put together in another order.

    Args:
        pixels: (height, width, 3), sides that are multiples of rows and columns
        rows: of pieces
        columns: of pieces
        order: of the pieces
    """
    high, wide = pixels.shape[0] // rows, pixels.shape[1] // columns
    pieces = pixels.reshape(rows, high, columns, wide, 3).swapaxes(1, 2).reshape(-1, high, wide, 3)
    mixed = pieces[list(order)].reshape(rows, columns, high, wide, 3).swapaxes(1, 2)
    return np.ascontiguousarray(mixed.reshape(pixels.shape))


def pooled(features: Array) -> Array:
    """The mean of each map, (C,), of maps (C, rows, columns)."""
    return np.asarray(features.mean(axis=(-2, -1), dtype=np.float64), dtype=np.float32)


def logits_of(vector: Array, weight: Array | None, bias: Array) -> Array:
    """What a linear head makes of the means of the maps.

    Args:
        vector: one mean a map, (C,)
        weight: (K, C); None where the maps are the classes' own
        bias: (K,)

    Returns:
        (K,), each summed in double precision and rounded once
    """
    weighed: Double = vector.astype(np.float64)
    if weight is not None:
        weighed = weight.astype(np.float64) @ weighed
    return (weighed + bias).astype(np.float32)
