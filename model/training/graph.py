"""Give an exported graph its second output: the feature maps that lie before its pooling."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import helper

from model.errors import NetworkError
from model.runtime import FEATURES, INPUT, LOGITS
from model.training.heads import Seam

REDUCTIONS = frozenset({
    "GlobalAveragePool", "GlobalMaxPool", "AveragePool", "MaxPool", "ReduceMean", "ReduceMax", "ReduceSum",
})  # fmt: skip
MOVES = frozenset({"Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity"})


def expose_features(content: bytes, seam: Seam, photos: npt.NDArray[np.uint8]) -> bytes:
    """Add the output "features" (B, C, h, w): what the pooling next to the logits takes.

    That there is one pooling, and what kind, is known from the network itself; here it is only
    found again under the exporter's names. The result is compared with the network afterwards.

    Args:
        content: an ONNX file whose output are logits
        seam: of the network
        photos: a batch to run

    Raises:
        NetworkError: the pooling is not to be found
    """
    proto = onnx.load_from_string(content)
    name = _four_dimensional(proto, _before_pooling(proto.graph), photos)
    if seam.channels_last:
        proto.graph.node.append(helper.make_node("Transpose", [name], [FEATURES], perm=[0, 3, 1, 2]))
    else:
        proto.graph.node.append(helper.make_node("Identity", [name], [FEATURES]))
    shape: list[str | int | None] = ["batch", seam.channels, "rows", "columns"]
    proto.graph.output.insert(0, helper.make_tensor_value_info(FEATURES, onnx.TensorProto.FLOAT, shape))
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def _before_pooling(graph: onnx.GraphProto) -> list[str]:
    """Names of tensors before the last pooling, nearest first: what it takes, and what was moved to make that."""
    producers = {output: node for node in graph.node for output in node.output}
    constants = {tensor.name for tensor in graph.initializer}
    constants |= {output for node in graph.node if not node.input for output in node.output}
    name, pooled = LOGITS, False
    candidates: list[str] = []
    while (node := producers.get(name)) is not None:
        is_pooling = node.op_type in REDUCTIONS
        if pooled and not is_pooling and node.op_type not in MOVES:
            break
        pooled = pooled or is_pooling
        name = next(source for source in node.input if source not in constants)
        if pooled:
            candidates.append(name)
    return candidates


def _four_dimensional(proto: onnx.ModelProto, names: Sequence[str], photos: npt.NDArray[np.uint8]) -> str:
    """The first of some tensors that has four axes when photos are run."""
    trial = onnx.ModelProto()
    trial.CopyFrom(proto)
    trial.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(trial.SerializeToString(), providers=["CPUExecutionProvider"])
    values = session.run(list(names), {INPUT: photos}) if names else []
    for name, value in zip(names, values, strict=True):
        if value.ndim == 4:
            return name
    raise NetworkError("the network cannot be exported: its pooling is not to be found in the exported graph")
