"""Run-length coded BMP pixels, RLE8, RLE4 and OS/2's RLE24: as many runs as possible in one operation."""

from bisect import bisect_left

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.contents import Size, damaged, too_many_parts

LONGEST_LITERAL, MAX_ESCAPES, CODES_AT_ONCE = 130, 500_000, 2**14
END_OF_ROW, END_OF_PICTURE, DELTA = 0, 1, 2
Indices = npt.NDArray[np.uint8]


class _Canvas:
    """Rows from the lowest up, filled from left to right; what nothing was drawn on is known.

    Attributes:
        pixels: indices (H, W), the lowest row first
        drawn: which of them are, (H, W)
    """

    def __init__(self, size: Size) -> None:
        self._width, self._height = size
        self.pixels: Indices = np.zeros((self._height, self._width), np.uint8)
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
    if not ended and not canvas.is_full and (canvas.x, canvas.y) != (size[0], size[1] - 1):
        raise damaged("BMP")
    return _painted(canvas, palette)


def _runs(codes: Indices, bits: int, most: int) -> Indices:
    """Runs, (N, 2) of counts and values, one after the other, as far as they are needed for so many pixels."""
    if not most:
        return codes[:0, 0]
    ends = np.cumsum(codes[:, 0], dtype=np.int64)
    codes = codes[: int(np.searchsorted(ends, most)) + 1]
    counts, values = codes[:, 0], codes[:, 1]
    both = np.repeat(values, counts)
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
