import errno
import os
import unicodedata
from pathlib import Path

import pytest

from model.dataset import Dataset, Sample, read_dataset, split_samples
from model.errors import DatasetError
from model.findings import listed, shown_name
from tests.pictures import picture

PICTURE = picture(size=(8, 8))


def fill(root: Path, *names: str, content: bytes = PICTURE) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def classes(root: Path, **counts: int) -> Path:
    return fill(root, *(f"{label}/{number}.jpg" for label, count in counts.items() for number in range(count)))


def table(root: Path, *lines: str, name: str = "data.csv", encoding: str = "utf-8", end: str = "\n") -> Path:
    path = root / name
    path.write_bytes(end.join((*lines, "")).encode(encoding))
    return path


def names(samples: tuple[Sample, ...]) -> list[str]:
    return sorted(sample.name for sample in samples)


def labelled(dataset: Dataset) -> dict[str, set[str]]:
    return {one.name: {dataset.labels[index] for index in one.labels} for one in dataset.samples}


def test_every_folder_is_a_class_and_a_split_is_made(tmp_path: Path) -> None:
    dataset = read_dataset(classes(tmp_path, cat=10, dog=5))
    assert dataset.labels == ("cat", "dog")
    assert not dataset.multi_label
    assert dataset.split == "made"
    assert [sum(one.labels == (label,) for one in dataset.train) for label in (0, 1)] == [8, 4]
    assert [sum(one.labels == (label,) for one in dataset.val) for label in (0, 1)] == [2, 1]
    assert all(one.path.is_absolute() and one.path.is_file() for one in dataset.samples)


def test_a_relative_folder_gives_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classes(tmp_path / "data", cat=2, dog=2)
    monkeypatch.chdir(tmp_path)
    assert all(one.path.is_absolute() for one in read_dataset(Path("data")).samples)


def test_the_split_depends_on_the_seed_alone(tmp_path: Path) -> None:
    first, second = classes(tmp_path / "a", cat=30, dog=30), classes(tmp_path / "b", dog=30, cat=30)
    assert names(read_dataset(first).val) == names(read_dataset(second).val)
    assert names(read_dataset(first).val) != names(read_dataset(first, seed=1).val)
    assert names(read_dataset(first, seed=-(2**63)).val) != names(read_dataset(first, seed=2**63).val)
    assert len(read_dataset(first, val_share=0.5).val) == 30


def test_a_picture_more_moves_few_others(tmp_path: Path) -> None:
    before = set(names(read_dataset(classes(tmp_path, cat=50, dog=50)).val))
    after = set(names(read_dataset(fill(tmp_path, "cat/new.jpg")).val))
    assert len(before ^ after) <= 2


@pytest.mark.parametrize(("count", "val"), [(1, 0), (2, 1), (3, 1), (4, 1), (8, 2)])
def test_each_class_keeps_a_training_picture_and_gives_one_to_judge_by(tmp_path: Path, count: int, val: int) -> None:
    dataset = read_dataset(classes(tmp_path, cat=count, dog=20))
    assert sum(one.labels == (0,) for one in dataset.val) == val


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_a_share_at_the_edge_leaves_both_sides_something(tmp_path: Path, share: float) -> None:
    dataset = read_dataset(classes(tmp_path, cat=5, dog=5), val_share=share)
    assert {one.labels for one in dataset.train} == {one.labels for one in dataset.val} == {(0,), (1,)}


@pytest.mark.parametrize("share", [0, 1, -0.5])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(ValueError, match="val_share"):
        read_dataset(tmp_path, val_share=share)


@pytest.mark.parametrize("name", ["val", "valid", "validation", "test", "Val"])
def test_a_given_split_is_kept(tmp_path: Path, name: str) -> None:
    classes(tmp_path / "train", cat=3, dog=2)
    classes(tmp_path / name, cat=1, dog=1)
    dataset = read_dataset(tmp_path)
    assert dataset.split == "given"
    assert dataset.labels == ("cat", "dog")
    assert names(dataset.val) == [f"{name}/cat/0.jpg", f"{name}/dog/0.jpg"]
    assert len(dataset.train) == 5


