"""The room of the location in words and pictures; static/js/learn-*.js say the same of what is tried there."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from app.contexts_learn import Named
from app.contexts_learn_location import CoverShown, FlatLine, LogitLine, RowShown, ShuffleShown, TwoWays
from app.examples import examples
from app.learn_cells import cells_picture, maps_of
from app.learn_flattened import SHUFFLES, Flattened, Learned
from app.learn_location import (
    MIXED,
    SHOWN,
    Covered,
    Shuffled,
    choices,
    largest_residual,
    most_different,
)
from app.learn_numbers import precise
from app.learn_visit import Looked
from app.sentences import sentence
from app.text import fixed, gettext, percent, signed, summing_decimals, tiny
from model.cam import Array
from model.rendering import Mode, limit
from model.scores import top_classes
from model.shuffling import logits_of, pooled, shuffled_order

MIXED_ROW, EVEN_ROW = "mixed", "even"


class RowAsked(BaseModel):
    """Which row of the head is shown: between two of the choices.

    Attributes:
        one: a class's index, MIXED_ROW or EVEN_ROW; empty for the most probable class
        other: the same; empty for the one whose map is least like it
        part: how far from the one to the other, in percent
    """

    model_config = ConfigDict(frozen=True)

    one: str = Field("", pattern=rf"^(\d{{1,7}}|{MIXED_ROW}|{EVEN_ROW})?$")
    other: str = Field("", pattern=rf"^(\d{{1,7}}|{MIXED_ROW}|{EVEN_ROW})?$")
    part: int = Field(100, ge=0, le=100)


def shuffle_shown(found: Shuffled, labels: Sequence[str]) -> ShuffleShown:
    """Cells in another order."""
    answer = found.still.answer
    maps, best = maps_of(answer), top_classes(answer.logits, min(SHOWN, len(labels)))
    values = maps[best[0]]
    lines = tuple(
        LogitLine(
            labels[index],
            precise(answer.logits[index]),
            precise(found.ordered[index]),
            precise(found.shuffled[index]),
            tiny(float(found.shuffled[index]) - float(found.ordered[index])),
        )
        for index in best
    )
    return ShuffleShown(
        cells_picture(found.still, values, gettext("The map’s cells over the photo")),
        cells_picture(found.still, values, gettext("The same cells, shuffled"), found.order),
        lines,
        sentence(
            "learn-shuffled",
            moved=str(found.moved),
            cells=str(len(found.order)),
            same=f"{found.same:,}",
            count=f"{found.vector.size:,}",
        ),
        limit_told(values),
        pieces_told(found, labels),
    )


def pieces_told(found: Shuffled, labels: Sequence[str]) -> str:
    """What the network says of the photo that is shuffled itself."""
    before, after = found.still.answer, found.pieces.answer
    index, now = int(before.logits.argmax()), int(after.logits.argmax())
    return sentence(
        "learn-pieces",
        label=labels[index],
        before=percent(float(before.probabilities[index])),
        after=percent(float(after.probabilities[index])),
        first=labels[now],
        probability=percent(float(after.probabilities[now])),
    )


def two_ways(found: Shuffled, labels: Sequence[str]) -> TwoWays:
    """The most probable class's logit, reached both ways."""
    answer = found.still.answer
    index = int(answer.logits.argmax())
    mean, bias, logit = (
        float(maps_of(answer)[index].mean(dtype=np.float64)),
        float(answer.bias[index]),
        float(answer.logits[index]),
    )
    proof, off = proof_of(mean, bias, logit)
    return TwoWays(
        labels[index],
        precise(found.ordered[index]),
        precise(float(np.float32(mean + bias))),
        precise(logit),
        proof,
        off,
    )


def proof_of(mean: float, bias: float, logit: float) -> tuple[str, str]:
    """The identity in numbers, and by how much it is off."""
    digits = summing_decimals(mean, bias, logit)
    numbers = {"mean": fixed(mean, digits), "bias": fixed(bias, digits), "logit": fixed(logit, digits)}
    return sentence("proof", **numbers), sentence("proof-off", residual=tiny(mean + bias - logit))


