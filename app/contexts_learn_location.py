"""What the room of the location is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
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
        limit: what the strongest colour stands for, in words
        pieces: what the network says of the photo that is shuffled itself
    """

    ordered: Picture
    shuffled: Picture
    lines: tuple[LogitLine, ...]
    told: str
    limit: str
    pieces: str


@dataclass(frozen=True)
class TwoWays:
    """A logit, reached both ways, and as the network gave it; and how it is added up."""

    label: str
    averaged: str
    weighed: str
    network: str
    proof: str
    off: str


@dataclass(frozen=True)
class CoverShown:
    """A part of the photo covered: the map before and after in the same colours, and what it did, in words."""

    before: Picture
    after: Picture
    told: str
    split: str
    limit: str


@dataclass(frozen=True)
class RowShown:
    """The map that a row of weights makes of the same maps, and what its logit is made of."""

    picture: Picture
    told: str
    limit: str


@dataclass(frozen=True)
class FlatLine:
    """A head learned from a few photos.

    Attributes:
        title: which
        parameters: how many it has learned
        ordered: what it calls the photo, and how surely
        shuffled: the same of the photo's shuffled maps
        lead: of the photo over the next, on average of many shuffles
    """

    title: str
    parameters: str
    ordered: str
    shuffled: str
    lead: str


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
        cover: a part of the photo covered
        row: of the head, chosen
        flat: both heads, learned from a few photos
        photos: how many they are learned from
        everything: that every map adds up, in words
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
    row: RowShown
    flat: tuple[FlatLine, ...]
    photos: int
    everything: str


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
