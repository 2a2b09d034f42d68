"""Which pictures are worth a look, and why: wrong ones, and those that are right for what may be a wrong reason.

Each group has one rule on one picture's figures (model/evaluation/records.py) and a threshold that stands here. Where
evidence lies is judged of right answers alone: a wrong answer is worth a look anyway.

    wrong      what was said is not true
    sure       wrong, and with a probability of SURE or more
    outside    right; less than INSIDE of the evidence in the boxes, and the strongest cell outside of them
    border     right; BORDER or more of the evidence within a tenth of the picture from its edges, 36 % of its area
    place      right; more of the evidence in a corner or along an edge that its class alone uses (recurring.py) than
               UNUSUAL of the other classes' pictures have there
    spread     right; the strongest tenth of the cells gives SPREAD or less of the evidence: it gives much as any tenth
    tiny       right; the strongest tenth of the cells gives TINY or more of it: nearly all comes from one spot
"""

from collections.abc import Sequence
from enum import StrEnum

from model.evaluation.records import PictureRecord, RecurringPlace
from model.evaluation.recurring import stands_out

SURE = 0.8
INSIDE = 0.5
BORDER = 0.6
SPREAD = 0.2
TINY = 0.9


class Group(StrEnum):
    """Why a picture is worth a look; one may be in several."""

    WRONG = "wrong"
    SURE = "sure"
    OUTSIDE = "outside"
    BORDER = "border"
    PLACE = "place"
    SPREAD = "spread"
    TINY = "tiny"


def groups_of(record: PictureRecord, recurring: Sequence[RecurringPlace]) -> tuple[Group, ...]:
    """The groups that a picture is in.

    Args:
        record: of the picture
        recurring: of all pictures of its evaluation
    """
    if not record.right:
        return (Group.WRONG, Group.SURE) if record.probability >= SURE else (Group.WRONG,)
    where = record.evidence
    if where is None or where.concentration is None:  # no maps, or nothing that adds
        return ()
    holds = {
        Group.OUTSIDE: where.inside is not None and where.inside < INSIDE and not where.pointing,
        Group.BORDER: where.border >= BORDER,
        Group.PLACE: stands_out(where, record.said, recurring),
        Group.SPREAD: where.concentration <= SPREAD,
        Group.TINY: where.concentration >= TINY,
    }
    return tuple(group for group, is_in in holds.items() if is_in)


def triage(records: Sequence[PictureRecord], recurring: Sequence[RecurringPlace]) -> tuple[tuple[Group, ...], ...]:
    """The groups of each picture of an evaluation; recurring: places of all of them together."""
    return tuple(groups_of(record, recurring) for record in records)
