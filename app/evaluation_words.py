"""What people read of groups, figures and stages of evaluations."""

from dataclasses import dataclass

from app.job_words import place_in_line, standing, time_left
from app.jobs import JobState
from app.schemas_evaluations import Evaluation, SortKey
from app.text import gettext, ngettext, percent, share
from model.evaluation import recurring, triage
from model.evaluation.records import EvaluationMetrics, Place
from model.evaluation.triage import Group

OUTER_TENTH = 0.36  # of the area lies within a tenth of the picture from its edges


@dataclass(frozen=True)
class GroupWords:
    """A group: its name, and the rule by which a picture is in it."""

    title: str
    rule: str


def group_words(group: Group) -> GroupWords:
    """How a group is called, and what puts a picture there."""
    _ = gettext
    inside, tiny, spread = share(triage.INSIDE), share(triage.TINY), share(triage.SPREAD)
    words = {
        Group.WRONG: GroupWords(_("Wrong"), _("What was said is not true.")),
        Group.SURE: GroupWords(
            _("Sure and wrong"),
            _("What was said is not true, and its probability is {sure} or more.").format(sure=share(triage.SURE)),
        ),
        Group.OUTSIDE: GroupWords(
            _("Evidence beside the thing"),
            _(
                "Right, but less than {inside} of what adds to the class lies on the thing, by its boxes or its mask, "
                "and the strongest cell lies beside it."
            ).format(inside=inside),
        ),
        Group.BORDER: GroupWords(
            _("On the border"),
            _(
                "Right, but {border} or more of what adds to the class lies within a tenth of the picture from its "
                "edges, which is {area} of its area."
            ).format(border=share(triage.BORDER), area=share(OUTER_TENTH)),
        ),
        Group.PLACE: GroupWords(
            _("In a place that recurs"),
            _(
                "Right, but more of what adds to the class lies in a corner or along an edge than in {unusual} of the "
                "other classes' pictures, and this class as a whole takes its evidence from there: there may be a "
                "watermark."
            ).format(unusual=share(recurring.UNUSUAL)),
        ),
        Group.SPREAD: GroupWords(
            _("Spread"),
            _("Right, but the strongest tenth of the cells gives {spread} or less of what adds to the class.").format(
                spread=spread
            ),
        ),
        Group.TINY: GroupWords(
            _("Tiny"),
            _("Right, but the strongest tenth of the cells gives {tiny} or more of what adds to the class.").format(
                tiny=tiny
            ),
        ),
    }
    return words[group]


def recurring_sentences(metrics: EvaluationMetrics) -> tuple[str, ...]:
    """What may be a watermark: places that single classes take evidence from."""
    _ = gettext
    names = {
        Place.LEFT_TOP: _("in the left top corner"),
        Place.RIGHT_TOP: _("in the right top corner"),
        Place.LEFT_BOTTOM: _("in the left bottom corner"),
        Place.RIGHT_BOTTOM: _("in the right bottom corner"),
        Place.LEFT: _("along the left edge"),
        Place.TOP: _("along the top edge"),
        Place.RIGHT: _("along the right edge"),
        Place.BOTTOM: _("along the bottom edge"),
    }
    return tuple(
        _(
            "{label}: {share} of what adds to it lies {place}, of other classes {others}; a picture of it has more "
            "there than one of another class {oftener} of the time. Is there a watermark?"
        ).format(
            label=metrics.model.labels[one.index], place=names[one.place], share=percent(one.share),
            others=percent(one.others), oftener=share(one.oftener),
        )
        for one in metrics.recurring
    )  # fmt: skip


def numbered_kind(key: str) -> str:
    """What a cluster is called that nobody gave a name."""
    return gettext("Kind {number}").format(number=int(key.partition(".")[2]) + 1)


def sort_titles() -> dict[SortKey, str]:
    """What pictures can be put in order by."""
    _ = gettext
    figures = {
        SortKey.PROBABILITY: _("How sure it is"),
        SortKey.PROBABILITY_TRUE: _("Probability of the true class"),
        SortKey.MARGIN: _("Lead over the second class"),
        SortKey.LOSS: _("Loss"),
        SortKey.INSIDE: _("Evidence on the thing"),
        SortKey.BORDER: _("Evidence on the border"),
        SortKey.CORNER: _("Evidence in one corner"),
        SortKey.CONCENTRATION: _("How concentrated the evidence is"),
        SortKey.GIVEN: _("How much adds to the class"),
    }
    rising = {key: _("{figure}, smallest first").format(figure=title) for key, title in figures.items()}
    return {SortKey.WORST: _("The worst first"), SortKey.NUMBER: _("As they are listed")} | rising


def headline_of(evaluation: Evaluation) -> str:
    """How an evaluation stands, in a few words."""
    _ = gettext
    stages = {
        None: _("Starting …"),
        "pictures": _("Looking at the pictures"),
        "faithfulness": _("Asking again without the evidence"),
        "sanity": _("Asking the network as it forgets"),
    }
    under_way = stages.get(evaluation.stage, _("Adding up"))
    return standing(
        evaluation, under_way, gettext("{accuracy} right").format(accuracy=percent(evaluation.accuracy or 0))
    )


def sentences_of(evaluation: Evaluation) -> tuple[str, ...]:
    """What there is to say beyond that."""
    _ = gettext
    said = []
    if evaluation.position is not None:
        said.append(place_in_line(evaluation.position))
    progress = evaluation.progress
    if evaluation.state is JobState.RUNNING and progress is not None and progress.total:
        counted = ngettext("{done} of {total} picture", "{done} of {total} pictures", progress.total)
        said.append(counted.format(done=f"{progress.done:,}", total=f"{progress.total:,}"))
        if progress.seconds_left is not None:
            said.append(_("Time left: {time}").format(time=time_left(progress.seconds_left)))
    if not evaluation.state.ended:
        said.append(_("You may leave this page; it goes on."))
    return tuple(said)
