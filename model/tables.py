"""CSV and TSV files as people's programs write them, read row by row with the line for messages."""

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from model.errors import DatasetError
from model.findings import counted, shown_name

TABLES = frozenset({".csv", ".tsv"})
DELIMITERS = (",", ";", "\t")


class Row(NamedTuple):
    """One row: the line it ends on, and its cells by column, as they are written."""

    line: int
    cells: Mapping[str, str]


class _Layout(NamedTuple):
    """Where the columns are, and how many a row has."""

    places: Mapping[str, int]
    width: int


def read_rows(table: Path, required: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """The rows with anything in them.

    UTF-8, with or without a byte order mark. The first row may name the columns, in any order and with
    others among them, which are ignored; then a semicolon or a tab may stand between columns, too.
    Without names the columns are the required ones, in their order.

    Args:
        table: the file
        required: names of columns, in small letters
        optional: likewise; a cell of one that is not there is empty

    Raises:
        DatasetError: it is no such table; the message names the line
        OSError: it cannot be read
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            delimiter = _delimiter(stream, table, required)
            stream.seek(0)
            return list(_parse(stream, delimiter, table, (required, optional)))
    except UnicodeDecodeError:
        raise DatasetError(f"{table}: is not written in UTF-8; save it as 'CSV UTF-8'.") from None


def path_in(written: str, table: Path, where: str) -> Path:
    """The file that a cell names, relative to the table.

    Raises:
        DatasetError: it names none; `where` is for the message
    """
    path = written.strip()
    if not path or "\0" in path:
        raise DatasetError(f"{where}: the path is {'no path' if path else 'empty'}.")
    return table.parent / path


def name_in(path: Path, table: Path) -> str:
    """What messages call a file of a table: relative to it, printable."""
    return shown_name(os.path.relpath(path, table.parent)).replace(os.sep, "/")


def _delimiter(stream: TextIO, table: Path, required: Sequence[str]) -> str:
    """What stands between the names of the columns; without names a comma, in a .tsv a tab."""
    header = next((line for line in stream if line.strip()), "")
    for delimiter in DELIMITERS:
        if _layout([cell.strip().strip('"') for cell in header.split(delimiter)], required):
            return delimiter
    return "\t" if table.suffix.lower() == ".tsv" else ","


def _layout(row: Sequence[str], required: Sequence[str]) -> _Layout | None:
    """Where a first row says that the columns are; None where it names no columns."""
    names = [cell.strip().lower() for cell in row]
    if not set(required) <= set(names):
        return None
    return _Layout({name: names.index(name) for name in reversed(names)}, len(names))


def _parse(stream: TextIO, delimiter: str, table: Path, columns: tuple[Sequence[str], Sequence[str]]) -> Iterator[Row]:
    required, optional = columns
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    layout: _Layout | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if layout is None:
                if layout := _layout(cells, required):
                    continue
                layout = _Layout({name: place for place, name in enumerate(required)}, len(required))
            if len(cells) != layout.width:
                raise DatasetError(
                    f"{table}, line {reader.line_num}: has {counted(len(cells), 'column')}, not {layout.width}; "
                    "put a name with a comma in it between double quotes."
                )
            there = {name: layout.places[name] for name in (*required, *optional) if name in layout.places}
            blank = dict.fromkeys(optional, "")
            yield Row(reader.line_num, blank | {name: cells[place] for name, place in there.items()})
    except csv.Error as error:
        raise DatasetError(f"{table}, line {reader.line_num}: is no CSV: {error}.") from None
