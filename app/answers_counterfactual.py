"""From altered photos to the JSON contract."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any
from urllib.parse import urlencode

import numpy as np

from app import schemas
from app.alterations import Alteration, Asked, Found, Said, Scores, value
from app.answers import API, grid_info
from app.answers_compare import RANKED, ranked_scores
from app.counterfactual_told import copy_sentence, curve_sentence, sentences
from app.counterfactuals import Counterfactual, Curves, Target
from app.decimals import as_sent
from app.schemas_counterfactual import (
    ClassInfo,
    ClassScoresInfo,
    ContributionInfo,
    CounterfactualInfo,
    CurveInfo,
    CurveLine,
    CurvePair,
    PlaceInfo,
    ScoreInfo,
    ScoresInfo,
    SplitInfo,
)
from model.counterfactual import area_under
from model.coverage import Cells, Outline, Region
from model.evidence import contribution, shares_of
from model.scores import top_classes

LONGEST_QUERY = 7000  # characters: proxies take addresses of 8 KB
DIGITS = 6


def counterfactual(answer: Counterfactual) -> CounterfactualInfo:
    """The whole answer."""
    subject, found = answer.subject, answer.found
    labels = subject.model.spec.labels
    copied = copy_sentence(float(found.before.probabilities[found.asked.index]), answer.uploaded)
    return CounterfactualInfo(
        explanation_id=subject.row.id,
        picture_url=_picture_url(subject, found.asked),
        scale=subject.scale,
        timing_ms=_timing(answer.timing),
        pixels=answer.pixels,
        **what_was_found(found, labels, [copied] if copied else []),
    )


def what_was_found(found: Found, labels: Sequence[str], more: Sequence[str] = ()) -> dict[str, Any]:
    """The part of the answer that is the same wherever the photo is; with more sentences, if there are any."""
    asked, split = found.asked, found.split
    return {
        "subject": _class(asked.index, labels),
        "versus": None if asked.versus is None else _class(asked.versus, labels),
        "change": asked.alteration.change.value,
        "fill": asked.alteration.fill.value,
        "place": PlaceInfo(
            kind=asked.alteration.kind.value, cells=np.round(asked.parts, DIGITS).tolist(), area=asked.area
        ),
        "grid": grid_info(asked.grid),
        "linear": found.linear,
        "before": _scores(asked, Scores(found.before.logits, found.before.probabilities), labels),
        "predicted": _scores(asked, found.predicted, labels),
        "actual": None if found.actual is None else _scores(asked, found.actual, labels),
        "classes": _classes(found, labels),
        "contributions": _contributions(asked, found.before, labels),
        "split": split
        and SplitInfo(
            difference=split.difference,
            context=split.context,
            filling=split.filling,
            rescaling=split.rescaling,
        ),
        "sentences": [*sentences(found, labels), *more],
    }


def curves(found: Curves) -> CurveInfo:
    """The whole answer about curves."""
    asked, labels = found.subject.asked, found.subject.model.spec.labels
    parts = [count / asked.parts.size for count in found.counts]
    deletion, insertion = (_pair(asked.index, lines, parts) for lines in (found.deletion, found.insertion))
    pairs = ((one.by_map.area_probability, one.by_chance.area_probability) for one in (deletion, insertion))
    return CurveInfo(
        explanation_id=found.subject.row.id,
        subject=_class(asked.index, labels),
        versus=None if asked.versus is None else _class(asked.versus, labels),
        fill=asked.alteration.fill.value,
        scale=found.subject.scale,
        cells=list(found.counts),
        shares=parts,
        deletion=deletion,
        insertion=insertion,
        sentence=curve_sentence(labels[asked.index], *pairs),
        timing_ms=_timing(found.timing),
    )


def _pair(index: int, lines: tuple[Sequence[Scores], Sequence[Scores]], parts: Sequence[float]) -> CurvePair:
    by_map, by_chance = (_line(index, line, parts) for line in lines)
    return CurvePair(by_map=by_map, by_chance=by_chance)


def _line(index: int, line: Sequence[Scores], parts: Sequence[float]) -> CurveLine:
    logits = as_sent([one.logits[index] for one in line])
    probabilities = as_sent([one.probabilities[index] for one in line])
    return CurveLine(
        logits=logits,
        probabilities=probabilities,
        area_logit=area_under(logits, parts),
        area_probability=min(1.0, area_under(probabilities, parts)),
    )


def _class(index: int, labels: Sequence[str]) -> ClassInfo:
    return ClassInfo(index=index, label=labels[index])


def _scores(asked: Asked, scores: Scores, labels: Sequence[str]) -> ScoresInfo:
    own = _score(scores, asked.index)
    return ScoresInfo(
        logit=own.logit,
        probability=own.probability,
        margin=None if asked.versus is None else value(asked, scores.logits),
        top=ranked_scores(scores.logits, scores.probabilities, labels),
    )


def _score(scores: Said | Scores, index: int) -> ScoreInfo:
    logit, probability = (as_sent([values[index]])[0] for values in (scores.logits, scores.probabilities))
    return ScoreInfo(logit=logit, probability=probability)


def _classes(found: Found, labels: Sequence[str]) -> list[ClassScoresInfo]:
    """Before and after, of every class that is among the likeliest of either."""
    before, predicted, actual = found.before, found.predicted, found.actual
    told = (before, predicted) if actual is None else (before, predicted, actual)
    likeliest = (index for scores in told for index in top_classes(scores.logits, RANKED))
    return [
        ClassScoresInfo(
            index=index,
            label=labels[index],
            before=_score(before, index),
            predicted=_score(predicted, index),
            actual=None if actual is None else _score(actual, index),
        )
        for index in dict.fromkeys([found.asked.index, *likeliest])
    ]


def _contributions(asked: Asked, before: Said, labels: Sequence[str]) -> list[ContributionInfo]:
    wanted = [*top_classes(before.logits, RANKED), asked.index]
    indices = list(dict.fromkeys(wanted if asked.versus is None else [*wanted, asked.versus]))
    found = []
    for index, values in zip(indices, before.maps[indices], strict=True):
        part, shares = contribution(values, asked.parts), shares_of(values, asked.parts)
        found.append(
            ContributionInfo(
                index=index,
                label=labels[index],
                given=part.given,
                taken=part.taken,
                share_of_given=shares.given,
                share_of_taken=shares.taken,
            )
        )
    return found


def _picture_url(subject: Target, asked: Asked) -> str | None:
    alteration, explanation_id = asked.alteration, subject.row.id
    query: dict[str, str] = {"class": f"index:{asked.index}"}
    if asked.versus is not None:
        query["versus"] = f"index:{asked.versus}"
    query |= {"change": alteration.change.value, "fill": alteration.fill.value}
    query[alteration.kind.value] = place_text(alteration)
    if subject.scale != subject.row.scale:
        query["scale"] = f"{subject.scale:g}"
    words = urlencode(query, safe=":,;")
    return f"{API}/explanations/{explanation_id}/counterfactual.jpg?{words}" if len(words) <= LONGEST_QUERY else None


def place_text(alteration: Alteration) -> str:
    """A place as an address has it; app/counterfactual_query.py reads it."""
    match alteration.where:
        case Region() as region:
            return ",".join(map(_short, astuple(region)))
        case Outline(points=points):
            return ",".join(_short(value) for point in points for value in point)
        case Cells(parts=parts):
            return ";".join(",".join(f"{value:.4g}" for value in row) for row in parts)
        case fraction:
            return _short(fraction)


def _short(number: float) -> str:
    return f"{number:.10g}"


def _timing(stages: dict[str, float]) -> schemas.TimingInfo:
    return schemas.TimingInfo(**{stage: round(ms, 3) for stage, ms in stages.items()})
