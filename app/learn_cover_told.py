"""Covered cells in words, numbers and pictures."""

import math
from collections.abc import Sequence

import numpy as np

from app.comparison_told import legend_of
from app.contexts_learn_location import AccountLine, CoverShown
from app.learn_cover import Covered
from app.learn_pieces import cells_picture
from app.learn_visit import Looked
from app.sentences import sentence
from app.text import fixed, gettext, percent, signed
from model.rendering import Mode, limit

FEWEST_DECIMALS, MOST_DECIMALS = 2, 6


def cover_shown(found: Covered, blank: Looked, labels: Sequence[str]) -> CoverShown:
    """Cells of the photo covered; `blank` is what the network says of nothing but their colour."""
    before, after = found.maps
    full = limit(np.stack([before, after]), Mode.SIGNED)
    return CoverShown(
        cells_picture(found.still, before, gettext("The map before"), full=full, outlined=found.cells),
        cells_picture(found.after, after, sentence("learn-cover-after"), full=full, outlined=found.cells),
        " ".join(cover_told(found, labels)),
        account(found, labels),
        sentence(
            "learn-covered-blank",
            logit=fixed(float(blank.answer.logits[found.index])),
            label=labels[found.index],
        ),
        legend_of(full),
    )


def cover_told(found: Covered, labels: Sequence[str]) -> list[str]:
    """What became of the class, sentence by sentence."""
    index, before, after = found.index, found.still.answer, found.after.answer
    if not found.cells:
        return [sentence("learn-covered-none")]
    rise = float(after.logits[index] - before.logits[index])
    gain = float(after.probabilities[index] - before.probabilities[index])
    was_first, first = labels[int(before.logits.argmax())], labels[int(after.logits.argmax())]
    told = [
        sentence(
            "learn-covered",
            label=labels[index],
            logit=fixed(float(before.logits[index])),
            now=fixed(float(after.logits[index])),
            before=percent(float(before.probabilities[index])),
            after=percent(float(after.probabilities[index])),
        )
    ]
    if rise * gain < 0:
        told.append(sentence("learn-covered-others-rise" if rise > 0 else "learn-covered-others-fall"))
    same = first == was_first
    told.append(sentence("learn-covered-same" if same else "learn-covered-other", first=first, before=was_first))
    return told


def account(found: Covered, labels: Sequence[str]) -> tuple[AccountLine, ...]:
    """What the class's logit is made of, before and after; the lines add up to the last one."""
    answers, covered, others = (found.still.answer, found.after.answer), *found.shares
    bias = float(answers[0].bias[found.index]), float(answers[1].bias[found.index])
    logit = float(answers[0].logits[found.index]), float(answers[1].logits[found.index])
    digits = _adding_decimals(zip(covered, others, bias, logit, strict=True))
    count = found.maps[0].size - len(found.cells)
    titles = (
        sentence("learn-covered-cells", count=str(len(found.cells))),
        sentence("learn-other-cells", count=str(count)),
        gettext("Bias"),
        sentence("learn-logit-of", label=labels[found.index]),
    )
    return tuple(
        AccountLine(title, signed(first, digits), signed(second, digits), signed(second - first, digits))
        for title, (first, second) in zip(titles, (covered, others, bias, logit), strict=True)
    )


def _adding_decimals(columns: "zip[tuple[float, ...]]") -> int:
    """Decimals with which every column's last number is the sum of the others also as they are written, if any."""
    all_columns = list(columns)
    for digits in range(FEWEST_DECIMALS, MOST_DECIMALS):
        written = [[math.floor(value * 10**digits + 0.5) for value in column] for column in all_columns]
        if all(sum(parts) == total for *parts, total in written):
            return digits
    return FEWEST_DECIMALS
