"""The pictures inside an evaluation's report: the right ones, drawn from the evaluation's own files."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from app.evaluation_opened import Opened, open_evaluation
from app.evaluation_report_pictures import FEW, SIDE, ReportTile, report_pictures
from app.evaluation_words import group_words
from model.evaluation.folder import REPORT
from model.evaluation.triage import Group
from tests.evaluations import camscope, write_squares

WRONG = FEW + 2


@pytest.fixture(scope="module")
def out(bundle_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation with more wrong pictures than a group shows."""
    folder = tmp_path_factory.mktemp("report")
    data = write_squares(folder / "squares", count=WRONG + 2, wrong=WRONG)
    assert camscope(bundle_path, data, "--out", folder / "out") == 0
    return folder / "out"


@pytest.fixture(scope="module")
def opened(out: Path) -> Opened:
    return open_evaluation(out)


def drawn(tile: ReportTile) -> Image.Image:
    assert tile.uri is not None
    kind, _, encoded = tile.uri.partition(",")
    assert kind == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def test_a_group_shows_the_worst_first_and_says_how_many_there_are(opened: Opened) -> None:
    groups = report_pictures(opened).groups
    wrong = groups[0]
    assert wrong.title == group_words(Group.WRONG).title
    assert wrong.counted == f"{WRONG} pictures; the first {FEW} are here"
    losses = {one.record.path: one.record.loss for one in opened.pictures.values() if not one.record.right}
    assert [tile.path for tile in wrong.tiles] == sorted(losses, key=lambda path: -losses[path])[:FEW]
    assert {(tile.said.partition(" ·")[0], tile.true) for tile in wrong.tiles} == {("green", "red")}


def test_a_picture_is_the_thumbnail_with_its_map(opened: Opened) -> None:
    for group in report_pictures(opened).groups:
        for tile in group.tiles:
            picture = drawn(tile)
            (record,) = (one.record for one in opened.pictures.values() if one.record.path == tile.path)
            assert max(picture.size) <= SIDE
            assert picture.width * record.height == picture.height * record.width
            assert picture.convert("HSV").getextrema()[1][1] > 60  # the map is in colour, over grey


def test_no_picture_stands_twice_and_every_group_is_told(opened: Opened) -> None:
    groups = report_pictures(opened).groups
    paths = [tile.path for group in groups for tile in group.tiles]
    assert len(paths) == len(set(paths))
    there = {group_words(group).title for group, count in opened.counts.items() if count}
    assert {group.title for group in groups} == there


def test_what_a_class_goes_by_is_shown_with_its_mean_map(opened: Opened) -> None:
    shown = {one.label: one.kinds for one in report_pictures(opened).classes}
    assert set(shown) == {"green", "blue"}  # the network sees nothing of red in most of red's pictures
    for label, kinds in shown.items():
        index = opened.metrics.model.labels.index(label)
        clusters = [cluster for key, cluster in opened.clusters.items() if key.startswith(f"{index}.")]
        assert [int(kind.counted.split()[0]) for kind in kinds] == [len(one.members) for one in clusters]
        for kind, cluster in zip(kinds, clusters, strict=True):
            assert kind.map_uri.startswith("data:image/png;base64,")
            nearest = [opened.find(number).record.path for number in cluster.members[: len(kind.tiles)]]
            assert [tile.path for tile in kind.tiles] == nearest != []


def test_the_command_writes_them_into_its_report(out: Path, opened: Opened) -> None:
    source = (out / REPORT).read_text()
    for group in report_pictures(opened).groups:
        for tile in group.tiles:
            assert tile.uri is not None
            assert tile.uri in source


def test_a_picture_without_its_small_copy_is_told_in_words(bundle_path: Path, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares", wrong=1)
    assert camscope(bundle_path, data, "--out", tmp_path / "out") == 0
    opened = open_evaluation(tmp_path / "out")
    (wrong,) = (one.record for one in opened.pictures.values() if not one.record.right)
    opened.folder.thumbnail(wrong.number).unlink()
    (tile,) = report_pictures(opened).groups[0].tiles
    assert (tile.uri, tile.path, tile.true) == (None, wrong.path, "red")
