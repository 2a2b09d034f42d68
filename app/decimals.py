"""float32 as people write it: the shortest decimals that are still the same number."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

MOST_DIGITS = 9
POWERS = 10.0 ** np.arange(23)  # each is exact in double precision
SMALLEST, LARGEST = 1e-13, 2.0**24


def as_sent(values: ArrayLike) -> Any:  # noqa: ANN401 - nested as deep as the array
    """float32 (...) as nested lists of floats whose decimal form is float32's shortest."""
    return _shortest(np.asarray(values, np.float32)).tolist()


def all_as_sent(*arrays: npt.NDArray[np.float32]) -> list[Any]:
    """The same for several arrays, which costs hardly more than for one."""
    flat = _shortest(np.concatenate([array.ravel() for array in arrays]))
    ends = np.cumsum([array.size for array in arrays])
    return [flat[end - array.size : end].reshape(array.shape).tolist() for array, end in zip(arrays, ends, strict=True)]


def _shortest(single: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The double of each number's shortest decimal form.

    A whole number of at most nine digits over a power of ten is the double next to that decimal,
    so digits are dropped while the double still rounds to the float32 it came from. What is too large or too small
    for that (SMALLEST to LARGEST is not) goes through text, as all of it could: the same at several times the cost.
    """
    size = np.abs(single)
    if not ((size < LARGEST) & ((size >= SMALLEST) | (size == 0))).all():
        return single.astype("U32").astype(np.float64)
    double = single.astype(np.float64)
    places = MOST_DIGITS - 1 - np.floor(np.log10(np.where(size == 0, 1, size))).astype(np.intp)
    shortest = double
    for dropped in range(MOST_DIGITS):
        power = POWERS[np.maximum(places - dropped, 0)]
        decimal = np.rint(double * power) / power
        same = decimal.astype(np.float32) == single
        if not same.any():
            break
        shortest = np.where(same, decimal, shortest)
    return shortest
