"""Pooling and detection against plain loops, and against what the network's own runtime does."""

import itertools

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from model.cam import Array
from model.detection import FILTERS, brightness, correlate, kernel_of, rectify
from model.pooling import Kind, Padding, Pooling, pool
from tests.node import answers

RANDOM = np.random.default_rng(0)
MAPS = [RANDOM.normal(0, 3, size).astype(np.float32) for size in ((6, 6), (7, 5), (1, 1), (2, 9), (12, 13))]
POOLINGS = [
    Pooling(kind, size, stride, padding)
    for kind, size, stride, padding in itertools.product(Kind, (1, 2, 3, 5), (1, 2, 3), Padding)
]


def by_runtime(values: Array, pooling: Pooling) -> Array:
    """The same by ONNX Runtime; "same" is its SAME_UPPER, which leaves the padding out of an average."""
    operation = {Kind.MAX: "MaxPool", Kind.AVERAGE: "AveragePool"}[pooling.kind]
    node = helper.make_node(
        operation, ["in"], ["out"], kernel_shape=[pooling.size] * 2, strides=[pooling.stride] * 2,
        auto_pad={Padding.VALID: "VALID", Padding.SAME: "SAME_UPPER"}[pooling.padding],
    )  # fmt: skip
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, None, None]) for name in ("in", "out")]
    network = helper.make_model(
        helper.make_graph([node], "pooling", ends[:1], ends[1:]),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    session = onnxruntime.InferenceSession(network.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"in": values[None, None]})[0])[0, 0]


def fits(values: Array, pooling: Pooling) -> bool:
    return all(pooling.side(side) for side in values.shape)


def test_pooling_is_what_the_runtime_of_networks_does() -> None:
    for values, pooling in itertools.product(MAPS, POOLINGS):
        # A window that leaves cells out has "negative padding" for the runtime, which refuses it.
        if fits(values, pooling) and pooling.size >= pooling.stride:
            np.testing.assert_allclose(pool(values, pooling), by_runtime(values, pooling), atol=1e-6)


def test_pooling_is_the_same_in_the_browser() -> None:
    cases = list(itertools.product(MAPS, POOLINGS))
    sent = [
        [{"values": values.ravel().tolist(), "rows": values.shape[0], "columns": values.shape[1]}, vars(pooling)]
        for values, pooling in cases
    ]
    for (values, pooling), found in zip(cases, answers("pooling", "pool", sent), strict=True):
        if not fits(values, pooling):
            assert found is None
            with pytest.raises(ValueError, match="no window"):
                pool(values, pooling)
            continue
        expected = pool(values, pooling)
        assert (found["rows"], found["columns"]) == expected.shape
        np.testing.assert_allclose(np.reshape(found["values"], expected.shape), expected, atol=1e-5)


def test_the_numbers_that_textbooks_give() -> None:
    values = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], dtype=np.float32)
    np.testing.assert_array_equal(pool(values, Pooling()), [[6, 8], [3, 4]])
    np.testing.assert_array_equal(pool(values, Pooling(Kind.AVERAGE)), [[3.25, 5.25], [2, 2]])
    assert pool(values, Pooling(size=3, stride=1, padding=Padding.SAME)).shape == (4, 4)
    assert pool(values, Pooling(size=3, stride=1)).shape == (2, 2)


def test_several_maps_are_pooled_each_by_itself() -> None:
    maps = RANDOM.normal(0, 1, (3, 2, 8, 6)).astype(np.float32)
    pooled = pool(maps, Pooling(Kind.AVERAGE))
    assert pooled.shape == (3, 2, 4, 3)
    np.testing.assert_allclose(pooled[1, 1], pool(maps[1, 1], Pooling(Kind.AVERAGE)))


@pytest.mark.parametrize(("size", "stride"), [(0, 1), (1, 0), (-1, 2)])
def test_windows_without_cells_are_refused(size: int, stride: int) -> None:
    with pytest.raises(ValueError, match="at least one cell"):
        Pooling(size=size, stride=stride)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_is_a_sum_over_its_window_here_and_in_the_browser(name: str) -> None:
    kernel = kernel_of(name)
    assert kernel.sum() == 0  # an even surface excites none of them
    for values in (one for one in MAPS if min(one.shape) >= 3):
        rows, columns = values.shape[0] - 2, values.shape[1] - 2
        by_hand = [[float((values[y : y + 3, x : x + 3] * kernel).sum()) for x in range(columns)] for y in range(rows)]
        found = correlate(values, kernel)
        np.testing.assert_allclose(found, by_hand, atol=1e-4)
        sent = {"values": values.ravel().tolist(), "rows": values.shape[0], "columns": values.shape[1]}
        asked = {"values": kernel.ravel().tolist(), "rows": 3, "columns": 3}
        [theirs] = answers("detection", "correlate", [[sent, asked]])
        np.testing.assert_allclose(np.reshape(theirs["values"], found.shape), found, atol=1e-4)
        [positive] = answers("detection", "rectify", [[theirs]])
        np.testing.assert_allclose(np.reshape(positive["values"], found.shape), rectify(found), atol=1e-4)


def test_an_edge_is_found_where_it_is_and_by_its_own_filter_alone() -> None:
    pixels = np.zeros((6, 6, 3), dtype=np.uint8)
    pixels[:, 3:] = 255
    light = brightness(pixels)
    assert light.min() == 0
    assert light.max() == pytest.approx(1)
    found = rectify(correlate(light, kernel_of("left-right")))
    np.testing.assert_allclose(found, [[0, 4, 4, 0]] * 4, atol=1e-5)
    assert not rectify(correlate(light, kernel_of("right-left"))).max() > 1e-5
    assert np.abs(correlate(light, kernel_of("top-bottom"))).max() < 1e-5
