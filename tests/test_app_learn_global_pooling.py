"""The room of global pooling: one number a map, whatever the size, and heads that learned more or less by heart."""

import base64
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from safetensors.numpy import load_file

from app.examples import examples
from app.learn_judging import JUDGED
from app.learn_views import Change, View
from app.learn_visit import example_photo
from model.classifier import Classifier
from model.plan import HeadChoice
from model.preprocess import Prepared, prepare
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.pictures import RED, picture
from tests.queueing import every_place_taken
from tests.test_app_cli_compare_heads import compared, figures, spread

API = "/api/v1/learn"
ROOM = "/learn/global-pooling"


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(f"{API}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def features(client: TestClient, photo: str = "") -> np.ndarray:
    """Of a `gap` head the last maps themselves."""
    answer = client.get(f"{API}/features.npy", params={"photo": photo})
    return np.load(io.BytesIO(answer.content)).astype(float)


def room(client: TestClient, **query: Any) -> str:
    answer = client.get(ROOM, params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


def features_of_pieces(classifier: Classifier, names: Sequence[str], change: Change) -> np.ndarray:
    """Last maps of the four quarters of examples, changed, seen at three quarters of the usual side."""
    preprocessing = classifier.spec.preprocessing
    side = max(round(preprocessing.base_side * 0.75 / preprocessing.multiple), 1) * preprocessing.multiple
    found = []
    for name in names:
        whole = np.asarray(prepare(example_photo(name), preprocessing, (2 * side, 2 * side)))
        for top, left in ((0, 0), (0, side), (side, 0), (side, side)):
            piece = np.ascontiguousarray(change(whole[top : top + side, left : left + side]))
            [answer] = classifier.answer([Prepared(piece, (side, side), 1, 0)])
            assert answer.features is not None
            found.append(answer.features)
    return np.stack(found).astype(float)


def ridge_leads(learned: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """By how much each one's own class leads, by ridge regression in its primal form."""
    middle = learned.mean(axis=0)
    around = learned - middle
    strength = 1e-3 * np.trace(around @ around.T) / len(learned)
    targets = np.eye(len(learned)) - 1 / len(learned)
    weight = np.linalg.solve(around.T @ around + strength * np.eye(around.shape[1]), around.T @ targets)
    scores = (judged - middle) @ weight + 1 / len(learned)
    own = np.diag(scores).copy()
    np.fill_diagonal(scores, -np.inf)
    return own - scores.max(axis=1)


def test_the_vector_is_as_long_at_every_size_and_the_flattened_maps_are_not(client: TestClient) -> None:
    sizes = get(client, "sizes", percent=250)["sizes"]
    assert [one["scale"] for one in sizes] == [1, 1.5, 2, 2.5]
    assert {one["vector"] for one in sizes} == {5}
    assert [one["cells"] for one in sizes] == [5 * one["rows"] * one["columns"] for one in sizes]
    assert sizes[0]["cells"] < sizes[1]["cells"] < sizes[2]["cells"]
    assert sizes[0]["likeness"] == pytest.approx(1)
    assert all(one["likeness"] > 0.95 for one in sizes)


def test_what_one_number_of_a_map_is(client: TestClient) -> None:
    maps = features(client, "coffee")
    page = room(client, photo="coffee", map=4)
    told = re.search(r"<b>Map 4</b> <span[^>]*>average ([\d.]+), maximum ([\d.]+), sum ([\d.,]+)<", page)
    assert told
    expected = maps[3].mean(), maps[3].max(), maps[3].sum()
    for found, value in zip(told.groups(), expected, strict=True):
        assert float(found.replace(",", "")) == pytest.approx(value, rel=0.01, abs=1e-3)
    assert client.get(ROOM, params={"map": 6}).status_code == 422


def test_what_heads_cost_is_counted(client: TestClient) -> None:
    _, rows, columns = features(client).shape
    flat = 5 * rows * columns
    page = room(client)
    assert page.count("<td><b>0</b></td><td>30</td><td>5</td><td>any") == 3
    assert f"<td><b>0</b></td><td>{(flat + 1) * 5:,}</td><td>{flat:,}</td><td>this one alone</td>" in page
    assert f"<td><b>{(flat + 1) * 4096 + 4097 * 4096:,}</b></td><td>{4097 * 5:,}</td><td>4,096</td>" in page


def test_vectors_are_drawn_number_by_number_and_compared(client: TestClient) -> None:
    page = room(client, other="rocket")
    means, other = features(client).mean(axis=(1, 2)), features(client, "rocket").mean(axis=(1, 2))
    told = re.findall(r"likeness to the first: ([\d.]+)<", page)
    cosine = means @ other / np.linalg.norm(means) / np.linalg.norm(other)
    assert [float(one) for one in told] == pytest.approx([1, 1, cosine], abs=0.001)  # its cells know no direction
    pictures = re.findall(r'class="making__map" src="(data:image/webp[^"]+)"', page)
    assert len(pictures) == 3
    for uri in pictures:
        assert np.prod(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).size) == 5
    assert client.get(ROOM, params={"other": "nobody"}).status_code == 404


def test_maps_give_what_they_are_weighed_with(client: TestClient, bundle: Path) -> None:
    page = room(client, photo="coffee", map=2)
    told = re.search(r"<b>Map 2</b>.*?it gives ([+−\d.]+) logits", page, re.DOTALL)
    assert told
    layers = get(client, "layers", photo="coffee")
    best = layers["predictions"][0]["index"]
    weight = load_file(bundle / "head.safetensors")["weight"][best, 1]
    assert float(told[1].replace("−", "-")) == pytest.approx(weight * features(client, "coffee")[1].mean(), abs=0.006)


def test_heads_are_learned_when_that_is_asked_and_judged_by_what_they_had_not_seen(client: TestClient) -> None:
    assert "All that was not seen" not in room(client)
    told = {one["name"]: one for one in get(client, "heads")["heads"]}
    assert list(told) == ["average", "maximum", "parts", "flatten"]
    assert told["average"]["parameters"] == told["maximum"]["parameters"] == 16 * 5 + 16
    assert told["parts"]["parameters"] == 16 * 5 * 4 + 16
    for one in told.values():
        assert (one["learned"], one["new"]) == (16, 96)
        assert [view["view"] for view in one["views"] if view["learned"]] == ["as-it-is"]
        assert one["new_right"] == sum(view["right"] for view in one["views"] if not view["learned"])
    page = room(client, measure="true")
    for one in told.values():
        assert f"{one['new_right']} of 96, lead {one['new_lead']:.2f}".replace("-", "−") in page


def test_heads_are_those_of_ridge_regression(client: TestClient, classifier: Classifier) -> None:
    names = [example.name for example in examples()]
    still = features_of_pieces(classifier, names, lambda pixels: pixels)
    mirrored = features_of_pieces(classifier, names, lambda pixels: pixels[:, ::-1])
    told = {one["name"]: one for one in get(client, "heads", photo=names[0])["heads"]}
    for name, numbers in (
        ("average", lambda maps: maps.mean(axis=(2, 3))),
        ("flatten", lambda maps: maps.reshape(16, -1)),
    ):
        leads = ridge_leads(numbers(still), numbers(mirrored))
        seen = next(view for view in told[name]["views"] if view["view"] == "mirrored")
        assert seen["right"] == (leads > 0).sum()
        assert seen["lead"] == pytest.approx(leads.mean(), abs=1e-3)


def test_one_chooses_what_is_learned_and_from_which_views(client: TestClient) -> None:
    asked = {"with": ["rocket"], "from": ["mirrored", "darker"], "cut": "whole", "parts": 3, "size": 100}
    told = {one["name"]: one for one in get(client, "heads", photo="coffee", **asked)["heads"]}
    for one in told.values():
        assert (one["learned"], one["new"]) == (2 * 3, 2 * 4)
    assert told["parts"]["parameters"] == 2 * 5 * 9 + 2
    page = room(client, photo="coffee", measure="true", **asked)
    assert page.count("learned from</span>") == 3
    assert re.findall(r'name="with" value="(\w+)" checked', page) == ["rocket"]
    assert re.findall(r'name="from" value="([\w-]+)" checked', page) == ["mirrored", "darker"]
    assert client.get(f"{API}/heads", params={"with": "nobody"}).status_code == 404
    assert client.get(f"{API}/heads", params={"from": "nowhere"}).status_code == 422


def test_nothing_left_to_judge_by_is_said(client: TestClient) -> None:
    every = [view for view in JUDGED if view is not View.STILL]
    page = room(client, measure="true", **{"from": every, "cut": "whole"})
    assert "Nothing is left to judge by" in page


def test_one_of_ones_own_photos_may_stand_beside_the_other(client: TestClient) -> None:
    sent = client.post("/api/v1/explanations", files={"image": ("a.png", picture(RED))})
    mine = sent.json()["id"]
    page = room(client, other=mine)
    assert f'<option value="{mine}" selected>' in page
    assert "Your other photo" in page


def test_the_maps_that_differ_most_are_named(client: TestClient) -> None:
    page = room(client, other="rocket", left="maximum")
    here, there = (features(client, photo).max(axis=(1, 2)) for photo in ("", "rocket"))
    named = [int(number) for number in re.findall(r'data-map="(\d+)"', page)]
    assert named[0] == int((here - there).argmax()) + 1
    assert set(named) == {1, 2, 3, 4, 5}  # three of each side, of five


def test_a_size_of_ones_own_is_tried_and_does_not_fit_flattened_maps(client: TestClient) -> None:
    lines = re.findall(r"<tr><th scope=\"row\">(\d+) × (\d+)</th>.*?</tr>", room(client, percent=250))
    assert len(lines) == 4
    assert int(lines[3][0]) > int(lines[2][0])
    assert room(client, percent=250).count("does not fit") == 3


def test_comparisons_of_the_server_are_shown_those_of_the_asked_network_first(
    make_client: ClientMaker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()
    assert "camscope compare-heads" in room(client)
    [own] = client.get("/api/v1/models").json()["items"]
    gap, fc = figures(HeadChoice.GAP), figures(HeadChoice.FC, gap=spread(0.3, 0.4))
    for name, base in (("other", "other-0"), ("own", own["id"])):
        (tmp_path / name).mkdir()
        numbers = compared(gap, fc, base=base, data=name).model_dump_json()
        (tmp_path / name / "comparison.json").write_text(numbers)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "comparison.json").write_text("{")
    folders = tuple(tmp_path / name for name in ("other", "broken", "own", "none"))
    client = make_client(head_comparisons=folders)
    first, second = room(client), room(client, comparison=1)
    assert "“own”" in first
    assert "another network than the one" not in first
    assert "“other”" in second
    assert "another network than the one" in second
    assert "<b>35.0</b>" in first
    assert "over-fit more than global average pooling" in first
    assert "broken: no comparison of heads" in caplog.text


@pytest.mark.parametrize("kind", ["gap_norm", "sum", "gmp", "conv"])
def test_every_kind_of_head_with_maps_has_the_room(make_client: ClientMaker, tmp_path: Path, kind: str) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind=kind), threads=1)])
    page = room(client, measure="true")
    assert ("its logits grow with the input" in page) == (kind == "sum")


def test_a_network_without_maps_says_so(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind="fc"), threads=1)])
    assert "there is no pooling to look at" in room(client)
    for path in ("sizes", "heads"):
        assert client.get(f"{API}/{path}").status_code == 422


@pytest.mark.parametrize("path", [f"{API}/sizes", f"{API}/heads", ROOM])
def test_whoever_asks_for_sizes_stands_in_the_queue(make_client: ClientMaker, path: str) -> None:
    client = make_client(queue_size=0)
    with every_place_taken(client):
        assert client.get(path).status_code == 429
    assert client.get(path).status_code == 200
