"""The room of layers, and what the API says of a network's inside: the numbers are the network's own."""

import base64
import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.insides import Inside
from app.learn_layers import walk
from app.paths import STATIC_DIR
from app.schemas_models import LayerInfo
from model.cam import Array
from model.classifier import Classifier
from model.detection import LUMINANCE
from model.photos import read_photo
from model.taps import Tap
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.queueing import every_place_taken

LAYERS, ACTIVATIONS = "/api/v1/learn/layers", "/api/v1/learn/activations.npy"
ROOM = "/learn/layers"
CHELSEA = (STATIC_DIR / "examples" / "chelsea.jpg").read_bytes()


def layers(client: TestClient, **query: Any) -> Any:
    answer = client.get(LAYERS, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def activations(client: TestClient, **query: Any) -> Array:
    answer = client.get(ACTIVATIONS, params=query)
    assert answer.status_code == 200, answer.text
    return np.asarray(np.load(io.BytesIO(answer.content), allow_pickle=False))


def seen_by(classifier: Classifier) -> Any:
    """The example as the network sees it."""
    return classifier.prepare(read_photo(CHELSEA, float("inf")))


def test_the_last_layer_is_what_the_head_is_given(client: TestClient, classifier: Classifier) -> None:
    last = layers(client)["layers"][-1]
    values = activations(client, layer=last["name"])
    [expected] = classifier.features(seen_by(classifier).pixels[None])
    np.testing.assert_allclose(values, expected, atol=1e-5)
    assert (last["channels"], last["rows"], last["columns"]) == values.shape
    assert last["size"] == values.size
    for name, number in (("minimum", values.min()), ("maximum", values.max()), ("mean", values.mean())):
        assert last[name] == pytest.approx(float(number), abs=1e-5)
    assert last["zeros"] == pytest.approx(np.count_nonzero(values == 0) / values.size)
    spread = [float(np.std(one)) for one in values]
    assert last["strongest"] == sorted(range(len(values)), key=lambda at: -spread[at])


def test_the_head_makes_the_logits_of_the_last_layer(client: TestClient, classifier: Classifier) -> None:
    told = layers(client)
    pooled = activations(client, layer=told["layers"][-1]["name"]).mean((1, 2))
    weight, bias = classifier.bundle.head.linear()
    logits = weight @ pooled + bias
    assert [one["index"] for one in told["predictions"]] == np.argsort(-logits).tolist()
    for one in told["predictions"]:
        assert one["logit"] == pytest.approx(logits[one["index"]], abs=1e-4)
        assert one["probability"] == pytest.approx(np.exp(logits)[one["index"]] / np.exp(logits).sum(), abs=1e-4)


def test_the_photo_is_what_the_network_saw_in_grey(client: TestClient, classifier: Classifier) -> None:
    [light] = activations(client, layer="photo")
    pixels = seen_by(classifier).pixels
    np.testing.assert_allclose(light, (pixels.astype(float) * LUMINANCE).sum(-1) / 255, atol=1e-5)


def test_channels_come_in_parts(client: TestClient) -> None:
    name = layers(client)["layers"][-1]["name"]
    whole = activations(client, layer=name)
    np.testing.assert_array_equal(activations(client, layer=name, first=1, count=2), whole[1:3])
    np.testing.assert_array_equal(activations(client, layer=name, first=4, count=64), whole[4:])
    assert client.get(ACTIVATIONS, params={"layer": name, "first": 5}).status_code == 422
    assert client.get(ACTIVATIONS, params={"layer": "nobody"}).status_code == 404
    assert client.get(ACTIVATIONS).status_code == 422


@pytest.mark.parametrize("path", [LAYERS, f"{ACTIVATIONS}?layer=features", ROOM])
def test_whoever_looks_inside_stands_in_the_queue(make_client: ClientMaker, path: str) -> None:
    client = make_client(queue_size=0)
    with every_place_taken(client):
        answer = client.get(path)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert client.get(path).status_code == 200


def test_the_room_shows_what_the_api_tells(client: TestClient) -> None:
    page, told = client.get(ROOM).text, layers(client)
    for layer in told["layers"]:
        assert f'stage-line__place">{layer["name"]}</p>' in page
        assert f"{layer['channels']} maps of {layer['columns']} × {layer['rows']} cells" in page
        assert f"{layer['size']:,} numbers" in page
    for one in told["predictions"]:
        assert re.search(rf"<bdi>{one['label']}</bdi> [<>]?{100 * one['probability']:.1f}%", page), one


def test_pictures_of_maps_have_a_pixel_for_every_cell(client: TestClient) -> None:
    told = layers(client)["layers"]
    page = client.get(ROOM).text
    pictures = re.findall(r'class="stage-line__maps" src="(data:[^"]+)" width="(\d+)" height="(\d+)"', page)
    assert len(pictures) == len(told)
    for (uri, width, height), layer in zip(pictures, told, strict=True):
        picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
        maps = min(6, layer["channels"])
        times = -(-56 // layer["rows"])
        assert picture.size == (int(width), int(height))
        assert picture.size == (maps * (times * layer["columns"] + 2) - 2, times * layer["rows"])


def test_parameters_are_those_of_the_layers_since_the_picture_before() -> None:
    def layer(name: str, parameters: int) -> LayerInfo:
        return LayerInfo(name=name, kind="Conv2d", shape=(1, 2, 2), size=4, parameters=parameters, head=False)

    known = [layer("stem", 7), layer("a.0.conv", 20), layer("a.0.act", 0), layer("a.1.conv", 300), layer("ab", 4000)]
    maps = np.zeros((1, 2, 2), dtype=np.float32)
    taps = tuple(Tap(name, "Relu", name, 1, 1.0) for name in ("stem", "a.0", "unknown", "a.1.conv"))
    inside = SimpleNamespace(taps=taps, activations=(maps,) * 4)
    told = [stage.cost for stage in walk(cast("Inside", inside), known)]
    assert [cost.partition(" parameters")[0] for cost in told] == [
        "Layer 1 of 5; 7", "Layer 3 of 5; 20", "", "Layer 4 of 5; 300",
    ]  # fmt: skip


def test_the_small_network_is_counted_for_the_sizes_of_the_address(client: TestClient) -> None:
    page = client.get(ROOM).text
    for number in ("608", "3,216", "48,120", "10,164", "850", "62,958", "14,450,688", "352,800", "456"):
        assert f">{number}<" in page, number
    page = client.get(f"{ROOM}?side=28&channels=1&first=6&filters=1").text
    assert "<td>156</td><td>(5 × 5 × 1 + 1) × 6</td><td>24 × 24 × 6</td>" in page
    assert "784 → 576" in page


@pytest.mark.parametrize("query", ["side=9", "side=4", "kernel=31"])
def test_sizes_that_do_not_fit_are_told_and_the_room_stands(client: TestClient, query: str) -> None:
    page = client.get(f"{ROOM}?{query}")
    assert page.status_code == 200
    assert re.search(r'role="status">\s*A window does not fit', page.text)


@pytest.mark.parametrize("query", ["side=0", "classes=10001", "kernel=a"])
def test_sizes_beyond_all_bounds_are_refused(client: TestClient, query: str) -> None:
    assert client.get(f"{ROOM}?{query}").status_code == 422


def test_the_sum_by_hand_is_right(client: TestClient) -> None:
    told = re.search(r'data-sum aria-live="polite">([^<]+)<', client.get(ROOM).text)
    assert told
    terms, _, result = told[1].partition(" = ")
    assert eval(terms.replace("·", "*").replace("−", "-")) == int(result.replace("−", "-"))


def test_a_network_whose_head_keeps_every_cell_has_layers_too(make_client: ClientMaker, tmp_path: Path) -> None:
    flat = Classifier.open(make_bundle(tmp_path, kind="fc"), threads=1)
    client = make_client(classifiers=[flat])
    page = client.get(ROOM)
    assert page.status_code == 200
    assert "takes every cell of the last maps by itself" in page.text
    assert client.get("/learn").status_code == 200
    assert client.get("/learn/pooling").status_code == 200
