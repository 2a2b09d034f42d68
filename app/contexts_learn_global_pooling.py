"""What the room of global pooling is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
from app.contexts_learn import Frame, Named, Picture


@dataclass(frozen=True)
class MapShown:
    """One of the last maps: its number, its picture, and what is left of it: average, maximum, sum."""

    number: str
    picture: Picture
    average: str
    maximum: str
    sum: str


@dataclass(frozen=True)
class HeadLine:
    """A way from the maps to the classes: its own parameters, how many numbers are left, and the layer behind it."""

    title: str
    parameters: str
    numbers: str
    layer: str
    sizes: str


@dataclass(frozen=True)
class SizeLine:
    """The photo at a size: of the input, of the maps, of both kinds of numbers, and the answer."""

    input: str
    cells: str
    flat: str
    vector: str
    label: str
    logit: str
    likeness: str


@dataclass(frozen=True)
class VectorShown:
    """A photo's vector as a picture, and how like it is to the first."""

    title: str
    picture: Picture
    likeness: str


@dataclass(frozen=True)
class JudgedLine:
    """A head that was learned from one view of each photo: how often it is right, and by how much it leads."""

    title: str
    parameters: str
    learned: str
    new: str


@dataclass(frozen=True)
class PooledShown:
    """All that is computed.

    Attributes:
        maps: some of the last ones
        count: of the last maps
        heads: that could follow them
        sizes: of the photo
        note: what a network's own head makes of sizes, in words
        vectors: of the photo, its mirror image and another
        others: photos to compare with
        asked: the fields of the forms, by name
        judged: heads that were learned; empty where that was not asked for
    """

    maps: tuple[MapShown, ...]
    count: int
    heads: tuple[HeadLine, ...]
    sizes: tuple[SizeLine, ...]
    note: str
    vectors: tuple[VectorShown, ...]
    others: tuple[Named, ...]
    asked: Mapping[str, str]
    judged: tuple[JudgedLine, ...]


@dataclass(frozen=True)
class GlobalPoolingPage(Page):
    """One number a map.

    Attributes:
        learn: what all rooms have
        found: None where the network has no maps to pool
    """

    template: ClassVar[str] = "learn_global_pooling.html"
    learn: Frame
    found: PooledShown | None
