"""Matrix products, against NumPy's own; and the file that makes them, against what onnx would write."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from model.products import GRAPH, matmul

SIDES = st.integers(1, 70)


@given(SIDES, SIDES, SIDES, st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_products_are_those_of_numpy(rows: int, between: int, columns: int, batch: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    left = generator.normal(size=(rows, between)).astype(np.float32)
    right = generator.normal(size=(batch, between, columns)).astype(np.float32)
    product = matmul(left, right)
    assert product.dtype == np.float32
    np.testing.assert_allclose(product, left.astype(np.float64) @ right, atol=1e-3)


def test_views_are_taken_as_well_as_whole_arrays() -> None:
    values = np.arange(24, dtype=np.float32).reshape(4, 6)
    np.testing.assert_array_equal(matmul(values[::2], values.T[:, ::3]), values[::2] @ values.T[:, ::3])


def test_nothing_times_something_is_empty() -> None:
    assert matmul(np.zeros((0, 3), np.float32), np.zeros((3, 4), np.float32)).shape == (0, 4)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="no product"):
        matmul(np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32))


def test_the_graph_is_one_product_and_nothing_else() -> None:
    left, right, product = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("left", "right", "product")
    )
    node = helper.make_node("MatMul", ["left", "right"], ["product"])
    graph = helper.make_graph([node], "matmul", [left, right], [product])
    wanted = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    assert GRAPH.read_bytes() == wanted.SerializeToString()
