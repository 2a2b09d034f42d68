"""Whether a network is as often right as it is sure.

    ECE = sum over bins of their share x |accuracy - confidence|        Guo et al. 2017, ten bins of equal width

A confidence on the border of two bins belongs to the lower one.
"""

import numpy as np
import numpy.typing as npt

from model.metrics import Calibration, ReliabilityBin

BINS = 10

Doubles = npt.NDArray[np.float64]


def bins_of(confidence: Doubles) -> npt.NDArray[np.intp]:
    """The bin of each confidence (N,), in 0..1."""
    return np.asarray(np.clip(np.ceil(confidence * BINS) - 1, 0, BINS - 1), dtype=np.intp)


def reliability(confidence: Doubles, right: npt.NDArray[np.bool_]) -> Calibration:
    """Answers in ten bins by confidence, (N,) in 0..1, with how often they are right, (N,)."""
    places = bins_of(confidence)
    bins, ece = [], 0.0
    for place in range(BINS):
        members = places == place
        count = int(members.sum())
        mean = float(confidence[members].mean()) if count else None
        accuracy = float(right[members].mean()) if count else None
        if mean is not None and accuracy is not None:
            ece += count / len(confidence) * abs(accuracy - mean)
        bins.append(
            ReliabilityBin(
                lower=place / BINS, upper=(place + 1) / BINS, count=count, confidence=mean, accuracy=accuracy
            )
        )
    return Calibration(ece=min(ece, 1.0), bins=tuple(bins))
