"""From a bundle to one whose convolutions run in int8; pooling and head stay float32 (docs/decisions/0099).

So the identity mean(map) + bias = logit holds for the int8 network's own features as it does for any
other's. How far those are from the float network's is measured, and goes with the bundle.
"""

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from onnx import NodeProto
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from model.bundle import Bundle, refuse_existing, write_bundle
from model.classifier import Classifier
from model.errors import InferenceError, NetworkError
from model.int8 import INT8, Calibration, Int8, is_int8
from model.manifest import first_line
from model.photos import Pixels
from model.preprocess import input_size
from model.runtime import FEATURES, INPUT, LOGITS, Runtime
from model.spec import HeadKind
from model.training.agreement import measure_agreement, measure_speed
from model.training.calibration import calibration_inputs
from model.training.surgery import HEAD

QUANTISED = ("Conv", "Clip", "Relu")  # the latter two go where a convolution's own range says as much
STALE = ("metrics", "made_with")  # of the float bundle, and not true of this one

Report = Callable[[str], None]


def quantise(
    source: Bundle,
    path: Path,
    pictures: Sequence[Path],
    *,
    name: str,
    called: str,
    report: Report = lambda _: None,
) -> Bundle:
    """Write a bundle once more with convolutions in int8, calibrated and compared on pictures.

    Args:
        source: a float bundle
        path: the new folder; an existing one is refused
        pictures: files to calibrate with and to judge by; two at least
        name: of the new bundle
        called: what the pictures are, for people
        report: told what is being done, in a few words

    Raises:
        NetworkError: it runs in int8 already, has no convolutions, or int8 breaks it
        DatasetError: fewer than two pictures can be read
        BundleError: the folder exists or cannot be written
    """
    refuse_existing(path)
    if is_int8(source.provenance):
        raise NetworkError(f"{source.path}: its convolutions run in int8 already; take the float model")
    report("reading pictures")
    calibrated, judged = calibration_inputs(pictures, source.spec.preprocessing)
    report("calibrating")
    quantised = replace(source, graph=int8_graph(source, calibrated.views))
    report("comparing with the float model")
    before, after = Runtime(source), Runtime(quantised)
    try:
        Classifier(quantised, after).probe()
        agreement = measure_agreement(source, before, after, judged)
        speed = measure_speed(before, after, input_size(source.spec.preprocessing, 4, 3))
    except InferenceError as error:
        raise NetworkError(f"{source.path}: does not work in int8: {error}") from error
    told = Int8(
        original=source.id,
        original_name=source.name,
        calibration=Calibration(source=called, pictures=calibrated.pictures, inputs=len(calibrated.views)),
        agreement=agreement,
        speed=speed,
    )
    report("writing")
    return write_bundle(
        path,
        name=name,
        graph=quantised.graph,
        spec=source.spec,
        head=source.head,
        network=None,
        provenance=_provenance(source, told),
    )


def int8_graph(source: Bundle, inputs: Sequence[Pixels]) -> bytes:
    """A bundle's graph with 8-bit convolutions: weights by channel, activations in the ranges that inputs give them.

    Args:
        source: a float bundle
        inputs: pictures as the network is to see them, each (1, H, W, 3)

    Raises:
        NetworkError: the graph has no convolutions outside its head, or cannot be quantised
    """
    with tempfile.TemporaryDirectory(prefix="camscope-int8-") as folder, _quiet():
        plain = _simplified(source.graph, Path(folder))
        kept = _head_convolutions(plain, source.spec.head)
        if all(node.name in kept for node in plain.graph.node if node.op_type == "Conv"):
            raise NetworkError(f"{source.path}: has no convolutions that could run in int8")
        target = Path(folder) / "int8.onnx"
        try:
            quantize_static(
                plain,
                target,
                _Reader(inputs),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(QUANTISED),
                nodes_to_exclude=sorted(kept),
                per_channel=True,
                weight_type=QuantType.QInt8,
                activation_type=QuantType.QUInt8,
                reduce_range=True,  # 7 bits: of 8, sums of two products overflow on processors without VNNI
                calibrate_method=CalibrationMethod.MinMax,
            )
        except Exception as error:  # the tool raises what it likes
            raise NetworkError(f"{source.path}: cannot be quantised: {first_line(error)}") from error
        return target.read_bytes()


def _simplified(content: bytes, folder: Path) -> onnx.ModelProto:
    """The graph with constants folded, in standard operations alone, each with a name."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folder / "plain.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    plain = onnx.load(folder / "plain.onnx")
    used = {node.domain for node in plain.graph.node}
    kept = [one for one in plain.opset_import if one.domain in used]
    del plain.opset_import[:]
    plain.opset_import.extend(kept)  # ONNX Runtime lists all that it knows
    for number, node in enumerate(plain.graph.node):
        node.name = f"{node.op_type}_{number}"
    onnx.helper.set_model_props(plain, {"onnx.quant.pre_process": "camscope"})
    return plain


def _head_convolutions(graph: onnx.ModelProto, kind: HeadKind) -> set[str]:
    """Names of the convolutions that belong to the head, where its maps come from one."""
    if kind is not HeadKind.CONV:
        return set()
    found = {node.name for node in graph.graph.node if any(name.startswith(f"{HEAD}.") for name in node.input)}
    producers = {output: node for node in graph.graph.node for output in node.output}
    name: str | None = FEATURES if FEATURES in producers else LOGITS
    while name in producers:
        node: NodeProto = producers[name]
        if node.op_type == "Conv":
            return found | {node.name}
        name = node.input[0] if node.input else None
    return found


class _Reader(CalibrationDataReader):  # type: ignore[misc]  # the package is untyped
    """Inputs, one by one, as the calibration asks for them."""

    def __init__(self, inputs: Sequence[Pixels]) -> None:
        self._left = iter(inputs)

    def get_next(self) -> dict[str, Pixels] | None:
        """The next one; None after the last."""
        pixels = next(self._left, None)
        return None if pixels is None else {INPUT: pixels}


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the tool's own advice on the root logger, which is for its authors' workflow."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)


def _provenance(source: Bundle, told: Int8) -> dict[str, Any]:
    """What the float bundle says of itself, as far as it is true of this one, and what was measured."""
    kept = {key: value for key, value in source.provenance.items() if key not in STALE}
    made = {library: version(library) for library in ("onnx", "onnxruntime")}
    return {**kept, "made_with": made, INT8: told.model_dump(mode="json")}
