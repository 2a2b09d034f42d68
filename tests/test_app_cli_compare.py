"""`camscope compare`, as a person types it."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.cli import app
from app.gallery import Item, Summary, by_movement, draw_gallery, drop_previews
from app.labelled import Score
from model.classifier import Classifier
from model.comparison import moved
from model.evidence import PlacedMap
from model.photos import read_photo
from tests.bundles import make_bundle
from tests.commands import runner, save
from tests.pictures import halves

pytestmark = pytest.mark.usefixtures("own_folders")
LABELS = ("blue", "RED", "green", "pale", "dim")


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Names colours rightly."""
    return make_bundle(tmp_path / "bundles", name="right")


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """Takes red for blue and green for red."""
    return make_bundle(tmp_path / "bundles", name="wrong", kind="sum", labels=LABELS)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    save(folder / "one.png", "red")
    save(folder / "sub" / "one.jpg", "lime")
    (folder / "halves.png").write_bytes(halves())
    return folder


def compare(*words: Any) -> Any:
    return runner.invoke(app, ["compare", *map(str, words)])


def test_every_photo_gets_a_picture_a_json_a_row_and_a_place_in_the_gallery(
    tmp_path: Path, before: Path, after: Path, photos: Path
) -> None:
    out = tmp_path / "results"
    done = compare(before, after, "--data", photos, "--out", out)
    assert done.exit_code == 0, done.output
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    stems = {"one", "sub/one", "halves"}
    assert found == {f"{stem}{end}" for stem in stems for end in (".png", ".json")} | {"index.html", "report.json"}
    assert len(re.findall(r"^(?:one\.png|sub/one\.jpg|halves\.png) ", done.stdout, re.MULTILINE)) == 3
    with Image.open(out / "one.png") as picture:
        assert picture.width > 4 * 96
    gallery = (out / "index.html").read_text()
    assert gallery.count('class="shot"') == 3
    assert 'href="sub/one.png"' in gallery
    sources = re.findall(r'(?:src|href)="([^"]+)"', gallery)
    assert not [source for source in sources if not source.startswith("data:") and not (out / source).is_file()]
    assert "<script" not in gallery


def test_the_json_has_both_answers_and_what_moved(tmp_path: Path, before: Path, after: Path, photos: Path) -> None:
    out = tmp_path / "results"
    compare(before, after, "--data", photos, "--out", out)
    answer = json.loads((out / "halves.json").read_text())
    photo = read_photo(halves())
    maps = []
    for side, path in (("before", before), ("after", after)):
        classifier = Classifier.open(path, threads=1)
        [found] = classifier.explain([photo])
        chosen = answer[side]["chosen"]
        assert chosen["label"].casefold() == "red"
        assert found.maps is not None
        assert found.grid is not None
        maps.append(PlacedMap(found.maps[chosen["index"]], found.grid))
        np.testing.assert_allclose(chosen["cam"], maps[-1].values, rtol=1e-5)
    assert answer["moved"] == pytest.approx(moved(maps[0].values, maps[1].values), abs=1e-5)
    np.testing.assert_allclose(answer["difference"]["cam"], maps[1].values - maps[0].values, rtol=1e-4)
    report = json.loads((out / "report.json").read_text())
    order = [photo["moved"] for photo in report["photos"]]
    assert order == sorted(order, reverse=True)
    assert report["before"] == {"name": "right", "right": 0, "judged": 0, "accuracy": None}


def labelled(folder: Path) -> Path:
    for name, colour in (("red", "red"), ("green", "lime"), ("blue", "blue")):
        for number in (1, 2):
            save(folder / name / f"{number}.png", colour)
    return folder


def test_a_labelled_folder_is_judged(tmp_path: Path, before: Path, after: Path) -> None:
    out = tmp_path / "results"
    done = compare(before, after, "--data", labelled(tmp_path / "classes"), "--out", out)
    assert done.exit_code == 0, done.output
    assert "6 labelled photos of 3 classes" in done.stderr
    assert "right: 100.0% right, 6 of 6" in done.stderr
    assert "wrong: 0.0% right, 0 of 6" in done.stderr
    assert "0 got right, 6 got wrong, 0 wrong under both" in done.stderr
    answer = json.loads((out / "green" / "1.json").read_text())
    assert (answer["truth"], answer["right"]) == (["green"], {"before": True, "after": False})
    assert answer["before"]["chosen"]["label"] == answer["after"]["chosen"]["label"] == "green", "the photo's own class"
    report = json.loads((out / "report.json").read_text())
    assert report["changes"] == {"both right": 0, "got right": 0, "got wrong": 6, "both wrong": 0}
    assert "now wrong" in (out / "index.html").read_text()


def test_of_train_and_val_only_val_is_judged(tmp_path: Path, before: Path, after: Path) -> None:
    labelled(tmp_path / "split" / "train")
    labelled(tmp_path / "split" / "val")
    done = compare(before, after, "--data", tmp_path / "split", "--json")
    assert done.exit_code == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 6
    assert all("/val/" in line["file"] for line in lines)
    assert "not those to learn from" in done.stderr


def test_a_table_is_judged_and_a_bad_one_refused(tmp_path: Path, before: Path, after: Path) -> None:
    folder = labelled(tmp_path / "p")
    table = tmp_path / "p" / "labels.csv"
    rows = [f"{name}/{number}.png,{name}" for name in ("red", "green") for number in (1, 2)]
    table.write_text("\n".join(["path,label", *rows]))
    done = compare(before, after, "--data", table)
    assert done.exit_code == 0, done.output
    assert "right: 100.0% right, 4 of 4" in done.stderr
    table.write_text("path,label\nred/1.png,red\n")
    assert compare(before, after, "--data", table).exit_code == 1
    assert folder.is_dir()


