"""The room of translation: maps of a moved photo beside the photo's own, and what became of the score."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from model.classifier import Classifier
from tests.bundles import CELL, make_bundle
from tests.conftest import ClientMaker
from tests.queueing import every_place_taken

API = "/api/v1/learn/moved"
ROOM = "/learn/translation"


def moved(client: TestClient, **query: Any) -> Any:
    answer = client.get(API, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("right", "down"), [(CELL, 0), (-2 * CELL, CELL), (0, 3 * CELL)])
def test_whole_cells_move_the_map_and_leave_the_score(client: TestClient, right: int, down: int) -> None:
    told = moved(client, right=right, down=down)  # the tiny network has neither a border nor finer strides
    before, after = (np.array(told[name]["map"]) for name in ("before", "after"))
    np.testing.assert_allclose(after, np.roll(before, (down // CELL, right // CELL), axis=(0, 1)), atol=1e-4)
    assert told["after"]["logit"] == pytest.approx(told["before"]["logit"], abs=1e-4)
    for layer in told["layers"]:
        assert layer["along"] == pytest.approx(1, abs=1e-6)
        assert (layer["cells_right"], layer["cells_down"]) == (right / CELL, down / CELL)
        assert layer["stayed"] < 0.99


def test_half_a_cell_is_no_exact_matter(client: TestClient) -> None:
    told = moved(client, right=CELL // 2)
    assert {layer["cells_right"] for layer in told["layers"]} == {0.5}
    assert all(0.5 < layer["along"] < 0.9999 for layer in told["layers"])


def test_a_photo_that_is_not_moved_is_the_photo(client: TestClient) -> None:
    for edge in ("around", "fill"):
        told = moved(client, right=0, down=0, edge=edge)
        assert told["before"] == told["after"]
        for layer in told["layers"]:
            assert layer["along"] == layer["stayed"] == pytest.approx(1)


def test_what_comes_in_is_the_mean_colour_where_that_is_asked(client: TestClient) -> None:
    told = moved(client, right=CELL, edge="fill")
    before, after = (np.array(told[name]["map"]) for name in ("before", "after"))
    np.testing.assert_allclose(after[:, 1:], before[:, :-1], atol=1e-4)
    assert np.ptp(after[:, 0]) < 1e-4
    assert len(told["fill"]) == 3


@pytest.mark.parametrize("query", ["right=129", "right=a", "down=-129", "edge=none"])
def test_shifts_beyond_all_bounds_are_refused(client: TestClient, query: str) -> None:
    assert client.get(f"{API}?{query}").status_code == 422
    assert client.get(f"{ROOM}?{query}").status_code == 422


def test_curves_are_those_of_single_shifts(client: TestClient) -> None:
    told = client.get(f"{API}/curves", params={"edge": "fill"}).json()
    assert told["shifts"] == list(range(41))
    [layer] = told["layers"]  # the tiny network has one stride
    for at in (0, 1, CELL, 40):
        one = moved(client, right=at, edge="fill")
        assert told["classes"][0]["logits"][at] == pytest.approx(one["after"]["logit"], abs=1e-4)
        assert told["classes"][0]["probabilities"][at] == pytest.approx(one["after"]["probability"], abs=1e-5)
        assert layer["along"][at] == pytest.approx(one["layers"][-1]["along"], abs=1e-5)


def test_curves_tell_the_most_probable_classes_and_how_often_the_first_stays_so(client: TestClient) -> None:
    told = client.get(f"{API}/curves", params={"edge": "around"}).json()
    indices = [one["index"] for one in told["classes"]]
    firsts = [one["logits"][0] for one in told["classes"]]
    assert indices[0] == moved(client, right=0)["index"]
    assert firsts == sorted(firsts, reverse=True)
    every = np.array([one["logits"] for one in told["classes"]])
    assert told["first"] == int((every.argmax(axis=0) == 0).sum())  # it has no other classes than these


def test_every_curve_comes_back_at_whole_cells_where_there_is_no_border(client: TestClient) -> None:
    [layer] = client.get(f"{API}/curves").json()["layers"]  # the tiny network pads nothing
    assert layer["stride"] == CELL
    for curve in (layer["along"], layer["inner"]):
        assert [curve[at] for at in range(0, 41, CELL)] == pytest.approx([1] * len(range(0, 41, CELL)), abs=1e-6)
        assert max(curve[at] for at in range(41) if at % CELL) < 0.9999


def test_curves_are_drawn_when_they_are_asked_for(client: TestClient) -> None:
    page = client.get(ROOM).text
    assert 'class="chart__line ' not in page
    assert "Draw the curves" in page
    page = client.get(ROOM, params={"curves": "true"}).text
    told = client.get(f"{API}/curves").json()
    assert page.count('class="chart__line ') == 1 + 2 * len(told["layers"])
    assert page.count("chart__level--upright") == 40 // CELL
    assert told["sentences"][0] in page
    assert len(re.findall(r"1\.000 at whole cells, 0\.\d{3} between", page)) == 2


def test_the_room_says_what_the_api_tells(client: TestClient) -> None:
    page = client.get(ROOM, params={"photo": "rocket", "right": 5, "down": -3}).text
    told = moved(client, photo="rocket", right=5, down=-3)
    assert told["sentences"][0] in page
    for layer in told["layers"]:
        assert re.search(rf'<th scope="row">{layer["name"]}</th>.*<b>{layer["along"]:.3f}</b>', page)


def test_a_network_without_maps_is_moved_too(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind="fc"), threads=1)])
    assert moved(client)["after"]["map"] is None
    [layer] = client.get(f"{API}/curves").json()["layers"]  # it has layers, but no last maps
    page = client.get(ROOM, params={"curves": "true"}).text
    assert page.count('class="chart__line ') == 2 + (layer["inner"] is not None)


def test_what_is_not_of_this_moment_is_told_of_by_neither_scale_nor_place(client: TestClient) -> None:
    told = moved(client, right=CELL)
    maps = np.array([told["before"]["map"], told["after"]["map"]])
    assert told["strongest"] == pytest.approx(np.abs(maps).max())
    assert (told["grid"]["rows"], told["grid"]["columns"]) == maps.shape[1:]
    room = client.get(ROOM, params={"right": 2 * CELL + 1}).text
    assert re.search(r"<mark>2\.\d+ / 0</mark>", room)


@pytest.mark.parametrize("path", [API, f"{API}/curves", ROOM])
def test_whoever_moves_a_photo_stands_in_the_queue(make_client: ClientMaker, path: str) -> None:
    client = make_client(queue_size=0)
    with every_place_taken(client):
        assert client.get(path).status_code == 429
    assert client.get(path).status_code == 200
