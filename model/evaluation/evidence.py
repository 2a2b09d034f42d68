"""Where what adds to a class lies: in its boxes, at the border, in the corners, along the edges, in which ninth."""

from collections.abc import Sequence

from model.concentration import concentration
from model.coverage import Region, Size
from model.evaluation.pointing import points_at
from model.evaluation.records import EvidenceFigures
from model.evaluation.truth import Truth
from model.evidence import PlacedMap, evidence, shares, shares_of
from model.zones import strongest_zone

BORDER = 0.1
OUTER = 0.2  # of a side: how wide corners and edges are


def evidence_figures(placed: PlacedMap, size: Size, truth: Truth | None) -> EvidenceFigures:
    """Where a map's evidence lies.

    Args:
        placed: the map of the true class
        size: (width, height) of the picture that its grid is laid on
        truth: where the class lies; None where nobody said so
    """
    zone = strongest_zone(placed, size)
    return EvidenceFigures(
        inside=None if truth is None else inside(placed, truth, size),
        pointing=None if truth is None else points_at(placed, truth, size),
        border=_share_of_border(placed, size),
        corners=_shares_in(placed, size, _corners(size)),
        edges=_shares_in(placed, size, _edges(size)),
        concentration=concentration(placed.values),
        given=evidence(placed.values).given,
        zone=None if zone is None else zone.number,
    )


def inside(placed: PlacedMap, truth: Truth, size: Size) -> float:
    """The share of what a map gives that lies in the boxes, or on the mask; 0 where it gives nothing."""
    return shares_of(placed.values, truth.parts(placed.grid, size)).given or 0.0


def _share_of_border(placed: PlacedMap, size: Size) -> float:
    width, height = size
    inner = Region(width * BORDER, height * BORDER, width * (1 - BORDER), height * (1 - BORDER))
    given = shares(placed, inner, size).given
    return 0.0 if given is None else max(0.0, 1 - given)


def _shares_in(placed: PlacedMap, size: Size, regions: Sequence[Region]) -> tuple[float, float, float, float]:
    one, two, three, four = (shares(placed, region, size).given or 0.0 for region in regions)
    return one, two, three, four


def _corners(size: Size) -> list[Region]:
    """Left top, right top, left bottom, right bottom."""
    across, down = size[0] * OUTER, size[1] * OUTER
    return [
        Region(left, top, left + across, top + down) for top in (0, size[1] - down) for left in (0, size[0] - across)
    ]


def _edges(size: Size) -> list[Region]:
    """Left, top, right, bottom."""
    (width, height), (across, down) = size, (size[0] * OUTER, size[1] * OUTER)
    return [
        Region(0, 0, across, height),
        Region(0, 0, width, down),
        Region(width - across, 0, width, height),
        Region(0, height - down, width, height),
    ]
