"""What a network said about one photo, all classes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.folders import CAMS, SCORES
from model.cam import Array, ClassMaps
from model.classifier import Explanation
from model.errors import InferenceError


@dataclass(frozen=True)
class Numbers:
    """What a network said about one photo, all classes.

    Attributes:
        logits: (K,)
        probabilities: (K,)
        bias: (K,)
        maps: (K, rows, columns), none where the head keeps no location
    """

    logits: Array
    probabilities: Array
    bias: Array
    maps: Array | ClassMaps | None

    def files(self) -> dict[str, bytes]:
        """As they are stored: NumPy's own formats."""
        scores = io.BytesIO()
        np.savez(scores, logits=self.logits, probabilities=self.probabilities, bias=self.bias)
        files = {SCORES: scores.getvalue()}
        if self.maps is not None:
            cams = io.BytesIO()
            np.save(cams, np.asarray(self.maps))
            files[CAMS] = cams.getvalue()
        return files


def numbers_of(explained: Explanation) -> Numbers:
    """What a classifier said of all classes."""
    return Numbers(explained.logits, explained.probabilities, explained.bias, explained.maps)


def finite_numbers(numbers: Numbers, classes: Sequence[int] | None = None) -> Numbers:
    """The numbers, once their maps have been computed.

    Args:
        numbers: fresh from a classifier
        classes: whose maps are wanted; default all

    Raises:
        InferenceError: some are not finite
    """
    maps = numbers.maps
    if maps is not None and classes is None:
        maps = np.asarray(maps)
    looked_at = maps if maps is None or classes is None else maps[classes]
    parts = (numbers.logits, numbers.probabilities, numbers.bias, looked_at)
    if not all(np.isfinite(part).all() for part in parts if part is not None):
        raise InferenceError("The network's answer to this photo is not finite, so there is nothing to explain.")
    return replace(numbers, maps=maps)
