"""Whether a network needs what its maps show: charts, a table and what they say (model.evaluation.faithfulness)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.curves import Chart, Kind, Line, levels, path
from app.evaluation_tables import Figure, LookRow, Reading, interval, shares
from app.text import fixed, gettext, ngettext, percent
from model.evaluation.figures import FaithfulnessFigures, Mean, Measure, OrderDifferences, OrderFigures
from model.evaluation.orders import CHANCE, MAP, MIDDLE

POINTS = 100
LINES: dict[str, Kind] = {MAP: "held-out", CHANCE: "learned", MIDDLE: "beside"}

Curve = tuple[Sequence[float], Measure]


@dataclass(frozen=True)
class FaithfulnessPart:
    """Whether the network needs what the maps show.

    Attributes:
        lead: what was done
        verdict: what came of it
        charts: of deletion and insertion
        columns: the measures
        rows: the orders; the map's first
        readings: how to read each column
        problems: of pictures that could not be asked about
    """

    lead: str
    verdict: str
    charts: tuple[Chart, ...]
    columns: tuple[str, ...]
    rows: tuple[LookRow, ...]
    readings: tuple[Reading, ...]
    problems: tuple[str, ...]


def faithfulness_part(found: FaithfulnessFigures) -> FaithfulnessPart:
    """All of it in words."""
    columns = _columns()
    return FaithfulnessPart(
        lead=ngettext(
            "{count} picture was asked about again with cells of its map blurred, in the order of the map, in one by "
            "chance and from the middle outwards.",
            "{count} pictures were asked about again with cells of their maps blurred, in the order of the map, in one "
            "by chance and from the middle outwards.",
            found.pictures,
        ).format(count=f"{found.pictures:,}"),
        verdict=_verdict(found.differences),
        charts=(
            _curves(gettext("Cells are taken away"), found, lambda one: (one.deletion, one.deletion_area)),
            _curves(gettext("Cells are given back"), found, lambda one: (one.insertion, one.insertion_area)),
        ),
        columns=tuple(one.title for one in columns),
        rows=tuple(
            LookRow(
                title=_names()[name],
                small="" if name == MAP else gettext("no network"),
                figures=_figures(one, found.differences.get(name)),
                is_network=name == MAP,
            )
            for name, one in found.orders.items()
        ),
        readings=columns,
        problems=found.problems,
    )


def _names() -> dict[str, str]:
    return {MAP: gettext("The map’s order"), CHANCE: gettext("By chance"), MIDDLE: gettext("From the middle outwards")}


def _columns() -> tuple[Reading, ...]:
    _ = gettext
    return (
        Reading(
            _("Deletion"),
            _("Mean probability of what was said while cells are blurred one after the other: low where what goes "
              "first is what the network needs."),
        ),
        Reading(
            _("Insertion"),
            _("The same while cells are given back to the blurred photo: high where what comes first suffices."),
        ),
        Reading(
            _("Average drop"),
            _("What is lost of the probability where the photo is seen through its map: each cell is kept as far as it "
              "adds to the class, and the rest is blurred. In another order as much is kept, of other cells."),
        ),
        Reading(
            _("Increase"),
            _("Share of the pictures whose probability is higher then: what was blurred had taken from it."),
        ),
    )  # fmt: skip


def _figures(one: OrderFigures, less: OrderDifferences | None) -> tuple[Figure, ...]:
    """An order's measures: of the map's with where they lie, of another's with what the map differs by."""
    if less is None:
        return tuple(_alone(each) for each in (one.deletion_area, one.insertion_area, one.drop, one.increase))
    return (
        _beside(one.deletion_area, less.deletion_area),
        _beside(one.insertion_area, less.insertion_area),
        _beside(one.drop, less.drop),
        _beside(one.increase, less.increase),
    )


def _alone(one: Measure) -> Figure:
    return Figure(percent(one.value), shares(one.interval))


def _beside(one: Measure, less: Mean | None) -> Figure:
    if less is None:
        return Figure(percent(one.value))
    by = gettext("map {difference} ({interval})").format(
        difference=_points(less.value), interval=interval(less.interval, POINTS, 1)
    )
    return Figure(percent(one.value), by)


def _points(value: float) -> str:
    return fixed(value * POINTS, 1) if value <= 0 else f"+{fixed(value * POINTS, 1)}"


def _verdict(differences: dict[str, OrderDifferences]) -> str:
    """Whether the map's order is better than the others, in both curves."""
    better = [
        name for name, one in differences.items() if one.deletion_area.interval[1] < 0 < one.insertion_area.interval[0]
    ]
    _ = gettext
    if CHANCE in better and MIDDLE in better:
        return _(
            "The network needs what the maps show: their strongest cells cost it more when they go, and bring it more "
            "when they come, than cells by chance or from the middle."
        )
    if CHANCE in better:
        return _(
            "The maps’ order is better than chance, but it is not shown to be better than going from the middle of the "
            "pictures outwards."
        )
    return _("On these pictures the maps’ order is not shown to be better than chance.")


def _curves(title: str, found: FaithfulnessFigures, curve: Callable[[OrderFigures], Curve]) -> Chart:
    """One kind of curve, of each order.

    Args:
        title: what happens to cells
        found: everything
        curve: of an order: heights and mean height
    """
    names = _names()
    values = {name: curve(one) for name, one in found.orders.items()}
    top = max(0.01, *(max(heights) for heights, _ in values.values()))
    whole, _ = values[MAP]
    return Chart(
        title=title,
        summary=gettext("{title}: mean probability, from {first} to {last}; on average {areas}.").format(
            title=title,
            first=percent(whole[0]),
            last=percent(whole[-1]),
            areas=", ".join(f"{percent(area.value)} ({names[name]})" for name, (_, area) in values.items()),
        ),
        top=percent(top),
        bottom="0%",
        first=gettext("none of the cells"),
        last=gettext("all cells"),
        lines=tuple(
            Line(LINES[name], names[name], percent(area.value), path(heights, 0, top))
            for name, (heights, area) in values.items()
        ),
        levels=levels(),
    )
