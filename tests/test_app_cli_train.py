"""`camscope train` as a person types it: its help, its refusals, a look at the pictures, what its events end with."""

import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from app import cli_networks
from app.cli import app, main
from model.bundle import read_bundle
from model.classifier import Classifier
from model.metrics import read_metrics
from model.plan import Plan
from model.runs import Done, Event, Failed, StageBegun, read_events, run_folder
from tests.shapes import LABELS, write_classes, write_splits

SHAPES = LABELS[:2]
NOT_ASKED = {"held_out_share", "patience"}


def camscope(*arguments: object) -> int:
    """The status that the command ends with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["camscope", "train", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
    return int(end.value.code or 0)


def events_of(file: Path) -> Sequence[Event]:
    return [event for event, _ in read_events(file)]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSCOPE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of six pictures to learn from and three to judge by."""
    return write_splits(tmp_path_factory.mktemp("shapes"), SHAPES, train=6, val=3, side=64)


# the help


def parameters() -> list[typer.core.TyperOption | typer.core.TyperArgument]:
    return list(typer.main.get_command(app).commands["train"].params)  # type: ignore[attr-defined]


def test_help_lists_every_option_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert camscope("--help") == 0
    shown = capsys.readouterr().out
    for parameter in parameters():
        if getattr(parameter, "hidden", False):
            assert parameter.opts[0] not in shown
            continue
        assert parameter.opts[0] in shown or parameter.name == "data"
        assert parameter.help
        assert parameter.help.endswith((".", ")."))


def test_every_choice_of_a_plan_is_an_option_with_the_same_default() -> None:
    options = {parameter.name: parameter for parameter in parameters()}
    asked = {"loss" if name == "activation" else name for name in Plan.model_fields.keys() - NOT_ASKED}
    assert asked <= options.keys()
    for name in asked - {"data", "out"}:
        field = Plan.model_fields["activation" if name == "loss" else name]
        assert options[name].default == field.default, name


