"""Pictures to find the ranges of a network's activations with, and others to judge the outcome by."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from model.errors import DatasetError, PhotoError
from model.photos import Photo, Pixels, read_photo
from model.preprocess import input_size, prepare
from model.spec import Preprocessing

MOST_CALIBRATED, MOST_JUDGED = 64, 160
FEW = 16  # fewer pictures are looked at in several views each
CROP = 0.7  # of a picture's sides, in its corners

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inputs:
    """What a network is shown of pictures, each (1, H, W, 3), 8 bits.

    Attributes:
        pictures: how many
        views: of them
    """

    pictures: int
    views: tuple[Pixels, ...]


def calibration_inputs(
    files: Sequence[Path], preprocessing: Preprocessing, max_megapixels: float = 50.0
) -> tuple[Inputs, Inputs]:
    """Read pictures, half to calibrate with and half to judge by, as many as are of use; the same ones every time.

    A picture that is there twice counts once, and one that cannot be read is left out. Of few pictures each
    is seen whole, in its four corners, and all of these mirrored.

    Returns:
        inputs to calibrate with, and others to judge by; no picture is in both

    Raises:
        DatasetError: fewer than two can be read
    """
    shuffled = [files[index] for index in np.random.default_rng(0).permutation(len(files))]
    seen = [
        [_input(pixels, preprocessing) for pixels in (views(photo.pixels) if len(files) < FEW else [photo.pixels])]
        for photo in islice(_readable(shuffled, max_megapixels), MOST_CALIBRATED + MOST_JUDGED)
    ]
    if len(seen) < 2:
        raise DatasetError(
            f"{len(seen)} different pictures of {len(files)} files can be read; int8 takes two at least: "
            "one to calibrate with, another to judge by"
        )
    calibrated = min(MOST_CALIBRATED, len(seen) // 2)
    parts = seen[:calibrated], seen[calibrated:]
    first, second = (Inputs(len(part), tuple(chain.from_iterable(part))) for part in parts)
    return first, second


def views(pixels: Pixels) -> list[Pixels]:
    """A picture (H, W, 3) whole and in its four corners, and all of these mirrored."""
    rows, columns = (max(1, round(side * CROP)) for side in pixels.shape[:2])
    tops, lefts = (slice(rows), slice(-rows, None)), (slice(columns), slice(-columns, None))
    straight = [pixels, *(pixels[top, left] for top in tops for left in lefts)]
    return [np.ascontiguousarray(one) for view in straight for one in (view, view[:, ::-1])]


def _readable(files: Sequence[Path], max_megapixels: float) -> Iterator[Photo]:
    """The pictures among files, each once."""
    known: set[bytes] = set()
    for file in files:
        try:
            content = file.read_bytes()
            digest = hashlib.sha256(content).digest()
            if digest not in known:
                known.add(digest)
                yield read_photo(content, max_megapixels)
        except (OSError, PhotoError) as error:
            log.warning("left out: %s: %s", file, error)


def _input(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    size = input_size(preprocessing, pixels.shape[1], pixels.shape[0])
    return prepare(Photo(pixels, "view"), preprocessing, size)[None]
