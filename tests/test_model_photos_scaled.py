"""A JPEG decoded no larger than it helps is the same picture, whatever its kind and however it is turned."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from model.exif import ORIENTATION
from model.photos import Photo, open_photo

STEPS = (1, 2, 4, 8)
KINDS = ("RGB", "L", "CMYK", "MPO")


def scene(width: int, height: int, seed: int) -> Image.Image:
    """Soft colours, different in every corner: what is turned or exchanged shows, what is finer than a step is not."""
    corners = np.random.default_rng(seed).integers(30, 226, (3, 3, 3), dtype=np.uint8)
    corners[0, 0], corners[0, -1], corners[-1, 0] = (225, 30, 30), (30, 225, 30), (30, 30, 225)
    return Image.fromarray(corners).resize((width, height), Image.Resampling.BICUBIC)


def jpeg(image: Image.Image, kind: str, orientation: int, **options: object) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = io.BytesIO()
    if kind == "MPO":
        second = Image.new("RGB", (20, 20), "blue")
        image.save(file, "MPO", save_all=True, append_images=[second], exif=exif, **options)
    else:
        image.convert(kind).save(file, "JPEG", exif=exif, **options)
    return file.getvalue()


def small(photo: Photo) -> np.ndarray:
    """A photo's pixels, averaged to some cells."""
    return np.asarray(Image.fromarray(photo.pixels).resize((6, 6), Image.Resampling.BOX)).astype(int)


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(96, 700),
    height=st.integers(96, 700),
    least=st.tuples(st.integers(1, 800), st.integers(1, 800)),
    kind=st.sampled_from(KINDS),
    orientation=st.integers(1, 8),
    progressive=st.booleans(),
    subsampling=st.sampled_from([0, 1, 2]),
    seed=st.integers(0, 9),
)
def test_a_smaller_decode_is_upright_large_enough_and_of_the_same_colours(
    width: int,
    height: int,
    least: tuple[int, int],
    kind: str,
    orientation: int,
    progressive: bool,
    subsampling: int,
    seed: int,
) -> None:
    options = {"quality": 92, "progressive": progressive} | (
        {} if kind in ("L", "CMYK") else {"subsampling": subsampling}
    )
    file = open_photo(jpeg(scene(width, height, seed), kind, orientation, **options))
    asked: list[tuple[int, int]] = []

    def enough(*size: int) -> tuple[int, int]:
        asked.append((size[0], size[1]))
        return least

    whole, less = file.read(), file.read(enough)
    upright = (height, width) if orientation >= 5 else (width, height)
    assert asked == [upright]
    assert (whole.size, less.size, whole.format, less.format) == (upright, upright, "JPEG", "JPEG")
    rows, columns, bands = less.pixels.shape
    steps = [step for step in STEPS if upright[0] // step >= least[0] and upright[1] // step >= least[1]]
    step = max(steps, default=1)
    assert (columns, rows, bands) == (-(-upright[0] // step), -(-upright[1] // step), 3)
    # The last row and column may stand for less than a whole step, which moves what is before them by a part of it.
    assert np.abs(small(less) - small(whole)).max() <= 4 + 800 / min(rows, columns)
    np.testing.assert_array_equal(np.asarray(less.image), less.pixels)
    assert not less.pixels.flags.writeable


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP"])
def test_other_kinds_are_decoded_whole(kind: str) -> None:
    file = io.BytesIO()
    scene(640, 480, 0).save(file, kind)
    assert open_photo(file.getvalue()).read(lambda *_: (10, 10)).pixels.shape == (480, 640, 3)
