"""The numbers of an evaluation in the order and the words in which they are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.report_tables import Fact, Headline, duration
from app.text import fixed, gettext, ngettext, percent
from model.evaluation.baselines import BOX, CENTRE
from model.evaluation.figures import BoxMeasure, Interval, LocalisationFigures, MapMeasures, Measure
from model.evaluation.records import EvaluationMetrics
from model.scales import FUSED

NOTHING = "–"
FEW = 30  # pictures, below which a share says little


@dataclass(frozen=True)
class Figure:
    """A share in words, and what stands small beneath it: where it lies, or what it hangs on."""

    value: str
    small: str = ""


@dataclass(frozen=True)
class LookRow:
    """One way to look, or a baseline; `is_network`: it is one of a network's."""

    title: str
    small: str
    figures: tuple[Figure, ...]
    is_network: bool


@dataclass(frozen=True)
class Reading:
    """A measure, and how it is read."""

    title: str
    sentence: str


@dataclass(frozen=True)
class Column:
    """A measure: its name, how it is read, what it is of one row, and of how many pictures; is_variant: of the last."""

    title: str
    sentence: str
    figure: Callable[[MapMeasures], Figure | None]
    pictures: Callable[[MapMeasures], int | None]
    is_variant: bool = False


def headline(metrics: EvaluationMetrics) -> Headline:
    """The result, and how sure it is."""
    _ = gettext
    told, sure = metrics.classification, metrics.classification.intervals
    count = metrics.data.pictures
    counted = ngettext("{right} of {count} picture", "{right} of {count} pictures", count).format(
        right=f"{round(told.accuracy * count):,}", count=f"{count:,}"
    )
    facts = [
        *_pointing(metrics.localisation),
        Fact(_("A true class among the first five"), _with_interval(told.top5, sure.top5)),
        Fact(_("Mean F1 of the classes"), _with_interval(told.macro_f1, sure.macro_f1)),
        Fact(_("Calibration error"), _with_interval(told.calibration.ece, sure.ece)),
        Fact(_("Loss"), fixed(told.loss)),
        Fact(_("Classes in the data"), f"{len(metrics.data.classes):,}"),
        Fact(_("Left out"), f"{metrics.data.unreadable:,}"),
        Fact(_("Took"), duration(sum(metrics.seconds.values()))),
    ]
    chosen = _(
        "Intervals hold the number 95 times of 100: of shares of pictures they are Wilson’s, of others they come "
        "from pictures drawn anew from these, 1,000 times."
    )
    if count < FEW:
        chosen = _("These are few pictures: go by the intervals.") + f" {chosen}"
    sentence = _("{counted}; 95% interval {interval}").format(counted=counted, interval=shares(sure.accuracy))
    return Headline(percent(told.accuracy), sentence, chosen, tuple(fact for fact in facts if fact.value != NOTHING))


def _pointing(where: LocalisationFigures | None) -> Sequence[Fact]:
    """How often the first look's strongest cell lies on the thing, and how often the middle of the picture does."""
    look = None if where is None else next(iter(where.scales.values()), None)
    if where is None or look is None or look.pointing is None:
        return ()
    shown, middle = _with_interval(look.pointing.value, look.pointing.interval), where.baselines.get(CENTRE)
    if middle is not None and middle.pointing is not None:
        shown = gettext("{share}; the middle of the picture: {middle}").format(
            share=shown, middle=percent(middle.pointing.value)
        )
    return (Fact(gettext("The strongest cell lies on the thing"), shown),)


def localisation_lead(where: LocalisationFigures) -> str:
    """What was measured, and on what."""
    counted = ngettext(
        "{count} picture says where its class is, on {area} of the picture.",
        "{count} pictures say where their class is, on {area} of a picture.",
        where.pictures,
    ).format(count=f"{where.pictures:,}", area=percent(where.covered))
    if not where.chosen_on:  # masks alone: they take no threshold
        return counted
    chosen = gettext("Thresholds were chosen on {chosen} of those with boxes and are reported on the others.")
    return f"{counted} {chosen.format(chosen=f'{where.chosen_on:,}')}"


def look_rows(where: LocalisationFigures) -> tuple[LookRow, ...]:
    """The ways to look, then what comes of no network."""
    rows = [(name, measures, True) for name, measures in where.scales.items()]
    rows += [(name, measures, False) for name, measures in where.baselines.items()]
    shown = columns(where)
    return tuple(
        LookRow(
            title=_names().get(name, gettext("Scale {scale}").format(scale=name)),
            small=f"{measures.raster[0]} × {measures.raster[1]}" if measures.raster else gettext("no network"),
            figures=tuple(column.figure(measures) or Figure(NOTHING) for column in shown),
            is_network=is_network,
        )
        for name, measures, is_network in rows
    )


def columns(where: LocalisationFigures) -> tuple[Column, ...]:
    """The measures that at least one row has."""
    every = [*where.scales.values(), *where.baselines.values()]
    return tuple(one for one in _columns() if any(one.figure(measures) is not None for measures in every))


