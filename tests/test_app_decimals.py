from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.decimals import LARGEST, SMALLEST, as_sent


def by_text(values: Any) -> Any:
    return np.asarray(values, np.float32).astype("U32").astype(np.float64).tolist()


@given(hnp.arrays(np.float32, st.integers(0, 40), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_decimals_are_those_of_the_text(values: Any) -> None:
    assert as_sent(values) == by_text(values)


@given(hnp.arrays(np.float32, 40, elements=st.floats(2.0**-40, LARGEST, width=32)), st.booleans())
def test_decimals_of_common_sizes_are_those_of_the_text(values: Any, negative: bool) -> None:
    assert as_sent(-values if negative else values) == by_text(-values if negative else values)


def test_decimals_of_many_numbers_are_those_of_the_text() -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, 100_000, dtype=np.uint32).view(np.float32)
    bits = bits[(np.abs(bits) < LARGEST) & (np.abs(bits) >= SMALLEST)]
    rounded = rng.integers(0, 10**6, 100_000) / 10.0 ** rng.integers(0, 8, 100_000)
    powers = [2.0**exponent for exponent in range(-43, 24)] + [10.0**exponent for exponent in range(-12, 8)]
    for values in (bits, rng.normal(0, 5, 100_000), rounded, powers, np.nextafter(np.float32(powers), np.float32(0))):
        assert as_sent(values) == by_text(values)


@pytest.mark.parametrize(
    "edge", [0, -0.0, SMALLEST, LARGEST, LARGEST - 1, 123456789, 1e-30, 3.4e38, float("inf"), 16777217.0]
)
def test_edges_are_those_of_the_text(edge: float) -> None:
    assert as_sent([edge, 0.1]) == by_text([edge, 0.1])
    assert str(as_sent([edge])) == str(by_text([edge]))


def test_the_shape_is_kept() -> None:
    assert as_sent(np.float32(0.1)) == 0.1
    assert as_sent([]) == []
    assert as_sent([[0.1, 2], [3.25, 1e-5]]) == [[0.1, 2.0], [3.25, 1e-05]]
