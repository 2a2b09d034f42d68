"""Two networks' looks at one photo, put beside each other: which classes, which evidence, where."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.classes import named_classes
from app.errors import Unusable
from app.looks import Look, Side
from app.shown import ClassMap
from model.comparison import Comparison, Pair, compare, shared_classes
from model.coverage import Region, Size
from model.evidence import Evidence, PlacedMap, Shares, evidence, shares
from model.regions import Box, box
from model.rendering import Mode, limit
from model.scores import top_classes


class Match(StrEnum):
    """Why two classes are taken to be one, if they are."""

    LABEL = "label"
    CHOSEN = "chosen"
    NONE = "none"


class Kind(StrEnum):
    """Where a region comes from."""

    BEFORE = "before"
    AFTER = "after"
    DRAWN = "drawn"


@dataclass(frozen=True)
class Choice:
    """What is to be compared.

    Attributes:
        label: a class, of the network before or else of the one after: its label, or "index:285"
        other: a class of the network after, to be taken for the same, whatever its label
        region: where to measure the evidence, in pixels of the photo, besides the boxes
    """

    label: str | None = None
    other: str | None = None
    region: Region | None = None


@dataclass(frozen=True)
class Seen:
    """A class under one network.

    Attributes:
        numbers: its label and numbers
        map: its map on the photo; None where the head has none
        box: the paper's; None where nothing is positive
        evidence: what its cells add and take; None where the head has no map
    """

    numbers: ClassMap
    map: PlacedMap | None
    box: Box | None
    evidence: Evidence | None


@dataclass(frozen=True)
class Measured:
    """A region, its share of the photo's area, and the shares of the evidence in it, before and after."""

    kind: Kind
    region: Region
    area: float
    before: Shares
    after: Shares


@dataclass(frozen=True)
class Compared:
    """One class before and after.

    Attributes:
        before: under the first network
        after: under the second
        match: why the two are taken to be one class, or that they are not
        limit: largest magnitude in either map, in logits: the shared scale; 0 where there is nothing
        comparison: what changed; None where the two are not one class, or a head has no map
        regions: the boxes and the drawn region, as far as there are any; none without a comparison
        shared: the classes that both networks know
    """

    before: Seen
    after: Seen
    match: Match
    limit: float
    comparison: Comparison | None
    regions: tuple[Measured, ...]
    shared: tuple[Pair, ...]


def put_side_by_side(before: Side, after: Side, choice: Choice, photo_size: Size) -> Compared:
    """Compare a class under two networks.

    Args:
        before: the first network's look
        after: the second one's, at the same photo
        choice: what is to be compared
        photo_size: (width, height) of the photo

    Raises:
        Unusable: there is no such class, or the region lies beside the photo
    """
    shared = shared_classes(before.model.spec.labels, after.model.spec.labels)
    pair, match = _classes(before, after, choice, shared)
    first, second = _seen(before, pair.before, photo_size), _seen(after, pair.after, photo_size)
    maps = [one.map for one in (first, second) if one.map is not None]
    comparison, regions = None, tuple[Measured, ...]()
    if match is not Match.NONE and first.map is not None and second.map is not None:
        comparison = compare(first.map, second.map, photo_size)
        regions = tuple(_measured(first, second, choice.region, photo_size))
    strongest = max((limit(one.values, Mode.SIGNED) for one in maps), default=0.0)
    return Compared(first, second, match, strongest, comparison, regions, shared)


