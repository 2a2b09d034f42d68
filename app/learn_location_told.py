"""The room of the location in words and pictures; static/js/learnshuffle.js says the same of what is tried there."""

from collections.abc import Sequence

import numpy as np

from app.comparison_told import legend_of
from app.contexts_learn_location import LogitLine, ShuffleShown, TwoWays
from app.learn_cells import maps_of
from app.learn_location import SHOWN, Shuffled, largest_residual
from app.learn_numbers import precise
from app.learn_pieces import cells_picture
from app.learn_visit import Looked, Picked
from app.sentences import sentence
from app.text import fixed, gettext, percent, summing_decimals, tiny
from model.rendering import Mode, limit
from model.scores import top_classes


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
        legend_of(limit(values, Mode.SIGNED)),
        pieces_told(found, labels),
    )


def pieces_told(found: Shuffled, labels: Sequence[str]) -> str:
    """What the network says of the photo that is shuffled itself."""
    if not found.moved:
        return sentence("learn-pieces-still")
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


def two_ways(found: Shuffled, picked: Picked) -> TwoWays:
    """The most probable class's logit, reached both ways."""
    labels, network = picked.entry.spec.labels, picked.entry.name
    photo = gettext("Your photo") if picked.example is None else picked.example.title
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
        gettext("{photo}, and what makes it “{label}” for {network}:").format(
            photo=photo, label=labels[index], network=network
        ),
        proof,
        off,
    )


def proof_of(mean: float, bias: float, logit: float) -> tuple[str, str]:
    """The identity in numbers, and by how much it is off."""
    digits = summing_decimals(mean, bias, logit)
    numbers = {"mean": fixed(mean, digits), "bias": fixed(bias, digits), "logit": fixed(logit, digits)}
    return sentence("proof", **numbers), sentence("proof-off", residual=tiny(mean + bias - logit))


def everything(looked: Looked) -> str:
    """That every class's map adds up to its logit."""
    count = len(looked.answer.logits)
    return sentence("learn-all-add-up", count=f"{count:,}", residual=tiny(largest_residual(looked.answer)))
