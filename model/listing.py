"""What a folder or a table says of its pictures, before any of it is checked against the rest."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from model.errors import DatasetError
from model.findings import Finding, shown_name

Split = Literal["train", "val"]

VALIDATION = ("val", "valid", "validation")
"""Names for pictures to judge by; `test` is one where none of these is there."""


class Entry(NamedTuple):
    """A picture as it was listed: an absolute path, a printable name, its labels, its split where one is given."""

    path: Path
    name: str
    labels: tuple[str, ...]
    split: Split | None


@dataclass(frozen=True)
class Listing:
    """All pictures of a folder or table.

    Attributes:
        entries: either all of them have a split, or none
        multi_label: whether a picture may have several labels
        empty: classes that are there without a picture, by split
        findings: what was left out
    """

    entries: list[Entry]
    multi_label: bool = False
    empty: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def clean_label(written: str, where: str) -> str:
    """A label as it is kept: composed characters, no space around it, one space for any white space within.

    Args:
        written: in a folder's name or a table's cell
        where: for the message

    Raises:
        DatasetError: there is nothing in it, or a character that no text can hold
    """
    label = " ".join(unicodedata.normalize("NFC", written).split())
    if not label:
        raise DatasetError(f"{where}: the label is empty; write one, or leave the picture out.")
    if shown_name(label) != label:
        raise DatasetError(f"{where}: the label '{shown_name(label)}' has characters that are no text; rename it.")
    return label
