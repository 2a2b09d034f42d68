"""Run-length coded BMP pixels, RLE8, RLE4 and OS/2's RLE24: as many runs as possible in one operation."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.contents import Size, damaged, too_many_parts

MAX_ESCAPES, CODES_AT_ONCE = 500_000, 2**10
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
    _draw(canvas, data[: len(data) // 2 * 2], bits)
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
    _draw(canvas, data, COLOUR_BITS)
    return Image.fromarray(np.ascontiguousarray(canvas.pixels[::-1, :, ::-1]))


def _draw(canvas: _Canvas, data: bytes, bits: int) -> None:
    """Draw runs, and do what the escapes between them say.

    Raises:
        BrokenPhoto: they end before the picture does
    """
    at = 0
    for _ in range(MAX_ESCAPES):
        at = _draw_runs(canvas, data, at, bits)
        if canvas.is_full or at + 2 > len(data):
            break
        kind, at = data[at + 1], at + 2
        if kind == END_OF_PICTURE:
            return
        if kind == END_OF_ROW:
            canvas.end_row()
        elif kind == DELTA:
            if at + 2 > len(data):
                break
            canvas.move(data[at], data[at + 1])
            at += 2
        else:
            literal = (kind * bits + 7) // 8
            canvas.draw(_values(data[at : at + literal], bits)[:kind])
            at += (literal + 1) // 2 * 2
    else:
        raise too_many_parts("BMP")
    if not canvas.is_done:
        raise damaged("BMP")


def _draw_runs(canvas: _Canvas, data: bytes, at: int, bits: int) -> int:
    """Draw runs up to the next escape, whose count is 0; return where that is, or the end where there is none."""
    length = 1 + (bits + 7) // 8
    while True:
        counts = data[at : at + length * CODES_AT_ONCE : length]
        escape = counts.find(0)
        whole = min(len(counts), (len(data) - at) // length) if escape < 0 else escape
        if whole > 0:
            codes = np.frombuffer(data, np.uint8, length * whole, at).reshape(-1, length)
            canvas.draw(_runs(codes, bits, canvas.left))
            at += length * whole
        if escape >= 0:
            return at
        if whole < CODES_AT_ONCE:
            return len(data)


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


def _values(literal: bytes, bits: int) -> Indices:
    """Bytes as indices, two each where they have 4 bits, or as whole colours."""
    values = np.frombuffer(literal, np.uint8)
    if bits == COLOUR_BITS:
        return values[: len(values) // 3 * 3].reshape(-1, 3)
    return values if bits == 8 else np.stack([values >> 4, values & 15], axis=-1).reshape(-1)


def _painted(canvas: _Canvas, palette: bytes) -> Image.Image:
    """P where all was drawn; else RGB, black where nothing was, as in browsers."""
    image = Image.fromarray(canvas.pixels[::-1])
    image.putpalette(palette.ljust(768, b"\x00"))
    if canvas.drawn.all():
        return image
    painted = image.convert("RGB")
    painted.paste((0, 0, 0), mask=Image.fromarray(np.where(canvas.drawn[::-1], np.uint8(0), np.uint8(255))))
    return painted
