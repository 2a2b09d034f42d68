"""The worst mistakes, drawn: the maps of the said and of the true class over the picture, on one scale."""

import base64
import binascii
from dataclasses import dataclass

import numpy as np

from app.text import fixed, gettext, percent
from model.cam import Array
from model.errors import PhotoError
from model.figures import Cells, GridFigures
from model.geometry import Grid, resize_map
from model.metrics import Metrics, Mistake
from model.photos import Pixels, encode_jpeg, read_photo
from model.png import encode_png
from model.rendering import Style, blend, colour, in_grey, limit

STYLE = Style(grey=True)
MAX_MEGAPIXELS = 4.0  # of a thumbnail
MAP_QUALITY = 82
RAMP_WIDTH = 128


@dataclass(frozen=True)
class Drawn:
    """A map over the picture.

    Attributes:
        title: whose map it is
        alt: the picture in words
        uri: of the picture, with its bytes inside
    """

    title: str
    alt: str
    uri: str


@dataclass(frozen=True)
class ShownMistake:
    """A picture that was got wrong.

    Attributes:
        path: relative to the data folder
        said: the class that was said, and how probable it was
        true: the true classes, and how probable the shown one was
        photo: the picture itself
        maps: of the said and of the true class; empty where there are none
        limit: what the strongest colour of both stands for, in logits
        width: of the pictures, in pixels
        height: likewise
    """

    path: str
    said: str
    true: str
    photo: Drawn | None
    maps: tuple[Drawn, ...]
    limit: str
    width: int
    height: int


def shown_mistakes(metrics: Metrics) -> tuple[ShownMistake, ...]:
    """The mistakes, the worst first."""
    return tuple(_shown(mistake, metrics.labels) for mistake in metrics.mistakes)


def _shown(mistake: Mistake, labels: tuple[str, ...]) -> ShownMistake:
    _ = gettext
    said = labels[mistake.said]
    true = ", ".join(labels[index] for index in mistake.true) or _("none of the classes")
    pixels = thumbnail(mistake.thumbnail)
    maps = {said: mistake.said_cam} if mistake.said_cam else {}
    if mistake.shown is not None and mistake.true_cam:
        maps[labels[mistake.shown]] = mistake.true_cam
    drawn, strongest = _maps(mistake, maps, pixels)
    probable = "" if mistake.probability_shown is None else f" · {percent(mistake.probability_shown)}"
    return ShownMistake(
        path=mistake.path,
        said=f"{said} · {percent(mistake.probability)}",
        true=f"{true}{probable}",
        photo=None if pixels is None else Drawn(_("The picture"), mistake.path, data_uri("jpeg", encode_jpeg(pixels))),
        maps=drawn,
        limit=fixed(strongest),
        width=0 if pixels is None else pixels.shape[1],
        height=0 if pixels is None else pixels.shape[0],
    )


def _maps(mistake: Mistake, maps: dict[str, Cells], pixels: Pixels | None) -> tuple[tuple[Drawn, ...], float]:
    """Every class's map over the picture, and the value that the strongest colour of all of them stands for."""
    if pixels is None or mistake.grid is None:
        return (), 0.0
    arrays = {label: np.array(cells, dtype=np.float32) for label, cells in maps.items()}
    strongest = max((limit(values, STYLE.mode) for values in arrays.values()), default=0.0)
    grid, size = _grid(mistake.grid), (mistake.width, mistake.height)
    return tuple(
        Drawn(
            gettext("For “{label}”").format(label=label),
            gettext("Map of “{label}”, strongest {value} logits").format(label=label, value=fixed(_strongest(values))),
            data_uri("jpeg", encode_jpeg(_overlaid(pixels, values, grid, strongest, size), MAP_QUALITY)),
        )
        for label, values in arrays.items()
    ), strongest


def overlay(pixels: Pixels, values: Array, figures: GridFigures, strongest: float) -> Pixels:
    """A map (rows, columns) over its picture (H, W, 3); the strongest colour stands for `strongest` logits."""
    return _overlaid(pixels, values, _grid(figures), strongest, (pixels.shape[1], pixels.shape[0]))


def picture_uri(pixels: Pixels) -> str:
    """A picture (H, W, 3), to stand inside a file."""
    return data_uri("jpeg", encode_jpeg(pixels, MAP_QUALITY))


def _overlaid(pixels: Pixels, values: Array, grid: Grid, strongest: float, size: tuple[int, int]) -> Pixels:
    resized = resize_map(values, grid, (pixels.shape[1], pixels.shape[0]), size)
    return blend(in_grey(pixels), colour(resized, STYLE, strongest))


def _strongest(values: Array) -> float:
    """The value that is farthest from zero."""
    return float(values.flat[np.abs(values).argmax()])


def _grid(figures: GridFigures) -> Grid:
    return Grid(**figures.model_dump())


def thumbnail(encoded: str) -> Pixels | None:
    """The pixels of a small picture in base64; none where it is none."""
    try:
        return read_photo(base64.b64decode(encoded, validate=True), MAX_MEGAPIXELS).pixels
    except (binascii.Error, ValueError, PhotoError):
        return None


def ramp_uri() -> str:
    """The colours of all maps from one end to the other, as a picture one pixel high."""
    values = np.linspace(-1, 1, RAMP_WIDTH, dtype=np.float32)[None]
    return data_uri("png", encode_png(colour(values, STYLE, 1.0)))


def data_uri(kind: str, content: bytes) -> str:
    """A picture's file, "jpeg" or "png", to stand inside another."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
