"""The labelled pictures of an evaluation, under the classes that a network has."""

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from model.dataset import Dataset, Sample, read_dataset
from model.errors import EvaluationError
from model.findings import counted, listed
from model.listing import Split

Item = TypeVar("Item")
OTHERS: Mapping[Split, str] = {
    "val": "{} to learn from are not judged by.",
    "train": "These are the pictures to learn from; {} to judge by are left out.",
}
INDEX = re.compile(r"index:(\d+)")


@dataclass(frozen=True)
class Labelled:
    """Pictures to ask about.

    Attributes:
        samples: in their order; labels are indices of the network's classes
        classes: what each label of the data means to the network
        findings: a sentence each: what was noticed and left out
        split: which part of the data they are; None where all of it, for no split is given
    """

    samples: tuple[Sample, ...]
    classes: Mapping[str, int]
    findings: tuple[str, ...]
    split: Split | None = None

    @property
    def listing(self) -> str:
        """sha256 of the pictures' names, sizes and classes, in their order: the same pictures have the same."""
        digest = hashlib.sha256()
        for sample in self.samples:
            size = sample.path.stat().st_size if sample.path.is_file() else -1
            digest.update(f"{sample.name}\0{sample.labels}\0{size}\n".encode())
        return digest.hexdigest()


def read_labelled(
    data: Path,
    labels: Sequence[str],
    renamed: Mapping[str, str],
    limit: int | None = None,
    seed: int = 0,
    split: Split = "val",
) -> Labelled:
    """The pictures of a folder or a table (model.dataset); where a split is given, those of one part.

    Args:
        data: a folder or a table
        labels: of the network's classes
        renamed: labels of the data that mean others of the network, or index:N
        limit: a sample of so many; default all
        seed: of the sample
        split: the part, where a split is given: to judge by, or to learn from

    Raises:
        DatasetError: it is no such folder or table
        EvaluationError: a label is none of the network's; the message names the nearest
    """
    dataset = read_dataset(data)
    if strangers := sorted(set(renamed) - set(dataset.labels)):
        raise EvaluationError(
            f"--label {strangers[0]}: no picture has this label; those of the data are {listed(dataset.labels)}."
        )
    classes = {label: _class_of(label, renamed.get(label, label), labels) for label in dataset.labels}
    number = [classes[label] for label in dataset.labels]
    given: Mapping[Split, tuple[Sample, ...]] = (
        {"train": dataset.train, "val": dataset.val} if dataset.split == "given" else {}
    )
    chosen = sampled(given[split] if given else _in_order(dataset), limit, seed)
    samples = tuple(
        Sample(one.path, one.name, tuple(sorted({number[label] for label in one.labels}))) for one in chosen
    )
    findings = [finding.sentence for finding in dataset.findings]
    if given:
        findings.append(OTHERS[split].format(counted(len(dataset.samples) - len(given[split]), "picture")))
    return Labelled(samples, classes, tuple(findings), split if given else None)


def _in_order(dataset: Dataset) -> tuple[Sample, ...]:
    return tuple(sorted(dataset.samples, key=lambda sample: sample.name))


def sampled(samples: Sequence[Item], limit: int | None, seed: int) -> Sequence[Item]:
    """So many of some, in their order, the same each time; all of them where they are not more."""
    if limit is None or limit >= len(samples):
        return samples
    places = np.random.default_rng(seed).choice(len(samples), limit, replace=False)
    return [samples[place] for place in sorted(places.tolist())]


def _class_of(written: str, meant: str, labels: Sequence[str]) -> int:
    """The one class of a network that a label means.

    Raises:
        EvaluationError: there is none, or several; the message says what to do
    """
    if (by_index := INDEX.fullmatch(meant)) and int(by_index[1]) < len(labels):
        return int(by_index[1])
    places = [index for index, label in enumerate(labels) if label == meant]
    if len(places) == 1:
        return places[0]
    if places:
        names = " or ".join(f"--label {written}=index:{place}" for place in places)
        raise EvaluationError(f"The network has several classes called '{meant}': say {names}.")
    near = _nearest(meant, labels)
    hint = f"; the nearest are {listed(near)}" if near else ""
    raise EvaluationError(
        f"The network has no class '{meant}'{hint}. Rename it with --label {written}={near[0] if near else 'LABEL'}."
    )


def _nearest(meant: str, labels: Sequence[str]) -> list[str]:
    """Labels that look like one, those of the very letters in other capitals first."""
    by_letters = {label.casefold(): label for label in reversed(labels)}
    near = difflib.get_close_matches(meant.casefold(), by_letters, n=3, cutoff=0.5)
    return [by_letters[letters] for letters in near]
