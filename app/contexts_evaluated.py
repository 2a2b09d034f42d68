"""What the page of one picture of an evaluation is given."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
from app.contexts_compare import Legend
from app.contexts_evaluations import EvaluationLine, Tile
from app.report_tables import Fact
from app.schemas_evaluations import Mark


@dataclass(frozen=True)
class Neighbours:
    """Where a picture stands among those chosen; an address is None at their ends."""

    words: str
    earlier_url: str | None
    later_url: str | None


@dataclass(frozen=True)
class ShownMap:
    """A map over a picture: of which of its classes ("said", "true"), that class, and the scale of the colours."""

    which: str
    title: str
    legend: Legend


@dataclass(frozen=True)
class EvidenceRow:
    """A figure, and what it is by each map."""

    title: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceTable:
    """Where the evidence for each class lies."""

    titles: tuple[str, ...]
    rows: tuple[EvidenceRow, ...]


@dataclass(frozen=True)
class MarkLine:
    """A box that somebody marked, and where its edges lie in percent of the picture."""

    number: int
    mark: Mark
    words: str
    place: tuple[float, float, float, float]


@dataclass(frozen=True)
class EvaluatedPicturePage(Page):
    """One picture of an evaluation, large.

    Attributes:
        line: how the evaluation stands
        url: of this page, without what is chosen
        query: what is chosen in the gallery that it was come from
        back_url: of that gallery
        neighbours: the pictures beside it there
        facts: of the answer
        maps: of what was said and of what is true
        evidence: where it lies by each of these
        photo_url: of the picture, as large as there is
        reasons: what puts it into its groups
        boxes: those given, as parts of the picture in percent: left, top, width, height
        refusal: why the last box was not marked
        changeable: the visitor may mark it
        judges: it is one to judge by, from which a model must not learn, and one can be trained here
    """

    template: ClassVar[str] = "evaluated_picture.html"
    line: EvaluationLine
    tile: Tile
    photo_url: str
    url: str
    query: str
    back_url: str
    neighbours: Neighbours | None
    facts: tuple[Fact, ...]
    maps: tuple[ShownMap, ...]
    evidence: EvidenceTable | None
    reasons: tuple[str, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    marks: tuple[MarkLine, ...]
    refusal: str | None
    changeable: bool
    judges: bool
