"""A stored explanation's map as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.answers import Model
from app.copies import ANY_SIZE
from app.errors import NotFound, Unusable
from app.numbers import Numbers
from app.picture_text import picture_text
from app.shown import ClassMap, class_map
from model.cam import Array
from model.geometry import Grid
from model.photos import Pixels, encode_jpeg, read_photo, shrink
from model.png import encode_png
from model.rendering import Style, colour_map, limit, overlay, with_legend


@dataclass(frozen=True)
class Drawing:
    """How the server draws a map.

    Attributes:
        index: the class
        versus: a class whose map is subtracted: what speaks for the one against the other
        style: colours, opacity, threshold, smoothing
        overlay: over the photo; otherwise the map alone on a transparent ground
        legend: a strip below with values in logits
        width: of the picture in pixels; default the stored photo's, which is also the most
        full: the value in logits that gets the strongest colour; default the map's own limit
    """

    index: int
    versus: int | None = None
    style: Style = field(default_factory=Style)
    overlay: bool = True
    legend: bool = True
    width: int | None = None
    full: float | None = None


def draw(
    drawing: Drawing, numbers: Numbers, model: Model, grid: Grid, photo: Path, photo_size: tuple[int, int]
) -> bytes:
    """Draw a class's map, or its difference from another's.

    Args:
        drawing: what to draw, and how
        numbers: all classes, with their maps
        model: whose they are
        grid: where the cells lie on the photo
        photo: the stored copy
        photo_size: (width, height) that the grid is laid on

    Returns:
        a PNG file that tells which map it is: RGB over the photo, otherwise RGBA

    Raises:
        Unusable: there is no such class
    """
    selected, rival = _classes(drawing, numbers, model.spec.labels)
    values = _values(selected, rival)
    under = stored_photo(photo, drawing.width)
    full = limit(values, drawing.style.mode) if drawing.full is None else drawing.full
    if drawing.overlay:
        picture = overlay(under, values, grid, drawing.style, photo_size, full)
    else:
        picture = colour_map(values, grid, drawing.style, (under.shape[1], under.shape[0]), photo_size, full)
    if drawing.legend:
        picture = with_legend(picture, drawing.style, full)
    return encode_png(picture, picture_text(model.id, selected, rival, drawing.style, full))


def smaller_photo(photo: Path, width: int) -> bytes:
    """A copy of a stored photo, at most so many pixels wide, as a JPEG file."""
    return encode_jpeg(stored_photo(photo, width), quality=80)


def stored_photo(photo: Path, width: int | None) -> Pixels:
    """A stored photo's pixels, at most so many pixels wide."""
    return narrowed(read_photo(photo.read_bytes(), ANY_SIZE).pixels, width)


def narrowed(pixels: Pixels, width: int | None) -> Pixels:
    """A picture at most so many pixels wide."""
    if width is None or width >= pixels.shape[1]:
        return pixels
    return shrink(pixels, max(1, round(max(pixels.shape[:2]) * width / pixels.shape[1])))


def require_class(index: int, classes: int) -> None:
    """Refuse a class that a network has not.

    Raises:
        Unusable: there are not so many
    """
    if index >= classes:
        raise Unusable(f"There is no class {index}; indices go from 0 to {classes - 1}.")


def _classes(drawing: Drawing, numbers: Numbers, labels: Sequence[str]) -> tuple[ClassMap, ClassMap | None]:
    """The class, and the one it is drawn against."""
    for index in (drawing.index, drawing.versus or 0):
        require_class(index, len(labels))
    rival = None if drawing.versus is None else class_map(numbers, labels, drawing.versus)
    return class_map(numbers, labels, drawing.index), rival


def _values(selected: ClassMap, rival: ClassMap | None) -> Array:
    if selected.cam is None or (rival is not None and rival.cam is None):
        raise NotFound("This network has no exact map, so there is none to draw.")
    return selected.cam if rival is None or rival.cam is None else selected.cam - rival.cam