# wrong usage


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "Missing argument"),
        (("DATA",), "--out: say where the new model folder goes"),
        (("DATA", "--out", "sha pes"), "--out: 'sha pes' is not a usable name"),
        (("DATA", "--out", "."), "is not a usable name"),
        (("DATA", "--out", "o", "--head", "attention"), "'attention' is not one of"),
        (("DATA", "--out", "o", "--loss", "hinge"), "'hinge' is not one of"),
        (("DATA", "--out", "o", "--freeze", "all"), "'all' is not one of"),
        (("DATA", "--out", "o", "--balance", "more"), "'more' is not one of"),
        (("DATA", "--out", "o", "--epochs", "0"), "Invalid value for '--epochs'"),
        (("DATA", "--out", "o", "--epochs", "many"), "Invalid value for '--epochs'"),
        (("DATA", "--out", "o", "--head-epochs", "0"), "Invalid value for '--head-epochs'"),
        (("DATA", "--out", "o", "--batch-size", "0"), "Invalid value for '--batch-size'"),
        (("DATA", "--out", "o", "--image-size", "31"), "Invalid value for '--image-size'"),
        (("DATA", "--out", "o", "--image-size", "2049"), "Invalid value for '--image-size'"),
        (("DATA", "--out", "o", "--workers", "-1"), "Invalid value for '--workers'"),
        (("DATA", "--out", "o", "--threads", "0"), "Invalid value for '--threads'"),
        (("DATA", "--out", "o", "--lr", "0"), "lr: Input should be greater than 0"),
        (("DATA", "--out", "o", "--lr", "nan"), "lr: Input should be"),
        (("DATA", "--out", "o", "--val-share", "0"), "val_share: Input should be greater than 0"),
        (("DATA", "--out", "o", "--val-share", "1"), "val_share: Input should be less than 1"),
        (("DATA", "--out", "o", "--seed", "-1"), "Invalid value for '--seed'"),
        (("DATA", "--out", "o", "--seed", str(2**31)), "seed: Input should be less than"),
        (("DATA", "--out", "o", "--events", "no/such/folder/events"), "cannot be written: No such file or directory"),
        (("DATA", "--out", "o", "--colour", "red"), "No such option: --colour"),
    ],
)
def test_wrong_usage_is_a_sentence_and_status_2(
    arguments: tuple[str, ...],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert camscope(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert reason in " ".join(shown.err.replace("│", " ").split())
    assert "Traceback" not in shown.err
    assert not list(tmp_path.iterdir())


def test_missing_torch_is_named_with_what_to_install(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for missing in ("torch", "lightning"):
        monkeypatch.setattr(cli_networks, "find_spec", lambda name, gone=missing: None if name == gone else object())
        assert camscope(data, "--out", tmp_path / "out") == 1
        expected = f"camscope: this command needs {missing}: pip install 'camscope[train]'\n"
        assert capsys.readouterr().err == expected
    assert not list(tmp_path.iterdir())


# a look at the pictures


def test_check_tells_the_pictures_of_every_class(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert camscope(data, "--check") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[:4] == [["class", "train", "val"], ["disc", "6", "3"], ["square", "6", "3"], ["all", "12", "6"]]
    assert not (tmp_path / "cache").exists()


def test_a_training_whose_parent_is_gone_already_does_not_begin(tmp_path: Path) -> None:
    write_classes(tmp_path / "data", LABELS[:2], 2, side=32)
    words = [sys.executable, "-m", "app", "train", str(tmp_path / "data"), "--check", "--with-parent"]
    with_this = subprocess.run([*words, str(os.getpid())], capture_output=True, text=True, check=False)
    assert with_this.returncode == 0, with_this.stderr
    orphan = subprocess.run([*words, str(os.getppid())], capture_output=True, text=True, check=False)
    assert orphan.returncode == 143
    assert not orphan.stdout


def test_check_says_how_the_split_was_made_and_names_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_classes(tmp_path / "shapes", SHAPES, 6, side=64)
    (folder / "disc" / "broken.png").write_bytes(b"\x89PNG nothing")
    assert camscope(folder, "--check", "--seed", "5", "--val-share", "0.34") == 0
    shown = capsys.readouterr().out
    assert ["disc", "4", "2"] in [line.split() for line in shown.splitlines()]
    assert "The split was made with seed 5." in shown
    assert "broken.png" in shown
    assert shown.count("broken.png") == 1


@pytest.mark.parametrize("prepare", ["nothing there", "empty", "one class", "no picture"])
def test_check_of_what_cannot_be_trained_on_is_one_line_and_status_1(
    prepare: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shapes"
    if prepare == "empty":
        folder.mkdir()
    elif prepare == "one class":
        write_classes(folder, SHAPES[:1], 4, side=64)
    elif prepare == "no picture":
        for label in SHAPES:
            (folder / label).mkdir(parents=True)
            (folder / label / "1.png").write_bytes(b"nothing")
    assert camscope(folder, "--check") == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = [line for line in shown.err.splitlines() if line.startswith("camscope: ")]
    assert len(line) > 30
    assert "Traceback" not in shown.err


# events


@pytest.mark.slow
def test_training_ends_with_a_model_and_done(
    data: Path, bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, events = tmp_path / "models" / "shapes", tmp_path / "events.jsonl"
    options = ("--base", bundle_path, "--freeze", "head", "--head-epochs", 3, "--threads", 1, "--events", events)
    assert camscope(data, "--out", out, *options) == 0
    told = events_of(events)
    bundle, metrics = read_bundle(out), read_metrics(out)
    assert metrics is not None
    assert told[-1] == Done(path=str(out), bundle_id=bundle.id, accuracy=metrics.accuracy)
    stages = [event.stage for event in told if isinstance(event, StageBegun)]
    assert stages == ["check", "features", "head", "export", "validate"]
    assert not any(isinstance(event, Failed) for event in told)
    assert not run_folder(out).exists()
    assert Classifier.open(out, 1).spec.labels == SHAPES
    words = " ".join(capsys.readouterr().out.split())
    assert f"{metrics.accuracy:.1%} right on 6 validation pictures (95% interval " in words
    assert f"The model is {bundle.id}, in {out}" in words
    assert f"camscope serve --model {out}" in words
    before = {file: file.read_bytes() for file in out.iterdir()}
    assert camscope(data, "--out", out, *options) == 1
    assert events_of(events)[-1] == Failed(message=f"{out}: exists already; a model folder is never overwritten")
    assert events_of(events)[: len(told)] == told
    assert {file: file.read_bytes() for file in out.iterdir()} == before
    assert not run_folder(out).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--base", "resnet5O"), "no network 'resnet5O'"),
        (("--base", "./no/such/model"), "no/such/model"),
        (("--single-logit", "--head", "sum", "--image-size", "64"), None),
        (("--devices", "many"), None),
    ],
    ids=["network", "folder", "fine", "unused"],
)
def test_what_fails_is_the_last_event(
    options: tuple[str, ...], reason: str | None, data: Path, bundle_path: Path, tmp_path: Path
) -> None:
    events = tmp_path / "events.jsonl"
    given = ("--base", bundle_path, "--freeze", "head", "--head-epochs", 1, "--threads", 1, "--events", events)
    status = camscope(data, "--out", tmp_path / "out", *given, *options)
    last = events_of(events)[-1]
    assert status == (0 if reason is None else 1)
    assert isinstance(last, Done if reason is None else Failed)
    if isinstance(last, Failed) and reason:
        assert reason in last.message
        assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("events_too", [False, True])
def test_a_full_disk_is_named_and_loses_nothing(
    events_too: bool,
    data: Path,
    bundle_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, events = tmp_path / "out", tmp_path / "events.jsonl"

    def full(*_: object) -> None:
        if events_too:
            monkeypatch.setattr("app.training_terminal.append_event", full)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "some file"))

    options = ("--base", bundle_path, "--freeze", "head", "--head-epochs", 1, "--threads", 1, "--events", events)
    with monkeypatch.context() as broken:
        broken.setattr("model.training.recipe.finish", full)
        assert camscope(data, "--out", out, *options) == 1
    message = f"{tmp_path / 'some file'}: {os.strerror(errno.ENOSPC)}; what was learned is kept"
    shown = capsys.readouterr().err
    assert f"camscope: {message}" in shown
    assert "Traceback" not in shown
    assert isinstance(events_of(events)[-1], Failed) is not events_too
    monkeypatch.undo()
    monkeypatch.setenv("CAMSCOPE_CACHE_DIR", str(tmp_path / "cache"))
    assert camscope(data, "--out", out, *options, "--resume") == 0


def test_pictures_that_cannot_be_trained_on_are_the_last_event(
    tmp_path: Path, bundle_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.jsonl"
    folder = tmp_path / "nowhere"
    assert camscope(folder, "--out", tmp_path / "out", "--base", bundle_path, "--events", events) == 1
    (last,) = events_of(events)
    assert isinstance(last, Failed)
    assert str(folder) in last.message
    assert capsys.readouterr().err == f"camscope: {last.message}\n"
    assert not run_folder(tmp_path / "out").exists()
