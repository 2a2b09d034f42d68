"""Which cells a place covers: rectangles, outlines and cells, each computed another way."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.coverage import (
    MOST_POINTS,
    Cells,
    Double,
    Outline,
    Region,
    area_of,
    cell_edges,
    cells_in_order,
    parts_of,
    pixels_of,
    strongest_cells,
    windings,
)
from model.geometry import Grid

PHOTO = (90, 60)
COVERING = Grid(4, 6, 15, 15, 0, 0)
INSET = Grid(3, 3, 20, 14, 17, 9.5)
OVERHANGING = Grid(5, 7, 15, 15, -7.5, -7.5)
BESIDE = Grid(2, 3, 15, 60, -20, 0)
GRIDS = [COVERING, INSET, OVERHANGING, BESIDE, Grid(1, 1, 90, 60, 0, 0)]


Point = tuple[float, float]


@pytest.mark.parametrize(
    "edges", [(1, 0, 1, 5), (2, 0, 1, 5), (0, 5, 5, 4), (float("nan"), 0, 5, 5), (0, 0, float("inf"), 5)]
)
def test_a_region_that_is_none_is_refused(edges: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="finite edges"):
        Region(*edges)


def test_a_region_is_cut_to_the_photo() -> None:
    assert Region(-5, 10, 200, 30).cut_to(PHOTO) == Region(0, 10, 90, 30)
    assert Region(0, 15, 45, 45).area(PHOTO) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="finite edges"):
        Region(91, 0, 95, 10).cut_to(PHOTO)


def star(seed: int, corners: int = 9) -> Outline:
    """An outline that does not cross itself, dented, partly beside the photo."""
    random = np.random.default_rng(seed)
    angles = np.sort(random.random(corners)) * 2 * math.pi
    return Outline(
        tuple(
            (40 + float(radius * math.cos(angle)), 25 + float(radius * math.sin(angle)))
            for angle, radius in zip(angles, random.uniform(5, 60, corners), strict=True)
        )
    )


def clipped(points: list[Point], axis: int, edge: float, keep_less: bool) -> list[Point]:
    """Sutherland and Hodgman: an outline, cut along one straight line."""
    found: list[Point] = []
    for one, other in zip(points, points[1:] + points[:1], strict=True):
        inside, then = ((p[axis] <= edge) == keep_less or p[axis] == edge for p in (one, other))
        if inside:
            found.append(one)
        if inside != then:
            part = (edge - one[axis]) / (other[axis] - one[axis])
            found.append((one[0] + part * (other[0] - one[0]), one[1] + part * (other[1] - one[1])))
    return found


def area(points: list[Point]) -> float:
    """The shoelace formula."""
    turns = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(one[0] * other[1] - other[0] * one[1] for one, other in turns)) / 2


def by_clipping(outline: Outline, grid: Grid) -> Double:
    across = cell_edges(grid.columns, grid.cell_width, grid.left, PHOTO[0])
    down = cell_edges(grid.rows, grid.cell_height, grid.top, PHOTO[1])
    parts = np.zeros((grid.rows, grid.columns))
    for row in range(grid.rows):
        for column in range(grid.columns):
            left = list(outline.points)
            for axis, edges, cell in ((0, across, column), (1, down, row)):
                left = clipped(clipped(left, axis, edges[cell], False), axis, edges[cell + 1], True)
            whole = (across[column + 1] - across[column]) * (down[row + 1] - down[row])
            parts[row, column] = area(left) / whole if whole else 0
    return parts


@pytest.mark.parametrize("grid", [COVERING, INSET, OVERHANGING, Grid(1, 1, 90, 60, 0, 0)])
@pytest.mark.parametrize("seed", range(8))
def test_an_outline_covers_what_clipping_leaves_of_it(grid: Grid, seed: int) -> None:
    outline = star(seed)
    np.testing.assert_allclose(parts_of(outline, grid, PHOTO), by_clipping(outline, grid), atol=1e-9)
    backwards = Outline(outline.points[::-1])
    np.testing.assert_allclose(parts_of(backwards, grid, PHOTO), parts_of(outline, grid, PHOTO), atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.tuples(*[st.floats(-50, 150) for _ in range(4)]), st.sampled_from(GRIDS))
def test_an_outline_around_a_rectangle_is_the_rectangle(edges: tuple[float, ...], grid: Grid) -> None:
    left, right = sorted((edges[0], edges[2]))
    top, bottom = sorted((edges[1], edges[3]))
    if right - left < 1e-3 or bottom - top < 1e-3 or grid is BESIDE:
        return
    corners = Outline(((left, top), (right, top), (right, bottom), (left, bottom)))
    expected = parts_of(Region(left, top, right, bottom), grid, PHOTO)
    np.testing.assert_allclose(parts_of(corners, grid, PHOTO), expected, atol=1e-9)


def test_cells_beside_the_photo_are_covered_with_its_edge() -> None:
    whole = Outline(((-1, -1), (91, -1), (91, 61), (-1, 61)))
    np.testing.assert_array_equal(parts_of(whole, BESIDE, PHOTO), np.ones((2, 3)))
    right = Outline(((10, -1), (91, -1), (91, 61), (10, 61)))
    np.testing.assert_allclose(parts_of(right, BESIDE, PHOTO)[0], [0, 0, 1], atol=1e-12)


@pytest.mark.parametrize("grid", GRIDS)
def test_the_area_of_an_outline_on_the_photo_is_its_own(grid: Grid) -> None:
    points = ((5.0, 5.0), (80.0, 10.0), (45.0, 20.0), (70.0, 55.0), (12.0, 50.0))
    found = area_of(parts_of(Outline(points), grid, PHOTO), grid, PHOTO)
    assert found == pytest.approx(area(list(points)) / (90 * 60))
    region = Region(10, 5, 47, 31)
    assert area_of(parts_of(region, grid, PHOTO), grid, PHOTO) == pytest.approx(region.area(PHOTO))


def test_what_an_outline_goes_around_twice_counts_once() -> None:
    square = ((10.0, 10.0), (40.0, 10.0), (40.0, 40.0), (10.0, 40.0))
    once, twice = (parts_of(Outline(points), Grid(6, 9, 10, 10, 0, 0), PHOTO) for points in (square, square * 2))
    np.testing.assert_allclose(twice, once, atol=1e-12)
    assert windings(Outline(square * 2), np.array([25.0]), np.array([25.0])) in (2, -2)


def test_a_bow_covers_both_its_loops() -> None:
    bow = Outline(((10.0, 10.0), (50.0, 40.0), (50.0, 10.0), (10.0, 40.0)))
    parts = parts_of(bow, Grid(60, 90, 1, 1, 0, 0), PHOTO)
    assert parts[25, 12] == pytest.approx(1)
    assert parts[25, 47] == pytest.approx(1)
    assert parts[12, 30] == 0


@pytest.mark.parametrize("place", [star(3), Region(10.25, 5.5, 47.75, 31)])
def test_pixels_are_covered_as_cells_are(place: Outline | Region) -> None:
    pixels = pixels_of(place, COVERING, (900, 600), PHOTO)
    assert pixels.shape == (600, 900)
    means = pixels.reshape(4, 150, 6, 150).mean(axis=(1, 3))
    np.testing.assert_allclose(means, parts_of(place, COVERING, PHOTO), atol=0.01)


def test_pixels_of_cells_take_their_cell() -> None:
    parts = np.random.default_rng(1).random((4, 6))
    pixels = pixels_of(Cells(parts), COVERING, (180, 120), PHOTO)
    np.testing.assert_allclose(pixels, parts.repeat(30, 0).repeat(30, 1), rtol=1e-6)


def test_an_edge_between_pixels_covers_part_of_them() -> None:
    pixels = pixels_of(Region(1.5, 0, 4, 2), Grid(1, 1, 6, 2, 0, 0), (6, 2), (6, 2))
    np.testing.assert_allclose(pixels, [[0, 0.5, 1, 1, 0, 0]] * 2)


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0.001, [5]), (0.2, [5]), (0.5, [5, 1]), (0.6, [5, 1]), (1, [5, 1, 0, 3])]
)
def test_the_strongest_of_the_positive_cells_are_taken_and_one_at_least(fraction: float, expected: list[int]) -> None:
    values = np.array([[2, 4, 0], [2, -3, 9]], np.float32)
    assert np.flatnonzero(strongest_cells(values, fraction).parts).tolist() == sorted(expected)
    assert cells_in_order(values).tolist() == [5, 1, 0, 3, 2, 4]


def test_without_a_positive_cell_there_is_no_evidence() -> None:
    with pytest.raises(ValueError, match="positive"):
        strongest_cells(np.array([[0, -1]], np.float32), 0.2)


@pytest.mark.parametrize(
    "points", [((0, 0), (1, 1)), ((0, 0), (1, 1), (float("nan"), 2)), ((0.0, 0.0),) * (MOST_POINTS + 1)]
)
def test_an_outline_that_is_none_is_refused(points: tuple[Point, ...]) -> None:
    with pytest.raises(ValueError, match="outline"):
        Outline(points)


def test_cells_of_another_grid_are_refused() -> None:
    with pytest.raises(ValueError, match="4 x 6 cells"):
        parts_of(Cells(np.ones((6, 4))), COVERING, PHOTO)
