"""Whether maps hang on what a network has learned: a chart, a table and what they say (model.evaluation.sanity)."""

from dataclasses import dataclass

from app.curves import Chart, Line, levels, path
from app.evaluation_tables import NOTHING, Figure, interval
from app.text import fixed, gettext, ngettext
from model.evaluation.figures import Mean, SanityFigures, Spoiling

LIKE = 0.5  # a correlation: maps surely above it have not changed for the most part, those surely below it have


@dataclass(frozen=True)
class StepRow:
    """One spoiled network: what was redrawn, the last layer's name, and how alike the maps are."""

    title: str
    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class SanityPart:
    """Whether maps hang on what the network has learned.

    Attributes:
        lead: what was done
        verdicts: what came of it, a sentence each
        chart: the cascade
        rows: shuffled rows, then step by step
    """

    lead: str
    verdicts: tuple[str, ...]
    chart: Chart
    rows: tuple[StepRow, ...]


def sanity_part(found: SanityFigures) -> SanityPart:
    """All of it in words."""
    return SanityPart(
        lead=ngettext(
            "The map of what was said on {count} picture is compared with that of the same network, its layers redrawn "
            "at random one after the other, from the head down to the photo.",
            "The maps of what was said on {count} pictures are compared with those of the same network, its layers "
            "redrawn at random one after the other, from the head down to the photo.",
            found.pictures,
        ).format(count=f"{found.pictures:,}"),
        verdicts=(_forgotten(found), _shuffled(found.shuffled)),
        chart=_cascade(found),
        rows=(
            StepRow(gettext("Rows of the head swapped"), "", _likeness(found.shuffled)),
            *(
                StepRow(
                    gettext("{count} of {layers}").format(count=one.layers, layers=found.layers),
                    one.name,
                    _likeness(one),
                )
                for one in found.steps
            ),
        ),
    )


def _forgotten(found: SanityFigures) -> str:
    """What is left of the maps when the network has forgotten everything."""
    _ = gettext
    last = found.steps[-1].rank if found.steps else None
    if last is None:
        return _("With all layers redrawn the network gives no maps any more, so there is nothing to compare.")
    sentence = _of(
        last,
        alike=_("With all {layers} layers redrawn the maps are still alike: their cells’ ranks correlate by {rank} "
                "({interval}). Such maps do not depend on what the network has learned."),
        unlike=_("With all {layers} layers redrawn the ranks of the maps’ cells correlate by {rank} ({interval}): the "
                 "maps depend on what the network has learned."),
        unsure=_("With all {layers} layers redrawn the ranks of the maps’ cells correlate by {rank} ({interval}): too "
                 "little to say that the maps depend on what the network has learned. Ask about more pictures."),
    )  # fmt: skip
    return sentence.format(layers=found.layers, rank=fixed(last.value, 2), interval=interval(last.interval))


def _shuffled(one: Spoiling) -> str:
    """Whether maps of other classes differ."""
    _ = gettext
    if one.rank is None:
        return _("With the rows of the head swapped there are no maps to compare.")
    sentence = _of(
        one.rank,
        alike=_("With each class given another one’s row of the head they are still alike, {rank} ({interval}): the "
                "maps do not tell classes apart."),
        unlike=_("With each class given another one’s row of the head the correlation is {rank} ({interval}): the "
                 "maps tell classes apart."),
        unsure=_("With each class given another one’s row of the head the correlation is {rank} ({interval}): too "
                 "little to say that the maps tell classes apart. Ask about more pictures."),
    )  # fmt: skip
    return sentence.format(rank=fixed(one.rank.value, 2), interval=interval(one.rank.interval))


def _of(rank: Mean, alike: str, unlike: str, unsure: str) -> str:
    """The sentence that a correlation calls for."""
    low, high = rank.interval
    if low > LIKE:
        return alike
    return unlike if high < LIKE else unsure


def _cascade(found: SanityFigures) -> Chart:
    """Both measures over the layers; where no picture has a map any more, they end."""
    steps = [(one.rank.value, one.ssim.value) for one in found.steps if one.rank is not None and one.ssim is not None]
    ranks, similarities = [1.0, *(rank for rank, _ in steps)], [1.0, *(ssim for _, ssim in steps)]
    last = found.steps[len(steps) - 1].layers if steps else 0
    _ = gettext
    return Chart(
        title=_("Likeness to the original maps"),
        summary=_(
            "From 1 with no layer redrawn to {rank} by rank and {ssim} by structure with {count} redrawn."
        ).format(rank=fixed(ranks[-1], 2), ssim=fixed(similarities[-1], 2), count=last),
        top="1",
        bottom=fixed(-1.0, 0),
        first=_("as learned"),
        last=_("{count} of {layers} layers redrawn").format(count=last, layers=found.layers),
        lines=(
            Line("held-out", _("Rank correlation"), fixed(ranks[-1], 2), path(ranks, -1, 1)),
            Line("learned", _("Structural similarity"), fixed(similarities[-1], 2), path(similarities, -1, 1)),
        ),
        levels=levels(),
    )


def _likeness(one: Spoiling) -> tuple[Figure, ...]:
    return tuple(
        Figure(NOTHING) if mean is None else Figure(fixed(mean.value, 2), interval(mean.interval))
        for mean in (one.rank, one.ssim)
    )
