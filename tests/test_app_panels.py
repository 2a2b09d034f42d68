"""Panels side by side over HTTP: the numbers, the pictures, the page without scripts, the refusals."""

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.panel_wishes import PanelWish, read_wish, swapped, without
from model.classifier import Classifier
from model.geometry import Grid
from model.photos import read_photo
from model.rendering import Style, overlay
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.explaining import EXPLANATIONS, explain
from tests.pictures import BLUE, GREEN, RED, encoded, halves, picture

PANELS = "/api/v1/panels"
KINDS = ("gap", "gap_norm", "conv", "sum", "gmp")


@pytest.fixture
def client(make_client: ClientMaker, classifier: Classifier, other: Classifier, mapless: Classifier) -> TestClient:
    return make_client(classifiers=[classifier, other, mapless])


def panels(client: TestClient, *wanted: str) -> Any:
    answer = client.get(PANELS, params={"panel": wanted})
    assert answer.status_code == 200, answer.text
    return answer.json()


def picture_of(client: TestClient, wanted: list[str], **query: Any) -> Any:
    answer = client.get(f"{PANELS}.png", params={"panel": wanted, **query})
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def page_of(client: TestClient, wanted: list[str], **query: Any) -> str:
    answer = client.get("/panels", params={"panel": wanted, **query}, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def edited(client: TestClient, wanted: list[str], **query: Any) -> list[str]:
    """What stands side by side after a panel's form was sent."""
    answer = client.get("/panels", params={"panel": wanted, **query}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["panel"]


def refused(client: TestClient, path: str, **query: Any) -> tuple[int, str]:
    answer = client.get(path, params=query)
    return answer.status_code, answer.json()["detail"]


def titles(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<b dir="auto">(.*?)</b></h2>', page)]


@pytest.mark.parametrize(
    "text",
    ["", "x", "a" * 32 + ",class:-1", "a" * 32 + ",class:1,class:2", "a" * 32 + ",size:1", "A" * 32,
     "a" * 32 + ",model:../x", "a" * 32 + ",class:1,", "a" * 33, "a" * 32 + ",class:12345678901", "a" * 32 + ",scale:4",
     "a" * 32 + ",scale:1x5"],
)  # fmt: skip
def test_what_is_no_panel_is_refused(client: TestClient, text: str) -> None:
    status, detail = refused(client, PANELS, panel=text)
    assert status == 422
    assert "explanation's id" in detail
    assert client.get("/panels", params={"panel": text}).status_code == 422


def test_a_panel_is_written_as_it_is_read() -> None:
    for wish in (PanelWish("a" * 32), PanelWish("b" * 32, 3, 1, "pets-f00d"), PanelWish("c" * 32, 0, None, "x.y_z"),
                 PanelWish("d" * 32, scale="1.5"), PanelWish("e" * 32, 1, 2, None, "fused")):  # fmt: skip
        assert read_wish(str(wish)) == wish
    assert read_wish("a" * 32 + ",class:2,against:2") == PanelWish("a" * 32, 2)


def test_panels_are_put_in_another_order() -> None:
    one, two, three = (PanelWish(letter * 32) for letter in "abc")
    assert swapped((one, two, three), 1) == (one, three, two)
    assert without((one, two, three), 0) == (two, three)


def test_the_numbers_are_those_of_the_explanation_and_the_limit_is_the_largest(client: TestClient) -> None:
    explained, second = explain(client), explain(client, picture(GREEN))
    cams = np.load(io.BytesIO(client.get(explained["cams_url"]).content))
    wanted = [f"{explained['id']},class:0", f"{explained['id']},class:2,against:1", second["id"]]
    found = panels(client, *wanted)
    first, against, last = found["items"]
    np.testing.assert_array_equal(np.array(first["cam"], np.float32), cams[0])
    np.testing.assert_allclose(np.array(against["cam"], np.float32), cams[2] - cams[1], rtol=1e-6)
    assert (first["shown"]["label"], against["versus"]["label"], last["shown"]["label"]) == ("red", "green", "green")
    assert last["panel"] == f"{second['id']},class:1"
    scores = client.get(f"{EXPLANATIONS}/{explained['id']}/scores").json()
    assert against["score"] == pytest.approx(scores["logits"][2] - scores["logits"][1], abs=1e-5)
    for item in found["items"]:
        assert np.mean(item["cam"]) + item["bias"] == pytest.approx(item["score"], abs=1e-4)
        assert np.mean(item["cam"]) + item["bias"] - item["score"] == pytest.approx(item["residual"], abs=1e-6)
        assert item["limit"] == pytest.approx(np.abs(item["cam"]).max())
        assert item["pixels"] == "uploaded"
    assert found["limit"] == max(item["limit"] for item in found["items"])
    assert client.get(found["picture_url"]).status_code == 200
    assert client.get(found["page_url"]).status_code == 200


def test_all_panels_of_a_photo_under_several_models_are_of_its_stored_copy(
    client: TestClient, classifier: Classifier, other: Classifier
) -> None:
    explained, apart = explain(client), explain(client, picture(BLUE))
    photo = read_photo(client.get(explained["image"]["url"]).content)
    found = panels(client, explained["id"], f"{explained['id']},model:other", apart["id"])
    assert [item["pixels"] for item in found["items"]] == ["stored", "stored", "uploaded"]
    for item, network in zip(found["items"], (classifier, other), strict=False):
        [answer] = network.explain([photo])
        assert answer.maps is not None
        assert item["model"]["id"] == network.bundle.id
        np.testing.assert_allclose(item["cam"], answer.maps[item["shown"]["index"]], rtol=1e-6)
    assert found["items"][1]["panel"] == f"{explained['id']},class:0,model:{other.bundle.id}"
    assert "stored copy" in page_of(client, [found["items"][0]["panel"], found["items"][1]["panel"]])
    named = panels(client, f"{explained['id']},model:{classifier.bundle.id}")
    assert named["items"][0]["pixels"] == "uploaded", "the explanation's own model, named"
    assert named["items"][0]["panel"] == f"{explained['id']},class:0"


def test_panels_at_other_scales_are_the_looks_of_the_scales_route(client: TestClient, classifier: Classifier) -> None:
    explained = explain(client)
    wanted = [f"{explained['id']},class:2{scale}" for scale in ("", ",scale:2", ",scale:fused", ",scale:1")]
    found = panels(client, *wanted)
    photo = read_photo(client.get(explained["image"]["url"]).content)
    for item, scale in zip(found["items"], (1, 2, None, 1), strict=True):
        assert item["pixels"] == "stored"
        assert np.mean(item["cam"]) + item["bias"] == pytest.approx(item["score"], abs=1e-3)
        if scale is not None:
            [answer] = classifier.explain([photo], scale)
            assert answer.maps is not None
            assert item["input"]["scale"] == scale
            np.testing.assert_allclose(item["cam"], answer.maps[2], rtol=1e-6)
    fused = found["items"][2]
    base = f"{EXPLANATIONS}/{explained['id']}/scales/fused"
    cams = np.load(io.BytesIO(client.get(f"{base}/cams.npy").content))
    np.testing.assert_array_equal(np.array(fused["cam"], np.float32), cams[2])
    assert fused["score"] == client.get(f"{base}/scores").json()["logits"][2]
    assert [item["fused"] for item in found["items"]] == [False, False, True, False]
    assert [item["panel"] for item in found["items"]] == [*wanted[:3], wanted[0]], "its own scale needs no name"
    page = page_of(client, wanted[:3])
    for words in ("tiny at scale 2", "tiny, all scales fused", "means of several looks", "at several scales"):
        assert words in page
    assert picture_of(client, wanted[:3]).ndim == 3


def test_a_scale_is_chosen_in_a_form_and_is_its_own_networks_alone(client: TestClient, other: Classifier) -> None:
    explained = explain(client)
    one = f"{explained['id']},class:0"
    assert edited(client, [one], to="new", of=0, scale="2") == [one, f"{one},scale:2"]
    assert edited(client, [f"{one},scale:2"], to="this", of=0, scale="") == [one]
    assert edited(client, [f"{one},scale:2"], to="this", of=0, named="dark", scale="fused") == [
        f"{explained['id']},class:4,scale:fused"
    ]
    assert edited(client, [f"{one},scale:2"], to="this", of=0, scale="2", model=other.bundle.id) == [
        f"{explained['id']},class:1,model:{other.bundle.id}"
    ]
    assert refused(client, PANELS, panel=f"{one},model:other,scale:2")[0] == 422
    assert refused(client, "/panels", panel=one, to="this", scale="7")[0] == 422
    page = page_of(client, [one, f"{one},model:{other.bundle.id}"])
    assert 'id="scale-1"' in page
    assert 'id="scale-2"' not in page


@pytest.mark.parametrize("kind", KINDS)
def test_every_head_kind_adds_up_also_against_another_class(
    make_client: ClientMaker, tmp_path: Path, kind: str
) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind=kind), 1)])
    explained = explain(client)
    for item in panels(client, f"{explained['id']},class:1", f"{explained['id']},class:3,against:4")["items"]:
        assert np.mean(item["cam"]) + item["bias"] == pytest.approx(item["score"], abs=1e-3)


