"""How sure a number over pictures is: the same number over pictures drawn from these again and again.

    resample     as many pictures as there are, drawn with replacement; w[i] says how often picture i was
    interval     from the 2.5th to the 97.5th percentile of what resamples come to (Efron and Tibshirani 1993)

Everything is computed from w: a mean of x is sum(w x) / sum(w). The same seed gives the same interval.

A share of pictures, which each of them is or is not, needs no resamples, and where all or none are they would all say
the same: its interval is Wilson's (model.intervals).
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from model.evaluation.figures import Interval, Mean, Measure
from model.intervals import wilson

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)

Weights = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


def intervals(
    count: int, statistic: Callable[[Weights], Sequence[float]], resamples: int = RESAMPLES, seed: int = 0
) -> tuple[Interval, ...]:
    """Where numbers lie.

    Args:
        count: of pictures, at least one
        statistic: of weights (count,), the numbers; NaN where a resample has nothing to say of one
        resamples: how many are drawn
        seed: of the draw

    Returns:
        of each number its interval; (NaN, NaN) where no resample gave one
    """
    generator = np.random.default_rng(seed)
    found = np.array(
        [
            statistic(np.bincount(generator.integers(0, count, count), minlength=count).astype(np.int64))
            for _ in range(resamples)
        ],
        dtype=np.float64,
    )
    return tuple(_percentiles(values[~np.isnan(values)]) for values in found.T)


def mean_of(values: Doubles, seed: int = 0) -> Measure | None:
    """The mean of shares (N,), those that are NaN left out, and where it lies; None of none."""
    known = values[~np.isnan(values)]
    if known.size and np.isin(known, (0, 1)).all():
        return Measure(value=float(known.mean()), interval=wilson(int(known.sum()), known.size), pictures=known.size)
    mean = signed_mean_of(known, seed)
    return None if mean is None else Measure(value=clipped(mean.value), interval=mean.interval, pictures=known.size)


def signed_mean_of(values: Doubles, seed: int = 0) -> Mean | None:
    """The mean of any numbers (N,), those that are NaN left out, and where it lies; None of none."""
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    [interval] = intervals(known.size, lambda weights: [weighted_mean(known, weights)], seed=seed)
    return Mean(value=float(known.mean()), interval=interval)


def weighted_mean(values: Doubles, weights: Weights) -> float:
    """The mean of values (N,) that count as often as weights (N,) say; NaN where nothing counts."""
    whole = weights.sum()
    return float(weights @ values / whole) if whole else float("nan")


def clipped(share: float) -> float:
    """A share within 0 and 1, which rounding may have left."""
    return min(1.0, max(0.0, share))


def _percentiles(values: Doubles) -> Interval:
    if not values.size:
        return float("nan"), float("nan")
    low, high = np.percentile(values, PERCENTILES)
    return float(low), float(high)
