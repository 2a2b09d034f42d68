"""Where things are on pictures, as somebody drew it: a table path,label,left,top,right,bottom, one box a row."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from model.coverage import Region
from model.errors import DatasetError
from model.findings import listed
from model.listing import clean_label
from model.tables import Row, name_in, path_in, read_rows

EDGES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class BoxedPicture:
    """A picture and the boxes on it.

    Attributes:
        path: absolute
        name: for messages
        regions: of each label that is on it, in pixels of the upright picture
    """

    path: Path
    name: str
    regions: Mapping[str, tuple[Region, ...]]


def read_boxes(table: Path, labels: Collection[str]) -> tuple[BoxedPicture, ...]:
    """The boxes of a table (model.tables), picture by picture; none of these is opened.

    Args:
        table: paths are relative to it; edges in pixels of the upright picture, right and bottom excluded
        labels: that there are; boxes of others are left out

    Raises:
        DatasetError: it is no such table, or none of its labels is one of these; the message names the line
    """
    table = table.absolute()
    try:
        rows = read_rows(table, ("path", "label", *EDGES))
    except OSError as error:
        raise DatasetError(f"{table}: cannot be read: {error.strerror}.") from error
    found: dict[Path, dict[str, list[Region]]] = defaultdict(lambda: defaultdict(list))
    others = set()
    for row in rows:
        where = f"{table}, line {row.line}"
        label = clean_label(row.cells["label"], where)
        path, region = path_in(row.cells["path"], table, where), region_in(row, where)
        if label in labels:
            found[path][label].append(region)
        else:
            others.add(label)
    if not found:
        theirs = f", but of {listed(sorted(others))}" if others else ""
        raise DatasetError(f"{table}: has no box of {listed(sorted(labels))}{theirs}.")
    return tuple(
        BoxedPicture(path, name_in(path, table), {label: tuple(regions) for label, regions in by_label.items()})
        for path, by_label in found.items()
    )


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
