"""Fine-tuning in processes of its own: killed and resumed, stopped, shared by two processes. A tiny real network."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch

from model.bundle import NETWORK, read_bundle
from model.classifier import Classifier
from model.errors import TrainingError
from model.metrics import read_metrics
from model.plan import Freeze, Plan
from model.runs import Done, EpochDone, Event, Failed, read_events, run_folder
from model.training.bundles import make_bundle
from model.training.networks import resolve
from model.training.preparation import Surroundings
from model.training.recipe import train
from model.training.weights import load_network
from tests.shapes import LABELS, write_splits
from tests.torch_networks import calibrated

pytestmark = pytest.mark.slow

NETWORK_NAME = "timm/test_resnet"  # half a million parameters
WAIT_S = 240.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With pictures and a base."""
    root = tmp_path_factory.mktemp("training")
    write_splits(root / "shapes", LABELS[:3], train=10, val=4, side=96)
    file = root / "weights.safetensors"
    safetensors.torch.save_file(calibrated(NETWORK_NAME).state_dict(), file)
    weighted = load_network(resolve(NETWORK_NAME), file)
    make_bundle(root / "base", weighted, name="base", labels=[f"class {number}" for number in range(1000)])
    return root


def plan_of(folder: Path, out: str, epochs: int = 4) -> Plan:
    return Plan(
        data=folder / "shapes",
        out=folder / out,
        base=str(folder / "base"),
        freeze=Freeze.NONE,
        epochs=epochs,
        head_epochs=5,
        threads=1,
        accelerator="cpu",
    )


def command(folder: Path, out: str, epochs: int, *more: str) -> list[str]:
    """The same as a command."""
    options = {
        "--out": folder / out, "--base": folder / "base", "--freeze": "none", "--epochs": epochs,
        "--head-epochs": 5, "--threads": 1, "--accelerator": "cpu", "--events": folder / f"{out}.jsonl",
    }  # fmt: skip
    given = [str(part) for option in options.items() for part in option]
    return [sys.executable, "-m", "app", "train", str(folder / "shapes"), *given, *more]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "CAMSCOPE_CACHE_DIR": str(folder / "cache")}


