"""A network tapped: its inner values are those that another library computes, and which of them are offered."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from model.bundle import GRAPH, read_bundle
from model.errors import BundleError
from model.steps import Step, steps, with_outputs
from model.taps import MOST_TAPS, Tap, TappedNetwork, chosen, ends, layer_name
from model.wire import delimited, fields, varint
from tests.bundles import CELL, make_bundle


@pytest.fixture(scope="module")
def batch() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, 4 * CELL, 6 * CELL, 3), dtype=np.uint8)


def test_layers_give_what_another_library_computes(bundle_path: Path, batch: np.ndarray) -> None:
    network = TappedNetwork(read_bundle(bundle_path))
    assert [tap.value for tap in network.taps] == ["cells", "features"]
    assert [(tap.operation, tap.channels, tap.stride) for tap in network.taps] == [
        ("AveragePool", 3, CELL),
        ("Relu", 5, CELL),
    ]
    whole = onnx.load(bundle_path / GRAPH)
    for tap in network.taps:
        if tap.value not in [value.name for value in whole.graph.output]:
            whole.graph.output.append(onnx.helper.make_empty_tensor_value_info(tap.value))
    expected = ReferenceEvaluator(whole).run([tap.value for tap in network.taps], {"image": batch})
    for found, values in zip(network.run(batch, network.taps), expected, strict=True):
        np.testing.assert_allclose(found, values, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["gap_norm", "conv", "fc"])
def test_every_kind_of_head_can_be_looked_behind(tmp_path: Path, kind: str) -> None:
    network = TappedNetwork(read_bundle(make_bundle(tmp_path, kind=kind)))
    assert network.taps
    values = network.run(np.full((1, 64, 64, 3), 9, np.uint8), network.taps)
    assert [value.shape[1] for value in values] == [tap.channels for tap in network.taps]


def test_a_graph_that_cannot_be_read_is_refused(bundle_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be looked into"):
        TappedNetwork(replace(read_bundle(bundle_path), graph=b"\xff\xff"))


def test_the_steps_of_a_graph_are_those_that_onnx_reads(bundle_path: Path) -> None:
    graph = (bundle_path / GRAPH).read_bytes()
    expected = [(node.op_type, tuple(node.input), node.output[0]) for node in onnx.load_from_string(graph).graph.node]
    assert [(step.operation, step.inputs, step.output) for step in steps(graph)] == expected


def test_what_is_appended_is_merged_with_the_graph(bundle_path: Path) -> None:
    graph = (bundle_path / GRAPH).read_bytes()
    merged = onnx.load_from_string(with_outputs(graph, ["cells", "x" * 300])).graph
    assert [value.name for value in merged.output] == ["logits", "features", "cells", "x" * 300]
    assert len(merged.node) == len(onnx.load_from_string(graph).graph.node)


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**31, 2**63])
def test_numbers_of_any_size_can_be_lengths(value: int) -> None:
    assert next(iter(fields(memoryview(varint(1 << 3) + varint(value) + delimited(2, b"x"))))) == (2, b"x")


@pytest.mark.parametrize("broken", [b"\x80", b"\x0a\x05ab", b"\x0b", b"\x80" * 11, b"\x0f"])
def test_what_is_no_message_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever way it is broken
        list(fields(memoryview(broken)))


def test_numbers_of_fixed_length_are_passed_over() -> None:
    message = b"\x09" + bytes(8) + b"\x15" + bytes(4) + delimited(3, b"here")
    assert [(number, bytes(content)) for number, content in fields(memoryview(message))] == [(3, b"here")]


@pytest.mark.parametrize("fixed", [True, False])
def test_each_block_is_offered_once_and_nothing_whose_channels_come_last(bundle_path: Path, fixed: bool) -> None:
    bundle = read_bundle(bundle_path)
    network = onnx.load_from_string(bundle.graph)
    shape = [1, 4 * CELL, 4 * CELL, 3] if fixed else ["B", "H", "W", 3]
    network.graph.input[0].CopyFrom(onnx.helper.make_tensor_value_info("image", onnx.TensorProto.UINT8, shape))
    doubled = onnx.helper.make_node("Add", ["features", "features"], ["/block/Add_output_0"])
    again = onnx.helper.make_node("Mul", ["/block/Add_output_0", "features"], ["/block/Mul_output_0"])
    pooled = onnx.helper.make_node("GlobalAveragePool", ["/block/Add_output_0"], ["elsewhere"])
    network.graph.node.extend([doubled, again, pooled])
    turned = onnx.helper.make_node("Transpose", ["features"], ["turned"], perm=[0, 2, 3, 1])
    added = onnx.helper.make_node("Add", ["turned", "shift"], ["last"])
    network.graph.node.extend([turned, added])
    preprocessing = bundle.spec.preprocessing
    if fixed:
        preprocessing = preprocessing.model_copy(update={"fixed_size": (4 * CELL, 4 * CELL)})
    spec = bundle.spec.model_copy(update={"preprocessing": preprocessing})
    tapped = TappedNetwork(replace(bundle, graph=network.SerializeToString(), spec=spec))
    assert [tap.value for tap in tapped.taps] == ["cells", "features", "/block/Mul_output_0"]


def test_a_layer_ends_behind_its_activation() -> None:
    found = [
        Step("Conv", ("x", "w"), "a"), Step("BatchNormalization", ("a",), "b"), Step("Relu", ("b",), "c"),
        Step("Conv", ("c", "w"), "d"), Step("Sigmoid", ("d",), "e"), Step("Mul", ("d", "e"), "f"),
        Step("Add", ("c", "f"), "g"), Step("Conv", ("g", "w"), "h"), Step("GlobalAveragePool", ("h",), "i"),
    ]  # fmt: skip
    assert [step.output for step in ends(found)] == ["c", "f", "g", "h"]


def test_few_of_many_layers_are_offered_and_every_size_is_among_them() -> None:
    strides = [2] * 30 + [4] + [8] * 60 + [16] * 3
    taps = [Tap(f"{at}", "Relu", f"{at}", 8, float(stride)) for at, stride in enumerate(strides)]
    offered = chosen(taps)
    assert len(offered) == MOST_TAPS
    assert [offered[0].name, offered[-1].name] == ["0", "93"]
    assert {"29", "30", "90"} <= {tap.name for tap in offered}
    assert [int(tap.name) for tap in offered] == sorted(int(tap.name) for tap in offered)
    assert chosen(taps[:3]) == tuple(taps[:3])


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("/network/bn1/act/Clip_output_0", "bn1.act"),
        ("/network/blocks/blocks.1/blocks.1.0/conv_pwl/Conv_output_0", "blocks.1.0.conv_pwl"),
        ("/network/conv_stem/conv_stem.1/Conv_output_0", "conv_stem.1"),
        ("/features/features.0/Relu_output_0", "features.0"),
        ("/Relu_output_0", "Relu"),
        ("/network/Relu_1_output_0", "Relu_1"),
        ("features", "features"),
    ],
)
def test_layers_are_called_as_in_the_network(value: str, name: str) -> None:
    assert layer_name(Step("Relu", (), value)) == name
