"""The answer to "Is it true?" in an explanation's report: the altered photo, scores predicted and actual, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.explanation_figures import picture_uri
from app.schemas_counterfactual import ClassScoresInfo, ScoreInfo, SplitInfo
from app.sentences import sentence
from app.text import fixed, percent, signed

LEAST = 1e-3  # logits: less is rounding


@dataclass(frozen=True)
class Tried:
    """An altered photo, and what was said of it.

    Attributes:
        answer: what the API would answer (app/answers_counterfactual.py), as far as it is of no stored photo
        altered: what the network was shown, as a JPEG file
        scale: of the network's input
    """

    answer: Mapping[str, Any]
    altered: bytes
    scale: float


@dataclass(frozen=True)
class ScoresRow:
    """A class's probability and logit before, as the head predicts, and as the network says; empty where not asked."""

    label: str
    before: tuple[str, str]
    predicted: tuple[str, str]
    actual: tuple[str, str]


@dataclass(frozen=True)
class SplitRow:
    """A part of what network and prediction differ by.

    Attributes:
        words: which part
        value: in logits, as it is written
        share: of the largest part, -1 to 1
    """

    words: str
    value: str
    share: float


@dataclass(frozen=True)
class ShownTruth:
    """What a report says of an altered photo.

    Attributes:
        sentences: what happened, and why prediction and network differ
        uri: of the altered photo, with its bytes inside
        scores: of the class that was asked about, then of the likeliest before and after
        split: why the two differ; empty where nobody can say
        scale: of the network's input
    """

    sentences: Sequence[str]
    uri: str
    scores: Sequence[ScoresRow]
    split: Sequence[SplitRow]
    scale: float


def shown_truth(tried: Tried) -> ShownTruth:
    """The answer in words, tables and a picture."""
    answer = tried.answer
    return ShownTruth(
        sentences=answer["sentences"],
        uri=picture_uri(tried.altered),
        scores=[_row(one) for one in answer["classes"]],
        split=_split(answer["split"]),
        scale=tried.scale,
    )


def _row(one: ClassScoresInfo) -> ScoresRow:
    return ScoresRow(one.label, _score(one.before), _score(one.predicted), _score(one.actual))


def _score(one: ScoreInfo | None) -> tuple[str, str]:
    return ("", "") if one is None else (percent(one.probability), fixed(one.logit))


def _split(split: SplitInfo | None) -> list[SplitRow]:
    if split is None:
        return []
    values = {name: getattr(split, name) for name in ("context", "filling", "rescaling", "difference")}
    if abs(split.rescaling) <= LEAST:
        del values["rescaling"]
    most = max(*map(abs, values.values()), LEAST)
    return [SplitRow(sentence(f"split-{name}"), signed(value), value / most) for name, value in values.items()]
