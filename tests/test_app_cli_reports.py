"""`camscope explain --report`: a file for one photo, a folder with an index for many."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from app.cli import app, main
from tests.bundles import make_bundle
from tests.commands import runner, save
from tests.test_app_exports import Parsed, data_of, maps_of

pytestmark = pytest.mark.usefixtures("own_folders")
GUIDE = Path(__file__).parent.parent / "docs" / "taking-along.md"


def explain(bundle: Path, *words: Path | str) -> None:
    done = runner.invoke(app, ["explain", "--model", str(bundle), *map(str, words)])
    assert done.exit_code == 0, done.output


def test_one_photo_gives_the_file_that_was_named(tmp_path: Path, bundle: Path) -> None:
    out = tmp_path / "new" / "out.html"
    explain(
        bundle, save(tmp_path / "red.png", "red"), "--report", out, "--mode", "positive", "-c", "blue", "--top-k", "2"
    )
    data = data_of(Parsed(out.read_text()))
    assert [path.name for path in out.parent.iterdir()] == ["out.html"]
    assert (data["explanation"]["predictions"][0]["label"], data["view"]["mode"]) == ("red", "positive")
    assert "blue" in [one["label"] for one in data["classes"]]
    assert maps_of(data).shape[0] == len(data["classes"]) == 3


def test_the_guides_lines_read_the_maps_back(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    explain(bundle, save(tmp_path / "red.png", "red"), "--report", tmp_path / "out.html")
    (lines,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    exec(compile(lines, GUIDE.name, "exec"), {})
    told = [line.rsplit(" ", 2) for line in capsys.readouterr().out.splitlines()]
    assert [label for label, _, _ in told][:1] == ["red"]
    assert len(told) == 5
    for _, total, logit in told:
        assert float(total) == pytest.approx(float(logit), abs=1e-5)


def test_what_is_asked_of_a_part_is_in_the_report(tmp_path: Path, bundle: Path) -> None:
    out = tmp_path / "out.html"
    words = ("--class", "green", "--versus", "red", "--region", "10,10,200,40")
    explain(bundle, save(tmp_path / "red.png", "red"), *words, "--report", out)
    data = data_of(Parsed(out.read_text()))
    assert (data["view"]["class"], data["view"]["versus"]) == (1, 0)
    assert data["region"] == {"left": 10, "top": 10, "right": 90, "bottom": 40}


def test_what_is_averaged_is_said(tmp_path: Path, bundle: Path) -> None:
    out = tmp_path / "out.html"
    explain(bundle, save(tmp_path / "red.png", "red"), "--scale", "fused", "--report", out)
    assert "where the evidence lies is averaged on one raster" in out.read_text()
    data = data_of(Parsed(out.read_text()))
    assert maps_of(data).shape[1:] == (data["explanation"]["grid"]["rows"], data["explanation"]["grid"]["columns"])


def test_a_folder_gives_a_folder_of_reports_with_an_index(tmp_path: Path, bundle: Path) -> None:
    for name, colour in (("a/red & 1.png", "red"), ("b/index.png", "blue"), ("index.png", "lime")):
        save(tmp_path / "in" / name, colour)
    out = tmp_path / "reports"
    explain(bundle, tmp_path / "in", "--report", out)
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.html"))
    assert found == ["a/red & 1.html", "b/index.html", "index-2.html", "index.html"]
    assert data_of(Parsed((out / "index.html").read_text()))["explanation"]["predictions"][0]["label"] == "green"
    index = (out / "index-2.html").read_text()
    links = [unescape(link) for link in re.findall(r'<a class="sheet__entry" href="([^"]+)"', index)]
    assert [unquote(link) for link in links] == ["a/red & 1.html", "b/index.html", "index.html"]
    assert re.findall(r'<b dir="auto">(\w+)</b>', index) == ["red", "blue", "green"]
    assert "script-src &#39;none&#39;" in index


def test_a_bad_photo_is_named_and_the_others_have_reports(tmp_path: Path, bundle: Path) -> None:
    save(tmp_path / "in" / "red.png", "red")
    (tmp_path / "in" / "broken.png").write_bytes(b"nothing")
    out = tmp_path / "reports"
    done = runner.invoke(app, ["explain", "-m", str(bundle), str(tmp_path / "in"), "--report", str(out)])
    assert done.exit_code == 1
    assert sorted(path.name for path in out.iterdir()) == ["index.html", "red.html"]


def test_many_photos_do_not_fit_into_one_file(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = [str(save(tmp_path / f"{colour}.png", colour)) for colour in ("red", "blue")]
    out = tmp_path / "out.html"
    monkeypatch.setattr("sys.argv", ["camscope", "explain", *photos, "-m", str(bundle), "--report", str(out)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "name a folder for 2" in capsys.readouterr().err
    assert not out.exists()


def test_a_report_that_cannot_be_written_is_named(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    words = ["explain", "-m", str(bundle), str(save(tmp_path / "red.png", "red")), "--report"]
    assert runner.invoke(app, [*words, str(tmp_path / "taken" / "out.html")]).exit_code == 1


def test_a_network_without_maps_has_reports_too(tmp_path: Path) -> None:
    flat = make_bundle(tmp_path / "bundles", name="flat", kind="fc")
    out = tmp_path / "out.html"
    explain(flat, save(tmp_path / "red.png", "red"), "--report", out)
    assert "This network has no exact map" in out.read_text()
