"""The labelled pictures of an evaluation, under the classes that a network has."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from model.dataset import Sample, read_to_judge
from model.errors import EvaluationError
from model.evaluation.naming import classes_of
from model.findings import counted

Item = TypeVar("Item")


@dataclass(frozen=True)
class Labelled:
    """Pictures to ask about.

    Attributes:
        samples: in their order; labels are indices of the network's classes
        classes: what each label of the data means to the network
        findings: a sentence each: what was noticed and left out
        beside: the other pictures of the data, which are not asked about: beyond the limit, or to learn from
        renamed: labels that no picture has, but maybe a box, and what they mean
    """

    samples: tuple[Sample, ...]
    classes: Mapping[str, int]
    findings: tuple[str, ...]
    beside: tuple[Sample, ...] = ()
    renamed: Mapping[str, int] = field(default_factory=dict)

    @property
    def listing(self) -> str:
        """sha256 of the pictures' names, sizes and classes, in their order: the same pictures have the same."""
        digest = hashlib.sha256()
        for sample in self.samples:
            size = sample.path.stat().st_size if sample.path.is_file() else -1
            digest.update(f"{sample.name}\0{sample.labels}\0{size}\n".encode())
        return digest.hexdigest()

    def meanings(self, labels: Sequence[str]) -> dict[str, int]:
        """What a label of a box may be: the network's own, one of the data, or one that was renamed."""
        return {labels[index]: index for index in self.classes.values()} | dict(self.classes) | dict(self.renamed)


def read_labelled(
    data: Path, labels: Sequence[str], renamed: Mapping[str, str], limit: int | None = None, seed: int = 0
) -> Labelled:
    """The pictures of a folder or a table (model.dataset); of those with a split, the ones to judge by.

    Args:
        data: a folder or a table
        labels: of the network's classes
        renamed: labels of the data, or of boxes, that mean others of the network, or index:N
        limit: a sample of so many; default all
        seed: of the sample

    Raises:
        DatasetError: it is no such folder or table
        UnknownLabels: a label is none of the network's; the message names the nearest
        EvaluationError: there is no picture to judge by
    """
    dataset = read_to_judge(data)
    if not dataset.val:
        raise EvaluationError(f"{data}: has no picture to judge by, only such as were learned from.")
    there = {label for one in dataset.val for label in one.labels}
    wanted = {label: renamed.get(label, label) for index, label in enumerate(dataset.labels) if index in there}
    others = {label: meant for label, meant in renamed.items() if label not in dataset.labels}
    classes = classes_of(wanted | others, labels)
    is_given = dataset.split == "given"
    in_order = dataset.val if is_given else sorted(dataset.val, key=lambda sample: sample.name)
    chosen = sampled(in_order, limit, seed)
    samples = tuple(_as_classes(one, dataset.labels, classes) for one in chosen)
    findings = [finding.sentence for finding in dataset.findings]
    if is_given:
        findings.append(f"{counted(len(dataset.train), 'picture')} to learn from are not judged by.")
    asked = {sample.name for sample in samples}
    beside = tuple(one for one in dataset.samples if one.name not in asked)
    own = {label: classes[label] for label in wanted}
    return Labelled(samples, own, tuple(findings), beside, {label: classes[label] for label in others})


def _as_classes(sample: Sample, labels: Sequence[str], classes: Mapping[str, int]) -> Sample:
    indices = {classes[labels[label]] for label in sample.labels}
    return Sample(sample.path, sample.name, tuple(sorted(indices)))


def sampled(samples: Sequence[Item], limit: int | None, seed: int) -> Sequence[Item]:
    """So many of some, in their order, the same each time; all of them where they are not more."""
    if limit is None or limit >= len(samples):
        return samples
    places = np.random.default_rng(seed).choice(len(samples), limit, replace=False)
    return [samples[place] for place in sorted(places.tolist())]
