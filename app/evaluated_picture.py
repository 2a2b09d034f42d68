"""One picture of an evaluation in words: its figures class by class, its maps and their scale, what is marked on it."""

from app.contexts_compare import Legend
from app.contexts_evaluated import EvidenceRow, EvidenceTable, MarkLine, Neighbours, ShownMap
from app.evaluation_gallery import query_of
from app.evaluation_opened import Opened, Which, labels_of
from app.evaluation_picking import Looked, Picking
from app.evaluation_words import group_words
from app.report_tables import Fact
from app.schemas_evaluations import PictureItem
from app.shown import View, ramp
from app.text import fixed, gettext, percent, signed
from model.coverage import Region
from model.evaluation.evidence import evidence_figures
from model.evaluation.records import Edges, EvidenceFigures, PictureRecord
from model.evaluation.truth import Truth
from model.evidence import PlacedMap
from model.geometry import Grid
from model.rendering import Mode, limit

NOTHING = "–"


def facts_of(record: PictureRecord) -> tuple[Fact, ...]:
    """What is known of the answer, in numbers."""
    _ = gettext
    return (
        Fact(_("Probability of the true class"), percent(record.probability_true)),
        Fact(_("Lead over the second class"), fixed(record.margin)),
        Fact(_("Loss"), fixed(record.loss)),
    )


def maps_of(opened: Opened, record: PictureRecord) -> tuple[ShownMap, ...]:
    """The map of what was said, and that of what is true where these differ; none where the network has none."""
    return tuple(found for which in _classes(record) if (found := _map_of(opened, record, which)) is not None)


def _map_of(opened: Opened, record: PictureRecord, which: Which) -> ShownMap | None:
    values = opened.map_of(record, which)
    if values is None:
        return None
    strongest = limit(values, Mode.SIGNED)
    legend = Legend(signed(-strongest), signed(strongest), ramp(View(0)) if strongest > 0 else ())
    return ShownMap(which, _title(opened, record, which), legend)


def evidence_of(opened: Opened, record: PictureRecord) -> EvidenceTable | None:
    """Where the evidence lies, a column for each of these maps; None where there are no maps.

    What is kept of a picture is of its true class. That of what was said is measured here, on the same boxes.
    """
    if record.evidence is None:
        return None
    shown = _classes(record)
    figures = {which: record.evidence if which == "true" else _said_evidence(opened, record) for which in shown}
    known = [(which, one) for which, one in figures.items() if one is not None]
    _ = gettext
    rows = (
        (_("Evidence on the thing"), [_share(one.inside) for _w, one in known]),
        (_("Evidence on the border"), [_share(one.border) for _w, one in known]),
        (_("Evidence in one corner"), [_share(max(one.corners)) for _w, one in known]),
        (_("Evidence of the strongest tenth"), [_share(one.concentration) for _w, one in known]),
        (_("How much adds to the class"), [fixed(one.given) for _w, one in known]),
    )
    return EvidenceTable(
        titles=tuple(_title(opened, record, which) for which, _one in known),
        rows=tuple(EvidenceRow(title, tuple(row)) for title, row in rows if set(row) != {NOTHING}),
    )


def _said_evidence(opened: Opened, record: PictureRecord) -> EvidenceFigures | None:
    if record.right:
        return record.evidence
    values = opened.map_of(record, "said")
    if values is None or record.grid is None:
        return None
    truth = Truth(tuple(Region(*edges) for edges in record.boxes)) if record.boxes else None
    placed = PlacedMap(values, Grid(**record.grid.model_dump()))
    return evidence_figures(placed, (record.width, record.height), truth)


def _classes(record: PictureRecord) -> tuple[Which, ...]:
    return ("said",) if record.right else ("said", "true")


def _title(opened: Opened, record: PictureRecord, which: Which) -> str:
    (label,) = labels_of(opened, [record.said if which == "said" else record.true[0]])
    if record.right:
        return label
    return (gettext("{label}, said") if which == "said" else gettext("{label}, true")).format(label=label)


def _share(value: float | None) -> str:
    return NOTHING if value is None else percent(value)


def neighbours_of(page_url: str, opened: Opened, picking: Picking, number: int) -> Neighbours | None:
    """The pictures before and after one, in the order and the group that it was come to in; None where it is alone."""
    numbers = [one.record.number for one in opened.pick(picking)]
    if number not in numbers or len(numbers) < 2:
        return None
    place, query = numbers.index(number), query_of(picking)

    def address(other: int) -> str | None:
        return f"{page_url}/pictures/{numbers[other]}{query}" if 0 <= other < len(numbers) else None

    group = gettext("All") if picking.group is None else group_words(picking.group).title
    words = gettext("{group}: {place} of {total}").format(
        group=group, place=f"{place + 1:,}", total=f"{len(numbers):,}"
    )
    return Neighbours(words, address(place - 1), address(place + 1))


def reasons_of(one: Looked) -> tuple[str, ...]:
    """What puts a picture into its groups."""
    return tuple(group_words(group).rule for group in one.groups)


def marks_of(picture: PictureItem) -> tuple[MarkLine, ...]:
    """What is marked on a picture."""
    lines = []
    for number, mark in enumerate(picture.marks):
        edges = (mark.left, mark.top, mark.right, mark.bottom)
        words = gettext("{left}, {top} to {right}, {bottom}").format(
            **dict(zip(("left", "top", "right", "bottom"), (f"{edge:.0f}" for edge in edges), strict=True))
        )
        lines.append(MarkLine(number, mark, words, place_of(edges, picture)))
    return tuple(lines)


def place_of(edges: Edges, picture: PictureItem) -> tuple[float, float, float, float]:
    """A box as left, top, width and height in percent of the picture."""
    left, top, right, bottom = edges
    across, down = 100 / picture.width, 100 / picture.height
    return (
        round(left * across, 2),
        round(top * down, 2),
        round((right - left) * across, 2),
        round((bottom - top) * down, 2),
    )
