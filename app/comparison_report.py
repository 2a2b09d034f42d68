"""The report on heads that were compared: one HTML file that opens from a disk, asks nothing and runs nothing."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from app import text
from app.comparison_claims import Claim, claims, counted, rated, unfinished
from app.contexts import Page, Site
from app.languages import language
from app.report_tables import Fact, duration
from app.reports import file_styles
from app.templating import environment
from app.text import fixed, gettext, percent, share
from app.version import VERSION
from model.head_comparison import HeadComparison, HeadFigures, Spread
from model.intervals import wilson
from model.plan import HeadChoice

WIDTH, HEIGHT, MARGIN = 160.0, 16.0, 5.0


@dataclass(frozen=True)
class Strip:
    """The seeds' accuracies as dots on a line.

    Attributes:
        dots: places across, one a seed
        mean: where their mean is
        summary: all of it in words
    """

    dots: tuple[float, ...]
    mean: float
    summary: str
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True)
class HeadRow:
    """One head in words, column by column."""

    name: str
    what: str
    parameters: str
    train: str
    val: str
    gap: str
    epochs: str
    seconds: str
    strip: Strip
    shifted: tuple[str, ...]
    other_size: str
    localisation: tuple[str, ...]


@dataclass(frozen=True)
class ComparisonPage(Page):
    """What was measured of several heads.

    Attributes:
        styles: of the whole file
        data: name of the data folder
        moment: when, in words
        facts: what all of them had in common
        low: accuracy at the left end of the strips, in words
        shares: by which pictures were moved, in words
        larger_side: of the other input size; None where there was none
        boxes: what the boxes cover, in words; None where there were none
        chance: how sure an accuracy is, in a sentence
        unfinished: which heads might have learned more, in a sentence; None where none
        rows: the heads
        claims: what is often said, and what came out
        problems: found in the pictures
    """

    template: ClassVar[str] = "heads_report.html"
    styles: Markup
    data: str
    moment: str
    facts: tuple[Fact, ...]
    low: str
    shares: tuple[str, ...]
    larger_side: int | None
    boxes: str | None
    chance: str
    unfinished: str | None
    rows: tuple[HeadRow, ...]
    claims: tuple[Claim, ...]
    problems: tuple[str, ...]


def draw_comparison(comparison: HeadComparison) -> bytes:
    """A self-contained HTML file, UTF-8."""
    low = _low(comparison)
    page = ComparisonPage(
        site=Site(path="", theme="auto", language=language(), version=VERSION, script_text="{}"),
        styles=file_styles(),
        data=comparison.data,
        moment=text.moment(comparison.created_at),
        facts=_facts(comparison),
        low=share(low),
        shares=tuple(fixed(100 * one.share, 1) + "%" for one in comparison.heads[0].shifted),
        larger_side=comparison.larger_side,
        boxes=_boxes(comparison),
        chance=_chance(comparison),
        unfinished=unfinished(comparison),
        rows=tuple(_row(one, low) for one in comparison.heads),
        claims=claims(comparison),
        problems=comparison.problems,
    )
    return environment().get_template(page.template).render(page.values()).encode("utf-8", "replace")


def _facts(comparison: HeadComparison) -> tuple[Fact, ...]:
    _ = gettext
    rows, columns = comparison.cells
    side = comparison.side
    return (
        Fact(_("Network"), comparison.base),
        Fact(_("Feature maps"), f"{comparison.channels:,} × {rows} × {columns}"),
        Fact(_("Input"), _("{side} × {side} pixels").format(side=side)),
        Fact(_("Classes"), f"{len(comparison.labels):,}"),
        Fact(_("Learned from"), f"{comparison.train:,}"),
        Fact(_("Held out to choose by"), f"{comparison.held_out:,}"),
        Fact(_("Judged on"), f"{comparison.val:,}"),
        Fact(_("Seeds"), f"{len(comparison.seeds):,}"),
        Fact(_("Epochs at most"), f"{comparison.epochs:,}"),
        Fact(_("Took"), duration(comparison.seconds)),
    )


def _boxes(comparison: HeadComparison) -> str | None:
    if comparison.boxes is None:
        return None
    return gettext("{maps} maps on {pictures} pictures; the boxes cover {area} of a picture.").format(
        maps=f"{comparison.boxes.maps:,}",
        pictures=f"{comparison.boxes.pictures:,}",
        area=percent(comparison.boxes.area),
    )


def _chance(comparison: HeadComparison) -> str:
    best = max(one.val_accuracy.mean for one in comparison.heads)
    low, high = wilson(round(best * comparison.val), comparison.val)
    return gettext(
        "± is the standard deviation over the seeds. Whatever the seed, {best} right on {count} pictures may as well "
        "be anything from {low} to {high} (95% interval); all heads were judged on the same ones."
    ).format(count=f"{comparison.val:,}", best=percent(best), low=percent(low), high=percent(high))


def _row(head: HeadFigures, low: float) -> HeadRow:
    found = head.localisation
    return HeadRow(
        name=head.head.value,
        what=descriptions()[head.head],
        parameters=f"{head.parameters:,}",
        train=rated(head.train_accuracy),
        val=rated(head.val_accuracy),
        gap=fixed(100 * head.gap.mean, 1),
        epochs=counted(head.epochs_to_best),
        seconds=fixed(head.seconds.mean, 1),
        strip=_strip(head.val_accuracy, low),
        shifted=tuple(rated(one.accuracy) for one in head.shifted),
        other_size=rated(head.other_size) if head.other_size else gettext("does not work"),
        localisation=tuple(rated(one) for one in (found.pointing, found.inside, found.overlap, found.own))
        if found
        else (),
    )


def descriptions() -> dict[HeadChoice, str]:
    """What each head is, in a few words."""
    _ = gettext
    return {
        HeadChoice.GAP: _("average, linear"),
        HeadChoice.SUM: _("sum, linear"),
        HeadChoice.GMP: _("maximum, linear"),
        HeadChoice.CONV1X1: _("1 × 1 convolution, average"),
        HeadChoice.NIN: _("mlpconv block, average"),
        HeadChoice.FC: _("flatten, two fully connected layers"),
    }


def _low(comparison: HeadComparison) -> float:
    """Where the strips begin: at a tenth below the lowest accuracy."""
    lowest = min(value for one in comparison.heads for value in one.val_accuracy.values)
    return min(max(int(lowest * 10) / 10, 0.0), 0.9)


def _strip(spread: Spread, low: float) -> Strip:
    def across(value: float) -> float:
        return round(MARGIN + (WIDTH - 2 * MARGIN) * (value - low) / (1 - low), 1)

    summary = gettext("from {low} to {high}").format(low=percent(min(spread.values)), high=percent(max(spread.values)))
    return Strip(tuple(across(value) for value in spread.values), across(spread.mean), summary)
