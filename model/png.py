"""PNG files, written fast: one filter for all rows, and igzip for zlib.

Pillow tries five filters on each row and compresses with zlib, which takes more than ten times as
long for files hardly smaller (docs/decisions/0097-our-own-png-writer.md). W3C, "PNG Specification
(Third Edition)", sections 5, 9 and 10.
"""

import struct
from collections.abc import Mapping

import numpy as np
from isal import isal_zlib

from model.container_png import SIGNATURE, chunk
from model.photos import Pixels

COLOUR_TYPES = {3: 2, 4: 6}  # channels: truecolour, truecolour with alpha
UP = 2
LEVEL = 2  # of igzip's 0 to 3
NOTHING: Mapping[str, str] = {}


def encode_png(pixels: Pixels, text: Mapping[str, str] = NOTHING) -> bytes:
    """A PNG file with no metadata but the text it is given.

    Args:
        pixels: RGB or RGBA, (H, W, 3 or 4), not empty
        text: what is told of the picture, by keyword: 1 to 79 printable ASCII characters

    Raises:
        ValueError: it has other channels, or no pixels
    """
    height, width, channels = pixels.shape
    if channels not in COLOUR_TYPES or not pixels.size:
        raise ValueError(f"no picture to write: {pixels.shape} is not (H, W, 3 or 4)")
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    body = isal_zlib.compress(filtered(pixels), LEVEL)
    told = b"".join(text_chunk(keyword, words) for keyword, words in text.items())
    return SIGNATURE + chunk(b"IHDR", header) + told + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def text_chunk(keyword: str, words: str) -> bytes:
    """What is told of a picture: tEXt where ASCII says it, else iTXt, uncompressed (section 11.3.3).

    static/js/pngtext.js writes the same bytes.
    """
    said = words.replace("\0", "\N{REPLACEMENT CHARACTER}")  # no text may hold the character that ends one
    name = keyword.encode("ascii") + b"\0"
    if said.isascii():
        return chunk(b"tEXt", name + said.encode("ascii"))
    return chunk(b"iTXt", name + b"\0\0\0\0" + said.encode("utf-8", "replace"))


def filtered(pixels: Pixels) -> Pixels:
    """Each byte less the one above it, and in front of each row the number of that filter.

    Args:
        pixels: (H, W, C)

    Returns:
        (H, 1 + W C)
    """
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels).reshape(height, width * channels)
    lines = np.empty((height, 1 + rows.shape[1]), dtype=np.uint8)
    lines[:, 0] = UP
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    return lines
