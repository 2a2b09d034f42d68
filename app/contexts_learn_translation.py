"""What the room of translation is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
from app.contexts_learn import Frame, Named, Picture
from app.curves import Chart


@dataclass(frozen=True)
class LayerLine:
    """A layer: its stride, by how many cells the photo moved, whether by a part of one, and how like its maps are."""

    name: str
    stride: str
    cells: str
    between: bool
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
class ScoreLine:
    """A class: its logit, from where to where it went, how far that is, and the same of its probability."""

    label: str
    logit: str
    logits: str
    spread: str
    chances: str


@dataclass(frozen=True)
class CurvesShown:
    """The photo moved on, pixel by pixel.

    Attributes:
        told: what became of the score
        score: of the photo's class, over the shift
        scores: of the most probable classes
        layers: how far they moved along, over the shift
        border: how far inner cells are from it, in pixels; 0 where no layer is shown
        furthest: how many pixels the photo goes
    """

    told: str
    score: Chart
    scores: tuple[ScoreLine, ...]
    layers: tuple[Chart, ...]
    border: int
    furthest: int


@dataclass(frozen=True)
class TranslationPage(Page):
    """The photo moved.

    Attributes:
        learn: what all rooms have
        asked: the fields of the form, by name
        edges: what may come in
        furthest: how far the photo can be moved, in pixels of the input
        facts: for scripts
        moved: the photo
        curves: over the shift; None until they are asked for
        cell: input pixels between two cells of the last layer
    """

    template: ClassVar[str] = "learn_translation.html"
    learn: Frame
    asked: Mapping[str, str]
    edges: tuple[Named, ...]
    furthest: int
    facts: Mapping[str, object]
    moved: MovedShown
    curves: CurvesShown | None
    cell: int
