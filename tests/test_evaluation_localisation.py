"""Localisation beside a second, slow implementation of the published rules, written from the paper's own words.

Choe et al. 2020, "Evaluating Weakly Supervised Object Localization Methods Right", section 3 and its protocol.
"""

from collections.abc import Sequence

import numpy as np
import pytest

from model.coverage import Region
from model.evaluation.baselines import best_fit, centre_map, mean_box
from model.evaluation.bootstrap import mean_of
from model.evaluation.localisation import BestIous, best_ious, components, iou, ious, largest_of, thresholds
from model.evaluation.pixels import counts, mask_on, pixel_ap, shown
from model.evaluation.protocol import box_measure, choosing_part, mean_over_ious, pixel_measure, reported_part, share
from model.evidence import PlacedMap
from model.geometry import Grid, resize_map
from model.regions import box

SIZE = (120, 80)
GRID = Grid(rows=5, columns=7, cell_width=18, cell_height=17, left=-3, top=-2.5)
STEPS = (0.01, 0.001)


SMALL = 4  # times smaller, where thresholds are many


def placed(seed: int) -> PlacedMap:
    return PlacedMap(np.random.default_rng(seed).normal(0.2, 1, (5, 7)).astype(np.float32), GRID)


def smaller(one: PlacedMap) -> PlacedMap:
    lengths = (GRID.cell_width, GRID.cell_height, GRID.left, GRID.top)
    return PlacedMap(one.values, Grid(5, 7, *(length / SMALL for length in lengths)))


def random_boxes(seed: int, count: int = 2) -> list[Region]:
    generator = np.random.default_rng(seed)
    left, top = generator.uniform(0, 70, count), generator.uniform(0, 40, count)
    wide, high = generator.uniform(10, 50, count), generator.uniform(10, 40, count)
    return [Region(*map(float, one)) for one in zip(left, top, left + wide, top + high, strict=True)]


# the slow way


