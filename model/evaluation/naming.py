"""What labels mean to a network, and what they may have been meant to mean."""

import difflib
import re
import shlex
from collections.abc import Mapping, Sequence

from model.errors import EvaluationError, UnknownLabels
from model.findings import listed

INDEX = re.compile(r"index:(\d+)")


def classes_of(wanted: Mapping[str, str], labels: Sequence[str]) -> dict[str, int]:
    """The class of each label.

    Args:
        wanted: labels, each with what the network calls it, or index:N
        labels: of the network's classes

    Raises:
        UnknownLabels: the network has none called so, or several
        EvaluationError: an index is beyond its classes
    """
    found: dict[str, int] = {}
    strangers: dict[str, str] = {}
    for label, meant in wanted.items():
        if by_index := INDEX.fullmatch(meant):
            found[label] = _by_index(label, int(by_index[1]), labels)
            continue
        places = [index for index, one in enumerate(labels) if one == meant]
        if len(places) == 1:
            found[label] = places[0]
        else:
            strangers[label] = meant
    if strangers:
        raise _unknown(strangers, labels)
    return found


def nearest(label: str, labels: Sequence[str]) -> list[str]:
    """Labels that look like one, those of the very letters in other capitals first."""
    by_letters = {one.casefold(): one for one in reversed(labels)}
    near = difflib.get_close_matches(label.casefold(), by_letters, n=3, cutoff=0.5)
    return [by_letters[letters] for letters in near]


def _by_index(label: str, index: int, labels: Sequence[str]) -> int:
    if index < len(labels):
        return index
    count = len(labels)
    raise EvaluationError(f"{label}=index:{index}: the network has {count:,} classes, index:0 to index:{count - 1}.")


def _unknown(strangers: Mapping[str, str], labels: Sequence[str]) -> UnknownLabels:
    """The error: all of them at once, each with what to write."""
    meant: dict[str, str | None] = {}
    sentences = []
    for label, written in strangers.items():
        places = [index for index, one in enumerate(labels) if one == written]
        near = [f"index:{place}" for place in places] or nearest(written, labels)
        meant[label] = near[0] if near else None
        if places:
            sentences.append(f"The network has several classes called '{written}'")
        elif near:
            are = "the nearest is" if len(near) == 1 else "the nearest are"
            sentences.append(f"The network has no class '{written}'; {are} {listed(near)}")
        else:
            sentences.append(f"The network has no class '{written}'")
    words = " ".join(option(label, one) for label, one in meant.items())
    return UnknownLabels(f"{'. '.join(sentences)}. Say which: {words}.", strangers, meant)


def option(label: str, meant: str | None) -> str:
    """What to write at a command line."""
    value = f"{label}={meant or 'LABEL'}"
    return f"--label {shlex.quote(value)}"
