"""The room of pooling: on numbers that are typed, on what was detected in a photo, on two dots."""

import math
from collections.abc import Sequence

import numpy as np
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from app.answers_learn import maps_of, strongest
from app.contexts_learn import Named, Picture
from app.contexts_learn_pooling import Choices, Condensed, DotsRow, DotsStep, OnNumbers, PooledStep
from app.errors import Unusable
from app.insides import Inside
from app.learn_numbers import LONGEST_TEXT, grid, read_numbers, short, written
from app.learn_pictures import grey_picture, map_picture
from app.learn_visit import Visit, asked_once
from app.sentences import sentence
from app.text import fixed, gettext, percent
from app.translated import translated
from model.cam import Array
from model.detection import FILTERS, brightness, correlate, kernel_of, rectify
from model.parameter_counts import Remaining, remaining
from model.pooling import Kind, Padding, Pooling, again, pool, two_dots

DOTS_SIDE = 16
TYPED = "0 1 0 0 2 0\n0 3 1 0 0 0\n0 0 0 0 0 7\n5 0 0 2 1 0\n0 0 0 1 9 1\n0 4 0 0 1 0"


class PoolingAsked(BaseModel):
    """The query of the room: the fields of its four forms.

    Attributes:
        numbers: to pool, one row a line
        kind: how they are pooled; with size, stride and padding
        source: a layer whose map is pooled; empty for the photo, through a filter
        channel: of the layer; -1 for its strongest
        filter: one of model.detection's
        by: how that is pooled; with over (size), every (stride) and edge (padding)
        times: how often
        dot: the column of the first dot, counted from 1
        apart: columns to the second
        side: of a photo whose numbers are counted; with kernel, filters and window
    """

    model_config = ConfigDict(frozen=True)

    numbers: str = Field(TYPED, max_length=LONGEST_TEXT)
    kind: Kind = Kind.MAX
    size: int = Field(2, ge=1, le=8)
    stride: int = Field(2, ge=1, le=8)
    padding: Padding = Padding.VALID
    source: str = Field("", max_length=300)
    channel: int = Field(-1, ge=-1, le=2**16)
    filter: str = Field(next(iter(FILTERS)), pattern=f"^({'|'.join(FILTERS)})$")
    by: Kind = Kind.MAX
    over: int = Field(2, ge=1, le=8)
    every: int = Field(2, ge=1, le=8)
    edge: Padding = Padding.VALID
    times: int = Field(3, ge=1, le=6)
    dot: int = Field(3, ge=1, le=8)
    apart: int = Field(1, ge=1, le=8)
    side: int = Field(96, ge=1, le=1024)
    kernel: int = Field(8, ge=1, le=1024)
    filters: int = Field(400, ge=1, le=100000)
    window: int = Field(10, ge=1, le=1024)

    @property
    def small(self) -> Pooling:
        """Of the numbers that are typed."""
        return Pooling(self.kind, self.size, self.stride, self.padding)

    @property
    def large(self) -> Pooling:
        """Of what was detected."""
        return Pooling(self.by, self.over, self.every, self.edge)

    @property
    def fields(self) -> dict[str, str]:
        """As they stand in the forms."""
        return {name: str(value) for name, value in self.model_dump(mode="json").items()}


def choices() -> Choices:
    """What pooling can be."""
    _ = gettext
    return Choices(
        kinds=(Named(Kind.MAX, _("the largest")), Named(Kind.AVERAGE, _("the average"))),
        paddings=(
            Named(Padding.VALID, _("valid: within the map")),
            Named(Padding.SAME, _("same: over the edge")),
        ),
    )


def on_numbers(asked: PoolingAsked) -> OnNumbers:
    """Pool the numbers that were typed; what is no map is refused in a sentence, beside the field."""
    try:
        values = read_numbers(asked.numbers)
    except Unusable as error:
        return OnNumbers(
            asked.numbers, (grid(gettext("Before"), read_numbers(TYPED)),), "", "", translated(error.detail)
        )
    how, (rows, columns) = asked.small, values.shape
    before = gettext("Before")
    if not (how.side(rows) and how.side(columns)):
        return OnNumbers(asked.numbers, (grid(before, values),), "", "", sentence("learn-no-window"))
    pooled = pool(values, how)
    seen = window_of(values.shape, how, 0, 0)
    sides = sentence("learn-sides", rows=counted_side(how, rows), columns=counted_side(how, columns))
    grids = grid(before, values, seen), grid(gettext("After"), pooled, (0, 0, 1, 1))
    top, left, bottom, right = seen
    return OnNumbers(written(values), grids, sides, came_about(how.kind, values[top:bottom, left:right]), None)


def window_of(shape: tuple[int, ...], how: Pooling, row: int, column: int) -> tuple[int, int, int, int]:
    """The cells of a map that one cell afterwards is made of: top, left, bottom, right, ends excluded."""
    (rows, columns), (above, _), (before, _) = shape, how.around(shape[0]), how.around(shape[1])
    top, left = row * how.stride - above, column * how.stride - before
    return max(0, top), max(0, left), min(rows, top + how.size), min(columns, left + how.size)