def test_a_network_of_one_logit_and_one_cell_has_panels_too(make_client: ClientMaker, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, labels=("car", "truck"), single_logit=True, activation="sigmoid")
    client = make_client(classifiers=[Classifier.open(bundle, 1)])
    explained = explain(client, picture(size=(16, 16)))
    car, truck = panels(client, f"{explained['id']},class:0", f"{explained['id']},class:1")["items"]
    np.testing.assert_allclose(car["cam"], -np.array(truck["cam"]))
    assert car["score"] == -truck["score"]
    assert "car rather than truck" in page_of(client, [f"{explained['id']},class:0,against:1"])


def test_without_a_map_the_photo_stands_beside_the_others(client: TestClient) -> None:
    explained = explain(client)
    wanted = [explained["id"], f"{explained['id']},model:mapless"]
    found = panels(client, *wanted)
    none = found["items"][1]
    assert (none["cam"], none["grid"], none["bias"], none["residual"], none["limit"]) == (None, None, None, None, 0)
    assert "has no exact map" in page_of(client, wanted)
    photo = read_photo(client.get(explained["image"]["url"]).content).pixels
    np.testing.assert_array_equal(picture_of(client, wanted, only=2), photo)
    assert picture_of(client, wanted).shape[1] > 2 * photo.shape[1]
    alone = explain(client, model="mapless")
    assert panels(client, alone["id"])["limit"] == 0
    assert titles(page_of(client, [alone["id"]])) == [alone["predictions"][0]["label"]]


