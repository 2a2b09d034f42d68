"""What the browser computes of regions, against what the Python side does."""

from typing import Any

import numpy as np
import pytest

from model.cam import ClassMaps
from model.coverage import Outline, Place, Region, area_of, parts_of, strongest_cells
from model.evidence import contribution, contributions, shares_of
from model.geometry import Grid
from tests.node import answers

PHOTO = (90, 60)
GRIDS = [
    Grid(4, 6, 15, 15, 0, 0),
    Grid(3, 3, 20, 14, 17, 9.5),
    Grid(5, 7, 15, 15, -7.5, -7.5),
    Grid(2, 3, 15, 60, -20, 0),
    Grid(1, 1, 90, 60, 0, 0),
]
RANDOM = np.random.default_rng(0)


def lasso(corners: int) -> Outline:
    """An outline of any kind: it may cross itself, and leave the photo."""
    return Outline(tuple((float(x), float(y)) for x, y in RANDOM.uniform((-20, -20), (110, 80), (corners, 2))))


PLACES: list[Place] = [
    Region(0, 0, 90, 60),
    Region(10.5, 5, 47, 31.25),
    Region(-5, 20, 7, 200),
    Outline(((0, 0), (90, 0), (90, 60), (0, 60))),
    Outline(((15, 15), (45, 15), (45, 45), (15, 45))),
    Outline(((10, 10), (50, 40), (50, 10), (10, 40))),
    *(lasso(corners) for corners in (3, 4, 7, 20, 150)),
]


def sent(place: Place) -> Any:
    return {"points": place.points} if isinstance(place, Outline) else vars(place)


def test_places_cover_the_same_cells_in_the_browser() -> None:
    photo = {"width": PHOTO[0], "height": PHOTO[1]}
    cases = [(place, grid) for place in PLACES for grid in GRIDS]
    found = answers("coverage", "partsOf", [[sent(place), vars(grid), photo] for place, grid in cases])
    for (place, grid), parts in zip(cases, found, strict=True):
        expected = parts_of(place, grid, PHOTO)
        np.testing.assert_allclose(np.reshape(parts, expected.shape), expected, atol=1e-9)
    cut = [[parts, vars(grid), photo] for (_, grid), parts in zip(cases, found, strict=True)]
    areas = answers("coverage", "areaOf", cut)
    expected_areas = [area_of(parts_of(place, grid, PHOTO), grid, PHOTO) for place, grid in cases]
    np.testing.assert_allclose(areas, expected_areas, atol=1e-9)


def test_what_cells_give_and_take_is_the_same_in_the_browser() -> None:
    maps = RANDOM.normal(0, 5, (7, 4, 6)).astype(np.float32)
    maps[0], maps[1] = np.abs(maps[0]), 0
    parts, logits = RANDOM.random((4, 6)), RANDOM.normal(0, 5, 7)
    flat = parts.ravel().tolist()
    values = [one.ravel().tolist() for one in maps]
    given = answers("evidence", "contribution", [[one, flat] for one in values])
    shared = answers("evidence", "sharesOf", [[one, flat] for one in values])
    for one, contributed, share in zip(maps, given, shared, strict=True):
        assert contributed == pytest.approx(vars(contribution(one, parts)), abs=1e-9)
        assert share == pytest.approx(vars(shares_of(one, parts)), abs=1e-9)
    [without] = answers("evidence", "logitsWithout", [[logits.tolist(), maps.ravel().tolist(), flat]])
    np.testing.assert_allclose(without, logits - contributions(ClassMaps(maps, None), parts), atol=1e-5)


@pytest.mark.parametrize("fraction", [0.001, 0.1, 0.2, 0.3, 0.5, 1])
def test_the_strongest_cells_are_the_same_in_the_browser(fraction: float) -> None:
    maps = [RANDOM.integers(-3, 4, (4, 6)).astype(np.float32) for _ in range(20)]
    found = answers("coverage", "strongestCells", [[one.ravel().tolist(), fraction] for one in maps])
    for one, cells in zip(maps, found, strict=True):
        np.testing.assert_array_equal(np.reshape(cells["parts"], (4, 6)), strongest_cells(one, fraction).parts)
    assert answers("coverage", "strongestCells", [[[-1, 0, -2], fraction]]) == [None]
