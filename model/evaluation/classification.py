"""Whether a network says the right thing: shares of the pictures, class by class, and what was said of what.

A picture with several true classes counts as the one that was said if that is among them, else as its most probable.
"""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from model.evaluation.bootstrap import Doubles, Weights, clipped, intervals
from model.evaluation.calibration import BINS, bins_of, reliability
from model.evaluation.figures import ClassificationFigures, ClassificationIntervals, ClassResult, Confusion
from model.evaluation.records import PictureRecord
from model.intervals import wilson

TOP = 5
MATRIX_CLASSES = 40  # a matrix of more is longer than what it tells

Indices = npt.NDArray[np.intp]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """What was said of pictures, (N,) each.

    Attributes:
        true: the class that each counts as
        said: what was said of it
        right: whether a true class was said
        among: whether one is among the most probable
        confidence: of what was said
        losses: cross-entropies
    """

    true: Indices
    said: Indices
    right: Truths
    among: Truths
    confidence: Doubles
    losses: Doubles

    @classmethod
    def of(cls, records: Sequence[PictureRecord]) -> Self:
        """From the records of an evaluation."""
        return cls(
            true=np.array([one.said if one.right else one.true[0] for one in records], np.intp),
            said=np.array([one.said for one in records], np.intp),
            right=np.array([one.right for one in records], np.bool_),
            among=np.array([any(index in one.true for index, _ in one.top) for one in records], np.bool_),
            confidence=np.array([one.probability for one in records], np.float64),
            losses=np.array([one.loss for one in records], np.float64),
        )


def classification_figures(answers: Answers, labels: Sequence[str]) -> ClassificationFigures:
    """What the answers to one picture at least come to.

    Args:
        answers: to all pictures
        labels: of the network's classes
    """
    present = np.unique(np.r_[answers.true, answers.said])
    classes = _class_results(answers, present, labels)
    calibration = reliability(answers.confidence, answers.right)
    count, has_top = len(answers.true), len(labels) > TOP
    macro, ece = intervals(count, _Resampled(answers, present).numbers)
    return ClassificationFigures(
        accuracy=float(answers.right.mean()),
        top5=float(answers.among.mean()) if has_top else None,
        macro_f1=clipped(float(np.mean([one.f1 for one in classes if one.pictures and one.f1 is not None]))),
        loss=float(answers.losses.mean()),
        classes=classes,
        confusion=_confusion(answers, present),
        calibration=calibration,
        intervals=ClassificationIntervals(
            accuracy=wilson(int(answers.right.sum()), count),
            top5=wilson(int(answers.among.sum()), count) if has_top else None,
            macro_f1=macro,
            ece=ece,
        ),
    )


def _class_results(answers: Answers, present: Indices, labels: Sequence[str]) -> tuple[ClassResult, ...]:
    from sklearn.metrics import precision_recall_fscore_support  # noqa: PLC0415 - of the extra `evaluate`

    rows = precision_recall_fscore_support(answers.true, answers.said, labels=present, zero_division=np.nan)
    return tuple(
        ClassResult(
            label=labels[index],
            pictures=int(support),
            precision=_share(precision),
            recall=_share(recall),
            f1=_share(f1),
        )
        for index, precision, recall, f1, support in zip(present.tolist(), *rows, strict=True)
    )


def _share(value: float) -> float | None:
    return None if np.isnan(value) else clipped(float(value))


def _confusion(answers: Answers, present: Indices) -> Confusion:
    from sklearn.metrics import confusion_matrix  # noqa: PLC0415 - of the extra `evaluate`

    pairs = Counter(zip(answers.true.tolist(), answers.said.tolist(), strict=True))
    matrix = None
    if len(present) <= MATRIX_CLASSES:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "A single label", UserWarning)  # a matrix of one cell is one
            counts = confusion_matrix(answers.true, answers.said, labels=present)
        matrix = tuple(tuple(int(count) for count in row) for row in counts)
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    return Confusion(
        classes=tuple(present.tolist()),
        matrix=matrix,
        counts=tuple((true, said, count) for (true, said), count in ordered),
    )


class _Resampled:
    """The numbers of a resample, from how often it has each picture."""

    def __init__(self, answers: Answers, present: Indices) -> None:
        self._answers = answers
        self._classes = len(present)
        self._true, self._said = np.searchsorted(present, answers.true), np.searchsorted(present, answers.said)
        self._bins = bins_of(answers.confidence)
        self._gaps = answers.right - answers.confidence

    def numbers(self, weights: Weights) -> tuple[float, float]:
        """Macro F1 and expected calibration error."""
        gaps = np.bincount(self._bins, weights * self._gaps, BINS)
        return self._macro_f1(weights), float(np.abs(gaps).sum() / weights.sum())

    def _macro_f1(self, weights: Weights) -> float:
        true, said = (np.bincount(places, weights, self._classes) for places in (self._true, self._said))
        hits = np.bincount(self._true, weights * (self._true == self._said), self._classes)
        there = true > 0
        return float((2 * hits[there] / (true[there] + said[there])).mean())
