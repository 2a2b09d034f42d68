"""What a network said about one photo, all classes."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.errors import Damaged
from app.folders import CAMS, SCORES
from model.cam import Array, ClassMaps
from model.classifier import Explanation
from model.errors import InferenceError

UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)
"""What NumPy raises for a damaged file."""


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
            files[CAMS] = npy(self.maps)
        return files


def npy(maps: Array | ClassMaps) -> bytes:
    """All maps as a file in NumPy's own format."""
    file = io.BytesIO()
    np.save(file, np.asarray(maps))
    return file.getvalue()


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


def read_numbers(folder: Path) -> Numbers:
    """The numbers among an explanation's files; its maps are read from disk where they are looked at.

    Raises:
        FileNotFoundError: the folder is gone
        Damaged: they cannot be read
    """
    cams = folder / CAMS
    try:
        with (folder / SCORES).open("rb") as stream, np.load(stream) as scores:
            logits, probabilities, bias = (scores[name] for name in ("logits", "probabilities", "bias"))
        return Numbers(logits, probabilities, bias, np.load(cams, mmap_mode="r") if cams.exists() else None)
    except FileNotFoundError:
        if folder.exists():
            raise Damaged from None
        raise
    except UNREADABLE as error:
        raise Damaged from error
