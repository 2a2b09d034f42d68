"""Boxes where a person would point: on the resized map, by the largest connected region."""

import tracemalloc

import numpy as np
import pytest
import skimage.measure
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.geometry import Grid, resize_map
from model.regions import Runs, box, boxes, largest_regions, strong_runs


def grid_of(rows: int, columns: int, width: float, height: float) -> Grid:
    return Grid(rows, columns, width / columns, height / rows, 0, 0)


def runs_of(masks: np.ndarray) -> Runs:
    """Runs of true pixels, found one by one; masks (N, height, width)."""
    found = []
    for number, mask in enumerate(masks):
        for row, line in enumerate(mask.tolist()):
            for column, value in enumerate(line):
                if value and not (column and line[column - 1]):
                    end = next((x for x in range(column, len(line)) if not line[x]), len(line))
                    found.append((number * (masks.shape[1] + 1) + row, column, end))
    return Runs(*np.array(found, dtype=np.intp).reshape(-1, 3).T)


def test_the_box_is_that_of_the_largest_region_on_the_resized_map() -> None:
    generator = np.random.default_rng(5)
    for photo_size in [(500, 375), (90, 160), (3000, 1000)]:
        values = generator.normal(size=(7, 9)).astype(np.float32)
        grid = grid_of(7, 9, *photo_size)
        shrink = min(1, 1024 / max(photo_size))
        small = round(photo_size[0] * shrink), round(photo_size[1] * shrink)
        resized = resize_map(values, grid, small, photo_size)
        labels = skimage.measure.label(resized > 0.2 * resized.max(), connectivity=2)
        region = max(skimage.measure.regionprops(labels), key=lambda found: found.area)
        top, left, bottom, right = (value * photo_size[0] / small[0] for value in region.bbox)
        found = box(values, grid, photo_size)
        assert found is not None
        wanted = pytest.approx((left, top, right, bottom), abs=1 + photo_size[0] / small[0])
        assert (found.left, found.top, found.right, found.bottom) == wanted
        assert found.threshold == 0.2


def test_there_is_no_box_where_nothing_is_positive() -> None:
    grid = grid_of(2, 2, 10, 10)
    assert box(np.zeros((2, 2), dtype=np.float32), grid, (10, 10)) is None
    assert box(np.full((2, 2), -3, dtype=np.float32), grid, (10, 10)) is None


def test_a_map_that_is_positive_throughout_boxes_the_whole_photo() -> None:
    found = box(np.ones((2, 3), dtype=np.float32), grid_of(2, 3, 65500, 1), (65500, 1))
    assert found is not None
    assert (found.left, found.top, found.right, found.bottom) == (0, 0, 65500, 1)


@settings(max_examples=200, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12))))
def test_the_largest_region_is_the_one_scikit_image_finds(masks: np.ndarray) -> None:
    for mask, found in zip(masks, largest_regions(runs_of(masks), len(masks), masks.shape[1] + 1), strict=True):
        regions = skimage.measure.regionprops(skimage.measure.label(mask, connectivity=2))
        if not regions:
            assert found is None
            continue
        largest = max(region.area for region in regions)
        assert found in [(r.bbox[1], r.bbox[0], r.bbox[3], r.bbox[2]) for r in regions if r.area == largest]


SIDES = st.integers(1, 9)


@settings(max_examples=300, deadline=None)
@given(SIDES, SIDES, st.integers(1, 400), st.integers(1, 400), st.integers(0, 2**32 - 1), st.booleans())
def test_rows_exceed_the_threshold_where_the_resized_map_does(
    rows: int, columns: int, width: int, height: int, seed: int, coarse: bool
) -> None:
    generator = np.random.default_rng(seed)
    maps = generator.normal(size=(3, rows, columns)).astype(np.float32)
    if coarse:  # plateaus, ties, maps without anything positive
        maps = np.round(maps)
    shares = generator.uniform(0.7, 1.2, 2)
    left, top = generator.uniform(-20, 20, 2)
    grid = Grid(rows, columns, width / columns * shares[0], height / rows * shares[1], left, top)
    runs = strong_runs(maps, grid, (width, height), (width, height), 0.2)
    drawn = np.zeros((3 * (height + 1), width), dtype=np.bool_)
    for row, start, end in zip(runs.rows, runs.starts, runs.ends, strict=True):
        assert not drawn[row, max(0, start - 1) : end + 1].any()
        drawn[row, start:end] = True
    for values, found in zip(maps, drawn.reshape(3, height + 1, width), strict=True):
        resized = resize_map(values, grid, (width, height), (width, height)).astype(np.float64)
        low = 0.2 * resized.max() if resized.max() > 0 else np.inf
        undecided = np.abs(resized - low) < 1e-5
        np.testing.assert_array_equal(found[:-1] | undecided, (resized > low) | undecided)
        assert not found[-1].any()


def test_boxes_of_many_maps_are_those_of_each() -> None:
    maps = np.random.default_rng(6).normal(size=(40, 5, 4)).astype(np.float32)
    maps[7] = -1
    grid = grid_of(5, 4, 130, 90)
    assert boxes(maps, grid, (130, 90)) == [box(values, grid, (130, 90)) for values in maps]
    assert boxes(maps, grid, (130, 90))[7] is None
    assert boxes(maps[:0], grid, (130, 90)) == []


def test_boxes_of_all_classes_take_little_memory() -> None:
    maps = np.random.default_rng(7).normal(size=(300, 21, 28)).astype(np.float32)
    tracemalloc.start()
    try:
        assert len(boxes(maps, grid_of(21, 28, 4000, 3000), (4000, 3000))) == 300
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
