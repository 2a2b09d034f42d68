"""A map in words, for who does not see it."""

import re

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.described import described
from app.languages import speaking
from app.sentences import sentences
from app.sentences_zones import PLACES
from app.shown import ClassMap
from model.cam import Array
from model.geometry import Grid
from tests.pictures import halves

PHOTO = (90, 60)
NINTHS = Grid(3, 3, 30, 20, 0, 0)


def class_map(label: str, cam: Array | None) -> ClassMap:
    return ClassMap(0, label, 0.875, 1.0, 0.0, cam)


def one_cell(number: int, value: float = 4) -> Array:
    values = np.full(9, 0.5, dtype=np.float32)
    values[number] = value
    return values.reshape(3, 3)


@pytest.mark.parametrize("number", range(9))
def test_it_says_where_the_strongest_evidence_lies(number: int) -> None:
    words = described(class_map("cat", one_cell(number)), None, NINTHS, PHOTO)
    place = sentences()[PLACES[number]]
    expected = f"Map of cat; probability 87.5%. Strongest evidence in the {place}: 50.0% of what adds to it."
    assert words == expected


def test_against_another_class_it_is_the_evidence_of_the_difference() -> None:
    words = described(class_map("cat", one_cell(0)), class_map("dog", one_cell(0, 9)), NINTHS, PHOTO)
    assert words == "Map of cat rather than dog; margin 0.00 logits", "nothing speaks for the cat rather than the dog"
    words = described(class_map("cat", one_cell(8)), class_map("dog", one_cell(0)), NINTHS, PHOTO)
    assert words.endswith("Strongest evidence in the lower right: 100.0% of what adds to it.")


@pytest.mark.parametrize(("cam", "grid"), [(None, None), (-np.ones((3, 3), np.float32), NINTHS)])
def test_where_nothing_adds_it_says_no_place(cam: Array | None, grid: Grid | None) -> None:
    assert described(class_map("cat", cam), None, grid, PHOTO) == "Map of cat; probability 87.5%"


def test_it_speaks_the_pages_language() -> None:
    with speaking("ko"):
        words = described(class_map("cat", one_cell(0)), None, NINTHS, PHOTO)
    assert re.search("[가-힣]", words)
    assert "50.0%" in words


@pytest.mark.parametrize("path", ["", "/heatmap"])
def test_the_drawn_map_of_a_page_without_scripts_has_it(client: TestClient, path: str) -> None:
    explained = client.post("/api/v1/explanations", files={"image": ("a.png", halves())}).json()
    page = client.get(f"{explained['page_url']}{path}?class={explained['predictions'][0]['index']}").text
    [words] = re.findall(r'<noscript><img class="stage__layer"[^>]* alt="([^"]*)"', page)
    label = explained["predictions"][0]["label"]
    assert re.fullmatch(
        rf"Map of {label}; probability [\d.&gtl;]+%\. Strongest evidence in the [a-z ]+: [\d.]+% of what adds to it\.",
        words,
    )
