"""Run-length coded pixels, of indices and of colours: one loop, so the same picture from the same steps."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bmp_runs import CODES_AT_ONCE, unpacked, unpacked_colours
from model.errors import BrokenPhoto

GREYS = bytes(level for level in range(256) for _ in range(3))
Step = tuple[str, Sequence[int]]
STEPS = st.one_of(
    st.tuples(st.just("run"), st.tuples(st.integers(1, 255), st.integers(0, 255))),
    st.tuples(st.just("literal"), st.lists(st.integers(0, 255), min_size=3, max_size=20)),
    st.tuples(st.just("move"), st.tuples(st.integers(0, 5), st.integers(0, 2))),
    st.tuples(st.just("row"), st.just(())),
    st.tuples(st.just("end"), st.just(())),
)


def coded(steps: Sequence[Step], bits: int) -> bytes:
    """Steps as codes; a level is an index, or a colour that is grey."""
    found = b""
    for name, values in steps:
        match name:
            case "run":
                found += bytes([values[0], *[values[1]] * (bits // 8)])
            case "literal":
                levels = bytes(level for level in values for _ in range(bits // 8))
                found += bytes([0, len(values)]) + levels + bytes(len(levels) % 2)
            case "move":
                found += bytes([0, 2, *values])
            case "row":
                found += b"\x00\x00"
            case "end":
                found += b"\x00\x01"
    return found


def drawn(data: bytes, size: tuple[int, int], bits: int) -> np.ndarray | None:
    """Levels, (H, W); none where the codes are refused."""
    try:
        image = unpacked_colours(data, size) if bits == 24 else unpacked(data, size, bits, GREYS)
    except BrokenPhoto:
        return None
    return np.asarray(image.convert("RGB"))[..., 0]


@given(st.lists(STEPS, max_size=12), st.integers(1, 9), st.integers(1, 4))
def test_indices_and_colours_are_unpacked_alike(steps: list[Step], width: int, height: int) -> None:
    of_indices, of_colours = (drawn(coded(steps, bits), (width, height), bits) for bits in (8, 24))
    assert (of_indices is None) == (of_colours is None)
    if of_indices is not None:
        assert np.array_equal(of_indices, of_colours)


@pytest.mark.parametrize("bits", [8, 24])
@pytest.mark.parametrize("count", [CODES_AT_ONCE - 1, CODES_AT_ONCE, CODES_AT_ONCE + 1, 3 * CODES_AT_ONCE])
@pytest.mark.parametrize("end", [(), (("end", ()),)])
def test_as_many_runs_as_there_are_are_drawn(count: int, bits: int, end: Sequence[Step]) -> None:
    levels = [number % 251 for number in range(count)]
    found = drawn(coded([*(("run", (1, level)) for level in levels), *end], bits), (count, 1), bits)
    assert found is not None
    assert found.tolist() == [levels]


@pytest.mark.parametrize("bits", [8, 24])
def test_what_is_cut_within_a_literal_is_damaged_unless_all_is_drawn_already(bits: int) -> None:
    literal = coded([("literal", range(1, 9))], bits)
    cut = literal[: 2 + 4 * bits // 8]
    assert drawn(cut, (8, 1), bits) is None
    found = drawn(cut, (4, 1), bits)
    assert found is not None
    assert found.tolist() == [[1, 2, 3, 4]]
