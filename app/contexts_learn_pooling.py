"""What the room of pooling is given."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
from app.contexts_learn import Frame, Grid, Named, Picture
from model.parameter_counts import Remaining


@dataclass(frozen=True)
class Choices:
    """What pooling can be: what becomes of a window, and what happens at the edge."""

    kinds: tuple[Named, ...]
    paddings: tuple[Named, ...]


@dataclass(frozen=True)
class OnNumbers:
    """Numbers that were typed, pooled.

    Attributes:
        typed: the numbers
        grids: before and after; one alone where no window fits
        sides: how rows and columns afterwards are counted
        sum: how one cell came about
        refusal: why they are not pooled, one sentence
    """

    typed: str
    grids: tuple[Grid, ...]
    sides: str
    sum: str
    refusal: str | None


@dataclass(frozen=True)
class PooledStep:
    """A map on its way: what was done, its picture, how many numbers it has, the largest, and both in words."""

    title: str
    picture: Picture
    count: int
    largest: float
    note: str


@dataclass(frozen=True)
class DotsStep:
    """Two dots, pooled so far: how large the map is and how bright its brightest cell, and its picture."""

    title: str
    picture: Picture


@dataclass(frozen=True)
class DotsRow:
    """Two dots pooled again and again in one way, and what came of them."""

    title: str
    steps: tuple[DotsStep, ...]
    told: str


@dataclass(frozen=True)
class Condensed:
    """What is detected, and what pooling leaves of it.

    Attributes:
        layers: name and number of maps of the layers that can be pooled instead of the photo
        steps: from the photo, or a layer's map, to what pooling leaves
        left: how much of it that is, in words
    """

    layers: tuple[tuple[str, int], ...]
    steps: tuple[PooledStep, ...]
    left: str


@dataclass(frozen=True)
class PoolingPage(Page):
    """Pooling: on numbers, on a photo, on two dots, and how much of it is left.

    Attributes:
        learn: what all rooms have
        asked: the fields of the query, by name
        choices: of both forms
        filters: of the detection
        numbers: that were typed
        condensed: the photo, or a layer's map, pooled
        dots: in both ways of pooling
        remaining: how many numbers filters leave; None where one does not fit
    """

    template: ClassVar[str] = "learn_pooling.html"
    learn: Frame
    asked: dict[str, str]
    choices: Choices
    filters: tuple[Named, ...]
    numbers: OnNumbers
    condensed: Condensed
    dots: tuple[DotsRow, ...]
    remaining: Remaining | None
