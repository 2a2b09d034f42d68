"""The numbers of a report in the order and the words in which they are read."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from app.text import fixed, gettext, ngettext, percent
from model.evaluation.figures import ClassResult
from model.intervals import wilson
from model.metrics import Calibration, Candidate, ClassFigures, Metrics, ReliabilityBin

MATRIX_CLASSES = 24  # more do not fit a page; then the pairs that were mixed up are listed
MOST_PAIRS = 40

OfClass = TypeVar("OfClass", ClassFigures, ClassResult)


@dataclass(frozen=True)
class Fact:
    """A number and what it is."""

    title: str
    value: str


@dataclass(frozen=True)
class Headline:
    """The result.

    Attributes:
        accuracy: in percent
        counted: of how many, and how sure that is
        chosen: which network was kept, and why
        facts: further numbers
    """

    accuracy: str
    counted: str
    chosen: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Cell:
    """How often one class was said of another.

    Attributes:
        count: pictures
        share: of the true class's pictures, 0 to 1
        right: whether both are the same class
        sentence: all of it in words
        url: of the page with these pictures; None for none
    """

    count: int
    share: float
    right: bool
    sentence: str
    url: str | None = None


@dataclass(frozen=True)
class MatrixRow:
    """One true class and what was said of its pictures."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """What was taken for what: the classes that were said, and a row for each that is true."""

    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True)
class Pair:
    """Two classes that were mixed up: `count` of the `total` pictures of `true` were said to be `said`.

    Attributes:
        url: of the page with these pictures; None for none
    """

    true: str
    said: str
    count: int
    total: int
    url: str | None = None


@dataclass(frozen=True)
class Bar:
    """One bin of the reliability diagram, in a frame of 100 x 100 that begins at the upper left.

    Attributes:
        x: its left edge
        width: across
        y: upper edge of the bar, whose height is the share that was right
        ideal: height above the lower edge at which the share would be the confidence
        words: confidence, accuracy and count
    """

    x: float
    width: float
    y: float
    ideal: float
    words: tuple[str, str, str]


def headline(metrics: Metrics) -> Headline:
    """The result, how sure it is, and what was kept."""
    _ = gettext
    count = metrics.counts.val
    right = round(metrics.accuracy * count)
    low, high = wilson(right, count)
    counted = ngettext(
        "{right} of {count} picture it had not learned from", "{right} of {count} pictures it had not learned from",
        count,
    ).format(right=f"{right:,}", count=f"{count:,}")  # fmt: skip
    error = fixed(100 * standard_error(metrics.accuracy, count), 1)
    sure = _("standard error {error} points, 95% interval {low} to {high}").format(
        error=error, low=percent(low), high=percent(high)
    )
    facts = [
        Fact(_("Classes"), f"{len(metrics.labels):,}"),
        Fact(_("Learned from"), f"{metrics.counts.train:,}"),
        Fact(_("Held out to choose by"), f"{metrics.counts.held_out:,}"),
        Fact(_("Judged on"), f"{count:,}"),
        Fact(_("Left out"), f"{metrics.counts.skipped:,}"),
        Fact(_("Mean F1 of the classes"), "–" if metrics.macro_f1 is None else percent(metrics.macro_f1)),
        Fact(_("Loss"), fixed(metrics.loss)),
        Fact(_("Took"), duration(sum(metrics.seconds.values()))),
    ]
    return Headline(percent(metrics.accuracy), f"{counted}; {sure}", why_chosen(metrics), tuple(facts))


def standard_error(accuracy: float, count: int) -> float:
    """Of a share that was counted on so many pictures."""
    return math.sqrt(accuracy * (1 - accuracy) / count) if count else 0.0


def why_chosen(metrics: Metrics) -> str:
    """Which of the candidates was kept, and by what."""
    _ = gettext
    by_stage = {candidate.stage: candidate for candidate in metrics.candidates}
    head, network = by_stage.get("head"), by_stage.get("network")
    if head is None or network is None:
        return (
            _("Only the head was trained; the network below it stayed as it was.")
            if metrics.chosen == "head"
            else _("The whole network was trained.")
        )
    sentence = (
        _("The fine-tuned network was kept: on pictures held out of the training it was right in {network} "
          "(loss {network_loss}), the head alone in {head} (loss {head_loss}).")
        if metrics.chosen == "network"
        else _("The head alone was kept: on pictures held out of the training it was right in {head} "
               "(loss {head_loss}), and fine-tuning the whole network came to {network} (loss {network_loss}).")
    )  # fmt: skip
    return sentence.format(**_candidate("head", head), **_candidate("network", network))


def _candidate(name: str, candidate: Candidate) -> dict[str, str]:
    return {name: percent(candidate.held_out_accuracy), f"{name}_loss": fixed(candidate.held_out_loss)}


def duration(seconds: float) -> str:
    """12 s, 3 min 20 s, 2 h 5 min"""
    whole = round(seconds)
    if 0 < seconds < 1:
        return gettext("less than 1 s")
    if whole < 60:
        return gettext("{seconds} s").format(seconds=whole)
    if whole < 3600:
        return gettext("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)
    return gettext("{hours} h {minutes} min").format(hours=whole // 3600, minutes=whole % 3600 // 60)


def matrix(metrics: Metrics) -> Matrix | None:
    """The confusion matrix, rows the true classes; None where there is none, or it is too large to look at."""
    labels = metrics.labels
    if metrics.confusion is None or len(labels) > MATRIX_CLASSES:
        return None
    rows = (
        MatrixRow(
            true,
            tuple(
                cell_of((true, said), count, sum(row), true == said) for said, count in zip(labels, row, strict=True)
            ),
        )
        for true, row in zip(labels, metrics.confusion, strict=True)
    )
    return Matrix(tuple(labels), tuple(rows))


def cell_of(classes: tuple[str, str], count: int, total: int, is_right: bool, url: str | None = None) -> Cell:
    """How often the second class was said of the `total` pictures of the first."""
    true, said = classes
    sentence = gettext("{count} of {total} pictures of “{true}” were said to be “{said}”")
    return Cell(
        count=count,
        share=round(count / total, 4) if total else 0.0,
        right=is_right,
        sentence=sentence.format(count=count, total=total, true=true, said=said),
        url=url,
    )


def confused(metrics: Metrics) -> tuple[Pair, ...]:
    """The pairs of classes that were mixed up most often, those of large classes first."""
    if metrics.confusion is None:
        return ()
    counts = np.array(metrics.confusion, dtype=np.int64).reshape(len(metrics.labels), -1)
    totals = counts.sum(axis=1)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:MOST_PAIRS]
    return tuple(
        Pair(metrics.labels[true], metrics.labels[said], int(counts[true, said]), int(totals[true]))
        for true, said in (divmod(int(place), len(metrics.labels)) for place in order)
        if counts[true, said]
    )


def worst_first(classes: Sequence[OfClass]) -> tuple[OfClass, ...]:
    """By F1; those that have none, for want of pictures, last."""
    return tuple(sorted(classes, key=lambda one: math.inf if one.f1 is None else one.f1))


def bars(bins: Sequence[ReliabilityBin]) -> tuple[Bar, ...]:
    """The bins that have answers, as bars of a diagram and as words."""
    return tuple(
        Bar(
            x=round(100 * one.lower, 2),
            width=round(100 * (one.upper - one.lower), 2),
            y=round(100 * (1 - one.accuracy), 2),
            ideal=round(100 * one.confidence, 2),
            words=(percent(one.confidence), percent(one.accuracy), f"{one.count:,}"),
        )
        for one in bins
        if one.confidence is not None and one.accuracy is not None
    )


def calibration_sentence(calibration: Calibration) -> str:
    """What the expected calibration error says."""
    return gettext(
        "On average, what the network says of how sure it is and how often it is right lie {ece} apart "
        "(expected calibration error)."
    ).format(ece=percent(calibration.ece))


def rows_of(values: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Settings as they were given, nested ones under dotted names."""
    found: list[Fact] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            found += [Fact(f"{key}.{row.title}", row.value) for row in rows_of(value)]
        elif value is None:
            found.append(Fact(key, "–"))
        else:
            found.append(Fact(key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
    return tuple(found)


def provenance(metrics: Metrics) -> tuple[Fact, ...]:
    """What was trained on what, and how long it took."""
    _ = gettext
    stages = {
        "check": _("Looking at the pictures took"),
        "features": _("Computing features took"),
        "head": _("Training the head took"),
        "network": _("Fine-tuning the network took"),
        "export": _("Exporting took"),
        "validate": _("Judging took"),
    }
    return (
        Fact(_("Model"), metrics.name),
        Fact(_("Trained from"), metrics.base),
        Fact(_("Head"), metrics.head),
        Fact(_("Labels per picture"), _("several") if metrics.multi_label else _("one")),
        *(Fact(stages.get(stage, stage), duration(seconds)) for stage, seconds in metrics.seconds.items()),
    )
