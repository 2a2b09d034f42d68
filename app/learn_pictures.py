"""Maps and photos of the rooms as pictures whose bytes stand in the page: what it shows is of one and the same pass."""

import base64

import numpy as np

from app.contexts_learn import Picture
from model.cam import Array
from model.photos import Pixels, encode_jpeg
from model.png import encode_png
from model.rendering import Mode, Style, colour, limit

SIGNED = Style(Mode.SIGNED, opacity=1.0)
POSITIVE = Style(Mode.POSITIVE, opacity=1.0)
GREY = Style(Mode.POSITIVE, "gray", opacity=1.0)
GAP = 2  # cells between maps of one picture


def map_picture(values: Array, alt: str, full: float | None = None) -> Picture:
    """A map, one pixel a cell: both signs around zero where it has any, else from zero up.

    Args:
        values: (rows, columns)
        alt: what it shows
        full: the value that gets the strongest colour; default the largest
    """
    return png_picture(coloured(values, full), alt)


def grey_picture(values: Array, alt: str) -> Picture:
    """Values (rows, columns) of 0 to 1, from black to white."""
    return png_picture(colour(values, GREY, 1.0), alt)


def coloured(values: Array, full: float | None = None) -> Pixels:
    """RGBA, (rows, columns, 4)."""
    style = SIGNED if float(values.min(initial=0)) < 0 else POSITIVE
    return colour(values, style, limit(values, style.mode) if full is None else full)


def sheet_picture(maps: Array, columns: int, alt: str) -> Picture:
    """Maps (C, rows, columns) side by side, each with its own colours."""
    height, width = maps.shape[1] + GAP, maps.shape[2] + GAP
    lines = -(-len(maps) // columns)
    pixels = np.zeros((lines * height - GAP, min(columns, len(maps)) * width - GAP, 4), dtype=np.uint8)
    for at, values in enumerate(maps):
        top, left = at // columns * height, at % columns * width
        pixels[top : top + maps.shape[1], left : left + maps.shape[2]] = coloured(values)
    return png_picture(pixels, alt)


def png_picture(pixels: Pixels, alt: str) -> Picture:
    """Pixels (H, W, 3 or 4), exactly."""
    uri = f"data:image/png;base64,{base64.b64encode(encode_png(pixels)).decode()}"
    return Picture(uri, pixels.shape[1], pixels.shape[0], alt)


def photo_picture(pixels: Pixels, alt: str) -> Picture:
    """A photo (H, W, 3)."""
    uri = f"data:image/jpeg;base64,{base64.b64encode(encode_jpeg(pixels, quality=85)).decode()}"
    return Picture(uri, pixels.shape[1], pixels.shape[0], alt)
