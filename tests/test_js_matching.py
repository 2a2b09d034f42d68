"""Which classes the browser finds for what somebody typed, and in which order."""

import string
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from model.scores import top_classes
from tests.node import answers

LABELS = (
    "dog sled",
    "Egyptian cat",
    "cougar, puma",
    "tabby, tabby cat",
    "Ångström",
    "golden retriever",
    "crane (bird)",
    "caterpillar",
    "bobcat",
    "얼룩 고양이",
    "Shih-Tzu",
    "12",
    "cat",
)
LOGITS = (-3, 4, 1, 5.5, 0, 2, 2.5, 9, 8, -1, -2, -4, -5)
RANDOM = np.random.default_rng(0)


def found(*typed: str, labels: Sequence[str] = LABELS) -> list[list[dict[str, Any]]]:
    """What is found for each of some words; the likeliest class is the one with the highest of LOGITS."""
    logits = (*LOGITS, *np.linspace(-10, -20, max(0, len(labels) - len(LOGITS))).tolist())
    classes = [
        {"index": index, "label": label, "logit": logit}
        for index, (label, logit) in enumerate(zip(labels, logits, strict=False))
    ]
    return answers("matching", "matches", [[classes, words] for words in typed])


def labels_found(typed: str) -> list[str]:
    """The labels found, in their order."""
    [matches] = found(typed)
    return [match["one"]["label"] for match in matches]


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("egyptian", ["Egyptian cat"]),
        ("  CAT  egy ", ["Egyptian cat"]),
        ("cat tabby", ["tabby, tabby cat"]),
        ("cougar", ["cougar, puma"]),
        ("puma, cougar", ["cougar, puma"]),
        ("bird crane", ["crane (bird)"]),
        ("angstrom", ["Ångström"]),
        ("shih tzu", ["Shih-Tzu"]),
        ("shih-tzu", ["Shih-Tzu"]),
        ("고양", ["얼룩 고양이"]),
        ("no such thing", []),
    ],
)
def test_classes_are_found_by_words_of_any_of_their_names_in_any_order(typed: str, labels: list[str]) -> None:
    assert labels_found(typed) == labels


def test_a_name_comes_before_its_words_those_before_beginnings_and_those_before_what_lies_within() -> None:
    assert labels_found("cat") == ["cat", "tabby, tabby cat", "Egyptian cat", "caterpillar", "bobcat"]
    assert labels_found("tabby cat")[0] == "tabby, tabby cat"


def test_of_equal_matches_the_likeliest_comes_first_and_of_those_the_lower_index() -> None:
    classes = [{"index": index, "label": f"cat {index}", "logit": logit} for index, logit in enumerate((1, 3, 3, 2))]
    [matches] = answers("matching", "matches", [[classes[::-1], "cat"]])
    assert [match["one"]["index"] for match in matches] == [1, 2, 3, 0]


@pytest.mark.parametrize("typed", ["5", "index:5", " INDEX:5 ", "index:05"])
def test_a_class_is_found_by_its_number(typed: str) -> None:
    [matches] = found(typed)
    assert [match["one"]["label"] for match in matches] == ["golden retriever"]
    assert matches[0]["isNumbered"]


def test_a_number_that_is_a_name_comes_before_the_class_with_that_number() -> None:
    [matches] = found("12")
    assert [(match["one"]["index"], match["isNumbered"]) for match in matches] == [(11, False), (12, True)]


@pytest.mark.parametrize("typed", ["13", "index:13", "index:", "-5", "1e1", "99999999999"])
def test_a_number_that_no_class_has_finds_nothing(typed: str) -> None:
    assert found(typed) == [[]]


