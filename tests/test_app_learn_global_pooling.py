"""The room of global pooling: one number a map, whatever the size, and heads that learned more or less by heart."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from model.classifier import Classifier
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.queueing import every_place_taken

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


def test_the_vector_is_as_long_at_every_size_and_the_flattened_maps_are_not(client: TestClient) -> None:
    sizes = get(client, "sizes")["sizes"]
    assert [one["scale"] for one in sizes] == [1, 1.5, 2]
    assert {one["vector"] for one in sizes} == {5}
    assert [one["cells"] for one in sizes] == [5 * one["rows"] * one["columns"] for one in sizes]
    assert sizes[0]["cells"] < sizes[1]["cells"] < sizes[2]["cells"]
    assert sizes[0]["likeness"] == pytest.approx(1)
    assert all(one["likeness"] > 0.95 for one in sizes)


def test_what_one_number_of_a_map_is(client: TestClient) -> None:
    maps = features(client, "coffee")
    page = room(client, photo="coffee", map=3)
    told = re.search(r"<b>Map 4</b> <span[^>]*>average ([\d.]+), maximum ([\d.]+), sum ([\d.,]+)<", page)
    assert told
    expected = maps[3].mean(), maps[3].max(), maps[3].sum()
    for found, value in zip(told.groups(), expected, strict=True):
        assert float(found.replace(",", "")) == pytest.approx(value, rel=0.01, abs=1e-3)
    assert client.get(ROOM, params={"map": 5}).status_code == 422


def test_what_heads_cost_is_counted(client: TestClient) -> None:
    _, rows, columns = features(client).shape
    flat = 5 * rows * columns
    page = room(client)
    assert page.count("<td>0</td><td>5</td><td>30</td><td>any</td>") == 3
    assert f"<td>0</td><td>{flat:,}</td><td>{(flat + 1) * 5:,}</td><td>this one alone</td>" in page
    assert f"<td>{(flat + 1) * 4096 + 4097 * 4096:,}</td><td>4,096</td><td>{4097 * 5:,}</td>" in page


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


def test_heads_are_learned_when_that_is_asked_and_judged_by_what_they_had_not_seen(client: TestClient) -> None:
    assert "right where it learned" not in room(client)
    told = {one["name"]: one for one in get(client, "heads")["heads"]}
    assert list(told) == ["average", "maximum", "flatten"]
    assert told["average"]["parameters"] == told["maximum"]["parameters"] == 4 * 5 + 4
    assert told["flatten"]["parameters"] == 4 * 5 * 64 + 4
    for one in told.values():
        assert (one["learned"], one["new"]) == (4, 24)
        assert one["learned_right"] == 4
    page = room(client, measure="true")
    for one in told.values():
        assert f"{one['new_right']} of 24, lead {one['new_lead']:.2f}".replace("-", "−") in page


def test_an_average_keeps_its_lead_where_a_photo_is_mirrored_or_moved(client: TestClient) -> None:
    told = {one["name"]: one for one in get(client, "heads")["heads"]}
    losses = {name: one["learned_lead"] - one["new_lead"] for name, one in told.items()}
    assert losses["average"] < losses["flatten"]


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
