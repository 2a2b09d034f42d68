"""What people read of groups, figures and stages of evaluations."""

from dataclasses import dataclass

from app.job_words import place_in_line, standing, time_left
from app.jobs import JobState
from app.schemas_evaluations import Evaluation, SortKey
from app.text import gettext, ngettext, percent, share
from model.evaluation import triage
from model.evaluation.triage import Group

OUTER_TENTH = 0.36  # of the area lies within a tenth of the picture from its edges
CORNER_AREA = 0.04


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
            _("Evidence outside the box"),
            _(
                "Right, but less than {inside} of what adds to the class lies in its box, and the strongest cell lies "
                "outside."
            ).format(inside=inside),
        ),
        Group.BORDER: GroupWords(
            _("On the border"),
            _(
                "Right, but {border} or more of what adds to the class lies within a tenth of the picture from its "
                "edges, which is {area} of its area."
            ).format(border=share(triage.BORDER), area=share(OUTER_TENTH)),
        ),
        Group.CORNER: GroupWords(_("In a corner that recurs"), _corner_rule()),
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


def _corner_rule() -> str:
    rule = gettext(
        "Right, but {corner} or more of what adds to the class lies in one corner, {area} of the area. The same corner "
        "has as much in {often} or more of the class, and {times} times as often as elsewhere: there may be a "
        "watermark."
    )
    shares = {"corner": triage.CORNER, "area": CORNER_AREA, "often": triage.OFTEN}
    return rule.format(**{name: share(value) for name, value in shares.items()}, times=f"{triage.TIMES:g}")


def numbered_kind(key: str) -> str:
    """What a cluster is called that nobody gave a name."""
    return gettext("Kind {number}").format(number=int(key.partition(".")[2]) + 1)


def sort_titles() -> dict[SortKey, str]:
    """What pictures can be put in order by."""
    _ = gettext
    return {
        SortKey.NUMBER: _("As they are listed"),
        SortKey.PROBABILITY: _("How sure it is"),
        SortKey.PROBABILITY_TRUE: _("Probability of the true class"),
        SortKey.MARGIN: _("Lead over the second class"),
        SortKey.LOSS: _("Loss"),
        SortKey.INSIDE: _("Evidence in the box"),
        SortKey.BORDER: _("Evidence on the border"),
        SortKey.CORNER: _("Evidence in one corner"),
        SortKey.CONCENTRATION: _("How concentrated the evidence is"),
        SortKey.GIVEN: _("How much adds to the class"),
    }


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
