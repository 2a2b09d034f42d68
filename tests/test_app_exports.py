"""Files to take along: reports, maps and scores as tables, and what pictures tell of themselves."""

import base64
import csv
import hashlib
import io
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app import explanation_report, sentences
from app.languages import LANGUAGES, speaking
from app.text import fixed, gettext, summing_decimals
from app.version import VERSION
from model.classifier import Classifier
from model.coverage import Region
from model.evidence import PlacedMap, shares
from model.geometry import Grid
from model.photos import read_photo
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.pictures import halves

EXPLANATIONS = "/api/v1/explanations"
HEADS = ["gap", "gap_norm", "conv", "sum", "gmp"]
WILD = ('</script><script src="data:,alert(1)">', '=HYPERLINK("x")', "고양이", 'a,b\n"c"', "<!-- '&amp;")


class Parsed(HTMLParser):
    """The texts of a file's elements and all addresses in it."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, dict[str, str], str]] = [("", {}, "")]
        self.addresses: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        named = {name: value or "" for name, value in attrs}
        self.texts.append((tag, named, ""))
        self.addresses += [named[name] for name in ("src", "href", "action", "data", "srcset") if name in named]

    def handle_endtag(self, tag: str) -> None:
        """What follows is not its text."""
        self.texts.append(("", {}, ""))

    def handle_data(self, data: str) -> None:
        """The text of the element before."""
        tag, attrs, text = self.texts[-1]
        self.texts[-1] = (tag, attrs, text + data)

    def element(self, tag: str, **attrs: str) -> tuple[dict[str, str], str]:
        """The first element with these attributes: all of them, and its text."""
        names = {name.replace("_", "-"): value for name, value in attrs.items()}
        return next(
            (found, text)
            for kind, found, text in self.texts
            if kind == tag and all(found.get(name) == value for name, value in names.items())
        )


@pytest.fixture
def explained(client: TestClient) -> Any:
    return client.post(EXPLANATIONS, files={"image": ("a.png", halves())}).json()


def get(client: TestClient, explained: Any, file: str, **query: Any) -> Any:
    return client.get(f"{EXPLANATIONS}/{explained['id']}/{file}", params=query)


def report(client: TestClient, explained: Any, **query: Any) -> Parsed:
    answer = get(client, explained, "report.html", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="camscope-{explained["id"][:8]}.html"'
    return Parsed(answer.text)


def data_of(parsed: Parsed) -> Any:
    return json.loads(parsed.element("script", type="application/json", data_report="")[1])


def maps_of(data: Any) -> Any:
    kept = data["maps"]
    return np.frombuffer(base64.b64decode(kept["base64"]), kept["dtype"]).reshape(kept["shape"])


def all_maps(client: TestClient, explained: Any) -> Any:
    return np.load(io.BytesIO(client.get(explained["cams_url"]).content))


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def test_a_report_holds_the_maps_of_the_explained_and_chosen_classes(client: TestClient) -> None:
    file = {"image": ("a.png", halves())}
    explained = client.post(EXPLANATIONS, files=file, data={"top_k": "2"}).json()
    told = [prediction["index"] for prediction in explained["predictions"]]
    chosen, versus = [index for index in range(5) if index not in told][:2]
    data = data_of(report(client, explained, **{"class": chosen, "versus": versus}))
    assert [one["index"] for one in data["classes"]] == [*told, chosen, versus]
    assert np.array_equal(maps_of(data), all_maps(client, explained)[[*told, chosen, versus]])
    assert (data["view"]["class"], data["view"]["versus"]) == (chosen, versus)
    scores = get(client, explained, "scores").json()
    for one, cam in zip(data["classes"], maps_of(data), strict=True):
        assert one["logit"] == pytest.approx(scores["logits"][one["index"]], abs=1e-6)
        assert cam.mean(dtype=np.float64) + one["bias"] == pytest.approx(one["logit"], abs=1e-4)


def test_all_classes_are_an_option(client: TestClient, explained: Any) -> None:
    data = data_of(report(client, explained, all="true"))
    order = [one["index"] for one in data["classes"]]
    assert sorted(order) == list(range(5))
    assert np.array_equal(maps_of(data), all_maps(client, explained)[order])


def test_a_report_asks_nothing_of_anybody(client: TestClient, explained: Any) -> None:
    parsed = report(client, explained, region="10,10,60,60", all="true")
    inside = ("data:image/jpeg;base64,", "data:image/png;base64,", "#")
    assert [one for one in parsed.addresses if not one.startswith(inside)] == []
    photo = next(attrs["src"] for tag, attrs, _ in parsed.texts if tag == "img" and "data-photo" in attrs)
    stored = client.get(explained["image"]["url"]).content
    assert base64.b64decode(photo.partition(",")[2]) == stored


def test_its_policy_allows_its_own_scripts_and_styles_and_no_others(client: TestClient, explained: Any) -> None:
    parsed = report(client, explained)
    policy = dict(
        part.split(" ", 1)
        for part in parsed.element("meta", http_equiv="Content-Security-Policy")[0]["content"].split("; ")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["img-src"] == "data: blob:"
    assert policy["style-src"] == hash_of(parsed.element("style")[1])
    runs = [text for tag, attrs, text in parsed.texts if tag == "script" and attrs["type"] != "application/json"]
    assert policy["script-src"] == " ".join(map(hash_of, runs))


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_served_at_our_address_it_runs_nothing(client: TestClient, explained: Any) -> None:
    headers = get(client, explained, "report.html").headers
    assert headers["content-security-policy"] == "sandbox ; default-src 'none'"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_sums_are_said_in_numbers_that_add_up(client: TestClient, explained: Any) -> None:
    text = get(client, explained, "report.html").text
    for prediction in explained["predictions"]:
        mean = float(np.mean(prediction["cam"], dtype=np.float64))
        digits = summing_decimals(mean, prediction["bias"], prediction["logit"])
        cells = "</td><td>".join(fixed(one, digits) for one in (mean, prediction["bias"], prediction["logit"]))
        assert f"{prediction['label']}</th><td>" in text
        assert f"<td>{cells}</td>" in text


def test_it_says_which_network_photo_and_version_it_is_about(client: TestClient, explained: Any) -> None:
    text = get(client, explained, "report.html").text
    for words in (explained["model"]["id"], explained["image"]["sha256"], f"Camscope {VERSION}", "192 × 96 pixels"):
        assert f"<bdi>{words}" in text


def test_a_region_is_told_of(client: TestClient, explained: Any) -> None:
    parsed = report(client, explained, region="-20,10,60.5,400")
    assert data_of(parsed)["region"] == {"left": 0, "top": 10, "right": 60.5, "bottom": 96}
    text = get(client, explained, "report.html", region="-20,10,60.5,400").text
    grid = Grid(**explained["grid"])
    for prediction in explained["predictions"]:
        cam = np.asarray(prediction["cam"], np.float32)
        part = shares(PlacedMap(cam, grid), Region(0, 10, 60.5, 96), (192, 96))
        given = float(np.maximum(cam, 0).mean(dtype=np.float64)) * (part.given or 0)
        row = re.search(rf"{prediction['label']}</th><td>([^<]+)</td><td>([^<]+)</td>", text)
        assert row is not None
        assert float(row[1].replace("−", "-")) == pytest.approx(given, abs=0.006, rel=0.01)
        assert (row[2] == "–") == (part.given is None)


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_a_report_is_in_the_language_that_is_asked_for(client: TestClient, explained: Any, spoken: str) -> None:
    parsed = report(client, explained, language=spoken)
    assert parsed.element("html")[0]["lang"] == spoken
    with speaking(spoken):
        saw, scripts = gettext("What it saw"), sentences.sentences()
    assert parsed.element("h2", id="predictions-title")[1] == saw
    words = json.loads(parsed.element("body")[0]["data-text"])
    assert words
    assert words.items() <= scripts.items()
    asked = client.get(f"/explanations/{explained['id']}", headers={"accept-language": spoken}).text
    assert f"report.html?class={explained['predictions'][0]['index']}&amp;language={spoken}" in asked


@pytest.mark.parametrize("query", [{"class": 5}, {"versus": 5}, {"region": "1,2,3"}, {"region": "500,0,600,90"}])
@pytest.mark.parametrize("more", [{}, {"all": "true"}])
def test_what_is_not_there_is_refused(
    client: TestClient, explained: Any, query: dict[str, Any], more: dict[str, str]
) -> None:
    answer = get(client, explained, "report.html", **query, **more)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_maps_that_no_browser_would_open_are_refused(
    client: TestClient, explained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation_report, "MOST_VALUES", all_maps(client, explained).size - 1)
    answer = get(client, explained, "report.html", all="true")
    assert (answer.status_code, get(client, explained, "report.html").status_code) == (422, 200)
    assert "cams.npy" in answer.json()["detail"]


@pytest.mark.parametrize("file", ["report.html", "cam.csv?class=0", "scores.csv"])
def test_of_a_deleted_explanation_there_is_nothing(client: TestClient, explained: Any, file: str) -> None:
    client.delete(f"{EXPLANATIONS}/{explained['id']}")
    assert client.get(f"{EXPLANATIONS}/{explained['id']}/{file}").status_code == 404


def test_labels_are_data_wherever_they_stand(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, labels=WILD))])
    explained = client.post(EXPLANATIONS, files={"image": ("a.png", halves())}).json()
    parsed = report(client, explained)
    assert sorted(one["label"] for one in data_of(parsed)["classes"]) == sorted(WILD)
    assert len([tag for tag, _, _ in parsed.texts if tag == "script"]) == 2
    labels = [row["label"] for row in rows_of(get(client, explained, "scores.csv"))]
    assert labels == [f"'{label}" if label.startswith("=") else label for label in WILD]
    told = Image.open(io.BytesIO(get(client, explained, "heatmap.png", **{"class": 2}).content)).info
    assert told["Camscope:class"] == "고양이"


@pytest.mark.parametrize("kind", HEADS)
def test_every_head_has_its_report_and_its_tables(make_client: ClientMaker, tmp_path: Path, kind: str) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind=kind))])
    explained = client.post(EXPLANATIONS, files={"image": ("a.png", halves())}).json()
    data = data_of(report(client, explained, mode="positive", cells="grid"))
    assert maps_of(data).shape[0] == 5
    for row in rows_of(get(client, explained, "scores.csv")):
        cells = rows_of(get(client, explained, "cam.csv", **{"class": row["index"]}))
        total = math.fsum(float(cell["contribution"]) for cell in cells) + float(row["bias"])
        assert total == pytest.approx(float(row["logit"]), rel=1e-5, abs=1e-4)


def test_a_single_logit_has_a_report_of_its_two_classes(make_client: ClientMaker, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, labels=("car", "truck"), activation="sigmoid", single_logit=True)
    client = make_client(classifiers=[Classifier.open(bundle)])
    explained = client.post(EXPLANATIONS, files={"image": ("a.png", halves())}).json()
    first, second = maps_of(data_of(report(client, explained)))
    assert np.array_equal(first, -second)


def test_a_network_without_maps_has_a_report_without_scripts(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind="fc"))])
    explained = client.post(EXPLANATIONS, files={"image": ("a.png", halves())}).json()
    parsed = report(client, explained, region="1,1,5,5", all="true")
    assert [tag for tag, _, _ in parsed.texts if tag == "script"] == []
    assert "script-src 'none'" in parsed.element("meta", http_equiv="Content-Security-Policy")[0]["content"]
    rows = rows_of(get(client, explained, "scores.csv"))
    assert [row["bias"] for row in rows] == [""] * 5
    assert get(client, explained, "cam.csv", **{"class": 0}).status_code == 404


def test_a_map_as_a_table_is_the_map(client: TestClient, explained: Any) -> None:
    cam = all_maps(client, explained)[1] - all_maps(client, explained)[3]
    rows = rows_of(get(client, explained, "cam.csv", **{"class": 1, "versus": 3}))
    values = np.zeros_like(cam)
    for row in rows:
        values[int(row["row"]), int(row["column"])] = float(row["value"])
        assert float(row["contribution"]) == float(row["value"]) / cam.size
    assert np.array_equal(values, cam)
    grid = explained["grid"]
    last = rows[-1]
    assert float(last["left"]) == pytest.approx(grid["left"] + (grid["columns"] - 1) * grid["cell_width"], abs=1e-3)
    assert (float(last["right"]), float(last["bottom"])) == (192, 96)


def test_scores_as_a_table_are_the_scores(client: TestClient, explained: Any) -> None:
    rows, scores = rows_of(get(client, explained, "scores.csv")), get(client, explained, "scores").json()
    assert [int(row["index"]) for row in rows] == list(range(5))
    for name, values in (("logit", "logits"), ("probability", "probabilities"), ("bias", "bias")):
        assert [float(row[name]) for row in rows] == scores[values]


@pytest.mark.parametrize("query", [{}, {"class": 5}, {"class": 0, "versus": 5}, {"class": "red"}])
def test_a_table_of_a_class_that_is_not_there_is_refused(
    client: TestClient, explained: Any, query: dict[str, Any]
) -> None:
    assert get(client, explained, "cam.csv", **query).status_code == 422


def test_a_picture_tells_which_map_it_is_and_nothing_of_the_photo(client: TestClient, explained: Any) -> None:
    query = {"class": 0, "versus": 2, "mode": "positive", "colormap": "inferno"}
    picture = get(client, explained, "heatmap.png", **query).content
    told = Image.open(io.BytesIO(picture)).info
    cams, scores = all_maps(client, explained), get(client, explained, "scores").json()
    numbers = {name: float(told.pop(f"Camscope:{name}")) for name in ("logit", "bias", "limit")}
    assert told == {
        "Software": f"Camscope {VERSION}",
        "Camscope:model": explained["model"]["id"],
        "Camscope:class": "red",
        "Camscope:class-index": "0",
        "Camscope:versus": "blue",
        "Camscope:versus-index": "2",
        "Camscope:mode": "positive",
        "Camscope:colormap": "inferno",
    }
    assert numbers["logit"] == pytest.approx(scores["logits"][0] - scores["logits"][2], rel=1e-6)
    assert numbers["bias"] == pytest.approx(scores["bias"][0] - scores["bias"][2], rel=1e-6)
    assert numbers["limit"] == pytest.approx(float((cams[0] - cams[2]).max()), rel=1e-6)
    assert read_photo(picture).pixels.shape[1] == 192
