"""Maps and photos of the rooms as pictures whose bytes stand in the page: what it shows is of one and the same pass."""

import base64
import io

import numpy as np
from PIL import Image

from app.contexts_learn import Picture
from model.cam import Array
from model.photos import Pixels, encode_jpeg
from model.rendering import Mode, Style, colour, limit

SIGNED = Style(Mode.SIGNED, opacity=1.0)
POSITIVE = Style(Mode.POSITIVE, opacity=1.0)
GREY = Style(Mode.POSITIVE, "gray", opacity=1.0)
GAP = 2  # pixels between maps of one picture
HIGH = 56  # pixels at least of a map in one picture, so that all of them are told from each other
SHADES = 64  # of a sign, in a sheet: nobody tells more apart, and fewer make half the bytes
EFFORT = 2  # of WebP's 0 to 6: more takes twice the time and saves a fiftieth


def map_picture(values: Array, alt: str, full: float | None = None) -> Picture:
    """A map, one pixel a cell: both signs around zero where it has any, else from zero up.

    Args:
        values: (rows, columns)
        alt: what it shows
        full: the value that gets the strongest colour; default the largest
    """
    return exact_picture(coloured(values, full), alt)


def grey_picture(values: Array, alt: str) -> Picture:
    """Values (rows, columns) of 0 to 1, from black to white."""
    return exact_picture(colour(values, GREY, 1.0), alt)


def coloured(values: Array, full: float | None = None) -> Pixels:
    """RGBA, (rows, columns, 4)."""
    style = SIGNED if float(values.min(initial=0)) < 0 else POSITIVE
    return colour(values, style, limit(values, style.mode) if full is None else full)


def vector_picture(values: Array, alt: str, full: float | None = None) -> Picture:
    """A vector (C,) in lines, twice as wide as they are many, as nearly as its length divides; colours as of maps."""
    columns = next(side for side in range(int((2 * values.size) ** 0.5), 0, -1) if values.size % side == 0)
    return map_picture(values.reshape(-1, columns), alt, full)


def sheet_picture(maps: Array, columns: int, alt: str) -> Picture:
    """Maps (C, rows, columns) side by side, all in the same colours; small ones several pixels a cell."""
    full = float(np.abs(maps).max(initial=0))
    style = SIGNED if float(maps.min(initial=0)) < 0 else POSITIVE
    times = -(-HIGH // maps.shape[1])
    drawn = [colour(_in_shades(values, full), style, full) for values in maps]
    large = [one.repeat(times, axis=0).repeat(times, axis=1) for one in drawn]
    high, wide = large[0].shape[:2]
    lines, across = -(-len(large) // columns), min(columns, len(large))
    pixels = np.zeros((lines * (high + GAP) - GAP, across * (wide + GAP) - GAP, 4), dtype=np.uint8)
    for at, one in enumerate(large):
        top, left = at // columns * (high + GAP), at % columns * (wide + GAP)
        pixels[top : top + high, left : left + wide] = one
    return exact_picture(pixels, alt)


def _in_shades(values: Array, full: float) -> Array:
    """Values rounded to SHADES steps from zero to the largest magnitude."""
    step = full / SHADES
    return np.asarray(np.rint(values / step) * step, dtype=np.float32) if step > 0 else values


def exact_picture(pixels: Pixels, alt: str) -> Picture:
    """Pixels (H, W, 3 or 4), exactly: WebP without loss, which has a third of a PNG file's bytes."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, exact=True, method=EFFORT)
    return _picture("webp", file.getvalue(), pixels, alt)


def photo_picture(pixels: Pixels, alt: str) -> Picture:
    """A photo (H, W, 3)."""
    return _picture("jpeg", encode_jpeg(pixels, quality=85), pixels, alt)


def _picture(kind: str, file: bytes, pixels: Pixels, alt: str) -> Picture:
    uri = f"data:image/{kind};base64,{base64.b64encode(file).decode()}"
    return Picture(uri, pixels.shape[1], pixels.shape[0], alt)
