"""What the room of the location is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
from app.contexts_compare import Legend
from app.contexts_learn import Frame, Named, Picture


@dataclass(frozen=True)
class LogitLine:
    """A class's logit: the network's own, from the means of the maps, from those of shuffled ones, and what changed."""

    label: str
    network: str
    ordered: str
    shuffled: str
    change: str


@dataclass(frozen=True)
class ShuffleShown:
    """Cells in another order.

    Attributes:
        ordered: the photo in pieces and the map over it, as they are
        shuffled: both in another order
        lines: of the most probable classes
        told: what stayed, in words
        legend: of both
        pieces: what the network says of the photo that is shuffled itself
    """

    ordered: Picture
    shuffled: Picture
    lines: tuple[LogitLine, ...]
    told: str
    legend: Legend
    pieces: str


@dataclass(frozen=True)
class TwoWays:
    """A logit, reached both ways, and as the network gave it; whose it is, and how it is added up."""

    label: str
    averaged: str
    weighed: str
    network: str
    whose: str
    proof: str
    off: str


@dataclass(frozen=True)
class AccountLine:
    """A part of a logit, before and after a part of the photo was covered, and what changed."""

    title: str
    before: str
    after: str
    change: str


@dataclass(frozen=True)
class CoverShown:
    """Cells of the photo covered.

    Attributes:
        before: the map with a line around the cells
        after: the map of the photo with them covered, in the same colours
        told: what became of the class, in words
        lines: what its logit is made of, which add up to the last
        blank: what the network says of nothing but the colour that covers, in words
        legend: of both
    """

    before: Picture
    after: Picture
    told: str
    lines: tuple[AccountLine, ...]
    blank: str
    legend: Legend


@dataclass(frozen=True)
class RowShown:
    """The map that a row of weights makes of the same maps, its strongest cell, and what its logit is made of."""

    picture: Picture
    strongest: str
    proof: str


@dataclass(frozen=True)
class RowsShown:
    """The maps of two rows of weights, and of one between them, in the same colours."""

    one: RowShown
    between: RowShown
    other: RowShown
    legend: Legend


@dataclass(frozen=True)
class Said:
    """Which view a head takes a view for, and whether it is that one."""

    title: str
    is_right: bool


@dataclass(frozen=True)
class ViewShown:
    """One of the pictures that two small heads tell apart, and what they say once its cells are shuffled."""

    title: str
    picture: Picture
    means: Said
    cells: Said


@dataclass(frozen=True)
class HeadLine:
    """A small head: which, how much it has learned, and how often it is right, in order and of many shuffles."""

    title: str
    parameters: str
    ordered: str
    shuffled: str


@dataclass(frozen=True)
class FlatShown:
    """Two heads, learned to tell a photo from its mirror images.

    Attributes:
        views: the photo and its mirror images
        lines: of both heads
        told: what shuffling does to them, in words
    """

    views: tuple[ViewShown, ...]
    lines: tuple[HeadLine, ...]
    told: str


@dataclass(frozen=True)
class Located:
    """All that is computed; lengths in cells.

    Attributes:
        rows: of the maps
        columns: of the maps
        channels: how many maps are weighed
        facts: for scripts
        classes: rows of the head to choose from
        asked: the fields of the forms, by name
        shuffle: cells in another order
        ways: to the logit of the most probable class
        cover: cells of the photo covered
        rows_shown: of the head, chosen
        flat: both heads, learned from the photo
        everything: that every map adds up, in words
        widened: whether the photo is drawn less narrow than it is
    """

    rows: int
    columns: int
    channels: int
    facts: Mapping[str, object]
    classes: tuple[Named, ...]
    asked: Mapping[str, str]
    shuffle: ShuffleShown
    ways: TwoWays
    cover: CoverShown
    rows_shown: RowsShown
    flat: FlatShown
    everything: str
    widened: bool


@dataclass(frozen=True)
class LocationPage(Page):
    """Where the location goes.

    Attributes:
        learn: what all rooms have
        found: None where the network keeps no location
    """

    template: ClassVar[str] = "learn_location.html"
    learn: Frame
    found: Located | None
