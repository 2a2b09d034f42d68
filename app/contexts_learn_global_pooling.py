"""What the room of global pooling is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.comparison_claims import Claim
from app.contexts import Page
from app.contexts_learn import Frame, Named, Picture


@dataclass(frozen=True)
class MapShown:
    """One of the last maps: its number, its picture, what is left of it, and what it gives to the answer, in words."""

    number: str
    picture: Picture
    average: str
    maximum: str
    sum: str
    gives: str


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
    """The photo at a size: of the input, of the maps, of both kinds of numbers, and the answer.

    Attributes:
        fits: whether a layer that was learned for every cell of the first size takes it
        likeness: of the vector to that of the first size
    """

    input: str
    cells: str
    flat: str
    vector: str
    fits: bool
    label: str
    logit: str
    likeness: str


@dataclass(frozen=True)
class VectorShown:
    """A photo's vector as a picture, how like it is to the first, and its numbers."""

    title: str
    picture: Picture
    likeness: str
    numbers: tuple[float, ...]


@dataclass(frozen=True)
class ApartMap:
    """A map that differs much between both photos: its number, and what is left of it of each."""

    number: int
    here: str
    there: str


@dataclass(frozen=True)
class JudgedHead:
    """A head that was learned: what it is given, how many parameters, and how it names the views it had not seen."""

    title: str
    parameters: str
    new: str


@dataclass(frozen=True)
class JudgedView:
    """A view of all that was learned, whether it was learned from, and how each head names it."""

    title: str
    learned: bool
    cells: tuple[str, ...]


@dataclass(frozen=True)
class JudgedShown:
    """Heads, judged; and what came out, in a sentence."""

    heads: tuple[JudgedHead, ...]
    views: tuple[JudgedView, ...]
    verdict: str


@dataclass(frozen=True)
class ComparedHead:
    """A head of a comparison: accuracies in words, where it learned and elsewhere, and the gap between both."""

    name: str
    what: str
    parameters: str
    train: str
    val: str
    gap: str
    moved: str
    other_size: str


@dataclass(frozen=True)
class ComparedHeads:
    """What `camscope compare-heads` measured.

    Attributes:
        choices: comparisons to choose from; which one it is, by its value
        chosen: the value of this one
        about: on what it was measured
        same: whether on the maps of the network that is asked
        heads: one after the other
        claims: what is often said, and what came out
    """

    choices: tuple[Named, ...]
    chosen: str
    about: str
    same: bool
    heads: tuple[ComparedHead, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class PooledShown:
    """All that is computed.

    Attributes:
        maps: some of the last ones
        count: of the last maps
        label: of the most probable class
        heads: that could follow them
        sizes: of the photo
        any_size: whether the network takes more than one
        note: what a network's own head makes of sizes, in words
        vectors: of the photo, its mirror image and another
        full: the number that has the vectors' strongest colour
        apart: maps of which most is left in one photo alone
        lefts: what can be left of a map
        views: that can be learned from: value, title, and whether they are
        cuts: what can be told apart
        asked: the fields of the form, by name
        photos: keys of the photos that are learned beside this one
        judged: heads that were learned; None where that was not asked for
        compared: of the server's; None where it has none
    """

    maps: tuple[MapShown, ...]
    count: int
    label: str
    heads: tuple[HeadLine, ...]
    sizes: tuple[SizeLine, ...]
    any_size: bool
    note: str
    vectors: tuple[VectorShown, ...]
    full: str
    apart: tuple[ApartMap, ...]
    lefts: tuple[Named, ...]
    views: tuple[tuple[str, str, bool], ...]
    cuts: tuple[Named, ...]
    asked: Mapping[str, str]
    photos: tuple[str, ...]
    judged: JudgedShown | None
    compared: ComparedHeads | None


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
