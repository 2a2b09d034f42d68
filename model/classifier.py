"""A network with everything it needs to answer: photos in, explanations out."""

import time
from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.bundle import Bundle, read_bundle
from model.cam import Array, ClassMaps, linear_features, residual
from model.device_maps import DeviceMaps, pays
from model.errors import BundleError, InferenceError
from model.geometry import Grid, place_grid
from model.photos import Photo, PhotoFile
from model.preprocess import Prepared, input_size, prepared_for, stretch
from model.runtime import Runtime
from model.scores import activate, both_signs
from model.threads import map_ahead

MAX_BATCH = 8
PROBE_TOLERANCE = 1e-3
DEVICE_TOLERANCE = 1e-2  # of a graph's own logits, which a GPU may make of numbers with 11 bits


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
        maps: class activation maps in logits, (K, rows, columns), each computed when it is looked at;
            mean(map) + bias = logit. None where the head keeps no location
        grid: where the cells lie on the photo; None where there are no maps
        input_width: of the array the network saw, in pixels
        input_height: the same, downwards
        scale: the input scale asked for; 1 where the network takes one size alone
        stretch: by how much rounding the sides changed the photo's shape, 0 for not at all
        timing: where the time went
        features: the last feature maps as the network gave them, (C, rows, columns); of a `conv` head the maps
            before a second class is made of one logit. None where there are no maps, or a device has made them
    """

    logits: Array
    probabilities: Array
    bias: Array
    maps: ClassMaps | None
    grid: Grid | None
    input_width: int
    input_height: int
    scale: float
    stretch: float
    timing: Timing
    features: Array | None = None


@dataclass(frozen=True)
class _Answer:
    """One batch's answers, all classes: logits and bias (B, K), maps (K, h, w) and features (C, h, w) of each."""

    logits: Array
    bias: Array
    maps: Sequence[ClassMaps | None]
    forward_ms: float
    cam_ms: float
    features: Array | None = None


