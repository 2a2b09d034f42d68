import numpy as np
import pytest

from app.classes import chosen, named_classes
from app.errors import Unusable

LABELS = ("tench", "crane", "Egyptian cat", "crane", "Ångström")


def test_a_label_is_found_whatever_its_case() -> None:
    assert named_classes(LABELS, ["EGYPTIAN CAT", " tench ", "ångström"]) == (2, 0, 4)


def test_a_shared_label_means_all_its_classes() -> None:
    assert named_classes(LABELS, ["crane"]) == (1, 3)


def test_an_index_is_taken_and_each_class_once() -> None:
    assert named_classes(LABELS, ["index:3", "crane", "index:0"]) == (3, 1, 0)


@pytest.mark.parametrize("name", ["index:5", "index:-1", "index:", "index:99999999999", "dog", "Egyptian", "285"])
def test_an_unknown_class_is_refused(name: str) -> None:
    with pytest.raises(Unusable, match="no class"):
        named_classes(LABELS, [name])


def test_close_labels_are_suggested_as_they_are_written() -> None:
    with pytest.raises(Unusable, match="Did you mean 'Egyptian cat'"):
        named_classes(LABELS, ["egyptian kat"])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("2", "Did you mean 'index:2' (Egyptian cat)?"),
        ("cat", "Did you mean 'tabby, tabby cat' or 'Egyptian cat'?"),
        ("cat tabby", "Did you mean 'tabby, tabby cat'"),
        ("puma", "Did you mean 'cougar, puma (animal)'"),
        ("pumma", "Did you mean 'cougar, puma (animal)'"),
        ("tabi cat", "Did you mean 'tabby, tabby cat'"),
    ],
)
def test_what_may_have_been_meant_is_suggested_by_number_words_and_spelling(name: str, hint: str) -> None:
    with pytest.raises(Unusable) as refusal:
        named_classes((*LABELS, "tabby, tabby cat", "cougar, puma (animal)"), [name])
    assert hint in refusal.value.detail


@pytest.mark.parametrize("name", ["7", "", "xyzzy"])
def test_nothing_is_suggested_where_nothing_is_close(name: str) -> None:
    with pytest.raises(Unusable) as refusal:
        named_classes(LABELS, [name])
    assert "Did you mean" not in refusal.value.detail


def test_an_endless_name_is_refused_quickly_and_shortly() -> None:
    with pytest.raises(Unusable) as refusal:
        named_classes([f"label {number}" for number in range(20_000)], ["x" * 4000])
    assert len(refusal.value.detail) < 300


def test_the_top_k_come_first_and_nothing_twice() -> None:
    logits = np.array([1, 5, 3, 5, 2], np.float32)
    assert chosen(logits, 2, (0, 3)) == [1, 3, 0]
    assert chosen(logits, 5, ()) == [1, 3, 2, 4, 0]
