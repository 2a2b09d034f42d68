"""`camscope compare-heads` as a person types it, and the report that it leaves."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import comparison_claims, comparison_report
from app.cli import main
from model.head_comparison import BoxCounts, HeadComparison, HeadFigures, Localisation, ShiftedAccuracy, Spread
from model.plan import HeadChoice
from tests.shapes import LABELS, write_pairs, write_splits
from tests.test_app_reports import HOSTILE, Shape

SHAPES = LABELS[:2]


def camscope(*arguments: object) -> int:
    """The status that the command ends with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["camscope", "compare-heads", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
    return int(end.value.code or 0)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAMSCOPE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def spread(*values: float) -> Spread:
    return Spread.of(values)


def figures(head: HeadChoice, **changes: object) -> HeadFigures:
    """One head's: 90 % right, 100 % on what it learned."""
    given: dict[str, object] = {
        "parameters": 1234,
        "train_accuracy": spread(1.0, 1.0),
        "val_accuracy": spread(0.9, 0.9),
        "gap": spread(0.1, 0.1),
        "epochs_to_best": spread(10, 20),
        "seconds": spread(1.5, 2.5),
        "shifted": (ShiftedAccuracy(share=0.125, accuracy=spread(0.85, 0.85)),),
        "other_size": None if head is HeadChoice.FC else spread(0.8, 0.8),
        "localisation": None,
    }
    return HeadFigures.model_validate({"head": head, **given, **changes})


def compared(*heads: HeadFigures, **changes: object) -> HeadComparison:
    """A comparison of heads."""
    given: dict[str, object] = {
        "created_at": datetime(2026, 1, 2, tzinfo=UTC),
        "data": "pets",
        "base": "tiny-0123456789ab",
        "labels": ("cat", "dog"),
        "multi_label": False,
        "side": 224,
        "larger_side": 352,
        "cells": (7, 7),
        "channels": 1280,
        "train": 80,
        "held_out": 20,
        "val": 50,
        "seeds": (0, 1),
        "epochs": 60,
        "boxes": None,
        "heads": heads,
        "problems": (),
        "seconds": 12.5,
    }
    return HeadComparison.model_validate({**given, **changes})


def located(overlap: float) -> Localisation:
    return Localisation(pointing=spread(0.5), inside=spread(0.4), overlap=spread(overlap, overlap), own=None)


@pytest.mark.slow
def test_a_comparison_leaves_a_report_and_its_numbers(
    tmp_path: Path, bundle_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_splits(tmp_path / "shapes", SHAPES, train=8, val=4, side=64)
    boxes = write_pairs(tmp_path, SHAPES, 4, side=64)
    out = tmp_path / "new" / "report"
    options = ("--base", bundle_path, "--seeds", 1, "--epochs", 2, "--threads", 1, "--boxes", boxes)
    assert camscope(data, "--out", out, *options, "--head", "gap", "--head", "fc", "--head", "gap") == 0
    comparison = HeadComparison.model_validate_json((out / "comparison.json").read_bytes())
    assert [one.head for one in comparison.heads] == [HeadChoice.GAP, HeadChoice.FC]
    assert comparison.boxes is not None
    assert comparison.boxes.pictures == 4
    assert Shape((out / "report.html").read_text()).open == []
    told = capsys.readouterr().out
    assert f"The report is {out / 'report.html'}" in told
    assert camscope(data, "--out", out, *options) == 1
    assert "exists already; name a new folder" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    if kind == "file":
        out.write_bytes(b"mine")
    elif kind == "folder":
        (out / "mine").mkdir(parents=True)
    else:
        out.symlink_to(tmp_path / "nowhere")
    assert camscope(tmp_path, "--out", out) == 1
    assert capsys.readouterr().err.startswith(f"camscope: {out}: exists already")


def test_pictures_that_cannot_be_compared_on_are_refused(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert camscope(tmp_path / "nowhere", "--out", tmp_path / "out") == 1
    assert "there is no such folder or table" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_wrong_usage_ends_with_two(tmp_path: Path) -> None:
    assert camscope(tmp_path) == 2
    assert camscope(tmp_path, "--out", tmp_path / "out", "--head", "vgg") == 2
    assert camscope(tmp_path, "--out", tmp_path / "out", "--seeds", 0) == 2


def test_names_cannot_break_out_of_the_report() -> None:
    page = comparison_report.draw_comparison(
        compared(figures(HeadChoice.GAP), data=HOSTILE, base=HOSTILE, problems=(HOSTILE,))
    ).decode()
    shape = Shape(page)
    assert shape.open == []
    assert "script" not in shape.tags
    assert not any(name.startswith("on") for name, _ in shape.attributes)
    assert not any("//" in value for name, value in shape.attributes if name in ("src", "href"))


def test_the_report_says_what_does_not_work_and_what_was_not_measured() -> None:
    page = comparison_report.draw_comparison(compared(figures(HeadChoice.GAP), figures(HeadChoice.FC))).decode()
    assert "does not work" in page
    assert "Where their maps lie" not in page
    fixed = comparison_report.draw_comparison(compared(figures(HeadChoice.GAP), larger_side=None)).decode()
    assert "Larger" not in fixed
    counts = BoxCounts(pictures=3, maps=6, area=0.1)
    heads = figures(HeadChoice.GAP, localisation=located(0.3)), figures(HeadChoice.FC)
    boxed = comparison_report.draw_comparison(compared(*heads, boxes=counts)).decode()
    assert "6 maps on 3 pictures; the boxes cover 10.0% of a picture." in boxed
    assert "no map: where things are is lost" in boxed


@pytest.mark.parametrize(
    ("fc_gap", "answer"),
    [((0.3, 0.32), "It came out so."), ((0.02, 0.03), "It came out otherwise."), ((0.1, 0.11), "Too close to tell.")],
)
def test_what_is_said_is_compared_with_what_came_out(fc_gap: tuple[float, float], answer: str) -> None:
    gap, fc = figures(HeadChoice.GAP), figures(HeadChoice.FC, gap=spread(*fc_gap))
    assert comparison_claims.claims(compared(gap, fc))[0].answer == answer


def test_a_wide_spread_is_too_close_to_tell() -> None:
    gap, fc = figures(HeadChoice.GAP), figures(HeadChoice.FC, gap=spread(0.0, 0.5))
    assert comparison_claims.claims(compared(gap, fc))[0].verdict == "open"


def test_as_good_is_good_enough() -> None:
    gap, fc = figures(HeadChoice.GAP), figures(HeadChoice.FC)
    better = figures(HeadChoice.FC, val_accuracy=spread(0.96, 0.97))
    assert comparison_claims.claims(compared(gap, fc))[2].verdict == "so"
    assert comparison_claims.claims(compared(gap, better))[2].verdict == "not"


def test_nothing_is_said_of_heads_that_were_not_compared() -> None:
    assert comparison_claims.claims(compared(figures(HeadChoice.NIN), figures(HeadChoice.SUM))) == ()
    average = figures(HeadChoice.GAP, localisation=located(0.5))
    largest = figures(HeadChoice.GMP, localisation=located(0.1))
    [claim] = comparison_claims.claims(compared(average, largest, boxes=BoxCounts(pictures=9, maps=20, area=0.1)))
    assert claim.verdict == "so"
    assert "50.0 ± 0.0 with gap, 10.0 ± 0.0 with gmp" in claim.measured.replace("\N{NO-BREAK SPACE}", " ")


def test_heads_that_might_have_learned_more_are_named() -> None:
    early, late = figures(HeadChoice.GAP), figures(HeadChoice.NIN, epochs_to_best=spread(30, 60))
    assert comparison_claims.unfinished(compared(early)) is None
    said = comparison_claims.unfinished(compared(early, late))
    assert said == "Best at the last of 60 epochs, with some seed at least, so more may do better: nin."
    assert said in comparison_report.draw_comparison(compared(early, late)).decode()


def test_spreads_are_written_with_what_they_are_of() -> None:
    assert comparison_claims.rated(None) == "–"
    assert comparison_claims.rated(spread(0.5)) == "50.0%"
    assert comparison_claims.rated(spread(0.5, 0.52)).split() == ["51.0%", "±", "1.4"]
    assert comparison_claims.counted(spread(10, 20)).split() == ["15", "±", "7"]
