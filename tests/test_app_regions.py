"""Boxes and outlines over HTTP and from the command line: JSON, COCO, VOC and masks that say the same."""

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from typer.testing import CliRunner

from app.cli import app as command_line
from model.annotations import rounded
from model.classifier import Classifier
from model.contours import outlines
from model.enclosed import given_share
from model.geometry import Grid
from tests.bundles import LABELS, make_bundle
from tests.conftest import ClientMaker
from tests.explaining import EXPLANATIONS, explain
from tests.pictures import halves

ODD = "<a> & 'b' \x01고양이.jpg"


def asked(client: TestClient, explanation: Any, **query: Any) -> Any:
    answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/regions", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def refused(client: TestClient, explanation: Any, **query: Any) -> tuple[int, str]:
    answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/regions", params=query)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


@pytest.mark.parametrize("scale", ["1", "3"])
def test_a_predictions_box_is_that_of_its_largest_region(client: TestClient, scale: str) -> None:
    explanation = explain(client, scale=scale)
    indices = [one["index"] for one in explanation["predictions"]]
    found = asked(client, explanation, **{"class": indices}).json()
    assert (found["width"], found["height"], found["threshold"]) == (192, 96, 0.2)
    assert [one["index"] for one in found["classes"]] == indices
    for prediction, one in zip(explanation["predictions"], found["classes"], strict=True):
        assert (one["label"], one["probability"]) == (prediction["label"], prediction["probability"])
        assert (one["regions"][0]["box"] if one["regions"] else None) == prediction["box"]
    assert sum(one["box"] is None for one in explanation["predictions"]) < 5


def test_outlines_and_shares_are_those_of_the_map_in_the_answer(client: TestClient) -> None:
    explanation = explain(client, scale="2")
    prediction = explanation["predictions"][0]
    values, grid = np.array(prediction["cam"], dtype=np.float32), Grid(**explanation["grid"])
    [found] = asked(client, explanation, threshold=0.4).json()["classes"]
    assert found["index"] == prediction["index"]
    expected = outlines(values, grid, (192, 96), 0.4)
    assert len(found["regions"]) == len(expected)
    for one, outline in zip(found["regions"], expected, strict=True):
        assert one["polygons"] == [[[rounded(x), rounded(y)] for x, y in ring] for ring in outline.rings]
        assert one["area"] == rounded(outline.area)
        assert one["share"] == pytest.approx(given_share(values, outline.rings, grid, (192, 96)))
        assert one["box"]["threshold"] == 0.4


def test_every_format_says_the_same(client: TestClient) -> None:
    explanation = explain(client)
    query = {"class": [1, 0, 1], "threshold": 0.1, "file_name": ODD}
    plain = asked(client, explanation, **query).json()
    boxes = [
        (one["label"], *(region["box"][edge] for edge in ("left", "top", "right", "bottom")))
        for one in plain["classes"]
        for region in one["regions"]
    ]
    assert [one["index"] for one in plain["classes"]] == [1, 0]
    coco = asked(client, explanation, **query, format="coco")
    assert coco.headers["content-disposition"].endswith('-coco.json"')
    info = coco.json()["info"]
    assert (info["model"], info["scale"]) == (explanation["model"]["id"], f"{explanation['input']['scale']:g}")
    assert info["threshold"] == query["threshold"]
    names = {one["id"]: one["name"] for one in coco.json()["categories"]}
    assert boxes == [
        (names[one["category_id"]], x, y, x + width, y + height)
        for one in coco.json()["annotations"]
        for x, y, width, height in [one["bbox"]]
    ]
    assert coco.json()["images"][0]["file_name"] == ODD.replace("\x01", "\ufffd")
    voc = asked(client, explanation, **query, format="voc")
    assert voc.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(voc.content)
    assert root.findtext("filename") == ODD.replace("\x01", "\ufffd")
    assert boxes == [
        (one.findtext("name"), *(int(one.findtext(f"bndbox/{side}") or "") - low for side, low in
                                 (("xmin", 1), ("ymin", 1), ("xmax", 0), ("ymax", 0))))
        for one in root.findall("object")
    ]  # fmt: skip
    mask = Image.open(io.BytesIO(asked(client, explanation, **query, format="mask").content))
    assert (mask.mode, mask.size) == ("P", (192, 96))
    areas = [sum(region["area"] for region in one["regions"]) for one in plain["classes"]]
    assert (np.asarray(mask) == 1).sum() == pytest.approx(areas[0], rel=0.02)


def test_the_largest_region_alone(client: TestClient) -> None:
    explanation = explain(client, scale="3")
    for one in asked(client, explanation, **{"class": list(range(5))}, threshold=0, largest=True).json()["classes"]:
        assert len(one["regions"]) <= 1


