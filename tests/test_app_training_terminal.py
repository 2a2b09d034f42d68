"""A training in the terminal: what is drawn, what is written to the file of events, the lines that matter."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from app import training_terminal
from app.training_terminal import STAGES, Terminal, tell_census, tell_result
from model.census import take_census
from model.dataset import read_dataset
from model.metrics import Counts, EpochFigures, Metrics
from model.runs import (
    Done,
    EpochDone,
    EvaluationStage,
    Event,
    Failed,
    Note,
    Progress,
    RunStage,
    StageBegun,
    read_events,
)
from tests.shapes import LABELS, write_classes, write_splits
from tests.test_model_metrics import measured

LONG = "left out: " + "a/very/long/path/" * 12 + "picture.jpg: [bold]empty[/bold]"


def figures(stage: str, epoch: int = 2) -> EpochFigures:
    return EpochFigures.model_validate(
        {
            "stage": stage,
            "epoch": epoch,
            "train_loss": 0.5,
            "held_out_loss": 0.25,
            "held_out_accuracy": 0.875,
            "seconds": 1.26,
        }
    )


EVENTS: tuple[Event, ...] = (
    StageBegun(stage="check"),
    Progress(stage="check", done=3, total=12),
    Note(message=LONG),
    StageBegun(stage="head"),
    EpochDone(figures=figures("head"), epochs=100),
    StageBegun(stage="network"),
    Progress(stage="network", done=5, total=50, seconds_left=12.0),
    EpochDone(figures=figures("network"), epochs=10),
    StageBegun(stage="export"),
    StageBegun(stage="validate"),
    Done(path="models/shapes", bundle_id="shapes-0123456789ab", accuracy=0.5),
)


def heard(told: Sequence[Event], **options: object) -> None:
    with Terminal(**options) as terminal:  # type: ignore[arg-type]
        for event in told:
            terminal.listen(event)


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def test_every_event_is_written_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    heard(EVENTS, events=file)
    assert tuple(event for event, _ in read_events(file)) == EVENTS


def test_without_a_terminal_each_stage_and_epoch_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    heard(EVENTS)
    shown = capsys.readouterr()
    lines = shown.err.splitlines()
    assert shown.out == ""
    for stage in ("check", "head", "network", "export", "validate"):
        assert lines.count(STAGES[stage]) == 1  # type: ignore[index]
    assert "epoch 2/10: loss 0.250, right 87.5%, 1.3 s" in lines
    assert not any(line.startswith("epoch 2/100") for line in lines)
    assert LONG in lines


def test_bars_count_pictures_and_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    heard(EVENTS)
    drawn = [(line[:26].strip(), line.split()) for line in capsys.readouterr().err.splitlines() if "/" in line]
    bars = {name: words for name, words in drawn if name in STAGES.values()}
    assert bars.keys() == {STAGES[stage] for stage in ("check", "head", "network", "validate")}  # type: ignore[index]
    assert "3/12" in bars["looking at the pictures"]
    assert {"2/100", "0.250,", "87.5%"} <= set(bars["training the head"])
    assert {"5/50", "87.5%"} <= set(bars["fine-tuning the network"])


def test_in_a_terminal_bars_tell_instead_of_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    heard(EVENTS)
    shown = capsys.readouterr().err
    assert "epoch 2/10:" not in shown
    assert "making the model" not in shown
    assert "fine-tuning the network" in shown


def test_progress_of_a_stage_that_was_not_begun_draws_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    heard([Progress(stage="features", done=1, total=2), EpochDone(figures=figures("head"), epochs=3)])
    assert not any(name in capsys.readouterr().err for name in STAGES.values())


def test_stage_that_begins_again_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    again = [Progress(stage="check", done=12, total=12)]
    heard([StageBegun(stage="check"), *EVENTS[:2], *again, Failed(message="no room")])
    assert "12/12" in capsys.readouterr().err


def test_silent_terminal_neither_draws_nor_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heard(EVENTS, events=tmp_path / "events.jsonl", silent=True)
    shown = capsys.readouterr()
    assert (shown.out, shown.err.strip()) == ("", "")
    assert not list(tmp_path.iterdir())


def test_every_stage_has_a_name() -> None:
    for stage in STAGES:
        assert StageBegun(stage=stage).stage == stage
    assert list(STAGES) == [*get_args(RunStage), *get_args(EvaluationStage)]


def test_error_passes_through() -> None:
    with pytest.raises(ZeroDivisionError), Terminal():
        _ = 1 / 0


# what was found


def test_census_is_a_table_of_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_splits(tmp_path / "shapes", LABELS[:2], train=5, val=2, side=32)
    tell_census(take_census(read_dataset(data)))
    shown = capsys.readouterr().out
    rows = [line.split() for line in shown.splitlines()]
    assert rows[1:4] == [["disc", "5", "2"], ["square", "5", "2"], ["all", "10", "4"]]
    assert "The split was made" not in shown


def test_census_names_problems_and_labels_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_classes(tmp_path / "shapes", LABELS[:2], 5, side=32)
    (data / "disc").rename(data / "[red]disc")
    name = "[b]" + "long" * 40 + "[-b].png"
    (data / "square" / name).write_bytes(b"")
    tell_census(take_census(read_dataset(data, seed=9)))
    shown = capsys.readouterr().out
    assert "[red]disc" in shown
    assert name in shown
    assert "The split was made with seed 9." in shown


# the end


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"accuracy": 0.5, "val": 100}, "50.0% right on 100 validation pictures (95% interval 40.4% to 59.6%)"),
        ({"accuracy": 1.0, "val": 9}, "100.0% right on 9 validation pictures (95% interval 70.1% to 100.0%)"),
        ({"accuracy": 0.0, "val": 0}, "0.0% right on 0 validation pictures (95% interval 0.0% to 100.0%)"),
        (
            {"accuracy": 0.9, "val": 25, "multi_label": True, "confusion": None},
            "90.0% all labels right on 25 validation pictures (95% interval 70.0% to 95.8%)",
        ),
    ],
)
def test_result_is_told_with_its_uncertainty(
    changes: dict[str, object], line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    val = changes.pop("val")
    metrics: Metrics = measured(counts=Counts(train=8, held_out=2, val=val, skipped=0), **changes)  # type: ignore[arg-type]
    monkeypatch.setattr(training_terminal, "read_metrics", lambda _: metrics)
    tell_result(SimpleNamespace(id="shapes-0123456789ab", path=Path("models/shapes")))  # type: ignore[arg-type]
    assert capsys.readouterr().out.splitlines() == [
        line,
        "The model is shapes-0123456789ab, in models/shapes; look at models/shapes/report.html",
        "Serve it: camscope serve --model models/shapes",
    ]


def test_long_path_with_spaces_can_be_copied(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("my models/" + "deep/" * 60 + "shapes")
    monkeypatch.setattr(training_terminal, "read_metrics", lambda _: None)
    tell_result(SimpleNamespace(id="shapes-0123456789ab", path=path))  # type: ignore[arg-type]
    *_, last = capsys.readouterr().out.splitlines()
    assert last == f"Serve it: camscope serve --model '{path}'"
