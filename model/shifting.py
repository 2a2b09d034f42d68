"""A photo moved, and how far its maps moved along.

    moved along  r(T f(x), f(T x))     the maps of the photo moved by as many cells, and the maps of the moved photo
    stayed       r(f(x), f(T x))       the maps of the photo as they were, and the maps of the moved photo

r is Pearson's correlation over all maps and the cells that both know, each map less its own mean, so that what is
compared is where something is, not which maps are strong. Between cells a map is moved linearly. A layer sees zeros
beyond the border of its maps, so cells near it differ wherever they went: without them, what is left is aliasing.
"""

import math
from enum import StrEnum
from typing import Any

import numpy as np

from model.cam import Array
from model.counterfactual import Fill, fill_of
from model.photos import Pixels

NEARLY_ONE = 0.999  # of two parts that make a whole, rounded

Cells = np.ndarray[Any, np.dtype[np.bool_]]


class Edge(StrEnum):
    """What comes in where a photo moves away: its other side, or its mean colour."""

    AROUND = "around"
    FILL = "fill"


def shift(pixels: Pixels, right: int, down: int, edge: Edge) -> Pixels:
    """A photo (height, width, 3) moved by whole pixels; backwards where they are negative."""
    moved = np.roll(pixels, (down, right), axis=(0, 1))
    if edge is Edge.FILL:
        colour = mean_colour(pixels)
        moved[:, _come(right, pixels.shape[1])] = colour
        moved[_come(down, pixels.shape[0])] = colour
    return moved


def mean_colour(pixels: Pixels) -> Pixels:
    """The mean of a photo (height, width, 3), (3,)."""
    colour: Pixels = fill_of(pixels, Fill.MEAN)[0, 0]
    return colour


def _come(by: float, count: int) -> slice:
    """Where along an axis something comes in, of so many pixels or cells."""
    whole = min(math.ceil(abs(by)), count)
    return slice(0, whole) if by >= 0 else slice(count - whole, count)


def move_maps(maps: Array, right: float, down: float) -> Array:
    """Maps (C, rows, columns) moved by cells, around the edge; between two cells linearly."""
    for by, axis in ((down, -2), (right, -1)):
        whole = math.floor(by)
        part = np.float32(by - whole)
        maps = (1 - part) * np.roll(maps, whole, axis) + part * np.roll(maps, whole + 1, axis)
    return maps


def likeness(one: Array, other: Array) -> float:
    """Pearson's correlation of maps (C, N), each less its own mean; 0 where one of them has no shape at all."""
    first, second = (
        maps.astype(np.float64) - maps.mean(axis=1, dtype=np.float64, keepdims=True) for maps in (one, other)
    )
    size = math.sqrt(float((first**2).sum()) * float((second**2).sum()))
    return float((first * second).sum()) / size if size > 0 else 0.0


def moved_along(still: Array, moved: Array, right: float, down: float, edge: Edge) -> tuple[float, float]:
    """How like the maps of a moved photo are to those of the photo, moved and as they were.

    Args:
        still: maps of the photo, (C, rows, columns)
        moved: maps of the moved photo, as many
        right: by how many cells it was moved
        down: the same, downwards
        edge: what came in; its cells are left out, unless it is the photo's other side

    Returns:
        moved along, stayed; each -1 to 1, and 0 where no cell is left
    """
    known = _known(still.shape, right, down, edge)
    return _alike(move_maps(still, right, down), moved, known) or 0.0, _alike(still, moved, known) or 0.0


def moved_along_inside(still: Array, moved: Array, right: float, edge: Edge, border: int) -> tuple[float, float | None]:
    """How far maps moved along, with the border and without it: the border's share, and that of everything else.

    Args:
        still: maps of the photo, (C, rows, columns)
        moved: maps of the photo that was moved to the right, as many
        right: by how many cells
        edge: what came in
        border: how many cells at each side are left out, in the second number: of both photos' maps

    Returns:
        of all cells, of the inner ones; each -1 to 1, and None where no inner cell is left
    """
    _, rows, columns = still.shape
    known, inner = _known(still.shape, right, 0, edge), np.zeros((rows, columns), dtype=bool)
    inner[border : rows - border, border : columns - border] = True
    inner &= move_maps(inner[None].astype(np.float32), right, 0)[0] > NEARLY_ONE
    along = move_maps(still, right, 0)
    return _alike(along, moved, known) or 0.0, _alike(along, moved, known & inner)


def _known(shape: tuple[int, ...], right: float, down: float, edge: Edge) -> Cells:
    """Where on maps (C, rows, columns) what came in does not lie, (rows, columns)."""
    _, rows, columns = shape
    known = np.ones((rows, columns), dtype=bool)
    if edge is Edge.FILL:
        known[_come(down, rows)] = False
        known[:, _come(right, columns)] = False
    return known


def _alike(one: Array, other: Array, known: Cells) -> float | None:
    """The likeness of maps (C, rows, columns) in some cells; None where there are none."""
    if known.all():
        return likeness(one.reshape(len(one), -1), other.reshape(len(other), -1))
    return likeness(one[:, known], other[:, known]) if known.any() else None
