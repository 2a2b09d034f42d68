"""Thresholds over a set of pictures: chosen on one part, reported on the rest.

choosing part     every third picture in the order of sha256 of their names
threshold         that with the highest share of hits on the choosing part, the lowest of equals
reported          the share of hits on the other pictures at that threshold
reference         as Choe et al. 2020 publish it: the highest share over all pictures, threshold and all chosen on
the very pictures that are reported
MaxBoxAcc         hits: IoU of the largest region's box at least 0.5
MaxBoxAccV2       mean over IoU 0.3, 0.5 and 0.7 of hits by any region's box, each with its own threshold
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.evaluation.bootstrap import Weights, clipped, intervals, mean_of
from model.evaluation.figures import BoxMeasure, Measure
from model.evaluation.pixels import pixel_ap

IOUS = (0.3, 0.5, 0.7)
HALF = 0.5
ONE_IN = 3

Doubles = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Table = npt.NDArray[np.float32]


def choosing_part(names: Sequence[str]) -> Truths:
    """Which pictures thresholds are chosen on, (N,); all of them where there are fewer than three."""
    if len(names) < ONE_IN:
        return np.ones(len(names), np.bool_)
    order = np.argsort([hashlib.sha256(name.encode()).hexdigest() for name in names], kind="stable")
    chosen = np.zeros(len(names), np.bool_)
    chosen[order[::ONE_IN]] = True
    return chosen


def reported_part(chosen: Truths) -> Truths:
    """The other pictures; all of them where there are none."""
    return chosen if chosen.all() else ~chosen


def chosen_level(hits: Truths) -> int:
    """The threshold with most hits (N, T), the lowest of equals."""
    return int(hits.sum(axis=0).argmax())


def box_measure(fits: Table, levels: Doubles, least: float, chosen: Truths) -> BoxMeasure:
    """The share of pictures whose box fits well enough.

    Args:
        fits: IoU of each picture at each threshold, (N, T)
        levels: the thresholds, (T,)
        least: IoU that is a hit
        chosen: the choosing part, (N,)
    """
    hits = fits >= least
    level, reference = chosen_level(hits[chosen]), chosen_level(hits)
    measure = share(hits[reported_part(chosen), level])
    return BoxMeasure(
        value=measure.value,
        interval=measure.interval,
        threshold=float(levels[level]),
        reference=float(hits[:, reference].mean()),
        reference_threshold=float(levels[reference]),
        pictures=measure.pictures,
        reference_pictures=len(hits),
    )


def mean_over_ious(fits: Table, chosen: Truths) -> tuple[Measure, float]:
    """MaxBoxAccV2 as reported and as the reference has it, from IoU of any region's box, (N, T)."""
    shares, references = [], []
    for least in IOUS:
        hits = fits >= least
        shares.append(hits[reported_part(chosen), chosen_level(hits[chosen])])
        references.append(float(hits[:, chosen_level(hits)].mean()))
    return share(np.mean(shares, axis=0)), clipped(float(np.mean(references)))


def pixel_measure(on_thing: Table, beside: Table) -> Measure | None:
    """PxAP over pictures, from their pixels by threshold, (N, T) each; None where none has a thing."""
    wide = on_thing.astype(np.float64), beside.astype(np.float64)
    value = pixel_ap(*(part.sum(axis=0) for part in wide))
    if np.isnan(value):
        return None

    def resampled(weights: Weights) -> list[float]:
        return [pixel_ap(*(weights @ part for part in wide))]

    [interval] = intervals(len(on_thing), resampled)
    return Measure(value=clipped(value), interval=interval, pictures=len(on_thing))


def share(values: npt.ArrayLike) -> Measure:
    """The mean of what is known of shares (N,).

    Raises:
        ValueError: nothing is
    """
    found = mean_of(np.asarray(values, np.float64))
    if found is None:
        raise ValueError("there is nothing to measure")
    return found
