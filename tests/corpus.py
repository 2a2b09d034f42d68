"""Odd, malformed and merely unusual picture files, all made on the spot, and what must become of each.

The bytes are written by hand (tests/corpus_*.py), or by Pillow where that is no judge of what is tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
WHITE = 255


class Fate(Enum):
    """What must become of a file."""

    ACCEPTED = "accepted"
    UNSUPPORTED = "415"
    BROKEN = "422"
    REFUSED = "413, 415 or 422"
    EITHER = "accepted, 413, 415 or 422"


STATUSES = {
    Fate.ACCEPTED: {200, 201},
    Fate.UNSUPPORTED: {415},
    Fate.BROKEN: {422},
    Fate.REFUSED: {413, 415, 422},
    Fate.EITHER: {200, 201, 413, 415, 422},
}


@dataclass(frozen=True)
class Sample:
    """A file.

    Attributes:
        name: unique; begins with its format
        data: the file
        fate: what must become of it
        pixels: what it shows, (H, W, 3), upright sRGB on white; none where that is not known
        tolerance: how far, in levels, a pixel may be from it
    """

    name: str
    data: bytes
    fate: Fate = Fate.ACCEPTED
    pixels: Pixels | None = None
    tolerance: int = 2


def shown(name: str, data: bytes, pixels: npt.ArrayLike, tolerance: int = 2) -> Sample:
    """A file that must be accepted, with what it shows: (H, W) grey, (H, W, 3), or (H, W, 4) to be laid on white."""
    return Sample(name, data, Fate.ACCEPTED, on_white(np.asarray(pixels)), tolerance)


def broken(name: str, data: bytes) -> Sample:
    """A file of an accepted kind that must be refused."""
    return Sample(name, data, Fate.BROKEN)


def on_white(pixels: npt.NDArray[np.generic]) -> Pixels:
    """Levels of 0 to 255, (H, W), (H, W, 3) or (H, W, 4) -> (H, W, 3)."""
    levels = np.asarray(pixels, dtype=float)
    if levels.ndim == 2:
        levels = np.stack([levels] * 3, axis=-1)
    if levels.shape[-1] == 4:
        alpha = levels[..., 3:] / 255
        levels = levels[..., :3] * alpha + WHITE * (1 - alpha)
    return np.round(levels).astype(np.uint8)


def scene(width: int = 23, height: int = 17, channels: int = 3) -> Pixels:
    """Soft colours, different in every corner, so that what is turned, mirrored or exchanged shows."""
    rows, columns = np.mgrid[0:height, 0:width]
    across, down = columns / max(width - 1, 1), rows / max(height - 1, 1)
    planes = [250 * across + 5, 20 + 200 * down, 230 - 180 * across * down, 255 * (1 - down * across)]
    return np.round(np.stack(planes[:channels], axis=-1)).astype(np.uint8)


def named(samples: Sequence[Sample]) -> dict[str, Sample]:
    """By name."""
    found = {sample.name: sample for sample in samples}
    assert len(found) == len(samples), "two samples have one name"
    return found
