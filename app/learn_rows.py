"""Rows of a head over the same maps: those of classes, a shuffled one, one of equal weights, and any between two."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from app.comparison_told import legend_of
from app.contexts_learn import Named
from app.contexts_learn_location import RowShown, RowsShown
from app.learn_cells import maps_of
from app.learn_location_told import proof_of
from app.learn_pieces import cells_picture
from app.learn_visit import Looked
from app.sentences import sentence
from app.text import gettext, signed
from model.cam import Array
from model.classifier import Explanation
from model.rendering import Mode, limit
from model.scores import top_classes
from model.shuffling import logits_of, pooled, shuffled_order

CLASSES = 8  # of the most probable ones, to take a row of the head from
MIXED_ROW, EVEN_ROW = "mixed", "even"
MIXED = 1  # which order a row's weights are put in


class RowAsked(BaseModel):
    """Which rows of the head are shown: two, and one between them.

    Attributes:
        one: a class's index, MIXED_ROW or EVEN_ROW; empty for the most probable class
        other: the same; empty for a likely one that finds its evidence elsewhere
        part: how far from the one to the other, in percent
    """

    model_config = ConfigDict(frozen=True)

    one: str = Field("", pattern=rf"^(\d{{1,7}}|{MIXED_ROW}|{EVEN_ROW})?$")
    other: str = Field("", pattern=rf"^(\d{{1,7}}|{MIXED_ROW}|{EVEN_ROW})?$")
    part: int = Field(50, ge=0, le=100)


def choices(answer: Explanation) -> list[int]:
    """Classes to take a row of the head from: the most probable ones, and the least probable one."""
    count = len(answer.logits)
    return list(dict.fromkeys([*top_classes(answer.logits, min(CLASSES, count)), int(answer.logits.argmin())]))


def elsewhere(maps: Sequence[Array]) -> int:
    """Which of the maps after the first is least like it, of those whose strongest cell is another and gives."""
    flat = [values.ravel() - values.mean() for values in maps]
    likeness = [float(one @ flat[0] / (np.linalg.norm(one) * np.linalg.norm(flat[0]) or 1)) for one in flat]
    first = int(maps[0].argmax())
    others = [at for at in range(1, len(maps)) if maps[at].argmax() != first and maps[at].max() > 0]
    return min(others or range(1, len(maps)), key=lambda at: likeness[at])


def row_filled(looked: Looked, asked: RowAsked) -> RowAsked:
    """What was asked for, with what was left open; a class that there is not is left open, too."""
    maps, likely = maps_of(looked.answer), choices(looked.answer)[:-1] or choices(looked.answer)
    one, other = (value if _is_row(looked, value) else "" for value in (asked.one, asked.other))
    best = elsewhere([maps[index] for index in likely]) if len(likely) > 1 else 0
    return RowAsked(one=one or str(likely[0]), other=other or str(likely[best]), part=asked.part)


def _is_row(looked: Looked, value: str) -> bool:
    return value in (MIXED_ROW, EVEN_ROW) or (value.isdigit() and int(value) < len(looked.answer.logits))


def shown_classes(looked: Looked, row: RowAsked) -> list[int]:
    """The classes that can be chosen from: those to begin with, and what was asked for."""
    asked = (int(value) for value in (row.one, row.other) if value.isdigit())
    return list(dict.fromkeys([*choices(looked.answer), *asked]))


def row_choices(looked: Looked, row: RowAsked, labels: Sequence[str]) -> tuple[Named, ...]:
    """Rows of the head to choose from, and two that nobody has learned."""
    _ = gettext
    learned = [Named(str(index), labels[index]) for index in shown_classes(looked, row)]
    first = {"label": learned[0].title}
    return (
        *learned,
        Named(MIXED_ROW, _("the weights of “{label}”, shuffled").format(**first)),
        Named(EVEN_ROW, _("the same weight for every map")),
    )


def row_of(looked: Looked, value: str) -> tuple[Array, float]:
    """A row of weights (C,), and its bias.

    Raises:
        IndexError: there is no such class
    """
    maps = maps_of(looked.answer)
    channels = len(maps.features)
    if value == EVEN_ROW:
        return np.full(channels, 1 / channels, np.float32), 0.0
    index = int(looked.answer.logits.argmax()) if value == MIXED_ROW else int(value)
    row = np.eye(channels, dtype=np.float32)[index] if maps.weight is None else maps.weight[index]
    if value == MIXED_ROW:
        return row[shuffled_order(channels, MIXED)], 0.0
    return row, float(looked.answer.bias[index])


def rows_shown(looked: Looked, asked: RowAsked) -> RowsShown:
    """The maps of two rows and of one between them, in the same colours."""
    (one, first), (other, second) = row_of(looked, asked.one), row_of(looked, asked.other)
    part = asked.part / 100
    rows = [
        (one, first),
        (((1 - part) * one + part * other).astype(np.float32), (1 - part) * first + part * second),
        (other, second),
    ]
    features = maps_of(looked.answer).features
    maps = [np.tensordot(row, features, axes=1).astype(np.float32) for row, _ in rows]
    full = limit(np.stack(maps), Mode.SIGNED)
    first_shown, between, other_shown = (
        _row_shown(looked, values, row, bias, full) for values, (row, bias) in zip(maps, rows, strict=True)
    )
    return RowsShown(first_shown, between, other_shown, legend_of(full))


def _row_shown(looked: Looked, values: Array, row: Array, bias: float, full: float) -> RowShown:
    vector = pooled(maps_of(looked.answer).features)
    logit = float(logits_of(vector, row[None], np.array([bias], np.float32))[0])
    proof, _ = proof_of(float(values.mean(dtype=np.float64)), bias, logit)
    peak = int(values.argmax())
    down, across = divmod(peak, values.shape[1])
    strongest = sentence(
        "learn-row-strongest",
        row=str(down + 1),
        column=str(across + 1),
        value=signed(float(values.flat[peak])),
    )
    picture = cells_picture(looked, values, sentence("learn-row-label"), full=full, outlined=(peak,))
    return RowShown(picture, strongest, proof)
