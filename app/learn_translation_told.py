"""The room of translation in words, pictures and curves."""

import math
from collections.abc import Sequence

import numpy as np

from app.contexts_learn import Named, Picture
from app.contexts_learn_translation import LayerLine, MovedShown
from app.curves import Chart, Line, levels, path
from app.decimals import as_sent
from app.insides import Inside
from app.learn_pictures import photo_picture
from app.learn_translation import LayerMoved, Moved, MovedCurves, ShiftAsked
from app.learn_visit import Picked
from app.schemas_learn_translation import MovedCurvesInfo, MovedInfo, MovedLayer, MovedSide
from app.sentences import sentence
from app.text import fixed, gettext, percent, plain
from model.rendering import Mode, Style, limit, overlay
from model.shifting import Edge, mean_colour

OVER = Style(grey=True)


def edges() -> tuple[Named, ...]:
    """What may come in."""
    return (
        Named(Edge.AROUND, gettext("the photo’s other side")),
        Named(Edge.FILL, gettext("the photo’s mean colour")),
    )


def moved_shown(found: Moved, labels: Sequence[str]) -> MovedShown:
    """The photo before and after it was moved."""
    both = found.still, found.moved
    maps = [inside.maps[found.index] for inside in both if inside.maps is not None]
    full = limit(np.stack(maps), Mode.SIGNED) if maps else None
    titles = gettext("The map over the photo"), gettext("The map over the photo that was moved")
    before, after = (_picture(inside, found.index, title, full) for inside, title in zip(both, titles, strict=True))
    return MovedShown(
        before,
        after,
        told(found, labels),
        "" if full is None else sentence("learn-limit", limit=fixed(full)),
        tuple(layer_line(layer) for layer in found.layers),
    )


def _picture(inside: Inside, index: int, alt: str, full: float | None) -> Picture:
    if inside.maps is None or inside.grid is None:
        return photo_picture(inside.pixels, alt)
    return photo_picture(overlay(inside.pixels, inside.maps[index], inside.grid, OVER, inside.photo_size, full), alt)


def layer_line(layer: LayerMoved) -> LayerLine:
    """A layer's line of the table."""
    cells = " / ".join(fixed(part, 0 if part.is_integer() else 2) for part in layer.cells)
    return LayerLine(layer.name, plain(round(layer.stride, 2)), cells, fixed(layer.along, 3), fixed(layer.stayed, 3))


def told(found: Moved, labels: Sequence[str]) -> str:
    """What became of the score."""
    index, before, after = found.index, found.still, found.moved
    return sentence(
        "learn-moved",
        label=labels[index],
        logit=fixed(float(before.logits[index])),
        now=fixed(float(after.logits[index])),
        before=percent(float(before.probabilities[index])),
        after=percent(float(after.probabilities[index])),
        first=labels[int(after.logits.argmax())],
    )


def charts(found: MovedCurves, labels: Sequence[str]) -> tuple[Chart, ...]:
    """The score, and how far the last maps moved along, over the shift."""
    label = labels[found.index]
    values = [float(value) for value in found.logits]
    made = [_chart(sentence("learn-curve-logit", label=label), values, max(0.0, *values), min(0.0, *values), found)]
    if found.along is not None:
        lowest = min(0.9, math.floor(min(found.along) * 10) / 10)
        made.append(_chart(sentence("learn-curve-along"), list(found.along), 1.0, lowest, found))
    return tuple(made)


def _chart(title: str, values: list[float], top: float, bottom: float, found: MovedCurves) -> Chart:
    least, most = min(values), max(values)
    line = Line("held-out", sentence("learn-between"), f"{fixed(least)} – {fixed(most)}", path(values, bottom, top))
    summary = sentence("learn-curve", title=title, least=fixed(least), most=fixed(most))
    return Chart(
        title=title,
        summary=summary,
        top=fixed(top, 1),
        bottom=fixed(bottom, 1),
        last=sentence("learn-pixels", count=str(found.shifts[-1])),
        lines=(line,),
        levels=levels(),
        first=sentence("learn-pixels", count="0"),
    )


def moved_info(picked: Picked, found: Moved, asked: ShiftAsked) -> MovedInfo:
    """The whole answer, as JSON."""
    labels = picked.entry.spec.labels
    return MovedInfo(
        photo=picked.key,
        right=asked.right,
        down=asked.down,
        edge=asked.edge,
        width=found.still.input_width,
        height=found.still.input_height,
        fill=mean_colour(found.still.pixels).tolist(),
        index=found.index,
        label=labels[found.index],
        before=_side(found.still, found.index),
        after=_side(found.moved, found.index),
        first=labels[int(found.moved.logits.argmax())],
        layers=[
            MovedLayer(
                name=layer.name,
                stride=layer.stride,
                cells_right=layer.cells[0],
                cells_down=layer.cells[1],
                along=layer.along,
                stayed=layer.stayed,
            )
            for layer in found.layers
        ],
        sentences=[told(found, labels)],
    )


def _side(inside: Inside, index: int) -> MovedSide:
    return MovedSide(
        logit=as_sent(inside.logits[index]),
        probability=as_sent(inside.probabilities[index]),
        map=None if inside.maps is None else as_sent(inside.maps[index]),
    )


def curves_info(picked: Picked, found: MovedCurves, edge: Edge) -> MovedCurvesInfo:
    """The whole answer, as JSON."""
    return MovedCurvesInfo(
        photo=picked.key,
        edge=edge,
        index=found.index,
        label=picked.entry.spec.labels[found.index],
        shifts=list(found.shifts),
        logits=as_sent(found.logits),
        probabilities=as_sent(found.probabilities),
        along=None if found.along is None else list(found.along),
    )
