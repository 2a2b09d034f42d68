"""The table of wrong reasons: what it may say, which pictures it means, and what is cut out or put elsewhere."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from model.census import Census, take_census
from model.corrections import Mark, donors, match_corrections, read_corrections
from model.coverage import Region
from model.dataset import read_dataset
from model.errors import DatasetError
from tests.shapes import LABELS, write_splits

HEADER = "path,left,top,right,bottom,label\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_splits(tmp_path_factory.mktemp("data"), LABELS[:2], train=3, val=2, side=48)


@pytest.fixture(scope="module")
def census(data: Path) -> Census:
    return take_census(read_dataset(data))


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    table = folder / "marks.csv"
    table.write_text(header + "".join(f"{row}\n" for row in rows))
    return table


def test_marks_are_gathered_by_picture_and_a_label_is_optional(tmp_path: Path) -> None:
    [one, other] = read_corrections(write(tmp_path, "a.png,1,2,3,4,disc", "a.png,5,5,9,9,", "b.png,0,0,1,1,"))
    assert one.marks == (Mark(Region(1, 2, 3, 4), "disc"), Mark(Region(5, 5, 9, 9)))
    assert (one.path, other.name) == (tmp_path / "a.png", "b.png")


def test_a_table_without_labels_needs_no_header(tmp_path: Path) -> None:
    [one] = read_corrections(write(tmp_path, "a.png,1,2,3,4", header=""))
    assert one.marks == (Mark(Region(1, 2, 3, 4)),)


@pytest.mark.parametrize("row", ["a.png,5,2,3,4,", "a.png,1,2,3,inf,", "a.png,1,2,3,x,", ",1,2,3,4,"])
def test_what_is_no_mark_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(DatasetError, match="line 2"):
        read_corrections(write(tmp_path, row))


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="marks nothing"):
        read_corrections(write(tmp_path))


def test_a_mark_beyond_the_picture_is_cut_and_one_beside_it_left_out(data: Path, census: Census) -> None:
    table = write(data, "train/disc/000.png,40,40,400,400,", "train/disc/001.png,60,60,70,70,")
    found = match_corrections(read_corrections(table), census)
    assert [one.marks for one in found.pictures] == [(Mark(Region(40, 40, 48, 48)),)]
    assert "disc/001.png" in found.problems[0]


def test_a_picture_that_is_not_in_the_data_is_named_and_left_out(data: Path, census: Census) -> None:
    table = write(data, "train/disc/000.png,0,0,9,9,", "elsewhere.png,0,0,9,9,")
    found = match_corrections(read_corrections(table), census)
    assert len(found.pictures) == 1
    assert found.problems == ("1 marked picture is left out (not in the data set): 'elsewhere.png'.",)


def test_a_copy_of_a_picture_means_that_picture(data: Path, census: Census, tmp_path: Path) -> None:
    shutil.copy(data / "train/disc/001.png", tmp_path / "copy.png")
    [one] = match_corrections(read_corrections(write(tmp_path, "copy.png,0,0,9,9,")), census).pictures
    assert one.sample.path == data / "train/disc/001.png"


def test_a_picture_may_be_named_by_its_content(census: Census, data: Path, tmp_path: Path) -> None:
    path = data / "train/square/002.png"
    table = write(tmp_path, f"sha256:{census.sha256[path]},0,0,9,9,")
    [one] = match_corrections(read_corrections(table), census).pictures
    assert one.sample.path == path


def test_marks_of_a_class_that_is_not_there_are_left_out(data: Path, census: Census) -> None:
    table = write(data, "train/disc/000.png,0,0,9,9,disc", "train/disc/000.png,9,9,20,20,cat")
    found = match_corrections(read_corrections(table), census)
    assert [one.classes(census.dataset.labels) for one in found.pictures] == [(0,)]
    assert found.problems == ("Marks of 'cat' are left out: there is no such class.",)


def test_marks_on_validation_pictures_alone_teach_nothing(data: Path, census: Census) -> None:
    with pytest.raises(DatasetError, match="must not learn from these"):
        match_corrections(read_corrections(write(data, "val/disc/000.png,0,0,9,9,")), census)


def test_what_is_marked_is_replaced_and_nothing_else(data: Path, census: Census) -> None:
    [one] = match_corrections(read_corrections(write(data, "train/disc/000.png,10,20,30,40,")), census).pictures
    pixels, by = np.zeros((96, 24, 3), np.uint8), np.full((96, 24, 3), 200, np.uint8)
    replaced = one.replaced(pixels, by)
    assert (replaced[40:80, 5:15] == 200).all()
    assert replaced.sum() == 200 * 40 * 10 * 3


def test_marks_are_put_onto_pictures_of_other_classes_alone(data: Path, census: Census) -> None:
    found = match_corrections(read_corrections(write(data, "train/disc/000.png,0,0,9,9,")), census).pictures
    assert donors(found, (0,)) == []
    assert donors(found, (1,)) == list(found)
