"""Places along the edges of pictures that one class takes its evidence from, and the others do not: watermarks, dates.

A watermark may have a few per cent of each picture's evidence and yet decide, so single pictures do not show it. What
does is the class: for each of eight places (the corners of a fifth by a fifth, the edges a fifth wide) the shares of
its right pictures are compared with those of all other classes' by ranks, as Mann and Whitney 1947 do:

    U = R - n (n + 1) / 2        R: sum of the ranks of the class's n pictures among all n + m
    rank = U / (n m)             the chance that a picture of the class has more there than one of another
    z = (rank - 1/2) / sqrt((n + m + 1) / (12 n m))

A place recurs from CERTAIN standard deviations, a chance of OFTENER, a share of LEAST and TIMES the others' share on.
The first alone lets one of 30,000 places of classes that use none pass; ties make the true deviation smaller, so that
z is a little too careful. The last two are for the others: where one class's evidence moves to a mark, theirs seems to
have moved away from it. Both corners of an edge that recurs, too, are that edge; of other places that overlap, the
clearest counts.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.evaluation.records import EvidenceFigures, PictureRecord, Place, RecurringPlace

CERTAIN = 4.0
OFTENER = 0.65
LEAST = 0.02
TIMES = 2.0
FEWEST = 8  # right pictures of the class, and of the others
UNUSUAL = 0.95
"""Of the other classes' pictures so many have less in the place than one that stands out there."""

BESIDE = {
    Place.LEFT_TOP: (Place.LEFT, Place.TOP),
    Place.RIGHT_TOP: (Place.RIGHT, Place.TOP),
    Place.LEFT_BOTTOM: (Place.LEFT, Place.BOTTOM),
    Place.RIGHT_BOTTOM: (Place.RIGHT, Place.BOTTOM),
}
"""The edges that a corner is part of."""

Doubles = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


def recurring_places(records: Sequence[PictureRecord]) -> tuple[RecurringPlace, ...]:
    """The places that classes use alone, by class, the clearest first; of places that overlap the clearest."""
    judged = [one for one in records if one.right and one.evidence is not None]
    if not judged:
        return ()
    shares = np.array([[share_in(one.evidence, place) for place in Place] for one in judged if one.evidence])
    classes = np.array([one.said for one in judged])
    ranks = _ranks(shares)
    found: list[RecurringPlace] = []
    for index in np.unique(classes).tolist():
        mine = classes == index
        if min(mine.sum(), (~mine).sum()) >= FEWEST:
            found += _of_class(index, shares[mine], shares[~mine], ranks[mine])
    return tuple(found)


def stands_out(where: EvidenceFigures, index: int, recurring: Sequence[RecurringPlace]) -> bool:
    """Whether a picture of a class has much of its evidence in a place that this class alone uses."""
    return any(one.index == index and share_in(where, one.place) > one.usual for one in recurring)


def share_in(where: EvidenceFigures, place: Place) -> float:
    """The share of a picture's evidence that lies in a place."""
    return dict(zip(Place, (*where.corners, *where.edges), strict=True))[place]


def _of_class(index: int, mine: Doubles, others: Doubles, ranks: Doubles) -> list[RecurringPlace]:
    """What recurs in one class.

    Args:
        index: of the class
        mine: shares of its pictures, (n, places)
        others: those of all other classes, (m, places)
        ranks: of mine among both, (n, places)
    """
    n, m = len(mine), len(others)
    chance = (ranks.sum(axis=0) - n * (n + 1) / 2) / (n * m)
    deviations = (chance - 0.5) / np.sqrt((n + m + 1) / (12 * n * m))
    share, usual = mine.mean(axis=0), others.mean(axis=0)
    holds = (deviations >= CERTAIN) & (chance >= OFTENER) & (share >= np.maximum(LEAST, TIMES * usual))
    places = list(Place)
    clearest = [places[number] for number in np.argsort(-deviations, kind="stable").tolist() if holds[number]]
    return [
        RecurringPlace(
            index=index,
            place=place,
            share=float(share[number]),
            others=float(usual[number]),
            oftener=float(chance[number]),
            usual=float(np.quantile(others[:, number], UNUSUAL)),
        )
        for place, number in ((place, places.index(place)) for place in _apart(clearest))
    ]


def _apart(places: Sequence[Place]) -> list[Place]:
    """Places that do not overlap, the clearest first; an edge stands for both of its corners."""
    edges = [one for one in places if sum(one in BESIDE[corner] for corner in places if corner in BESIDE) > 1]
    found: list[Place] = []
    for one in (*edges, *places):
        if not any(_overlap(one, other) for other in found):
            found.append(one)
    return found


def _overlap(one: Place, other: Place) -> bool:
    if one in BESIDE or other in BESIDE:
        return one is other or other in BESIDE.get(one, ()) or one in BESIDE.get(other, ())
    return {one, other} not in ({Place.LEFT, Place.RIGHT}, {Place.TOP, Place.BOTTOM})


def _ranks(values: Doubles) -> Doubles:
    """Ranks from 1 on within each column, equal ones sharing their mean."""
    from scipy.stats import rankdata  # noqa: PLC0415 - of the extra `evaluate`

    return np.asarray(rankdata(values, axis=0), np.float64)
