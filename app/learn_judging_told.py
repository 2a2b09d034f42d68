"""Heads that were judged, in words and as JSON."""

from collections.abc import Sequence

from app.contexts_learn_global_pooling import JudgedHead, JudgedShown, JudgedView
from app.learn_judging import JUDGED, JudgeAsked, Judged, Pool
from app.learn_views import View, titles
from app.schemas_learn_global_pooling import JudgedInfo, JudgedViewInfo
from app.text import fixed, gettext


def pool_titles(parts: int) -> dict[Pool, str]:
    """What each head is given, in a few words."""
    _ = gettext
    return {
        Pool.AVERAGE: _("Average of each map"),
        Pool.MAXIMUM: _("Maximum of each map"),
        Pool.PARTS: _("Averages of {parts} × {parts} parts").format(parts=parts),
        Pool.FLATTEN: _("Flatten: every cell"),
    }


def judged_shown(judged: Sequence[Judged], asked: JudgeAsked) -> JudgedShown:
    """The table of all heads and views, and what came out."""
    heads, views = pool_titles(asked.parts), titles(asked.by)
    return JudgedShown(
        tuple(JudgedHead(heads[one.pool], f"{one.parameters:,}", _together(one)) for one in judged),
        tuple(
            JudgedView(
                views[counts[0].view],
                counts[0].learned,
                tuple(_cell(one.right, one.count, one.lead) for one in counts),
            )
            for counts in zip(*(one.views for one in judged), strict=True)
        ),
        verdict(judged),
    )


def _cell(right: int, count: int, lead: float) -> str:
    return gettext("{right} of {count}, lead {lead}").format(right=right, count=count, lead=fixed(lead, 2))


def _together(one: Judged) -> str:
    count, right, lead = one.together(learned=False)
    return _cell(right, count, lead) if count else "–"


def verdict(judged: Sequence[Judged]) -> str:
    """Whether the claim stands."""
    _ = gettext
    one, other = (next(head for head in judged if head.pool is pool) for pool in (Pool.AVERAGE, Pool.FLATTEN))
    (count, right, lead), (_count, wrong, less) = one.together(learned=False), other.together(learned=False)
    numbers = {
        "right": right,
        "other": wrong,
        "count": count,
        "lead": fixed(lead, 2),
        "less": fixed(less, 2),
        "times": f"{other.parameters / one.parameters:.0f}",
    }
    if not count:
        told = _("Nothing is left to judge by: leave one view at least unticked.")
    elif right > wrong:
        told = _(
            "Of {count} views that neither had seen, the average names {right} rightly, and every cell, with {times} "
            "times the parameters, {other}. The claim stands."
        )
    elif right < wrong:
        told = _(
            "Of {count} views that neither had seen, every cell names {other} rightly, and the average {right}. "
            "You have broken the claim here. What has every cell learned that the average cannot?"
        )
    else:
        told = _(
            "Of {count} views that neither had seen, both name {right} rightly: the average with a lead of {lead}, "
            "every cell, with {times} times the parameters, with one of {less}."
        )
    return told.format(**numbers)


def view_choices(asked: JudgeAsked) -> tuple[tuple[str, str, bool], ...]:
    """Views that can be learned from: value, title, and whether they are."""
    named = titles(asked.by)
    return tuple((view.value, named[view], view in asked.learned) for view in JUDGED if view is not View.STILL)


def judged_info(one: Judged) -> JudgedInfo:
    """A head, as JSON."""
    (learned, learned_right, learned_lead), (new, new_right, new_lead) = one.together(True), one.together(False)
    return JudgedInfo(
        name=one.pool,
        parameters=one.parameters,
        learned=learned,
        learned_right=learned_right,
        learned_lead=learned_lead,
        new=new,
        new_right=new_right,
        new_lead=new_lead,
        views=[
            JudgedViewInfo(view=seen.view, learned=seen.learned, count=seen.count, right=seen.right, lead=seen.lead)
            for seen in one.views
        ],
    )
