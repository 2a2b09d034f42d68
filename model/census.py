"""What of a dataset can be used: every picture is decoded once, and what is damaged or double is found and named."""

import hashlib
import stat
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from model.dataset import Dataset, Sample, label_counts, split_samples
from model.errors import BrokenPhoto, DatasetError, OversizedPhoto, PhotoError
from model.findings import Finding, counted, listed
from model.photos import ACCEPTED, open_photo
from model.sessions import usable_cores
from model.threads import map_ahead

BYTES_PER_PIXEL = 8  # of a file that is not packed at all, with 16 bits a colour and transparency
HEADER_BYTES = 2**20


class ClassCount(NamedTuple):
    """How many usable pictures a class has."""

    label: str
    train: int
    val: int


@dataclass(frozen=True)
class Census:
    """A dataset's usable pictures, and what is worth knowing of the others.

    Attributes:
        dataset: usable pictures alone; none is both in training and validation
        sha256: of each usable picture's file, in hexadecimal, by path
        sizes: (width, height) of each, upright, in pixels
        findings: what was left out or looks wrong
        skipped: how many pictures were left out
        counts: of each class, in the order of the labels
    """

    dataset: Dataset
    sha256: Mapping[Path, str]
    sizes: Mapping[Path, tuple[int, int]]
    findings: tuple[Finding, ...]
    skipped: int
    counts: tuple[ClassCount, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each finding."""
        return tuple(finding.sentence for finding in self.findings)


class Look(NamedTuple):
    """What a look at a file gave: its content's sha256 and size, or why it cannot be used."""

    sha256: str
    size: tuple[int, int]
    trouble: str | None


def take_census(
    dataset: Dataset,
    max_megapixels: float = 50,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Census:
    """Decode every picture; leave out, and name, what cannot be used or would be judged on after being learned.

    Pictures with the same content never end up on both sides: of a given split they are dropped from
    training, and a split that was made is made again, of what can be used, with copies side by side.

    Args:
        dataset: as it was read
        max_megapixels: a picture with more is left out
        workers: threads; default all cores that this process may use
        progress: called with pictures done and in all

    Raises:
        DatasetError: a class has no training picture that can be used, or there is none to judge by
    """
    samples = dataset.samples
    seen: dict[Path, Look] = {}
    looked = map_ahead(lambda one: look(one.path, max_megapixels), samples, workers or usable_cores())
    for sample, result in zip(samples, looked, strict=True):
        seen[sample.path] = result
        if progress:
            progress(len(seen), len(samples))
    usable = {path: one for path, one in seen.items() if one.trouble is None}
    findings = [*dataset.findings, *_unusable(samples, seen)]
    _check_some(dataset, usable, findings)
    sha256 = {path: one.sha256 for path, one in usable.items()}
    kept, doubles = _without_doubles(dataset, sha256)
    findings += [*doubles, *_copies(kept, sha256), *_contradictions(samples, dataset.labels, sha256)]
    counts = _counts(kept)
    _check_classes(kept, counts, findings)
    remaining = {sample.path for sample in kept.samples}
    return Census(
        dataset=kept,
        sha256={path: one for path, one in sha256.items() if path in remaining},
        sizes={path: one.size for path, one in usable.items() if path in remaining},
        findings=(*findings, *_small(counts)),
        skipped=len(samples) - len(kept.samples),
        counts=counts,
    )


def look(path: Path, max_megapixels: float) -> Look:
    """Read and decode a file; a trouble is said in a few words."""
    most = round(max_megapixels * 1e6 * BYTES_PER_PIXEL) + HEADER_BYTES
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Look("", (0, 0), "not a file")
        if status.st_size > most:
            return Look("", (0, 0), f"more than {most / 1e6:,.0f} MB")
        content = path.read_bytes()
    except OSError as error:
        return Look("", (0, 0), (error.strerror or "cannot be read").lower())
    if not content:
        return Look("", (0, 0), "empty")
    try:
        photo = open_photo(content, max_megapixels).read(lambda _width, _height: (1, 1))
    except PhotoError as error:
        return Look("", (0, 0), _trouble(error, max_megapixels))
    return Look(hashlib.sha256(content).hexdigest(), (photo.width, photo.height), None)


def _trouble(error: PhotoError, max_megapixels: float) -> str:
    if isinstance(error, OversizedPhoto):
        return f"more than {max_megapixels:g} megapixels"
    if isinstance(error, BrokenPhoto):
        return "damaged"
    return f"not {ACCEPTED}"


def _unusable(samples: Sequence[Sample], seen: Mapping[Path, Look]) -> Iterator[Finding]:
    names: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        if trouble := seen[sample.path].trouble:
            names[trouble].append(sample.name)
    for trouble, found in names.items():
        are = counted(len(found), "picture is", "pictures are")
        yield Finding(f"{are} left out ({trouble}): {listed(found)}.", tuple(found))


def _check_some(dataset: Dataset, usable: Mapping[Path, Look], findings: Sequence[Finding]) -> None:
    if not usable:
        last = findings[-1].sentence if findings else ""
        raise DatasetError(f"{dataset.root}: not one picture can be used. {last}")


def _without_doubles(dataset: Dataset, sha256: Mapping[Path, str]) -> tuple[Dataset, list[Finding]]:
    """The usable pictures, split so that no content is on both sides."""
    if dataset.split == "made":
        return _split_again(dataset, sha256), []
    judged = {sha256[sample.path]: sample.name for sample in dataset.val if sample.path in sha256}
    train, dropped = [], []
    for sample in dataset.train:
        if sample.path not in sha256:
            continue
        if double := judged.get(sha256[sample.path]):
            dropped.append(f"{sample.name} = {double}")
        else:
            train.append(sample)
    findings = []
    if dropped:
        are = counted(len(dropped), "training picture is", "training pictures are")
        sentence = f"{are} left out (among the validation pictures, too): {listed(dropped)}."
        findings.append(Finding(sentence, tuple(dropped)))
    val = tuple(sample for sample in dataset.val if sample.path in sha256)
    return replace(dataset, train=tuple(train), val=val), findings


def _split_again(dataset: Dataset, sha256: Mapping[Path, str]) -> Dataset:
    """Split the first picture of every content; copies go where the first went."""
    usable = sorted((one for one in dataset.samples if one.path in sha256), key=lambda sample: sample.name)
    first: dict[str, Sample] = {}
    for sample in usable:
        first.setdefault(sha256[sample.path], sample)
    _, val = split_samples(tuple(first.values()), dataset.seed, dataset.val_share)
    judged = {sha256[sample.path] for sample in val}
    return replace(
        dataset,
        train=tuple(one for one in usable if sha256[one.path] not in judged),
        val=tuple(one for one in usable if sha256[one.path] in judged),
    )


def _copies(dataset: Dataset, sha256: Mapping[Path, str]) -> Iterator[Finding]:
    for part, samples in (("training", dataset.train), ("validation", dataset.val)):
        first: dict[str, str] = {}
        copies = []
        for sample in samples:
            original = first.setdefault(sha256[sample.path], sample.name)
            if original != sample.name:
                copies.append(f"{sample.name} = {original}")
        if copies:
            are = counted(len(copies), f"{part} picture is a copy", f"{part} pictures are copies")
            yield Finding(f"{are} of another and counts as often as it is there: {listed(copies)}.", tuple(copies))


def _contradictions(samples: Sequence[Sample], labels: Sequence[str], sha256: Mapping[Path, str]) -> Iterator[Finding]:
    first: dict[str, Sample] = {}
    found = []
    for sample in samples:
        if sample.path in sha256:
            other = first.setdefault(sha256[sample.path], sample)
            if other.labels != sample.labels:
                found.append(" = ".join(f"{one.name} ({_names(one, labels)})" for one in (other, sample)))
    if found:
        are = counted(len(found), "picture is there again under another label", "pictures are there again under others")
        yield Finding(f"{are}; decide for one: {listed(found)}.", tuple(found))


def _names(sample: Sample, labels: Sequence[str]) -> str:
    return ", ".join(labels[index] for index in sample.labels)


def _counts(dataset: Dataset) -> tuple[ClassCount, ...]:
    train, val = label_counts(dataset.train), label_counts(dataset.val)
    return tuple(ClassCount(label, train[index], val[index]) for index, label in enumerate(dataset.labels))


def _check_classes(dataset: Dataset, counts: Sequence[ClassCount], findings: Sequence[Finding]) -> None:
    reason = f" {findings[-1].sentence}" if findings else ""
    if lost := [count.label for count in counts if not count.train]:
        raise DatasetError(
            f"{dataset.root}: no training picture of {listed(lost)} can be used; add some, or leave the class out."
            f"{reason}"
        )
    if not dataset.val:
        raise DatasetError(
            f"{dataset.root}: no picture is left to judge by; "
            f"{'add validation pictures' if dataset.split == 'given' else 'add at least one more picture a class'}."
            f"{reason}"
        )


def _small(counts: Sequence[ClassCount]) -> Iterator[Finding]:
    if small := tuple(count.label for count in counts if count.train + count.val < 2):
        have = counted(len(small), "class has", "classes have")
        yield Finding(f"{have} fewer than 2 pictures: {listed(small)}.", small)
    if unjudged := tuple(count.label for count in counts if not count.val):
        are = counted(len(unjudged), "class has", "classes have")
        yield Finding(f"{are} no validation picture, and so no figures: {listed(unjudged)}.", unjudged)