def counted_side(how: Pooling, side: int) -> str:
    """How a side afterwards is counted, in figures."""
    if how.padding is Padding.SAME:
        return f"⌈{side} / {how.stride}⌉ = {how.side(side)}"
    return f"⌊({side} − {how.size}) / {how.stride}⌋ + 1 = {how.side(side)}"


def came_about(kind: Kind, window: Array) -> str:
    """How one cell came about, in figures."""
    numbers = [short(value) for value in window.ravel().tolist()]
    if kind is Kind.MAX:
        return f"max({', '.join(numbers)}) = {short(float(window.max()))}"
    return f"({' + '.join(numbers)}) / {len(numbers)} = {short(float(window.mean()))}"


@asked_once
async def condense(visit: Visit, asked: PoolingAsked) -> Condensed:
    """From the photo, or a layer's map, to what pooling leaves.

    Raises:
        AppError, ModelError: 404 and 422 where the network has no such layer or map, 429, 503, 504
    """
    [inside] = await visit.look_inside()
    return await run_in_threadpool(condensed, inside, asked)


def condensed(inside: Inside, asked: PoolingAsked) -> Condensed:
    """The same, of what the network's layers gave."""
    if asked.source:
        first = _channel(inside, asked)
        number = str(_channel_number(inside, asked) + 1)
        title = sentence("learn-layer-map", number=number, layer=asked.source)
        made = [_step(title, first)]
    else:
        light = brightness(inside.pixels)
        found = correlate(light, kernel_of(asked.filter))
        first = rectify(found)
        grey = sentence("learn-photo-grey")
        made = [
            _step(grey, light, grey_picture(light, grey)),
            _step(sentence("learn-photo-filtered"), found),
            _step(sentence("learn-photo-rectified"), first),
        ]
    maps = again(first, asked.large, asked.times)
    made += [_step(sentence("learn-pooled", times=str(at)), one) for at, one in enumerate(maps[1:], 1)]
    return Condensed(inside.layers, tuple(made), what_is_left(maps, asked.large, asked.times))


def _channel(inside: Inside, asked: PoolingAsked) -> Array:
    number = _channel_number(inside, asked)
    one: Array = maps_of(inside, asked.source, number, 1)[0]
    return one


def _channel_number(inside: Inside, asked: PoolingAsked) -> int:
    if asked.channel >= 0:
        return asked.channel
    return strongest(maps_of(inside, asked.source, 0, 2**16), 1)[0]


def _step(title: str, values: Array, picture: Picture | None = None) -> PooledStep:
    (rows, columns), largest = values.shape, float(values.max())
    count = f"{values.size:,}"
    note = sentence("learn-step-numbers", columns=str(columns), rows=str(rows), count=count, largest=fixed(largest))
    return PooledStep(title, picture or map_picture(values, title), values.size, largest, note)


def what_is_left(maps: Sequence[Array], how: Pooling, times: int) -> str:
    """How much of what was found pooling leaves, where it stopped early, and what became of the strongest, in words."""
    first, last, done = maps[0], maps[-1], len(maps) - 1
    if not done:
        return sentence("learn-no-window")
    told = [
        sentence(
            "learn-left",
            first=f"{first.size:,}",
            last=f"{last.size:,}",
            share=percent(last.size / first.size),
            before=fixed(float(first.max())),
            after=fixed(float(last.max())),
        )
    ]
    if last.max() < first.max():
        told.append(_lost(how))
    if done < times:
        told.append(sentence("learn-left-stopped", done=str(done), rows=str(last.shape[0]), columns=str(last.shape[1])))
    return " ".join(told)


def _lost(how: Pooling) -> str:
    """How the strongest response was lost."""
    if how.kind is Kind.AVERAGE:
        return sentence("learn-left-spread")
    return sentence("learn-left-skipped") if how.stride > how.size else sentence("learn-left-cut")


def dots(asked: PoolingAsked) -> tuple[DotsRow, ...]:
    """Two dots, pooled again and again in both ways."""
    titles = {Kind.MAX: gettext("Largest of 2 × 2"), Kind.AVERAGE: gettext("Average of 2 × 2")}
    rows = []
    for kind, title in titles.items():
        maps = again(two_dots(DOTS_SIDE, asked.dot - 1, asked.apart), Pooling(kind), round(math.log2(DOTS_SIDE)))
        merged = next(at for at, one in enumerate(maps) if np.count_nonzero(one) == 1)
        values = {"times": str(merged), "value": brightest(maps[-1])}
        told = sentence("learn-dots-max", **values) if kind is Kind.MAX else sentence("learn-dots-average", **values)
        rows.append(DotsRow(title, tuple(map(_dots_step, maps)), told))
    return tuple(rows)


def _dots_step(values: Array) -> DotsStep:
    title = sentence("learn-dots-step", side=str(len(values)), value=brightest(values))
    return DotsStep(title, map_picture(values, title, 1.0))


def brightest(values: Array) -> str:
    """The largest of a map of shares of one, each one over a whole number."""
    part = round(1 / float(values.max()))
    return f"1/{part}" if part > 1 else "1"


def counted(asked: PoolingAsked) -> Remaining | None:
    """How many numbers filters leave; None where a filter or a window does not fit."""
    try:
        return remaining(asked.side, asked.kernel, asked.filters, asked.window)
    except ValueError:
        return None
