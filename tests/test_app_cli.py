"""The command line, as a person types it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli import app, main
from app.embedded import NO_TORCH, ensure_embedded
from app.errors import StartError
from app.version import VERSION
from model.embedded import embedded_path
from model.manifest import MANIFEST
from tests.bundles import make_bundle
from tests.commands import runner, save

pytestmark = pytest.mark.usefixtures("own_folders")


def test_every_photo_gets_a_json_an_overlay_and_a_row(tmp_path: Path, bundle: Path) -> None:
    red, blue = save(tmp_path / "red.png", "red"), save(tmp_path / "folder" / "blue.jpg", "blue")
    out = tmp_path / "results"
    done = runner.invoke(app, ["explain", str(red), str(blue.parent), "--model", str(bundle), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {"red.json", "red.png", "blue.json", "blue.png"}
    rows = done.stdout.splitlines()
    assert any("red.png" in row and "red " in row for row in rows)
    assert any("blue.jpg" in row and "blue " in row for row in rows)
    with Image.open(out / "red.png") as overlay:
        assert overlay.width == 90
        assert overlay.height > 60, "the legend is below"


def test_the_json_is_that_of_the_api_and_keeps_the_identity(tmp_path: Path, bundle: Path) -> None:
    photo = save(tmp_path / "red.png", "red")
    runner.invoke(app, ["explain", str(photo), "-m", str(bundle), "-o", str(tmp_path), "--top-k", "2", "-c", "blue"])
    answer = json.loads((tmp_path / "red.json").read_text())
    labels = [found["label"] for found in answer["predictions"]]
    assert labels[0] == "red"
    assert "blue" in labels
    assert answer["id"] is None
    assert answer["page_url"] is None
    for found in answer["predictions"]:
        assert abs(np.mean(found["cam"]) + found["bias"] - found["logit"]) < 1e-5


def test_json_for_one_photo_goes_to_stdout_alone(tmp_path: Path, bundle: Path) -> None:
    photo = save(tmp_path / "green.png", "lime")
    done = runner.invoke(app, ["explain", str(photo), "--model", str(bundle), "--json"])
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert answer["file"] == str(photo)
    assert answer["predictions"][0]["label"] == "green"


def test_bad_files_are_named_at_the_end_and_the_rest_is_done(tmp_path: Path, bundle: Path) -> None:
    good = save(tmp_path / "photos" / "good.png", "red")
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")
    (tmp_path / "photos" / "notes.txt").write_text("not meant to be a picture")
    (tmp_path / "photos" / ".hidden.jpg").write_bytes(b"")
    missing = tmp_path / "missing.jpg"
    arguments = ["explain", str(good.parent), str(missing), "--model", str(bundle), "-o", str(tmp_path / "out")]
    done = runner.invoke(app, arguments)
    assert done.exit_code == 1
    assert (tmp_path / "out" / "good.json").is_file()
    assert "2 of 3 could not be explained" in done.stderr
    assert f"{missing}: No such file or directory" in done.stderr
    assert "broken.jpg: This JPEG picture is damaged" in done.stderr
    assert not list((tmp_path / "out").glob("broken*")), "nothing half done"


def test_results_of_photos_with_one_name_do_not_overwrite_each_other(tmp_path: Path, bundle: Path) -> None:
    save(tmp_path / "in" / "a" / "cat.png", "red")
    save(tmp_path / "in" / "b" / "cat.png", "blue")
    save(tmp_path / "in" / "b" / "cat.jpg", "lime")
    out = tmp_path / "out"
    runner.invoke(app, ["explain", str(tmp_path / "in"), "--model", str(bundle), "--out", str(out)])
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.json"))
    assert names == ["a/cat.json", "b/cat.json", "b/cat.png.json"]


def test_a_network_without_location_gets_json_and_no_overlay(tmp_path: Path) -> None:
    flat = make_bundle(tmp_path / "bundles", kind="fc")
    photo = save(tmp_path / "red.png", "red")
    done = runner.invoke(app, ["explain", str(photo), "--model", str(flat), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["red.json"]
    assert json.loads((tmp_path / "out" / "red.json").read_text())["predictions"][0]["cam"] is None


@pytest.mark.parametrize(
    ("option", "value"),
    [("--scale", "7"), ("--mode", "loud"), ("--colormap", "mauve"), ("--opacity", "2"), ("--top-k", "0")],
)
def test_wrong_usage_ends_with_status_2_before_any_work(tmp_path: Path, option: str, value: str) -> None:
    photo = save(tmp_path / "red.png", "red")
    assert runner.invoke(app, ["explain", str(photo), option, value]).exit_code == 2


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAMSCOPE_PORT", "many")
    done = runner.invoke(app, ["models"])
    assert done.exit_code == 2
    assert "CAMSCOPE_PORT" in done.stderr


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["camscope", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_what_fails_for_a_known_reason_says_so_in_one_line(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = save(tmp_path / "red.png", "red")
    assert run_main(monkeypatch, "explain", str(photo), "--model", str(tmp_path / "nowhere")) == 1
    assert capsys.readouterr().err == f"camscope: {tmp_path / 'nowhere'}: no such folder\n"
    (tmp_path / "empty").mkdir()
    assert run_main(monkeypatch, "explain", str(tmp_path / "empty"), "--model", str(bundle)) == 1
    assert "There is no picture in" in capsys.readouterr().err
    assert run_main(monkeypatch, "explain", str(photo), "--model", str(bundle), "--class", "gren") == 1
    assert "Did you mean 'green'?" in capsys.readouterr().err


def test_without_a_model_and_without_torch_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.embedded.find_spec", lambda _: None)
    assert run_main(monkeypatch, "serve", "--port", "0") == 1
    assert capsys.readouterr().err == f"camscope: {NO_TORCH}\n"
    assert not (tmp_path / "data").exists(), "nothing was begun"


def test_a_failed_preparation_is_an_error_and_not_a_server_without_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.embedded.find_spec", lambda _: object())
    monkeypatch.setattr("app.embedded.sys.executable", "/bin/false")
    with pytest.raises(StartError, match="could not be prepared"):
        ensure_embedded(tmp_path / "cache")


def test_models_lists_the_folders_and_names_those_it_refuses(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "There is no model folder yet" in runner.invoke(app, ["models"]).stdout
    bundle.parent.joinpath("junk").mkdir()
    monkeypatch.setenv("CAMSCOPE_MODELS_DIR", str(bundle.parent))
    done = runner.invoke(app, ["models"])
    assert done.exit_code == 0
    assert "tiny-" in done.stdout
    assert str(bundle) in done.stdout
    (bundle / "model.onnx").write_bytes(b"damaged")
    done = runner.invoke(app, ["models"])
    assert done.exit_code == 1
    assert "model.onnx: its sha256 is not the one" in done.stderr.replace("\n", " ")


def test_models_are_lines_for_programs_with_nothing_cut_off(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("CAMSCOPE_MODEL", str(bundle))
    [line] = runner.invoke(app, ["models"]).stdout.splitlines()
    assert line.split("\t")[1:] == ["gap", "5 classes", "exact maps", str(bundle)]


def test_the_files_say_which_photo_they_are_about(tmp_path: Path, bundle: Path) -> None:
    photo = save(tmp_path / "red.png", "red")
    runner.invoke(app, ["explain", str(photo), "--model", str(bundle), "--out", str(tmp_path / "out")])
    assert json.loads((tmp_path / "out" / "red.json").read_text())["file"] == str(photo)


def test_more_classes_than_the_network_has_are_refused(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = save(tmp_path / "red.png", "red")
    assert run_main(monkeypatch, "explain", str(photo), "--model", str(bundle), "--top-k", "6") == 1
    assert "more than the 5 classes" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--colormap", "jet"], ["--colormap", "jet", "--mode", "signed"]])
def test_every_colour_map_draws(tmp_path: Path, bundle: Path, options: list[str]) -> None:
    photo = save(tmp_path / "red.png", "red")
    arguments = ["explain", str(photo), "--model", str(bundle), "--out", str(tmp_path / "out"), *options]
    assert runner.invoke(app, arguments).exit_code == 0
    assert (tmp_path / "out" / "red.png").is_file()


def test_the_embedded_network_is_found_where_it_was_made(tmp_path: Path, bundle: Path) -> None:
    path = embedded_path(tmp_path / "cache")
    path.parent.mkdir()
    bundle.rename(path)
    assert ensure_embedded(tmp_path / "cache") == path
    assert (path / MANIFEST).is_file()
    photo = save(tmp_path / "red.png", "red")
    assert runner.invoke(app, ["explain", str(photo)]).exit_code == 0


def test_version_and_help_answer() -> None:
    assert runner.invoke(app, ["--version"]).stdout == f"camscope {VERSION}\n"
    for command in ("serve", "explain", "models", "networks", "export"):
        shown = runner.invoke(app, [command, "--help"])
        assert shown.exit_code == 0, command
        assert "Usage" in shown.stdout
