"""An evaluation's report: the numbers are right, names cannot break out of it, and it asks nothing of anybody."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from app.evaluation_report import draw_evaluation
from model.evaluation.calibration import reliability
from model.evaluation.figures import (
    BoxMeasure,
    ClassificationFigures,
    ClassificationIntervals,
    ClassResult,
    Confusion,
    LocalisationFigures,
    MapMeasures,
    Measure,
)
from model.evaluation.records import EvaluatedData, EvaluatedModel, EvaluationMetrics, EvaluationSettings

HOSTILE = "</style><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
HALF = Measure(value=0.5, interval=(0.4, 0.6))
BOX = BoxMeasure(value=0.625, interval=(0.5, 0.75), threshold=0.2, reference=0.7, reference_threshold=0.31)


def measures(pixels: bool = False) -> MapMeasures:
    return MapMeasures(
        max_box_acc=None if pixels else BOX,
        max_box_acc_v2=None if pixels else HALF,
        max_box_acc_v2_reference=None if pixels else 0.5,
        ious={},
        gt_known=None if pixels else HALF,
        top1=None if pixels else HALF,
        pixel_ap=HALF if pixels else None,
        pointing=HALF,
        pointing_15=HALF,
        energy=HALF,
        raster=(7, 9),
    )


def metrics(name: str = "red", pixels: bool = False, places: bool = True) -> EvaluationMetrics:
    labels = (name, "green", "blue")
    said = ClassificationFigures(
        accuracy=0.75,
        top5=None,
        macro_f1=0.7,
        loss=0.8,
        classes=(
            ClassResult(label=name, pictures=3, precision=1, recall=2 / 3, f1=0.8),
            ClassResult(label="green", pictures=1, precision=0.5, recall=1, f1=2 / 3),
        ),
        confusion=Confusion(classes=(0, 1), matrix=((2, 1), (0, 1)), counts=((0, 0, 2), (0, 1, 1), (1, 1, 1))),
        calibration=reliability(np.array([0.9, 0.8, 0.3, 0.7]), np.array([True, True, False, True])),
        intervals=ClassificationIntervals(accuracy=(0.25, 1), top5=None, macro_f1=(0.3, 1), ece=(0.1, 0.4)),
    )
    where = LocalisationFigures(
        pictures=4,
        chosen_on=2,
        covered=0.3,
        thresholds=100,
        scales={"1": measures(pixels), "fused": measures(pixels)},
        baselines={"centre": measures(pixels).model_copy(update={"raster": None})},
    )
    now = datetime(2026, 1, 2, tzinfo=UTC)
    return EvaluationMetrics(
        created_at=now,
        model=EvaluatedModel(id="tiny-1", name="tiny", head="gap", labels=labels),
        data=EvaluatedData(name=name, pictures=4, unreadable=1, classes={0: 3, 1: 1}),
        settings=EvaluationSettings(created_at=now, bundle="tiny-1", data=name, listing="0", pictures=5),
        classification=said,
        localisation=where if places else None,
        problems=(f"1 picture is left out: '{name}'.",),
        seconds={"pictures": 2.0, "measure": 0.5},
    )


def named_in(source: str) -> set[str]:
    """The names of all attributes that a browser sees."""
    names: set[str] = set()

    class Attributes(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            names.update(name for name, _ in attrs)

    Attributes().feed(source)
    return names


def words(source: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", source.partition("</style>")[2]).split())


def test_it_says_the_numbers_with_where_they_lie() -> None:
    told = words(draw_evaluation(metrics()).decode())
    assert "75.0% right" in told
    assert "3 of 4 pictures; 95% interval 25.0% to 100.0%" in told
    assert "70.0% (30.0% to 100.0%)" in told
    assert "62.5% 50.0% to 75.0%" in told
    assert "70.0% at 31.0%, chosen 20.0%" in told
    assert "Thresholds were chosen on 2 of those with boxes" in told
    assert "among the first five" not in told


def test_every_column_is_told_how_to_read_and_those_of_nothing_are_left_out() -> None:
    boxes, pixels, neither = (
        draw_evaluation(one).decode() for one in (metrics(), metrics(pixels=True), metrics(places=False))
    )
    assert ("MaxBoxAcc" in words(boxes), "PxAP" in words(boxes)) == (True, False)
    assert ("MaxBoxAcc" in words(pixels), "PxAP" in words(pixels)) == (False, True)
    assert "right place" not in words(neither)
    for source in (boxes, pixels):
        columns = re.findall(
            r'<th scope="col">([^<]*)</th>', source.partition("table--looks")[2].partition("</thead>")[0]
        )
        for column in columns[1:]:
            assert f"<dt>{column}</dt>" in source


def test_columns_say_how_many_pictures_they_are_of_and_baselines_say_no_class() -> None:
    found = metrics()
    assert found.localisation is not None
    look = measures().model_copy(
        update={
            "max_box_acc": BOX.model_copy(update={"pictures": 90, "reference_pictures": 135}),
            "pointing": HALF.model_copy(update={"pictures": 135}),
        }
    )
    where = found.localisation.model_copy(
        update={"scales": {"1": look}, "baselines": {"centre": look.model_copy(update={"top1": None})}}
    )
    told = words(draw_evaluation(found.model_copy(update={"localisation": where})).decode())
    assert "MaxBoxAcc 90 pictures by the reference 135 pictures MaxBoxAccV2" in told
    assert "Pointing 135 pictures" in told
    assert "70.0% at 31.0%, chosen 20.0% 50.0% 40.0% to 60.0% – 50.0%" in told


def test_what_all_resamples_agree_on_has_no_interval_and_few_pictures_are_called_few() -> None:
    found = metrics()
    sure = found.classification.intervals.model_copy(update={"macro_f1": (0.7, 0.7)})
    certain = found.classification.model_copy(update={"intervals": sure})
    told = words(draw_evaluation(found.model_copy(update={"classification": certain})).decode())
    assert "70.0% (" not in told
    assert "These are few pictures" in told
    many = found.model_copy(update={"data": found.data.model_copy(update={"pictures": 400})})
    assert "These are few pictures" not in words(draw_evaluation(many).decode())


@pytest.mark.parametrize("places", [True, False])
def test_names_cannot_break_out_and_nothing_is_asked_of_anybody(places: bool) -> None:
    source = draw_evaluation(metrics(HOSTILE, places=places)).decode()
    assert "<script" not in source.lower()
    assert "<img" not in source
    assert not named_in(source) & {"src", "href", "onerror"}
    assert "url(http" not in source