def test_each_picture_is_drawn_on_the_scale_that_was_chosen(client: TestClient) -> None:
    explained = explain(client)
    wanted = [f"{explained['id']},class:0", f"{explained['id']},class:4"]
    found = panels(client, *wanted)
    photo = read_photo(client.get(explained["image"]["url"]).content).pixels
    size = photo.shape[1], photo.shape[0]
    drawn = {}
    for place, item in enumerate(found["items"], 1):
        values, grid = np.array(item["cam"], np.float32), Grid(**item["grid"])
        for colours, full in (("shared", found["limit"]), ("own", item["limit"])):
            shown = picture_of(client, wanted, only=place, colours=colours)
            drawn[place, colours] = shown
            np.testing.assert_array_equal(shown, overlay(photo, values, grid, Style(grey=True), size, full))
    assert not np.array_equal(drawn[2, "shared"], drawn[2, "own"])
    cells = picture_of(client, wanted, only=1, smooth="false", width=64)
    assert cells.shape == (32, 64, 3)


def test_all_of_them_are_one_picture_with_words_and_a_legend(client: TestClient) -> None:
    explained, tall = explain(client), explain(client, halves(size=(96, 192)))
    one, wide = f"{explained['id']},class:0", picture_of(client, [f"{explained['id']},class:0"])
    four = picture_of(client, [one, f"{explained['id']},class:1", f"{tall['id']},class:0", one])
    assert four.shape[1] > 1.8 * wide.shape[1]
    assert four.shape[0] > wide.shape[0] + 192
    own = picture_of(client, [one, f"{explained['id']},class:1"], colours="own")
    assert not np.array_equal(own, picture_of(client, [one, f"{explained['id']},class:1"]))
    assert client.get(f"{PANELS}.png", params={"panel": [one]}).headers["content-type"] == "image/png"


