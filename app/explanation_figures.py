"""The pictures of an explanation's report: maps drawn over the photo, with their bytes inside the page."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.shown import ClassMap, Shown, View, show
from model.cam import Array
from model.coverage import Region
from model.geometry import Grid
from model.photos import Pixels, encode_jpeg, shrink, sniff
from model.rendering import overlay

FIGURE_SIDE, FIGURE_QUALITY = 960, 82
SMALL_SIDE, SMALL_QUALITY = 320, 80


@dataclass(frozen=True)
class Canvas:
    """What maps are drawn on.

    Attributes:
        photo: (H, W, 3), no larger than a figure
        grid: where the cells lie on the photo
        size: (width, height) of the photo that the grid is laid on
    """

    photo: Pixels
    grid: Grid
    size: tuple[int, int]

    @classmethod
    def of(cls, photo: Pixels, grid: Grid, size: tuple[int, int]) -> "Canvas":
        """A photo, made as small as a figure is."""
        return cls(shrink(photo, FIGURE_SIDE), grid, size)

    def draw(self, values: Array, view: View) -> str:
        """A map over the photo, as the address of a picture."""
        drawn = overlay(self.photo, values, self.grid, view.style, self.size)
        return picture_uri(encode_jpeg(drawn, FIGURE_QUALITY))


@dataclass(frozen=True)
class Figure:
    """One class's map, on its own.

    Attributes:
        index: of the class
        shown: its numbers and sentences
        uri: of the picture
    """

    index: int
    shown: Shown
    uri: str


@dataclass(frozen=True)
class RegionRow:
    """What a class gets from a region, and what the region takes from it.

    Attributes:
        label: of the class
        given: in logits: the region's part of mean(max(map, 0))
        taken: in logits, likewise of mean(max(-map, 0))
        share_given: of all that is given, 0 to 1; None where nothing is
        share_taken: of all that is taken, likewise
    """

    label: str
    given: float
    taken: float
    share_given: float | None
    share_taken: float | None


@dataclass(frozen=True)
class ShownRegion:
    """A rectangle on the photo and what lies in it.

    Attributes:
        area: of the rectangle, cut to the photo
        share: of the photo that it covers, 0 to 1
        rows: a class each
    """

    area: Region
    share: float
    rows: tuple[RegionRow, ...]


def figures(classes: Sequence[ClassMap], view: View, canvas: Canvas) -> tuple[Figure, ...]:
    """Each class's map in the view's colours."""
    made = []
    for one in classes:
        if one.cam is None:
            continue
        own = replace(view, index=one.index, versus=None)
        made.append(Figure(one.index, show(one, one, own), canvas.draw(one.cam, own)))
    return tuple(made)


def small_uri(photo: Pixels) -> str:
    """A small copy of a photo as an address."""
    return picture_uri(encode_jpeg(shrink(photo, SMALL_SIDE), SMALL_QUALITY))


def picture_uri(content: bytes) -> str:
    """A JPEG or PNG file as an address that holds it."""
    kind = "png" if sniff(content) == "PNG" else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