def test_tests_beside_a_validation_folder_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        classes(tmp_path / part, cat=2, dog=2)
    dataset = read_dataset(tmp_path)
    assert len(dataset.samples) == 8
    assert [finding.sentence for finding in dataset.findings] == ["'test' is left out (of no split)."]


def test_a_train_folder_alone_is_split(tmp_path: Path) -> None:
    dataset = read_dataset(classes(tmp_path / "train", cat=5, dog=5).parent)
    assert dataset.split == "made"
    assert dataset.labels == ("cat", "dog")
    assert len(dataset.val) == 2


def test_train_may_be_a_class(tmp_path: Path) -> None:
    assert read_dataset(classes(tmp_path, train=2, bus=2, test=2)).labels == ("bus", "test", "train")


def test_two_validation_folders_are_refused(tmp_path: Path) -> None:
    for part in ("train", "val", "valid"):
        classes(tmp_path / part, cat=2, dog=2)
    with pytest.raises(DatasetError, match="'val' and 'valid'; keep one folder"):
        read_dataset(tmp_path)


def test_labels_that_differ_between_splits_are_named(tmp_path: Path) -> None:
    classes(tmp_path / "train", cat=2, dog=2, cow=2)
    classes(tmp_path / "val", cat=2, hen=2, dog=1)
    with pytest.raises(DatasetError, match="'cow' only among the training pictures; 'hen' only among the validation"):
        read_dataset(tmp_path)


def test_an_empty_validation_class_is_allowed_and_an_empty_training_class_is_not(tmp_path: Path) -> None:
    classes(tmp_path / "train", cat=2, dog=2)
    classes(tmp_path / "val", cat=2)
    (tmp_path / "val" / "dog").mkdir()
    assert len(read_dataset(tmp_path).samples) == 6
    (tmp_path / "val" / "cow").mkdir()
    (tmp_path / "train" / "cow").mkdir()
    fill(tmp_path, "val/cow/1.jpg")
    with pytest.raises(DatasetError, match="no training picture of 'cow'"):
        read_dataset(tmp_path)


def test_splits_without_class_folders_are_no_classes(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="train: holds no class folders"):
        read_dataset(fill(tmp_path, "train/1.jpg", "val/2.jpg"))


def test_hidden_files_and_what_macs_add_do_not_count(tmp_path: Path) -> None:
    classes(tmp_path, cat=2, dog=2)
    fill(tmp_path, ".hidden/1.jpg", "cat/.2.jpg", "cat/._0.jpg", "__MACOSX/cat/0.jpg", ".DS_Store", "cat/.git/1.jpg")
    dataset = read_dataset(tmp_path)
    assert len(dataset.samples) == 4
    assert not dataset.findings


def test_what_is_no_picture_is_left_out_and_named(tmp_path: Path) -> None:
    classes(tmp_path, cat=2, dog=2)
    fill(tmp_path, "cat/Thumbs.db", "dog/notes.txt", "README.md", content=b"text")
    fill(tmp_path, "loose.jpg")
    dataset = read_dataset(tmp_path)
    assert len(dataset.samples) == 4
    sentences = [finding.sentence for finding in dataset.findings]
    assert sentences[0] == "'README.md' and 'loose.jpg' are left out (in no class folder)."
    assert (
        sentences[1] == "2 files of the class folders are left out (no picture): 'cat/Thumbs.db' and 'dog/notes.txt'."
    )


def test_a_picture_is_known_by_its_name_in_any_case_or_by_its_content(tmp_path: Path) -> None:
    fill(tmp_path, "cat/A.JPG", "cat/b.Jpeg", "cat/without_ending", "dog/c.PnG", "dog/d.dat")
    assert len(read_dataset(tmp_path).samples) == 5


