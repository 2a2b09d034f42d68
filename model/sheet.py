"""Several maps on one sheet: the value that gets the strongest colour in all of them, and where each one lies."""

from collections.abc import Sequence
from dataclasses import dataclass

from model.cam import Array
from model.rendering import Mode, limit

ROW_OF_THREE = 3


@dataclass(frozen=True)
class Spot:
    """Where a picture lies on a sheet, and the column and row it is in; lengths in pixels."""

    left: int
    top: int
    width: int
    height: int
    column: int
    row: int


@dataclass(frozen=True)
class Sheet:
    """A sheet of pictures: its size in pixels, and where they lie, in their order."""

    width: int
    height: int
    spots: tuple[Spot, ...]


def shared_limit(maps: Sequence[Array | None], mode: Mode = Mode.SIGNED) -> float:
    """The value in logits that gets the strongest colour in every one of some maps, so that colours compare.

    Args:
        maps: (rows, columns) each, in logits, of any shapes; None where a network has none
        mode: which part of them is drawn

    Returns:
        the largest of their own limits; 0 where there is nothing to draw at all
    """
    return max((limit(values, mode) for values in maps if values is not None), default=0.0)


def columns_of(count: int) -> int:
    """How many pictures stand in a row: up to three in one, four in two rows of two."""
    return count if count <= ROW_OF_THREE else (count + 1) // 2


def arrange(sizes: Sequence[tuple[int, int]], gap: int, head: int, foot: int = 0) -> Sheet:
    """Put pictures in rows, their tops aligned, each with room for words above and a strip below.

    Args:
        sizes: (width, height) of each picture, in pixels; all columns are as wide as the widest
        gap: between pictures, and around all of them
        head: room above each picture
        foot: room below each row's tallest picture

    Raises:
        ValueError: there is no picture
    """
    if not sizes:
        raise ValueError("a sheet needs a picture")
    columns, pitch = columns_of(len(sizes)), max(width for width, _ in sizes) + gap
    spots: list[Spot] = []
    top = gap
    for row, start in enumerate(range(0, len(sizes), columns)):
        part = sizes[start : start + columns]
        spots += [
            Spot(gap + column * pitch, top + head, width, height, column, row)
            for column, (width, height) in enumerate(part)
        ]
        top += head + max(height for _, height in part) + foot + gap
    return Sheet(gap + columns * pitch, top, tuple(spots))