def _classes(before: Side, after: Side, choice: Choice, shared: Sequence[Pair]) -> tuple[Pair, Match]:
    """Which class to show of each network, and why they are one."""
    theirs = after.model.spec.labels
    if choice.other is not None:
        [chosen, *_] = named_classes(theirs, [choice.other], "other")
        own = _top(before.look) if choice.label is None else _named(before, choice.label)
        pair = Pair(own, chosen)
        return pair, Match.LABEL if pair in shared else Match.CHOSEN
    if choice.label is None:
        return _usual(before.look, after.look, shared)
    try:
        own = _named(before, choice.label)
    except Unusable:
        if choice.label.startswith("index:"):
            raise
        [chosen, *_] = named_classes(theirs, [choice.label], "class")
        known = [pair for pair in shared if pair.after == chosen]
        return (known[0], Match.LABEL) if known else (Pair(_top(before.look), chosen), Match.NONE)
    known = [pair for pair in shared if pair.before == own]
    return (known[0], Match.LABEL) if known else (Pair(own, _top(after.look)), Match.NONE)


def _usual(before: Look, after: Look, shared: Sequence[Pair]) -> tuple[Pair, Match]:
    """Where no class is chosen: the first network's top one, the second's, else the likeliest that both know."""
    tops = Pair(_top(before), _top(after))
    for pair in shared:
        if pair.before == tops.before:
            return pair, Match.LABEL
    for pair in shared:
        if pair.after == tops.after:
            return pair, Match.LABEL
    if shared:
        return by_probability(before, after, shared)[0], Match.LABEL
    return tops, Match.NONE


def by_probability(before: Look, after: Look, shared: Sequence[Pair]) -> list[Pair]:
    """Classes that both know, the likeliest under either network first."""
    first, second = before.numbers.probabilities, after.numbers.probabilities
    return sorted(shared, key=lambda pair: -max(float(first[pair.before]), float(second[pair.after])))


def _named(side: Side, label: str) -> int:
    return named_classes(side.model.spec.labels, [label], "class")[0]


def _top(look: Look) -> int:
    return top_classes(look.numbers.logits, 1)[0]


def seen(side: Side, index: int) -> ClassMap:
    """A class's numbers under a network."""
    numbers = side.look.numbers
    return ClassMap(
        index=index,
        label=side.model.spec.labels[index],
        probability=float(numbers.probabilities[index]),
        logit=float(numbers.logits[index]),
        bias=None if numbers.maps is None else float(numbers.bias[index]),
        cam=None if numbers.maps is None else np.asarray(numbers.maps[index]),
    )


def _seen(side: Side, index: int, photo_size: Size) -> Seen:
    numbers, grid = seen(side, index), side.look.grid
    if numbers.cam is None or grid is None:
        return Seen(numbers, None, None, None)
    found = box(numbers.cam, grid, photo_size)
    return Seen(numbers, PlacedMap(numbers.cam, grid), found, evidence(numbers.cam))


def _measured(before: Seen, after: Seen, drawn: Region | None, photo_size: Size) -> list[Measured]:
    """The regions there are, with what lies in them."""
    found: list[tuple[Kind, Region]] = [
        (kind, Region(one.box.left, one.box.top, one.box.right, one.box.bottom))
        for kind, one in ((Kind.BEFORE, before), (Kind.AFTER, after))
        if one.box is not None
    ]
    if drawn is not None:
        found.append((Kind.DRAWN, cut_region(drawn, photo_size)))
    maps = [one.map for one in (before, after)]
    first, second = maps
    if first is None or second is None:
        return []
    return [
        Measured(
            kind, region, region.area(photo_size), shares(first, region, photo_size), shares(second, region, photo_size)
        )
        for kind, region in found
    ]


def cut_region(region: Region, photo_size: Size) -> Region:
    """The part of a region that lies on a photo of (width, height).

    Raises:
        Unusable: none of it does
    """
    try:
        return region.cut_to(photo_size)
    except ValueError:
        raise Unusable(
            f"'region': it lies beside the photo, which is {photo_size[0]} x {photo_size[1]} pixels."
        ) from None


def read_region(text: str) -> Region:
    """A region from "left,top,right,bottom".

    Raises:
        Unusable: it is none
    """
    try:
        left, top, right, bottom = map(float, text.split(","))
        return Region(left, top, right, bottom)
    except ValueError:
        raise Unusable(
            "'region' takes left,top,right,bottom in pixels of the photo, with left < right and top < bottom."
        ) from None
