"""Pictures in a table: path,label and maybe split, one picture a row."""

import os
from collections.abc import Iterator
from pathlib import Path

from model.errors import DatasetError
from model.findings import Finding, counted, listed, shown_name
from model.listing import VALIDATION, Entry, Listing, Split, clean_label
from model.tables import name_in, path_in, read_rows

SEVERAL = "|"


def list_table(table: Path) -> Listing:
    """The pictures of a CSV or TSV file.

    The columns are path and label, or, where the first row names them (model.tables), also split: train
    or val; valid, validation and test mean val. Paths are relative to the table. Several labels are
    written cat|dog; one such row makes all of the table multi-label. Equal rows count once.

    Args:
        table: absolute

    Raises:
        DatasetError: it is no such table; the message names the line
        OSError: it cannot be read
    """
    rows = read_rows(table, ("path", "label"), ("split",))
    if not rows:
        raise DatasetError(f"{table}: there is no picture in it; write one row a picture: path,label.")
    multi_label = any(SEVERAL in row.cells["label"] for row in rows)
    splits = _Splits(table, {row.cells["split"].strip().lower() for row in rows})
    first: dict[str, tuple[int, Entry]] = {}
    repeated, tests = [], []
    for row in rows:
        where, split = f"{table}, line {row.line}", row.cells["split"].strip().lower()
        path = path_in(row.cells["path"], table, where)
        labels, name = _labels(row.cells["label"], where), name_in(path, table)
        entry, key = Entry(path, name, labels, splits.of(split, where)), os.path.normpath(path)
        if splits.is_left_out(split):
            tests.append(entry.name)
        elif key not in first:
            first[key] = row.line, entry
        elif first[key][1][1:] == entry[1:]:
            repeated.append(entry.name)
        else:
            _refuse_contradiction(where, first[key][0], first[key][1], entry)
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
        return self._has_val and word == "test"

    def of(self, word: str, where: str) -> Split | None:
        """The split a word means; None where the table names none but train."""
        if word not in ("train", "test", *VALIDATION, *(() if self._given else ("",))):
            raise DatasetError(f"{where}: the split '{shown_name(word)}' is neither train nor val.")
        if not self._given:
            return None
        return "train" if word == "train" else "val"
