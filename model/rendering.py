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
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.cam import Array
from model.geometry import Grid, resize_map
from model.photos import Pixels

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
    if limit <= 0:
        return np.zeros((*values.shape, 4), dtype=np.uint8)
    signed = style.mode is Mode.SIGNED
    scaled = np.clip(values / limit, -1 if signed else 0, 1)
    strength = np.abs(scaled)
    index = np.floor(((scaled + 1) / 2 if signed else scaled) * 255 + 0.5).astype(np.uint8)
    alpha = style.opacity * (np.minimum(1, 2 * strength) if signed else np.ones_like(strength))
    shown = (strength >= style.threshold) & ((strength > 0) | (style.threshold == 0))
    alpha = np.floor(np.where(shown, alpha, 0) * 255 + 0.5).astype(np.uint8)
    return np.concatenate([style.table[index], alpha[..., None]], axis=-1)


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
    under = Image.fromarray(photo).convert("RGBA")
    return np.asarray(Image.alpha_composite(under, Image.fromarray(colours)).convert("RGB"))


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
    margin, bar = size, round(size * 1.1)
    strip = Image.new("RGB", (width, bar + size * 3), "white")
    lowest = -limit if style.mode is Mode.SIGNED else 0.0
    length = max(1, width - 2 * margin)
    ramp = np.linspace(lowest, limit, length, dtype=np.float32)[None].repeat(bar, axis=0)
    colours = blend(np.full((bar, length, 3), 255, dtype=np.uint8), colour(ramp, style, limit))
    strip.paste(Image.fromarray(colours), (margin, size // 2))
    draw = ImageDraw.Draw(strip)
    font = ImageFont.load_default(size)
    ends = [(margin, "ls", f"{lowest:+.2f}" if lowest else "0"), (width - margin, "rs", f"{limit:+.2f} logits")]
    if style.mode is Mode.SIGNED:
        ends.append((width // 2, "ms", "0"))
    if sum(draw.textlength(text, font=font) + size for _, _, text in ends) <= length:
        for x, anchor, text in ends:
            draw.text((x, bar + size * 2), text, fill="black", font=font, anchor=anchor)
    return np.asarray(strip)


def with_legend(picture: Pixels, style: Style, limit: float) -> Pixels:
    """A picture (H, W, 3 or 4) with the opaque legend of its map below."""
    strip = legend(style, limit, picture.shape[1])
    opaque = np.full((*strip.shape[:2], picture.shape[2] - 3), 255, dtype=np.uint8)
    return np.concatenate([picture, np.concatenate([strip, opaque], axis=2)])
