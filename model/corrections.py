"""Where evidence is wrong, as somebody drew it: a table path,left,top,right,bottom and maybe label, one region a row.

A region is in pixels of the upright picture, right and bottom excluded. Its label is the class whose evidence there
is wrong; without one, every class's is. Paths are relative to the table (model.tables); sha256:… in place of one is
the picture with that content, and a column name then says what messages call it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from model.boxes import EDGES, region_in
from model.census import Census
from model.counterfactual import alter
from model.coverage import Double, Region, Size, parts_of, region_pixels
from model.dataset import Sample
from model.errors import DatasetError
from model.findings import counted, listed, shown_name
from model.geometry import Grid
from model.listing import clean_label
from model.photos import Pixels
from model.tables import Row, name_in, path_in, read_rows

CONTENT = "sha256:"


@dataclass(frozen=True)
class Mark:
    """A part of a picture that says the wrong thing.

    Attributes:
        region: in pixels of the upright picture
        label: of the class whose evidence there is wrong; None for all of them
    """

    region: Region
    label: str | None = None


@dataclass(frozen=True)
class CorrectedPicture:
    """A picture and what is marked on it.

    Attributes:
        path: absolute
        name: for messages
        marks: one or more
        sha256: of its content, in hexadecimal, where that is what names it
    """

    path: Path
    name: str
    marks: tuple[Mark, ...]
    sha256: str | None = None


@dataclass(frozen=True)
class Marked:
    """A picture of a data set, and what is marked on it.

    Attributes:
        sample: as the data set has it
        size: (width, height) of the whole upright picture
        marks: cut to the picture
        learned: whether it is one to learn from; else one to judge by
    """

    sample: Sample
    size: Size
    marks: tuple[Mark, ...]
    learned: bool

    def classes(self, labels: Sequence[str]) -> tuple[int, ...]:
        """The classes whose evidence in the marks is wrong, of all `labels`."""
        if any(mark.label is None for mark in self.marks):
            return tuple(range(len(labels)))
        return tuple(sorted({labels.index(mark.label) for mark in self.marks if mark.label is not None}))

    def parts(self, grid: Grid) -> Double:
        """The part of each cell that the marks cover, (rows, columns), 0 to 1."""
        return together([parts_of(mark.region, grid, self.size) for mark in self.marks])

    def replaced(self, pixels: Pixels, by: Pixels) -> Pixels:
        """A picture with something else in place of the marks, at the same place of its width and height.

        Args:
            pixels: this picture or another, (H, W, 3)
            by: what comes in, as large
        """
        height, width, _ = pixels.shape
        out = together([region_pixels(mark.region, (width, height), self.size) for mark in self.marks])
        return alter(pixels, by, out.astype(np.float32))


def together(parts: Sequence[Double]) -> Double:
    """Parts of cells or pixels that some places cover together: their sum, never more than 1."""
    return np.asarray(np.minimum(np.sum(parts, axis=0), 1))


def read_corrections(table: Path) -> tuple[CorrectedPicture, ...]:
    """The marks of a table, picture by picture; none of these is opened.

    Raises:
        DatasetError: it is no such table, or it marks nothing; the message names the line
    """
    table = table.absolute()
    try:
        rows = read_rows(table, ("path", *EDGES), ("label", "name"))
    except OSError as error:
        raise DatasetError(f"{table}: cannot be read: {error.strerror}.") from error
    found: dict[Path, list[Mark]] = defaultdict(list)
    names: dict[Path, str] = {}
    for row in rows:
        where = f"{table}, line {row.line}"
        path = path_in(row.cells["path"], table, where)
        found[path].append(Mark(region_in(row, where), _label(row, where)))
        names.setdefault(path, shown_name(row.cells["name"].strip()))
    if not found:
        raise DatasetError(f"{table}: marks nothing; write one row a region: path,{','.join(EDGES)}.")
    return tuple(_picture(path, table, tuple(marks), names[path]) for path, marks in found.items())


def _picture(path: Path, table: Path, marks: tuple[Mark, ...], called: str) -> CorrectedPicture:
    name = name_in(path, table)
    content = name.removeprefix(CONTENT) if name.startswith(CONTENT) else None
    return CorrectedPicture(path, called or name, marks, content)


def _label(row: Row, where: str) -> str | None:
    return clean_label(row.cells["label"], where) if row.cells["label"].strip() else None


@dataclass(frozen=True)
class Corrections:
    """What is marked in a data set.

    Attributes:
        pictures: that are in it, and usable
        problems: a sentence for what was left out
    """

    pictures: tuple[Marked, ...]
    problems: tuple[str, ...]


def match_corrections(read: Sequence[CorrectedPicture], census: Census) -> Corrections:
    """Find the marked pictures in a data set, by their path or by their content.

    Args:
        read: of a table
        census: of the data set

    Raises:
        DatasetError: none of them is there, or one to learn from
    """
    learned = {sample.path for sample in census.dataset.train}
    by_path = {sample.path.resolve(): sample for sample in census.dataset.samples}
    by_content = {census.sha256[sample.path]: sample for sample in census.dataset.samples}
    labels = set(census.dataset.labels)
    pictures: dict[Path, Marked] = {}
    lost, beyond, unknown = [], [], set()
    for one in read:
        sample = by_path.get(one.path.resolve()) or by_content.get(one.sha256 or _content(one.path))
        if sample is None:
            lost.append(one.name)
            continue
        unknown |= {mark.label for mark in one.marks if mark.label is not None} - labels
        size = census.sizes[sample.path]
        marks = tuple(_on_picture([mark for mark in one.marks if mark.label is None or mark.label in labels], size))
        if not marks:
            beyond.append(one.name)
            continue
        before = pictures.get(sample.path)
        marks = (*before.marks, *marks) if before else marks
        pictures[sample.path] = Marked(sample, size, marks, sample.path in learned)
    problems = tuple(_problems(lost, beyond, sorted(unknown)))
    if not pictures:
        raise DatasetError("None of the marked pictures can be learned from. " + " ".join(problems))
    if not any(one.learned for one in pictures.values()):
        raise DatasetError(
            "All of the marked pictures are to judge by, and a network must not learn from these: mark the same on "
            "some of those to learn from."
        )
    return Corrections(tuple(pictures.values()), problems)


def _problems(lost: Sequence[str], beyond: Sequence[str], unknown: Sequence[str]) -> Iterator[str]:
    for names, why in ((lost, "not in the data set"), (beyond, "no mark of one of the classes lies on it")):
        if names:
            are = counted(len(names), "marked picture is", "marked pictures are")
            yield f"{are} left out ({why}): {listed(names)}."
    if unknown:
        yield f"Marks of {listed(unknown)} are left out: there is no such class."


def _on_picture(marks: Sequence[Mark], size: Size) -> Iterator[Mark]:
    for mark in marks:
        try:
            yield replace(mark, region=mark.region.cut_to(size))
        except ValueError:  # beside the picture
            continue


def _content(path: Path) -> str:
    """A file's sha256, in hexadecimal; empty where it cannot be read."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def donors(marked: Sequence[Marked], labels: Sequence[int]) -> list[Marked]:
    """Marked pictures of other classes than these: what is marked there predicts another answer here."""
    return [one for one in marked if not set(one.sample.labels) & set(labels)]
