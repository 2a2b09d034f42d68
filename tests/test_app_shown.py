"""A map in words: its numbers, its legend, its identity."""

import json

import numpy as np
import pytest

from app.shown import ClassMap, View, ramp, rival_of, show
from model.cam import Array


def class_map(index: int, cam: Array | None, bias: float = 0.5, logit: float | None = None) -> ClassMap:
    """A class whose logit fits its map, unless told otherwise."""
    mean = 0.0 if cam is None else float(cam.mean(dtype=np.float64))
    return ClassMap(index, f"class {index}", 0.5, mean + bias if logit is None else logit, bias, cam)


RISING = np.array([[-2, 1], [4, 5]], dtype=np.float32)
LEVEL = np.array([[1, 1], [1, 1]], dtype=np.float32)


def test_the_proof_names_mean_bias_and_logit() -> None:
    shown = show(class_map(0, RISING), class_map(1, LEVEL), View(0))
    assert shown.proof == "mean of this map 2.00 + bias 0.50 = logit 2.50"
    assert shown.off == "off by 0"


def test_a_logit_that_the_map_misses_is_told() -> None:
    shown = show(class_map(0, RISING, logit=3.0), class_map(1, LEVEL), View(0))
    assert (shown.proof, shown.off) == ("mean of this map 2.00 + bias 0.50 = logit 3.00", "off by 5e-1")


def test_against_another_class_it_is_the_margin() -> None:
    shown = show(class_map(0, RISING), class_map(1, LEVEL, bias=0.25), View(0, versus=1))
    assert shown.proof == "mean of the two maps’ difference 1.00 + bias 0.25 = margin 1.25"
    assert shown.title == "class 0 rather than class 1"
    assert shown.margin == pytest.approx(1.25)
    assert (shown.lowest, shown.lowest_word) == ("−4.00", "for class 1")
    assert (shown.highest, shown.highest_word) == ("+4.00", "for class 0")


def test_the_legend_is_symmetric_where_signed_and_starts_at_zero_where_positive() -> None:
    is_signed = show(class_map(0, -RISING), class_map(1, LEVEL), View(0))
    assert (is_signed.lowest, is_signed.highest) == ("−5.00", "+5.00")
    positive = show(class_map(0, -RISING), class_map(1, LEVEL), View(0, mode="positive", colormap="viridis"))
    assert (positive.lowest, positive.highest) == ("0", "+2.00")


@pytest.mark.parametrize(
    ("cam", "mode", "words", "is_drawn"),
    [
        (LEVEL * 0, "signed", "zero everywhere", False),
        (-np.abs(RISING), "positive", "The cell that takes most is in row 2, column 2: −5.00 logits", False),
        (-np.abs(RISING), "signed", "The cell that takes most is in row 2, column 2: −5.00 logits", True),
        (LEVEL, "signed", None, True),
    ],
)
def test_a_map_with_nothing_positive_is_explained(cam: Array, mode: str, words: str | None, is_drawn: bool) -> None:
    colormap = "RdBu_r" if mode == "signed" else "viridis"
    shown = show(class_map(0, cam), class_map(1, LEVEL), View(0, mode=mode, colormap=colormap))
    assert shown.nothing is None if words is None else words in (shown.nothing or "")
    assert bool(shown.ramp) == is_drawn


def test_without_a_map_nothing_is_claimed() -> None:
    shown = show(class_map(0, None), class_map(1, None), View(0))
    assert (shown.proof, shown.off, shown.nothing) == ("", "", None)


def test_the_rival_is_the_best_other_class() -> None:
    classes = [class_map(index, None, logit=logit) for index, logit in ((4, 1.0), (2, 9.0), (7, 3.0))]
    assert rival_of(4, classes).index == 2
    assert rival_of(2, classes).index == 7
    assert rival_of(99, classes).index == 2
    assert rival_of(4, classes[:1]).index == 4


def test_what_nobody_chose_is_left_out_of_the_query() -> None:
    assert View(3).query() == "class=3"
    assert View(3, mode="positive", colormap="viridis").query() == "class=3&mode=positive"
    assert View(3, versus=1, opacity=0.5).query() == "class=3&versus=1&opacity=0.5"
    assert View(3, versus=1, opacity=0.5).query(4) == "class=4&opacity=0.5"


def test_scripts_get_the_view_under_the_querys_names() -> None:
    view = json.loads(View(3, versus=1).as_json)
    assert view == {"class": 3, "versus": 1, "mode": "signed", "colormap": "RdBu_r", "opacity": 0.7, "threshold": 0.0,
                    "cells": "smooth"}  # fmt: skip


def test_the_ramp_is_clear_at_zero_and_below_the_threshold() -> None:
    stops = ramp(View(0, opacity=1, threshold=0.5))
    assert (stops[0].offset, stops[-1].offset) == (0, 1)
    assert (stops[0].colour, stops[-1].colour) == ("#053061", "#67001f")
    assert [stop.opacity for stop in stops if 0.3 < stop.offset < 0.7] == [0] * 15
