"""Photos altered, and why prediction and network differ."""

import math
from pathlib import Path

import numpy as np
import pytest

from model.classifier import Classifier
from model.counterfactual import Fill, alter, area_under, counts, fill_of, first_cells, split_difference
from model.coverage import Cells, cells_in_order, pixels_of
from model.evidence import LINEAR, contributions, head_logits
from model.photos import Photo, Pixels
from tests.bundles import make_bundle

RANDOM = np.random.default_rng(0)
KINDS = ["gap", "gap_norm", "conv", "sum", "gmp"]


def blocks(rows: int, columns: int, side: int = 16) -> Pixels:
    """A photo of one colour for each cell of the tiny networks, so that it is not resized."""
    return RANDOM.integers(0, 256, (rows, columns, 3), np.uint8).repeat(side, 0).repeat(side, 1)


def test_what_is_not_taken_out_keeps_its_pixels() -> None:
    pixels, fill = blocks(4, 6), np.full((64, 96, 3), 7, np.uint8)
    out = np.zeros((64, 96), np.float32)
    out[16:40, 8:50] = 1
    found = alter(pixels, fill, out)
    assert (found[out == 1] == 7).all()
    np.testing.assert_array_equal(found[out == 0], pixels[out == 0])
    half = alter(pixels, fill, out / 2)[20, 20].astype(float)
    np.testing.assert_allclose(half, (pixels[20, 20].astype(float) + 7) / 2, atol=1.01)


def test_the_mean_is_the_photos_and_the_blur_leaves_no_detail() -> None:
    pixels = np.zeros((128, 192, 3), np.uint8)
    pixels[:, ::2] = 200
    assert (fill_of(pixels, Fill.MEAN) == 100).all()
    assert np.ptp(fill_of(pixels, Fill.BLUR).astype(int)) <= 5, "of 200"
    split = np.zeros((100, 100, 3), np.uint8)
    split[:, 50:] = 200
    blurred = fill_of(split, Fill.BLUR)[50, :, 0].astype(float)
    for place in (5, 25, 40, 49, 60, 95):  # a Gaussian of 10 pixels
        assert blurred[place] == pytest.approx(100 * (1 + math.erf((place + 0.5 - 50) / 10 / 2**0.5)), abs=5)


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (2047, 31), (640, 480)])
def test_any_photo_can_be_filled(size: tuple[int, int]) -> None:
    pixels = RANDOM.integers(0, 256, (size[1], size[0], 3), np.uint8)
    for fill in Fill:
        assert fill_of(pixels, fill).shape == pixels.shape
        assert fill_of(pixels, fill).mean() == pytest.approx(pixels.mean(), abs=3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fill", Fill)
def test_the_split_adds_up_and_a_network_that_sees_its_square_alone_has_no_context(
    tmp_path: Path, kind: str, fill: Fill
) -> None:
    network = Classifier.open(make_bundle(tmp_path, kind=kind), 1)
    pixels = blocks(8, 8)
    [before] = network.explain([Photo(pixels, "PNG")])
    assert before.maps is not None
    assert before.grid is not None
    parts = np.zeros((8, 8))
    parts[2:5, 1:6] = 1
    filled = fill_of(pixels, fill)
    altered = alter(pixels, filled, pixels_of(Cells(parts), before.grid, (128, 128), (128, 128)))
    [after] = network.explain([Photo(altered, "PNG")])
    assert after.maps is not None
    assert before.features is not None
    linear = network.spec.head in LINEAR
    left = head_logits((before.features * (1 - parts)).astype(np.float32), network.bundle.head)
    if linear:
        np.testing.assert_allclose(before.logits - contributions(before.maps, parts), left, rtol=1e-4, atol=1e-3)
    for index in range(5):
        difference = float(after.logits[index]) - float(left[index])
        split = split_difference(before.maps[index], after.maps[index], parts, difference)
        assert split.difference == pytest.approx(difference, abs=1e-9)
        assert split.filling == pytest.approx(float((after.maps[index] * parts).mean()), abs=1e-5)
        if linear:
            assert split.rescaling == pytest.approx(0, abs=2e-3)
            assert split.context == pytest.approx(0, abs=2e-3)


def test_cells_that_see_beyond_their_square_are_the_context() -> None:
    before, after = np.array([[4, 2, 0]], np.float32), np.array([[1, 3, 0]], np.float32)
    split = split_difference(before, after, np.array([[1.0, 0, 0]]), difference=4 / 3 - 2 / 3)
    assert (split.context, split.filling) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert split.rescaling == pytest.approx(0)
    partly = split_difference(before, after, np.array([[0.5, 0, 0]]), difference=0)
    assert (partly.context, partly.filling) == (pytest.approx((-1.5 + 1) / 3), pytest.approx(0.5 / 3))


@pytest.mark.parametrize(
    ("cells", "steps", "expected"),
    [(63, 3, [0, 32, 63]), (1, 11, [0, 1]), (4, 21, [0, 1, 2, 3, 4]), (100, 11, list(range(0, 101, 10)))],
)
def test_steps_go_from_none_to_all(cells: int, steps: int, expected: list[int]) -> None:
    assert counts(cells, steps) == expected


def test_the_first_cells_are_those_of_the_order() -> None:
    values = np.array([[1, 3], [2, 0]], np.float32)
    assert first_cells(cells_in_order(values), 2, (2, 2)).tolist() == [[0, 1], [1, 0]]


def test_the_area_is_the_mean_height() -> None:
    assert area_under([1, 1, 1], [0, 0.3, 1]) == pytest.approx(1)
    assert area_under([1, 0, 0], [0, 0.5, 1]) == pytest.approx(0.25)
