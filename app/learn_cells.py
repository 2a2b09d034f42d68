"""What a photo's cells say, for the rooms and the API: the maps that a head weighs, its rows, parts of the photo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from app.contexts_learn import Picture
from app.errors import Unusable
from app.learn_pictures import photo_picture
from app.learn_visit import Looked
from app.registry import Entry
from model.bundle import Bundle
from model.cam import Array, ClassMaps
from model.classifier import Explanation
from model.counterfactual import Fill, alter, fill_of
from model.geometry import Grid
from model.photos import Pixels
from model.preprocess import Prepared
from model.rendering import Style, overlay
from model.shuffling import shuffle_cells, shuffle_pieces

SIDE = 48  # of a piece in a picture, in pixels
CELLS = Style(grey=True, smooth=False, opacity=0.75)
NO_PLACE = "This network flattens its maps: no cell of them has a part in the score that can be told. Take another one."


@dataclass(frozen=True)
class Part:
    """Cells of a map: the first row and column, and how many."""

    row: int
    column: int
    rows: int
    columns: int

    def within(self, rows: int, columns: int) -> "Part":
        """The part of it that lies in a map of so many rows and columns: one cell at least."""
        row, column = min(self.row, rows - 1), min(self.column, columns - 1)
        return Part(row, column, min(self.rows, rows - row), min(self.columns, columns - column))

    def mask(self, rows: int, columns: int) -> Array:
        """1 in it and 0 elsewhere, (rows, columns)."""
        mask = np.zeros((rows, columns), dtype=np.float32)
        mask[self.row : self.row + self.rows, self.column : self.column + self.columns] = 1
        return mask


def maps_of(answer: Explanation) -> ClassMaps:
    """An answer's maps, with what they are made of.

    Raises:
        Unusable: the network keeps no location
    """
    if answer.maps is None:
        raise Unusable(NO_PLACE)
    return answer.maps


def rows_of(bundle: Bundle, classes: Sequence[int]) -> Array:
    """Rows of a network's head, (N, C): what it weighs its maps with for each class.

    Raises:
        Unusable: the network keeps no location, or has no such class
    """
    if not bundle.spec.exact:
        raise Unusable(NO_PLACE)
    count = len(bundle.spec.labels)
    if any(not 0 <= index < count for index in classes):
        raise Unusable(f"'class' takes 0 to {count - 1}.")
    weight = bundle.class_weight
    return np.eye(count, dtype=np.float32)[list(classes)] if weight is None else weight[list(classes)]


def cover(entry: Entry, seen: Prepared, shape: tuple[int, int], part: Part) -> Prepared:
    """What the network saw, without the squares of some cells: the photo's mean colour is there instead."""
    geometry = entry.spec.grid
    if geometry is None:
        raise Unusable(NO_PLACE)
    height, width = seen.pixels.shape[:2]
    x = _edges(geometry.left, geometry.stride_x, part.column, part.columns, shape[1], width)
    y = _edges(geometry.top, geometry.stride_y, part.row, part.rows, shape[0], height)
    out = np.zeros((height, width), dtype=np.float32)
    out[slice(*y), slice(*x)] = 1
    pixels = alter(seen.pixels, fill_of(seen.pixels, Fill.MEAN), out)
    return replace(seen, pixels=np.ascontiguousarray(pixels), preprocess_ms=0.0)


def _edges(start: float, pitch: float, first: int, count: int, cells: int, pixels: int) -> tuple[int, int]:
    """Where cells begin and end, in input pixels; the outer ones reach to the edges."""
    low = 0 if first == 0 else round(start + pitch * first)
    high = pixels if first + count == cells else round(start + pitch * (first + count))
    return min(max(low, 0), pixels - 1), min(max(high, low + 1), pixels)


def in_pieces(seen: Prepared, shape: tuple[int, int], order: Sequence[int]) -> Prepared:
    """What the network saw, cut into as many pieces as a map has cells, in another order."""
    rows, columns = shape
    height, width = seen.pixels.shape[:2]
    pixels = shuffle_pieces(_divisible(seen.pixels, rows, columns, height // rows, width // columns), *shape, order)
    if pixels.shape != seen.pixels.shape:
        pixels = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))
    return replace(seen, pixels=pixels, preprocess_ms=0.0)


def _divisible(pixels: Pixels, rows: int, columns: int, high: int, wide: int) -> Pixels:
    """A photo as so many pieces of high x wide pixels; the very pixels where they fit."""
    size = columns * wide, rows * high
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def cells_picture(
    looked: Looked, values: Array, alt: str, order: Sequence[int] | None = None, full: float | None = None
) -> Picture:
    """A map's cells over what the network saw, both in an order.

    Args:
        looked: of the map
        values: (rows, columns)
        alt: what the picture shows
        order: of the cells; None for the photo's own
        full: the value that gets the strongest colour; default the map's own largest
    """
    rows, columns = values.shape
    width, height = looked.input.photo_size
    high = max(1, round(SIDE * (height / rows) / (width / columns)))
    pixels = _divisible(looked.input.pixels, rows, columns, high, SIDE)
    if order is not None:
        pixels, values = shuffle_pieces(pixels, rows, columns, order), shuffle_cells(values, order)
    size = pixels.shape[1], pixels.shape[0]
    return photo_picture(overlay(pixels, values, Grid(rows, columns, SIDE, high, 0, 0), CELLS, size, full), alt)
