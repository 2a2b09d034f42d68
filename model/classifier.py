"""A network with everything it needs to answer: photos in, explanations out."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.bundle import Bundle, read_bundle
from model.cam import Array, explain_logits, residual
from model.errors import BundleError, InferenceError
from model.geometry import Grid, place_grid
from model.photos import Photo
from model.preprocess import input_size, prepare, stretch
from model.runtime import Runtime
from model.spec import Activation

MAX_BATCH = 8
PROBE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Timing:
    """Milliseconds that one photo took; a shared forward pass counts by its share."""

    preprocess_ms: float
    forward_ms: float
    cam_ms: float


@dataclass(frozen=True)
class Explanation:
    """What a network said about one photo, and where in it each class's score comes from.

    Attributes:
        logits: the network's own output, (K,)
        probabilities: (K,), from softmax or sigmoid
        bias: what each logit has from no cell at all, (K,)
        maps: class activation maps in logits, (K, rows, columns); mean(map) + bias = logit.
            None where the head keeps no location
        grid: where the cells lie on the photo; None where there are no maps
        input_width: of the array the network saw, in pixels
        input_height: the same, downwards
        scale: the input scale asked for; 1 where the network takes one size alone
        stretch: by how much rounding the sides changed the photo's shape, 0 for not at all
        timing: where the time went
    """

    logits: Array
    probabilities: Array
    bias: Array
    maps: Array | None
    grid: Grid | None
    input_width: int
    input_height: int
    scale: float
    stretch: float
    timing: Timing


@dataclass(frozen=True)
class _Answer:
    """One batch's answers, all classes: logits and bias (B, K), maps (B, K, h, w)."""

    logits: Array
    bias: Array
    maps: Array | None
    forward_ms: float
    cam_ms: float


