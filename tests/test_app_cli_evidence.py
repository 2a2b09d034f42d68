"""Parts of photos on the command line, as a person types it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.cli import app
from model.classifier import Classifier
from model.counterfactual import Fill, fill_of
from model.coverage import Region, parts_of
from model.evidence import contribution
from model.photos import Photo, read_photo
from tests.bundles import make_bundle
from tests.commands import runner

pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    image = Image.new("RGB", (160, 96), (220, 20, 20))
    image.paste((25, 30, 210), (96, 0, 160, 64))
    image.save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def asked(photo: Path, bundle: Path, *options: str) -> Any:
    done = runner.invoke(app, ["explain", str(photo), "-m", str(bundle), "--json", *options])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_region_is_measured_and_its_loss_predicted(photo: Path, bundle: Path) -> None:
    answer = asked(photo, bundle, "--versus", "blue", "--region", "0,0,80,50")
    found = answer["counterfactual"]
    network = Classifier.open(bundle, 1)
    [said] = network.explain([read_photo(photo.read_bytes())])
    assert said.maps is not None
    assert said.grid is not None
    parts = parts_of(Region(0, 0, 80, 50), said.grid, (160, 96))
    expected = contribution(said.maps[0], parts)
    first = found["contributions"][0]
    assert (first["label"], first["given"]) == ("red", pytest.approx(expected.given, rel=1e-4))
    assert found["predicted"]["logit"] == pytest.approx(said.logits[0] - expected.given + expected.taken, abs=1e-3)
    assert found["before"]["margin"] == pytest.approx(said.logits[0] - said.logits[2], abs=1e-3)
    assert (found["actual"], found["split"]) == (None, None)
    assert answer["predictions"][0]["label"] == "red", "beside what is answered otherwise"


@pytest.mark.parametrize("change", ["--erase", "--keep"])
def test_the_network_is_asked_of_the_altered_photo(photo: Path, bundle: Path, change: str) -> None:
    found = asked(photo, bundle, "--region", "0,0,80,96", change, "region", "--fill", "mean")["counterfactual"]
    network = Classifier.open(bundle, 1)
    pixels = read_photo(photo.read_bytes()).pixels
    inside = np.zeros(pixels.shape, bool)
    inside[:, :80] = True
    erased = inside if change == "--erase" else ~inside
    [said] = network.explain([Photo(np.where(erased, fill_of(pixels, Fill.MEAN), pixels), "PNG")])
    assert found["actual"]["logit"] == pytest.approx(said.logits[0], abs=1e-4)
    assert found["split"]["rescaling"] == pytest.approx(0, abs=1e-3)


def test_the_evidence_of_another_class_can_be_erased(photo: Path, bundle: Path) -> None:
    found = asked(photo, bundle, "-c", "blue", "--erase", "evidence:0.5")["counterfactual"]
    assert found["subject"]["label"] == "blue"
    assert found["place"]["kind"] == "evidence"
    assert found["actual"]["logit"] < found["before"]["logit"]


def test_people_get_a_table_and_sentences(photo: Path, bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--region", "0,0,80,50", "--erase", "region", "-o", str(out)]
    done = runner.invoke(app, ["explain", str(photo), "-m", str(bundle), *options])
    assert done.exit_code == 0, done.output
    assert "Without this part, 26.0% of the photo, the head predicts" in done.stdout
    assert "The network d" in done.stdout
    assert "of all that adds" in done.stdout
    assert json.loads((out / "photo.json").read_text())["counterfactual"]["actual"]


def test_without_questions_nothing_changes(photo: Path, bundle: Path) -> None:
    assert "counterfactual" not in asked(photo, bundle)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--region", "1,2,3"], "left,top,right,bottom"),
        (["--region", "5,0,1,9"], "left < right"),
        (["--region", "0,0,nan,9"], "left < right"),
        (["--erase", "region"], "with --region"),
        (["--region", "0,0,9,9", "--erase", "evidence:0.2"], "with --region"),
        (["--erase", "evidence:2"], "up to 1"),
        (["--keep", "evidence:x"], "up to 1"),
        (["--erase", "all"], "--erase takes"),
        (["--erase", "evidence:0.2", "--keep", "evidence:0.2"], "do not go together"),
        (["--erase", "evidence:0.2", "--fill", "noise"], "--fill takes blur or mean"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(photo: Path, bundle: Path, options: list[str], words: str) -> None:
    done = runner.invoke(app, ["explain", str(photo), "-m", str(bundle), *options])
    assert done.exit_code == 2
    assert words in " ".join(done.output.replace("│", " ").split())


def test_a_class_that_is_not_there_is_named_before_any_work(photo: Path, bundle: Path) -> None:
    done = runner.invoke(app, ["explain", str(photo), "-m", str(bundle), "--versus", "yellow"])
    assert done.exit_code == 1
    assert "--versus" in str(done.exception)
    assert "yellow" in str(done.exception)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [("gap", ["--region", "500,0,600,9"], "beside the photo"), ("fc", ["--region", "0,0,9,9"], "no exact map")],
)
def test_a_photo_that_cannot_be_asked_is_named(
    photo: Path, tmp_path: Path, kind: str, options: list[str], words: str
) -> None:
    path = make_bundle(tmp_path / "others", name=kind, kind=kind)
    done = runner.invoke(app, ["explain", str(photo), "-m", str(path), *options])
    assert done.exit_code == 1
    assert words in done.stderr
