"""Another head on a graph that is there already: the network is kept as it is, nothing is exported anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper
from torch import nn

from model.errors import TrainingError
from model.manifest import first_line
from model.runtime import FEATURES, LOGITS
from model.spec import HeadKind, Pool
from model.training.head_modules import (
    ConnectedHead,
    ConvolutionHead,
    LinearHead,
    MlpconvHead,
    NormalisedAverageHead,
    TrainableHead,
)

TRUNK = "trunk_features"  # the network's maps, where the head's own maps are the features
HEAD = "camscope_head"  # no network calls its own weights that
SPATIAL = f"{HEAD}.axes"
REDUCTIONS = {Pool.AVERAGE: "ReduceMean", Pool.SUM: "ReduceSum", Pool.MAXIMUM: "ReduceMax"}


@dataclass
class Parts:
    """Nodes and their constants, while a head is put together; `features` is the name of the maps it takes."""

    features: str = FEATURES
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    def add(self, operation: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:  # noqa: ANN401 (ONNX's own)
        """Add a node; its output's name."""
        self.nodes.append(helper.make_node(operation, list(inputs), [output], **attributes))
        return output

    def learned(self, layer: nn.Module, place: str = "") -> list[str]:
        """Keep a layer's weight and bias as constants; their names."""
        prefix = f"{HEAD}.{place}" if place else HEAD
        for name, tensor in layer.state_dict().items():
            self.constants[f"{prefix}.{name}"] = tensor.detach().cpu().numpy()
        return [f"{prefix}.weight", f"{prefix}.bias"]


def replace_head(content: bytes, head: TrainableHead) -> bytes:
    """Put a trained head behind the feature maps of a graph.

    Args:
        content: an ONNX file of `export`, or one that got its head here
        head: for C channels

    Returns:
        the ONNX file with the new outputs "logits" and, where the head has maps, "features"

    Raises:
        TrainingError: the graph has no feature maps, or the head does not fit the graph
    """
    proto = onnx.load_from_string(content)
    own_maps = isinstance(head, ConvolutionHead | MlpconvHead)
    parts = Parts(TRUNK if own_maps else FEATURES)
    nodes = _up_to_maps(proto.graph.node, parts.features)
    _append(parts, head)
    _assemble(proto, [*nodes, *parts.nodes], parts.constants, _outputs(head))
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise TrainingError(f"the head does not fit the graph: {first_line(error)}") from error
    return bytes(proto.SerializeToString())


def _up_to_maps(nodes: Sequence[NodeProto], name: str) -> list[NodeProto]:
    """The nodes that the network's own maps depend on, in their order, with a name for those maps."""
    produced = {output for node in nodes for output in node.output}
    found = next((maps for maps in (TRUNK, FEATURES) if maps in produced), None)
    if found is None:
        raise TrainingError("the graph has no feature maps that another head could take")
    needed = _needed(nodes, found)
    for node in needed:
        node.output[:] = [name if output == found else output for output in node.output]
    return needed


def _needed(nodes: Sequence[NodeProto], name: str) -> list[NodeProto]:
    """The nodes that a tensor depends on, in their order."""
    producers = {output: node for node in nodes for output in node.output}
    wanted, found = [name], set()
    while wanted:
        node = producers.get(wanted.pop())
        if node is not None and id(node) not in found:
            found.add(id(node))
            wanted += node.input
    return [node for node in nodes if id(node) in found]


def _append(parts: Parts, head: TrainableHead) -> None:
    """Add a head's nodes, which end in the logits."""
    match head:
        case ConvolutionHead():
            parts.add("Conv", [parts.features, *parts.learned(head.convolution)], FEATURES)
            _reduce(parts, "ReduceMean", FEATURES, LOGITS)
        case MlpconvHead():
            parts.add("Conv", [parts.features, *parts.learned(head.block[0], "0")], "head_first")
            parts.add("Relu", ["head_first"], "head_rectified")
            last = "head_last" if head.rectified else FEATURES
            parts.add("Conv", ["head_rectified", *parts.learned(head.block[2], "2")], last)
            if head.rectified:
                parts.add("Relu", [last], FEATURES)
            _reduce(parts, "ReduceMean", FEATURES, LOGITS)
        case ConnectedHead():
            parts.add("Flatten", [parts.features], "head_flat", axis=1)
            parts.add("Gemm", ["head_flat", *parts.learned(head.layers[2], "2")], "head_hidden", transB=1)
            parts.add("Relu", ["head_hidden"], "head_rectified")
            parts.add("Gemm", ["head_rectified", *parts.learned(head.layers[5], "5")], LOGITS, transB=1)
        case LinearHead():
            pooled = _reduce(parts, REDUCTIONS[head.pool], parts.features, "head_pooled")
            if isinstance(head, NormalisedAverageHead):
                learned = parts.learned(head.norm, "norm")
                pooled = parts.add("LayerNormalization", [pooled, *learned], "head_normed", epsilon=head.norm.eps)
            parts.add("Gemm", [pooled, *parts.learned(head.linear)], LOGITS, transB=1)
        case _:
            raise TrainingError(f"{type(head).__name__} has no form as a graph")


def _reduce(parts: Parts, reduction: str, source: str, output: str) -> str:
    """Add a reduction over both spatial axes; the name of what it gives."""
    parts.constants[SPATIAL] = np.array([2, 3], dtype=np.int64)
    return parts.add(reduction, [source, SPATIAL], output, keepdims=0)


def _outputs(head: TrainableHead) -> list[onnx.ValueInfoProto]:
    """What the graph answers with, features first, as `export` has them."""
    logits = helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["batch", head.outputs])
    if isinstance(head, ConnectedHead):
        return [logits]
    channels = head.outputs if head.kind is HeadKind.CONV else head.channels
    shape: list[str | int | None] = ["batch", channels, "rows", "columns"]
    return [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, shape), logits]


def _assemble(
    proto: onnx.ModelProto,
    nodes: Sequence[NodeProto],
    constants: Mapping[str, npt.NDArray[Any]],
    outputs: Sequence[onnx.ValueInfoProto],
) -> None:
    """Give a graph these nodes and outputs, and of its constants those that are still used."""
    used = {name for node in nodes for name in node.input}
    tensors = [tensor for tensor in proto.graph.initializer if tensor.name in used and tensor.name not in constants]
    tensors += [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()]
    kept_nodes = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    kept_tensors = [TensorProto.FromString(tensor.SerializeToString()) for tensor in tensors]
    for part in ("node", "initializer", "output", "value_info"):
        proto.graph.ClearField(part)
    proto.graph.node.extend(kept_nodes)
    proto.graph.initializer.extend(kept_tensors)
    proto.graph.output.extend(outputs)
