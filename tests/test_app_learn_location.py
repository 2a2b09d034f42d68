"""The room of the location: what shuffling keeps, covering takes and a row chooses, and a head of cells."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.learn_cover import CoverAsked
from app.learn_flattened import SHUFFLES
from app.learn_rows import elsewhere
from model.classifier import Classifier
from model.shuffling import shuffled_order
from tests.bundles import colour_weights, make_bundle
from tests.conftest import ClientMaker
from tests.queueing import every_place_taken

API = "/api/v1/learn"
ROOM = "/learn/location"
LINEAR = ("gap", "gap_norm", "sum", "gmp", "conv")


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(f"{API}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(f"{API}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return np.load(io.BytesIO(answer.content))


@pytest.fixture(params=LINEAR)
def any_head(request: pytest.FixtureRequest, make_client: ClientMaker, tmp_path: Path) -> TestClient:
    """A server over one network, of every kind that keeps location."""
    return make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind=request.param), threads=1)])


def test_features_and_rows_of_the_head_make_the_networks_own_logits(any_head: TestClient) -> None:
    features = numbers(any_head, "features.npy")
    rows = numbers(any_head, "head.npy", **{"class": [0, 3, 1]})
    told = {one["index"]: one for one in get(any_head, "shuffled", seed=0)["classes"]}
    means = rows.astype(float) @ features.astype(float).mean(axis=(1, 2))
    bias = [told[index]["logit"] - mean for index, mean in zip((0, 3, 1), means, strict=True)]
    other = numbers(any_head, "features.npy", photo="rocket").astype(float).mean(axis=(1, 2))
    found = {one["index"]: one["logit"] for one in get(any_head, "shuffled", seed=0, photo="rocket")["classes"]}
    expected = [found[index] for index in (0, 3, 1)]
    np.testing.assert_allclose(rows.astype(float) @ other + bias, expected, atol=2e-5)


@pytest.mark.parametrize("seed", [1, 2, 99])
def test_every_logit_stays_and_that_of_the_shuffled_photo_may_not(any_head: TestClient, seed: int) -> None:
    told = get(any_head, "shuffled", seed=seed, photo="coffee")
    assert told["order"] == shuffled_order(told["rows"] * told["columns"], seed)
    assert told["means_same"] == told["means"]
    assert told["logits_same"] == 5
    for one in told["classes"]:
        assert one["shuffled"] == one["ordered"]
        assert one["ordered"] == pytest.approx(one["logit"], abs=1e-4)


def test_a_network_whose_cells_see_no_further_knows_the_photo_in_pieces(client: TestClient) -> None:
    told = get(client, "shuffled", seed=5)  # the tiny network's cells are means of their squares, and no more
    for one in told["classes"]:
        assert one["pieces"] == pytest.approx(one["logit"], abs=1e-4)


def test_an_order_of_ones_own_is_taken_and_what_is_none_refused(client: TestClient) -> None:
    straight = get(client, "shuffled", seed=0)["order"]
    swapped = [straight[-1], *straight[1:-1], straight[0]]
    assert get(client, "shuffled", order=",".join(map(str, swapped)))["order"] == swapped
    for order in ("0", "0,0", ",".join(map(str, straight[1:])), "a", "0,", "-1,0"):
        assert client.get(f"{API}/shuffled", params={"order": order}).status_code == 422


def cell_numbers(part: tuple[slice, slice], shape: tuple[int, int]) -> str:
    """Of the cells in a part of a map."""
    return ",".join(str(cell) for cell in np.arange(shape[0] * shape[1]).reshape(shape)[part].ravel())


def test_covering_cells_changes_them_and_no_others_here(client: TestClient) -> None:
    part, shape = (slice(1, 3), slice(2, 5)), np.shape(get(client, "covered")["before"]["map"])
    told = get(client, "covered", cells=cell_numbers(part, shape))
    before, after = (np.array(told[name]["map"]) for name in ("before", "after"))
    mask = np.zeros_like(before, dtype=bool)
    mask[part] = True
    np.testing.assert_allclose(after[~mask], before[~mask], atol=1e-5)  # the tiny network sees no further
    assert np.ptp(after[mask]) < 1e-4  # one colour
    for name, cells in (("inside", mask), ("outside", ~mask)):
        for side, values in (("before", before), ("after", after)):
            assert told[name][side] == pytest.approx(values[cells].sum() / values.size, abs=1e-5)


@pytest.mark.parametrize("cells", ["most", "least", "none", "0", "3,0,1"])
def test_what_cells_give_and_the_bias_are_the_logit(any_head: TestClient, cells: str) -> None:
    told = get(any_head, "covered", cells=cells, photo="coffee")
    best = get(any_head, "classes", photo="coffee")["classes"][told["index"]]
    assert best["logit"] == max(one["logit"] for one in get(any_head, "classes", photo="coffee")["classes"])
    parts = told["inside"]["before"] + told["outside"]["before"] + best["bias"]
    assert parts == pytest.approx(told["before"]["logit"], abs=1e-4)
    for side in ("before", "after"):
        assert told["inside"][side] + told["outside"][side] == pytest.approx(np.mean(told[side]["map"]), abs=1e-5)
    if cells == "none":
        assert told["before"] == told["after"]


def test_the_lines_of_the_account_add_up_as_they_are_written(client: TestClient) -> None:
    lines = get(client, "covered", photo="rocket")["lines"]
    columns = np.array([[float(number.replace("−", "-")) for number in line[1:]] for line in lines])
    np.testing.assert_allclose(columns[:3].sum(axis=0)[:2], columns[3][:2], atol=1e-9)
    assert columns[3][2] == pytest.approx(columns[3][1] - columns[3][0], abs=0.011)


@pytest.mark.parametrize(
    ("asked", "cells"),
    [
        ({}, (5, 8, 11, 13)),
        ({"cells": "least"}, (0, 1, 2, 3)),
        ({"cells": "least", "count": 2}, (0, 1)),
        ({"cells": "most", "count": 1}, (13,)),
        ({"cells": "most", "count": 99}, tuple(range(20))),
        ({"cells": "7,3,7"}, (3, 7)),
        ({"cells": "none"}, ()),
    ],
)
def test_which_cells_are_covered(asked: dict[str, Any], cells: tuple[int, ...]) -> None:
    values = np.zeros((4, 5), np.float32)
    values.flat[[5, 8, 11, 13]] = 1, 2, 3, 5
    assert CoverAsked(**asked).among(values) == cells


@pytest.mark.parametrize("cells", ["64", "a", "1,", "-1", "", "1;2"])
def test_cells_that_are_not_there_are_refused(client: TestClient, cells: str) -> None:
    assert client.get(f"{API}/covered", params={"cells": cells, "photo": "astronaut"}).status_code == 422


def test_a_score_and_a_probability_that_part_are_told_about(client: TestClient) -> None:
    for photo in ("chelsea", "coffee", "rocket", "astronaut"):
        for cells in ("most", "least"):
            told = get(client, "covered", photo=photo, cells=cells)
            rise = told["after"]["logit"] - told["before"]["logit"]
            gain = told["after"]["probability"] - told["before"]["probability"]
            said = " ".join(told["sentences"])
            assert ("others rise more" in said) == (rise > 0 > gain)
            assert ("others fall more" in said) == (rise < 0 < gain)
            assert ("still says" in said) != ("instead of" in said)


def test_a_class_that_is_not_there_is_refused(client: TestClient) -> None:
    assert client.get(f"{API}/covered?class=5").status_code == 422
    assert client.get(f"{API}/head.npy?class=5").status_code == 422
    assert client.get(f"{API}/head.npy").status_code == 422


def test_mirror_images_whose_means_are_the_same_are_told_apart_by_cells_alone(client: TestClient) -> None:
    told = get(client, "flattened", seed=3)  # the tiny network's cells are means of their squares, and no more
    means, cells = told["means"], told["cells"]
    assert means["right"] == [0, 0, 0, 0]
    np.testing.assert_allclose(cells["ordered"], np.eye(4), atol=0.05)
    assert sum(cells["right"]) < told["shuffles"] * 4 == SHUFFLES * 4
    assert "finds them too much alike" in told["sentences"][0]


def test_the_second_row_is_one_that_points_elsewhere() -> None:
    first, same, apart, taking = np.zeros((4, 2, 3), np.float32)
    first[0, 0], same[0, 0], apart[1, 2], taking[:] = 5, 9, 4, -1
    taking[1, 1] = -0.5
    assert elsewhere([first, same, apart, taking]) == 2
    assert elsewhere([first, same, taking]) in (1, 2)


def test_the_room_says_what_the_api_tells(client: TestClient) -> None:
    page = client.get(ROOM, params={"photo": "coffee", "seed": 4}).text
    told = get(client, "shuffled", photo="coffee", seed=4)
    for one in told["classes"]:
        numbers_of = [str(one[name]).replace("-", "−") for name in ("logit", "ordered", "shuffled")]
        assert f"<bdi>{one['label']}</bdi></th><td>{'</td><td>'.join(numbers_of)}</td><td><b>0</b>" in page
    moved = sum(at != cell for at, cell in enumerate(told["order"]))
    assert f"{moved} of {len(told['order'])} cells are elsewhere. 5 of the 5 means are the same" in page
    covered = get(client, "covered", photo="coffee")
    for sentence in (*told["sentences"], *covered["sentences"]):
        assert sentence.replace("'", "&#39;") in page
    for line in covered["lines"]:
        assert f"{line[0]}</th><td>{line[1]}</td><td>{line[2]}</td><td><b>{line[3]}</b>" in page
    flat = get(client, "flattened", photo="coffee", seed=4)
    assert flat["sentences"][0] in page
    assert f"<b>{sum(flat['cells']['right'])} of 400</b>" in page


def test_both_ways_to_the_logit_are_written_out(client: TestClient) -> None:
    page = client.get(ROOM).text
    ways = re.search(r'<dl class="sums">(.*?)</dl>', page, re.DOTALL)
    assert ways
    averaged, weighed, network = (float(one.replace("−", "-")) for one in re.findall(r"<b>([^<]+)</b>", ways[1]))
    features = numbers(client, "features.npy").astype(float)
    assert averaged == pytest.approx(weighed, abs=1e-6)
    assert network == pytest.approx(averaged, abs=1e-5)
    best = get(client, "shuffled")["classes"][0]["index"]
    expected = float(colour_weights(5)[best] @ features.mean(axis=(1, 2)) + np.linspace(-0.5, 0.5, 5)[best])
    assert network == pytest.approx(expected, abs=1e-5)


def shown_row(client: TestClient, **query: Any) -> float:
    """The logit of the row in view."""
    page = client.get(ROOM, params=query).text
    told = re.search(r"data-told=\"between\" role=\"status\">mean of this map [^=]+ = logit ([\d.−]+)<", page)
    assert told, page
    return float(told[1].replace("−", "-"))


def test_a_row_between_two_has_a_score_between_theirs(client: TestClient) -> None:
    features = numbers(client, "features.npy").astype(float).mean(axis=(1, 2))
    rows, bias = colour_weights(5).astype(float), np.linspace(-0.5, 0.5, 5)
    first, second = (float(rows[at] @ features + bias[at]) for at in (1, 4))
    for part in (0, 25, 100):
        expected = first + (second - first) * part / 100
        assert shown_row(client, one="1", other="4", part=part) == pytest.approx(expected, rel=0.01, abs=0.01)
    assert shown_row(client, one="even", other="even") == pytest.approx(features.mean(), rel=0.01, abs=0.01)
    best = get(client, "shuffled")["classes"][0]["index"]
    mixed = float(rows[best][shuffled_order(5, 1)] @ features)
    assert shown_row(client, one="mixed", other="mixed") == pytest.approx(mixed, rel=0.01, abs=0.01)
    assert shown_row(client, one="77", other="1", part=100) == pytest.approx(first, rel=0.01, abs=0.01)


def test_a_network_without_places_says_so(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind="fc"), threads=1)])
    page = client.get(ROOM)
    assert page.status_code == 200
    assert "This network flattens its maps" in page.text
    for path in ("features.npy", "head.npy?class=0", "shuffled", "covered", "flattened", "classes"):
        assert client.get(f"{API}/{path}").status_code == 422


@pytest.mark.parametrize("path", [f"{API}/features.npy", f"{API}/shuffled", f"{API}/covered", f"{API}/flattened", ROOM])
def test_whoever_asks_stands_in_the_queue(make_client: ClientMaker, path: str) -> None:
    client = make_client(queue_size=0)
    with every_place_taken(client):
        assert client.get(path).status_code == 429
    assert client.get(path).status_code == 200
