"""The answer to "Is it true?" in an explanation's report: the altered photo, scores predicted and actual, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.explanation_figures import picture_uri
from app.schemas_compare import Ranked
from app.schemas_counterfactual import ScoresInfo, SplitInfo
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
    """A class's probability and logit before, as the head predicts, and as the network says; empty where unknown."""

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
        scores: the class that was asked about, then the likeliest before and after
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
        scores=_scores(answer),
        split=_split(answer["split"]),
        scale=tried.scale,
    )


def _scores(answer: Mapping[str, Any]) -> list[ScoresRow]:
    subject, told = answer["subject"], [answer[name] for name in ("before", "predicted", "actual")]
    labels = {one.index: one.label for one in (subject, *told[0].top, *told[2].top)}
    return [
        ScoresRow(label, *(_score(one, index, index == subject.index) for one in told))
        for index, label in labels.items()
    ]


def _score(told: ScoresInfo, index: int, is_subject: bool) -> tuple[str, str]:
    found: ScoresInfo | Ranked | None = told
    if not is_subject:
        found = next((one for one in told.top if one.index == index), None)
    return ("", "") if found is None else (percent(found.probability), fixed(found.logit))


def _split(split: SplitInfo | None) -> list[SplitRow]:
    if split is None:
        return []
    values = {name: getattr(split, name) for name in ("context", "filling", "rescaling", "difference")}
    if abs(split.rescaling) <= LEAST:
        del values["rescaling"]
    most = max(*map(abs, values.values()), LEAST)
    return [SplitRow(sentence(f"split-{name}"), signed(value), value / most) for name, value in values.items()]
