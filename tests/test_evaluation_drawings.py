"""What is wrong with drawings: another size, another shape, beside the picture, or another label."""

from pathlib import Path

import pytest
from PIL import Image

from model.coverage import Region
from model.errors import EvaluationError, UnknownLabels
from model.evaluation.drawings import Drawings, Target, read_marks
from model.evaluation.marks import Marks
from tests.test_evaluation_marks import coco_file, samples


def one_mark(tmp_path: Path, *edges: float, on: str = "") -> Marks:
    """A box of an ant in a COCO file whose picture has a size."""
    left, top, right, bottom = edges
    sides = dict(zip(("width", "height"), map(int, on.split("x")), strict=True)) if on else {}
    images = [{"id": 7, "file_name": "1.jpg"} | sides]
    things = [{"image_id": 7, "category_id": 3, "bbox": [left, top, right - left, bottom - top]}]
    file = coco_file(tmp_path / "boxes.json", images=images, annotations=things)
    return read_marks(Target(samples("1.jpg"), {"ant": 0}), Drawings(file))[0][0]


def test_what_was_drawn_at_another_size_is_scaled_and_told(tmp_path: Path) -> None:
    truth, trouble = one_mark(tmp_path, 20, 40, 60, 80, on="200x160").seen(0, (100, 80))
    assert trouble == "scaled"
    assert truth is not None
    assert truth.edges == ((10, 20, 30, 40),)


def test_what_was_drawn_on_a_picture_of_another_shape_is_not_used(tmp_path: Path) -> None:
    assert one_mark(tmp_path, 20, 40, 60, 80, on="160x200").seen(0, (100, 80)) == (None, "unusable")


@pytest.mark.parametrize(
    ("edges", "trouble"),
    [((10, 10, 50, 50), None), ((-1.5, 10, 50, 81), None), ((-50, 10, 50, 50), "cut"), ((500, 10, 600, 50), "beside")],
)
def test_boxes_beyond_a_picture_are_told(edges: tuple[float, ...], trouble: str | None, tmp_path: Path) -> None:
    truth, told = one_mark(tmp_path, *edges).seen(0, (100, 80))
    assert told == trouble
    assert (truth is None) == (trouble == "beside")


def test_a_picture_with_a_bad_mask_keeps_its_boxes(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_bytes(b"no picture")
    marks = Marks({0: (Region(1, 2, 3, 4),)}, tmp_path / "mask.png")
    truth, trouble = marks.seen(0, (100, 80))
    assert trouble == "unusable"
    assert truth is not None
    assert truth.edges == ((1, 2, 3, 4),)
    Image.new("L", (10, 8)).save(tmp_path / "mask.png")
    assert Marks(mask=tmp_path / "mask.png").seen(0, (100, 80)) == (None, "empty")


def test_labels_of_boxes_are_renamed_and_others_told(tmp_path: Path) -> None:
    rows = "1.jpg,Ant,1,2,3,4\n1.jpg,wasp,1,2,3,4\n2.jpg,bee,1,2,3,4\n"
    (tmp_path / "b.csv").write_text(f"path,label,left,top,right,bottom\n{rows}")
    drawn, pictures = Drawings(tmp_path / "b.csv"), samples("1.jpg", "2.jpg")
    found, findings = read_marks(Target(pictures, {"ant": 0, "bee": 1, "Ant": 0}, renamed=("Ant",)), drawn)
    assert list(found) == [0]
    assert "2 boxes are not of the picture's own class and left out: of 'bee' and 'wasp'" in findings[1]
    assert read_marks(Target(pictures, {"ants": 0, "bee": 1, "ant": 1, "Ant": 0, "wasps": 0}), drawn)[1][-1].endswith(
        "of 'bee' and 'wasp'; maybe --label wasp=wasps."
    )
    with pytest.raises(UnknownLabels, match=r"Say what these are: --label Ant=ant --label wasp=LABEL") as error:
        read_marks(Target(pictures, {"ant": 0, "bee": 1}), drawn)
    assert error.value.meant == {"Ant": "ant", "wasp": None}
    with pytest.raises(EvaluationError, match="'Biene' cannot be renamed: no picture and no box has this label"):
        read_marks(Target(pictures, {"ant": 0, "bee": 1, "Ant": 0, "Biene": 1}, renamed=("Ant", "Biene")), drawn)
