"""A network tapped: what its layers give for a picture, not only what comes out at its end.

The values are those of the very graph that answers photos, with some of its inner values declared as outputs.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import onnxruntime

from model.bundle import GRAPH, Bundle
from model.cam import Array
from model.errors import BundleError, InferenceError
from model.overdue import noted
from model.preprocess import input_size
from model.runtime import FEATURES, INPUT, PROCESSOR
from model.sessions import session_options
from model.spec import Preprocessing
from model.steps import Step, steps, with_outputs

MOST_TAPS = 16
ACTIVATIONS = {"Relu", "Clip", "LeakyRelu", "PRelu", "Elu", "HardSwish", "Gelu"}
MAKES_MAPS = ACTIVATIONS | {"Conv", "Mul", "Add", "Concat", "MaxPool", "AveragePool", "BatchNormalization"}
GOES_ON = ACTIVATIONS | {"BatchNormalization", "Sigmoid", "HardSigmoid", "Erf", "Mul", "Div"}
PROBE = (3, 2)  # width : height; a picture that is no square tells rows from columns
ROUNDED_CELLS = 1.5
FLOAT = "tensor(float)"
ROOT, OUTPUT = "network", "_output_0"  # what a graph calls the whole, and what ends the names of its values


@dataclass(frozen=True)
class Tap:
    """A layer whose maps can be looked at.

    Attributes:
        name: in the network, such as "blocks.1.0.conv_dw"
        operation: the last step of it, as ONNX calls it: "Conv", "Relu", "Add"
        value: its name in the graph
        channels: how many maps it gives
        stride: how many input pixels lie between two of its cells, about
    """

    name: str
    operation: str
    value: str
    channels: int
    stride: float


class TappedNetwork:
    """A second session over a bundle's graph, for its inner values; safe to call from several threads."""

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        """Load the network and find the layers to look at, those of a small probe.

        Args:
            bundle: with its graph
            threads: of one pass

        Raises:
            BundleError: the graph cannot be read or loaded
        """
        try:
            found = {step.output: step for step in ends(steps(bundle.graph))}
            graph = with_outputs(bundle.graph, (name for name in found if name != FEATURES))
            self._session = onnxruntime.InferenceSession(graph, session_options(threads), providers=[PROCESSOR])
        except Exception as error:  # the binding raises a dozen unrelated types
            raise BundleError(f"{bundle.path / GRAPH}: cannot be looked into") from error
        given = {value.name: value for value in self._session.get_outputs() if value.type == FLOAT}
        maps = [found[name] for name in found if name in given and not _is_channels_last(given[name].shape)]
        self.taps = self._probed(bundle.spec.preprocessing, maps)

    def run(self, batch: npt.NDArray[np.uint8], taps: Sequence[Tap]) -> list[Array]:
        """What layers give for pictures.

        Args:
            batch: (B, H, W, 3), 8-bit RGB, of a size the network takes
            taps: some of this network's

        Returns:
            (B, C, rows, columns) of each

        Raises:
            InferenceError: the pass failed, or its numbers are not finite
        """
        values = self._values(batch, [tap.value for tap in taps])
        if not all(np.isfinite(one).all() for one in values):
            raise InferenceError("The network's answer is not a finite number.")
        return values

    def _values(self, batch: npt.NDArray[np.uint8], names: list[str]) -> list[Array]:
        try:
            with noted() as options:
                return list(self._session.run(names, {INPUT: batch}, options)) if names else []
        except Exception as error:  # as above
            raise InferenceError("The network could not answer for this picture.") from error

    def _probed(self, preprocessing: Preprocessing, found: Sequence[Step]) -> tuple[Tap, ...]:
        width, height = input_size(preprocessing, *PROBE)
        batch = np.full((1, height, width, 3), 128, dtype=np.uint8)
        values = self._values(batch, [step.output for step in found])
        taps = [
            Tap(layer_name(step), step.operation, step.output, shape[1], height / shape[2])
            for step, shape in zip(found, (value.shape for value in values), strict=True)
            if _is_maps(shape, (height, width))
        ]
        last = {tap.name: tap for tap in taps}  # a block that ends with several steps is shown once, at its end
        return chosen([tap for tap in taps if last[tap.name] is tap])


def ends(found: Sequence[Step]) -> Iterator[Step]:
    """The steps that end a layer: that make maps, and are followed by more than their own activation."""
    followers: defaultdict[str, list[str]] = defaultdict(list)
    for step in found:
        for name in step.inputs:
            followers[name].append(step.operation)
    for step in found:
        after = followers[step.output]
        if step.operation in MAKES_MAPS and step.output and not (after and GOES_ON.issuperset(after)):
            yield step


def _is_channels_last(shape: Sequence[int | str | None]) -> bool:
    """Whether a value is (B, rows, columns, C), by what ONNX Runtime knows of its shape; ConvNeXt has such layers."""
    return len(shape) == 4 and isinstance(shape[3], int) and not isinstance(shape[1], int)


def _is_maps(shape: tuple[int, ...], size: tuple[int, int]) -> bool:
    """Whether a value (B, C, rows, columns) is laid over the input, (height, width), and is not the input itself.

    Both sides are as many times smaller than the input's, but for rounding to whole cells.
    """
    if len(shape) != 4 or shape[2] * shape[3] <= 1 or (shape[1] <= 3 and shape[2:] == size):
        return False
    if size[0] == size[1]:
        return shape[2] == shape[3]
    down, across = size[0] / shape[2], size[1] / shape[3]
    rounding = min(0.5, ROUNDED_CELLS / min(shape[2:]))
    return down >= 1 and across >= 1 and abs(down - across) <= max(down, across) * rounding


def chosen(taps: Sequence[Tap], most: int = MOST_TAPS) -> tuple[Tap, ...]:
    """So many as one can look at: the first, the last, those before the maps get smaller, and some between.

    Args:
        taps: in the order of a forward pass
        most: how many, unless the maps get smaller more often than that
    """
    if len(taps) <= most:
        return tuple(taps)
    last = len(taps) - 1
    kept = {
        0,
        last,
        *(at for at, (one, after) in enumerate(pairwise(taps)) if round(one.stride) != round(after.stride)),
    }
    for at in np.linspace(0, last, most).round().astype(int).tolist():
        if len(kept) < most:
            kept.add(at)
    return tuple(taps[at] for at in sorted(kept))


def layer_name(step: Step) -> str:
    """A layer's name in the network: "blocks.1.conv", where its value is "/network/blocks/blocks.1/conv/Conv_output_0".

    PyTorch's exporter writes the path through the modules; each part that holds a numbered one repeats its name.
    """
    if not step.output.startswith("/"):
        return step.output
    *parts, own = step.output.strip("/").split("/")
    kept = [one for one, after in zip(parts, [*parts, own][1:], strict=True) if not after.startswith(f"{one}.")]
    return ".".join(kept[1:] if kept[:1] == [ROOT] else kept) or own.removesuffix(OUTPUT)