def test_pictures_at_any_depth_belong_to_the_class_folder(tmp_path: Path) -> None:
    fill(tmp_path, "cat/2024/may/1.jpg", "cat/1.jpg", "dog/a/b/c/d/1.jpg", "dog/2.jpg")
    assert labelled(read_dataset(tmp_path))["cat/2024/may/1.jpg"] == {"cat"}


def test_very_deep_folders_are_walked(tmp_path: Path) -> None:
    deep = "/".join("d" * 300)
    fill(tmp_path, f"cat/{deep}/1.jpg", "cat/1.jpg", "dog/1.jpg")
    assert len(read_dataset(tmp_path).samples) == 3


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    elsewhere = classes(tmp_path / "elsewhere", pets=3)
    data = fill(tmp_path / "data", "cat/1.jpg", "cat/2.jpg")
    (data / "dog").symlink_to(elsewhere / "pets")
    (data / "cat" / "linked.jpg").symlink_to(elsewhere / "pets" / "0.jpg")
    (data / "cat" / "round").symlink_to(data / "cat")
    (data / "cat" / "self.jpg").symlink_to(data / "cat" / "self.jpg")
    (data / "cat" / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    dataset = read_dataset(data)
    assert sum(one.labels == (1,) for one in dataset.samples) == 3
    assert {"cat/linked.jpg", "cat/gone.jpg", "cat/self.jpg"} <= set(names(dataset.samples))
    assert len(dataset.samples) == 8


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    classes(tmp_path, cat=2, dog=2)
    os.mkfifo(tmp_path / "cat" / "pipe.jpg")
    os.mkfifo(tmp_path / "cat" / "pipe")
    dataset = read_dataset(tmp_path)
    assert len(dataset.samples) == 4
    assert dataset.findings[0].names == ("cat/pipe", "cat/pipe.jpg")


def test_strange_names_are_classes_and_are_shown_printably(tmp_path: Path) -> None:
    strange = ["a b", "-rf", "🐝", "łąka", "two\nlines", "100%", "'quoted'", "semi;colon", "pipe|bar"]
    fill(tmp_path, *(f"{name}/{name}.jpg" for name in strange))
    fill(tmp_path, os.fsdecode(b"a b/\xff.jpg"))
    dataset = read_dataset(tmp_path)
    assert set(dataset.labels) == {name.replace("\n", " ") for name in strange}
    assert all(sample.name.isprintable() and sample.name.encode() for sample in dataset.samples)
    assert "two\\nlines/two\\nlines.jpg" in names(dataset.samples)
    assert "a b/\\xff.jpg" in names(dataset.samples)


def test_labels_are_composed_so_that_both_splits_agree(tmp_path: Path) -> None:
    for part, form in (("train", "NFC"), ("val", "NFD")):
        fill(tmp_path, f"{part}/{unicodedata.normalize(form, 'café')}/1.jpg", f"{part}/thé/1.jpg")
    assert read_dataset(tmp_path).labels == ("café", "thé")


def test_a_folder_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, os.fsdecode(b"\xff\xfe/1.jpg"), "cat/1.jpg")
    with pytest.raises(DatasetError, match=r"'\\xff\\xfe' has characters that are no text"):
        read_dataset(tmp_path)


def test_two_folders_of_one_label_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "cat/1.jpg", "cat /1.jpg", "dog/1.jpg")
    with pytest.raises(DatasetError, match="two folders are called 'cat'"):
        read_dataset(tmp_path)


def test_labels_that_differ_in_capitals_are_pointed_out(tmp_path: Path) -> None:
    dataset = read_dataset(classes(tmp_path, Cat=2, cat=2, dog=2))
    assert dataset.labels == ("Cat", "cat", "dog")
    assert (
        dataset.findings[0].sentence
        == "The labels 'Cat' and 'cat' differ in capitals alone and are taken as different."
    )


