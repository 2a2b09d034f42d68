"""`camscope evaluate --faithfulness N --sanity N` as a person types it."""

import shutil
from pathlib import Path

import pytest

from app.cli_evaluate_options import BARE, completed
from model.evaluation.folder import METRICS, REPORT
from model.evaluation.trials import FAITHFULNESS, SANITY
from model.runs import Progress, StageBegun, read_events
from tests.bundles import make_bundle
from tests.evaluations import camscope, metrics_of, write_squares

OPTIONS = ("--faithfulness", 5, "--sanity", 4)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_squares(tmp_path_factory.mktemp("data") / "squares")


@pytest.fixture(scope="module")
def done(bundle_path: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation with both parts, and its events beside it."""
    out = tmp_path_factory.mktemp("done") / "out"
    assert camscope(bundle_path, data, "--out", out, *OPTIONS, "--events", out.parent / "events.jsonl") == 0
    return out


def test_samples_are_asked_again_and_of_networks_that_forget(done: Path) -> None:
    found = metrics_of(done)
    assert found.faithfulness is not None
    assert found.sanity is not None
    assert (found.faithfulness.pictures, found.sanity.pictures) == (5, 4)
    assert found.faithfulness.fill == "blur"
    orders = found.faithfulness.orders
    assert list(orders) == ["map", "chance", "middle"]
    assert orders["map"].deletion_area.value < orders["chance"].deletion_area.value
    assert orders["map"].insertion_area.value > orders["chance"].insertion_area.value
    assert [one.layers for one in found.sanity.steps] == [1, 2]
    told = [event for event, _ in read_events(done.parent / "events.jsonl")]
    begun = [event.stage for event in told if isinstance(event, StageBegun)]
    assert begun == ["pictures", "faithfulness", "sanity", "measure"]
    last = {event.stage: (event.done, event.total) for event in told if isinstance(event, Progress)}
    assert (last["faithfulness"], last["sanity"]) == ((5, 5), (12, 12))
    source = (done / REPORT).read_text()
    assert "Does it need what the maps show?" in source
    assert "Do the maps hang on what it has learned?" in source


@pytest.mark.parametrize("name", [FAITHFULNESS, SANITY])
def test_cut_short_it_goes_on_behind_the_last_whole_line(
    name: str, done: Path, bundle_path: Path, data: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(done, tmp_path / "out")
    before = (out / name).read_bytes()
    lines = before.splitlines(keepends=True)
    (out / name).write_bytes(lines[0] + lines[1][:40])
    (out / METRICS).unlink()
    assert camscope(bundle_path, data, "--out", out, *OPTIONS, "--resume") == 0
    assert (out / name).read_bytes() == before
    assert metrics_of(out).faithfulness == metrics_of(done).faithfulness
    assert metrics_of(out).sanity == metrics_of(done).sanity


def test_without_the_options_neither_is_there(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    assert camscope(bundle_path, data, "--out", tmp_path / "out") == 0
    found = metrics_of(tmp_path / "out")
    assert found.faithfulness is None
    assert found.sanity is None
    assert not (tmp_path / "out" / SANITY).exists()


@pytest.mark.parametrize("option", ["--faithfulness", "--sanity"])
def test_a_network_without_maps_has_none_to_put_to_the_test(
    option: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert camscope(make_bundle(tmp_path, kind="fc"), data, "--out", tmp_path / "out", option, 3) == 1
    assert "has no maps" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["--sanity"], ["--sanity", "30"]),
        (["--sanity", "model", "data"], ["--sanity", "30", "model", "data"]),
        (["--faithfulness", "--sanity", "4"], ["--faithfulness", "50", "--sanity", "4"]),
        (["--faithfulness=7", "--out", "x"], ["--faithfulness=7", "--out", "x"]),
    ],
)
def test_without_a_number_there_is_a_usual_one(written: list[str], meant: list[str]) -> None:
    assert list(completed(written, BARE)) == meant


def test_without_a_number_all_of_few_pictures_are_asked_again(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    assert camscope("--sanity", bundle_path, data, "--out", tmp_path / "out") == 0
    found = metrics_of(tmp_path / "out")
    assert found.settings.sanity == 30
    assert found.sanity is not None
    assert found.sanity.pictures == 9
