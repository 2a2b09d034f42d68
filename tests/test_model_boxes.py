from pathlib import Path

import pytest

from model.boxes import read_boxes
from model.coverage import Region
from model.errors import DatasetError

HEADER = "path,label,left,top,right,bottom"


def table(root: Path, *rows: str) -> Path:
    path = root / "boxes.csv"
    path.write_text("\n".join(rows))
    return path


def test_boxes_are_gathered_by_picture_and_label(tmp_path: Path) -> None:
    path = table(
        tmp_path, HEADER, "a.jpg,cat,1,2,3,4", "b/c.jpg,dog,0,0,9.5,8", "a.jpg,cat,5,5,6,6", "a.jpg,dog,1,1,2,2"
    )
    first, second = read_boxes(path, ("cat", "dog"))
    assert first.path == tmp_path / "a.jpg"
    assert first.regions == {"cat": (Region(1, 2, 3, 4), Region(5, 5, 6, 6)), "dog": (Region(1, 1, 2, 2),)}
    assert second.name == "b/c.jpg"
    assert second.regions == {"dog": (Region(0, 0, 9.5, 8),)}


def test_boxes_of_other_labels_are_left_out(tmp_path: Path) -> None:
    path = table(tmp_path, "a.jpg,cat,1,2,3,4", "b.jpg,cow,1,2,3,4")
    assert [one.name for one in read_boxes(path, ("cat", "dog"))] == ["a.jpg"]
    with pytest.raises(DatasetError, match="nothing is drawn of 'dog' and 'hen', but of 'cat' and 'cow'"):
        read_boxes(path, ("hen", "dog"))


@pytest.mark.parametrize("box", ["1,2,1,4", "5,2,3,4", "1,4,3,4", "a,2,3,4", "nan,2,3,4", "1,2,inf,4", ",,,"])
def test_what_is_no_box_is_refused_by_line(tmp_path: Path, box: str) -> None:
    with pytest.raises(DatasetError, match=r"line 2: '.*' is no box: left < right and top < bottom, in pixels"):
        read_boxes(table(tmp_path, HEADER, f"a.jpg,cat,{box}"), ("cat",))


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read: No such file"):
        read_boxes(tmp_path / "nowhere.csv", ("cat",))
    with pytest.raises(DatasetError, match=r"nothing is drawn of 'cat'\."):
        read_boxes(table(tmp_path, HEADER), ("cat",))
    with pytest.raises(DatasetError, match="line 1: has 2 columns, not 6"):
        read_boxes(table(tmp_path, "a.jpg,cat"), ("cat",))
