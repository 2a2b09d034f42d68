"""Cells and pixels: one resizing rule, peaks and boxes where a person would point."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.cam import Array
from model.geometry import Grid, peak, place_grid, resize_map
from model.spec import GridGeometry

FULL = GridGeometry(stride_x=32, stride_y=32)


def grid_of(rows: int, columns: int, width: float, height: float) -> Grid:
    return Grid(rows, columns, width / columns, height / rows, 0, 0)


def by_hand(values: Array, grid: Grid, x: float, y: float) -> float:
    """Bilinear between cell centres, edges held, one point at a time."""
    u = min(max((x - grid.left) / grid.cell_width - 0.5, 0), grid.columns - 1)
    v = min(max((y - grid.top) / grid.cell_height - 0.5, 0), grid.rows - 1)
    j, i = min(int(u), max(grid.columns - 2, 0)), min(int(v), max(grid.rows - 2, 0))
    right, below = min(j + 1, grid.columns - 1), min(i + 1, grid.rows - 1)
    upper = values[i, j] * (1 - (u - j)) + values[i, right] * (u - j)
    lower = values[below, j] * (1 - (u - j)) + values[below, right] * (u - j)
    return float(upper * (1 - (v - i)) + lower * (v - i))


@pytest.mark.parametrize(("rows", "columns"), [(7, 9), (1, 1), (1, 4), (5, 1)])
@pytest.mark.parametrize("offset", [0.0, 21.5])
def test_resizing_agrees_with_the_rule_written_out(rows: int, columns: int, offset: float) -> None:
    values = np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32)
    grid = Grid(rows, columns, 40.3, 33.1, offset, offset / 2)
    resized = resize_map(values, grid, (50, 37), (500, 375))
    for row, column in [(0, 0), (36, 49), (18, 25), (3, 44), (30, 2)]:
        x, y = (column + 0.5) * 10, (row + 0.5) * 375 / 37
        assert resized[row, column] == pytest.approx(by_hand(values, grid, x, y), abs=1e-5)


def test_resizing_to_the_grids_own_size_changes_nothing() -> None:
    values = np.random.default_rng(1).normal(size=(7, 9)).astype(np.float32)
    np.testing.assert_array_equal(resize_map(values, grid_of(7, 9, 500, 375), (9, 7), (500, 375)), values)


def test_unsmoothed_every_pixel_has_the_value_of_its_cell() -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    resized = resize_map(values, grid_of(2, 3, 6, 4), (6, 4), (6, 4), smooth=False)
    np.testing.assert_array_equal(resized, values.repeat(2, 0).repeat(2, 1))


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, (3, 4), elements=st.floats(-50, 50, width=32)), st.booleans())
def test_resizing_never_leaves_the_range_of_the_values(values: Array, smooth: bool) -> None:
    resized = resize_map(values, grid_of(3, 4, 500, 375), (61, 47), (500, 375), smooth)
    assert resized.min() >= values.min() - 1e-4
    assert resized.max() <= values.max() + 1e-4


def test_a_grid_is_laid_on_the_photo_in_photo_pixels() -> None:
    grid = place_grid(FULL, (7, 9), (288, 224), (500, 375))
    assert (grid.rows, grid.columns, grid.left, grid.top) == (7, 9, 0, 0)
    assert grid.cell_width == pytest.approx(500 / 9)
    assert grid.cell_height == pytest.approx(375 / 7)


def test_an_offset_of_the_grid_is_scaled_to_the_photo() -> None:
    inset = GridGeometry(stride_x=32, stride_y=32, left=21.5, top=21.5)
    grid = place_grid(inset, (5, 5), (224, 224), (448, 112))
    assert (grid.left, grid.top, grid.cell_width, grid.cell_height) == (43, 10.75, 64, 16)


def test_the_peak_is_the_centre_of_the_strongest_cell() -> None:
    values = np.zeros((7, 9), dtype=np.float32)
    values[1, 3] = 31.4
    found = peak(values, grid_of(7, 9, 500, 375), (500, 375))
    assert (found.x, found.y) == (pytest.approx(3.5 * 500 / 9), pytest.approx(1.5 * 375 / 7))
    assert found.value == pytest.approx(31.4)


def test_the_peak_stays_on_the_photo() -> None:
    found = peak(np.ones((1, 1), dtype=np.float32), Grid(1, 1, 10, 10, -20, 30), (12, 12))
    assert (found.x, found.y) == (0, 12)
