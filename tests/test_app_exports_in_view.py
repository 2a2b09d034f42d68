"""Files to take along of what is in view: at another scale, and with the answer to "Is it true?"."""

import csv
import io
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app
from tests.bundles import make_bundle
from tests.pictures import RED, halves, picture
from tests.test_app_exports import EXPLANATIONS, Parsed, data_of, maps_of

TRUE = "Is it true?"


@pytest.fixture
def explained(client: TestClient) -> Any:
    return client.post(EXPLANATIONS, files={"image": ("a.png", halves())}).json()


def get(client: TestClient, explained: Any, file: str, **query: Any) -> Any:
    answer = client.get(f"{EXPLANATIONS}/{explained['id']}/{file}", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def look(client: TestClient, explained: Any, scale: Any) -> Any:
    answer = client.post(f"{EXPLANATIONS}/{explained['id']}/scales", json={"scale": scale})
    assert answer.status_code == 201, answer.text
    return answer.json()


def asked(client: TestClient, explained: Any, **body: Any) -> Any:
    answer = client.post(f"{EXPLANATIONS}/{explained['id']}/counterfactuals", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("scale", [2, "fused"])
def test_every_file_is_of_the_scale_that_is_named(client: TestClient, explained: Any, scale: Any) -> None:
    found = look(client, explained, scale)
    maps = np.load(io.BytesIO(client.get(found["cams_url"]).content))
    first = found["predictions"][0]
    data = data_of(Parsed(get(client, explained, "report.html", scale=scale, all="true").text))
    assert data["explanation"]["grid"] == found["grid"] != explained["grid"]
    order = [one["index"] for one in data["classes"]]
    assert np.array_equal(maps_of(data), maps[order])
    cells = list(csv.DictReader(io.StringIO(get(client, explained, "cam.csv", scale=scale, **{"class": 1}).text)))
    assert [float(cell["value"]) for cell in cells] == pytest.approx(maps[1].ravel().tolist(), rel=1e-6)
    scores = list(csv.DictReader(io.StringIO(get(client, explained, "scores.csv", scale=scale).text)))
    assert float(scores[first["index"]]["logit"]) == pytest.approx(first["logit"], rel=1e-6)
    assert np.array_equal(np.load(io.BytesIO(get(client, explained, "cams.npy", scale=scale).content)), maps)


@pytest.mark.parametrize("file", ["report.html", "cam.csv?class=0", "scores.csv", "cams.npy"])
def test_a_scale_that_nobody_has_asked_for_is_not_there(client: TestClient, explained: Any, file: str) -> None:
    mark = "&" if "?" in file else "?"
    address = f"{EXPLANATIONS}/{explained['id']}/{file}{mark}scale="
    assert client.get(f"{address}3").status_code == 404
    assert client.get(f"{address}7").status_code == 422


def test_a_report_of_several_looks_says_what_is_exact_about_them(client: TestClient, explained: Any) -> None:
    [said, *_] = look(client, explained, "fused")["account"]
    assert said in unescape(get(client, explained, "report.html", scale="fused").text)


@pytest.mark.parametrize("scale", [None, "2"])
def test_a_report_tells_what_became_of_the_altered_photo(client: TestClient, explained: Any, scale: str | None) -> None:
    at = {} if scale is None else {"scale": float(scale)}
    told = asked(client, explained, **{"class": "index:1"}, change="keep", fill="mean", evidence=0.3, **at)
    query = {"class": 1, "change": "keep", "fill": "mean", "evidence": 0.3} | ({"scale": scale} if scale else {})
    page = unescape(get(client, explained, "report.html", **query).text)
    assert TRUE in page
    for words in told["sentences"]:
        assert words in page
    assert page.count("data:image/jpeg") > get(client, explained, "report.html").text.count("data:image/jpeg")


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ({"region": "0,0,40,40"}, {"region": [0, 0, 40, 40]}),
        ({"polygon": "0,0,60,0,0,60"}, {"polygon": [[0, 0], [60, 0], [0, 60]]}),
        ({"region": "0,0,40,40", "evidence": "0.1"}, {"evidence": 0.1}),
    ],
)
def test_a_drawn_part_is_what_is_altered_unless_another_is_named(
    client: TestClient, explained: Any, place: dict[str, str], body: dict[str, Any]
) -> None:
    told = asked(client, explained, **body)
    page = unescape(get(client, explained, "report.html", change="erase", **place).text)
    assert told["sentences"][1] in page


