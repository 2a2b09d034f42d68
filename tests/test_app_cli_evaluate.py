"""`camscope evaluate` as a person types it."""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from model.bundle import read_bundle
from model.evaluation.folder import EVIDENCE, PICTURES, TRIAGE, EvaluationFolder
from model.runs import Done, Failed, Progress, StageBegun, read_events
from tests.bundles import make_bundle
from tests.evaluations import camscope, metrics_of, write_boxes, write_squares

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of three pictures, one of them shown in another's colour."""
    return write_squares(tmp_path_factory.mktemp("data") / "squares", wrong=1)


def test_it_says_how_often_the_network_is_right(
    bundle_path: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.jsonl"
    assert camscope(bundle_path, data, "--out", tmp_path / "out", "--events", events) == 0
    assert "88.9% right on 9 pictures" in capsys.readouterr().out
    found = metrics_of(tmp_path / "out")
    assert found.classification.accuracy == pytest.approx(8 / 9)
    assert found.classification.confusion.counts[-1] == (0, 1, 1)
    assert found.data.name == "squares"
    assert found.data.classes == {0: 3, 1: 3, 2: 3}
    assert found.model.id == read_bundle(bundle_path).id
    told = [event for event, _ in read_events(events)]
    assert [event.stage for event in told if isinstance(event, StageBegun)] == ["pictures", "measure"]
    assert [event.done for event in told if isinstance(event, Progress)][-1] == 9
    assert isinstance(told[-1], Done)
    assert told[-1].accuracy == found.classification.accuracy


def test_pictures_keep_their_maps_and_thumbnails(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    assert camscope(bundle_path, data, "--out", tmp_path / "out") == 0
    folder = EvaluationFolder(tmp_path / "out")
    for record in folder.pictures():
        said, true = folder.map_of(record, "said"), folder.map_of(record, "true")
        assert said is not None
        assert true is not None
        assert record.grid is not None
        assert said.shape == true.shape == (record.grid.rows, record.grid.columns)
        assert (said == true).all() == record.right
        assert folder.thumbnail(record.number).read_bytes().startswith(b"\xff\xd8")


def test_a_picture_that_cannot_be_read_is_named_and_the_rest_is_done(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_squares(tmp_path / "squares")
    (data / "red" / "0.png").write_bytes(b"no picture")
    assert camscope(bundle_path, data, "--out", tmp_path / "out") == 0
    assert "red/0.png" in capsys.readouterr().err
    found = metrics_of(tmp_path / "out")
    assert (found.data.pictures, found.data.unreadable) == (8, 1)
    [left_out] = EvaluationFolder(tmp_path / "out").left_out()
    assert left_out.number == 6
    assert "not a picture" in left_out.problem


def test_where_no_picture_can_be_read_it_says_so(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_squares(tmp_path / "squares")
    for file in data.rglob("*.png"):
        file.write_bytes(b"no picture")
    assert camscope(bundle_path, data, "--out", tmp_path / "out", "--events", tmp_path / "events.jsonl") == 1
    assert "Not one picture" in capsys.readouterr().err
    *_, (last, _) = read_events(tmp_path / "events.jsonl")
    assert isinstance(last, Failed)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "no class 'Reds'; the nearest is 'red'. Say which: --label Reds=red."),
        (["--label", "Reds=rot"], "no class 'rot'"),
        (["--label", "Reds=index:9"], "Reds=index:9: the network has 5 classes, index:0 to index:4"),
        (["--label", "Reds=red", "--label", "Blaus=blue"], "'Blaus' cannot be renamed: no picture has this label"),
        (["--label", "Reds"], "takes DATA=NETWORK"),
    ],
)
def test_labels_that_the_network_does_not_have_are_refused_with_the_nearest(
    options: Sequence[str], told: str, bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_squares(tmp_path / "squares")
    (data / "red").rename(data / "Reds")
    assert camscope(bundle_path, data, "--out", tmp_path / "out", *options) in (1, 2)
    assert told in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_one_class_alone_is_enough_and_an_empty_one_is_told(bundle_path: Path, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares", labels=("red",))
    assert camscope(bundle_path, data, "--out", tmp_path / "out") == 0
    assert metrics_of(tmp_path / "out").data.classes == {0: 3}
    (data / "blue").mkdir()
    assert camscope(bundle_path, data, "--out", tmp_path / "again") == 0
    assert metrics_of(tmp_path / "again").problems == ("The class 'blue' has no picture.",)


@pytest.mark.parametrize("meant", ["red", "index:0"])
def test_labels_are_renamed(meant: str, bundle_path: Path, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares")
    (data / "red").rename(data / "Reds")
    assert camscope(bundle_path, data, "--out", tmp_path / "out", "--label", f"Reds={meant}") == 0
    assert metrics_of(tmp_path / "out").classification.accuracy == 1


def test_of_a_folder_with_a_split_the_pictures_to_judge_by_are_asked(bundle_path: Path, tmp_path: Path) -> None:
    write_squares(tmp_path / "both" / "train", 3)
    write_squares(tmp_path / "both" / "val", 1)
    assert camscope(bundle_path, tmp_path / "both", "--out", tmp_path / "out") == 0
    found = metrics_of(tmp_path / "out")
    assert found.data.pictures == 3
    assert "9 pictures to learn from are not judged by." in found.problems


def test_a_sample_is_the_same_each_time(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        assert camscope(bundle_path, data, "--out", tmp_path / out, "--limit", 4) == 0
    one, two = ([record.path for record in EvaluationFolder(tmp_path / out).pictures()] for out in ("one", "two"))
    assert one == two
    assert len(one) == 4


def test_a_network_without_maps_is_judged_by_what_it_says(data: Path, tmp_path: Path) -> None:
    assert camscope(make_bundle(tmp_path, kind="fc"), data, "--out", tmp_path / "out") == 0
    folder = EvaluationFolder(tmp_path / "out")
    assert all(record.maps is None and record.evidence is None for record in folder.pictures())


def test_an_answer_that_is_none_is_left_out_and_said(tmp_path: Path) -> None:
    data = write_squares(tmp_path / "data", 2, ("red", "dark"))
    for file in (data / "dark").iterdir():
        file.write_bytes((ROOT / "static" / "examples" / "chelsea.jpg").read_bytes())
    Image.new("RGB", (64, 64)).save(data / "dark" / "0.png")
    assert camscope(make_bundle(tmp_path, nan_where_black=True), data, "--out", tmp_path / "out") == 0
    [left_out] = EvaluationFolder(tmp_path / "out").left_out()
    assert left_out.path == "dark/0.png"


def test_the_lists_lie_beside_the_numbers(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    assert camscope(bundle_path, data, "--out", tmp_path / "out") == 0
    with (tmp_path / "out" / TRIAGE).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["path"] for row in rows if "wrong" in row["groups"].split()] == ["red/0.png"]
    assert len(rows) == 9
    evidence = json.loads((tmp_path / "out" / EVIDENCE).read_text())
    assert [one["file_name"] for one in evidence["images"]] == [row["path"] for row in rows]
    assert len(evidence["annotations"]) == 8  # the wrong picture gives nothing to its true class


def test_results_do_not_go_among_the_pictures(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_squares(tmp_path / "squares", 1)
    assert camscope(bundle_path, data, "--out", data / "report") == 2
    assert "lies among the pictures" in " ".join(capsys.readouterr().err.split())
    assert not (data / "report").exists()


def test_a_model_is_called_by_its_id_or_those_there_are_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAMSCOPE_DATA_DIR", str(tmp_path))
    made = make_bundle(tmp_path / "models")
    assert camscope(read_bundle(made).id, data, "--out", tmp_path / "out") == 0
    assert camscope("none", data, "--out", tmp_path / "other") == 1
    told = " ".join(capsys.readouterr().err.split()).partition("there is no such model; ")[2]
    assert told.startswith("'efficientnet_lite0'")
    assert told.endswith(f"and '{read_bundle(made).id}' can be named.")


@pytest.mark.slow
def test_killed_it_goes_on_to_the_same_numbers(bundle_path: Path, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares", 150, wrong=20)
    words = [sys.executable, "-m", "app", "evaluate", bundle_path, data, "--jobs", "1", "--out", tmp_path / "out"]
    running = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    lines = tmp_path / "out" / PICTURES
    while not lines.exists() or lines.stat().st_size < 10_000:
        assert running.poll() is None
        time.sleep(0.005)
    running.kill()
    running.wait()
    done = len(list(EvaluationFolder(tmp_path / "out").lines()))
    assert 0 < done < 450
    assert camscope(bundle_path, data, "--out", tmp_path / "out") == 1
    assert camscope(bundle_path, data, "--out", tmp_path / "out", "--resume") == 0
    assert camscope(bundle_path, data, "--out", tmp_path / "whole") == 0
    gone_on, whole = metrics_of(tmp_path / "out"), metrics_of(tmp_path / "whole")
    assert gone_on.classification == whole.classification
    assert (tmp_path / "out" / PICTURES).read_bytes() == (tmp_path / "whole" / PICTURES).read_bytes()


def test_it_needs_its_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("app.cli_networks.find_spec", lambda _name: None)
    assert camscope("bundle", "data", "--out", "out") == 1
    assert "pip install 'camscope[evaluate]'" in capsys.readouterr().err


def test_it_tells_where_maps_lie_and_what_is_worth_a_look(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_squares(tmp_path / "squares", wrong=2)
    boxes = write_boxes(tmp_path / "boxes.csv", data)
    assert camscope(bundle_path, data, "--boxes", boxes, "--scales", "1", "--out", tmp_path / "out") == 0
    told = capsys.readouterr().out.splitlines()
    where = metrics_of(tmp_path / "out").localisation
    assert where is not None
    assert where.scales["1"].max_box_acc_v2 is not None
    (head,) = (line for line in told if line.startswith("look"))
    (scale,) = (line for line in told if line.startswith("scale 1"))
    place = head.split().index("MaxBoxAccV2") - head.split().index("look")
    assert scale.split()[1 + place] == f"{where.scales['1'].max_box_acc_v2.value:.1%}"
    assert any(line.startswith("Worth a look: Wrong 2") for line in told)
