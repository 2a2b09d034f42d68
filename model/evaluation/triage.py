"""Which pictures are worth a look, and why: wrong ones, and those that are right for what may be a wrong reason.

Each group has one rule on one picture's figures (model/evaluation/records.py) and a threshold that stands here. Where
evidence lies is judged of right answers alone: a wrong answer is worth a look anyway.

    wrong      what was said is not true
    sure       wrong, and with a probability of SURE or more
    outside    right; less than INSIDE of the evidence in the boxes, and the strongest cell outside of them
    border     right; BORDER or more of the evidence within a tenth of the picture from its edges, 36 % of its area
    corner     right; CORNER or more of the evidence in a corner, 4 % of the area, that recurs in its class
    spread     right; the strongest tenth of the cells gives SPREAD or less of the evidence: it gives much as any tenth
    tiny       right; the strongest tenth of the cells gives TINY or more of it: nearly all comes from one spot

A corner recurs in a class where it has CORNER or more of the evidence in at least FEWEST of its right pictures, in at
least OFTEN of them, and TIMES as often as in the right pictures of all other classes: a watermark, a logo, a date.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from model.evaluation.records import EvidenceFigures, PictureRecord

SURE = 0.8
INSIDE = 0.5
BORDER = 0.6
CORNER = 0.25
SPREAD = 0.2
TINY = 0.9
FEWEST = 3
OFTEN = 0.2
TIMES = 3.0
CORNERS = 4

Recurring = frozenset[tuple[int, int]]
"""Classes, by index, with a corner (left top, right top, left bottom, right bottom) that recurs in their pictures."""


class Group(StrEnum):
    """Why a picture is worth a look; one may be in several."""

    WRONG = "wrong"
    SURE = "sure"
    OUTSIDE = "outside"
    BORDER = "border"
    CORNER = "corner"
    SPREAD = "spread"
    TINY = "tiny"


def recurring_corners(records: Iterable[PictureRecord]) -> Recurring:
    """The corners that many right pictures of a class take their evidence from, and few of the others."""
    pictures: Counter[int] = Counter()
    there: Counter[tuple[int, int]] = Counter()
    for record in records:
        if record.right and record.evidence is not None:
            pictures[record.said] += 1
            there.update((record.said, corner) for corner in strong_corners(record.evidence))
    everywhere = [sum(there[index, corner] for index in pictures) for corner in range(CORNERS)]
    return frozenset(
        (index, corner)
        for (index, corner), count in there.items()
        if count >= max(FEWEST, OFTEN * pictures[index])
        and _is_its_own(
            count, pictures[index], everywhere[corner] - count, pictures.total() - pictures[index]
        )
    )  # fmt: skip


def groups_of(record: PictureRecord, recurring: Recurring) -> tuple[Group, ...]:
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
        Group.CORNER: any((record.said, corner) in recurring for corner in strong_corners(where)),
        Group.SPREAD: where.concentration <= SPREAD,
        Group.TINY: where.concentration >= TINY,
    }
    return tuple(group for group, is_in in holds.items() if is_in)


def triage(records: Sequence[PictureRecord]) -> tuple[tuple[Group, ...], ...]:
    """The groups of each picture of an evaluation."""
    recurring = recurring_corners(records)
    return tuple(groups_of(record, recurring) for record in records)


def strong_corners(where: EvidenceFigures) -> tuple[int, ...]:
    """The corners that have much of a picture's evidence."""
    return tuple(corner for corner, share in enumerate(where.corners) if share >= CORNER)


def _is_its_own(count: int, pictures: int, others: int, other_pictures: int) -> bool:
    """Whether a corner is used so much more often in a class's pictures than in those of the others."""
    return count * other_pictures >= TIMES * others * pictures