def flooded(strong: np.ndarray) -> list[list[tuple[int, int]]]:
    """The pixels of each region, found one after the other."""
    left, regions = {(int(row), int(column)) for row, column in zip(*np.nonzero(strong), strict=True)}, []
    while left:
        waiting, region = [min(left)], []
        left.discard(waiting[0])
        while waiting:
            row, column = waiting.pop()
            region.append((row, column))
            around = {(row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= around
            waiting += around
        regions.append(region)
    return regions


def slow_iou(one: Sequence[float], other: Sequence[float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - both)


def slow_fits(
    one: PlacedMap, truths: Sequence[Region], levels: Sequence[float], size: tuple[int, int] = SIZE
) -> tuple[list[float], list[float]]:
    """Best IoU of the largest region's box and of any region's, at each threshold, pixel by pixel of the picture."""
    score = resize_map(one.values, one.grid, size, size)
    wanted = [(region.left, region.top, region.right, region.bottom) for region in truths]
    largest, any_of = [], []
    for level in levels:
        strong = (score > np.float32(level) * score.max()) & (score.max() > 0)
        found = []
        for region in flooded(strong):
            rows, columns = zip(*region, strict=True)
            around = (min(columns), min(rows), max(columns) + 1, max(rows) + 1)
            found.append((len(region), max(slow_iou(around, truth) for truth in wanted)))
        any_of.append(max((fit for _, fit in found), default=0.0))
        most = max((pixels for pixels, _ in found), default=0)
        largest.append(next((fit for pixels, fit in found if pixels == most), 0.0))
    return largest, any_of


def slow_pixel_ap(scores: Sequence[np.ndarray], masks: Sequence[np.ndarray], levels: Sequence[float]) -> float:
    """Precision times what recall gains, threshold by threshold, from the highest on."""
    score, on = (np.concatenate([part.ravel() for part in parts]) for parts in (scores, masks))
    area, before = 0.0, 0.0
    for level in sorted(levels, reverse=True):
        taken = score >= np.float32(level)
        if taken.any():
            recall = (taken & on).sum() / on.sum()
            area += (taken & on).sum() / taken.sum() * (recall - before)
            before = recall
    return float(area)


# side by side


@pytest.mark.parametrize("seed", range(6))
def test_best_fits_are_those_of_regions_flooded_pixel_by_pixel(seed: int) -> None:
    one, truths, levels = placed(seed), random_boxes(seed), thresholds(0.05).tolist()
    found = best_ious(one, truths, SIZE, levels, 256)
    largest, any_of = slow_fits(one, truths, levels)
    assert found.largest == pytest.approx(largest, abs=1e-6)
    assert found.any == pytest.approx(any_of, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_measures_of_a_set_are_those_of_the_published_protocol(step: float) -> None:
    levels = thresholds(step)
    size = SIZE[0] // SMALL, SIZE[1] // SMALL
    pictures = [
        (smaller(placed(seed)), [Region(*(edge / SMALL for edge in vars(one).values())) for one in random_boxes(seed)])
        for seed in range(10, 15)
    ]
    found = [best_ious(one, truths, size, levels.tolist(), 256) for one, truths in pictures]
    slow = [slow_fits(one, truths, levels.tolist(), size) for one, truths in pictures]
    largest, any_of = (np.array([fits[which] for fits in slow]) for which in (0, 1))
    everywhere = np.ones(len(pictures), np.bool_)
    measure = box_measure(np.array([one.largest for one in found]), levels, 0.5, everywhere)
    assert measure.reference == pytest.approx(max((largest[:, level] >= 0.5).mean() for level in range(len(levels))))
    _, reference = mean_over_ious(np.array([one.any for one in found]), everywhere)
    best = [max((any_of[:, level] >= least).mean() for level in range(len(levels))) for least in (0.3, 0.5, 0.7)]
    assert reference == pytest.approx(np.mean(best))


@pytest.mark.parametrize("step", STEPS)
def test_pixel_ap_is_that_of_a_count_threshold_by_threshold(step: float) -> None:
    levels = [*thresholds(step).tolist(), 1.0]
    generator = np.random.default_rng(5)
    maps = [placed(seed) for seed in range(20, 24)]
    masks = [generator.random((SIZE[1], SIZE[0])) < 0.3 for _ in maps]
    rows = [counts(one, mask, SIZE, levels, 256) for one, mask in zip(maps, masks, strict=True)]
    thing, beside = (np.array([row[which] for row in rows], np.float32) for which in (0, 1))
    scores = []
    for one in maps:
        score = np.maximum(resize_map(one.values, one.grid, SIZE, SIZE), 0)
        scores.append(score / score.max())
    found = pixel_measure(thing, beside)
    assert found is not None
    assert found.value == pytest.approx(slow_pixel_ap(scores, masks, levels), abs=1e-6)
    assert found.interval[0] <= found.value <= found.interval[1]


def test_the_largest_region_is_the_one_that_the_page_draws_a_box_around() -> None:
    for seed in range(20):
        one = placed(seed)
        drawn = box(one.values, one.grid, SIZE, 0.2)
        found = components(one, SIZE, [0.2], 1024)
        [largest] = largest_of(found)
        assert drawn is not None
        assert found.boxes[largest].tolist() == [drawn.left, drawn.top, drawn.right, drawn.bottom]


def test_a_map_that_gives_nothing_has_no_region_and_no_pixel() -> None:
    nothing = PlacedMap(np.full((5, 7), -1, np.float32), GRID)
    found = best_ious(nothing, random_boxes(0), SIZE, [0, 0.5], 256)
    assert isinstance(found, BestIous)
    assert found.largest.tolist() == found.any.tolist() == [0, 0]
    assert not shown(nothing, SIZE, 256).any()
    zero = PlacedMap(np.zeros((5, 7), np.float32), GRID)
    assert best_ious(zero, random_boxes(0), SIZE, [0.0], 256).any.tolist() == [0]


def test_what_takes_from_a_class_is_never_shown_as_evidence() -> None:
    values = np.array([[-8, -4], [0, 2]], np.float32)
    score = shown(PlacedMap(values, Grid(2, 2, 60, 40, 0, 0)), SIZE, 256)
    assert score[:20, :30].max() == 0
    assert score.max() == 1


@pytest.mark.parametrize("raster", [64, 256])
def test_a_smaller_raster_gives_the_same_fit_but_for_whole_pixels(raster: int) -> None:
    big = (1200, 800)
    truths = [Region(300, 200, 700, 600)]
    fine, coarse = (best_ious(centre_map(big), truths, big, [0.2, 0.4], side) for side in (1024, raster))
    assert coarse.largest == pytest.approx(fine.largest, abs=4 / raster)


def test_boxes_that_only_touch_have_nothing_in_common() -> None:
    assert iou(Region(0, 0, 10, 10), Region(10, 0, 20, 10)) == 0
    assert iou(Region(0, 0, 10, 10), Region(0, 0, 10, 10)) == 1
    assert iou(Region(0, 0, 10, 10), Region(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert ious(np.zeros((0, 4)), np.ones((2, 4))).shape == (0, 2)


# thresholds over a set


def test_the_threshold_is_chosen_on_one_part_and_reported_on_the_other() -> None:
    fits = np.array([[0.9, 0.1], [0.1, 0.9], [0.1, 0.9]], np.float32)
    found = box_measure(fits, np.array([0.1, 0.2]), 0.5, np.array([True, False, False]))
    assert (found.threshold, found.value) == (0.1, 0)
    assert (found.reference_threshold, found.reference) == (0.2, pytest.approx(2 / 3))


def test_every_third_name_is_chosen_on_whatever_their_order() -> None:
    names = [f"{number}.jpg" for number in range(30)]
    chosen = choosing_part(names)
    assert chosen.sum() == 10
    assert [name for name, one in zip(names[::-1], choosing_part(names[::-1]), strict=True) if one][::-1] == [
        name for name, one in zip(names, chosen, strict=True) if one
    ]
    few = choosing_part(["a", "b"])
    assert few.all()
    assert reported_part(few).all()
    assert not (reported_part(chosen) & chosen).any()


def test_pixels_of_no_thing_have_no_pixel_ap() -> None:
    nothing = np.zeros((2, 5), np.float32)
    assert pixel_measure(nothing, nothing + 3) is None
    assert np.isnan(pixel_ap(np.zeros(5), np.ones(5)))
    assert pixel_ap(np.array([0, 0, 4.0]), np.array([7.0, 0, 0])) == 1


def test_a_mask_of_any_size_lies_over_the_whole_picture() -> None:
    mask = np.zeros((4, 6), np.bool_)
    mask[1:3, 2:4] = True
    assert (mask_on(mask.repeat(10, 0).repeat(10, 1), (4, 6)) == mask).all()
    assert mask_on(mask, (40, 60)).mean() == mask.mean()


# what comes of no network


def test_the_centre_peaks_in_the_middle_and_ends_at_the_edges() -> None:
    cone = centre_map(SIZE)
    score = shown(cone, SIZE, 256)
    assert np.unravel_index(score.argmax(), score.shape) in {(39, 59), (39, 60), (40, 59), (40, 60)}
    assert score[0, 0] == 0
    assert (score == pytest.approx(score[::-1, ::-1], abs=1e-5)) is True


def test_the_mean_box_lies_in_the_middle_with_the_mean_sides() -> None:
    boxes = np.array([[0, 0, 0.2, 0.4], [0.5, 0.5, 0.9, 0.9]])
    middle = mean_box(boxes)
    assert middle == pytest.approx([0.35, 0.3, 0.65, 0.7])
    assert best_fit(middle, np.array([[0.35, 0.3, 0.65, 0.7], [0, 0, 0.1, 0.1]])) == pytest.approx(1)


def test_no_share_is_measured_of_nothing() -> None:
    assert mean_of(np.array([])) is None
    with pytest.raises(ValueError, match="nothing"):
        share([])
