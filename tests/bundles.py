"""Tiny model folders, made in milliseconds without torch: colours are their classes."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from model.bundle import GRAPH, write_bundle
from model.cam import Array, Head
from model.manifest import MANIFEST, seal
from model.spec import Activation, GridGeometry, HeadKind, Interpolation, ModelSpec, Preprocessing

CELL = 16
FIXED_SIDE = 64
LABELS = ("red", "green", "blue", "bright", "dark")
FLOAT = TensorProto.FLOAT


def colour_weights(outputs: int, seed: int = 0) -> Array:
    """Rows (outputs, 5) over the channels red, green, blue, bright, dark: each class its own, and a little noise."""
    noise = np.random.default_rng(seed).normal(0, 0.3, (outputs, 5))
    return (4 * np.eye(outputs, 5) + noise).astype(np.float32)


def _nan_where_black() -> list[onnx.NodeProto]:
    """Multiplies the logits "sound" by 1, or by 0 / 0 where a photo has no light at all."""
    return [
        helper.make_node("ReduceMax", ["planes", "all"], ["lightest"]),
        helper.make_node("Flatten", ["lightest"], ["light"]),
        helper.make_node("Div", ["light", "light"], ["one"]),
        helper.make_node("Mul", ["sound", "one"], ["logits"]),
    ]


def _nodes(kind: HeadKind, outputs: int) -> tuple[list[onnx.NodeProto], dict[str, Array]]:
    """The network: cell means of the photo, five rectified colour channels, one head."""
    mix = np.array([[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1], [1, 1, 1], [-1, -1, -1]]) / 255
    tensors: dict[str, Array] = {
        "mix": mix.astype(np.float32).reshape(5, 3, 1, 1),
        "shift": np.array([0, 0, 0, -2.25, 0.75], dtype=np.float32),
    }
    body = "maps_in" if kind is HeadKind.CONV else "features"
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Conv", ["cells", "mix", "shift"], ["mixed"]),
        helper.make_node("Relu", ["mixed"], [body]),
    ]
    weight, bias = colour_weights(outputs), np.linspace(-0.5, 0.5, outputs, dtype=np.float32)
    if kind is HeadKind.CONV:
        tensors |= {"w": weight.reshape(outputs, 5, 1, 1), "b": bias}
        nodes += [
            helper.make_node("Conv", ["maps_in", "w", "b"], ["features"]),
            helper.make_node("ReduceMean", ["features", "axes"], ["logits"], keepdims=0),
        ]
        return nodes, tensors
    if kind is HeadKind.FC:
        weight = np.repeat(weight, (FIXED_SIDE // CELL) ** 2, axis=1) / (FIXED_SIDE // CELL) ** 2
    tensors |= {"w": weight.T.copy(), "b": bias}
    reduction = {HeadKind.SUM: "ReduceSum", HeadKind.GMP: "ReduceMax"}.get(kind, "ReduceMean")
    if kind is HeadKind.FC:
        nodes.append(helper.make_node("Flatten", ["features"], ["pooled"]))
    else:
        nodes.append(helper.make_node(reduction, ["features", "axes"], ["pooled"], keepdims=0))
    last = "pooled"
    if kind is HeadKind.GAP_NORM:
        tensors |= {
            "gamma": np.linspace(1, 1.2, 5, dtype=np.float32),
            "beta": np.linspace(-0.1, 0.1, 5, dtype=np.float32),
        }
        nodes.append(helper.make_node("LayerNormalization", ["pooled", "gamma", "beta"], ["normed"], epsilon=1e-5))
        last = "normed"
    nodes.append(helper.make_node("Gemm", [last, "w", "b"], ["logits"]))
    return nodes, tensors


def make_graph(kind: HeadKind, outputs: int, nan_where_black: bool = False) -> tuple[bytes, dict[str, Array]]:
    """The ONNX file and the tensors in it."""
    nodes, tensors = _nodes(kind, outputs)
    if nan_where_black:
        nodes[-1].output[0] = "sound"
        nodes += _nan_where_black()
    constants = [numpy_helper.from_array(value, name) for name, value in tensors.items()]
    constants.append(numpy_helper.from_array(np.array([2, 3], dtype=np.int64), "axes"))
    if nan_where_black:
        constants.append(numpy_helper.from_array(np.array([1, 2, 3], dtype=np.int64), "all"))
    results = [helper.make_tensor_value_info("logits", FLOAT, ["B", outputs])]
    if kind is not HeadKind.FC:
        results.append(helper.make_tensor_value_info("features", FLOAT, ["B", None, "h", "w"]))
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["B", "H", "W", 3])
    graph = helper.make_graph(nodes, "tiny", [image], results, constants)
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(network)
    return network.SerializeToString(), tensors


def make_spec(
    kind: HeadKind, labels: tuple[str, ...], activation: Activation = Activation.SOFTMAX, outputs: int | None = None
) -> ModelSpec:
    """The spec of such a network."""
    fixed = (FIXED_SIDE, FIXED_SIDE) if kind is HeadKind.FC else None
    return ModelSpec(
        architecture="test/tiny",
        labels=labels,
        activation=activation,
        outputs=len(labels) if outputs is None else outputs,
        head=kind,
        channels={HeadKind.CONV: len(labels) if outputs is None else outputs, HeadKind.FC: 0}.get(kind, 5),
        preprocessing=Preprocessing(
            mean=(0, 0, 0),
            std=(1, 1, 1),
            interpolation=Interpolation.BILINEAR,
            multiple=CELL,
            base_side=128,
            min_side=CELL,
            max_side=512,
            fixed_size=fixed,
        ),
        grid=None if kind is HeadKind.FC else GridGeometry(stride_x=CELL, stride_y=CELL),
    )


def make_bundle(
    folder: Path,
    *,
    name: str = "tiny",
    kind: str = "gap",
    labels: tuple[str, ...] = LABELS,
    activation: str = "softmax",
    single_logit: bool = False,
    nan_where_black: bool = False,
) -> Path:
    """Write a tiny bundle at folder / name and return its path.

    A red photo is "red", and so on, for every kind; `single_logit` needs two labels and sigmoid. `nan_where_black`:
    every logit of a black photo is none.
    """
    head_kind = HeadKind(kind)
    outputs = 1 if single_logit else len(labels)
    graph, tensors = make_graph(head_kind, outputs, nan_where_black)
    linear = head_kind not in (HeadKind.CONV, HeadKind.FC)
    head = Head(
        kind=head_kind,
        weight=np.ascontiguousarray(tensors["w"].T) if linear else None,
        bias=tensors["b"] if linear else None,
        gamma=tensors.get("gamma"),
        beta=tensors.get("beta"),
        eps=1e-5 if head_kind is HeadKind.GAP_NORM else None,
    )
    spec = make_spec(head_kind, labels, Activation(activation), outputs)
    path = folder / name
    write_bundle(
        path, name=name, graph=graph, spec=spec, head=head, network=None, provenance={"source": "made for tests"}
    )
    return path


def packed(folder: Path, prefix: str = "", **others: bytes) -> bytes:
    """A zip of a model folder, and of other files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"{prefix}{file.name}")
        for name, content in others.items():
            archive.writestr(name, content)
    return stream.getvalue()