class Classifier:
    """A bundle, loaded and probed.

    `explain` is a pure function of the bundle and the photos: it keeps nothing and may be
    called from several threads.
    """

    def __init__(self, bundle: Bundle, runtime: Runtime) -> None:
        self.bundle = replace(bundle, graph=b"")  # the runtime has made what it needs of it
        self.spec = bundle.spec
        self._runtime = runtime
        weight = self._weight = bundle.class_weight
        self._device_maps: DeviceMaps | None = None
        if weight is not None and pays(runtime.provider, bundle.head.kind, weight):
            _, bias = bundle.head.linear()
            bias = both_signs(bias[None])[0] if self.spec.single_logit else bias
            self._device_maps = DeviceMaps(runtime, weight, bias)

    @classmethod
    def open(cls, path: Path, threads: int | None = None, beside: int | None = None) -> "Classifier":
        """Load a model folder and let it answer the built-in probe.

        Args:
            path: the model folder
            threads: of one forward pass; default all cores
            beside: how many passes may run at the same time, each with its share of the threads; default as many
                as there are threads. More than one takes some memory: another session

        Raises:
            BundleError: something in the folder is off; the message names the file and why
        """
        bundle = read_bundle(path)
        classifier = cls(bundle, Runtime(bundle, threads, beside))
        try:
            classifier.probe()
        except InferenceError as error:
            raise BundleError(f"{path}: {error}") from error
        return classifier

    def with_features(self) -> "Classifier":
        """This network, but the maps of its answers have the feature maps behind them also where a GPU makes maps."""
        if self._device_maps is None:
            return self
        other = copy(self)
        other._device_maps = None  # noqa: SLF001 - its own
        return other

    @property
    def provider(self) -> str:
        """The execution provider that runs the network, such as "CPUExecutionProvider"."""
        return self._runtime.provider

    def explain(self, photos: Sequence[Photo | PhotoFile], scale: float = 1) -> list[Explanation]:
        """Explain photos, in their order.

        On a processor passes of one photo run side by side, each with its own resizing before it; elsewhere photos
        that get inputs of one shape share passes.

        Args:
            photos: of any shapes; files are decoded no larger than it helps
            scale: of the input, one of model.spec.SCALES: a larger input, a finer grid

        Raises:
            InferenceError: the network's answer is no answer
        """
        if self._runtime.beside > 1 and len(photos) > 1:
            explain_one = partial(self._explain_one, scale=scale)
            return list(map_ahead(explain_one, photos, self._runtime.beside))
        prepared = [self.prepare(photo, scale, alone=len(photos) == 1) for photo in photos]
        shapes: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, one in enumerate(prepared):
            shapes[one.pixels.shape].append(index)
        explained: dict[int, Explanation] = {}
        for indices in shapes.values():
            for start in range(0, len(indices), MAX_BATCH):
                chunk = indices[start : start + MAX_BATCH]
                explained.update(zip(chunk, self.answer([prepared[i] for i in chunk]), strict=True))
        return [explained[index] for index in range(len(photos))]

    def _explain_one(self, photo: Photo | PhotoFile, scale: float) -> Explanation:
        [explanation] = self.answer([self.prepare(photo, scale)], alone=False)
        return explanation

    def prepare(self, photo: Photo | PhotoFile, scale: float = 1, alone: bool = False) -> Prepared:
        """Bring a photo to the size the network is to see; what does not need the network, for any thread.

        Args:
            photo: a photo, or a file that is then decoded no larger than it helps
            scale: of the input, one of model.spec.SCALES
            alone: whether nothing else keeps the cores busy, so that this photo may have two of them

        Raises:
            OversizedPhoto, BrokenPhoto: the file cannot be used
        """
        return prepared_for(self.spec.preprocessing, photo, scale, alone)

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

    def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
        """Explain photos whose inputs have one shape, in their order, by one forward pass.

        Args:
            batch: what `prepare` made
            alone: whether the pass may have all threads, or others run beside it

        Raises:
            InferenceError: the network's answer is no answer
        """
        stack = self._device_maps.stack if self._device_maps else np.stack
        answer = self._answer(stack([one.pixels for one in batch]), alone)
        probabilities = activate(answer.logits, self.spec.activation)
        forward_ms, cam_ms = answer.forward_ms / len(batch), answer.cam_ms / len(batch)
        height, width, _ = batch[0].pixels.shape
        grids = {size: self._grid(answer.maps[0], (width, height), size) for size in {one.photo_size for one in batch}}
        return [
            Explanation(
                logits=answer.logits[i],
                probabilities=probabilities[i],
                bias=answer.bias[i],
                maps=answer.maps[i],
                grid=grids[one.photo_size],
                input_width=width,
                input_height=height,
                scale=1.0 if self.spec.preprocessing.fixed_size else one.scale,
                stretch=stretch(one.photo_size, (width, height)),
                timing=Timing(one.preprocess_ms, forward_ms, cam_ms),
                features=None if answer.features is None else answer.features[i],
            )
            for i, one in enumerate(batch)
        ]

    def _answer(self, batch: npt.NDArray[np.uint8], alone: bool = True) -> _Answer:
        if self._device_maps is not None:
            mapped = self._device_maps.run(batch)
            each = [ClassMaps(one, None) for one in mapped.maps]
            return _Answer(mapped.logits, mapped.bias, each, mapped.forward_ms, mapped.cam_ms)
        started = time.perf_counter()
        logits, given = self._runtime.run(batch, alone)
        ran = time.perf_counter()
        features = given
        if features is None:
            bias = np.zeros_like(logits)
        else:
            features, bias = linear_features(features, self.bundle.head)
        if self.spec.single_logit:
            logits, bias = both_signs(logits), both_signs(bias)
            if features is not None and self._weight is None:
                features = both_signs(features)
        maps = [None] * len(batch) if features is None else [ClassMaps(one, self._weight) for one in features]
        done = time.perf_counter()
        return _Answer(logits, bias, maps, (ran - started) * 1e3, (done - ran) * 1e3, given)

    def _grid(self, maps: ClassMaps | None, size: tuple[int, int], photo_size: tuple[int, int]) -> Grid | None:
        if maps is None or self.spec.grid is None:
            return None
        return place_grid(self.spec.grid, maps.shape[1:], size, photo_size)

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
        maps = answer.maps[0]
        if maps is None:
            return
        logits = answer.logits[0]
        off = np.abs(residual(np.asarray(maps), answer.bias[0], logits))
        _expect_small(off, PROBE_TOLERANCE * np.maximum(1, np.abs(logits)))
        if self._device_maps is not None:  # its logits are the head's on the device, not the graph's own
            own, _ = self._runtime.run(batch)
            off = np.abs((both_signs(own) if self.spec.single_logit else own)[0] - logits)
            _expect_small(off, DEVICE_TOLERANCE * np.maximum(1, np.abs(logits)))


def _expect_small(off: npt.NDArray[np.floating], allowed: npt.NDArray[np.floating]) -> None:
    if (off > allowed).any():
        raise InferenceError(f"mean(map) + bias misses the logit by up to {off.max():.2g}: head and graph disagree.")
