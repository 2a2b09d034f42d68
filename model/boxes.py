"""Where things are on pictures, as somebody drew it: a table path,label,left,top,right,bottom, one box a row.

model/boxes_voc.py and model/boxes_coco.py read the same from the files of other tools, model/masks_coco.py outlines.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from model.coverage import Region, Size
from model.errors import DatasetError
from model.findings import listed
from model.listing import clean_label
from model.tables import Row, name_in, path_in, read_rows

EDGES = ("left", "top", "right", "bottom")

Place = TypeVar("Place")


@dataclass(frozen=True)
class DrawnPicture(Generic[Place]):
    """A picture and what is drawn on it.

    Attributes:
        path: absolute
        name: for messages
        regions: of each label that is on it, in pixels of the upright picture
        size: (width, height) of the picture that it was drawn on; None where nobody says so
    """

    path: Path
    name: str
    regions: Mapping[str, tuple[Place, ...]]
    size: Size | None = None


class Drawn(NamedTuple, Generic[Place]):
    """One thing: of which picture, what messages call that, what it is, and where; and how large that picture was."""

    path: Path
    name: str
    label: str
    region: Place
    size: Size | None = None


BoxedPicture = DrawnPicture[Region]
NamedBox = Drawn[Region]


def read_boxes(table: Path, labels: Collection[str] | None = None) -> tuple[BoxedPicture, ...]:
    """The boxes of a table (model.tables), picture by picture; none of these is opened.

    Args:
        table: paths are relative to it; edges in pixels of the upright picture, right and bottom excluded
        labels: that there are; boxes of others are left out; default all

    Raises:
        DatasetError: it is no such table, or none of its labels is one of these; the message names the line
    """
    table = table.absolute()
    try:
        rows = read_rows(table, ("path", "label", *EDGES))
    except OSError as error:
        raise DatasetError(f"{table}: cannot be read: {error.strerror}.") from error
    return by_picture((_box(row, table) for row in rows), labels, table)


def by_picture(
    things: Iterable[Drawn[Place]], labels: Collection[str] | None, source: Path
) -> tuple[DrawnPicture[Place], ...]:
    """What is drawn, picture by picture and label by label, in its order.

    Args:
        things: in any order
        labels: that there are; things of others are left out; None for all
        source: where they come from, for the message

    Raises:
        DatasetError: none of them has one of these labels
    """
    found: dict[Path, dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
    named, others = {}, set()
    for one in things:
        if labels is None or one.label in labels:
            found[one.path][one.label].append(one.region)
            named[one.path] = (one.name, one.size)
        else:
            others.add(one.label)
    if not found and labels is None:
        raise DatasetError(f"{source}: nothing is drawn in it.")
    if not found:
        theirs = f", but of {listed(sorted(others))}" if others else ""
        raise DatasetError(f"{source}: nothing is drawn of {listed(sorted(labels or ()))}{theirs}.")
    return tuple(
        DrawnPicture(path, named[path][0], {label: tuple(some) for label, some in by_label.items()}, named[path][1])
        for path, by_label in found.items()
    )


def _box(row: Row, table: Path) -> NamedBox:
    where = f"{table}, line {row.line}"
    label = clean_label(row.cells["label"], where)
    path = path_in(row.cells["path"], table, where)
    return NamedBox(path, name_in(path, table), label, region_in(row, where))


def region_in(row: Row, where: str) -> Region:
    """The box that a row draws.

    Raises:
        DatasetError: it is none; `where` is for the message
    """
    try:
        return Region(*(float(row.cells[edge]) for edge in EDGES))
    except ValueError:
        written = ", ".join(row.cells[edge].strip() for edge in EDGES)
        raise DatasetError(f"{where}: '{written}' is no box: left < right and top < bottom, in pixels.") from None