def reseal(path: Path, change: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Change a manifest as somebody would who can compute hashes too."""
    manifest = json.loads((path / MANIFEST).read_text())
    for name in manifest["files"]:
        if (path / name).is_file():
            manifest["files"][name] = hashlib.sha256((path / name).read_bytes()).hexdigest()
    if change:
        change(manifest)
    manifest["seal"] = seal(manifest)
    (path / MANIFEST).write_text(json.dumps(manifest))


def loop_for_ever(path: Path) -> None:
    """Have a bundle's network begin with a loop that never ends."""
    network = onnx.load(path / GRAPH)
    once_more, photo = (TensorProto.BOOL, []), (TensorProto.UINT8, None)
    values = {"round": (TensorProto.INT64, []), "more": once_more, "seen": photo, "still": once_more, "same": photo}
    told = {name: helper.make_tensor_value_info(name, *kind) for name, kind in values.items()}
    steps = [helper.make_node("Identity", ["more"], ["still"]), helper.make_node("Identity", ["seen"], ["same"])]
    body = helper.make_graph(
        steps, "body", [told[one] for one in ("round", "more", "seen")], [told["still"], told["same"]]
    )
    network.graph.initializer.append(numpy_helper.from_array(np.array(True), "true"))
    network.graph.node[0].input[0] = "looked at"
    network.graph.node.insert(0, helper.make_node("Loop", ["", "true", "image"], ["looked at"], body=body))
    (path / GRAPH).write_bytes(network.SerializeToString())
    reseal(path)
