"""`camscope networks` and `camscope export`, as a person types them."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from app import cli_networks
from app.cli import app, main
from model.bundle import read_bundle
from model.classifier import Classifier
from tests.test_training_default import photograph
from tests.torch_networks import calibrated

runner = CliRunner()
NO_NAME = "nothing says what its 7 classes are called; give --labels FILE"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of weights of torchvision's squeezenet1_1."""
    path = tmp_path_factory.mktemp("weights") / "squeezenet.pth"
    torch.save({"state_dict": calibrated("squeezenet1_1").state_dict()}, path)
    return path


def camscope(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The status that the command ends with."""
    monkeypatch.setattr(sys, "argv", ["camscope", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_networks_lists_both_libraries_one_a_line() -> None:
    done = runner.invoke(app, ["networks"])
    names = done.stdout.splitlines()
    assert done.exit_code == 0
    assert {"torchvision/resnet50", "timm/resnet50", "timm/tf_efficientnet_lite0"} <= set(names)
    assert "Not all of them have exact maps" in done.stderr


def test_networks_are_found_by_a_part_of_their_name() -> None:
    assert runner.invoke(app, ["networks", "--find", "LITE0", "--library", "timm"]).stdout.splitlines() == [
        "timm/efficientnet_lite0",
        "timm/tf_efficientnet_lite0",
    ]
    assert runner.invoke(app, ["networks", "--find", "zzz"]).exit_code == 1


def test_network_is_probed() -> None:
    done = runner.invoke(app, ["networks", "resnet18"])
    assert done.exit_code == 0
    words = " ".join(done.stdout.split())
    assert "torchvision/resnet18 head gap, exact maps feature maps 512 classes 1000" in words
    assert "7 x 7 at 224 x 224, a cell every 32 pixels" in words


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("networks", "vgg16"), "torchvision/vgg16: the network flattens its 7 x 7 feature maps"),
        (("networks", "resnet5O"), "close names: "),
        (("networks", "resnet26d", "--library", "torchvision"), "no network 'resnet26d' in torchvision"),
    ],
)
def test_refusal_is_one_line_and_status_1(
    arguments: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert camscope(monkeypatch, *arguments) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("camscope: ")
    assert reason in shown.err
    assert shown.err.count("\n") == 1


def test_wrong_usage_is_status_2(tmp_path: Path) -> None:
    assert runner.invoke(app, ["networks", "--library", "keras"]).exit_code == 2
    assert runner.invoke(app, ["export", "resnet18"]).exit_code == 2
    assert runner.invoke(app, ["export", "--out", str(tmp_path / "out")]).exit_code == 2


@pytest.mark.parametrize("command", [["networks"], ["export", "resnet18", "--out", "out"]])
def test_without_torch_one_line_says_what_to_install(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_networks, "find_spec", lambda name: None if name == "torch" else object())
    done = runner.invoke(app, command)
    assert done.exit_code == 1
    assert done.stderr == "camscope: this command needs torch: pip install 'camscope[train]'\n"


def test_exported_network_is_served_exactly(weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "models" / "squeezenet"
    done = runner.invoke(
        app, ["export", "squeezenet1_1", "--weights", str(weights), "--out", str(out), "--name", "mine"]
    )
    assert done.exit_code == 0, done.output
    *_, last = done.stdout.splitlines()
    assert last == f"Serve it: camscope serve --model {out}"
    bundle = read_bundle(out)
    assert bundle.name == "mine"
    assert bundle.id in done.stdout
    assert (bundle.spec.head, bundle.spec.rectified, bundle.spec.channels) == ("conv", True, 1000)
    assert bundle.provenance["weights"]["file"] == "squeezenet.pth"
    assert bundle.spec.grid is not None
    assert (bundle.spec.grid.stride_x, bundle.spec.grid.left) == (16, 7.5)
    (explanation,) = Classifier.open(out).explain([photograph("chelsea")])
    assert explanation.maps is not None
    np.testing.assert_allclose(np.asarray(explanation.maps).mean((1, 2)), explanation.logits, atol=1e-4)
    assert sorted(path.name for path in out.parent.iterdir()) == ["squeezenet"]


def test_own_classes_need_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from model.training.networks import build, resolve

    weights, labels, out = tmp_path / "seven.pth", tmp_path / "labels.txt", tmp_path / "out"
    torch.save(build(resolve("timm/resnet10t"), classes=7).state_dict(), weights)
    arguments = ("export", "timm/resnet10t", "--weights", weights, "--out", out)
    assert camscope(monkeypatch, *arguments) == 1
    assert NO_NAME in capsys.readouterr().err
    labels.write_text("a\nb\nc\n")
    assert camscope(monkeypatch, *arguments, "--labels", labels) == 1
    assert "3 labels do not fit its 7 classes" in capsys.readouterr().err
    assert not out.exists()
    labels.write_text("\n".join("abcdefg"))
    assert camscope(monkeypatch, *arguments, "--labels", labels) == 0
    assert read_bundle(out).spec.labels == tuple("abcdefg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.txt", "out", "seven.pth"]


@pytest.mark.slow
@pytest.mark.parametrize("outputs", [1, 3])
def test_single_logits_and_several_labels_per_picture(outputs: int, tmp_path: Path) -> None:
    state = calibrated("resnet18").state_dict()
    state["fc.weight"], state["fc.bias"] = state["fc.weight"][:outputs], state["fc.bias"][:outputs]
    torch.save(state, tmp_path / "few.pth")
    names = ["car", "truck", "bus"][: max(outputs, 2)]
    (tmp_path / "labels.txt").write_text("\n".join(names))
    arguments = ["export", "resnet18", "--weights", tmp_path / "few.pth", "--labels", tmp_path / "labels.txt"]
    done = runner.invoke(app, [*map(str, arguments), "--activation", "sigmoid", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    said = "Its one logit speaks for 'car', and its negative for 'truck'." in done.stdout
    assert said == (outputs == 1)
    [found] = Classifier.open(tmp_path / "out").explain([photograph("coffee")])
    assert found.logits.shape == (len(names),)
    np.testing.assert_allclose(found.probabilities, 1 / (1 + np.exp(-found.logits.astype(np.float64))), rtol=1e-5)
    assert np.abs(np.asarray(found.maps).mean((1, 2)) + found.bias - found.logits).max() < 1e-4


class Trap:
    """A pickle that makes a file when it is read."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("ran"),))


def test_weights_that_would_run_code_are_refused_and_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trap.pth").write_bytes(pickle.dumps({"state_dict": Trap()}))
    assert camscope(monkeypatch, "export", "resnet18", "--weights", "trap.pth", "--out", "out") == 1
    shown = capsys.readouterr().err
    assert "trap.pth: holds more than weights, and reading it could run code" in shown
    assert "Traceback" not in shown
    assert [path.name for path in tmp_path.iterdir()] == ["trap.pth"]


@pytest.mark.parametrize("spoil", ["shape", "text", "missing"])
def test_bad_weights_leave_nothing_behind(
    spoil: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "bad.pth"
    if spoil == "shape":
        torch.save({"conv1.weight": torch.ones(3)}, weights)
    elif spoil == "text":
        weights.write_text("no weights")
    assert camscope(monkeypatch, "export", "resnet18", "--weights", weights, "--out", tmp_path / "out") == 1
    shown = capsys.readouterr().err
    assert "bad.pth" in shown
    assert "Traceback" not in shown
    assert not (tmp_path / "out").exists()


def test_existing_folder_is_refused_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "model.training.networks", None)
    assert camscope(monkeypatch, "export", "resnet18", "--out", tmp_path) == 1
    assert "exists already" in capsys.readouterr().err


def test_network_without_exact_maps_is_refused_before_its_weights_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert camscope(monkeypatch, "export", "alexnet", "--weights", tmp_path / "none", "--out", tmp_path / "out") == 1
    assert "torchvision/alexnet: the network flattens" in capsys.readouterr().err


def test_unusable_name_is_refused_before_the_work(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("export", "squeezenet1_1", "--weights", weights, "--out", tmp_path / "out", "--name", "a b")
    assert camscope(monkeypatch, *arguments) == 1
    assert "'a b' is not a usable name" in capsys.readouterr().err
