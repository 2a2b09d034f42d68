"""Pictures in a table: path,label and maybe split, one picture a row."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from model.errors import DatasetError
from model.findings import Finding, counted, listed, shown_name
from model.listing import VALIDATION, Entry, Listing, Split, clean_label

TABLES = frozenset({".csv", ".tsv"})
DELIMITERS = (",", ";", "\t")
SEVERAL = "|"


class _Columns(NamedTuple):
    """Where the columns are, and how many a row has."""

    path: int
    label: int
    split: int | None
    width: int


class _Row(NamedTuple):
    """One row, as it is written, and the line it ends on."""

    line: int
    path: str
    label: str
    split: str


def list_table(table: Path) -> Listing:
    """The pictures of a CSV or TSV file.

    UTF-8, with or without a byte order mark. The first row may name the columns: path, label and,
    if wanted, split (train or val; valid, validation and test mean val), in any order, other columns
    being ignored; then a semicolon or a tab may stand between columns, too. Without names the columns
    are path and label. Paths are relative to the table. A label of several is written cat|dog; one such
    row makes all of the table multi-label. Lines without anything are skipped, equal rows count once.

    Args:
        table: absolute

    Raises:
        DatasetError: it is no such table; the message names the line
        OSError: it cannot be read
    """
    rows = list(_rows(table))
    if not rows:
        raise DatasetError(f"{table}: there is no picture in it; write one row a picture: path,label.")
    multi_label = any(SEVERAL in row.label for row in rows)
    splits = _Splits(table, {row.split.lower() for row in rows})
    first: dict[str, tuple[int, Entry]] = {}
    repeated, tests = [], []
    for row in rows:
        where = f"{table}, line {row.line}"
        path = os.path.normpath(table.parent / row.path)
        entry = Entry(
            table.parent / row.path, _name(path, table.parent), _labels(row.label, where), splits.of(row.split, where)
        )
        if splits.is_left_out(row.split):
            tests.append(entry.name)
        elif path not in first:
            first[path] = row.line, entry
        elif first[path][1][1:] == entry[1:]:
            repeated.append(entry.name)
        else:
            _refuse_contradiction(where, first[path][0], first[path][1], entry)
    entries = [entry for _, entry in first.values()]
    return Listing(entries, multi_label, findings=tuple(_findings(repeated, tests)))


def _refuse_contradiction(where: str, line: int, before: Entry, now: Entry) -> None:
    if before.labels == now.labels:
        raise DatasetError(f"{where}: '{now.name}' is in the other split on line {line}; keep one of the two rows.")
    raise DatasetError(
        f"{where}: '{now.name}' is labelled {listed(now.labels)} here and {listed(before.labels)} on line {line}; "
        f"keep one row a picture, with several labels written as {SEVERAL.join((*before.labels, *now.labels))}."
    )


def _findings(repeated: list[str], tests: list[str]) -> Iterator[Finding]:
    if repeated:
        rows = counted(len(repeated), "row repeats another and counts", "rows repeat others and count")
        yield Finding(f"{rows} once: {listed(repeated)}.", tuple(repeated))
    if tests:
        are = counted(len(tests), "picture is", "pictures are")
        yield Finding(f"{are} left out (for tests): {listed(tests)}.", tuple(tests))


def _name(path: str, folder: Path) -> str:
    return shown_name(os.path.relpath(path, folder)).replace(os.sep, "/")


def _labels(written: str, where: str) -> tuple[str, ...]:
    return tuple(sorted({clean_label(one, where) for one in written.split(SEVERAL)}))


class _Splits:
    """What the words in a table's split column mean, given which of them it uses."""

    def __init__(self, table: Path, words: set[str]) -> None:
        self._has_val = bool(words & set(VALIDATION))
        self._given = words - {"train", ""} != set()
        if self._given and not words & {"train"}:
            raise DatasetError(f"{table}: no row's split is train; there is nothing to learn from.")

    def is_left_out(self, word: str) -> bool:
        """Whether a row is neither to learn from nor to judge by: a test, where there are validation pictures."""
        return self._has_val and word.lower() == "test"

    def of(self, word: str, where: str) -> Split | None:
        """The split a word means; None where the table names none but train."""
        word = word.lower()
        if word not in ("train", "test", *VALIDATION, *(() if self._given else ("",))):
            raise DatasetError(f"{where}: the split '{shown_name(word)}' is neither train nor val.")
        if not self._given:
            return None
        return "train" if word == "train" else "val"


def _rows(table: Path) -> Iterator[_Row]:
    """The rows with anything in them, the names of the columns aside."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            delimiter = _delimiter(stream, table)
            stream.seek(0)
            yield from _parse(stream, delimiter, table)
    except UnicodeDecodeError:
        raise DatasetError(f"{table}: is not written in UTF-8; save it as 'CSV UTF-8'.") from None


def _delimiter(stream: TextIO, table: Path) -> str:
    """What stands between the names of the columns; without names a comma, in a .tsv a tab."""
    header = next((line for line in stream if line.strip()), "")
    for delimiter in DELIMITERS:
        if _columns([cell.strip().strip('"') for cell in header.split(delimiter)]):
            return delimiter
    return "\t" if table.suffix.lower() == ".tsv" else ","


def _columns(row: list[str]) -> _Columns | None:
    """Where a first row says that the columns are; None where it names no columns."""
    names = [cell.strip().lower() for cell in row]
    if not {"path", "label"} <= set(names):
        return None
    return _Columns(
        names.index("path"), names.index("label"), names.index("split") if "split" in names else None, len(names)
    )


def _parse(stream: TextIO, delimiter: str, table: Path) -> Iterator[_Row]:
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    columns: _Columns | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                if columns := _columns(cells):
                    continue
                columns = _Columns(0, 1, None, 2)
            yield _row(cells, columns, reader.line_num, table)
    except csv.Error as error:
        raise DatasetError(f"{table}, line {reader.line_num}: is no CSV: {error}.") from None


def _row(cells: list[str], columns: _Columns, line: int, table: Path) -> _Row:
    if len(cells) != columns.width:
        raise DatasetError(
            f"{table}, line {line}: has {counted(len(cells), 'column')}, not {columns.width}; "
            "put a name with a comma in it between double quotes."
        )
    path = cells[columns.path].strip()
    if not path or "\0" in path:
        raise DatasetError(f"{table}, line {line}: the path is {'no path' if path else 'empty'}.")
    return _Row(line, path, cells[columns.label], "" if columns.split is None else cells[columns.split].strip())
