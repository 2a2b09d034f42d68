"""What is computed of each picture: its feature maps or their pool, in one view of it, by one network."""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.census import Census
from model.classifier import Classifier
from model.dataset import Sample
from model.errors import DatasetError
from model.photos import Photo, PhotoFile, open_photo
from model.preprocess import enough, input_size, prepare
from model.spec import Pool, Preprocessing
from model.threads import map_ahead

VERSION = 2
"""Of what is computed: a change of the code that changes the numbers adds one."""
ACCELERATED_BATCH = 16


def pooled(pool: Pool, features: Array) -> Array:
    """What is kept of features (B, C, h, w): (B, C), or the maps as they are."""
    match pool:
        case Pool.AVERAGE:
            return np.asarray(features.mean((2, 3)))
        case Pool.SUM:
            return np.asarray(features.sum((2, 3)))
        case Pool.MAXIMUM:
            return np.asarray(features.max((2, 3)))
    return features


@dataclass(frozen=True)
class View:
    """How a picture is shown to the network: moved, then mirrored.

    Attributes:
        mirrored: left is right
        shift: by which part of its width and height the content is moved, right and down; what that
            uncovers is filled with the content's mirror image, as if there were mirrors at the borders
    """

    mirrored: bool = False
    shift: tuple[float, float] = (0.0, 0.0)

    def of(self, photo: Photo) -> Photo:
        """The photo so seen."""
        if self == View():
            return photo
        height, width, _ = photo.pixels.shape
        across = _shifted(width, self.shift[0])[:: -1 if self.mirrored else 1]
        pixels = np.ascontiguousarray(photo.pixels[_shifted(height, self.shift[1])][:, across])
        return Photo(pixels, photo.format, photo.size)


def _shifted(length: int, share: float) -> npt.NDArray[np.intp]:
    """Which of `length` places is seen at each place, after a shift with reflection at the borders."""
    places = (np.arange(length) - round(share * length)) % (2 * length)
    return np.where(places < length, places, 2 * length - 1 - places)


@dataclass(frozen=True)
class FeatureRun:
    """What is computed of each picture."""

    classifier: Classifier
    preprocessing: Preprocessing
    pool: Pool
    view: View

    @property
    def kind(self) -> str:
        """All that decides the numbers, but the picture."""
        parts = {
            "version": VERSION,
            "bundle": self.classifier.bundle.id,
            "preprocessing": self.preprocessing.model_dump(mode="json"),
            "pool": self.pool,
            "mirrored": self.view.mirrored,
            "shift": self.view.shift,
        }
        return json.dumps(parts, sort_keys=True)

    def floats(self, photo_size: tuple[int, int]) -> int:
        """About how many numbers are kept of a picture of so many pixels."""
        grid = self.classifier.spec.grid
        if self.pool is not Pool.MAPS or grid is None:
            return self.classifier.spec.channels
        width, height = input_size(self.preprocessing, *photo_size)
        return self.classifier.spec.channels * math.ceil(width / grid.stride_x) * math.ceil(height / grid.stride_y)

    def run(self, wanted: Mapping[bytes, Sample], census: Census, workers: int) -> Iterator[tuple[bytes, Array]]:
        """Compute, as many pictures at once as there are workers, each decoding and running its own."""
        for batch in map_ahead(self._answer, self._batches(wanted, census), workers):
            yield from batch

    def _batches(self, wanted: Mapping[bytes, Sample], census: Census) -> Iterator["_Batch"]:
        """Pictures that share a pass. On a processor one at a time is the quickest; else those of equal inputs."""
        most = 1 if self.classifier.provider == "CPUExecutionProvider" else ACCELERATED_BATCH
        waiting: dict[tuple[int, int], list[tuple[bytes, Sample]]] = defaultdict(list)
        for content, sample in wanted.items():
            size = input_size(self.preprocessing, *census.sizes[sample.path])
            waiting[size].append((content, sample))
            if len(waiting[size]) == most:
                yield _Batch(size, waiting.pop(size))
        for size, members in waiting.items():
            yield _Batch(size, members)

    def _answer(self, batch: "_Batch") -> list[tuple[bytes, Array]]:
        photos = (self.view.of(_open(*one).read(enough(self.preprocessing))) for one in batch.members)
        inputs = np.stack([prepare(photo, self.preprocessing, batch.size) for photo in photos])
        kept = pooled(self.pool, self.classifier.features(inputs))
        return [(content, kept[place]) for place, (content, _) in enumerate(batch.members)]


@dataclass(frozen=True)
class _Batch:
    """Pictures, by their content, that get inputs of one (width, height)."""

    size: tuple[int, int]
    members: list[tuple[bytes, Sample]]


def _open(content: bytes, sample: Sample) -> PhotoFile:
    """The picture's file, as the census saw it.

    Raises:
        DatasetError: it is another one now
    """
    try:
        data = sample.path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{sample.path}: cannot be read any more: {error.strerror}; start again.") from error
    if hashlib.sha256(data).digest() != content:
        raise DatasetError(f"{sample.path}: has changed since the pictures were counted; start again.")
    return open_photo(data, math.inf)
