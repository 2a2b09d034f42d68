"""Pictures of the rooms: exact, small, and all in the page."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from app.contexts_learn import Picture
from app.learn_pictures import SHADES, coloured, map_picture, sheet_picture
from model.png import encode_png

RANDOM = np.random.default_rng(7)


def pixels_of(shown: Picture) -> np.ndarray:
    image = Image.open(io.BytesIO(base64.b64decode(shown.uri.partition(",")[2])))
    assert image.size == (shown.width, shown.height)
    return np.asarray(image.convert("RGBA"))


@pytest.mark.parametrize("lowest", [-1.0, 0.0])
def test_a_map_has_one_pixel_a_cell_and_its_very_colour(lowest: float) -> None:
    values = RANDOM.uniform(lowest, 1, (7, 11)).astype(np.float32)
    assert np.array_equal(pixels_of(map_picture(values, "")), coloured(values))


def test_maps_side_by_side_are_in_shades_near_their_colours() -> None:
    maps = RANDOM.uniform(-1, 1, (3, 20, 30)).astype(np.float32)
    sheet = pixels_of(sheet_picture(maps, 2, ""))
    assert sheet.shape == (2 * 60 + 2, 2 * 90 + 2, 4)  # three pixels a cell, for 20 rows are few
    first = sheet[:60, :90]
    assert np.array_equal(first, first[::3, ::3].repeat(3, axis=0).repeat(3, axis=1))
    own = coloured(maps[0], float(np.abs(maps).max())).astype(int)
    assert np.abs(first[::3, ::3] - own).max() <= 255 * 2 / SHADES
    assert len(np.unique(first.reshape(-1, 4), axis=0)) <= 2 * SHADES + 1
    assert not sheet[60:62].any()


def test_a_map_of_nothing_is_drawn() -> None:
    assert pixels_of(sheet_picture(np.zeros((2, 56, 3), dtype=np.float32), 2, "")).shape == (56, 8, 4)


def test_a_sheet_is_half_a_png_file_at_most() -> None:
    smooth = np.cumsum(np.cumsum(RANDOM.normal(size=(6, 60, 80)), axis=1), axis=2).astype(np.float32)
    sheet = sheet_picture(smooth, 6, "")
    assert len(base64.b64decode(sheet.uri.partition(",")[2])) < len(encode_png(pixels_of(sheet))) / 2
