"""A photo in as many pieces as a map has cells, and the map's cells over it: static/js/pieces.js draws the same."""

from collections.abc import Collection, Sequence

import numpy as np
from PIL import Image, ImageDraw

from app.contexts_learn import Picture
from app.learn_cells import divisible
from app.learn_pictures import photo_picture
from app.learn_visit import Looked
from model.cam import Array
from model.geometry import Grid
from model.photos import Pixels
from model.rendering import Style, in_grey, overlay
from model.shuffling import shuffle_cells, shuffle_pieces

LONGEST = 640  # side of a picture, in pixels
MOST_ELONGATED = 6  # times as long as it is wide
WHITE = 255
CELLS = Style(smooth=False, opacity=0.75)
OUTLINE = (("#171615", 6), ("#ffffff", 2))
SIDES = (
    (-1, 0, ((0, 0), (0, 1))),
    (1, 0, ((1, 0), (1, 1))),
    (0, -1, ((0, 0), (1, 0))),
    (0, 1, ((0, 1), (1, 1))),
)
"""Of a cell: the row and column of the neighbour there, and the line between the two from corner to corner."""


def cells_picture(
    looked: Looked,
    values: Array,
    alt: str,
    order: Sequence[int] | None = None,
    full: float | None = None,
    outlined: Collection[int] = (),
) -> Picture:
    """A map's cells over what the network saw, both in an order.

    The photo is grey and pale, so that a colour is nearly the legend's on whatever it lies, and never narrower than
    lets cells be told apart.

    Args:
        looked: of the map
        values: (rows, columns)
        alt: what the picture shows
        order: of the cells; None for the photo's own
        full: the value that gets the strongest colour; default the map's own largest
        outlined: cells with a line around them, by number
    """
    rows, columns = values.shape
    wide, high = cell_size(looked.input.photo_size, rows, columns)
    pixels = divisible(looked.input.pixels, rows, columns, high, wide)
    if order is not None:
        pixels, values = shuffle_pieces(pixels, rows, columns, order), shuffle_cells(values, order)
    size = pixels.shape[1], pixels.shape[0]
    drawn = overlay(pale(in_grey(pixels)), values, Grid(rows, columns, wide, high, 0, 0), CELLS, size, full)
    return photo_picture(_outlined(drawn, (rows, columns), frozenset(outlined)), alt)


def is_widened(photo_size: tuple[int, int]) -> bool:
    """Whether a photo (width, height) is drawn wider, or higher, than it is."""
    return max(photo_size) > MOST_ELONGATED * min(photo_size)


def cell_size(photo_size: tuple[int, int], rows: int, columns: int) -> tuple[int, int]:
    """Width and height of a cell in a picture of a photo (width, height), in pixels."""
    aspect = min(max(photo_size[1] / photo_size[0], 1 / MOST_ELONGATED), MOST_ELONGATED)
    width, height = (LONGEST, LONGEST * aspect) if aspect <= 1 else (LONGEST / aspect, LONGEST)
    return max(1, round(width / columns)), max(1, round(height / rows))


def pale(grey: Pixels) -> Pixels:
    """A photo in the lighter half of its shades: colours over black would all be black."""
    return WHITE - (WHITE - grey) // 2


def _outlined(pixels: Pixels, shape: tuple[int, int], cells: frozenset[int]) -> Pixels:
    """A picture of so many rows and columns of cells, with a line around some: dark beside light, on any photo."""
    if not cells:
        return pixels
    picture = Image.fromarray(pixels)
    pen = ImageDraw.Draw(picture)
    for colour, width in OUTLINE:
        for line in outline(shape, cells):
            (x, y), (right, down) = (
                (column * picture.width // shape[1], row * picture.height // shape[0]) for row, column in line
            )
            pen.rectangle((x - width // 2, y - width // 2, right + width // 2 - 1, down + width // 2 - 1), fill=colour)
    return np.asarray(picture)


def outline(shape: tuple[int, int], cells: Collection[int]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where some cells border on others or on the edge: lines from corner to corner, each as (row, column)."""
    rows, columns = shape
    found = []
    for cell in cells:
        row, column = divmod(cell, columns)
        for down, across, line in SIDES:
            y, x = row + down, column + across
            if not (0 <= y < rows and 0 <= x < columns and y * columns + x in cells):
                (top, left), (bottom, right) = line
                found.append(((row + top, column + left), (row + bottom, column + right)))
    return found
