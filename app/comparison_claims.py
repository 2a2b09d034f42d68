"""What is often said about heads, and what came out."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.text import fixed, gettext, percent
from model.head_comparison import HeadComparison, HeadFigures, Spread
from model.plan import HeadChoice

Verdict = Literal["so", "not", "open"]
SURE = 2.0  # standard errors of a difference
PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Claim:
    """One thing that is said.

    Attributes:
        said: by whom, and what
        measured: here
        verdict: whether it came out so, not so, or too close to tell
        answer: the verdict in words
    """

    said: str
    measured: str
    verdict: Verdict
    answer: str


def claims(comparison: HeadComparison) -> tuple[Claim, ...]:
    """Those that the heads compared can speak to."""
    return tuple(_claims({one.head: one for one in comparison.heads}, comparison))


def _claims(heads: Mapping[HeadChoice, HeadFigures], comparison: HeadComparison) -> Iterator[Claim]:
    _ = gettext
    gap, fc, gmp = (heads.get(choice) for choice in (HeadChoice.GAP, HeadChoice.FC, HeadChoice.GMP))
    one = 1 / comparison.val if comparison.val else 1.0
    if gap and fc:
        yield _claim(
            _("Fully connected layers over-fit more than global average pooling (Lin et al. 2013)."),
            _("Gap between pictures learned from and others: {first} with fc, {second} with gap."),
            fc.gap, gap.gap, one,
        )  # fmt: skip
        yield _claim(
            _("Global average pooling stands moved pictures better than fully connected layers (Lin et al. 2013)."),
            _("Accuracy lost when moved by a quarter: {first} with fc, {second} with gap."),
            _lost(fc), _lost(gap), one,
        )  # fmt: skip
        yield _claim(
            _("Average pooling is as right as fully connected layers, with fewer parameters (Zhou et al. 2016)."),
            _("Accuracy: {first} with gap, {second} with fc."),
            gap.val_accuracy, fc.val_accuracy, one, as_good=True,
        )  # fmt: skip
    if gap and gmp and gap.localisation and gmp.localisation and comparison.boxes:
        yield _claim(
            _("Average pooling finds the whole of a thing, max pooling one part of it (Zhou et al. 2016)."),
            _("Maps whose box covers the given one by half: {first} with gap, {second} with gmp."),
            gap.localisation.overlap, gmp.localisation.overlap, 1 / comparison.boxes.maps,
        )  # fmt: skip


def unfinished(comparison: HeadComparison) -> str | None:
    """Which heads might have learned more with more epochs; None where all were best before the last."""
    last = [one.head.value for one in comparison.heads if comparison.epochs in one.epochs_to_best.values]
    if not last:
        return None
    return gettext(
        "Best at the last of {epochs} epochs, with some seed at least, so more may do better: {heads}."
    ).format(epochs=comparison.epochs, heads=", ".join(last))


def _lost(head: HeadFigures) -> Spread:
    """Accuracy lost by the largest shift, seed by seed."""
    moved = head.shifted[-1].accuracy.values
    return Spread.of([still - there for still, there in zip(head.val_accuracy.values, moved, strict=True)])


def _claim(said: str, measured: str, first: Spread, second: Spread, least: float, *, as_good: bool = False) -> Claim:
    """Whether the first is larger, or as good as the second, by more than chance: `least` is one picture's worth."""
    difference = first.mean - second.mean
    unsure = max(SURE * math.hypot(_error(first), _error(second)), least)
    verdict: Verdict = "so" if difference > unsure else "not" if difference < -unsure else "open"
    if as_good and verdict == "open":
        verdict = "so"
    answers = {
        "so": gettext("It came out so."),
        "not": gettext("It came out otherwise."),
        "open": gettext("Too close to tell."),
    }
    return Claim(said, measured.format(first=_points(first), second=_points(second)), verdict, answers[verdict])


def _error(spread: Spread) -> float:
    """Standard error of the mean over the seeds."""
    return spread.deviation / math.sqrt(len(spread.values))


def _points(spread: Spread) -> str:
    """Points of a hundred, with the deviation over the seeds."""
    return f"{fixed(100 * spread.mean, 1)}{PLUS_MINUS}{fixed(100 * spread.deviation, 1)}"


def rated(spread: Spread | None) -> str:
    """A share with its deviation: 96.1% ± 0.4; a dash where there is none."""
    if spread is None:
        return "–"
    return percent(spread.mean) + (f"{PLUS_MINUS}{fixed(100 * spread.deviation, 1)}" if len(spread.values) > 1 else "")


def counted(spread: Spread) -> str:
    """A number with its deviation: 12 ± 3."""
    return fixed(spread.mean, 0) + (f"{PLUS_MINUS}{fixed(spread.deviation, 0)}" if len(spread.values) > 1 else "")
