"""The curves in the room of translation: a score and layers over the shift, in charts, words and a table."""

import math
from collections.abc import Sequence

import numpy as np

from app.contexts_learn_translation import CurvesShown, ScoreLine
from app.curves import Chart, Line, levels, marks, path
from app.decimals import as_sent
from app.learn_translation_curves import LayerFollowed, MovedCurves
from app.learn_visit import Picked
from app.schemas_learn_translation import FollowedClass, FollowedLayer, MovedCurvesInfo
from app.sentences import sentence
from app.text import fixed, gettext, percent, plain
from model.shifting import Edge


def curves_shown(found: MovedCurves, labels: Sequence[str]) -> CurvesShown:
    """All of them."""
    strides = [layer.stride for layer in found.layers]
    lowest = min((value for layer in found.layers for value in (*layer.along, *(layer.inner or ()))), default=1.0)
    bottom = min(0.9, math.floor(lowest * 10) / 10)
    return CurvesShown(
        told=_told(found, labels),
        score=_score_chart(found, labels),
        scores=tuple(_score(found, at, labels) for at in range(len(found.classes))),
        layers=tuple(_layer_chart(layer, bottom, found) for layer in found.layers),
        border=found.border if strides else 0,
        furthest=found.shifts[-1],
    )


def _told(found: MovedCurves, labels: Sequence[str]) -> str:
    """How much "nearly" is."""
    least, most = _ends(found.logits[:, 0])
    return sentence(
        "learn-nearly",
        label=labels[found.classes[0]],
        least=fixed(least),
        most=fixed(most),
        spread=fixed(most - least, 2),
        first=str(found.first),
        count=str(len(found.shifts)),
    )


def _ends(values: Sequence[float] | np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[float, float]:
    return float(min(values)), float(max(values))


def _score(found: MovedCurves, at: int, labels: Sequence[str]) -> ScoreLine:
    logits, chances = found.logits[:, at], found.probabilities[:, at]
    least, most = _ends(logits)
    return ScoreLine(
        labels[found.classes[at]],
        fixed(float(logits[0])),
        f"{fixed(least)} – {fixed(most)}",
        fixed(most - least, 2),
        f"{percent(float(chances.min()))} – {percent(float(chances.max()))}",
    )


def _score_chart(found: MovedCurves, labels: Sequence[str]) -> Chart:
    title = sentence("learn-curve-logit", label=labels[found.classes[0]])
    values = found.logits[:, 0].tolist()
    top, bottom = max(0.0, *values), min(0.0, *values)
    line = Line("held-out", sentence("learn-between"), _from_to(values), path(values, bottom, top))
    return _chart(title, _summary(title, values), (bottom, top), (line,), found)


def _layer_chart(layer: LayerFollowed, bottom: float, found: MovedCurves) -> Chart:
    stride = round(layer.stride, 2)
    title = sentence("learn-curve-stride", stride=plain(stride), layer=layer.name)
    every = Line("held-out", gettext("all cells"), _at_whole(layer, layer.along), path(layer.along, bottom, 1.0))
    lines, summary = [every], _summary(title, layer.along, 3)
    if layer.inner is not None:
        inner = path(layer.inner, bottom, 1.0)
        lines.append(Line("learned", gettext("without the border"), _at_whole(layer, layer.inner), inner))
        summary += " " + _summary(gettext("without the border"), layer.inner, 3)
    return _chart(title, summary, (bottom, 1.0), tuple(lines), found, marks(layer.stride, found.shifts[-1]))


def _at_whole(layer: LayerFollowed, values: Sequence[float]) -> str:
    """The least of a layer's values, and the least where the photo was moved by whole cells."""
    whole = [value for shift, value in enumerate(values) if shift and (shift / layer.stride).is_integer()]
    if not whole:
        return _from_to(values, 3)
    return sentence("learn-whole-cells", least=fixed(min(values), 3), whole=fixed(min(whole), 3))


def _from_to(values: Sequence[float], decimals: int = 2) -> str:
    least, most = _ends(values)
    return f"{fixed(least, decimals)} – {fixed(most, decimals)}"


def _summary(title: str, values: Sequence[float], decimals: int = 2) -> str:
    least, most = _ends(values)
    return sentence("learn-curve", title=title, least=fixed(least, decimals), most=fixed(most, decimals))


def _chart(
    title: str,
    summary: str,
    ends: tuple[float, float],
    lines: tuple[Line, ...],
    found: MovedCurves,
    upright: tuple[float, ...] = (),
) -> Chart:
    return Chart(
        title=title,
        summary=summary,
        top=fixed(ends[1], 1),
        bottom=fixed(ends[0], 1),
        last=sentence("learn-pixels", count=str(found.shifts[-1])),
        lines=lines,
        levels=levels(),
        first=sentence("learn-pixels", count="0"),
        marks=upright,
    )


def curves_info(picked: Picked, found: MovedCurves, edge: Edge) -> MovedCurvesInfo:
    """The whole answer, as JSON."""
    labels = picked.entry.spec.labels
    return MovedCurvesInfo(
        photo=picked.key,
        edge=edge,
        shifts=list(found.shifts),
        border=found.border,
        first=found.first,
        classes=[
            FollowedClass(
                index=index,
                label=labels[index],
                logits=as_sent(found.logits[:, at]),
                probabilities=as_sent(found.probabilities[:, at]),
            )
            for at, index in enumerate(found.classes)
        ],
        layers=[
            FollowedLayer(
                name=layer.name,
                stride=layer.stride,
                along=list(layer.along),
                inner=None if layer.inner is None else list(layer.inner),
            )
            for layer in found.layers
        ],
        sentences=[_told(found, labels)],
    )
