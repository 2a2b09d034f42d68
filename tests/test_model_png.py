"""PNG files: what is read back is what was written, and the filter is the specification's."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from model.photos import read_photo
from model.png import encode_png, filtered

Pixels = npt.NDArray[np.uint8]


def noise(*shape: int) -> Pixels:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, dtype=np.uint8)


def ramp(*shape: int) -> Pixels:
    return np.linspace(0, 255, int(np.prod(shape))).astype(np.uint8).reshape(shape)


def by_the_specification(pixels: Pixels) -> Pixels:
    """Section 9.4 of the specification, byte by byte, in whole numbers."""
    height, width, channels = pixels.shape
    rows = pixels.reshape(height, width * channels).astype(int)
    lines = np.full((height, 1 + width * channels), 2, dtype=np.uint8)
    for y in range(height):
        for x in range(width * channels):
            lines[y, 1 + x] = (rows[y, x] - (rows[y - 1, x] if y else 0)) % 256
    return lines


@pytest.mark.parametrize("make", [noise, ramp])
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 4), (9, 1, 3), (2, 2, 4), (23, 17, 3), (17, 23, 4)])
def test_the_filter_is_the_specifications(make: object, shape: tuple[int, int, int]) -> None:
    pixels = make(*shape)  # type: ignore[operator]
    np.testing.assert_array_equal(filtered(pixels), by_the_specification(pixels))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1, 4), (375, 500, 3), (420, 501, 4), (3, 12_000, 3), (20_000, 2, 4)])
def test_what_is_read_back_is_what_was_written(shape: tuple[int, int, int]) -> None:
    pixels = noise(*shape)
    with Image.open(io.BytesIO(encode_png(pixels))) as image:
        assert (image.format, image.mode, image.info) == ("PNG", "RGB" if shape[2] == 3 else "RGBA", {})
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_pixels_that_lie_anyhow_in_memory_are_written_alike() -> None:
    pixels = noise(30, 40, 4)
    assert encode_png(pixels[::2, ::-1, :3]) == encode_png(pixels[::2, ::-1, :3].copy())


def test_our_own_reader_takes_it() -> None:
    pixels = noise(40, 30, 3)
    np.testing.assert_array_equal(read_photo(encode_png(pixels)).pixels, pixels)


def test_flat_pictures_make_small_files() -> None:
    assert len(encode_png(np.zeros((1000, 1000, 4), dtype=np.uint8))) < 20_000


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 0, 4), (5, 5, 1), (5, 5, 2)])
def test_what_is_no_picture_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no picture to write"):
        encode_png(np.zeros(shape, dtype=np.uint8))


TOLD = {"Software": "Camscope 1", "Camscope:class": "Egyptian cat", "Korean": "고양이", "Empty": "", "Zero": "a\0b\nc"}


def test_what_is_told_of_a_picture_is_read_by_others() -> None:
    with Image.open(io.BytesIO(encode_png(noise(3, 4, 3), TOLD))) as image:
        image.load()
        assert image.info == TOLD | {"Zero": "a\ufffdb\nc"}


def test_text_changes_no_pixel() -> None:
    pixels = noise(12, 9, 4)
    with Image.open(io.BytesIO(encode_png(pixels, TOLD))) as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)
    np.testing.assert_array_equal(read_photo(encode_png(pixels[..., :3], TOLD)).pixels, pixels[..., :3])