def test_who_has_the_picture_is_not_sent_it_again(client: TestClient) -> None:
    address = f"{PANELS}.png?panel={explain(client)['id']}"
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    assert client.get(f"{address}&colours=own", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"colours": "both"}, {"only": 0}, {"only": 5}, {"opacity": "nan"}, {"opacity": 2}, {"width": 1}, {"smooth": "x"}],
)
def test_a_wrong_choice_is_refused(client: TestClient, query: dict[str, Any]) -> None:
    assert refused(client, f"{PANELS}.png", panel=explain(client)["id"], **query)[0] == 422


def test_what_is_not_there_is_refused(client: TestClient) -> None:
    explained = explain(client)
    assert refused(client, PANELS, panel="a" * 32)[0] == 404
    assert refused(client, PANELS, panel=f"{explained['id']},class:5") == (422, "This network has no such class.")
    assert refused(client, PANELS, panel=f"{explained['id']},class:0,against:99")[0] == 422
    assert refused(client, PANELS, panel=f"{explained['id']},model:nobody")[0] == 422
    assert refused(client, PANELS, panel=[explained["id"]] * 5)[0] == 422
    assert refused(client, PANELS)[0] == 422
    assert refused(client, f"{PANELS}.png", panel=explained["id"], only=2) == (404, "There is no such panel.")
    assert client.get("/panels", params={"panel": ["a" * 32] * 5}).status_code == 422


