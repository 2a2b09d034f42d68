"""Two networks and one stored photo over HTTP: the numbers, the pictures, the refusals."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app import looks
from app.folders import PHOTO
from model.classifier import Classifier
from model.comparison import PlacedMap, Region, compare, shares
from model.geometry import Grid
from model.photos import read_photo
from model.rendering import Style, in_grey, overlay
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.pictures import halves

EXPLANATIONS = "/api/v1/explanations"
OTHER_LABELS = ("violet", "Red", "green", "bright_one", "x")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """Other labels in another order, and another head."""
    return Classifier.open(make_bundle(tmp_path_factory.mktemp("o"), name="other", kind="sum", labels=OTHER_LABELS), 1)


@pytest.fixture(scope="module")
def mapless(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier.open(make_bundle(tmp_path_factory.mktemp("m"), name="mapless", kind="fc"), 1)


@pytest.fixture
def client(make_client: ClientMaker, classifier: Classifier, other: Classifier, mapless: Classifier) -> TestClient:
    return make_client(classifiers=[classifier, other, mapless])


def explain(client: TestClient, data: bytes | None = None, **fields: str) -> Any:
    answer = client.post(EXPLANATIONS, data=fields, files={"image": ("a.png", data or halves())})
    assert answer.status_code == 201, answer.text
    return answer.json()


def compared(client: TestClient, explanation: Any, **query: Any) -> Any:
    answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/comparison", params={"model": "other", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: TestClient, explanation: Any, **query: Any) -> tuple[int, str]:
    answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/comparison", params={"model": "other", **query})
    return answer.status_code, answer.json()["detail"]


def placed(side: Any) -> PlacedMap:
    return PlacedMap(np.array(side["chosen"]["cam"], np.float32), Grid(**side["grid"]))


def test_both_networks_answer_for_the_stored_copy(
    client: TestClient, classifier: Classifier, other: Classifier
) -> None:
    explanation = explain(client)
    found = compared(client, explanation)
    photo = read_photo(client.get(explanation["image"]["url"]).content)
    for side, network, label in ((found["before"], classifier, "red"), (found["after"], other, "Red")):
        [answer] = network.explain([photo])
        chosen = side["chosen"]
        assert (side["model"]["id"], side["pixels"], chosen["label"]) == (network.bundle.id, "stored", label)
        assert answer.maps is not None
        assert chosen["logit"] == pytest.approx(answer.logits[chosen["index"]], rel=1e-6)
        np.testing.assert_allclose(chosen["cam"], answer.maps[chosen["index"]], rtol=1e-6)
        assert abs(chosen["residual"]) < 1e-3
        assert chosen["evidence"]["given"] - chosen["evidence"]["taken"] + chosen["bias"] == pytest.approx(
            chosen["logit"], abs=1e-3
        )
        assert [one["probability"] for one in side["top"]] == sorted(
            (one["probability"] for one in side["top"]), reverse=True
        )


def test_the_difference_is_cell_by_cell_and_accounts_for_the_scores(client: TestClient) -> None:
    found = compared(client, explain(client), region="10,20,70,90")
    before, after = placed(found["before"]), placed(found["after"])
    difference = found["difference"]
    assert difference["exact"]
    np.testing.assert_allclose(difference["cam"], after.values - before.values, rtol=1e-5)
    scores = [side["chosen"]["logit"] - side["chosen"]["bias"] for side in (found["before"], found["after"])]
    assert difference["shift"] == pytest.approx(scores[1] - scores[0], abs=1e-3)
    assert np.mean(difference["cam"]) == pytest.approx(difference["shift"] + difference["residual"], abs=1e-6)
    assert found["limit"] == pytest.approx(max(np.abs(before.values).max(), np.abs(after.values).max()))
    assert found["moved"] == pytest.approx(compare(before, after, (192, 96)).moved, abs=1e-5)
    assert [region["kind"] for region in found["regions"]] == ["before", "after", "drawn"]
    for region in found["regions"]:
        edges = Region(*(region[edge] for edge in ("left", "top", "right", "bottom")))
        assert region["area"] == pytest.approx(edges.area((192, 96)))
        for side, one in (("before", before), ("after", after)):
            assert region[side]["given"] == pytest.approx(shares(one, edges, (192, 96)).given, abs=1e-6)


def test_a_photo_larger_than_its_copy_keeps_its_own_coordinates(client: TestClient) -> None:
    explanation = explain(client, halves(size=(4000, 1000)))
    assert explanation["image"]["stored_width"] == 2048
    found = compared(client, explanation)
    for side in ("before", "after"):
        grid = found[side]["grid"]
        assert grid["columns"] * grid["cell_width"] == pytest.approx(4000, rel=1e-3)
        assert grid["rows"] * grid["cell_height"] == pytest.approx(1000, rel=1e-3)
    assert found["before"]["grid"] == pytest.approx(explanation["grid"], rel=1e-3)
    assert max(region["right"] for region in found["regions"]) > 1500


def test_a_finer_input_is_kept(client: TestClient) -> None:
    found = compared(client, explain(client, scale="2"))
    assert found["after"]["input"] == found["before"]["input"]
    assert found["after"]["input"]["scale"] == 2


@pytest.mark.parametrize(
    ("query", "labels", "match"),
    [
        ({}, ("red", "Red"), "label"),
        ({"class": "green"}, ("green", "green"), "label"),
        ({"class": "index:1"}, ("green", "green"), "label"),
        ({"class": "RED"}, ("red", "Red"), "label"),
        ({"class": "blue"}, ("blue", None), "none"),
        ({"class": "violet"}, ("red", "violet"), "none"),
        ({"class": "blue", "other": "violet"}, ("blue", "violet"), "chosen"),
        ({"class": "red", "other": "Red"}, ("red", "Red"), "label"),
        ({"other": "index:0"}, ("red", "violet"), "chosen"),
    ],
)
def test_classes_are_one_by_label_or_by_choice(
    client: TestClient, query: dict[str, str], labels: tuple[str, str | None], match: str
) -> None:
    found = compared(client, explain(client), **query)
    assert found["before"]["chosen"]["label"] == labels[0]
    assert found["after"]["chosen"]["label"] == (labels[1] or found["after"]["top"][0]["label"])
    assert found["match"] == match
    assert (found["difference"] is None) == (found["moved"] is None) == (match == "none")
    assert bool(found["regions"]) == (match != "none")
    assert found["shared_classes"] == 2


def test_the_addresses_lead_to_the_same_comparison(client: TestClient) -> None:
    explanation = explain(client)
    for query in ({"class": "blue", "other": "violet"}, {"class": "green", "region": "1.5,2,30.25,40"}):
        found = compared(client, explanation, **query)
        again = client.get(found["picture_url"].replace("comparison.png", "comparison"))
        assert again.json() == found


def test_without_maps_there_is_no_difference(client: TestClient) -> None:
    found = compared(client, explain(client), model="mapless", region="0,0,5,5")
    assert found["match"] == "label"
    assert (found["difference"], found["moved"], found["regions"]) == (None, None, [])
    assert found["after"]["chosen"]["cam"] is None
    assert found["after"]["grid"] is None
    assert found["limit"] > 0
    neither = compared(client, explain(client, model="mapless"), model="mapless")
    assert neither["limit"] == 0


def test_a_network_compared_with_itself_shows_no_change(client: TestClient) -> None:
    explanation = explain(client)
    found = compared(client, explanation, model=explanation["model"]["id"])
    assert found["moved"] == 0
    assert found["difference"]["limit"] == 0
    assert found["shared_classes"] == explanation["model"]["classes"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"model": "no such"}, "there is no 'no such'"),
        ({"class": "unicorn"}, "'class': there is no class 'unicorn'"),
        ({"class": "index:9"}, "indices go from 0 to 4"),
        ({"other": "unicorn"}, "'other': there is no class"),
        ({"region": "1,2,3"}, "left,top,right,bottom"),
        ({"region": "9,0,3,5"}, "left < right"),
        ({"region": "nan,0,3,5"}, "left,top,right,bottom"),
        ({"region": "500,0,600,5"}, "192 x 96 pixels"),
        ({"class": "x" * 1001}, "'class' is too long"),
    ],
)
def test_what_cannot_be_compared_is_refused(client: TestClient, query: dict[str, str], words: str) -> None:
    status, detail = refused(client, explain(client), **query)
    assert status == 422
    assert words in detail


def test_the_model_is_required_and_the_explanation_must_be_there(client: TestClient) -> None:
    explanation = explain(client)
    address = f"{EXPLANATIONS}/{explanation['id']}/comparison"
    assert client.get(address).status_code == 422
    for name in ("comparison", "comparison.png"):
        assert client.get(f"{EXPLANATIONS}/{'0' * 32}/{name}?model=other").status_code == 404


class Counting:
    """A classifier that counts what it is asked."""

    def __init__(self, inner: Classifier) -> None:
        self.inner, self.asked = inner, 0
        self.bundle, self.spec, self.probe = inner.bundle, inner.spec, inner.probe

    def explain(self, photos: Any, scale: float = 1) -> Any:
        self.asked += 1
        return self.inner.explain(photos, scale)


@pytest.fixture
def counted(make_client: ClientMaker, classifier: Classifier, other: Classifier) -> tuple[TestClient, list[Counting]]:
    counting = [Counting(classifier), Counting(other)]
    return make_client(classifiers=counting), counting


def test_what_was_looked_at_once_is_not_looked_at_again(counted: tuple[TestClient, list[Counting]]) -> None:
    client, counting = counted
    explanation = explain(client)
    first = compared(client, explanation)
    asked = [one.asked for one in counting]
    assert asked == [2, 1], "the explanation, then the copy under both"
    assert compared(client, explanation, region="0,0,9,9")["limit"] == first["limit"]
    assert client.get(first["picture_url"]).status_code == 200
    assert [one.asked for one in counting] == asked


def test_a_look_that_cannot_be_read_is_made_again(counted: tuple[TestClient, list[Counting]], tmp_path: Path) -> None:
    client, counting = counted
    explanation = explain(client)
    first = compared(client, explanation)
    kept = sorted((tmp_path / "data").rglob("look-*.npz"))
    assert len(kept) == 2
    kept[0].write_bytes(b"PK not a zip")
    kept[1].write_bytes(kept[1].read_bytes()[:100])
    assert compared(client, explanation) == first
    assert counting[1].asked == 2


def test_deleting_an_explanation_takes_its_looks_along(client: TestClient, tmp_path: Path) -> None:
    explanation = explain(client)
    compared(client, explanation)
    assert client.delete(f"{EXPLANATIONS}/{explanation['id']}").status_code == 204
    assert not list((tmp_path / "data" / "explanations").rglob("*.npz"))
    assert client.get(f"{EXPLANATIONS}/{explanation['id']}/comparison?model=other").status_code == 404


def test_no_room_for_a_look_costs_time_and_nothing_else(
    counted: tuple[TestClient, list[Counting]], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, counting = counted
    explanation = explain(client)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.store.Store.add_file", full)
    assert compared(client, explanation) == compared(client, explanation)
    assert counting[1].asked == 2


def test_a_deletion_in_between_is_told(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    explanation = explain(client)

    def gone(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("app.store.Store.add_file", gone)
    answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/comparison?model=other")
    assert (answer.status_code, answer.json()["detail"]) == (404, "This explanation has just been deleted.")


def test_a_bundle_that_is_gone_is_compared_by_what_it_said(
    make_client: ClientMaker, classifier: Classifier, other: Classifier
) -> None:
    explanation = explain(make_client(classifiers=[classifier, other]))
    later = make_client(classifiers=[other])
    found = compared(later, explanation)
    assert (found["before"]["pixels"], found["after"]["pixels"]) == ("uploaded", "stored")
    assert found["before"]["chosen"]["logit"] == explanation["predictions"][0]["logit"]
    assert found["before"]["grid"] == explanation["grid"]


def test_a_full_queue_answers_at_once(counted: tuple[TestClient, list[Counting]], make_client: ClientMaker) -> None:
    client, _ = counted
    explanation = explain(client)
    queue = client.app.state.comparer._queue  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queue, "_places", 0)
        answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/comparison?model=other")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert compared(client, explanation)


def picture(client: TestClient, explanation: Any, **query: Any) -> Any:
    answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/comparison.png", params={"model": "other", **query})
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_both_maps_are_drawn_on_one_scale_and_the_difference_on_its_own(client: TestClient) -> None:
    explanation = explain(client)
    found = compared(client, explanation)
    photo = in_grey(read_photo(client.get(explanation["image"]["url"]).content).pixels)
    for side in ("before", "after"):
        one = placed(found[side])
        expected = overlay(photo, one.values, one.grid, Style(), (192, 96), found["limit"])
        assert np.array_equal(picture(client, explanation, panel=side, legend="false"), expected)
    difference = found["difference"]
    values, grid = np.array(difference["cam"], np.float32), Grid(**difference["grid"])
    drawn = picture(client, explanation, panel="difference", legend="false", mode="positive", colormap="jet")
    assert np.array_equal(drawn, overlay(photo, values, grid, Style(), (192, 96)))
    assert picture(client, explanation, panel="before").shape[0] > 96
    whole = picture(client, explanation)
    assert whole.shape[1] > 4 * 192
    assert picture(client, explanation, model="mapless").shape[1] < whole.shape[1]
    assert picture(client, explanation, width=64, panel="after", legend="false").shape == (32, 64, 3)


def test_a_map_that_is_not_there_is_not_drawn(client: TestClient) -> None:
    explanation = explain(client)
    for query in ({"model": "mapless", "panel": "after"}, {"class": "blue", "panel": "difference"}):
        answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/comparison.png", params={"model": "other", **query})
        assert answer.status_code == 404


def test_a_picture_that_is_known_is_not_drawn_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = compared(client, explain(client))["picture_url"]
    tag = client.get(address).headers["etag"]
    assert client.get(f"{address}&panel=after").headers["etag"] != tag
    monkeypatch.setattr("app.api_compare.draw_panel", None)
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304


def test_a_look_survives_its_file(tmp_path: Path, classifier: Classifier, mapless: Classifier) -> None:
    photo = read_photo(halves())
    for network in (classifier, mapless):
        [answer] = network.explain([photo])
        look = looks.look_at_copy(answer, (192, 96), (384, 192))
        path = tmp_path / looks.file_name(network.bundle.id)
        path.write_bytes(looks.encode(look))
        again = looks.decode(path)
        assert again is not None
        assert (again.grid, again.input, again.pixels) == (look.grid, look.input, look.pixels)
        assert np.array_equal(again.numbers.logits, look.numbers.logits)
        if look.grid is not None:
            assert np.array_equal(again.numbers.maps, look.numbers.maps)  # type: ignore[arg-type]
            assert answer.grid is not None
            assert look.grid.cell_width == 2 * answer.grid.cell_width
    assert looks.decode(tmp_path / "missing.npz") is None
    assert looks.file_name("photo") != PHOTO
