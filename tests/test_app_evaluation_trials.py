"""What a report says of faithfulness and of sanity: what the numbers allow, and no more."""

import pytest

from app.evaluation_faithfulness import faithfulness_part
from app.evaluation_report import draw_evaluation
from app.evaluation_sanity import sanity_part
from model.evaluation.faithfulness import SHARES
from model.evaluation.figures import (
    FaithfulnessFigures,
    Interval,
    Mean,
    Measure,
    OrderDifferences,
    OrderFigures,
    SanityFigures,
    Spoiling,
)
from tests.test_app_evaluation_report import HOSTILE, metrics, words

LOWER, HIGHER, NEITHER = (-0.3, -0.1), (0.1, 0.3), (-0.1, 0.2)


def faithful(chance: tuple[Interval, Interval], middle: tuple[Interval, Interval]) -> FaithfulnessFigures:
    """Figures in which deletion and insertion differ from the other orders by so much."""
    half = Measure(value=0.5, interval=(0.4, 0.6))
    order = OrderFigures(
        deletion=tuple(1 - share for share in SHARES),
        insertion=SHARES,
        deletion_area=half,
        insertion_area=half,
        drop=half,
        increase=Measure(value=0.125, interval=(0, 0.25)),
    )
    differences = {
        name: OrderDifferences(
            deletion_area=Mean(value=sum(deletion) / 2, interval=deletion),
            insertion_area=Mean(value=sum(insertion) / 2, interval=insertion),
            drop=Mean(value=0, interval=NEITHER),
        )
        for name, (deletion, insertion) in {"chance": chance, "middle": middle}.items()
    }
    orders = dict.fromkeys(("map", "chance", "middle"), order)
    return FaithfulnessFigures(pictures=7, fill="blur", shares=SHARES, orders=orders, differences=differences)


def spoiled(layers: int, name: str, interval: Interval | None) -> Spoiling:
    mean = None if interval is None else Mean(value=sum(interval) / 2, interval=interval)
    return Spoiling(layers=layers, name=name, rank=mean, ssim=mean, maps=0 if mean is None else 7)


def sane(shuffled: Interval | None, last: Interval | None, name: str = "conv") -> SanityFigures:
    steps = (spoiled(1, "head", (0.5, 0.7)), spoiled(2, name, last))
    return SanityFigures(pictures=7, layers=2, shuffled=spoiled(0, "shuffled", shuffled), steps=steps)


@pytest.mark.parametrize(
    ("chance", "middle", "told"),
    [
        ((LOWER, HIGHER), (LOWER, HIGHER), "The network needs what the maps show"),
        ((LOWER, HIGHER), (NEITHER, HIGHER), "not shown to be better than going from the middle"),
        ((LOWER, NEITHER), (LOWER, HIGHER), "not shown to be better than chance"),
        ((HIGHER, LOWER), (HIGHER, LOWER), "not shown to be better than chance"),
    ],
)
def test_better_is_said_only_of_both_curves(
    chance: tuple[Interval, Interval], middle: tuple[Interval, Interval], told: str
) -> None:
    assert told in faithfulness_part(faithful(chance, middle)).verdict


def test_the_table_says_by_how_much_the_map_differs() -> None:
    part = faithfulness_part(faithful((LOWER, HIGHER), (NEITHER, NEITHER)))
    assert [row.is_network for row in part.rows] == [True, False, False]
    assert part.rows[0].figures[0].small == "40.0% to 60.0%"
    assert part.rows[1].figures[0].small == "map −20.0 (−30.0 to −10.0)"
    assert part.rows[2].figures[1].small == "map +5.0 (−10.0 to 20.0)"
    assert [reading.title for reading in part.readings] == list(part.columns)


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ((0.6, 0.9), "do not depend on what the network has learned"),
        ((-0.2, 0.1), "the maps depend on what the network has learned"),
        ((0.3, 0.6), "too little to say"),
        (None, "gives no maps any more"),
    ],
)
def test_maps_that_the_network_does_not_matter_to_are_called_so(last: Interval | None, told: str) -> None:
    assert told in sanity_part(sane((0.0, 0.1), last)).verdicts[0]


@pytest.mark.parametrize(
    ("shuffled", "told"),
    [
        ((0.6, 0.9), "do not tell classes apart"),
        ((-0.2, 0.1), "the maps tell classes apart"),
        ((0.3, 0.6), "too little to say"),
        (None, "no maps to compare"),
    ],
)
def test_maps_that_are_the_same_for_every_class_are_called_so(shuffled: Interval | None, told: str) -> None:
    assert told in sanity_part(sane(shuffled, (0.0, 0.1))).verdicts[1]


def test_the_cascade_begins_at_the_network_itself_and_ends_where_maps_do() -> None:
    part = sanity_part(sane((0.0, 0.1), None))
    assert part.chart.lines[0].path.count("L") == 1
    assert part.chart.last == "1 of 2 layers redrawn"
    assert [row.title for row in part.rows] == ["Rows of the head swapped", "1 of 2", "2 of 2"]
    assert [figure.value for figure in part.rows[-1].figures] == ["–", "–"]


def test_both_stand_in_the_report_and_names_of_layers_cannot_break_out() -> None:
    whole = metrics().model_copy(
        update={"faithfulness": faithful((LOWER, HIGHER), (LOWER, HIGHER)), "sanity": sane((0, 0.1), (0, 0.1), HOSTILE)}
    )
    source = draw_evaluation(whole).decode()
    assert "<script" not in source.lower()
    assert "<img" not in source
    told = words(source)
    assert "7 pictures were asked about again" in told
    assert "The maps of what was said on 7 pictures are compared" in told
    assert "asked about again" not in words(draw_evaluation(metrics()).decode())
