"""Several maps on one sheet: one limit for all, and no picture on another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from model.rendering import Mode
from model.sheet import arrange, columns_of, shared_limit

SIDE = some.integers(1, 600)


def test_the_shared_limit_is_the_largest_magnitude_of_all() -> None:
    maps = [np.array([[1.0, -7.5]], np.float32), None, np.array([[3.0], [2.0]], np.float32)]
    assert shared_limit(maps) == 7.5
    assert shared_limit(maps, Mode.POSITIVE) == 3


@pytest.mark.parametrize("maps", [[], [None], [np.zeros((1, 1), np.float32), None]])
def test_where_there_is_nothing_to_draw_the_limit_is_zero(maps: list[np.ndarray | None]) -> None:
    assert shared_limit(maps) == 0


def test_maps_that_only_take_away_have_a_limit_too() -> None:
    assert shared_limit([np.full((2, 3), -0.25, np.float32)]) == 0.25
    assert shared_limit([np.full((2, 3), -0.25, np.float32)], Mode.POSITIVE) == 0


def test_four_stand_two_by_two() -> None:
    assert [columns_of(count) for count in (1, 2, 3, 4)] == [1, 2, 3, 2]
    sheet = arrange([(40, 30), (40, 10), (20, 50), (40, 30)], gap=5, head=7, foot=3)
    assert [(spot.left, spot.top, spot.column, spot.row) for spot in sheet.spots] == [
        (5, 12, 0, 0),
        (50, 12, 1, 0),
        (5, 57, 0, 1),
        (50, 57, 1, 1),
    ]
    assert (sheet.width, sheet.height) == (95, 115)


@given(some.lists(some.tuples(SIDE, SIDE), min_size=1, max_size=4), some.integers(0, 20), SIDE, some.integers(0, 90))
def test_no_picture_lies_on_another_or_beside_the_sheet(
    sizes: list[tuple[int, int]], gap: int, head: int, foot: int
) -> None:
    sheet = arrange(sizes, gap, head, foot)
    taken = np.zeros((sheet.height, sheet.width), bool)
    for spot, size in zip(sheet.spots, sizes, strict=True):
        assert (spot.width, spot.height) == size
        own = (
            slice(spot.top - head, spot.top + spot.height + foot),
            slice(spot.left, spot.left + spot.width),
        )
        assert taken[own].shape == (head + spot.height + foot, spot.width)
        assert not taken[own].any()
        taken[own] = True


def test_a_sheet_needs_a_picture() -> None:
    with pytest.raises(ValueError, match="needs a picture"):
        arrange([], 1, 1)
