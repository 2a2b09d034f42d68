"""A network as an ONNX graph that takes 8-bit photos and gives features and logits, verified."""

import copy
import io
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from torch import Tensor, nn

from model.cam import Array, explain_logits
from model.errors import NetworkError
from model.manifest import first_line
from model.runtime import FEATURES, INPUT, LOGITS
from model.training.graph import expose_features
from model.training.heads import Seam, cut, numeric_head
from model.training.padding import with_static_padding
from model.training.sizes import Sizes
from model.training.traits import Traits

OPSET = 18  # has layer normalisation as one operation; every ONNX Runtime of the last years reads it
TOLERANCE = 1e-4  # of the picture's largest logit: rounding errors are of the size of what was added up
MAGNIFIED = 4.0  # times torch's own rounding error
MAX_OWN_ERROR = 100.0  # times TOLERANCE; beyond, nothing can be said

log = logging.getLogger(__name__)
Photos = npt.NDArray[np.uint8]


class PhotoNetwork(nn.Module):
    """A network behind its normalisation: 8-bit RGB photos (B, H, W, 3) in, logits (B, K) out."""

    scale: Tensor
    shift: Tensor

    def __init__(self, network: nn.Module, traits: Traits) -> None:
        super().__init__()
        self.network = network
        self.traits = traits
        mean, std = np.array(traits.mean), np.array(traits.std)
        self.register_buffer("scale", torch.tensor(1 / (255 * std), dtype=torch.float32).view(1, 3, 1, 1))
        self.register_buffer("shift", torch.tensor(-mean / std, dtype=torch.float32).view(1, 3, 1, 1))

    def normalised(self, photos: Tensor) -> Tensor:
        """What the network itself takes, (B, 3, H, W)."""
        return photos.permute(0, 3, 1, 2).to(torch.float32) * self.scale + self.shift

    def forward(self, photos: Tensor) -> Tensor:
        """Logits of photos."""
        logits: Tensor = self.network(self.normalised(photos))
        return logits


@dataclass(frozen=True)
class Graph:
    """An exported network, compared with the original at several sizes and batches.

    Attributes:
        content: the ONNX file
        seam: the head, with its values
        fixed_side: of the one square input it takes, in pixels, or none
        deviation: the largest difference seen, as a part of TOLERANCE's allowance, 0 to 1
    """

    content: bytes
    seam: Seam
    fixed_side: int | None
    deviation: float


def export_graph(network: nn.Module, traits: Traits, sizes: Sizes) -> Graph:
    """Turn a network into a verified graph, for every size it takes or, failing that, for one.

    Some networks (Swin) write the size of what they were traced with into the graph, without a
    word. Such a graph is found out by comparison and exported anew for one size.

    Raises:
        NetworkError: it cannot be exported, or what comes out differs from the network
    """
    original = PhotoNetwork(network, traits).eval()
    if sizes.fixed_side is None:
        try:
            return _exported(original, trial_sizes(sizes, traits.resize_side), fixed_side=None)
        except NetworkError as error:
            log.warning("the graph is not right for every size, so it is made for one: %s", error)
    side = sizes.fixed_side or traits.crop_side
    return _exported(original, [(1, side, side), (2, side, side), (3, side, side)], fixed_side=side)


def trial_sizes(sizes: Sizes, side: int) -> list[tuple[int, int, int]]:
    """Batches, heights and widths at which a graph is compared: square, wide and as small as can be."""
    step = sizes.multiple
    middle = max(round(side / step) * step, sizes.min_side)
    return [
        (1, middle, middle),
        (2, max(middle - step, sizes.min_side), middle + 2 * step),
        (8, sizes.min_side + step, sizes.min_side),
    ]


