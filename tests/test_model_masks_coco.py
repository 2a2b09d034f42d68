"""COCO's segmentations: polygons, runs, and runs as text, whose values the field's own library wrote."""

import json
from pathlib import Path

import numpy as np
import pytest

from model.errors import DatasetError, EvaluationError
from model.evaluation.drawings import Drawings, Target, read_marks
from model.evaluation.marks import Marks
from model.masks_coco import Runs, lengths_of, read_coco_masks
from tests.test_evaluation_marks import samples

SQUARE = [[10.0, 20.0, 30.0, 20.0, 30.0, 40.0, 10.0, 40.0]]


def coco_masks(file: Path, *segmentations: object, crowd: int = 0) -> Path:
    things = [{"image_id": 7, "category_id": 3, "segmentation": one, "iscrowd": crowd} for one in segmentations]
    content = {
        "images": [{"id": 7, "file_name": "1.jpg"}],
        "categories": [{"id": 3, "name": "ant"}, {"id": 4, "name": "bee"}],
        "annotations": [*things, {"image_id": 7, "category_id": 4, "segmentation": SQUARE}],
    }
    file.write_text(json.dumps(content))
    return file


def truth_of(file: Path, size: tuple[int, int] = (100, 80)) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    marks, _ = read_marks(Target(samples("1.jpg"), {"ant": 0}), Drawings(masks=file))
    truth = marks[0].truth(0, size)
    assert truth is not None
    assert truth.mask is not None
    return truth.mask


def test_polygons_of_all_things_of_a_class_are_one_mask(tmp_path: Path) -> None:
    mask = truth_of(coco_masks(tmp_path / "m.json", SQUARE, [[50, 0, 60, 0, 60, 10, 50, 10], [0, 0, 4, 0, 0, 4]]))
    expected = np.zeros((80, 100), bool)
    expected[20:40, 10:30] = expected[0:10, 50:60] = True
    for row in range(4):
        expected[row, : 3 - row + 1] = True
    assert mask[:, 10:].tolist() == expected[:, 10:].tolist()
    assert mask[:4, :4].sum() in range(6, 11)  # half of sixteen, give or take the diagonal


def test_a_large_picture_is_drawn_on_smaller_and_the_shares_stay(tmp_path: Path) -> None:
    mask = truth_of(coco_masks(tmp_path / "m.json", [[0, 0, 2000, 0, 2000, 3000, 0, 3000]]), (4000, 3000))
    assert mask.shape == (768, 1024)
    assert mask.mean() == 0.5


@pytest.mark.parametrize(
    ("text", "shape", "rows"),
    [
        ("j026000m0O", (8, 10), {2: (3, 6), 3: (3, 6), 7: (9, 10)}),
        ("mm2S6Y30000000000000000000", (300, 400), {}),
    ],
)
def test_runs_as_text_are_those_of_the_library_that_wrote_them(
    text: str, shape: tuple[int, int], rows: dict[int, tuple[int, int]]
) -> None:
    lengths = lengths_of(text)
    if not rows:
        assert lengths[:2] == [3005, 195]
        assert set(lengths[2:]) == {105, 195}
        return
    expected = np.zeros(shape, bool)
    for row, (start, end) in rows.items():
        expected[row, start:end] = True
    assert (Runs(np.array(lengths), shape).mask() == expected).all()


def test_runs_are_laid_over_the_picture_whatever_their_size(tmp_path: Path) -> None:
    runs = {"size": [8, 10], "counts": [40, 40]}
    mask = truth_of(coco_masks(tmp_path / "m.json", runs, crowd=1))
    assert mask.shape == (80, 100)
    assert mask[:, 50:].all()
    assert not mask[:, :50].any()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ([[1, 2, 3, 4]], "three points"),
        ([[1, 2, 3, 4, 5]], "three points"),
        ([[1, 2, 3, 4, 5, 1e300]], "three points"),
        ({"size": [8, 10], "counts": [40, 41]}, "do not fill 10 x 8"),
        ({"size": [8, 10], "counts": [90, -10]}, "neither polygons nor runs"),
        ({"size": [8, 10], "counts": "j0"}, "do not fill"),
        ({"size": [8, 10], "counts": "~~~"}, "do not fill"),
        ({"size": [8, 10], "counts": "oooooooooooooooooooo"}, "do not fill"),
        ({"size": [10**6, 10**6], "counts": [10**12]}, "more than 100,000,000 pixels"),
        ({"counts": [80]}, "neither"),
        ("polygon", "neither"),
        (None, "nothing is drawn of 'ant'"),
    ],
)
def test_what_is_no_segmentation_is_refused_with_its_place(written: object, told: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=told):
        read_coco_masks(coco_masks(tmp_path / "m.json", written), {"ant"})


def test_runs_of_another_picture_are_refused(tmp_path: Path) -> None:
    file = coco_masks(tmp_path / "m.json", {"size": [10, 8], "counts": [40, 40]})
    marks, _ = read_marks(Target(samples("1.jpg"), {"ant": 0}), Drawings(masks=file))
    with pytest.raises(EvaluationError, match="8 x 10, the picture 100 x 80"):
        marks[0].truth(0, (100, 80))


def test_boxes_and_masks_are_taken_together(tmp_path: Path) -> None:
    masks = coco_masks(tmp_path / "m.json", SQUARE)
    (tmp_path / "b.csv").write_text("path,label,left,top,right,bottom\n1.jpg,ant,5,5,50,50\n2.jpg,ant,5,5,50,50\n")
    marks, findings = read_marks(Target(samples("1.jpg", "2.jpg"), {"ant": 0}), Drawings(tmp_path / "b.csv", masks))
    truth = marks[0].truth(0, (100, 80))
    assert truth is not None
    assert truth.edges == ((5, 5, 50, 50),)
    assert truth.area((100, 80)) == pytest.approx(400 / 8000)
    assert marks[1] == Marks(marks[1].regions)
    assert findings == (
        "1 picture has no mask and does not count there: '2.jpg'.",
        "1 mask is not of the picture's own class and left out: of 'bee'.",
    )
