"""A training's report: the numbers are right, names cannot break out of it, and it asks nothing of anybody."""

import base64
import io
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from app import report_tables as tables
from app.report_pictures import STYLE, shown_mistakes
from app.reports import FEW_CLASSES, draw_report
from model.geometry import Grid
from model.intervals import Z95, wilson
from model.metrics import Candidate, ClassFigures
from model.rendering import overlay
from tests.measured import make_confusion, make_metrics, make_mistake

VOID = {"meta", "img", "br", "hr", "input", "link"}
HOSTILE = "</style><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Shape(HTMLParser):
    """Whether every tag is closed where it was opened, which elements there are, and what an address points to."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def drawn(**changes: object) -> tuple[str, Shape]:
    source = draw_report(make_metrics(**changes)).decode()  # type: ignore[arg-type]
    return source, Shape(source)


def words(shape: Shape) -> str:
    return re.sub(r"\s+", " ", " ".join(shape.text))


def test_a_report_says_what_was_measured() -> None:
    _, shape = drawn()
    said = words(shape)
    assert "93.3% right" in said
    assert "112 of 120 pictures it had not learned from" in said
    assert "standard error 2.3 points, 95% interval 87.4% to 96.6%" in said
    assert "The fine-tuned network was kept" in said
    assert "95.0% (loss 0.190), the head alone in 91.0% (loss 0.310)" in said
    assert "green/7.jpg cannot be read" in said
    assert "6.1%" in said
    assert "optimiser.rate" in said


def test_it_needs_nothing_from_outside_and_runs_nothing() -> None:
    source, shape = drawn()
    assert not shape.open
    assert not shape.tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    addresses = [value for name, value in shape.attributes if name in ("src", "href", "xlink:href", "srcset", "action")]
    assert addresses
    assert all(value.startswith("data:image/") for value in addresses)
    assert not [name for name, _ in shape.attributes if name.startswith("on")]
    assert not re.search(r"@import|url\((?!\")", source)
    assert "http" not in re.sub(r"data:image/[^\"]+", "", source)


def test_names_are_escaped_wherever_they_stand() -> None:
    mistake = make_mistake(path=f"val/{HOSTILE}.jpg")
    source, shape = drawn(
        labels=(HOSTILE, "b" * 200, "\u202eevil", "\x00\x08"),
        name="n",
        base=HOSTILE,
        problems=(HOSTILE,),
        settings={HOSTILE: HOSTILE},
        seconds={HOSTILE: 1.0},
        mistakes=(mistake,),
    )
    assert "<script" not in source
    assert "onerror" not in {name for name, _ in shape.attributes}
    assert words(shape).count("alert(1)") > 5


def test_a_model_that_learned_its_head_alone_says_so() -> None:
    head = Candidate(stage="head", epoch=3, held_out_loss=0.2, held_out_accuracy=0.9)
    network = Candidate(stage="network", epoch=2, held_out_loss=0.3, held_out_accuracy=0.88)
    assert "Only the head was trained" in tables.why_chosen(make_metrics(candidates=(head,), chosen="head"))
    kept = tables.why_chosen(make_metrics(candidates=(head, network), chosen="head"))
    assert "The head alone was kept" in kept
    assert "came to 88.0% (loss 0.300)" in kept
    assert "whole network" in tables.why_chosen(make_metrics(candidates=(network,), chosen="network"))


@pytest.mark.parametrize(("right", "count"), [(146, 153), (10, 10), (0, 10), (1, 2)])
def test_the_interval_is_wilsons(right: int, count: int) -> None:
    """Its ends are the shares that are just so far from what was counted: by their own spread, not by ours."""
    for end in wilson(right, count):
        assert abs(right / count - end) == pytest.approx(Z95 * math.sqrt(max(0, end * (1 - end)) / count), abs=1e-7)
    assert wilson(0, 0) == (0, 1)


def test_the_standard_error_is_that_of_a_share() -> None:
    flips = np.random.default_rng(0).random((20_000, 153)) < 0.954
    assert tables.standard_error(0.954, 153) == pytest.approx(flips.mean(axis=1).std(), rel=0.02)
    assert tables.standard_error(1.0, 5) == tables.standard_error(0.5, 0) == 0


def test_few_classes_have_a_matrix_and_many_have_pairs() -> None:
    few, many = make_metrics(), make_metrics([f"class {index}" for index in range(1000)], mistakes=())
    shown = tables.matrix(few)
    assert shown is not None
    assert [[cell.count for cell in row.cells] for row in shown.rows] == make_confusion(3).tolist()
    assert shown.rows[1].cells[2].sentence == "7 of 40 pictures of “green” were said to be “blue”"
    assert tables.matrix(many) is None
    pairs = tables.confused(many)
    assert len(pairs) == tables.MOST_PAIRS
    assert [pair.count for pair in pairs] == sorted((pair.count for pair in pairs), reverse=True)
    assert pairs[0].said == f"class {int(pairs[0].true.split()[1]) + 1}"
    source = draw_report(many)
    assert len(source) < 1_000_000
    assert source.count(b'<th scope="row"') == tables.MOST_PAIRS + 1000 + 28
    assert f"{1000 - FEW_CLASSES} more classes".encode() in source


def test_several_labels_have_no_confusion_and_may_have_no_true_class() -> None:
    mistake = make_mistake(true=(), shown=None, probability_shown=None, true_cam=None)
    source, shape = drawn(multi_label=True, confusion=None, mistakes=(mistake,))
    assert "every label right" in words(shape)
    assert "none of the classes" in words(shape)
    assert "taken for what" not in source


def test_the_worst_class_comes_first_and_those_without_a_number_last() -> None:
    rows = [
        ClassFigures(label=label, train=1, val=1, precision=None, recall=None, f1=f1)
        for label, f1 in (("good", 0.9), ("none", None), ("bad", 0.1))
    ]
    assert [row.label for row in tables.worst_first(rows)] == ["bad", "good", "none"]
    _, shape = drawn(classes=tuple(rows))
    assert "–" in words(shape)


def test_both_maps_of_a_mistake_are_on_one_scale() -> None:
    mistake = make_mistake(thumbnail=make_mistake().thumbnail)
    [shown] = shown_mistakes(make_metrics(mistakes=(mistake,)))
    assert shown.limit == "9.00"
    assert (shown.width, shown.height) == (128, 96)
    said, true = (pixels(map_.uri) for map_ in shown.maps)
    assert mistake.grid is not None
    assert mistake.said_cam is not None
    assert mistake.true_cam is not None
    photo = pixels(shown.photo.uri if shown.photo else "")
    grid = Grid(**mistake.grid.model_dump())
    full = overlay(photo, np.array(mistake.said_cam, dtype=np.float32), grid, STYLE, (128, 96))
    assert np.abs(said.astype(int) - full).mean() < 4
    own_scale = overlay(photo, np.array(mistake.true_cam, dtype=np.float32), grid, STYLE, (128, 96))
    assert np.abs(true.astype(int) - own_scale).mean() > 8  # half as strong as the other one's strongest


def pixels(uri: str) -> np.ndarray:  # type: ignore[type-arg]
    raw = base64.b64decode(uri.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))


@pytest.mark.parametrize("thumbnail", ["", "no base64!", base64.b64encode(b"no picture").decode()])
def test_a_mistake_without_a_picture_is_named_all_the_same(thumbnail: str) -> None:
    source, shape = drawn(mistakes=(make_mistake(thumbnail=thumbnail),))
    assert not shape.open
    assert "val/red/1.jpg" in source
    assert 'mistake__picture"' not in source


def test_a_head_without_maps_shows_the_picture_alone() -> None:
    [shown] = shown_mistakes(make_metrics(mistakes=(make_mistake(grid=None, said_cam=None, true_cam=None),)))
    assert shown.photo is not None
    assert shown.maps == ()


def test_no_mistakes_no_epochs_no_answers_are_no_trouble() -> None:
    empty = make_metrics(mistakes=(), epochs=(), problems=(), settings={}, seconds={}, candidates=())
    shape = Shape(draw_report(empty).decode())
    assert not shape.open
    assert "every picture was named rightly" in words(shape)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(12.4, "12 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (59.7, "1 min 0 s"), (0.3, "less than 1 s"), (0, "0 s")],
)
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert tables.duration(seconds) == said


def test_bins_without_answers_have_no_bar() -> None:
    bars = tables.bars(make_metrics().calibration.bins)
    assert len(bars) == 7
    assert (bars[0].x, bars[0].width, bars[0].ideal) == (30, 10, 35)
    assert bars[0].words == ("35.0%", "25.5%", "9")
