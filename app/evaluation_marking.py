"""Boxes around wrong reasons, from what was typed or drawn, and from one picture to others."""

from collections.abc import Sequence
from pathlib import Path

from app.errors import Unusable
from app.evaluation_notes import mark_all, read_notes
from app.evaluation_opened import Opened
from app.schemas_evaluations import Mark
from model.evaluation.records import PictureRecord

MOST_MARKS = 50


def mark_of(edges: tuple[str, str, str, str], width: int, height: int) -> Mark:
    """A box from what was typed or drawn, cut to the picture.

    Raises:
        Unusable: it is none
    """
    try:
        left, top, right, bottom = map(float, edges)
    except ValueError:
        raise Unusable("A box takes four numbers: left, top, right and bottom, in pixels.") from None
    left, top, right, bottom = max(0.0, left), max(0.0, top), min(right, width), min(bottom, height)
    if not (left < right and top < bottom):
        raise Unusable("'items': a box must have a width and a height and lie in the picture.")
    return Mark(left=round(left, 1), top=round(top, 1), right=round(right, 1), bottom=round(bottom, 1))


def together(before: Sequence[Mark], more: Sequence[Mark]) -> list[Mark]:
    """A picture's boxes with others; the same one is not there twice.

    Raises:
        Unusable: too many
    """
    both = [*before, *(one for one in more if one not in before)]
    if len(both) > MOST_MARKS:
        raise Unusable("A picture can have up to 50 marks.")
    return both


def spread(folder: Path, opened: Opened, numbers: Sequence[int]) -> None:
    """Mark pictures at the places of the one that was marked last, as shares of their widths and heights.

    Args:
        folder: of what is added to the evaluation
        opened: the evaluation
        numbers: of the pictures

    Raises:
        NotFound: there is no such picture
        Unusable: nothing was marked before, no picture is named, or one has too many marks
    """
    marks = read_notes(folder).marks
    if not marks:
        raise Unusable("Mark what is a wrong reason on some pictures first.")
    if not numbers:
        raise Unusable("Tick the pictures first.")
    source = next(reversed(marks))
    begun, drawn = opened.find(source).record, marks[source]
    wanted = {number: opened.find(number).record for number in numbers if number != source}
    more = {
        number: together(marks.get(number, ()), [_moved(one, begun, record) for one in drawn])
        for number, record in wanted.items()
    }
    mark_all(folder, more | {source: drawn})  # which stays the last one


def _moved(mark: Mark, begun: PictureRecord, record: PictureRecord) -> Mark:
    across, down = record.width / begun.width, record.height / begun.height
    edges = (mark.left * across, mark.top * down, mark.right * across, mark.bottom * down)
    return mark_of((f"{edges[0]}", f"{edges[1]}", f"{edges[2]}", f"{edges[3]}"), record.width, record.height)