def cover_shown(found: Covered, labels: Sequence[str]) -> CoverShown:
    """A part of the photo covered."""
    before, after = found.maps
    full = limit(np.stack([before, after]), Mode.SIGNED)
    return CoverShown(
        cells_picture(found.still, before, gettext("The map before"), full=full),
        cells_picture(found.after, after, sentence("learn-cover-after"), full=full),
        *cover_told(found, labels),
        limit_told(before, after),
    )


def limit_told(*maps: Array) -> str:
    """What the strongest colour stands for, of maps that share their colours."""
    return sentence("learn-limit", limit=fixed(max(limit(values, Mode.SIGNED) for values in maps)))


def cover_told(found: Covered, labels: Sequence[str]) -> tuple[str, str]:
    """What covering a part did, and where the change comes from."""
    index, before, after = found.index, found.still.answer, found.after.answer
    was, is_now = float(before.logits[index]), float(after.logits[index])
    inside, outside = found.split
    told = sentence(
        "learn-covered",
        label=labels[index],
        logit=fixed(was),
        now=fixed(is_now),
        before=percent(float(before.probabilities[index])),
        after=percent(float(after.probabilities[index])),
        first=labels[int(after.logits.argmax())],
    )
    digits = summing_decimals(inside, outside, inside + outside)
    split = sentence(
        "learn-covered-split",
        change=signed(inside + outside, digits),
        inside=signed(inside, digits),
        outside=signed(outside, digits),
    )
    return told, split


def row_choices(looked: Looked, labels: Sequence[str]) -> tuple[Named, ...]:
    """Rows of the head to choose from, and two that nobody has learned."""
    _ = gettext
    learned = [Named(str(index), labels[index]) for index in choices(looked.answer)]
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


def row_filled(looked: Looked, asked: RowAsked, named: Sequence[Named]) -> RowAsked:
    """What was asked for, with what was left open; what is no choice is left open, too."""
    known = {choice.value for choice in named}
    one = asked.one if asked.one in known else named[0].value
    maps = maps_of(looked.answer)
    learned = [int(choice.value) for choice in named if choice.value.isdigit()]
    other = str(learned[most_different([maps[index] for index in learned])])
    return RowAsked(one=one, other=asked.other if asked.other in known else other, part=asked.part)


def row_shown(looked: Looked, asked: RowAsked) -> RowShown:
    """The map of a row between two."""
    maps, part = maps_of(looked.answer), asked.part / 100
    (one, first), (other, second) = row_of(looked, asked.one), row_of(looked, asked.other)
    row = ((1 - part) * one + part * other).astype(np.float32)
    bias = (1 - part) * first + part * second
    values: Array = np.tensordot(row, maps.features, axes=1).astype(np.float32)
    logit = float(logits_of(pooled(maps.features), row[None], np.array([bias], np.float32))[0])
    proof, _ = proof_of(float(values.mean(dtype=np.float64)), bias, logit)
    return RowShown(cells_picture(looked, values, sentence("learn-row-label")), proof, limit_told(values))


def flat_lines(found: Flattened) -> tuple[FlatLine, ...]:
    """Both heads, learned from a few photos."""
    titles = {example.name: example.title for example in examples()} | {"": gettext("Your photo")}

    def called(scores: Array) -> str:
        first = int(scores.argmax())
        return sentence("learn-called", title=titles[found.names[first]], score=fixed(float(scores[first]), 2))

    def line(title: str, one: Learned) -> FlatLine:
        lead = sentence("learn-lead", lead=fixed(one.lead, 2), right=str(one.right), count=str(SHUFFLES))
        return FlatLine(title, f"{one.parameters:,}", called(one.ordered), called(one.shuffled), lead)

    return (
        line(gettext("Average, then one layer"), found.means),
        line(gettext("Flatten, then one layer"), found.cells),
    )


def everything(looked: Looked) -> str:
    """That every class's map adds up to its logit."""
    count = len(looked.answer.logits)
    return sentence("learn-all-add-up", count=f"{count:,}", residual=tiny(largest_residual(looked.answer)))