@pytest.mark.parametrize("typed", ["", "   ", ","])
def test_without_a_word_every_class_is_there_the_likeliest_first(typed: str) -> None:
    [matches] = found(typed)
    assert [match["one"]["index"] for match in matches] == top_classes(np.array(LOGITS), len(LOGITS))
    assert not any(match["places"] for match in matches)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("retriver", "golden retriever"),
        ("golden retriveer", "golden retriever"),
        ("tabi cat", "tabby, tabby cat"),
        ("egyptain", "Egyptian cat"),
        ("catterpillar", "caterpillar"),
        ("catrepil", "caterpillar"),
        ("pumas", "cougar, puma"),
    ],
)
def test_one_slip_in_a_long_word_or_its_beginning_is_forgiven(typed: str, label: str) -> None:
    [matches] = found(typed)
    assert [match["one"]["label"] for match in matches] == [label]
    assert answers("matching", "isClose", [[matches[0]]]) == [True]


@pytest.mark.parametrize("typed", ["dgo", "ratriver", "99", "retriver xyzzy"])
def test_slips_in_short_words_two_slips_and_words_that_are_not_there_find_nothing(typed: str) -> None:
    assert labels_found(typed) == []


def test_slips_are_not_looked_for_where_something_is_written_like_that() -> None:
    labels = ("boat", "goat", "coat", "speedboat")
    [matches] = found("boat", labels=labels)
    assert [match["one"]["label"] for match in matches] == ["boat", "speedboat"]
    assert answers("matching", "isClose", [[match] for match in matches]) == [False, False]


def test_the_whole_word_with_a_slip_comes_before_longer_ones() -> None:
    [matches] = found("cars", labels=("cart wheel", "card", "carton"))
    assert [match["one"]["label"] for match in matches] == ["card", "cart wheel", "carton"]
    [matches] = found("cattt", labels=("cattle", "catt"))
    assert [match["one"]["label"] for match in matches] == ["catt", "cattle"]


def test_the_words_that_fit_are_told_where_they_stand() -> None:
    [[match]] = found("cats tabby")
    places = dict(enumerate(answers("names", "placesOf", [[match["one"]["label"]]])[0]))
    words = [LABELS[3][places[place]["from"] : places[place]["to"]] for place in match["places"]]
    assert words == ["cat", "tabby"]
    assert [match["places"] for [match] in found("tabby cat", "tabby, tabby cat", "tabby")] == [[1, 2], [0, 1, 2], [0]]


def test_words_stand_where_they_are_whatever_their_accents() -> None:
    [places] = answers("names", "placesOf", [["A\u030angstro\u0308m \u0301 – Café 猫"]])
    assert places == [{"from": 0, "to": 10}, {"from": 15, "to": 19}, {"from": 20, "to": 21}]
    [words] = answers("names", "wordsOf", [["A\u030angstro\u0308m \u0301 – Café 猫"]])
    assert words == ["angstrom", "cafe", "猫"]


def test_signs_that_mean_something_elsewhere_are_only_letters_here() -> None:
    assert labels_found("cat.*") == labels_found("cat")
    assert labels_found("<b>") == labels_found("b")


def within_one_edit(typed: str, letters: str) -> set[str]:
    """Everything that one edit makes of a word, and the word."""
    splits = [(typed[:at], typed[at:]) for at in range(len(typed) + 1)]
    missing = {head + tail[1:] for head, tail in splits}
    exchanged = {head + tail[1] + tail[0] + tail[2:] for head, tail in splits if len(tail) > 1}
    wrong = {head + letter + tail[1:] for head, tail in splits if tail for letter in letters}
    more = {head + letter + tail for head, tail in splits for letter in letters}
    return {typed} | missing | exchanged | wrong | more


def test_a_slip_is_one_of_damerau_s_edits() -> None:
    letters = string.ascii_lowercase[:3]
    words = ["".join(RANDOM.choice(list(letters), length)) for length in RANDOM.integers(1, 8, 3000)]
    pairs = list(zip(words[::2], words[1::2], strict=True))
    told = answers("slips", "lettersAfterSlip", pairs)
    for (typed, word), after in zip(pairs, told, strict=True):
        near = within_one_edit(typed, letters)
        endings = [len(word) - end for end in range(len(word) + 1) if word[:end] in near]
        assert after == min(endings, default=None), (typed, word)
    assert 0 in told
    assert None in told
    assert any(after and after > 0 for after in told)
