"""Run-length coded BMP pixels, RLE8, RLE4 and OS/2's RLE24: as many runs as possible in one operation."""

from bisect import bisect_left

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.contents import Size, damaged, too_many_parts

LONGEST_LITERAL, MAX_ESCAPES, CODES_AT_ONCE, COLOURS_AT_ONCE = 130, 500_000, 2**14, 2**10
COLOUR_BITS = 24
END_OF_ROW, END_OF_PICTURE, DELTA = 0, 1, 2
Indices = npt.NDArray[np.uint8]


class _Canvas:
    """Rows from the lowest up, filled from left to right; what nothing was drawn on is known.

    Attributes:
        pixels: indices (H, W), or blue, green and red (H, W, 3), the lowest row first
        drawn: which of them are, (H, W)
    """

    def __init__(self, size: Size, *channels: int) -> None:
        self._width, self._height = size
        self.pixels: Indices = np.zeros((self._height, self._width, *channels), np.uint8)
        self.drawn = np.zeros((self._height, self._width), bool)
        self.x = self.y = 0

    @property
    def left(self) -> int:
        """How many pixels there are to the row's end."""
        return max(0, self._width - self.x)

    @property
    def is_full(self) -> bool:
        return self.y >= self._height

    def draw(self, values: Indices) -> None:
        """Go on in the row; what does not fit into it is left out."""
        if not self.is_full:
            values = values[: self.left]
            self.pixels[self.y, self.x : self.x + len(values)] = values
            self.drawn[self.y, self.x : self.x + len(values)] = True
        self.x += len(values)

    def move(self, right: int, up: int) -> None:
        """Leave pixels out."""
        self.x, self.y = min(self.x + right, self._width), self.y + up

    def end_row(self) -> None:
        """Begin the next row."""
        self.x, self.y = 0, self.y + 1

    @property
    def is_done(self) -> bool:
        """Whether codes may end here without saying so."""
        return self.is_full or (self.x, self.y) == (self._width, self._height - 1)


def unpacked(data: bytes, size: Size, bits: int, palette: bytes) -> Image.Image:
    """Draw what codes tell.

    Args:
        data: the codes
        size: (width, height)
        bits: 8 or 4 for indices
        palette: three bytes a colour

    Raises:
        BrokenPhoto: they end before the picture does
    """
    canvas = _Canvas(size)
    codes = np.frombuffer(data[: len(data) // 2 * 2], np.uint8).reshape(-1, 2)
    escapes = np.flatnonzero(codes[:, 0] == 0).data
    at, number, ended = 0, 0, False
    for _ in range(MAX_ESCAPES):
        number = bisect_left(escapes, at, number, min(number + LONGEST_LITERAL, len(escapes)))
        escape = escapes[number] if number < len(escapes) else len(codes)
        for first in range(at, escape, CODES_AT_ONCE):
            canvas.draw(_runs(codes[first : min(escape, first + CODES_AT_ONCE)], bits, canvas.left))
        at = escape + 1
        if at > len(codes) or canvas.is_full:
            break
        kind = data[2 * escape + 1]
        if kind == END_OF_PICTURE:
            ended = True
            break
        if kind == END_OF_ROW:
            canvas.end_row()
        elif kind == DELTA:
            if at >= len(codes):
                break
            canvas.move(data[2 * at], data[2 * at + 1])
            at += 1
        else:
            count = (kind + 1) // 2 if bits == 8 else (kind + 3) // 4
            literal = codes[at : at + count].reshape(-1)
            canvas.draw((literal if bits == 8 else _halves(literal))[:kind])
            at += count
    else:
        raise too_many_parts("BMP")
    if not ended and not canvas.is_done:
        raise damaged("BMP")
    return _painted(canvas, palette)


def unpacked_colours(data: bytes, size: Size) -> Image.Image:
    """Draw what codes of colours tell; black where nothing is drawn.

    Args:
        data: the codes, of 24 bits a colour
        size: (width, height)

    Raises:
        BrokenPhoto: they end before the picture does
    """
    canvas = _Canvas(size, 3)
    at, ended = 0, False
    for _ in range(MAX_ESCAPES):
        counts = data[at : at + 4 * COLOURS_AT_ONCE : 4]
        escape = counts.find(0)
        runs = min(len(counts) if escape < 0 else escape, (len(data) - at) // 4)
        if runs:
            codes = np.frombuffer(data, np.uint8, 4 * runs, at).reshape(-1, 4)
            canvas.draw(_runs(codes, COLOUR_BITS, canvas.left))
            at += 4 * runs
        if canvas.is_full or at + 2 > len(data) or (escape < 0 and not runs):
            break
        if escape < 0:
            continue
        kind, at = data[at + 1], at + 2
        if kind == END_OF_PICTURE:
            ended = True
            break
        if kind == END_OF_ROW:
            canvas.end_row()
        elif kind == DELTA:
            if at + 2 > len(data):
                break
            canvas.move(data[at], data[at + 1])
            at += 2
        else:
            count = min(kind, (len(data) - at) // 3)
            canvas.draw(np.frombuffer(data, np.uint8, 3 * count, at).reshape(-1, 3))
            at += (3 * kind + 1) // 2 * 2
    else:
        raise too_many_parts("BMP")
    if not ended and not canvas.is_done:
        raise damaged("BMP")
    return Image.fromarray(np.ascontiguousarray(canvas.pixels[::-1, :, ::-1]))


def _runs(codes: Indices, bits: int, most: int) -> Indices:
    """Runs, a count and a value or colour each, one after the other, as far as so many pixels need them."""
    codes = codes if most else codes[:0]
    ends = np.cumsum(codes[:, 0], dtype=np.int64)
    codes = codes[: int(np.searchsorted(ends, most)) + 1]
    counts = codes[:, 0]
    if bits == COLOUR_BITS:
        return np.repeat(codes[:, 1:], counts, axis=0)
    both = np.repeat(codes[:, 1], counts)
    if bits == 8:
        return both
    starts = np.repeat(ends[: len(codes)] - counts, counts)
    is_second = (np.arange(len(starts)) - starts) & 1
    return np.where(is_second, both & 15, both >> 4)


def _halves(literal: Indices) -> Indices:
    """Bytes as two indices each."""
    return np.stack([literal >> 4, literal & 15], axis=-1).reshape(-1)


def _painted(canvas: _Canvas, palette: bytes) -> Image.Image:
    """P where all was drawn; else RGB, black where nothing was, as in browsers."""
    image = Image.fromarray(canvas.pixels[::-1])
    image.putpalette(palette.ljust(768, b"\x00"))
    if canvas.drawn.all():
        return image
    painted = image.convert("RGB")
    painted.paste((0, 0, 0), mask=Image.fromarray(np.where(canvas.drawn[::-1], np.uint8(0), np.uint8(255))))
    return painted
