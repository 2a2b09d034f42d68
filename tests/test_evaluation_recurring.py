"""Places that one class alone uses: found where a few per cent lie there, and not where chance or all classes do."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from model.evaluation.evidence import OUTER, evidence_figures
from model.evaluation.records import PictureRecord, Place
from model.evaluation.recurring import UNUSUAL, recurring_places, share_in
from model.evidence import PlacedMap
from model.geometry import Grid
from tests.test_evaluation_triage import picture

SIZE = (100, 80)
GRID = Grid(10, 10, 10.0, 8.0, 0.0, 0.0)
Added = Callable[[np.random.Generator, np.ndarray], None]


def nothing(rng: np.random.Generator, values: np.ndarray) -> None:
    """Adds nothing."""


def in_a_corner(rng: np.random.Generator, values: np.ndarray) -> None:
    values[-1, -1] += rng.uniform(0.5, 3.0)


def along_the_bottom(rng: np.random.Generator, values: np.ndarray) -> None:
    values[-2:] += rng.uniform(0.1, 0.6)


def pictures(label: int, count: int, added: Added, seed: int, right: bool = True) -> list[PictureRecord]:
    """A thing somewhere near the middle of each, some grain, and what is added."""
    rng = np.random.default_rng([seed, label])
    found = []
    for number in range(count):
        values = np.maximum(rng.normal(0, 0.2, (10, 10)), 0)
        row, column = rng.integers(2, 6, 2)
        values[row : row + 3, column : column + 3] += rng.uniform(1, 5)
        added(rng, values)
        figures = evidence_figures(PlacedMap(values.astype(np.float32), GRID), SIZE, None)
        one = picture(number, said=label, true=label if right else label + 1)
        found.append(one.model_copy(update={"evidence": figures}))
    return found


@pytest.mark.parametrize(("added", "place"), [(in_a_corner, Place.RIGHT_BOTTOM), (along_the_bottom, Place.BOTTOM)])
def test_a_mark_of_some_per_cent_is_found_where_it_lies(added: Added, place: Place) -> None:
    records = pictures(0, 40, added, 1) + pictures(1, 30, nothing, 2) + pictures(2, 30, nothing, 3)
    (found,) = recurring_places(records)
    mine, others = (
        [share_in(one.evidence, place) for one in some if one.evidence] for some in (records[:40], records[40:])
    )
    assert (found.index, found.place) == (0, place)
    assert found.share == pytest.approx(np.mean(mine))
    assert found.others == pytest.approx(np.mean(others))
    assert found.usual == pytest.approx(np.quantile(others, UNUSUAL))
    assert found.oftener == pytest.approx(mannwhitneyu(mine, others).statistic / (len(mine) * len(others)))
    assert max(mine) < 0.5  # no picture looks spoiled by itself


def test_chance_finds_none_in_many_classes() -> None:
    records = [one for label in range(40) for one in pictures(label, 12, nothing, 7)]
    assert recurring_places(records) == ()


def test_what_every_class_uses_is_no_place_of_one() -> None:
    assert recurring_places(pictures(0, 40, in_a_corner, 1) + pictures(1, 40, in_a_corner, 2)) == ()


def test_few_pictures_are_too_few_and_wrong_ones_do_not_count() -> None:
    others = pictures(1, 30, nothing, 2)
    assert recurring_places(pictures(0, 7, in_a_corner, 1) + others) == ()
    assert recurring_places(pictures(0, 40, in_a_corner, 1, right=False) + others) == ()
    assert recurring_places(pictures(0, 40, in_a_corner, 1)) == ()
    assert recurring_places([]) == ()


def test_each_class_has_its_own_and_places_that_overlap_are_said_once() -> None:
    def opposite(rng: np.random.Generator, values: np.ndarray) -> None:
        in_a_corner(rng, values)
        values[0, 0] += rng.uniform(0.5, 3.0)

    found = recurring_places(pictures(0, 40, opposite, 1) + pictures(1, 40, along_the_bottom, 2))
    first, second = ({one.place for one in found if one.index == index} for index in (0, 1))
    assert Place.LEFT_TOP in first
    assert not first & {Place.LEFT, Place.TOP}
    assert second & {Place.BOTTOM, Place.LEFT_BOTTOM}


def test_a_class_whose_evidence_moves_to_a_mark_does_not_make_the_others_suspicious() -> None:
    found = recurring_places(pictures(0, 120, along_the_bottom, 1) + pictures(1, 120, nothing, 2))
    assert [(one.index, one.place) for one in found] == [(0, Place.BOTTOM)]


def test_edges_are_as_wide_as_corners() -> None:
    values = np.zeros((10, 10), np.float32)
    values[:, : int(10 * OUTER)] = 1
    figures = evidence_figures(PlacedMap(values, GRID), SIZE, None)
    assert figures.edges == pytest.approx((1, OUTER, 0, OUTER))
    assert figures.corners == pytest.approx((OUTER, 0, OUTER, 0))
