"""Which photos a command line means, and what the files made from them are called."""

import itertools
import os
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from model.photos import is_picture_file


@dataclass(frozen=True)
class Source:
    """One photo to explain.

    Attributes:
        path: where it is
        shown: what a table calls it: as it was named, or its place in the folder that was
        stem: what its results are called, relative to the folder for results, without an ending
    """

    path: Path
    shown: str
    stem: Path


def find_photos(paths: Sequence[Path]) -> list[Source]:
    """Files as named, and the pictures in folders, in order; every result gets a name of its own.

    In a folder whatever begins like a picture or is named like one counts, hidden files and
    folders do not; results keep the folder's structure.

    Args:
        paths: files and folders; those that do not exist are kept, to be named as bad
    """
    sources: list[Source] = []
    taken: set[Path] = set()
    seen: set[Path] = set()
    for path, relative in _walk(paths):
        if (real := path.resolve()) in seen:
            continue
        seen.add(real)
        wanted = _free_stem(relative, taken)
        taken.add(wanted)
        shown = path if path in paths else relative
        sources.append(Source(path, readable(shown), wanted))
    return sources


def readable(path: Path) -> str:
    """A path as text that can be printed and sent, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode(errors="replace")


def _free_stem(relative: Path, taken: Set[Path]) -> Path:
    """cat.jpg gives cat; where that is taken cat.jpg, then cat.jpg-2."""
    for stem in (relative.with_suffix(""), relative):
        if stem not in taken:
            return stem
    numbered = (relative.with_name(f"{relative.name}-{number}") for number in itertools.count(2))
    return next(stem for stem in numbered if stem not in taken)


def _walk(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Every file with its place among the results."""
    for path in paths:
        if not path.is_dir():
            yield path, Path(path.name)
            continue
        for file in sorted(path.rglob("*")):
            relative = file.relative_to(path)
            hidden = any(part.startswith(".") for part in relative.parts)
            if not hidden and file.is_file() and is_picture_file(file):
                yield file, relative
