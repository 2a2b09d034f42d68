"""Boxes and masks of other tools' files, and which picture each belongs to."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.annotations import Annotated, ClassRegions, Method, Region, coco, voc
from model.boxes_coco import read_coco
from model.boxes_voc import read_voc
from model.contours import Outline
from model.dataset import Sample
from model.errors import DatasetError, EvaluationError
from model.evaluation.drawings import Drawings, Target, read_marks
from model.evaluation.marks import Marks, read_mask
from model.regions import Box

VOC = """<?xml version="1.0"?>{prolog}
<annotation><filename>{name}</filename><size><width>100</width><height>80</height><depth>3</depth></size>
<object><name>{label}</name><part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>
<bndbox><xmin>{left}</xmin><ymin>21</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"""
BILLION_LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def voc_text(name: str = "1.jpg", label: str = "ant", left: object = 11, prolog: str = "") -> str:
    return VOC.format(name=name, label=label, left=left, prolog=prolog)


def samples(*names: str, root: Path = Path("/data")) -> list[Sample]:
    return [Sample(root / name, name, (0,)) for name in names]


def edges(marks: Marks, index: int = 0) -> list[tuple[float, ...]]:
    return [(one.left, one.top, one.right, one.bottom) for one in marks.regions[index]]


def test_voc_counts_pixels_from_one(tmp_path: Path) -> None:
    (tmp_path / "1.xml").write_text(voc_text())
    [picture] = read_voc(tmp_path, {"ant"})
    [region] = picture.regions["ant"]
    assert (region.left, region.top, region.right, region.bottom) == (10, 20, 30, 40)
    assert picture.name == "1.jpg"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (voc_text(prolog=BILLION_LAUGHS, label="&b;"), "document type"),
        (voc_text(prolog='<!DOCTYPE a SYSTEM "file:///etc/passwd">'), "document type"),
        ("<annotation>", "no XML"),
        (voc_text(left=50), "no box"),
        (voc_text(left="many"), "no box"),
        (voc_text(label=""), "label is empty"),
        (voc_text(label="bee"), "nothing is drawn of 'ant', but of 'bee'"),
    ],
)
def test_bad_xml_is_refused_with_its_file(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "1.xml").write_text(text)
    with pytest.raises(DatasetError, match=told):
        read_voc(tmp_path / "1.xml", {"ant"})


def coco_file(file: Path, **changes: object) -> Path:
    content = {
        "images": [{"id": 7, "file_name": "1.jpg"}],
        "categories": [{"id": 3, "name": "ant"}],
        "annotations": [
            {"image_id": 7, "category_id": 3, "bbox": [10, 20, 20, 20], "area": 400},
            {"image_id": 7, "category_id": 3, "bbox": [0, 0, 90, 90], "iscrowd": 1},
            {"image_id": 7, "category_id": 3, "bbox": [5, 5, 0, 9]},
        ],
    }
    file.write_text(json.dumps(content | changes))
    return file


def test_coco_says_left_top_width_height(tmp_path: Path) -> None:
    [picture] = read_coco(coco_file(tmp_path / "boxes.json"), {"ant"})
    [region] = picture.regions["ant"]
    assert (region.left, region.top, region.right, region.bottom) == (10, 20, 30, 40)
    assert picture.path == tmp_path / "1.jpg"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"images": []}, "not in the file"),
        ({"categories": [{"id": 3}]}, "no COCO file"),
        ({"annotations": [{"image_id": 7, "category_id": 3, "bbox": [1, 2, 3]}]}, "no COCO file"),
        ({"annotations": [{"image_id": 7, "category_id": 3, "bbox": [1, 2, float("nan"), 4]}]}, "no COCO file"),
        ({"annotations": []}, "nothing is drawn of 'ant'"),
    ],
)
def test_bad_coco_is_refused(changes: dict[str, object], told: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=told):
        read_coco(coco_file(tmp_path / "boxes.json", **changes), {"ant"})


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "boxes.json"
    for content in ("{", "[" * 100_000):
        file.write_text(content)
        with pytest.raises(DatasetError, match=r"no JSON|no COCO"):
            read_coco(file, {"ant"})


def test_our_own_files_are_read_back(tmp_path: Path) -> None:
    box = Box(10, 20, 30, 40, 0.2)
    ring = ((10.0, 20.0), (30.0, 20.0), (30.0, 40.0), (10.0, 40.0))
    found = ClassRegions(0, "ant & bee", 0.9, (Region(Outline(box, (ring,)), 0.5),))
    photo = Annotated("1.jpg", 100, 80, (found,))
    (tmp_path / "1.xml").write_text(voc(photo))
    (tmp_path / "boxes.json").write_text(json.dumps(coco([photo], Method("lite0-0000", "1", 0.2))))
    (tmp_path / "boxes.csv").write_text("path,label,left,top,right,bottom\n1.jpg,ant & bee,10,20,30,40\n")
    read = [
        read_marks(Target(samples("1.jpg", root=tmp_path), {"ant & bee": 0}), Drawings(tmp_path / name))[0][0]
        for name in ("1.xml", "boxes.json", "boxes.csv")
    ]
    assert [edges(marks) for marks in read] == [[(10, 20, 30, 40)]] * 3


@pytest.mark.parametrize("name", ["ants/1.jpg", "ants/1.xml", "1.jpg", "1.png", "elsewhere/1.jpg"])
def test_pictures_are_found_by_the_names_that_others_give_them(name: str, tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text(f"path,label,left,top,right,bottom\n{name},ants,10,20,30,40\n")
    found, findings = read_marks(
        Target(samples("ants/1.jpg", "ants/2.jpg"), {"ants": 0}), Drawings(tmp_path / "boxes.csv")
    )
    assert list(found) == [0]
    assert findings == ("1 picture has no box and does not count there: 'ants/2.jpg'.",)


def test_a_name_that_two_pictures_have_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text("path,label,left,top,right,bottom\n1.jpg,ants,10,20,30,40\n")
    with pytest.raises(EvaluationError, match="no picture is both"):
        read_marks(Target(samples("ants/1.jpg", "more/1.jpg"), {"ants": 0}), Drawings(tmp_path / "boxes.csv"))


def test_boxes_of_classes_that_a_picture_is_not_of_are_left_out(tmp_path: Path) -> None:
    rows = "1.jpg,ants,10,20,30,40\n1.jpg,ant,0,0,5,5\n1.jpg,bees,1,1,2,2\n"
    (tmp_path / "boxes.csv").write_text(f"path,label,left,top,right,bottom\n{rows}")
    found, _ = read_marks(Target(samples("1.jpg"), {"ants": 0, "ant": 0, "bees": 1}), Drawings(tmp_path / "boxes.csv"))
    assert edges(found[0]) == [(10, 20, 30, 40), (0, 0, 5, 5)]
    assert 1 not in found[0].regions


def test_boxes_are_cut_to_the_picture_and_those_beside_it_dropped(tmp_path: Path) -> None:
    rows = "1.jpg,ants,-5,20,30,400\n1.jpg,ants,200,0,300,5\n"
    (tmp_path / "boxes.csv").write_text(f"path,label,left,top,right,bottom\n{rows}")
    found, _ = read_marks(Target(samples("1.jpg"), {"ants": 0}), Drawings(tmp_path / "boxes.csv"))
    truth = found[0].truth(0, (100, 80))
    assert truth is not None
    assert truth.edges == ((0, 20, 30, 80),)
    assert found[0].truth(1, (100, 80)) is None
    assert Marks(found[0].regions).truth(0, (4, 4)) is None


def test_a_kind_of_file_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no table of boxes"):
        read_marks(Target(samples("1.jpg"), {"ants": 0}), Drawings(tmp_path / "boxes.txt"))


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "RGB", "RGBA", "LA"])
def test_what_is_not_zero_in_a_mask_is_the_thing(mode: str, tmp_path: Path) -> None:
    painted = np.zeros((8, 10), np.uint8)
    painted[2:4, 3:6] = 255
    image = Image.fromarray(painted)
    if mode == "P":
        image = Image.fromarray((painted > 0).astype(np.uint8))
        image.putpalette([0, 0, 0, 200, 10, 10])
    elif mode == "I;16":
        image = Image.fromarray(painted.astype(np.uint16))
    else:
        image = image.convert(mode)
    image.save(tmp_path / "mask.png")
    assert (read_mask(tmp_path / "mask.png", (100, 80)) == (painted > 0)).all()


def test_what_is_clear_in_a_mask_is_not_the_thing(tmp_path: Path) -> None:
    Image.new("RGBA", (10, 8), (255, 255, 255, 0)).save(tmp_path / "mask.png")
    assert not read_mask(tmp_path / "mask.png", (100, 80)).any()


def test_masks_mirror_the_data(tmp_path: Path) -> None:
    (tmp_path / "ants").mkdir()
    Image.new("L", (10, 8), 1).save(tmp_path / "ants" / "1.png")
    Image.new("L", (10, 8), 0).save(tmp_path / "ants" / "2.jpg.png")
    found, findings = read_marks(
        Target(samples("ants/1.jpg", "ants/2.jpg", "ants/3.jpg"), {}), Drawings(masks=tmp_path)
    )
    assert sorted(found) == [0, 1]
    assert "'ants/3.jpg'" in findings[0]
    truth = found[0].truth(0, (100, 80))
    assert truth is not None
    assert truth.area((100, 80)) == 1
    assert found[1].truth(0, (100, 80)) is None
    with pytest.raises(EvaluationError, match="has no mask"):
        read_marks(Target(samples("bees/4.jpg"), {}), Drawings(masks=tmp_path))
    with pytest.raises(DatasetError, match="no such folder"):
        read_marks(Target(samples("bees/4.jpg"), {}), Drawings(masks=tmp_path / "none"))


def test_a_mask_that_is_none_or_of_another_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_bytes(b"no picture")
    with pytest.raises(EvaluationError, match=r"mask.png cannot be read"):
        read_mask(tmp_path / "mask.png", (100, 80))
    Image.new("L", (80, 100)).save(tmp_path / "mask.png")
    with pytest.raises(EvaluationError, match="80 x 100, the picture 100 x 80"):
        read_mask(tmp_path / "mask.png", (100, 80))