def heads(where: LocalisationFigures) -> tuple[Figure, ...]:
    """The columns' titles, with how many pictures each is measured on."""
    rows = [*where.scales.values(), *where.baselines.values()]

    def counted(one: Column) -> str:
        known = (count for measures in rows if (count := one.pictures(measures)) is not None)
        count = next(known, None)
        return (
            "" if count is None else ngettext("{count} picture", "{count} pictures", count).format(count=f"{count:,}")
        )

    return tuple(Figure(one.title, counted(one)) for one in columns(where))


def readings(where: LocalisationFigures) -> tuple[Reading, ...]:
    """How to read the columns."""
    return tuple(Reading(one.title, one.sentence) for one in columns(where))


def provenance(metrics: EvaluationMetrics) -> tuple[Fact, ...]:
    """What was evaluated on what, and how long it took."""
    _ = gettext
    stages = {
        "pictures": _("Looking at the pictures took"),
        "faithfulness": _("Asking without the evidence took"),
        "sanity": _("Spoiling the network took"),
        "measure": _("Measuring took"),
    }
    return (
        Fact(_("Model"), metrics.model.id),
        Fact(_("Head"), metrics.model.head),
        Fact(_("Pictures"), metrics.data.name),
        *(Fact(stages.get(stage, stage), duration(seconds)) for stage, seconds in metrics.seconds.items()),
    )


def _names() -> dict[str, str]:
    return {
        FUSED: gettext("All scales and mirror images, fused"),
        CENTRE: gettext("The middle of the picture"),
        BOX: gettext("A box of the mean size in the middle"),
    }


def _columns() -> tuple[Column, ...]:
    _ = gettext
    return (
        Column(
            "MaxBoxAcc",
            _("Share of the pictures on which the box around the largest region and a given box share half of their "
              "union, its class being known (GT-known). The region exceeds one threshold, the same for all pictures."),
            lambda one: _box(one.max_box_acc),
            lambda one: _count(one.max_box_acc),
        ),
        Column(
            _("by the reference"),
            _("The same as the reference protocol has it, which chooses the threshold on the very pictures that it "
              "reports: to be compared with published figures, and a little too good."),
            lambda one: _reference(one.max_box_acc),
            lambda one: None if one.max_box_acc is None else one.max_box_acc.reference_pictures,
            is_variant=True,
        ),
        Column(
            "MaxBoxAccV2",
            _("Any region's box counts, and the mean is over shares of 30, 50 and 70% of the union, each with a "
              "threshold of its own."),
            lambda one: _measure(one.max_box_acc_v2),
            lambda one: _count(one.max_box_acc_v2),
        ),
        Column(
            _("Right and there"),
            _("As MaxBoxAcc, and the class is also the one that was said (top-1 localisation)."),
            lambda one: _measure(one.top1),
            lambda one: _count(one.top1),
        ),
        Column(
            "PxAP",
            _("Area under precision and recall of the pixels, over all thresholds: 100% where every pixel of the "
              "thing outranks every other. A map without any pattern comes to about what things cover."),
            lambda one: _measure(one.pixel_ap),
            lambda one: _count(one.pixel_ap),
        ),
        Column(
            _("Pointing"),
            _("Share of the pictures on which the strongest cell's centre lies on the thing."),
            lambda one: _measure(one.pointing),
            lambda one: _count(one.pointing),
        ),
        Column(
            _("within 15 pixels"),
            _("The same, where a peak beside the thing by 15 pixels of the picture or less counts, too."),
            lambda one: _measure(one.pointing_15),
            lambda one: _count(one.pointing_15),
            is_variant=True,
        ),
        Column(
            _("Evidence there"),
            _("The part of what adds to the class that lies on the thing: without any pattern it would be what the "
              "thing covers of the picture."),
            lambda one: _measure(one.energy),
            lambda one: _count(one.energy),
        ),
    )  # fmt: skip


def _count(measure: Measure | BoxMeasure | None) -> int | None:
    return None if measure is None else measure.pictures


def _box(measure: BoxMeasure | None) -> Figure | None:
    if measure is None:
        return None
    return Figure(percent(measure.value), shares(measure.interval))


def _reference(measure: BoxMeasure | None) -> Figure | None:
    if measure is None:
        return None
    if measure.threshold is None or measure.reference_threshold is None:
        return Figure(percent(measure.reference))
    threshold = gettext("at {threshold}, chosen {chosen}").format(
        threshold=percent(measure.reference_threshold), chosen=percent(measure.threshold)
    )
    return Figure(percent(measure.reference), threshold)


def _measure(measure: Measure | None) -> Figure | None:
    if measure is None:
        return None
    is_known = measure.interval[0] < measure.interval[1]  # of equal values no resample tells anything
    return Figure(percent(measure.value), shares(measure.interval) if is_known else "")


def _with_interval(value: float | None, interval: Interval | None) -> str:
    if value is None or interval is None:
        return NOTHING
    if interval[0] == interval[1]:  # all resamples came to the same, which says nothing of others
        return percent(value)
    return gettext("{value} ({interval})").format(value=percent(value), interval=shares(interval))


def shares(ends: Interval) -> str:
    """Where a share lies."""
    low, high = ends
    return gettext("{low} to {high}").format(low=percent(low), high=percent(high))


def interval(ends: Interval, times: float = 1, digits: int = 2) -> str:
    """Where a number lies, times another."""
    low, high = (fixed(value * times, digits) for value in ends)
    return gettext("{low} to {high}").format(low=low, high=high)