def trial_photos(batch: int, height: int, width: int) -> Photos:
    """Noise with coarse and fine structure, (B, H, W, 3)."""
    generator = np.random.default_rng([batch, height, width])
    coarse = generator.integers(0, 200, (batch, -(-height // 32), -(-width // 32), 3))
    coarse = coarse.repeat(32, axis=1).repeat(32, axis=2)[:, :height, :width]
    return np.asarray(coarse + generator.integers(0, 56, (batch, height, width, 3)), dtype=np.uint8)


def _exported(original: PhotoNetwork, trials: Sequence[tuple[int, int, int]], fixed_side: int | None) -> Graph:
    sample = trial_photos(*trials[1])
    seam = _answer(original, sample)
    content = expose_features(_traced(original, sample, any_size=fixed_side is None), seam, sample)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    deviation = max(_deviation(session, original, trial_photos(*trial)) for trial in trials)
    return Graph(content, seam, fixed_side, deviation)


def _traced(original: PhotoNetwork, sample: Photos, any_size: bool) -> bytes:
    """The graph with its logits alone, from the exporter that traces (docs/decisions/0011)."""
    padded = PhotoNetwork(with_static_padding(original.network), original.traits).eval()
    sized = {0: "batch", 1: "height", 2: "width"} if any_size else {0: "batch"}
    buffer = io.BytesIO()
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # It is deprecated, and warns of each size that Python code looked at: `_deviation` judges those.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                padded,
                (torch.from_numpy(sample),),
                buffer,  # type: ignore[arg-type]  # taken all the same, by this exporter
                dynamo=False,
                opset_version=OPSET,
                input_names=[INPUT],
                output_names=[LOGITS],
                dynamic_axes={INPUT: sized, LOGITS: {0: "batch"}},
            )
    except Exception as error:  # an exporter that meets an operation it does not know raises what it likes
        raise NetworkError(f"the network cannot be exported: {first_line(error)}") from error
    return buffer.getvalue()


def _deviation(session: onnxruntime.InferenceSession, original: PhotoNetwork, photos: Photos) -> float:
    """Compare a graph with the network on photos, and the maps with the logits.

    Returns:
        the largest difference, as a part of what is allowed

    Raises:
        NetworkError: it is more than that
    """
    expected = _answer(original, photos)
    try:
        features, logits = session.run([FEATURES, LOGITS], {INPUT: photos})
    except Exception as error:  # the runtime's own, such as shapes that do not fit
        raise NetworkError(f"the graph fails on photos of shape {photos.shape}: {first_line(error)}") from error
    maps, bias = explain_logits(features, numeric_head(expected))
    off = {
        "logits differ": difference(logits, expected.logits),
        "features differ": difference(features, expected.features),
        "maps do not add up to the logits": difference(maps.mean(axis=(2, 3)) + bias, torch.from_numpy(logits)),
    }
    worst = max(off, key=lambda name: off[name])
    if off[worst] > 1 and not _as_good_as_torch(original, photos, expected, features, logits):
        raise NetworkError(f"the graph is not the network: on photos of shape {photos.shape} {worst}")
    return off[worst]


def _answer(original: PhotoNetwork, photos: Photos, dtype: torch.dtype = torch.float32) -> Seam:
    network = original.network if dtype is torch.float32 else copy.deepcopy(original.network).to(dtype)
    with torch.no_grad():
        return cut(network, original.normalised(torch.from_numpy(photos)).to(dtype))


def difference(actual: Array, expected: Tensor) -> float:
    """How far answers (B, ...) are apart at most, as a part of what is allowed: TOLERANCE of the picture's largest."""
    if actual.shape != expected.shape:
        return float("inf")
    gap = np.abs(actual - expected.numpy()).reshape(len(actual), -1).max(axis=1)
    scale = np.abs(expected.numpy()).reshape(len(actual), -1).max(axis=1)
    worst = float(np.max(gap / (TOLERANCE * np.maximum(1, scale))))
    return worst if np.isfinite(worst) else float("inf")


def _as_good_as_torch(original: PhotoNetwork, photos: Photos, expected: Seam, features: Array, logits: Array) -> bool:
    """Whether a graph is about as near to the network in double precision as torch is in single precision.

    Some networks magnify rounding errors: then the two differ, and neither is wrong.
    """
    exact = _answer(original, photos, torch.float64)
    pairs = ((features, expected.features, exact.features), (logits, expected.logits, exact.logits))
    return all(
        difference(actual, true) <= MAGNIFIED * difference(own.numpy(), true) < MAGNIFIED * MAX_OWN_ERROR
        for actual, own, true in pairs
    )
