import os
from pathlib import Path

import pytest
from PIL import Image

from model.census import take_census
from model.dataset import read_dataset
from model.errors import DatasetError
from tests.pictures import BLUE, GREEN, RED, encoded, picture

COLOURS = {"red": RED, "green": GREEN, "blue": BLUE}


def fill(root: Path, counts: dict[str, int], start: int = 0) -> Path:
    """So many pictures a class, every one with content of its own."""
    for label, count in counts.items():
        (root / label).mkdir(parents=True, exist_ok=True)
        for number in range(start, start + count):
            size = (8 + number, 9 + len(label))
            (root / label / f"{number}.png").write_bytes(picture(COLOURS.get(label, RED), size, "PNG"))
    return root


def test_every_usable_picture_has_its_hash_size_and_place(tmp_path: Path) -> None:
    census = take_census(read_dataset(fill(tmp_path, {"red": 6, "blue": 6})))
    assert census.problems == ()
    assert census.skipped == 0
    assert [tuple(count) for count in census.counts] == [("blue", 5, 1), ("red", 5, 1)]
    for sample in census.dataset.samples:
        assert len(census.sha256[sample.path]) == 64
        assert census.sizes[sample.path] == (8 + int(sample.path.stem), 9 + len(sample.path.parent.name))


def test_sizes_are_upright(tmp_path: Path) -> None:
    fill(tmp_path, {"red": 2, "blue": 2})
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "red" / "0.png").write_bytes(encoded(Image.new("RGB", (30, 20)), "JPEG", exif=exif))
    census = take_census(read_dataset(tmp_path))
    assert census.sizes[tmp_path / "red" / "0.png"] == (20, 30)


