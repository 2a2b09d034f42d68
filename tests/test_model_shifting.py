"""A photo moved and its maps: what comes in at the edge, and what is counted as moved along."""

import numpy as np
import pytest

from model.shifting import Edge, likeness, move_maps, moved_along, moved_along_inside, shift

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (6, 8, 3), dtype=np.uint8)
MAPS = RANDOM.normal(0, 1, (4, 6, 8)).astype(np.float32)


@pytest.mark.parametrize(("right", "down"), [(0, 0), (3, 0), (-2, 1), (0, -5), (8, 6), (-20, 3)])
def test_pixels_go_where_they_are_moved_and_the_edge_is_filled(right: int, down: int) -> None:
    around, filled = shift(PIXELS, right, down, Edge.AROUND), shift(PIXELS, right, down, Edge.FILL)
    colour = np.rint(PIXELS.mean(axis=(0, 1)))
    for y in range(6):
        for x in range(8):
            np.testing.assert_array_equal(around[y, x], PIXELS[(y - down) % 6, (x - right) % 8])
            inside = 0 <= y - down < 6 and 0 <= x - right < 8
            np.testing.assert_array_equal(filled[y, x], PIXELS[y - down, x - right] if inside else colour)


@pytest.mark.parametrize(("right", "down"), [(0.0, 0.0), (2.0, 1.0), (-0.5, 0.0), (0.25, -1.75)])
def test_maps_are_moved_linearly_between_cells(right: float, down: float) -> None:
    rows, columns = np.arange(6)[:, None] - down, np.arange(8)[None] - right
    high, wide = np.floor(rows).astype(int), np.floor(columns).astype(int)
    y, x = rows - high, columns - wide
    expected = sum(
        MAPS[:, (high + i) % 6, (wide + j) % 8] * (y if i else 1 - y) * (x if j else 1 - x)
        for i in (0, 1) for j in (0, 1)
    )  # fmt: skip
    np.testing.assert_allclose(move_maps(MAPS, right, down), expected, atol=1e-6)


def test_likeness_is_the_correlation_of_maps_without_their_means() -> None:
    one, other = MAPS.reshape(4, -1), np.roll(MAPS, 1, 2).reshape(4, -1) + 100 * np.arange(4, dtype=np.float32)[:, None]
    means = [values - values.mean(axis=1, keepdims=True) for values in (one.astype(float), other.astype(float))]
    assert likeness(one, other) == pytest.approx(np.corrcoef(means[0].ravel(), means[1].ravel())[0, 1], abs=1e-6)
    assert likeness(one, np.ones_like(one)) == 0


@pytest.mark.parametrize("edge", Edge)
@pytest.mark.parametrize(("right", "down"), [(1, 0), (-2, 1), (0, 0), (3, -3)])
def test_maps_that_moved_along_are_told_from_those_that_stayed(edge: Edge, right: int, down: int) -> None:
    moved = np.roll(MAPS, (down, right), axis=(1, 2))
    along, stayed = moved_along(MAPS, moved, right, down, edge)
    assert along == pytest.approx(1, abs=1e-6)
    assert stayed == pytest.approx(1, abs=1e-6) if right == down == 0 else abs(stayed) < 0.6
    along, stayed = moved_along(MAPS, MAPS, right, down, edge)
    assert stayed == pytest.approx(1, abs=1e-6)


def test_where_nothing_is_left_nothing_is_like() -> None:
    assert moved_along(MAPS, MAPS, 9, 0, Edge.FILL) == (0, 0)


@pytest.mark.parametrize(("edge", "right"), [(Edge.AROUND, 1), (Edge.FILL, 2), (Edge.AROUND, 0.5)])
def test_without_the_border_cells_count_that_lay_and_lie_away_from_it(edge: Edge, right: float) -> None:
    moved = move_maps(MAPS, right, 0).copy()
    moved[:, [0, -1]] = moved[:, :, [0, -1]] = 7  # what a border does, after the move and before it
    whole, part = int(np.floor(right)), int(np.ceil(right))
    for column in {whole, part, (whole - 1) % 8, (part - 1) % 8}:
        moved[:, :, column] = -7
    every, inner = moved_along_inside(MAPS, moved, right, edge, 1)
    assert every == pytest.approx(moved_along(MAPS, moved, right, 0, edge)[0])
    assert every < 0.9
    assert inner == pytest.approx(1, abs=1e-6)


def test_where_the_border_is_everything_no_inner_cell_is_like_another() -> None:
    assert moved_along_inside(MAPS, MAPS, 0, Edge.AROUND, 3) == (pytest.approx(1), None)
