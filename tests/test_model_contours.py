"""Outlines: one ring around each region of the box's own raster, on the line where the map has the level."""

import numpy as np
import pytest
import skimage.draw
import skimage.measure
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cam import Array
from model.contours import Outline, outlines, signed_area, simplified
from model.coverage import Region
from model.enclosed import covered_cells, given_share
from model.evidence import PlacedMap, shares
from model.geometry import Grid, resize_map
from model.masks import fill
from model.regions import box, raster_size
from tests.outlined import MAPS, covering, random_map


def values_at(values: Array, grid: Grid, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The map at places of the photo: bilinear between cell centres, edges held."""
    weights = []
    for place, cells, pitch, start in (
        (y, grid.rows, grid.cell_height, grid.top),
        (x, grid.columns, grid.cell_width, grid.left),
    ):
        position = np.clip((place - start) / pitch - 0.5, 0, cells - 1)
        lower = position.astype(int)
        weights.append((lower, np.minimum(lower + 1, cells - 1), position - lower))
    (up, down, v), (left, right, u) = weights
    wide = values.astype(np.float64)
    above = wide[up, left] * (1 - u) + wide[up, right] * u
    below = wide[down, left] * (1 - u) + wide[down, right] * u
    return np.asarray(above * (1 - v) + below * v)


def drawn(outline: Outline, size: tuple[int, int]) -> np.ndarray:
    """The pixels whose centres its rings enclose, counted over all rings; (height, width)."""
    mask = np.zeros((size[1], size[0]), dtype=bool)
    for ring in outline.rings:
        corners = np.array(ring)[:, ::-1] - 0.5
        mask ^= skimage.draw.polygon2mask(mask.shape, corners)
    return mask


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.55, 0.97])
def test_the_largest_regions_box_is_the_one_of_the_answer(name: str, threshold: float) -> None:
    values, grid, photo = MAPS[name]
    found = outlines(values, grid, photo, threshold)
    expected = box(values, grid, photo, threshold)
    assert (found[0].box if found else None) == expected


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(4))
def test_there_is_an_outline_for_each_region_and_a_ring_for_each_hole(seed: int, threshold: float) -> None:
    photo = (223, 170)
    values, grid = random_map(9, 11, seed), covering(9, 11, photo)
    found = outlines(values, grid, photo, threshold)
    resized = resize_map(values, grid, photo, photo)
    strong = resized > threshold * resized.max()
    regions = skimage.measure.regionprops(skimage.measure.label(strong, connectivity=2))
    boxes = {(one.bbox[1], one.bbox[0], one.bbox[3], one.bbox[2]) for one in regions}
    assert {(one.box.left, one.box.top, one.box.right, one.box.bottom) for one in found} == boxes
    assert len(found) == len(regions)
    holes = sum(len(one.rings) - 1 for one in found)
    assert holes == sum(1 - skimage.measure.euler_number(strong[one.slice] & one.image, 2) for one in regions)


@pytest.mark.parametrize("name", MAPS)
def test_every_point_lies_on_the_line_or_on_the_photos_edge(name: str) -> None:
    values, grid, photo = MAPS[name]
    pixel = max(1.0, max(photo) / 1024)
    resized = resize_map(values, grid, raster_size(photo), photo).max()
    for outline in outlines(values, grid, photo, 0.2):
        x, y = np.array([point for ring in outline.rings for point in ring]).T
        edge = (x == 0) | (y == 0) | (x == photo[0]) | (y == photo[1])
        around = [
            values_at(values, grid, x + right * pixel / 2, y + down * pixel / 2)
            for right in (-1, 0, 1)
            for down in (-1, 0, 1)
        ]
        slack = 1e-6 * resized
        assert (edge | (np.min(around, axis=0) <= 0.2 * resized + slack)).all()
        assert (edge | (np.max(around, axis=0) >= 0.2 * resized - slack)).all()
        assert ((x >= 0) & (y >= 0) & (x <= photo[0]) & (y <= photo[1])).all()


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5])
def test_rings_enclose_the_pixels_above_the_level(threshold: float) -> None:
    photo = (300, 217)
    values, grid = random_map(7, 9, 3), covering(7, 9, photo)
    mask = np.zeros(photo[::-1], dtype=bool)
    for outline in outlines(values, grid, photo, threshold):
        inside = drawn(outline, photo)
        assert not (mask & inside).any()
        mask |= inside
    resized = resize_map(values, grid, photo, photo)
    wrong = mask != (resized > threshold * resized.max())
    # a point is left out where it lies less than a tenth of a pixel from the line: no pixel further in is lost
    level = threshold * resized.max()
    assert (np.abs(resized[wrong] - level) < 0.15 * np.abs(np.gradient(resized)).sum(0)[wrong] + 1e-6).all()
    assert wrong.mean() < 0.005


def test_outer_rings_run_clockwise_and_holes_the_other_way() -> None:
    values, photo = np.ones((7, 7), dtype=np.float32), (70, 70)
    values[3, 3] = -9
    [outline] = outlines(values, covering(7, 7, photo), photo)
    outer, hole = outline.rings
    assert sorted(outer) == [(0, 0), (0, 70), (70, 0), (70, 70)]
    assert signed_area(outer) == 70 * 70
    assert signed_area(hole) < 0
    assert outline.area == signed_area(outer) + signed_area(hole)
    assert 25 < min(x for x, _ in hole) < 35 < max(x for x, _ in hole) < 45  # between centres of neighbouring cells


def test_a_map_that_is_positive_throughout_has_the_photo_for_its_outline() -> None:
    for photo in [(30, 20), (65500, 1), (1, 1), (4032, 3024)]:
        [outline] = outlines(np.full((2, 3), 2, dtype=np.float32), covering(2, 3, photo), photo)
        assert outline.area == pytest.approx(photo[0] * photo[1], rel=1e-12)
        assert (outline.box.right, outline.box.bottom) == photo


def test_there_is_no_outline_where_nothing_is_positive() -> None:
    grid = covering(2, 2, (10, 10))
    assert outlines(np.zeros((2, 2), dtype=np.float32), grid, (10, 10)) == []
    assert outlines(np.full((2, 2), -3, dtype=np.float32), grid, (10, 10), 0) == []


def test_a_cells_line_lies_where_the_rule_puts_it() -> None:
    values = np.array([[0, 10, 0]], dtype=np.float32)
    [outline] = outlines(values, Grid(1, 3, 100, 40, 0, 0), (300, 40), 0.5)
    top = 10 * (1 - 0.5 / 100)  # half a pixel beside the centre there is the raster's highest value
    left = 50 + 100 * (0.5 * top / 10)
    assert sorted({round(x, 6) for x, _ in outline.rings[0]}) == [round(left, 6), round(300 - left, 6)]
    assert {y for _, y in outline.rings[0]} == {0, 40}


SIDES = st.integers(1, 8)


@settings(max_examples=100, deadline=None)
@given(
    SIDES, SIDES, st.integers(1, 120), st.integers(1, 120), st.integers(0, 2**32 - 1), st.sampled_from([0, 0.2, 0.7])
)
def test_any_map_has_sound_outlines(
    rows: int, columns: int, width: int, height: int, seed: int, threshold: float
) -> None:
    generator = np.random.default_rng(seed)
    values = np.round(generator.normal(0, 2, (rows, columns))).astype(np.float32)
    shares, left, top = generator.uniform(0.7, 1.2, 2), *generator.uniform(-20, 20, 2)
    grid = Grid(rows, columns, width / columns * shares[0], height / rows * shares[1], left, top)
    found = outlines(values, grid, (width, height), threshold)
    assert (found[0].box if found else None) == box(values, grid, (width, height), threshold)
    for outline in found:
        assert all(len(ring) >= 3 for ring in outline.rings)
        assert signed_area(outline.rings[0]) >= 0
        assert all(signed_area(ring) <= 0 for ring in outline.rings[1:])
        xs, ys = zip(*outline.rings[0], strict=True)
        assert outline.box.left - 1 <= min(xs)
        assert max(xs) <= outline.box.right + 1
        assert outline.box.top - 1 <= min(ys)
        assert max(ys) <= outline.box.bottom + 1
        share = given_share(values, outline.rings, grid, (width, height))
        assert share is not None
        assert 0 <= share <= 1


def test_points_close_to_the_line_are_left_out_and_no_others() -> None:
    square = [(0.0, 0.0), (5.0, 0.05), (10.0, 0.0), (10.0, 10.0), (5.0, 10.3), (0.0, 10.0)]
    assert set(simplified(square, 0.1)) == set(square) - {(5.0, 0.05)}
    dot = [(0.0, 0.0), (0.02, 0.0), (0.02, 0.02), (0.0, 0.02)]
    assert simplified(dot, 0.1) == dot


def test_the_cells_of_a_rectangle_are_covered_as_the_rule_for_rectangles_has_it() -> None:
    photo = (320, 190)
    grid = Grid(5, 7, 49.3, 41.1, -9.5, 4.25)
    values = random_map(5, 7, 8)
    for left, top, right, bottom in [(0, 0, 320, 190), (13.5, 20.25, 201, 77.7), (300, 180, 320, 190)]:
        ring = ((left, top), (right, top), (right, bottom), (left, bottom))
        expected = shares(PlacedMap(values, grid), Region(left, top, right, bottom), photo).given
        assert given_share(values, [ring], grid, photo) == pytest.approx(expected, abs=1e-12)


def test_covered_cells_add_up_to_the_area_without_the_holes() -> None:
    photo = (201, 160)
    grid, values = covering(8, 9, photo), random_map(8, 9, 5)
    for outline in outlines(values, grid, photo, 0.0):
        parts = covered_cells(outline.rings, grid, photo)
        assert parts.sum() * 201 / 9 * 160 / 8 == pytest.approx(outline.area, rel=1e-9)
        fine = np.zeros((160 * 8, 201 * 9), dtype=np.uint8)  # so that cells have whole pixels
        fill(fine, [[(9 * x, 8 * y) for x, y in ring] for ring in outline.rings], 1)
        by_pixels = fine.reshape(8, 160, 9, 201).mean((1, 3))
        np.testing.assert_allclose(parts, by_pixels, atol=0.005)