class Classifier:
    """A bundle, loaded and probed.

    `explain` is a pure function of the bundle and the photos: it keeps nothing and may be
    called from several threads.
    """

    def __init__(self, bundle: Bundle, runtime: Runtime) -> None:
        self.bundle = replace(bundle, graph=b"")  # the runtime has made what it needs of it
        self.spec = bundle.spec
        self._runtime = runtime

    @classmethod
    def open(cls, path: Path, threads: int | None = None) -> "Classifier":
        """Load a model folder and let it answer the built-in probe.

        Args:
            path: the model folder
            threads: of one forward pass; default all cores

        Raises:
            BundleError: something in the folder is off; the message names the file and why
        """
        bundle = read_bundle(path)
        classifier = cls(bundle, Runtime(bundle, threads))
        try:
            classifier.probe()
        except InferenceError as error:
            raise BundleError(f"{path}: {error}") from error
        return classifier

    @property
    def provider(self) -> str:
        """The execution provider that runs the network, such as "CPUExecutionProvider"."""
        return self._runtime.provider

    def explain(self, photos: Sequence[Photo], scale: float = 1) -> list[Explanation]:
        """Explain photos, in their order; those that get inputs of one shape share forward passes.

        Args:
            photos: upright photos of any shapes
            scale: of the input, one of model.spec.SCALES: a larger input, a finer grid

        Raises:
            InferenceError: the network's answer is no answer
        """
        shapes: dict[tuple[int, int], list[int]] = defaultdict(list)
        for index, photo in enumerate(photos):
            shapes[input_size(self.spec.preprocessing, photo.width, photo.height, scale)].append(index)
        explained: dict[int, Explanation] = {}
        for size, indices in shapes.items():
            for start in range(0, len(indices), MAX_BATCH):
                chunk = indices[start : start + MAX_BATCH]
                explained.update(zip(chunk, self._explain([photos[i] for i in chunk], size, scale), strict=True))
        return [explained[index] for index in range(len(photos))]

    def features(self, batch: npt.NDArray[np.uint8]) -> Array:
        """The last feature maps, which maps and scores are made of; of a `conv` head the maps themselves.

        Args:
            batch: inputs as model.preprocess.prepare makes them, (B, H, W, 3)

        Returns:
            (B, C, h, w)

        Raises:
            BundleError: the head keeps no location, and so the network gives no maps
            InferenceError: the network's answer is no answer
        """
        _, features = self._runtime.run(batch)
        if features is None:
            raise BundleError(
                f"{self.bundle.path}: a '{self.spec.head}' head gives no feature maps; take another model."
            )
        return features

    def _explain(self, photos: Sequence[Photo], size: tuple[int, int], scale: float) -> list[Explanation]:
        started = time.perf_counter()
        batch = np.stack([prepare(photo, self.spec.preprocessing, size) for photo in photos])
        preprocess_ms = (time.perf_counter() - started) * 1e3 / len(photos)
        answer = self._answer(batch)
        probabilities = activate(answer.logits, self.spec.activation)
        timing = Timing(preprocess_ms, answer.forward_ms / len(photos), answer.cam_ms / len(photos))
        return [
            Explanation(
                logits=answer.logits[i],
                probabilities=probabilities[i],
                bias=answer.bias[i],
                maps=None if answer.maps is None else answer.maps[i],
                grid=self._grid(answer.maps, size, photo),
                input_width=size[0],
                input_height=size[1],
                scale=1.0 if self.spec.preprocessing.fixed_size else scale,
                stretch=stretch((photo.width, photo.height), size),
                timing=timing,
            )
            for i, photo in enumerate(photos)
        ]

    def _answer(self, batch: npt.NDArray[np.uint8]) -> _Answer:
        started = time.perf_counter()
        logits, features = self._runtime.run(batch)
        ran = time.perf_counter()
        if features is None:
            maps, bias = None, np.zeros_like(logits)
        else:
            maps, bias = explain_logits(features, self.bundle.head)
        if self.spec.single_logit:
            logits, bias = both_signs(logits), both_signs(bias)
            maps = None if maps is None else both_signs(maps)
        done = time.perf_counter()
        return _Answer(logits, bias, maps, (ran - started) * 1e3, (done - ran) * 1e3)

    def _grid(self, maps: Array | None, size: tuple[int, int], photo: Photo) -> Grid | None:
        if maps is None or self.spec.grid is None:
            return None
        return place_grid(self.spec.grid, (maps.shape[2], maps.shape[3]), size, (photo.width, photo.height))

    def probe(self) -> None:
        """Answer a built-in picture and check the identity on it, for every class.

        Raises:
            InferenceError: the answer is no answer, or a map does not account for its logit
        """
        width, height = input_size(self.spec.preprocessing, 4, 3)
        noise = np.random.default_rng(0).integers(0, 256, (1, height // 8, width // 8, 3), dtype=np.uint8)
        batch = np.ones((1, height, width, 3), dtype=np.uint8) * 128
        blocks = noise.repeat(8, axis=1).repeat(8, axis=2)
        batch[:, : blocks.shape[1], : blocks.shape[2]] = blocks
        answer = self._answer(batch)
        if answer.maps is None:
            return
        allowed = PROBE_TOLERANCE * np.maximum(1, np.abs(answer.logits))
        off = np.abs(residual(answer.maps, answer.bias, answer.logits))
        if (off > allowed).any():
            raise InferenceError(
                f"mean(map) + bias misses the logit by up to {off.max():.2g}: head and graph disagree."
            )


def both_signs(values: Array) -> Array:
    """One logit z, its bias or its map (B, 1, ...) as two classes, z and -z (B, 2, ...)."""
    return np.concatenate([values, -values], axis=1)


def activate(logits: Array, activation: Activation) -> Array:
    """Logits (..., K) to probabilities (..., K), computed in double precision."""
    wide = logits.astype(np.float64)
    if activation is Activation.SIGMOID:
        exponent = np.exp(-np.abs(wide))
        return np.where(wide >= 0, 1 / (1 + exponent), exponent / (1 + exponent)).astype(np.float32)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)


def top_classes(logits: Array, count: int) -> list[int]:
    """The classes with the highest scores, best first; of equals, the lower index.

    Args:
        logits: (K,); they order classes like probabilities, without ties from rounding to 1 or 0
        count: 0 to K
    """
    return [int(index) for index in np.argsort(-logits, kind="stable")[:count]]
