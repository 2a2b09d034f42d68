"""Maps in colour: overlays and legends for those who have no browser at hand.

static/js/colormap.js draws by the same rule and from the same tables; tests compare the two.

    limit L    max|map| where mode is signed, max(map) where it is positive
    t          map / L, clipped to -1..1 or 0..1
    colour     table[round((t + 1) / 2 x 255)], or table[round(t x 255)]
    alpha      signed: opacity x min(1, 2 |t|), so that zero is clear
               positive: opacity
               below the threshold: 0
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from model.cam import Array
from model.geometry import Grid, resize_map
from model.photos import Pixels

BAND_VALUES = 2**14  # values are coloured by so many at once, so that all of it stays in the cache
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
TABLES_FILE = Path(__file__).with_name("colormaps.json")


class Mode(StrEnum):
    """Which part of a map is drawn."""

    SIGNED = "signed"
    POSITIVE = "positive"


@cache
def tables() -> dict[Mode, dict[str, Pixels]]:
    """Colour tables (256, 3) by mode and name, the default first; matplotlib's, as bytes."""
    raw = json.loads(TABLES_FILE.read_text())
    return {
        Mode(mode): {name: np.frombuffer(bytes.fromhex(row), np.uint8).reshape(256, 3) for name, row in rows.items()}
        for mode, rows in raw.items()
    }


def mode_of(colormap: str) -> Mode:
    """The mode that a colour map is made for; it can be used in the other, too.

    Raises:
        ValueError: there is no such colour map
    """
    for mode, names in tables().items():
        if colormap in names:
            return mode
    known = ", ".join(name for names in tables().values() for name in names)
    raise ValueError(f"there is no colour map '{colormap}'; there are {known}")


@dataclass(frozen=True)
class Style:
    """How a map is drawn.

    Attributes:
        mode: both signs around zero, or what speaks for the class alone
        colormap: any table's name; default the mode's first
        opacity: of the strongest colour, 0 to 1
        threshold: weaker values than this part of the limit are left out, 0 to 1
        smooth: bilinear between cell centres; otherwise the true cells
        grey: the photo under the map without its colours, so that the map's stand out

    Raises:
        ValueError: a value out of range, or an unknown colour map
    """

    mode: Mode = Mode.SIGNED
    colormap: str | None = None
    opacity: float = 0.7
    threshold: float = 0.0
    smooth: bool = True
    grey: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.opacity <= 1 and 0 <= self.threshold <= 1):
            raise ValueError("opacity and threshold must be between 0 and 1")
        if self.colormap is not None:
            mode_of(self.colormap)

    @property
    def table(self) -> Pixels:
        """The colours, (256, 3)."""
        if self.colormap is None:
            return next(iter(tables()[self.mode].values()))
        return tables()[mode_of(self.colormap)][self.colormap]


def limit(values: Array, mode: Mode) -> float:
    """The value in logits that gets the strongest colour; 0 where there is nothing to draw."""
    return max(0.0, float(np.abs(values).max() if mode is Mode.SIGNED else values.max()))


def colour(values: Array, style: Style, limit: float) -> Pixels:
    """Colours of values, whatever their shape.

    Args:
        values: (...), in logits
        style: how they are drawn
        limit: the value that gets the strongest colour

    Returns:
        RGBA, (..., 4); wholly clear where the limit is 0
    """
    colours = np.zeros((*values.shape, 4), dtype=np.uint8)
    if limit <= 0:
        return colours
    palette = _words(np.pad(style.table, ((0, 0), (0, 1))))
    flat, rows = np.ascontiguousarray(values).reshape(-1), colours.reshape(-1, 4)
    words = _words(rows)
    for start in range(0, flat.size, BAND_VALUES):
        band = slice(start, start + BAND_VALUES)
        scaled = flat[band] / limit
        np.clip(scaled, -1 if style.mode is Mode.SIGNED else 0, 1, out=scaled)
        alpha = _alpha(scaled, style)
        words[band] = palette[_index(scaled, style.mode)]
        rows[band, 3] = alpha
    return colours


def _words(colours: Pixels) -> npt.NDArray[np.uint32]:
    """RGBA (N, 4) as one word a colour, (N,): the same memory, copied four bytes at a time."""
    return colours.view(np.uint32).reshape(-1)


def _alpha(scaled: Array, style: Style) -> Pixels:
    """Opacity as bytes, (N,), of values as parts of the limit."""
    if style.mode is Mode.POSITIVE:
        strength, alpha = scaled, np.full_like(scaled, style.opacity)
    else:
        strength = np.abs(scaled)
        alpha = np.minimum(2 * strength, 1)
        alpha *= style.opacity
    if style.threshold > 0:
        alpha *= (strength >= style.threshold) & (strength > 0)
    return _rounded(alpha)


