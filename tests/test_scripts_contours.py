"""Outlines and shares in the browser's own code, under Node: the server's, to 1e-5."""

from typing import Any

import numpy as np
import pytest

from model.contours import outlines
from model.enclosed import given_share
from tests import node
from tests.outlined import MAPS, Case

THRESHOLDS = (0.0, 0.2, 0.5, 0.9)


def arguments(case: Case) -> list[Any]:
    values, grid, photo = case
    return [values.ravel().tolist(), dict(grid.__dict__), {"width": photo[0], "height": photo[1]}]


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, float], Any]:
    """What the scripts find, by map and threshold."""
    keys = [(name, threshold) for name in MAPS for threshold in THRESHOLDS]
    calls = [[*arguments(MAPS[name]), threshold] for name, threshold in keys]
    return dict(zip(keys, node.answers("contours", "outlines", calls), strict=True))


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("name", MAPS)
def test_outlines_are_the_servers(found: dict[tuple[str, float], Any], name: str, threshold: float) -> None:
    theirs, ours = outlines(*MAPS[name], threshold), found[name, threshold]
    assert [one["box"] for one in ours] == [
        {edge: getattr(one.box, edge) for edge in ("left", "top", "right", "bottom")} for one in theirs
    ]
    for one, other in zip(ours, theirs, strict=True):
        assert [len(ring) for ring in one["rings"]] == [len(ring) for ring in other.rings]
        for ring, their_ring in zip(one["rings"], other.rings, strict=True):
            np.testing.assert_allclose(ring, their_ring, atol=1e-5)


def test_areas_and_shares_are_the_servers(found: dict[tuple[str, float], Any]) -> None:
    each = [(name, place) for name in MAPS for place in range(len(found[name, 0.2]))]
    rings = [found[name, 0.2][place]["rings"] for name, place in each]
    calls = [
        [values, one_rings, grid, photo]
        for (name, _), one_rings in zip(each, rings, strict=True)
        for values, grid, photo in [arguments(MAPS[name])]
    ]
    shares = node.answers("found", "givenShare", calls)
    areas = node.answers("contours", "areaOf", [[one] for one in rings])
    for (name, place), share, area in zip(each, shares, areas, strict=True):
        values, grid, photo = MAPS[name]
        theirs = outlines(values, grid, photo, 0.2)[place]
        assert area == pytest.approx(theirs.area, abs=1e-5)
        assert share == pytest.approx(given_share(values, theirs.rings, grid, photo), abs=1e-9)
    assert len(each) > 40
