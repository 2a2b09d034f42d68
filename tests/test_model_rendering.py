"""Colours: zero is clear, signs are told apart, the tables are matplotlib's."""

import matplotlib as mpl
import numpy as np
import pytest

from model.geometry import Grid
from model.rendering import Mode, Style, blend, colour, colour_map, legend, limit, mode_of, overlay, tables, with_legend

SIGNED, POSITIVE = Style(opacity=1), Style(Mode.POSITIVE, opacity=1)


def values(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float32)


@pytest.mark.parametrize(("mode", "name"), [(mode, name) for mode, names in tables().items() for name in names])
def test_the_tables_are_matplotlibs(mode: Mode, name: str) -> None:
    wanted = np.round(mpl.colormaps[name](np.arange(256))[:, :3] * 255)
    np.testing.assert_array_equal(tables()[mode][name], wanted)


def test_zero_is_clear_and_the_signs_are_the_two_ends() -> None:
    negative, zero, positive = colour(values(-2, 0, 2), SIGNED, 2)
    table = tables()[Mode.SIGNED]["RdBu_r"]
    assert zero[3] == 0
    assert (*negative,) == (*table[0], 255)
    assert (*positive,) == (*table[255], 255)


def test_half_of_the_limit_is_already_as_opaque_as_asked() -> None:
    quarter, half = colour(values(0.5, 1), Style(opacity=0.8), 2)
    assert (quarter[3], half[3]) == (round(255 * 0.8 / 2), round(255 * 0.8))


def test_positive_mode_covers_the_whole_photo_and_clips_what_is_negative() -> None:
    below, top = colour(values(-5, 2), POSITIVE, 2)
    table = tables()[Mode.POSITIVE]["viridis"]
    assert (*below,) == (*table[0], 255)
    assert (*top,) == (*table[255], 255)


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_below_the_threshold_is_clear(mode: Mode) -> None:
    weak, strong, whole = colour(values(0.4, 0.5, 1), Style(mode, opacity=1, threshold=0.5), 1)
    assert weak[3] == 0
    assert strong[3] == whole[3] == 255


def test_a_threshold_of_one_leaves_the_peak_alone() -> None:
    almost, peak = colour(values(0.99, 1), Style(Mode.POSITIVE, opacity=1, threshold=1), 1)
    assert (almost[3], peak[3]) == (0, 255)


@pytest.mark.parametrize("mode", list(Mode))
def test_an_empty_map_is_wholly_clear(mode: Mode) -> None:
    empty = values(0, 0)
    assert colour(empty, Style(mode, opacity=1), limit(empty, mode))[:, 3].max() == 0


def test_the_limit_is_the_strongest_value_of_the_part_that_is_drawn() -> None:
    map_ = values(-3, 1)
    assert limit(map_, Mode.SIGNED) == 3
    assert limit(map_, Mode.POSITIVE) == 1
    assert limit(values(-3, -1), Mode.POSITIVE) == 0


@pytest.mark.parametrize("wrong", [{"opacity": 1.1}, {"threshold": -0.1}, {"colormap": "mauve"}, {"opacity": np.nan}])
def test_a_style_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1|there is no colour map 'mauve'"):
        Style(**wrong)


def test_every_colour_map_can_be_used_in_both_modes_and_knows_its_own() -> None:
    for mode, names in tables().items():
        for name in names:
            assert mode_of(name) is mode
            for used in Mode:
                top = colour(values(2), Style(used, name, opacity=1), 2)[0]
                assert (*top,) == (*tables()[mode][name][255], 255)


def test_an_overlay_shows_the_photo_where_the_map_is_zero() -> None:
    photo = np.full((40, 60, 3), 90, dtype=np.uint8)
    map_ = np.zeros((2, 3), dtype=np.float32)
    map_[0, 0] = 4
    drawn = overlay(photo, map_, Grid(2, 3, 20, 20, 0, 0), Style(opacity=1, smooth=False), (60, 40))
    np.testing.assert_array_equal(drawn[20:], photo[20:])
    np.testing.assert_array_equal(drawn[:20, :20], np.broadcast_to(tables()[Mode.SIGNED]["RdBu_r"][255], (20, 20, 3)))


def test_a_photo_in_grey_keeps_its_luminance_and_loses_its_colours() -> None:
    photo = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [90, 90, 90]]], dtype=np.uint8)
    grey = overlay(photo, np.zeros((1, 1), np.float32), Grid(1, 1, 5, 1, 0, 0), Style(grey=True), (5, 1))
    np.testing.assert_array_equal(grey[0], [[54] * 3, [182] * 3, [18] * 3, [255] * 3, [90] * 3])


def test_blending_is_linear_in_alpha() -> None:
    photo = np.full((1, 1, 3), 100, dtype=np.uint8)
    half = np.array([[[200, 0, 100, 128]]], dtype=np.uint8)
    np.testing.assert_allclose(blend(photo, half)[0, 0], [150, 50, 100], atol=1)


@pytest.mark.parametrize("style", [SIGNED, POSITIVE])
@pytest.mark.parametrize("width", [1, 30, 320, 2048])
def test_a_legend_is_as_wide_as_its_picture_whatever_that_is(style: Style, width: int) -> None:
    strip = legend(style, 12.34, width)
    assert strip.shape[1:] == (width, 3)
    picture = np.zeros((5, width, 3), dtype=np.uint8)
    assert with_legend(picture, style, 12.34).shape == (5 + len(strip), width, 3)


def test_a_legend_is_written_where_there_is_room() -> None:
    strip = legend(POSITIVE, 12.34, 640)
    text = strip[len(strip) // 2 :]
    assert (text < 100).any()
    assert not np.array_equal(strip, legend(POSITIVE, 12.35, 640))


def test_a_coloured_map_has_the_size_asked_for() -> None:
    drawn = colour_map(np.ones((2, 3), dtype=np.float32), Grid(2, 3, 1, 1, 0, 0), SIGNED, (7, 5), (3, 2))
    assert drawn.shape == (5, 7, 4)
