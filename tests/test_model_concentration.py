"""How concentrated evidence is, on grids of every size."""

import numpy as np
import pytest

from model.concentration import concentration

SHAPES = [(1, 1), (1, 7), (2, 2), (3, 3), (7, 10), (14, 19)]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_map_that_gives_evenly_has_a_tenth(shape: tuple[int, int]) -> None:
    assert concentration(np.full(shape, 2.5, np.float32)) == pytest.approx(0.1)


@pytest.mark.parametrize("shape", SHAPES)
def test_one_cell_alone_has_all_that_its_grid_can_say(shape: tuple[int, int]) -> None:
    values = np.full(shape, -1, np.float32)
    values.flat[-1] = 3
    assert concentration(values) == pytest.approx(min(1, values.size / 10))


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_area_below_the_sorted_cells(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(4).normal(0, 5, shape).astype(np.float32)
    values.flat[0] = 5
    fine = np.repeat(np.sort(np.maximum(values, 0).ravel())[::-1].astype(np.float64), 10)  # a tenth is whole cells
    assert concentration(values) == pytest.approx(fine[: values.size].sum() / fine.sum())


def test_what_takes_does_not_count() -> None:
    given = np.array([[4, 0, 1], [0, 2, 0]], np.float32)
    assert concentration(given) == concentration(given - 9 * (given == 0))


@pytest.mark.parametrize("values", [[[0.0, 0.0]], [[-3.0, -1.0]], [[-2.0]]])
def test_nothing_given_is_nothing_concentrated(values: list[list[float]]) -> None:
    assert concentration(np.array(values, np.float32)) is None


@pytest.mark.parametrize("factor", [1e-30, 1e30])
def test_its_unit_does_not_matter(factor: float) -> None:
    values = np.random.default_rng(5).uniform(-1, 1, (7, 9)).astype(np.float32)
    assert concentration(values * np.float32(factor)) == pytest.approx(concentration(values))
