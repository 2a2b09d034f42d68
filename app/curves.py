"""Numbers as lines of an SVG, loss and accuracy epoch by epoch above all; a table beside them has the numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.text import fixed, gettext, percent, share
from model.metrics import EpochFigures, Stage

WIDTH, HEIGHT = 320.0, 140.0
MARGIN = 4.0
LEVELS = 4
TENTHS = 10
Kind = Literal["learned", "held-out", "beside"]


@dataclass(frozen=True)
class Line:
    """One quantity, over the epochs as a rule.

    Attributes:
        kind: how it is drawn: solid, dashed or dotted
        title: what it is
        value: the last one, in words
        path: an SVG path in a frame of WIDTH x HEIGHT
    """

    kind: Kind
    title: str
    value: str
    path: str


@dataclass(frozen=True)
class Chart:
    """Up to three lines in a frame.

    Attributes:
        title: what they measure
        summary: all of it in a sentence, for those who cannot see it
        top: the value at the upper edge
        bottom: the value at the lower edge
        first: what stands under the left end, the first epoch
        last: the last one, in words
        levels: heights of the faint lines, from the upper edge
        width: of the frame
        height: of the frame
        marks: where faint lines stand upright, from the left edge
    """

    title: str
    summary: str
    top: str
    bottom: str
    first: str
    last: str
    lines: tuple[Line, ...]
    levels: tuple[float, ...]
    width: float = WIDTH
    height: float = HEIGHT
    marks: tuple[float, ...] = ()


@dataclass(frozen=True)
class StageCurves:
    """The charts and the epochs of one stage of a training."""

    name: Stage
    title: str
    charts: tuple[Chart, ...]
    epochs: tuple[EpochFigures, ...]


def stage_curves(epochs: Sequence[EpochFigures]) -> tuple[StageCurves, ...]:
    """The stages that have epochs, the latest first."""
    titles: dict[Stage, str] = {"network": gettext("Fine-tuning the network"), "head": gettext("Training the head")}
    found = []
    for name, title in titles.items():
        own = tuple(one for one in epochs if one.stage == name)
        if own:
            found.append(StageCurves(name, title, (_loss(own), _accuracy(own)), own))
    return tuple(found)


def _loss(epochs: Sequence[EpochFigures]) -> Chart:
    learned = [one.train_loss for one in epochs]
    held_out = [one.held_out_loss for one in epochs]
    top = max(*learned, *held_out, 1e-9)
    return Chart(
        title=gettext("Loss"),
        summary=gettext(
            "Loss over the epochs until number {count}: from {first} to {last} on pictures learned from, "
            "{held_out} on pictures held out."
        ).format(count=len(epochs), first=fixed(learned[0]), last=fixed(learned[-1]), held_out=fixed(held_out[-1])),
        top=fixed(top),
        bottom="0",
        first=gettext("epoch 1"),
        last=_last(epochs),
        lines=(
            Line("learned", gettext("learned from"), fixed(learned[-1]), path(learned, 0, top)),
            Line("held-out", gettext("held out"), fixed(held_out[-1]), path(held_out, 0, top)),
        ),
        levels=levels(),
    )


def _accuracy(epochs: Sequence[EpochFigures]) -> Chart:
    values = [one.held_out_accuracy for one in epochs]
    bottom = math.floor(min([*values, 1 - 1 / TENTHS]) * TENTHS) / TENTHS
    return Chart(
        title=gettext("Accuracy"),
        summary=gettext(
            "Accuracy on pictures held out, over the epochs until number {count}: from {first} to {last}, best {best}."
        ).format(count=len(epochs), first=percent(values[0]), last=percent(values[-1]), best=percent(max(values))),
        top="100%",
        bottom=share(bottom),
        first=gettext("epoch 1"),
        last=_last(epochs),
        lines=(Line("held-out", gettext("held out"), percent(values[-1]), path(values, bottom, 1)),),
        levels=levels(),
    )


def _last(epochs: Sequence[EpochFigures]) -> str:
    return gettext("epoch {number}").format(number=epochs[-1].epoch) if len(epochs) > 1 else ""


def levels() -> tuple[float, ...]:
    """Heights of faint lines at each quarter, from the upper edge."""
    return tuple(round(_height(step / LEVELS), 2) for step in range(LEVELS + 1))


def marks(every: float, last: float) -> tuple[float, ...]:
    """Where faint lines stand at each multiple of a number, from it to the last of those along the lower edge."""
    count = math.floor(last / every + 1e-9)
    return tuple(round(MARGIN + (WIDTH - 2 * MARGIN) * every * at / last, 2) for at in range(1, count + 1))


def _height(part: float) -> float:
    """From the upper edge, of a value at this part of the way up."""
    return MARGIN + (HEIGHT - 2 * MARGIN) * (1 - min(max(part, 0.0), 1.0))


def path(values: Sequence[float], bottom: float, top: float) -> str:
    """Values as an SVG path from edge to edge; a lone one is a level line.

    Args:
        values: at least one; beyond the edges they stay at the edge
        bottom: value at the lower edge
        top: value at the upper edge, more than `bottom`
    """
    drawn = list(values) if len(values) > 1 else [*values, *values]
    across = (WIDTH - 2 * MARGIN) / (len(drawn) - 1)
    points = [
        f"{MARGIN + across * index:.1f} {_height((value - bottom) / (top - bottom)):.1f}"
        for index, value in enumerate(drawn)
    ]
    return "M" + "L".join(points)
