"""In which ninth of a photo most of what adds to a class lies, and that the browser says the same."""

import numpy as np
import pytest

from model.cam import Array
from model.evidence import PlacedMap
from model.geometry import Grid
from model.zones import strongest_zone, zones
from tests.node import answers

PHOTO = (90, 60)
NINTHS = Grid(3, 3, 30, 20, 0, 0)
GRIDS = [
    NINTHS,
    Grid(4, 6, 15, 15, 0, 0),
    Grid(3, 3, 20, 14, 17, 9.5),
    Grid(5, 7, 15, 15, -7.5, -7.5),
    Grid(2, 2, 45, 30, 0, 0),
    Grid(1, 4, 22.5, 60, 0, 0),
]


def as_map(*values: float) -> Array:
    return np.array(values, dtype=np.float32).reshape(3, 3)


def test_the_nine_zones_are_the_photo() -> None:
    found = zones(PHOTO)
    assert len(found) == 9
    assert sum(zone.area(PHOTO) for zone in found) == pytest.approx(1)
    assert (found[0].left, found[0].top, found[8].right, found[8].bottom) == pytest.approx((0, 0, 90, 60))
    assert (found[5].left, found[5].top) == pytest.approx((60, 20)), "row by row"


@pytest.mark.parametrize("number", range(9))
def test_the_zone_with_most_of_what_is_given_is_found(number: int) -> None:
    values = [1.0] * 9
    values[number] = 8.0
    found = strongest_zone(PlacedMap(as_map(*values), NINTHS), PHOTO)
    assert found is not None
    assert found.number == number
    assert found.share == pytest.approx(0.5)


def test_what_takes_away_does_not_count() -> None:
    found = strongest_zone(PlacedMap(as_map(-9, 0, 0, 0, 1, 0, 0, 3, -5), NINTHS), PHOTO)
    assert found is not None
    assert found.number == 7
    assert found.share == pytest.approx(0.75)


def test_of_equal_zones_it_is_the_first() -> None:
    found = strongest_zone(PlacedMap(as_map(0, 0, 2, 0, 0, 2, 2, 0, 0), NINTHS), PHOTO)
    assert found is not None
    assert found.number == 2
    assert found.share == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("values", "grid"),
    [
        (np.zeros((3, 3)), NINTHS),
        (-np.ones((3, 3)), NINTHS),
        (np.ones((3, 3)), NINTHS),
        (np.ones((1, 1)), Grid(1, 1, 90, 60, 0, 0)),
        (np.ones((1, 1)), Grid(1, 1, 7, 7, 40, 30)),
    ],
)
def test_nowhere_is_strongest_where_nothing_is_given_or_the_same_everywhere(values: Array, grid: Grid) -> None:
    one = values.astype(np.float32)
    assert strongest_zone(PlacedMap(one, grid), PHOTO) is None
    photo = {"width": PHOTO[0], "height": PHOTO[1]}
    assert answers("zones", "strongestZone", [[one.ravel().tolist(), vars(grid), photo]]) == [None]


def test_the_browser_finds_the_same_zones() -> None:
    random = np.random.default_rng(0)
    placed = [
        PlacedMap(random.normal(0, 5, (grid.rows, grid.columns)).astype(np.float32), grid)
        for grid in GRIDS
        for _ in range(10)
    ]
    placed += [PlacedMap(as_map(*random.integers(-1, 2, 9)), NINTHS) for _ in range(20)]  # with equal ones
    photo = {"width": PHOTO[0], "height": PHOTO[1]}
    found = answers("zones", "strongestZone", [[one.values.ravel().tolist(), vars(one.grid), photo] for one in placed])
    for one, zone in zip(placed, found, strict=True):
        expected = strongest_zone(one, PHOTO)
        if expected is None:
            assert zone is None
        else:
            assert zone == {"zone": expected.number, "share": pytest.approx(expected.share)}
    [regions] = answers("zones", "zonesOf", [[photo]])
    assert [list(one.values()) for one in regions] == [pytest.approx(list(vars(one).values())) for one in zones(PHOTO)]
