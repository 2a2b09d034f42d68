"""Two networks and one stored photo over HTTP: the numbers, the pictures, the refusals."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app import looks
from app.folders import PHOTO
from app.text import fixed, percent
from model.classifier import Classifier
from model.comparison import compare
from model.coverage import Region
from model.evidence import PlacedMap, shares
from model.geometry import Grid
from model.photos import read_photo
from model.rendering import Style, in_grey, overlay
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.explaining import EXPLANATIONS, explain
from tests.pictures import halves


@pytest.fixture
def client(make_client: ClientMaker, classifier: Classifier, other: Classifier, mapless: Classifier) -> TestClient:
    return make_client(classifiers=[classifier, other, mapless])


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
        self.bundle, self.spec, self.provider = inner.bundle, inner.spec, inner.provider
        self.prepare, self.probe = inner.prepare, inner.probe

    def answer(self, batch: Any, alone: bool = True) -> Any:
        self.asked += 1
        return self.inner.answer(batch, alone)


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


def test_two_explanations_of_one_file_are_compared_as_they_are(counted: tuple[TestClient, list[Counting]]) -> None:
    client, counting = counted
    explanation, second = explain(client), explain(client, model="other")
    found = compared(client, explanation)
    for side, one in (("before", explanation), ("after", second)):
        assert found[side]["pixels"] == "uploaded"
        assert found[side]["top"][0]["logit"] == one["predictions"][0]["logit"]
        assert found[side]["grid"] == one["grid"]
    assert [one.asked for one in counting] == [1, 1]
    client.delete(f"{EXPLANATIONS}/{second['id']}")
    assert compared(client, explanation)["after"]["pixels"] == "stored"


@pytest.mark.parametrize(("reuse", "pixels"), [(True, "uploaded"), (False, "stored")])
def test_anothers_explanation_counts_where_numbers_are_shared(
    make_client: ClientMaker, classifier: Classifier, other: Classifier, reuse: bool, pixels: str
) -> None:
    client = make_client(classifiers=[classifier, other], reuse_across_owners=reuse)
    explanation = explain(client)
    client.cookies.clear()
    explain(client, model="other")
    assert compared(client, explanation)["after"]["pixels"] == pixels


def test_a_full_queue_answers_at_once(counted: tuple[TestClient, list[Counting]], make_client: ClientMaker) -> None:
    client, _ = counted
    explanation = explain(client)
    queue = client.app.state.admission._queue  # type: ignore[attr-defined]
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


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def page(client: TestClient, explanation: Any = None, **query: Any) -> Any:
    asked = {"explanation": explanation["id"]} if explanation else {}
    return client.get("/compare", params=asked | query, headers=BROWSER)


def test_the_page_says_what_the_json_says(client: TestClient) -> None:
    explanation = explain(client)
    found = compared(client, explanation, region="10,20,70,90")
    text = page(client, explanation, model="other", left=10, top=20, right=70, bottom=90).text
    assert "One photo under two models: tiny before, other after" in text
    for shown in (found["difference"]["shift"], found["before"]["chosen"]["logit"]):
        assert fixed(shown) in text
    drawn = found["regions"][2]
    for side in ("before", "after"):
        assert percent(drawn[side]["given"]) in text
    for edge, value in (("left", 10), ("top", 20), ("right", 70), ("bottom", 90)):
        assert f'name="{edge}" type="number"' in text
        assert f'value="{value}"' in text
    addresses = re.findall(r'(?:src|href)="(/api/[^"]+)"', text.replace("&amp;", "&"))
    assert len(addresses) >= 6
    for address in addresses:
        assert client.get(address).status_code == 200, address


def test_without_a_model_it_is_the_first_other_one(client: TestClient, make_client: ClientMaker) -> None:
    explanation = explain(client)
    assert "tiny before, other after" in page(client, explanation).text
    alone = make_client()
    answer = page(alone, explain(alone))
    assert answer.status_code == 422
    assert "no other model here" in answer.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"model": "mapless"}, "“mapless” has no exact map"),
        ({"model": "other", "class": "blue"}, "The two classes have different names"),
        ({"model": "other", "class": "blue", "other": "violet"}, "are taken for one class because you chose so"),
        ({"model": "other", "named": "green", "class": "index:0"}, '<h1 dir="auto">green</h1>'),
    ],
)
def test_the_page_says_why(client: TestClient, query: dict[str, str], words: str) -> None:
    answer = page(client, explain(client), **query)
    assert answer.status_code == 200
    assert words in answer.text


def test_networks_that_share_no_class_say_so(make_client: ClientMaker, classifier: Classifier, tmp_path: Path) -> None:
    strange = Classifier.open(make_bundle(tmp_path, name="strange", labels=tuple("vwxyz")), 1)
    client = make_client(classifiers=[classifier, strange])
    answer = page(client, explain(client))
    assert "know no class of the same name" in answer.text


@pytest.mark.parametrize(
    "query",
    [{"class": "unicorn"}, {"model": "nope"}, {"left": "5"}, {"region": "a,b,c,d"}, {"class": "y" * 2000},
     {"right": "nan", "left": "1", "top": "1", "bottom": "2"}, {"swap": "maybe"}],
)  # fmt: skip
def test_a_page_that_cannot_be_is_refused_as_a_page(client: TestClient, query: dict[str, str]) -> None:
    answer = page(client, explain(client), **({"model": "other"} | query))
    assert answer.status_code in (404, 422)
    assert "text/html" in answer.headers["content-type"]


def test_without_a_photo_ones_own_are_offered(client: TestClient) -> None:
    assert "No photo to compare on" in page(client).text
    explanation, _ = explain(client), explain(client, model="other")
    text = page(client, model="other").text
    assert text.count('class="card"') == 1, "its own photo is nothing to compare"
    assert f"/compare?explanation={explanation['id']}&amp;model=other-" in text
    assert page(client).text.count('class="card"') == 2


def test_the_prediction_page_leads_there_where_there_is_another_model(
    client: TestClient, make_client: ClientMaker
) -> None:
    explanation = explain(client)
    text = client.get(explanation["page_url"] + "?class=2", headers=BROWSER).text
    assert f'href="/compare?explanation={explanation["id"]}&amp;class=index:2"' in text
    alone = make_client()
    assert "/compare?" not in alone.get(explain(alone)["page_url"], headers=BROWSER).text


def test_labels_are_shown_as_text(make_client: ClientMaker, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\" onload='x'"
    bundles = [
        Classifier.open(make_bundle(tmp_path, name=name, labels=(hostile, "b" * 200, "c", "d", "e")), 1)
        for name in ("one", "two")
    ]
    bundles[1] = Classifier.open(make_bundle(tmp_path, name="three", kind="sum", labels=(hostile, *"bcde")), 1)
    client = make_client(classifiers=bundles)
    answer = page(client, explain(client), model="three")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.fixture
def trained(tmp_path: Path, classifier: Classifier) -> Classifier:
    """A bundle that says it was trained from the tiny one."""
    opened = Classifier.open(make_bundle(tmp_path, name="trained"), 1)
    base = {"id": classifier.bundle.id, "name": classifier.bundle.name}
    opened.bundle = replace(opened.bundle, provenance={"base": base})
    return opened


def test_what_a_model_was_trained_from_is_before(
    make_client: ClientMaker, other: Classifier, classifier: Classifier, trained: Classifier
) -> None:
    client = make_client(classifiers=[other, classifier, trained])
    explanation = explain(client, model="trained")
    assert "under two models: tiny before, trained after" in page(client, explanation).text
    names = [compared(client, explanation, model="tiny")[side]["model"]["name"] for side in ("before", "after")]
    assert names == ["tiny", "trained"]
    assert compared(client, explanation, model="other")["before"]["model"]["name"] == "trained"


@pytest.mark.parametrize("query", [{}, {"class": "blue", "other": "violet"}, {"region": "5,6,70,80"}])
def test_before_and_after_can_be_swapped(client: TestClient, query: dict[str, str]) -> None:
    explanation = explain(client)
    found = compared(client, explanation, **query)
    text = page(client, explanation, model="other", **query).text.replace("&amp;", "&")
    [link] = re.findall(r'href="(/compare\?[^"]+)">Swap before and after', text)
    assert "under two models: other before, tiny after" in client.get(link, headers=BROWSER).text
    turned = client.get(link.replace("/compare?", f"{EXPLANATIONS}/{explanation['id']}/comparison?")).json()
    assert (turned["before"], turned["after"]) == (found["after"], found["before"])
    np.testing.assert_allclose(turned["difference"]["cam"], -np.array(found["difference"]["cam"]))
    assert turned["moved"] == found["moved"]
    again = client.get(turned["picture_url"].replace("comparison.png", "comparison")).json()
    assert again == turned


def test_two_names_are_taken_for_one_class_by_one_click(client: TestClient) -> None:
    text = page(client, explain(client), model="other", **{"class": "blue"}).text.replace("&amp;", "&")
    [link] = re.findall(r'href="(/compare\?[^"]+)">Take “blue” and “violet” for one class', text)
    assert "because you chose so" in client.get(link, headers=BROWSER).text


def test_a_probability_and_a_logit_that_part_are_explained(client: TestClient) -> None:
    explanation = explain(client)
    for label in ("red", "green"):
        found = compared(client, explanation, **{"class": label})
        before, after = found["before"]["chosen"], found["after"]["chosen"]
        parted = (after["probability"] - before["probability"]) * (after["logit"] - before["logit"]) < 0
        text = page(client, explanation, model="other", **{"class": label}).text
        assert ("The probability went one way and the logit the other" in text) == parted


def test_networks_of_other_cells_are_brought_together_and_the_page_says_so(
    make_client: ClientMaker, classifier: Classifier, tmp_path: Path
) -> None:
    finer = Classifier.open(make_bundle(tmp_path, name="finer"), 1)
    larger = finer.spec.preprocessing.model_copy(update={"base_side": 224})
    finer.spec = finer.spec.model_copy(update={"preprocessing": larger})
    client = make_client(classifiers=[classifier, finer])
    explanation = explain(client)
    found = compared(client, explanation, model="finer", region="0,0,50,50")
    grids = [found[name]["grid"] for name in ("before", "after", "difference")]
    assert grids[0]["columns"] < grids[1]["columns"]
    assert [grids[2][name] for name in ("rows", "columns")] == [grids[1][name] for name in ("rows", "columns")]
    difference = found["difference"]
    assert not difference["exact"]
    assert np.mean(difference["cam"]) == pytest.approx(difference["shift"] + difference["residual"], abs=1e-5)
    assert abs(difference["residual"]) < 0.1 * difference["limit"]
    sizes = [f"{grid['columns']} × {grid['rows']}" for grid in grids]
    text = page(client, explanation, model="finer").text
    assert f"other cells, {sizes[0]} and {sizes[1]}: for the difference both are resized to {sizes[2]}" in text
    assert picture(client, explanation, model="finer", panel="difference").shape[1] == 192


def test_a_deletion_while_a_picture_is_drawn_is_told(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = compared(client, explain(client))["picture_url"]

    def gone(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("app.api_compare.stored_photo", gone)
    assert client.get(address).status_code == 404
