"""Before and after: every formula computed another way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.comparison import Pair, common_grid, compare, moved, same_cells, shared_classes
from model.evidence import PlacedMap
from model.geometry import Grid

PHOTO = (90, 60)
COVERING = Grid(4, 6, 15, 15, 0, 0)
INSET = Grid(3, 3, 20, 14, 17, 9.5)
OVERHANGING = Grid(5, 7, 15, 15, -7.5, -7.5)


def random_map(grid: Grid, seed: int) -> PlacedMap:
    return PlacedMap(np.random.default_rng(seed).normal(0, 5, (grid.rows, grid.columns)).astype(np.float32), grid)


@pytest.mark.parametrize("grid", [COVERING, INSET, OVERHANGING])
def test_the_difference_on_equal_cells_is_exact_and_its_mean_is_that_of_logit_less_bias(grid: Grid) -> None:
    before, after = random_map(grid, 1), random_map(grid, 2)
    found = compare(before, after, PHOTO)
    assert found.exact
    assert found.difference.grid == grid
    for row in range(grid.rows):
        for column in range(grid.columns):
            assert found.difference.values[row, column] == after.values[row, column] - before.values[row, column]
    logits = [one.values.mean(dtype=np.float64) + bias for one, bias in ((before, 0.25), (after, -1.5))]
    assert found.shift == pytest.approx((logits[1] + 1.5) - (logits[0] - 0.25), abs=1e-9)
    assert abs(found.residual) < 1e-5


def test_other_cells_are_resized_by_the_houses_rule_and_the_mean_says_by_how_much_it_is_off() -> None:
    before, after = random_map(COVERING, 1), random_map(INSET, 2)
    found = compare(before, after, PHOTO)
    assert not found.exact
    assert found.difference.grid == Grid(4, 6, 15, 15, 0, 0)
    # At its own cell centres a map that covers the photo is itself.
    resized = found.difference.values + before.values
    for row in range(4):
        for column in range(6):
            x, y = 15 * column + 7.5, 15 * row + 7.5
            across = np.clip((x - 17) / 20 - 0.5, 0, 2)
            down = np.clip((y - 9.5) / 14 - 0.5, 0, 2)
            left, above = min(int(across), 1), min(int(down), 1)
            corners = after.values[above : above + 2, left : left + 2]
            weights = np.outer([1 - (down - above), down - above], [1 - (across - left), across - left])
            assert resized[row, column] == pytest.approx((corners * weights).sum(), abs=1e-4)
    assert found.residual == pytest.approx(float(found.difference.values.mean()) - found.shift, abs=1e-5)


def test_a_map_compared_with_itself_has_not_moved() -> None:
    one = random_map(COVERING, 3)
    found = compare(one, one, PHOTO)
    assert not found.difference.values.any()
    assert (found.shift, found.residual, found.moved) == (0, 0, 0)


def test_grids_are_the_same_to_rounding_and_no_further() -> None:
    assert same_cells(COVERING, Grid(4, 6, 15 + 1e-9, 15, 1e-9, 0), PHOTO)
    assert not same_cells(COVERING, Grid(4, 6, 15, 15, 0.1, 0), PHOTO)
    assert not same_cells(COVERING, Grid(6, 4, 15, 15, 0, 0), PHOTO)
    assert common_grid(Grid(2, 9, 10, 30, 0, 0), Grid(7, 3, 30, 8, 1, 2), PHOTO) == Grid(7, 9, 10, 60 / 7, 0, 0)


def test_moved_is_one_less_what_both_maps_share() -> None:
    before, after = random_map(COVERING, 7).values, random_map(COVERING, 8).values
    first, second = (np.clip(one, 0, None) / np.clip(one, 0, None).sum() for one in (before, after))
    assert moved(before, after) == pytest.approx(1 - np.minimum(first, second).sum(), abs=1e-6)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [([[1, 0]], [[0, 5]], 1), ([[1, 1]], [[7, 7]], 0), ([[1, 0]], [[-1, 0]], 1), ([[-1, 0]], [[0, -2]], 0),
     ([[3, 1]], [[1, 1]], 0.25)],
)  # fmt: skip
def test_moved_at_its_edges(before: list[list[float]], after: list[list[float]], expected: float) -> None:
    assert moved(np.array(before, np.float32), np.array(after, np.float32)) == pytest.approx(expected)


@given(st.lists(st.floats(-1e3, 1e3), min_size=24, max_size=24), st.integers(0, 2**32))
def test_moved_is_a_share_and_blind_to_scale(values: list[float], seed: int) -> None:
    before = np.array(values, np.float32).reshape(4, 6)
    after = np.random.default_rng(seed).normal(0, 5, (4, 6)).astype(np.float32)
    assert 0 <= moved(before, after) <= 1
    assert moved(before, after) == pytest.approx(moved(before, after * 4), abs=1e-6)
    assert moved(before, after) == pytest.approx(moved(after, before), abs=1e-9)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("ant", "bee"), ("bee", "ant"), [(0, 1), (1, 0)]),
        (("Egyptian cat", "dog"), ("egyptian_cat", "Dog "), [(0, 0), (1, 1)]),
        (("Bee", "bee"), ("bee",), [(1, 0)]),  # the exact one first
        (("crane", "crane"), ("crane", "crane"), [(0, 0), (1, 1)]),
        (("crane", "crane"), ("crane",), []),  # which of the two?
        (("Crane", "crane"), ("CRANE",), []),
        (("ant",), ("ants",), []),
        ((), ("x",), []),
    ],
)
def test_classes_are_matched_by_label(
    before: tuple[str, ...], after: tuple[str, ...], expected: list[tuple[int, int]]
) -> None:
    assert shared_classes(before, after) == tuple(Pair(*pair) for pair in expected)