def test_a_full_queue_is_said_before_any_network_is_asked(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    explained = explain(client)
    monkeypatch.setattr(client.app.state.admission._queue, "_places", 0)  # type: ignore[attr-defined]
    assert refused(client, PANELS, panel=f"{explained['id']},model:other")[0] == 429
    assert panels(client, explained["id"])["limit"] > 0, "what is kept needs no place"


def test_the_page_shows_the_panels_with_one_legend_or_each_its_own(client: TestClient) -> None:
    explained = explain(client)
    wanted = [f"{explained['id']},class:0", f"{explained['id']},class:2,against:0"]
    page = page_of(client, wanted)
    assert titles(page) == ["red", "blue rather than red"]
    assert page.count('class="legend ') == 1
    found = panels(client, *wanted)
    shown = [json.loads(unescape(one)) for one in re.findall(r'data-map-cells="(.*?)"', page)]
    assert [one["cam"] for one in shown] == [item["cam"] for item in found["items"]]
    limits = [float(one) for one in re.findall(r'data-limit="(.*?)"', page)]
    assert limits == pytest.approx([found["limit"]] * 2)
    own = page_of(client, wanted, colours="own")
    assert own.count('class="legend ') == 2
    assert "the same colour means different values" in own
    limits = [float(one) for one in re.findall(r'data-limit="(.*?)"', own)]
    assert limits == pytest.approx([item["limit"] for item in found["items"]])
    for source in re.findall(r'<noscript><img class="stage__layer" src="(.*?)"', own):
        assert client.get(unescape(source)).status_code == 200


def test_links_move_and_remove_panels(client: TestClient) -> None:
    explained = explain(client)
    wanted = [f"{explained['id']},class:{index}" for index in (0, 1, 2)]
    page = page_of(client, wanted, colours="own", cells="grid")

    def leads_to(link: str) -> str:
        found = re.search(rf'href="([^"]*)" id="{link}"', page)
        assert found is not None, link
        return page_of(client, parse_qs(urlsplit(unescape(found[1])).query)["panel"])

    assert titles(leads_to("later-1")) == ["green", "red", "blue"]
    assert titles(leads_to("earlier-3")) == ["red", "blue", "green"]
    assert titles(leads_to("without-2")) == ["red", "blue"]
    assert 'id="earlier-1"' not in page
    assert 'id="later-3"' not in page
    assert 'id="without-1"' not in page_of(client, wanted[:1])
    for link in re.findall(r'href="(/panels\?[^"]*)" id="(?:later|without)', page):
        assert "colours=own&cells=grid" in unescape(link)


def test_a_form_changes_its_panel_or_puts_one_beside_it(client: TestClient, other: Classifier) -> None:
    explained = explain(client)
    one, two = f"{explained['id']},class:0", f"{explained['id']},class:1"
    asked = [one, two]
    assert edited(client, asked, to="this", of=1, named="Dark") == [one, f"{explained['id']},class:4"]
    assert edited(client, asked, to="this", of=0, named="index:3", against="dark") == [
        f"{explained['id']},class:3,against:4",
        two,
    ]
    assert edited(client, asked, to="new", of=0, named="blue") == [one, f"{explained['id']},class:2", two]
    assert edited(client, asked, to="this", of=0) == asked, "nothing was typed"
    assert edited(client, asked, to="this", of=0, named="red", against="red") == asked
    under = f",model:{other.bundle.id}"
    assert edited(client, asked, to="this", of=0, named="red", model=other.bundle.id) == [
        f"{explained['id']},class:1{under}",
        two,
    ]
    unknown = edited(client, [two.replace(":1", ":2")], to="this", of=0, named="blue", model=other.bundle.id)
    assert unknown == [f"{explained['id']}{under}"], "its most probable one, for it knows no blue"
    back = edited(client, [f"{explained['id']},class:1{under}"], to="this", of=0, named="Red", model="")
    assert back == [one]


def test_one_class_for_all_panels_whose_network_knows_it(client: TestClient, other: Classifier) -> None:
    explained, second = explain(client), explain(client, picture(GREEN))
    foreign = f"{explained['id']},class:1,model:{other.bundle.id}"
    asked = [f"{explained['id']},class:0", f"{second['id']},class:4", foreign]
    assert edited(client, asked, to="all", of=0, named="green") == [
        f"{explained['id']},class:1",
        f"{second['id']},class:1",
        f"{explained['id']},class:2,model:{other.bundle.id}",
    ]
    query = {"panel": asked, "to": "all", "of": 0, "named": "blue", "against": "dark", "colours": "own"}
    answer = client.get("/panels", params=query, follow_redirects=False)
    page = client.get(answer.headers["location"]).text
    assert titles(page) == ["blue rather than dark", "blue rather than dark", "Red"]
    assert "Panel 3 is as it was: its model does not know that class." in page
    assert "colours=own" in answer.headers["location"]


def test_what_a_form_cannot_do_is_refused(client: TestClient) -> None:
    explained = explain(client)
    status, detail = refused(client, "/panels", panel=explained["id"], to="this", named="rad")
    assert (status, "Did you mean 'red'" in detail) == (422, True)
    assert refused(client, "/panels", panel=explained["id"], to="this", of=2)[0] == 422
    assert refused(client, "/panels", panel=explained["id"], to="this", of=9)[0] == 422
    assert refused(client, "/panels", panel=explained["id"], to="this", model="nobody")[0] in (404, 422)
    assert refused(client, "/panels", panel=[explained["id"]] * 4, to="new", named="red")[0] == 422
    assert refused(client, "/panels", panel=explained["id"], to="everything")[0] == 422
    assert refused(client, "/panels", panel=explained["id"], to="this", named="x" * 2000)[0] == 422


def test_a_name_that_several_classes_have_stays_with_the_one_in_view(make_client: ClientMaker, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, labels=("red", "crane", "crane", "bright", "dark"))
    client = make_client(classifiers=[Classifier.open(bundle, 1)])
    explained = explain(client)
    asked = [f"{explained['id']},class:2", f"{explained['id']},class:0"]
    assert edited(client, asked, to="this", of=0, named="crane", against="dark")[0].endswith("class:2,against:4")
    assert edited(client, asked, to="all", of=0, named="crane")[1].endswith("class:2")


def test_photos_are_chosen_from_ones_own(client: TestClient) -> None:
    assert "Nothing here yet" in client.get("/panels", headers={"accept": "text/html"}).text
    first, second = explain(client), explain(client, picture(GREEN))
    page = client.get("/panels").text
    assert f'href="/panels?panel={first["id"]}"' in page
    there = f"{first['id']},class:0"
    page = page_of(client, [there], add="photo", colours="own")
    beside = f"/panels?panel={there}&amp;panel={second['id']}&amp;colours=own"
    assert f'href="{beside}"' in page
    assert titles(client.get(unescape(beside)).text) == ["red", "green"]
    full = page_of(client, [there] * 4, add="photo")
    assert titles(full) == ["red"] * 4, "there is no room"


def test_deleted_photos_are_left_out_and_said(client: TestClient) -> None:
    first, second = explain(client), explain(client, picture(GREEN))
    assert client.delete(f"{EXPLANATIONS}/{first['id']}").status_code == 204
    page = page_of(client, [first["id"], second["id"]])
    assert titles(page) == ["green"]
    assert "no longer there" in page
    assert "no longer there" in page_of(client, [first["id"]])
    assert refused(client, PANELS, panel=[first["id"], second["id"]])[0] == 404


def test_a_model_that_is_gone_keeps_its_own_panels(
    make_client: ClientMaker, classifier: Classifier, other: Classifier
) -> None:
    client = make_client(classifiers=[classifier, other])
    explained = explain(client)
    whole = panels(client, explained["id"])
    later = make_client(classifiers=[other])
    assert panels(later, explained["id"]) == whole
    mixed = panels(later, explained["id"], f"{explained['id']},model:{other.bundle.id}")
    assert [item["pixels"] for item in mixed["items"]] == ["uploaded", "stored"]
    page = page_of(later, [explained["id"], f"{explained['id']},model:{other.bundle.id}"])
    assert titles(page) == ["red", "violet"]
    foreign = make_client(classifiers=[classifier])
    assert refused(foreign, "/panels", panel=f"{explained['id']},model:{other.bundle.id}")[0] == 422


def test_long_and_hostile_labels_are_text(make_client: ClientMaker, tmp_path: Path) -> None:
    label = '"><script>alert(1)</script>'
    bundle = make_bundle(tmp_path, labels=(label, "b", "c", "d", "한국어 " * 20))
    client = make_client(classifiers=[Classifier.open(bundle, 1)])
    explained = explain(client)
    wanted = [f"{explained['id']},class:0", f"{explained['id']},class:4,against:0"]
    page = page_of(client, wanted)
    assert "<script>alert" not in page
    assert titles(page)[0] == label
    assert picture_of(client, wanted).ndim == 3


def test_the_result_page_and_the_history_lead_there(client: TestClient) -> None:
    explained = explain(client)
    page = client.get(explained["page_url"]).text
    [link] = re.findall(r'href="(/panels\?[^"]*)"', page)
    shown = titles(client.get(unescape(link)).text)
    assert shown == [prediction["label"] for prediction in explained["predictions"][:2]]
    page = client.get(f"{explained['page_url']}?class=2&versus=0").text
    [link] = re.findall(r'href="(/panels\?[^"]*)"', page)
    assert titles(client.get(unescape(link)).text)[0] == "blue rather than red"
    assert 'href="/panels"' in client.get("/explanations").text


def test_a_photo_of_one_row_of_pixels_is_drawn(client: TestClient) -> None:
    thin = explain(client, encoded(Image.new("RGB", (400, 3), RED), "PNG"))
    assert picture_of(client, [thin["id"], thin["id"]]).shape[1] > 700
    assert "stage--stretched" in page_of(client, [thin["id"]])


def test_addresses_are_kept_readable(client: TestClient) -> None:
    explained = explain(client)
    found = panels(client, f"{explained['id']},class:0,against:1")
    assert found["page_url"] == f"/panels?panel={explained['id']},class:0,against:1"
    assert urlencode({"panel": found["items"][0]["panel"]}, safe=":,") in found["picture_url"]