def test_progress_counts_every_picture_once(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    take_census(read_dataset(fill(tmp_path, {"red": 3, "blue": 4})), progress=lambda *one: told.append(one))
    assert told == [(done, 7) for done in range(1, 8)]


def test_unusable_pictures_are_named_by_reason_and_left_out(tmp_path: Path) -> None:
    fill(tmp_path / "train", {"red": 8, "blue": 2})
    fill(tmp_path / "val", {"red": 2, "blue": 2}, start=20)
    reds = tmp_path / "train" / "red"
    (reds / "0.png").write_bytes(b"")
    (reds / "1.png").write_bytes(b"GIF87 no, a text")
    (reds / "2.png").write_bytes((reds / "3.png").read_bytes()[:45])
    (reds / "4.png").write_bytes(picture(RED, (1100, 1000), "PNG"))
    (reds / "5.png").unlink()
    (reds / "5.png").symlink_to(tmp_path / "nowhere")
    census = take_census(read_dataset(tmp_path), max_megapixels=1)
    assert census.skipped == 5
    assert census.problems == (
        "1 picture is left out (empty): 'train/red/0.png'.",
        "1 picture is left out (not JPEG, PNG, WebP, GIF or BMP): 'train/red/1.png'.",
        "1 picture is left out (damaged): 'train/red/2.png'.",
        "1 picture is left out (more than 1 megapixels): 'train/red/4.png'.",
        "1 picture is left out (no such file or directory): 'train/red/5.png'.",
    )
    assert [tuple(count) for count in census.counts] == [("blue", 2, 2), ("red", 3, 2)]
    assert {sample.path for sample in census.dataset.samples} == set(census.sha256) == set(census.sizes)


def test_pipes_and_huge_files_in_a_table_are_not_read(tmp_path: Path) -> None:
    fill(tmp_path, {"red": 3, "blue": 3})
    os.mkfifo(tmp_path / "pipe.png")
    with (tmp_path / "huge.png").open("wb") as stream:
        stream.truncate(2**40)
    rows = [f"{path.relative_to(tmp_path)},{path.parent.name}" for path in tmp_path.glob("*/*.png")]
    table = tmp_path / "data.csv"
    table.write_text("\n".join([*rows, "pipe.png,red", "huge.png,red", "red,red"]))
    census = take_census(read_dataset(table))
    assert census.skipped == 3
    assert any("(more than 401 MB): 'huge.png'" in problem for problem in census.problems)
    assert any("'pipe.png' and 'red'" in problem or "'red' and 'pipe.png'" in problem for problem in census.problems)


def test_long_lists_are_complete_in_the_finding(tmp_path: Path) -> None:
    fill(tmp_path, {"red": 30, "blue": 3})
    for number in range(20):
        (tmp_path / "red" / f"{number}.png").write_bytes(b"")
    census = take_census(read_dataset(tmp_path))
    [finding] = census.findings
    assert finding.sentence.startswith("20 pictures are left out (empty): ")
    assert finding.sentence.endswith(" and 15 more.")
    assert len(finding.names) == 20


def test_what_was_left_out_while_reading_is_told_as_well(tmp_path: Path) -> None:
    fill(tmp_path, {"red": 3, "blue": 3})
    (tmp_path / "red" / "Thumbs.db").write_bytes(b"")
    census = take_census(read_dataset(tmp_path))
    assert census.problems == ("1 file of the class folders is left out (no picture): 'red/Thumbs.db'.",)


def test_what_is_judged_on_is_not_learned(tmp_path: Path) -> None:
    fill(tmp_path / "train", {"red": 4, "blue": 4})
    fill(tmp_path / "val", {"red": 2, "blue": 2}, start=20)
    (tmp_path / "train" / "red" / "copy.png").write_bytes((tmp_path / "val" / "red" / "20.png").read_bytes())
    census = take_census(read_dataset(tmp_path))
    assert [tuple(count) for count in census.counts] == [("blue", 4, 2), ("red", 4, 2)]
    assert census.skipped == 1
    assert census.problems == (
        ("1 training picture is left out (among the validation pictures, too): 'train/red/copy.png = val/red/20.png'."),
    )


def test_a_made_split_keeps_copies_on_one_side_and_drops_none(tmp_path: Path) -> None:
    fill(tmp_path, {"red": 10, "blue": 10})
    for number in range(10):
        (tmp_path / "red" / f"{number}-again.png").write_bytes((tmp_path / "red" / f"{number}.png").read_bytes())
    for seed in range(5):
        census = take_census(read_dataset(tmp_path, seed=seed))
        train, val = ({census.sha256[one.path] for one in part} for part in (census.dataset.train, census.dataset.val))
        assert not train & val
        assert census.skipped == 0
        assert len(census.dataset.samples) == 30
        assert sum(len(finding.names) for finding in census.findings) == 10


def test_a_made_split_is_made_of_what_can_be_used(tmp_path: Path) -> None:
    fill(tmp_path, {"red": 10, "blue": 10})
    dataset = read_dataset(tmp_path)
    for sample in dataset.val:
        sample.path.write_bytes(b"")
    census = take_census(dataset)
    assert [tuple(count) for count in census.counts] == [("blue", 6, 2), ("red", 6, 2)]


def test_a_picture_under_two_labels_is_named(tmp_path: Path) -> None:
    fill(tmp_path, {"red": 5, "blue": 5})
    (tmp_path / "blue" / "x.png").write_bytes((tmp_path / "red" / "0.png").read_bytes())
    census = take_census(read_dataset(tmp_path))
    [contradiction] = [finding for finding in census.findings if "another label" in finding.sentence]
    assert contradiction.sentence.startswith("1 picture is there again under another label; decide for one: ")
    assert sorted(contradiction.names[0].split(" = ")) == ["blue/x.png (blue)", "red/0.png (red)"]


def test_small_classes_are_pointed_out(tmp_path: Path) -> None:
    census = take_census(read_dataset(fill(tmp_path, {"red": 1, "blue": 5, "green": 2})))
    assert census.problems == (
        "1 class has fewer than 2 pictures: 'red'.",
        "1 class has no validation picture, and so no figures: 'red'.",
    )


def test_not_one_usable_picture_is_refused(tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.jpg").write_bytes(b"no")
    with pytest.raises(DatasetError, match=r"not one picture can be used\. 2 pictures are left out \(not JPEG"):
        take_census(read_dataset(tmp_path))


def test_a_class_without_usable_training_pictures_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "train", {"red": 3, "blue": 1})
    fill(tmp_path / "val", {"red": 3, "blue": 3}, start=20)
    (tmp_path / "train" / "blue" / "0.png").write_bytes(b"")
    with pytest.raises(DatasetError, match="no training picture of 'blue' can be used; add some"):
        take_census(read_dataset(tmp_path))


def test_nothing_to_judge_by_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no picture is left to judge by; add at least one more picture a class"):
        take_census(read_dataset(fill(tmp_path / "a", {"red": 1, "blue": 1})))
    fill(tmp_path / "b" / "train", {"red": 2, "blue": 2})
    for label in ("red", "blue"):
        (tmp_path / "b" / "val" / label).mkdir(parents=True)
        (tmp_path / "b" / "val" / label / "1.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"no picture is left to judge by; add validation pictures\. 2 pictures are"):
        take_census(read_dataset(tmp_path / "b"))
