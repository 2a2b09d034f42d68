"""Labelled pictures: a folder of class folders, one with train/ and val/, or a table; read without opening a picture.

    flowers/daisy/1.jpg               every folder is a class; the validation pictures are chosen, by a seed
    flowers/train/daisy/1.jpg         with a folder of training and one of validation pictures
    flowers.csv                       path,label: one picture a row; cat|dog gives it two labels

What a label or a split may be is checked here; whether the pictures can be read, model.census finds out.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.errors import DatasetError
from model.findings import Finding, listed
from model.listing import Listing
from model.listing_folder import list_folder
from model.listing_table import list_table
from model.splits import split_by_label
from model.tables import TABLES

MAX_LABEL = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture.

    Attributes:
        path: absolute
        name: for messages: relative to the data folder, printable
        labels: indices into the dataset's labels, ascending; one unless the dataset is multi-label
    """

    path: Path
    name: str
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Dataset:
    """Labelled pictures, split into those to learn from and those to judge by.

    Attributes:
        root: the data folder, or the table
        labels: of the classes, sorted; at least two
        multi_label: whether a picture may have several
        train: to learn from; every class has some
        val: to judge by
        split: "given" by folders or a column, or "made" here
        seed: that the split was made with
        val_share: that the split aimed at
        findings: what was noticed and left out on the way
    """

    root: Path
    labels: tuple[str, ...]
    multi_label: bool
    train: tuple[Sample, ...]
    val: tuple[Sample, ...]
    split: Literal["given", "made"]
    seed: int = 0
    val_share: float = 0.2
    findings: tuple[Finding, ...] = ()

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All of them, training first."""
        return self.train + self.val


def read_dataset(data: Path, *, seed: int = 0, val_share: float = 0.2) -> Dataset:
    """Find the labelled pictures of a folder or a table; none of them is opened.

    Args:
        data: a folder of class folders, or of train/ and val/ with class folders; or a .csv or .tsv
        seed: of the split, where none is given; the same pictures and seed give the same split
        val_share: of each class's pictures that are chosen for validation, above 0 and below 1

    Raises:
        DatasetError: nothing there that can be trained on; the message says why and what to do
    """
    if not 0 < val_share < 1:
        raise ValueError(f"val_share must lie between 0 and 1, not {val_share}")
    listing = _list(data)
    labels, parts = _sorted_out(data, listing)
    if len(labels) == 1:
        raise DatasetError(
            f"{data}: all pictures are of one class, '{labels[0]}'; "
            "add pictures of at least one other class for it to be told from."
        )
    findings = (*listing.findings, *_alike(labels))
    if parts[None]:
        train, val = split_samples(parts[None], seed, val_share)
        return Dataset(data, labels, listing.multi_label, train, val, "made", seed, val_share, findings)
    _check_splits(data, listing)
    train, val = tuple(parts["train"]), tuple(parts["val"])
    return Dataset(data, labels, listing.multi_label, train, val, "given", seed, val_share, findings)


def read_to_judge(data: Path) -> Dataset:
    """The same to judge a network by: one class is enough, and where there are no splits, all pictures are to judge by.

    Raises:
        DatasetError: there is no such picture, or a name that is no label
    """
    listing = _list(data, to_learn=False)
    labels, parts = _sorted_out(data, listing)
    findings = (*listing.findings, *_alike(labels))
    split: Literal["given", "made"] = "made" if parts[None] else "given"
    val = tuple(parts[None] or parts["val"])
    return Dataset(data, labels, listing.multi_label, tuple(parts["train"]), val, split, findings=findings)


def _sorted_out(data: Path, listing: Listing) -> tuple[tuple[str, ...], dict[str | None, list[Sample]]]:
    """The labels that there are, and the pictures by their split.

    Raises:
        DatasetError: a label is too long
    """
    labels = tuple(sorted({label for entry in listing.entries for label in entry.labels}))
    _check_labels(data, labels)
    number = {label: index for index, label in enumerate(labels)}
    known: dict[tuple[str, ...], tuple[int, ...]] = {}
    parts: dict[str | None, list[Sample]] = {"train": [], "val": [], None: []}
    for entry in listing.entries:
        if entry.labels not in known:
            known[entry.labels] = tuple(sorted(number[label] for label in entry.labels))
        parts[entry.split].append(Sample(entry.path, entry.name, known[entry.labels]))
    return labels, parts


def split_samples(
    samples: Sequence[Sample], seed: int, val_share: float
) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Training and validation pictures, in their order, each label's by its share (model.splits)."""
    chosen = split_by_label([sample.name for sample in samples], [one.labels for one in samples], seed, val_share)
    train = tuple(sample for sample, is_val in zip(samples, chosen, strict=True) if not is_val)
    return train, tuple(sample for sample, is_val in zip(samples, chosen, strict=True) if is_val)


def _list(data: Path, to_learn: bool = True) -> Listing:
    """The entries of a folder or a table, with absolute paths."""
    data = data.absolute()
    try:
        if data.is_dir():
            return list_folder(data, to_learn)
        if data.suffix.lower() in TABLES and data.is_file():
            return list_table(data)
        if data.exists():
            raise DatasetError(f"{data}: is neither a folder nor a table (.csv or .tsv) of labelled pictures.")
    except OSError as error:
        raise DatasetError(f"{error.filename or data}: cannot be read: {error.strerror}.") from error
    raise DatasetError(f"{data}: there is no such folder or table.")


def _check_labels(data: Path, labels: tuple[str, ...]) -> None:
    for label in labels:
        if len(label) > MAX_LABEL:
            raise DatasetError(
                f"{data}: the label '{label[:40]}…' has {len(label)} characters; shorten it to {MAX_LABEL} or fewer."
            )


def _check_splits(data: Path, listing: Listing) -> None:
    """Every class must be in both splits, in one of them maybe as an empty folder."""
    classes = {split: set(listing.empty.get(split, ())) for split in ("train", "val")}
    for entry in listing.entries:
        classes[entry.split or "train"].update(entry.labels)
    lone = {
        "training": sorted(classes["train"] - classes["val"]),
        "validation": sorted(classes["val"] - classes["train"]),
    }
    if clauses := [f"{listed(names)} only among the {part} pictures" for part, names in lone.items() if names]:
        raise DatasetError(
            f"{data}: the labels differ between the splits: {'; '.join(clauses)}; "
            "give every class pictures in both, under one spelling."
        )
    if missing := sorted(set(listing.empty.get("train", ()))):
        raise DatasetError(f"{data}: no training picture of {listed(missing)}; add some, or leave the class out.")


def _alike(labels: Iterable[str]) -> Iterable[Finding]:
    """Labels that a slip of the shift key may have made two of."""
    key: Callable[[str], str] = str.casefold
    for _, group in itertools.groupby(sorted(labels, key=key), key):
        names = tuple(group)
        if len(names) > 1:
            yield Finding(f"The labels {listed(names)} differ in capitals alone and are taken as different.", names)


def label_counts(samples: Sequence[Sample]) -> Counter[int]:
    """How many pictures each label has, by its index."""
    return Counter(itertools.chain.from_iterable(sample.labels for sample in samples))