def test_without_the_question_a_report_has_no_answer(client: TestClient, explained: Any) -> None:
    assert TRUE not in get(client, explained, "report.html", evidence=0.2, fill="mean").text


def test_without_evidence_a_report_has_all_but_the_answer_and_says_why(client: TestClient) -> None:
    explained = client.post(EXPLANATIONS, files={"image": ("a.png", picture(RED))}).json()
    maps = np.load(io.BytesIO(client.get(explained["cams_url"]).content))
    [index, *_] = [at for at in range(len(maps)) if maps[at].max() <= 0]
    page = get(client, explained, "report.html", **{"class": index}, change="erase", evidence=0.2).text
    assert "there is no evidence to erase or to keep: the network was not asked again" in page
    assert TRUE in page
    assert "Probability and logit, at scale" not in page
    assert data_of(Parsed(page))["view"]["class"] == index
    for wrong in ({"region": "0,0,4"}, {"polygon": "1,2"}):
        query = {"class": index, "change": "erase", **wrong}
        assert client.get(f"{EXPLANATIONS}/{explained['id']}/report.html", params=query).status_code == 422


def test_of_fused_maps_the_own_scale_is_asked(client: TestClient, explained: Any) -> None:
    look(client, explained, "fused")
    told = asked(client, explained)
    page = unescape(get(client, explained, "report.html", scale="fused", change="erase").text)
    assert told["sentences"][0] in page
    assert "Probability and logit, at scale 1" in page


def test_the_command_lines_report_has_the_answer_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSCOPE_DATA_DIR", str(tmp_path / "data"))
    photo, out = tmp_path / "photo.png", tmp_path / "out.html"
    photo.write_bytes(halves())
    words = ["explain", "--model", str(make_bundle(tmp_path / "bundles")), str(photo), "--report", str(out)]
    for more, expected in ((["--erase", "evidence:0.3", "--scale", "2"], True), (["--versus", "index:1"], False)):
        done = CliRunner().invoke(app, [*words, *more])
        assert done.exit_code == 0, done.output
        assert (TRUE in out.read_text()) == expected
        if expected:
            assert "at scale 2" in out.read_text()


def test_the_network_is_asked_at_the_scale_in_view(client: TestClient, explained: Any) -> None:
    found = look(client, explained, 2)
    index = found["predictions"][0]["index"]
    told = asked(client, explained, **{"class": f"index:{index}"}, scale=2)
    assert (told["scale"], told["grid"]) == (2, found["grid"])
    assert told["before"]["logit"] == pytest.approx(found["predictions"][0]["logit"], abs=1e-4)
    assert "scale=2" in told["picture_url"]
    assert client.get(told["picture_url"]).status_code == 200
    channels = get(client, explained, "channels", **{"class": index}, scale=2).json()
    assert channels["grid"] == found["grid"]
    assert channels["logit"] == pytest.approx(found["predictions"][0]["logit"], abs=1e-4)
    own = get(client, explained, "channels", **{"class": index}).json()
    assert own["grid"] == explained["grid"]
    curve = client.post(f"{EXPLANATIONS}/{explained['id']}/counterfactuals/curve", json={"scale": 2, "steps": 3}).json()
    assert curve["cells"][-1] == found["grid"]["rows"] * found["grid"]["columns"]


def test_a_scale_that_is_new_is_looked_at_first(client: TestClient, explained: Any) -> None:
    told = asked(client, explained, scale=1.5)
    assert client.get(f"{EXPLANATIONS}/{explained['id']}/scales/1.5").json()["grid"] == told["grid"]


def test_fused_is_refused_with_the_reason(client: TestClient, explained: Any) -> None:
    address = f"{EXPLANATIONS}/{explained['id']}"
    for answer in (
        client.post(f"{address}/counterfactuals", json={"scale": "fused"}),
        client.get(f"{address}/channels?class=0&scale=fused"),
    ):
        assert answer.status_code == 422
        assert "mean of several looks" in answer.json()["detail"]