@contextmanager
def started(folder: Path, out: str, epochs: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    """A training in a process of its own, which ends with the context at the latest."""
    with subprocess.Popen(
        command(folder, out, epochs, *more),
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def events_of(folder: Path, out: str) -> list[Event]:
    return [event for event, _ in read_events(folder / f"{out}.jsonl")]


def network_epochs(events: list[Event]) -> int:
    return sum(isinstance(event, EpochDone) and event.figures.stage == "network" for event in events)


def wait_for_epochs(folder: Path, out: str, count: int) -> None:
    end = time.monotonic() + WAIT_S
    while network_epochs(events_of(folder, out)) < count:
        assert time.monotonic() < end, events_of(folder, out)[-3:]
        time.sleep(0.05)


@pytest.fixture(scope="module", params=["plain", "corrected"])
def corrections(request: pytest.FixtureRequest, folder: Path) -> Path | None:
    """The table of what is marked, or none."""
    if request.param == "plain":
        return None
    marked = [file for label in LABELS[:2] for file in sorted((folder / "shapes" / "train" / label).iterdir())[:3]]
    rows = [f"{file},60,60,96,96\n" for file in marked]
    table = folder / "marks.csv"
    table.write_text("path,left,top,right,bottom\n" + "".join(rows))
    return table


def test_killed_and_resumed_it_ends_where_an_undisturbed_one_does(folder: Path, corrections: Path | None) -> None:
    around, kind = Surroundings(cache_dir=folder / "cache"), "plain" if corrections is None else "corrected"
    options = [] if corrections is None else ["--corrections", str(corrections)]
    undisturbed, killed = (
        plan_of(folder, f"{kind}-{name}").model_copy(update={"corrections": corrections})
        for name in ("whole", "killed")
    )
    whole = train(undisturbed, around)
    with started(folder, killed.out.name, 4, *options) as process:
        wait_for_epochs(folder, killed.out.name, 2)
        process.send_signal(signal.SIGKILL)
    assert network_epochs(events_of(folder, killed.out.name)) < 4
    with pytest.raises(TrainingError, match=r"unfinished training .* --resume"):
        train(killed, around)
    with pytest.raises(TrainingError, match="asked for with another epochs"):
        train(killed.model_copy(update={"epochs": 5}), around, resume=True)
    resumed = train(killed, around, resume=True)
    assert whole is not None
    assert resumed is not None
    expected = safetensors.numpy.load_file(whole.path / NETWORK)
    weights = safetensors.numpy.load_file(resumed.path / NETWORK)
    assert weights.keys() == expected.keys()
    assert max(np.abs(weights[name] - expected[name]).max() for name in expected) < 1e-3
    metrics = [read_metrics(bundle.path) for bundle in (whole, resumed)]
    epochs = [[one.held_out_loss for one in each.epochs] for each in metrics if each]
    assert epochs[0] == pytest.approx(epochs[1], rel=1e-3)
    mended = [each.mended for each in metrics if each]
    if corrections is None:
        assert mended == [None, None]
    else:
        assert mended[0] is not None
        assert mended[1] is not None
        assert mended[0].pairs == mended[1].pairs > 0
        assert mended[0].before == mended[1].before
        assert mended[0].after.inside == pytest.approx(mended[1].after.inside, abs=1e-3)
    assert not run_folder(killed.out).exists()


def test_ctrl_c_keeps_the_best_so_far_as_a_bundle(folder: Path) -> None:
    with started(folder, "stopped", 500) as process:
        wait_for_epochs(folder, "stopped", 1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, output
    assert "keeping the best so far" in output
    assert output.splitlines()[-1] == f"Serve it: camscope serve --model {folder / 'stopped'}"
    metrics = read_metrics(folder / "stopped")
    assert metrics is not None
    assert metrics.chosen == "network"
    assert metrics.epochs[-1].epoch < 500
    assert isinstance(events_of(folder, "stopped")[-1], Done)


def test_a_termination_ends_at_once_and_can_be_resumed(folder: Path) -> None:
    with started(folder, "ended", 500) as process:
        wait_for_epochs(folder, "ended", 2)  # the first one's checkpoint is written by then
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 143
    assert not (folder / "ended").exists()
    assert (run_folder(folder / "ended") / "checkpoints" / "last.ckpt").is_file()


def test_a_training_ends_with_the_process_that_began_it(folder: Path) -> None:
    code = "import os, subprocess, sys; subprocess.Popen([*sys.argv[1:], str(os.getpid())]); sys.stdin.read()"
    child = command(folder, "orphan", 500, "--with-parent")
    with subprocess.Popen(
        [sys.executable, "-c", code, *child],
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as parent:
        wait_for_epochs(folder, "orphan", 1)
        parent.kill()
    end = time.monotonic() + 30
    while network_epochs(before := events_of(folder, "orphan")) < 499:
        time.sleep(3)
        if len(events_of(folder, "orphan")) == len(before):
            break
        assert time.monotonic() < end, "it goes on without its parent"
    resumable = run_folder(folder / "orphan")
    assert resumable.is_dir()


def test_two_processes_train_one_network(folder: Path) -> None:
    with started(folder, "together", 2, "--devices", "2", "--logs", str(folder / "logged")) as process:
        output, _ = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, output
    assert "Traceback" not in output
    metrics = read_metrics(folder / "together")
    assert metrics is not None
    assert metrics.settings["devices"] == "2"
    assert [one.epoch for one in metrics.epochs if one.stage == "network"] == [1, 2]
    assert Classifier.open(folder / "together").spec.classes == 3
    assert network_epochs(events_of(folder, "together")) == 2  # told once, not by each
    rows = list(csv.DictReader((folder / "logged" / "logs" / "metrics.csv").read_text().splitlines()))
    assert len([row for row in rows if row["held_out_loss"]]) == 2
    assert list((folder / "logged" / "logs").glob("events.out.tfevents.*"))


def test_a_fine_tuned_bundle_is_a_base_again(folder: Path) -> None:
    around = Surroundings(cache_dir=folder / "cache")
    first = train(plan_of(folder, "first", epochs=1), around)
    assert first is not None
    second = train(plan_of(folder, "second", epochs=1).model_copy(update={"base": str(first.path)}), around)
    assert second is not None
    assert read_bundle(second.path).provenance["base"]["id"] == first.id
    layers = second.provenance["layers"]
    assert sum(layer["parameters"] for layer in layers if layer["head"]) == 3 * (second.spec.channels + 1)
    weights = safetensors.numpy.load_file(second.path / NETWORK)
    assert second.provenance["parameters"] == sum(
        array.size for name, array in weights.items() if "running" not in name and "num_batches" not in name
    )


def test_a_second_training_of_the_same_folder_is_refused_meanwhile(folder: Path) -> None:
    with started(folder, "busy", 500) as process:
        wait_for_epochs(folder, "busy", 1)
        with pytest.raises(TrainingError, match="being trained already"):
            train(plan_of(folder, "busy", epochs=500), Surroundings(cache_dir=folder / "cache"), resume=True)
        assert process.poll() is None


def test_why_a_training_failed_is_its_last_event(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    arguments = [str(empty) if part == str(folder / "shapes") else part for part in command(folder, "nothing", 1)]
    done = subprocess.run(arguments, env=environment(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = events_of(folder, "nothing")[-1]
    assert isinstance(last, Failed)
    assert f"camscope: {last.message}" in done.stderr


def test_where_the_base_sees_too_little_the_fine_tuned_network_is_kept(folder: Path, tmp_path: Path) -> None:
    data = write_splits(tmp_path / "shapes", LABELS[:3], train=24, val=12, side=96)
    options = {"data": data, "freeze": Freeze.AUTO, "lr": 0.02, "batch_size": 8}
    plan = plan_of(folder, "better", epochs=8).model_copy(update=options)
    bundle = train(plan, Surroundings(cache_dir=folder / "cache"))
    assert bundle is not None
    metrics = read_metrics(bundle.path)
    assert metrics is not None
    assert metrics.chosen == "network"
    head, network = metrics.candidates
    assert network.held_out_loss < head.held_out_loss
    assert metrics.accuracy > 0.9
    assert bundle.provenance["training"]["kept"] == "network"