def _index(scaled: Array, mode: Mode) -> Pixels:
    """Places in the colour table, (N,), of values as parts of the limit, which are overwritten."""
    if mode is Mode.SIGNED:
        scaled += 1
        scaled /= 2
    return _rounded(scaled)


def _rounded(parts: Array) -> Pixels:
    """0..1 to the nearest of 0..255, halves up; the parts are overwritten."""
    parts *= 255
    parts += 0.5
    return parts.astype(np.uint8)


def colour_map(
    values: Array,
    grid: Grid,
    style: Style,
    size: tuple[int, int],
    photo_size: tuple[int, int],
    full: float | None = None,
) -> Pixels:
    """A map in colour over the whole photo.

    Args:
        values: (rows, columns), in logits
        grid: where the cells lie on the photo
        style: how it is drawn
        size: (width, height) wanted
        photo_size: (width, height) of the photo the grid is laid on
        full: the value that gets the strongest colour; default the map's own limit

    Returns:
        RGBA, (height, width, 4)
    """
    resized = resize_map(values, grid, size, photo_size, style.smooth)
    return colour(resized, style, limit(values, style.mode) if full is None else full)


def in_grey(photo: Pixels) -> Pixels:
    """A photo (H, W, 3) without its colours, by the luminance that browsers take (Rec. 709)."""
    grey = np.floor(photo @ LUMINANCE + np.float32(0.5)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def blend(photo: Pixels, colours: Pixels) -> Pixels:
    """Colours (H, W, 4) laid over a photo (H, W, 3)."""
    blended, over = Image.fromarray(photo), Image.fromarray(colours)
    blended.paste(over, mask=over)
    return np.asarray(blended)


def overlay(
    photo: Pixels, values: Array, grid: Grid, style: Style, photo_size: tuple[int, int], full: float | None = None
) -> Pixels:
    """A map drawn over a photo (or a smaller copy of it), (H, W, 3); `full` gets the strongest colour."""
    size = photo.shape[1], photo.shape[0]
    under = in_grey(photo) if style.grey else photo
    return blend(under, colour_map(values, grid, style, size, photo_size, full))


def legend(style: Style, limit: float, width: int, text_size: int | None = None) -> Pixels:
    """A strip to put under a map: its colours from one end to the other, with values in logits.

    Args:
        style: how the map was drawn
        limit: the value that got the strongest colour
        width: of the strip, in pixels; the text is left out where it would not fit
        text_size: in pixels; default what suits the width

    Returns:
        (height, width, 3)
    """
    size = text_size or max(11, min(22, width // 32))
    bar, length = round(size * 1.1), max(1, width - 2 * size)
    strip = Image.new("RGB", (width, bar + size * 3), "white")
    strip.paste(Image.fromarray(_ramp(style, limit > 0, length, bar)), (size, size // 2))
    lowest = -limit if style.mode is Mode.SIGNED else 0.0
    ends = [(size, "ls", f"{lowest:+.2f}" if lowest else "0"), (width - size, "rs", f"{limit:+.2f} logits")]
    if style.mode is Mode.SIGNED:
        ends.append((width // 2, "ms", "0"))
    draw, font = ImageDraw.Draw(strip), _font(size)
    # No character is wider than the font is high, so that most texts need not be measured.
    if (
        sum((len(text) + 1) * size for _, _, text in ends) <= length
        or sum(draw.textlength(text, font=font) + size for _, _, text in ends) <= length
    ):
        for x, anchor, text in ends:
            draw.text((x, bar + size * 2), text, fill="black", font=font, anchor=anchor)
    return np.asarray(strip)


@lru_cache(maxsize=64)
def _ramp(style: Style, is_drawn: bool, length: int, height: int) -> Pixels:
    """All colours of a style on white, from one end to the other, (height, length, 3)."""
    values = np.linspace(-1 if style.mode is Mode.SIGNED else 0, 1, length, dtype=np.float32)[None]
    row = blend(np.full((1, length, 3), 255, dtype=np.uint8), colour(values, style, 1.0 if is_drawn else 0.0))
    return row.repeat(height, axis=0)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def with_legend(picture: Pixels, style: Style, limit: float) -> Pixels:
    """A picture (H, W, 3 or 4) with the opaque legend of its map below."""
    strip = legend(style, limit, picture.shape[1])
    opaque = np.full((*strip.shape[:2], picture.shape[2] - 3), 255, dtype=np.uint8)
    return np.concatenate([picture, np.concatenate([strip, opaque], axis=2)])