def test_a_label_may_have_two_hundred_characters_and_no_more(tmp_path: Path) -> None:
    fill(tmp_path, f"{'a' * 200}/1.jpg", "b/1.jpg")
    assert len(read_dataset(tmp_path).labels[0]) == 200
    fill(tmp_path, f"{'c' * 201}/1.jpg")
    with pytest.raises(DatasetError, match="has 201 characters; shorten it to 200"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "holds no class folders; put the pictures of each class into a folder"),
        (["1.jpg", "2.jpg"], "holds no class folders"),
        (["cat/1.jpg"], "holds one class folder alone, 'cat'; add a folder of at least one other class"),
        (["all/cat/1.jpg", "all/dog/1.jpg"], "holds one folder alone, 'all'; if its folders are the classes"),
        (["train/cat/1.jpg"], "all pictures are of one class, 'cat'"),
        (["cat/1.jpg", "dog/notes.txt"], "dog: this class has no picture; add some, or remove the folder"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_with_what_to_do(tmp_path: Path, files: list[str], message: str) -> None:
    fill(tmp_path, *files)
    for text in tmp_path.rglob("*.txt"):
        text.write_bytes(b"text")
    with pytest.raises(DatasetError, match=message) as caught:
        read_dataset(tmp_path)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_what_is_neither_folder_nor_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is no such folder or table"):
        read_dataset(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="there is no such folder or table"):
        read_dataset(tmp_path / "nowhere.csv")
    fill(tmp_path, "archive.zip")
    with pytest.raises(DatasetError, match="neither a folder nor a table"):
        read_dataset(tmp_path / "archive.zip")


def test_a_locked_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(folder: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

    classes(tmp_path, cat=2, dog=2)
    monkeypatch.setattr(os, "scandir", locked)
    with pytest.raises(DatasetError, match="cannot be read: Permission denied"):
        read_dataset(tmp_path)


def test_a_table_with_names_of_columns(tmp_path: Path) -> None:
    path = table(tmp_path, "path,label", "a.jpg,cat", "b/c.jpg,dog", "d.jpg,dog")
    dataset = read_dataset(path)
    assert labelled(dataset) == {"a.jpg": {"cat"}, "b/c.jpg": {"dog"}, "d.jpg": {"dog"}}
    assert dataset.split == "made"
    assert not dataset.multi_label
    assert dataset.root == path
    assert {one.path for one in dataset.samples} == {tmp_path / name for name in ("a.jpg", "b/c.jpg", "d.jpg")}


def test_a_table_without_names_of_columns(tmp_path: Path) -> None:
    assert labelled(read_dataset(table(tmp_path, "a.jpg,cat", "b.jpg,dog"))) == {"a.jpg": {"cat"}, "b.jpg": {"dog"}}


@pytest.mark.parametrize(
    ("lines", "name", "options"),
    [
        (["path,label", "a.jpg,cat", "b.jpg,dog"], "a.csv", {"encoding": "utf-8-sig"}),
        (["a.jpg,cat", "b.jpg,dog"], "a.csv", {"encoding": "utf-8-sig"}),
        (["path,label", "a.jpg,cat", "b.jpg,dog"], "a.CSV", {"end": "\r\n"}),
        (["path,label", "a.jpg,cat", "b.jpg,dog"], "a.csv", {"end": "\r"}),
        (["", "path,label", "", "a.jpg,cat", " , ", "b.jpg,dog", "", ""], "a.csv", {}),
        (["Label;Path", "cat;a.jpg", "dog;b.jpg"], "a.csv", {}),
        (["path\tlabel", "a.jpg\tcat", "b.jpg\tdog"], "a.csv", {}),
        (["a.jpg\tcat", "b.jpg\tdog"], "a.tsv", {}),
        (["id,label,who,path", "1,cat,me,a.jpg", "2,dog,you,b.jpg"], "a.csv", {}),
        ([" path , label ", " a.jpg , cat ", "./b.jpg,  dog"], "a.csv", {}),
        (['"path","label"', '"a.jpg","cat"', '"b.jpg","dog"'], "a.csv", {}),
        (["path,label", "a.jpg,cat", "b.jpg,dog", "a.jpg,cat", "./a.jpg,cat"], "a.csv", {}),
    ],
)
def test_tables_as_programs_write_them(tmp_path: Path, lines: list[str], name: str, options: dict[str, str]) -> None:
    dataset = read_dataset(table(tmp_path, *lines, name=name, **options))
    assert labelled(dataset) == {"a.jpg": {"cat"}, "b.jpg": {"dog"}}


def test_quoted_commas_and_quotes_are_part_of_names(tmp_path: Path) -> None:
    dataset = read_dataset(table(tmp_path, "path,label", '"a,b.jpg","cat, black"', '"say ""x"".jpg",dog'))
    assert labelled(dataset) == {"a,b.jpg": {"cat, black"}, 'say "x".jpg': {"dog"}}


def test_rows_that_repeat_are_counted(tmp_path: Path) -> None:
    dataset = read_dataset(table(tmp_path, "a.jpg,cat", "b.jpg,dog", "a.jpg,cat"))
    assert [one.sentence for one in dataset.findings] == ["1 row repeats another and counts once: 'a.jpg'."]


def test_a_bar_makes_the_table_multi_label(tmp_path: Path) -> None:
    dataset = read_dataset(table(tmp_path, "a.jpg,dog | cat|cat", "b.jpg,dog", "c.jpg,cow"))
    assert dataset.multi_label
    assert dataset.labels == ("cat", "cow", "dog")
    assert labelled(dataset) == {"a.jpg": {"cat", "dog"}, "b.jpg": {"dog"}, "c.jpg": {"cow"}}


def test_of_several_labels_each_has_about_its_share_in_both_splits(tmp_path: Path) -> None:
    rows = [f"{i}.jpg,{'|'.join(one for n, one in enumerate('abcdef') if i % (n + 2) == 0) or 'g'}" for i in range(600)]
    dataset = read_dataset(table(tmp_path, *rows))
    for index in range(len(dataset.labels)):
        train, val = (sum(index in one.labels for one in part) for part in (dataset.train, dataset.val))
        assert 0.14 < val / (train + val) < 0.26


def test_of_several_labels_none_loses_all_training_pictures() -> None:
    groups = [(0, 2), (0, 3), (1, 2), (1, 3), (4,), (2, 3)]
    samples = [Sample(Path(f"/{i}.jpg"), f"{i}.jpg", labels) for i, labels in enumerate(groups)]
    for seed in range(50):
        train, _ = split_samples(samples, seed, 0.5)
        assert {label for one in train for label in one.labels} == set(range(5))


def test_a_table_may_give_the_split(tmp_path: Path) -> None:
    rows = ["path,label,split", "a.jpg,cat,train", "b.jpg,dog,Train", "c.jpg,cat,val", "d.jpg,dog, VALIDATION "]
    dataset = read_dataset(table(tmp_path, *rows))
    assert dataset.split == "given"
    assert names(dataset.val) == ["c.jpg", "d.jpg"]


def test_tests_in_a_table_are_judged_by_only_where_nothing_else_is(tmp_path: Path) -> None:
    rows = ["path,label,split", "a.jpg,cat,train", "b.jpg,dog,train", "c.jpg,cat,test", "d.jpg,dog,test"]
    assert names(read_dataset(table(tmp_path, *rows)).val) == ["c.jpg", "d.jpg"]
    dataset = read_dataset(table(tmp_path, *rows, "e.jpg,cat,val", "f.jpg,dog,val"))
    assert names(dataset.val) == ["e.jpg", "f.jpg"]
    assert dataset.findings[0].sentence == "2 pictures are left out (for tests): 'c.jpg' and 'd.jpg'."


@pytest.mark.parametrize("rows", [["a.jpg,cat,train", "b.jpg,dog,train"], ["a.jpg,cat,", "b.jpg,dog,"]])
def test_a_split_column_that_says_nothing_is_as_none(tmp_path: Path, rows: list[str]) -> None:
    assert read_dataset(table(tmp_path, "path,label,split", *rows)).split == "made"


def test_paths_may_be_absolute_or_lead_out_of_the_tables_folder(tmp_path: Path) -> None:
    path = table(tmp_path, f"{tmp_path}/x/a.jpg,cat", "../b.jpg,dog", "../b c/d.jpg,dog")
    dataset = read_dataset(path)
    assert names(dataset.samples) == ["../b c/d.jpg", "../b.jpg", "x/a.jpg"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "there is no picture in it; write one row a picture"),
        (["path,label"], "there is no picture in it"),
        (["a.jpg,cat", "b.jpg,"], "line 2: the label is empty"),
        (["a.jpg,cat", "b.jpg,dog|"], "line 2: the label is empty"),
        (["a.jpg,cat", ",dog"], "line 2: the path is empty"),
        (["a.jpg,cat", "b.jpg"], "line 2: has 1 column, not 2"),
        (["path,label", "a,b.jpg,cat"], "line 2: has 3 columns, not 2; put a name with a comma"),
        (["a.jpg,cat", "b.jpg,dog", "a.jpg,dog"], "line 3: 'a.jpg' is labelled 'dog' here and 'cat' on line 1"),
        (["a.jpg,cat", "b.jpg,cat"], "all pictures are of one class, 'cat'"),
        (["a.jpg,cat", "b.jpg,d\x07g"], r"line 2: the label 'd\\x07g' has characters that are no text"),
        (["a.jpg,cat", "b\0.jpg,dog"], "line 2: the path is no path"),
        (["a.jpg,cat", '"b.jpg,dog'], "is no CSV"),
        (
            ["path,label,split", "a.jpg,cat,train", "b.jpg,dog,tran"],
            "line 3: the split 'tran' is neither train nor val",
        ),
        (["path,label,split", "a.jpg,cat,train", "b.jpg,dog,", "c.jpg,cat,val"], "line 3: the split '' is neither"),
        (["path,label,split", "a.jpg,cat,val", "b.jpg,dog,val"], "no row's split is train"),
        (["path,label,split", "a.jpg,cat,train", "b.jpg,dog,val"], "the labels differ between the splits"),
        (["path,label,split", "a.jpg,cat,train", "a.jpg,cat,val"], "'a.jpg' is in the other split on line 2"),
        (["x" * 200_000 + ",cat"], "is no CSV: field larger than field limit"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_line(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_dataset(table(tmp_path, *rows))


@pytest.mark.parametrize("content", ["path,label\nä.jpg,cat\n".encode("latin-1"), "path,label\n".encode("utf-16")])
def test_a_table_in_another_encoding_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.csv").write_bytes(content)
    with pytest.raises(DatasetError, match="is not written in UTF-8; save it as 'CSV UTF-8'"):
        read_dataset(tmp_path / "data.csv")


def test_long_lists_are_shortened_with_a_count() -> None:
    assert listed(["a"]) == "'a'"
    assert listed(["a", "b", "c"]) == "'a', 'b' and 'c'"
    assert listed([str(n) for n in range(1005)]) == "'0', '1', '2', '3', '4' and 1,000 more"


def test_names_with_letters_of_any_script_are_shown_as_they_are() -> None:
    assert shown_name("🐝 łąka/x.jpg") == "🐝 łąka/x.jpg"
    assert shown_name("a\tb\x1b[0m") == "a\\tb\\x1b[0m"
