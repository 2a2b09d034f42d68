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
    assert sheet.shape == (42, 62, 4)
    first = sheet[:20, :30].reshape(-1, 4)
    assert np.abs(first.astype(int) - coloured(maps[0]).reshape(-1, 4)).max() <= 255 * 2 / SHADES
    assert len(np.unique(first, axis=0)) <= 2 * SHADES + 1
    assert not sheet[20:22].any()


def test_a_map_of_nothing_is_drawn() -> None:
    assert pixels_of(sheet_picture(np.zeros((2, 3, 3), dtype=np.float32), 2, "")).shape == (3, 8, 4)


def test_a_sheet_is_a_third_of_a_png_file() -> None:
    smooth = np.cumsum(np.cumsum(RANDOM.normal(size=(6, 60, 80)), axis=1), axis=2).astype(np.float32)
    sheet = sheet_picture(smooth, 6, "")
    assert len(base64.b64decode(sheet.uri.partition(",")[2])) < len(encode_png(pixels_of(sheet))) / 2
