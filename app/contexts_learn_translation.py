"""What the room of translation is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
from app.contexts_learn import Frame, Named, Picture
from app.curves import Chart


@dataclass(frozen=True)
class LayerLine:
    """A layer: its stride, how many of its cells the photo was moved, what moved along, and what stayed."""

    name: str
    stride: str
    cells: str
    along: str
    stayed: str


@dataclass(frozen=True)
class MovedShown:
    """The photo before and after it was moved, in the same colours; what became of the score; and the layers."""

    before: Picture
    after: Picture
    told: str
    limit: str
    layers: tuple[LayerLine, ...]


@dataclass(frozen=True)
class TranslationPage(Page):
    """The photo moved.

    Attributes:
        learn: what all rooms have
        asked: the fields of the form, by name
        edges: what may come in
        facts: for scripts
        moved: the photo
        charts: over the shift
        cell: input pixels between two cells of the last layer
    """

    template: ClassVar[str] = "learn_translation.html"
    learn: Frame
    asked: Mapping[str, str]
    edges: tuple[Named, ...]
    facts: Mapping[str, object]
    moved: MovedShown
    charts: tuple[Chart, ...]
    cell: int