def test_an_answer_that_the_asker_has_is_not_made_again(client: TestClient) -> None:
    explanation = explain(client)
    url = f"{EXPLANATIONS}/{explanation['id']}/regions"
    tag = client.get(url).headers["etag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(url, params={"threshold": 0.3}, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("threshold", ["1", "-0.1", "nan", "inf", "much"])
def test_a_threshold_is_a_fraction_below_one(client: TestClient, threshold: str) -> None:
    status, detail = refused(client, explain(client), threshold=threshold)
    assert status == 422
    assert "threshold" in detail


def test_what_is_not_there_is_refused(client: TestClient) -> None:
    explanation = explain(client)
    assert refused(client, explanation, **{"class": 5}) == (422, "There is no class 5; indices go from 0 to 4.")
    assert refused(client, explanation, **{"class": [0] * 11})[0] == 422
    assert refused(client, explanation, format="yaml")[0] == 422
    assert refused(client, {"id": "0" * 32})[0] == 404
    assert client.delete(f"{EXPLANATIONS}/{explanation['id']}").status_code == 204
    assert refused(client, explanation)[0] == 404


@pytest.mark.parametrize("kind", ["gap", "gap_norm", "conv", "sum", "gmp", "fc"])
def test_every_head_with_a_map_has_regions(make_client: ClientMaker, tmp_path: Path, kind: str) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind=kind), 1)])
    explanation = explain(client)
    if kind == "fc":
        assert refused(client, explanation) == (
            404, "This network has no exact map, so there are no regions to outline.",
        )  # fmt: skip
        return
    found = asked(client, explanation).json()["classes"][0]["regions"]
    assert found[0]["box"] == explanation["predictions"][0]["box"]
    assert 0 < sum(one["share"] for one in found) <= 1 + 1e-9


def test_both_sides_of_a_single_logit_have_regions_of_their_own(make_client: ClientMaker, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, labels=("car", "truck"), activation="sigmoid", single_logit=True)
    client = make_client(classifiers=[Classifier.open(bundle, 1)])
    explanation = explain(client)
    found = asked(client, explanation, **{"class": [0, 1]}, threshold=0.5).json()["classes"]
    assert [one["label"] for one in found] == ["car", "truck"]
    assert found[0]["regions"] != found[1]["regions"]


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(command_line, ["explain", *map(str, words)])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / "a & b.png").write_bytes(halves())
    (folder / "sub" / "c.png").write_bytes(halves())
    return folder


def test_the_command_line_writes_the_same_files(bundle_path: Path, photos: Path, tmp_path: Path) -> None:
    coco, voc, masks = tmp_path / "made" / "coco.json", tmp_path / "voc", tmp_path / "masks"
    done = run(photos, "-m", bundle_path, "--coco", coco, "--voc", voc, "--masks", masks, "-c", "dark", "--json")
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    made = json.loads(coco.read_text())
    assert [one["file_name"] for one in made["images"]] == ["a & b.png", "sub/c.png"]
    assert {one["name"] for one in made["categories"]} == {lines[0]["predictions"][0]["label"], "dark"}
    first = lines[0]["predictions"][0]
    x, y, width, height = made["annotations"][0]["bbox"]
    box = {key: first["box"][key] for key in ("left", "top", "right", "bottom")}
    assert box == {"left": x, "top": y, "right": x + width, "bottom": y + height}
    assert made["annotations"][0]["category_id"] == LABELS.index(first["label"]) + 1
    assert {one["image_id"] for one in made["annotations"]} == {1, 2}
    written = ElementTree.parse(voc / "sub" / "c.xml").getroot()
    assert written.findtext("filename") == "c.png"
    assert written.findall("object")
    assert ElementTree.parse(voc / "a & b.xml").getroot().findtext("filename") == "a & b.png"
    mask = np.asarray(Image.open(masks / "a & b.png"))
    assert mask.shape == (96, 192)
    assert (mask == 1).any()


def test_the_command_line_takes_a_threshold_and_the_largest_alone(
    bundle_path: Path, photos: Path, tmp_path: Path
) -> None:
    areas = []
    for threshold in ("0.1", "0.8"):
        coco = tmp_path / f"{threshold}.json"
        done = run(photos, "-m", bundle_path, "--coco", coco, "--region-threshold", threshold, "--largest")
        assert done.exit_code == 0, done.output
        made = json.loads(coco.read_text())
        assert len(made["annotations"]) == 2
        assert made["info"]["model"].startswith(bundle_path.name)
        assert (made["info"]["scale"], made["info"]["threshold"]) == ("1", float(threshold))
        areas.append(made["annotations"][0]["area"])
    assert areas[0] > areas[1]


def test_the_command_line_names_what_cannot_be(bundle_path: Path, photos: Path, tmp_path: Path) -> None:
    mapless = make_bundle(tmp_path, name="mapless", kind="fc")
    done = run(photos, "-m", mapless, "--coco", tmp_path / "coco.json")
    assert "no exact map" in str(done.exception)
    assert not (tmp_path / "coco.json").exists()
    assert run(photos, "-m", bundle_path, "--coco", tmp_path / "x.json", "--region-threshold", "1").exit_code == 2
    (tmp_path / "file").write_text("")
    done = run(photos, "-m", bundle_path, "--voc", tmp_path / "file" / "voc")
    assert "cannot be used for the results" in str(done.exception)
    (tmp_path / "folder.json").mkdir()
    done = run(photos, "-m", bundle_path, "--coco", tmp_path / "folder.json")
    assert "folder.json: cannot be written" in str(done.exception)
