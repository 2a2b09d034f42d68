"""Sentences about altered photos: the cause that is named is the largest one."""

import re
from dataclasses import replace

import numpy as np
import pytest

from app.alterations import Alteration, Asked, Found, Said, Scores
from app.counterfactual_told import copy_sentence, curve_sentence, sentences
from model.cam import ClassMaps
from model.counterfactual import Change, Fill, Split
from model.coverage import Region
from model.geometry import Grid

LABELS = ("cat", "{dog}")
LOGITS, PREDICTED, ACTUAL = (np.array(values, np.float32) for values in ([3, 1], [1, 2], [2, 0.5]))


def scores(logits: np.ndarray) -> Scores:
    return Scores(logits, (logits / 10).astype(np.float32))


def found(
    split: Split | None,
    linear: bool = True,
    versus: int | None = None,
    change: Change = Change.ERASE,
    fill: Fill = Fill.BLUR,
) -> Found:
    place, parts = Region(0, 0, 1, 1), np.array([[1.0]])
    asked = Asked(
        Alteration(place, change=change, fill=fill), 0, versus, place, parts, parts, 0.25, Grid(1, 1, 1, 1, 0, 0)
    )
    before = Said(LOGITS, (LOGITS / 10).astype(np.float32), ClassMaps(np.zeros((2, 1, 1), np.float32), None))
    actual = None if split is None else scores(ACTUAL)
    return Found(asked, before, scores(PREDICTED), actual, split, linear)


@pytest.mark.parametrize("change", Change)
@pytest.mark.parametrize("fill", Fill)
@pytest.mark.parametrize("versus", [None, 1])
@pytest.mark.parametrize("split", [None, Split(1, 0, 0)])
def test_what_happened_is_told_with_its_numbers(
    change: Change, fill: Fill, versus: int | None, split: Split | None
) -> None:
    told = sentences(found(split, versus=versus, change=change, fill=fill), LABELS)
    assert len(told) == (1 if split is None else 3)
    outcome = told[0 if split is None else 1]
    numbers = ["25.0%"] + (["30.0%", "10.0%"] if versus is None else ["+2.00", "−1.00", "{dog}"])
    if split is not None:
        numbers.append("20.0%" if versus is None else "+1.50")
        assert ("blurred" in outcome) == (fill is Fill.BLUR)
    for number in numbers:
        assert number in outcome
    assert ("From this part alone" in outcome) == (change is Change.KEEP)


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        ((2, 0.5), "still says “cat”, with 20.0%"),
        ((0.5, 2), "changes its mind: it says “{dog}”, with 20.0%, no longer"),
    ],
)
def test_it_is_told_whether_the_network_changes_its_mind(actual: tuple[float, float], words: str) -> None:
    asked = found(Split(1, 0, 0))
    told = sentences(replace(asked, actual=scores(np.array(actual, np.float32))), LABELS)
    assert words in told[0]


def test_every_outcome_has_a_sentence_of_its_own() -> None:
    told = {
        sentences(found(split, versus=versus, change=change, fill=fill), LABELS)[0 if split is None else 1]
        for change in Change
        for fill in Fill
        for versus in (None, 1)
        for split in (None, Split(1, 0, 0))
    }
    assert len(told) == 12, "without the network the fill makes no difference"


@pytest.mark.parametrize(
    ("split", "linear", "cause"),
    [
        (Split(0.01, -0.02, 0), True, "does what its head predicts"),
        (Split(2, -2, 0), True, "saw beyond their square"),
        (Split(2, 1, 0), True, "mostly because the cells that are left"),
        (Split(-1, 2, 0), True, "mostly because the filled cells"),
        (Split(0.01, -0.02, 0.03), False, "does what its head predicts"),
        (Split(-2, 1, 1), False, "mostly because the cells that are left"),
        (Split(1, -2, 1), False, "mostly because the filled cells"),
        (Split(1, 1, -2), False, "mostly because its head is not a plain sum"),
    ],
)
def test_the_largest_part_is_the_cause(split: Split, linear: bool, cause: str) -> None:
    told = sentences(found(split, linear), LABELS)[2]
    assert cause in told
    shown = re.findall(r"[+−]?\d+\.\d\d", told)
    parts = [split.difference, split.context, split.filling, *([] if linear else [split.rescaling])]
    expected = sorted(f"{part:+.2f}".replace("-", "−").replace("+0.00", "0.00") for part in parts)
    assert sorted(shown) == (expected if "mostly" in told else shown)


@pytest.mark.parametrize(
    ("deletion", "insertion", "words"),
    [
        ((0.2, 0.4), (0.5, 0.3), "passes this"),
        ((0.2, 0.4), (0.2, 0.3), "passes half"),
        ((0.5, 0.4), (0.2, 0.3), "does not"),
        ((0.3999, 0.4), (0.2, 0.3), "does not"),
        ((0.2, 0.4), (0.3, 0.2999), "passes half"),
        ((0.001, 0.002), (0.002, 0.001), "Too close to tell"),
        ((0.395, 0.4), (0.3, 0.3), "Too close to tell"),
        ((0.38, 0.4), (0.32, 0.3), "passes this"),
    ],
)
def test_a_curve_is_judged_against_chance(
    deletion: tuple[float, float], insertion: tuple[float, float], words: str
) -> None:
    told = curve_sentence("cat", deletion, insertion)
    assert words in told
    for number in (*deletion, *insertion):
        assert f"{number:.3f}" in told


def test_numbers_that_are_not_the_explanations_are_accounted_for() -> None:
    assert copy_sentence(0.5031, 0.5032) is None
    told = copy_sentence(0.514, 0.503)
    assert told is not None
    assert told.index("51.4%") < told.index("50.3%")
