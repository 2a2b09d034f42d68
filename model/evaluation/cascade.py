"""A network that forgets: its layers redrawn one after the other, from the last one to the photo (Adebayo et al. 2018).

layer     a convolution or a product with a learned matrix before the feature maps, with its bias, and with what
          stands between it and the next one: a normalisation, a learned scale
redrawn   each kernel from a normal distribution of its own mean and standard deviation; each vector (biases, a
          normalisation's statistics) shuffled, so that what must be positive stays so

What one cascade has redrawn the next step keeps, so step n is the same however often it is computed.
The bundle's ONNX graph is changed, not its torch weights: torch is not needed, and int8 graphs go the same way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from model.cam import Array, Head
from model.runtime import FEATURES

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, TensorProto

WEIGHING = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
BESIDE = frozenset({
    "Add", "BatchNormalization", "Div", "GroupNormalization", "InstanceNormalization", "LayerNormalization", "Mul",
    "PRelu", "Sub",
})  # fmt: skip
PASSING = frozenset({"Cast", "DequantizeLinear", "Identity", "Reshape", "Transpose"})
DRAWN_TYPES = frozenset("fiu")

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """What one layer has learned.

    Attributes:
        name: of its node in the graph
        tensors: its kernel, then everything beside it
    """

    name: str
    tensors: Sequence["TensorProto"]


def cascade(graph: bytes, at: Sequence[int], seed: int) -> Iterator[tuple[str, bytes]]:
    """Networks of which more and more layers are redrawn.

    Args:
        graph: an ONNX file
        at: how many layers, ascending; each once
        seed: of what is drawn

    Returns:
        of each: the name of the last layer that was redrawn, and the ONNX file
    """
    import onnx  # noqa: PLC0415 - of the extra `evaluate`

    network = onnx.load_model_from_string(graph)
    layers = layers_of(network.graph)
    done = 0
    for count in at:
        for place in range(done, count):
            _redraw(layers[place], np.random.default_rng([seed, place]))
        done = count
        yield layers[count - 1].name, network.SerializeToString()


def layer_count(graph: bytes) -> int:
    """How many layers an ONNX file has before its feature maps."""
    import onnx  # noqa: PLC0415 - of the extra `evaluate`

    return len(layers_of(onnx.load_model_from_string(graph).graph))


def layers_of(graph: "GraphProto") -> list[Layer]:
    """The layers before the feature maps, the last one first."""
    makers = {name: node for node in graph.node for name in node.output}
    before = _before(makers, FEATURES)
    learned = _learned(graph)
    layers: list[tuple[str, list[TensorProto]]] = []
    taken: set[str] = set()
    for node in graph.node:
        if not before.intersection(node.output):
            continue
        found = [one for name in node.input if (one := _behind(name, makers, learned)) and one.name not in taken]
        if node.op_type in WEIGHING and any(len(one.dims) > 1 for one in found):
            layers.append((node.name or found[0].name, []))
        elif node.op_type not in BESIDE or not layers:
            continue
        layers[-1][1].extend(found)
        taken.update(one.name for one in found)
    return [Layer(name, tensors) for name, tensors in reversed(layers)]


def redrawn(values: Numbers, generator: np.random.Generator) -> Numbers:
    """An array of the same shape and kind that has learned nothing.

    Args:
        values: a kernel, (outputs, ...), drawn anew; or a vector, shuffled
        generator: of what is drawn
    """
    if values.ndim < 2:
        return np.asarray(generator.permutation(values))
    wide = values.astype(np.float64)
    drawn = generator.normal(wide.mean(), wide.std(), values.shape)
    if np.issubdtype(values.dtype, np.integer):
        limits = np.iinfo(values.dtype)
        drawn = np.clip(np.rint(drawn), limits.min, limits.max)
    return drawn.astype(values.dtype)


def redrawn_head(head: Head, seed: int) -> Head:
    """A head that has learned nothing; of one without weights itself, for its layer is the graph's."""
    generator = np.random.default_rng(seed)

    def drawn(values: Array | None) -> Array | None:
        return None if values is None else redrawn(values, generator)

    return replace(
        head, weight=drawn(head.weight), bias=drawn(head.bias), gamma=drawn(head.gamma), beta=drawn(head.beta)
    )


def others(classes: int, seed: int) -> Sequence[int]:
    """For each of several classes another one, whose row it gets when a head's rows are shuffled: no row stays."""
    around = np.random.default_rng(seed).permutation(classes)
    other = np.empty(classes, np.intp)
    other[around] = np.roll(around, 1)
    return [int(index) for index in other]


def _redraw(layer: Layer, generator: np.random.Generator) -> None:
    from onnx import numpy_helper  # noqa: PLC0415 - of the extra `evaluate`

    for tensor in layer.tensors:
        values = numpy_helper.to_array(tensor)
        tensor.CopyFrom(numpy_helper.from_array(redrawn(values, generator), tensor.name))


def _before(makers: Mapping[str, "NodeProto"], output: str) -> set[str]:
    """All values that an output is made of, itself among them."""
    found, waiting = set(), [output]
    while waiting:
        name = waiting.pop()
        if name not in found and name in makers:
            found.add(name)
            waiting.extend(makers[name].input)
    return found


def _learned(graph: "GraphProto") -> dict[str, "TensorProto"]:
    """The numbers in a graph, by name, that are more than one."""
    from onnx import helper  # noqa: PLC0415 - of the extra `evaluate`

    tensors = {one.name: one for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value":
                    attribute.t.name = node.output[0]
                    tensors[node.output[0]] = attribute.t
    return {
        name: one
        for name, one in tensors.items()
        if np.prod(one.dims) > 1 and helper.tensor_dtype_to_np_dtype(one.data_type).kind in DRAWN_TYPES
    }


def _behind(name: str, makers: Mapping[str, "NodeProto"], learned: Mapping[str, "TensorProto"]) -> "TensorProto | None":
    """The numbers that an input is, however they are packed; None where it hangs on the photo."""
    while name not in learned and name in makers and makers[name].op_type in PASSING:
        name = makers[name].input[0]
    return learned.get(name)