def test_a_network_that_knows_none_of_the_labels_is_not_judged(tmp_path: Path, before: Path) -> None:
    strange = make_bundle(tmp_path / "bundles", name="strange", labels=tuple("vwxyz"))
    done = compare(before, strange, "--data", labelled(tmp_path / "classes"))
    assert done.exit_code == 0
    assert "right: 100.0% right" in done.stderr
    assert "strange knows no class of these photos by name: not judged" in done.stderr
    assert "–" in done.stdout


def test_one_chosen_class_or_two(tmp_path: Path, before: Path, after: Path, photos: Path) -> None:
    done = compare(before, after, "--data", photos / "one.png", "--class", "dark", "--other", "dim", "--json")
    answer = json.loads(done.stdout)
    assert answer["match"] == "chosen"
    assert (answer["before"]["chosen"]["label"], answer["after"]["chosen"]["label"]) == ("dark", "dim")
    done = compare(before, after, "--data", photos / "one.png", "--class", "pale", "--json")
    assert json.loads(done.stdout)["match"] == "none"


def test_without_maps_it_still_compares_the_answers(tmp_path: Path, before: Path, photos: Path) -> None:
    mapless = make_bundle(tmp_path / "bundles", name="mapless", kind="fc")
    out = tmp_path / "results"
    done = compare(before, mapless, "--data", photos, "--out", out)
    assert done.exit_code == 0, done.output
    assert json.loads((out / "one.json").read_text())["difference"] is None
    assert "No difference" in (out / "index.html").read_text()


def test_a_bad_photo_is_named_and_the_rest_is_done(tmp_path: Path, before: Path, after: Path, photos: Path) -> None:
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    out = tmp_path / "results"
    done = compare(before, after, "--data", photos, "--out", out)
    assert done.exit_code == 1
    assert "1 of 4 could not be compared" in done.stderr
    assert "bad.jpg" in done.stderr
    assert "3 of 4 compared" in done.stderr
    assert json.loads((out / "report.json").read_text())["failures"][0]["file"].endswith("bad.jpg")


def test_models_are_found_by_name(tmp_path: Path, photos: Path) -> None:
    for name in ("first", "second"):
        make_bundle(tmp_path / "data" / "models", name=name)
    done = compare("first", "second", "--data", photos / "one.png")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["no such model", "AFTER", "--data", "PHOTOS"], 1, "There is no model 'no such model'"),
        (["BEFORE", "AFTER", "--data", "no such folder"], 1, "there is no such folder, table or photo"),
        (["BEFORE", "AFTER", "--data", "EMPTY"], 1, "There is no picture in"),
        (["BEFORE", "AFTER", "--data", "PHOTOS", "--class", "unicorn"], 1, "'--class': there is no class 'unicorn'"),
        (["BEFORE", "AFTER", "--data", "PHOTOS", "--other", "unicorn"], 1, "'--other': there is no class 'unicorn'"),
        (["BEFORE", "AFTER", "--data", "PHOTOS", "--scale", "7"], 2, "--scale"),
        (["BEFORE", "AFTER"], 2, "--data"),
        (["BEFORE", "--data", "PHOTOS"], 2, "AFTER"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, before: Path, after: Path, photos: Path, words: list[str], status: int, said: str
) -> None:
    (tmp_path / "empty").mkdir()
    named = {"BEFORE": str(before), "AFTER": str(after), "PHOTOS": str(photos), "EMPTY": str(tmp_path / "empty")}
    done = compare(*(named.get(word, word) for word in words))
    assert said in (done.output + str(done.exception or ""))
    assert done.exit_code == status


def test_the_gallery_is_sorted_by_movement_and_shows_names_as_text(tmp_path: Path, before: Path, after: Path) -> None:
    folder = tmp_path / "photos"
    save(folder / "<b>&a.png", "red")
    save(folder / "50% é.png", "blue")
    out = tmp_path / "results"
    assert compare(before, after, "--data", folder, "--out", out).exit_code == 0
    gallery = (out / "index.html").read_text()
    assert "<b>&a" not in gallery
    assert "&lt;b&gt;&amp;a.png" in gallery
    assert 'href="50%25%20%C3%A9.png"' in gallery

    def item(name: str, moved: float | None) -> Item:
        return Item(name, name, ("", ""), "", None, moved, (), (None, None), b"")

    order = by_movement([item("a", None), item("b", 0.0), item("c", 0.9), item("d", 0.0)])
    assert [one.shown for one in order] == ["c", "b", "d", "a"]


def test_a_gallery_of_any_number_of_photos_keeps_the_most_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.gallery.MOST_SHOWN", 3)
    items: list[Item] = []
    for number in range(20):
        moved = None if number == 4 else (number * 7 % 20) / 20
        items.append(Item(str(number), str(number), ("", ""), "", 0.0, moved, (), (None, None), b"picture"))
        drop_previews(items)
        assert sum(bool(item.preview) for item in items) <= 6
    assert len(items) == 20
    assert all(item.preview for item in by_movement(items)[:3])
    summary = Summary.of(items, ("a", "b"), "", [Score(), Score()])
    gallery = draw_gallery(summary, items).decode()
    assert gallery.count('class="shot"') == 3
    assert "17 more photos lie beside this file" in gallery
