"""A stored photo altered over HTTP: the numbers, the words, the picture, the refusals."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.config import Settings
from app.main import create_app
from model.classifier import Classifier
from model.counterfactual import Fill, fill_of
from model.coverage import Outline, Region, parts_of, strongest_cells
from model.evidence import contribution
from model.geometry import Grid
from model.photos import Photo, read_photo
from tests.bundles import make_bundle, reseal
from tests.conftest import ClientMaker
from tests.pictures import BLUE, GREEN, RED, encoded, picture
from tests.queueing import every_place_taken

EXPLANATIONS = "/api/v1/explanations"
KINDS = ["gap", "gap_norm", "conv", "sum", "gmp"]


def patches() -> bytes:
    """A red photo with a blue and a green part, of the tiny networks' own input size."""
    image = Image.new("RGB", (160, 96), RED)
    image.paste(BLUE, (96, 0, 160, 64))
    image.paste(GREEN, (0, 64, 48, 96))
    return encoded(image, "PNG")


def explain(client: TestClient, data: bytes | None = None, **fields: str) -> Any:
    answer = client.post(EXPLANATIONS, data=fields, files={"image": ("a.png", data or patches())})
    assert answer.status_code == 201, answer.text
    return answer.json()


def altered(client: TestClient, explanation: Any, **body: Any) -> Any:
    answer = client.post(f"{EXPLANATIONS}/{explanation['id']}/counterfactuals", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: TestClient, explanation: Any, **body: Any) -> tuple[int, str]:
    answer = client.post(f"{EXPLANATIONS}/{explanation['id']}/counterfactuals", json=body)
    return answer.status_code, answer.json()["detail"]


def cams(client: TestClient, explanation: Any) -> Any:
    return np.load(io.BytesIO(client.get(explanation["cams_url"]).content))


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Classifier]:
    folder = tmp_path_factory.mktemp("kinds")
    return {kind: Classifier.open(make_bundle(folder, name=kind, kind=kind), 1) for kind in [*KINDS, "fc"]}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, classifier: Classifier) -> Iterator[tuple[TestClient, Any]]:
    """A server that many wrong questions are sent to, and an explanation of its."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("standing"), batch_max=1)
    with TestClient(create_app(settings, [classifier]), base_url="http://localhost") as client:
        yield client, explain(client)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", ["erase", "keep"])
def test_prediction_network_and_split_are_those_of_the_arrays(
    make_client: ClientMaker, networks: dict[str, Classifier], kind: str, change: str
) -> None:
    network = networks[kind]
    client = make_client(classifiers=[network])
    explanation = explain(client)
    found = altered(client, explanation, **{"class": "red", "change": change, "region": [0, 0, 70, 50.5]})
    copy = read_photo(client.get(explanation["image"]["url"]).content)
    grid = Grid(**explanation["grid"])
    [before] = network.explain([copy])
    assert before.maps is not None
    assert found["pixels"] == "stored"
    assert found["before"]["logit"] == pytest.approx(before.logits[0], rel=1e-5)
    parts = parts_of(Region(0, 0, 70, 50.5), grid, copy.size)
    np.testing.assert_allclose(found["place"]["cells"], parts, atol=1e-6)
    assert found["place"]["area"] == pytest.approx(70 * 50.5 / (160 * 96))
    for one in found["contributions"]:
        expected = contribution(before.maps[one["index"]], parts)
        assert one["given"] == pytest.approx(expected.given, rel=1e-4, abs=1e-5)
        assert one["taken"] == pytest.approx(expected.taken, rel=1e-4, abs=1e-5)
    split = found["split"]
    assert split["difference"] == pytest.approx(found["actual"]["logit"] - found["predicted"]["logit"], abs=1e-4)
    assert split["context"] + split["filling"] + split["rescaling"] == pytest.approx(split["difference"], abs=1e-6)
    assert found["linear"] == (kind in ("gap", "conv", "sum"))
    if found["linear"]:
        assert split["rescaling"] == pytest.approx(0, abs=1e-3)
        out = parts if change == "erase" else 1 - parts
        lost = contribution(before.maps[0], out)
        expected = before.logits[0] - lost.given + lost.taken
        assert found["predicted"]["logit"] == pytest.approx(expected, rel=1e-4, abs=1e-3)
    assert found["timing_ms"]["forward"] > 0
    assert len(found["sentences"]) in (3, 4)
    assert ("copy of the photo" in found["sentences"][-1]) == (len(found["sentences"]) == 4)


def test_what_the_network_says_is_what_it_says_of_the_picture(client: TestClient, classifier: Classifier) -> None:
    explanation = explain(client)
    found = altered(client, explanation, evidence=0.3, fill="mean")
    copy = read_photo(client.get(explanation["image"]["url"]).content)
    parts = strongest_cells(cams(client, explanation)[0], 0.3).parts
    np.testing.assert_array_equal(found["place"]["cells"], parts)
    mask = parts.repeat(16, 0).repeat(16, 1).astype(bool)
    pixels = np.where(mask[:, :, None], fill_of(copy.pixels, Fill.MEAN), copy.pixels)
    [after] = classifier.explain([Photo(pixels, "PNG")])
    assert found["actual"]["logit"] == pytest.approx(after.logits[0], rel=1e-5)
    assert found["actual"]["probability"] == pytest.approx(after.probabilities[0], rel=1e-4)
    assert [one["index"] for one in found["actual"]["top"]] == np.argsort(-after.logits).tolist()
    shown = read_photo(client.get(found["picture_url"]).content).pixels.astype(int)
    assert np.abs(shown - pixels.astype(int)).mean() < 4, "a JPEG of the same"


def test_without_the_network_arithmetic_alone_answers_from_what_was_kept(
    client: TestClient, classifier: Classifier
) -> None:
    explanation = explain(client)
    found = altered(client, explanation, region=[0, 0, 160, 96], network=False)
    assert (found["actual"], found["split"], found["pixels"]) == (None, None, "uploaded")
    assert found["before"]["logit"] == explanation["predictions"][0]["logit"]
    assert found["predicted"]["logit"] == pytest.approx(explanation["predictions"][0]["bias"], abs=1e-4)
    assert (found["timing_ms"]["forward"], len(found["sentences"])) == (0, 1)
    nothing_else = altered(client, explanation, region=[0, 0, 160, 96], network=False, change="keep")
    assert nothing_else["predicted"]["logit"] == pytest.approx(found["before"]["logit"], rel=1e-6)


@pytest.mark.parametrize("kind", ["gap_norm", "gmp"])
def test_other_heads_are_asked_again_of_masked_features(
    make_client: ClientMaker, networks: dict[str, Classifier], kind: str
) -> None:
    client = make_client(classifiers=[networks[kind]])
    explanation = explain(client)
    found = altered(client, explanation, network=False, polygon=[[0, 0], [70, 0], [70, 90]])
    assert (found["pixels"], found["actual"], found["linear"]) == ("stored", None, False)
    kept = altered(client, explanation, network=False, region=[0, 0, 160, 96], change="keep")
    assert kept["predicted"]["logit"] == pytest.approx(kept["before"]["logit"], rel=1e-5)


def test_an_outline_and_cells_cover_what_the_arrays_say(client: TestClient) -> None:
    explanation = explain(client)
    grid = Grid(**explanation["grid"])
    points = [[10, 5], [150.5, 40], [60, 90]]
    found = altered(client, explanation, polygon=points, network=False)
    expected = parts_of(Outline(tuple((x, y) for x, y in points)), grid, (160, 96))
    np.testing.assert_allclose(found["place"]["cells"], expected, atol=1e-6)
    again = altered(client, explanation, cells=expected.tolist(), network=False)
    assert again["predicted"]["logit"] == pytest.approx(found["predicted"]["logit"], rel=1e-5)
    assert again["place"]["area"] == pytest.approx(found["place"]["area"], rel=1e-6)


def test_against_another_class_evidence_margin_and_split_are_of_the_difference(
    client: TestClient, classifier: Classifier
) -> None:
    explanation = explain(client)
    found = altered(client, explanation, **{"class": "index:2", "versus": "red", "evidence": 0.5})
    maps = cams(client, explanation)
    np.testing.assert_array_equal(found["place"]["cells"], strongest_cells(maps[2] - maps[0], 0.5).parts)
    assert {one["index"] for one in found["contributions"]} >= {0, 2}
    shift = found["actual"]["margin"] - found["predicted"]["margin"]
    assert found["split"]["difference"] == pytest.approx(shift, abs=1e-4)
    assert found["split"]["rescaling"] == pytest.approx(0, abs=1e-3)
    assert "ahead of “red”" in found["sentences"][1]


def test_one_logit_stands_for_two_classes(make_client: ClientMaker, tmp_path: Path) -> None:
    path = make_bundle(tmp_path, kind="conv", labels=("red", "not red"), activation="sigmoid", single_logit=True)
    client = make_client(classifiers=[Classifier.open(path, 1)])
    explanation = explain(client)
    one, other = (
        altered(client, explanation, **{"class": name, "cells": [[0.5] * 10] * 6}) for name in ("red", "not red")
    )
    for part in ("before", "predicted", "actual"):
        assert one[part]["logit"] == pytest.approx(-other[part]["logit"], abs=1e-5)
        assert one[part]["probability"] + other[part]["probability"] == pytest.approx(1, abs=1e-5)
    assert one["split"]["context"] == pytest.approx(-other["split"]["context"], abs=1e-5)


@pytest.fixture
def one_cell(make_client: ClientMaker, tmp_path: Path) -> TestClient:
    """A server whose network takes inputs of one size, which is one cell."""
    path = make_bundle(tmp_path, name="one-cell")
    reseal(path, lambda manifest: manifest["spec"]["preprocessing"].update(fixed_size=[16, 16]))
    return make_client(classifiers=[Classifier.open(path, 1)])


def test_one_cell_is_the_whole_photo(one_cell: TestClient) -> None:
    explanation = explain(one_cell)
    found = altered(one_cell, explanation, evidence=0.1)
    assert (found["place"]["cells"], found["place"]["area"]) == ([[1]], 1)
    assert found["predicted"]["logit"] == pytest.approx(explanation["predictions"][0]["bias"], abs=1e-3)
    assert found["split"]["context"] == 0
    half = altered(one_cell, explanation, region=[0, 0, 80, 96])
    assert half["place"]["cells"] == [[0.5]]
    curve = one_cell.post(f"{EXPLANATIONS}/{explanation['id']}/counterfactuals/curve", json={}).json()
    assert (curve["cells"], curve["shares"]) == ([0, 1], [0, 1])
    assert curve["deletion"]["by_map"] == curve["deletion"]["by_chance"]


def test_the_picture_has_the_wanted_width_and_is_not_sent_twice(client: TestClient) -> None:
    explanation = explain(client)
    url = f"{EXPLANATIONS}/{explanation['id']}/counterfactual.jpg"
    answer = client.get(url, params={"region": "0,0,80,96", "fill": "mean", "width": 40})
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (40, 24)
    again = client.get(
        url,
        params={"region": "0,0,80,96", "fill": "mean", "width": 40},
        headers={"If-None-Match": answer.headers["etag"]},
    )
    assert again.status_code == 304
    kept = client.get(url, params={"region": "0,0,80,96", "fill": "mean", "change": "keep", "width": 40})
    assert kept.content != answer.content
    whole = read_photo(client.get(url, params={"polygon": "0,0,160,0,160,96,0,96", "fill": "mean"}).content).pixels
    assert np.ptp(whole.astype(int), axis=(0, 1)).max() <= 2, "all of it is the mean colour"


def test_the_picture_of_cells_is_that_of_the_answer(client: TestClient) -> None:
    explanation = explain(client)
    cells = [[0.25, *[0.0] * 8, 1.0]] * 6
    found = altered(client, explanation, cells=cells, fill="mean")
    shown = read_photo(client.get(found["picture_url"]).content).pixels.astype(int)
    photo = read_photo(client.get(explanation["image"]["url"]).content).pixels.astype(int)
    mean = photo.reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(shown[10, 155], mean, atol=4)
    np.testing.assert_allclose(shown[10, 5], 0.75 * photo[10, 5] + 0.25 * mean, atol=6)
    np.testing.assert_allclose(shown[10, 60], photo[10, 60], atol=4)


@pytest.mark.parametrize("steps", [3, 11])
def test_curves_go_from_the_photo_to_nothing_and_back(client: TestClient, classifier: Classifier, steps: int) -> None:
    explanation = explain(client)
    answer = client.post(
        f"{EXPLANATIONS}/{explanation['id']}/counterfactuals/curve",
        json={"class": "red", "steps": steps, "fill": "mean"},
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["cells"][0], found["cells"][-1], len(found["cells"])) == (0, 60, steps)
    copy = read_photo(client.get(explanation["image"]["url"]).content)
    whole, empty = (
        classifier.explain([Photo(pixels, "PNG")])[0] for pixels in (copy.pixels, fill_of(copy.pixels, Fill.MEAN))
    )
    for line in (found[kind][order] for kind in ("deletion", "insertion") for order in ("by_map", "by_chance")):
        assert len(line["logits"]) == steps
        np.testing.assert_allclose(line["area_probability"], np.trapezoid(line["probabilities"], found["shares"]))
    for order in ("by_map", "by_chance"):
        first, last = (found["deletion"][order]["logits"][place] for place in (0, -1))
        assert (first, last) == (pytest.approx(whole.logits[0], rel=1e-5), pytest.approx(empty.logits[0], rel=1e-4))
        first, last = (found["insertion"][order]["logits"][place] for place in (0, -1))
        assert (first, last) == (pytest.approx(empty.logits[0], rel=1e-4), pytest.approx(whole.logits[0], rel=1e-5))
    assert found["deletion"]["by_map"]["area_logit"] < found["deletion"]["by_chance"]["area_logit"]
    assert found["insertion"]["by_map"]["area_logit"] > found["insertion"]["by_chance"]["area_logit"]
    middle = altered(
        client,
        explanation,
        **{
            "class": "red",
            "fill": "mean",
            "cells": first_half(cams(client, explanation)[0], found["cells"][steps // 2]),
        },
    )
    assert found["deletion"]["by_map"]["logits"][steps // 2] == pytest.approx(middle["actual"]["logit"], rel=1e-4)


def first_half(values: Any, count: int) -> list[list[float]]:
    parts = np.zeros(values.size)
    parts[np.argsort(-values.ravel(), kind="stable")[:count]] = 1
    return parts.reshape(values.shape).tolist()


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"class": "yellow"}, 422, "there is no class 'yellow'"),
        ({"class": "index:5"}, 422, "indices go from 0 to 4"),
        ({"class": "red", "versus": "red"}, 422, "another class"),
        ({"evidence": 0}, 422, "'evidence' takes more than 0"),
        ({"evidence": 1.01}, 422, "'evidence' takes 1.0 or less"),
        ({"evidence": 0.2, "region": [0, 0, 1, 1]}, 422, "one of 'evidence', 'region'"),
        ({"region": [0, 0, 1]}, 422, "'region' is too short"),
        ({"region": [5, 0, 1, 1]}, 422, "left < right"),
        ({"region": [500, 0, 600, 10]}, 422, "beside the photo"),
        ({"polygon": [[0, 0], [1, 1]]}, 422, "'polygon' is too short"),
        ({"polygon": [[0, 0], [1, 1], [2, 2]]}, 422, "nothing of the photo"),
        ({"polygon": [[900, 0], [901, 1], [902, 0]]}, 422, "nothing of the photo"),
        ({"polygon": [[0, 0]] * 2001}, 422, "2000"),
        ({"polygon": [[0, 0, 0], [1, 1], [2, 2]]}, 422, "too long"),
        ({"cells": [[1, 0]]}, 422, "6 rows of 10 numbers"),
        ({"cells": [[1, 0], [1]]}, 422, "equal length"),
        ({"cells": [[0] * 10] * 6}, 422, "nothing of the photo"),
        ({"cells": [[2] * 10] * 6}, 422, "'cells' takes 1.0 or less"),
        ({"cells": [["x"] * 10] * 6}, 422, "'cells' takes a number"),
        ({"change": "burn"}, 422, "'change' takes"),
        ({"fill": "noise"}, 422, "'fill' takes"),
        ({"network": "perhaps"}, 422, "'network' takes true or false"),
        ({"where": 3}, 422, "no field of this request"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(
    standing: tuple[TestClient, Any], body: Any, status: int, words: str
) -> None:
    found, detail = refused(*standing, **body)
    assert found == status, detail
    assert words in detail


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
@pytest.mark.parametrize(
    "body", ['{"region": [0, 0, %s, 9]}', '{"polygon": [[0, 0], [%s, 1], [3, 9]]}', '{"evidence": %s}']
)
def test_numbers_that_are_none_are_refused(standing: tuple[TestClient, Any], body: str, number: str) -> None:
    client, explanation = standing
    url = f"{EXPLANATIONS}/{explanation['id']}/counterfactuals"
    answer = client.post(url, content=body % number, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text


def test_a_huge_question_is_refused(client: TestClient) -> None:
    url = f"{EXPLANATIONS}/{explain(client)['id']}/counterfactuals"
    answer = client.post(url, content=b'{"cells": [' + b" " * 2**21, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert "A question may have at most 1 MB" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"region": "0,0,x,9"}, "'region' takes numbers"),
        ({"region": "0,0,9"}, "'region' is too short"),
        ({"polygon": "0,0,9"}, "two numbers for each point"),
        ({"cells": "1,0;1"}, "equal length"),
        ({"cells": "nan"}, "'cells' takes a finite number"),
        ({"evidence": "2"}, "'evidence' takes 1.0 or less"),
        ({"evidence": "0.2", "cells": "1"}, "one of"),
        ({"width": "5000"}, "'width'"),
    ],
)
def test_a_pictures_address_is_checked_as_well(
    standing: tuple[TestClient, Any], query: dict[str, str], words: str
) -> None:
    client, explanation = standing
    answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/counterfactual.jpg", params=query)
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("asked", [{"class": "blue"}, {"class": "blue", "network": False}])
def test_every_class_that_is_told_of_has_all_its_scores(client: TestClient, asked: dict[str, Any]) -> None:
    found = altered(client, explain(client), evidence=0.3, **asked)
    columns = ["before", "predicted", "actual"] if found["actual"] else ["before", "predicted"]
    told = {one["index"]: one for one in found["classes"]}
    assert found["classes"][0]["label"] == "blue"
    assert len(told) == len(found["classes"])
    assert told.keys() == {one["index"] for name in columns for one in found[name]["top"]} | {found["subject"]["index"]}
    for name in columns:
        for one in found[name]["top"]:
            assert told[one["index"]][name] == {key: one[key] for key in ("logit", "probability")}
    assert all((one["actual"] is None) == (found["actual"] is None) for one in found["classes"])


def test_a_class_that_nothing_adds_to_has_no_evidence(client: TestClient) -> None:
    explanation = explain(client, picture(RED))
    maps = cams(client, explanation)
    [index, *_] = [index for index in range(5) if maps[index].max() <= 0]
    status, detail = refused(client, explanation, **{"class": f"index:{index}"})
    assert (status, "no evidence" in detail) == (422, True)
    assert altered(client, explanation, **{"class": f"index:{index}", "region": [0, 0, 40, 40]})["actual"]
    curve = client.post(
        f"{EXPLANATIONS}/{explanation['id']}/counterfactuals/curve", json={"class": f"index:{index}", "steps": 3}
    )
    assert curve.status_code == 200


def test_a_network_without_maps_and_what_is_gone_say_so(
    make_client: ClientMaker, networks: dict[str, Classifier], classifier: Classifier
) -> None:
    client = make_client(classifiers=[networks["fc"], classifier])
    mapless = explain(client)
    assert refused(client, mapless)[0] == 404
    assert "no exact map" in refused(client, mapless)[1]
    assert refused(client, {"id": "0" * 32})[0] == 404
    explanation = explain(client, model=classifier.bundle.id)
    client = make_client(classifiers=[networks["conv"]])
    status, detail = refused(client, explanation)
    assert (status, "not here any more" in detail) == (404, True)
    assert altered(client, explanation, network=False)["predicted"]
    client.delete(f"{EXPLANATIONS}/{explanation['id']}")


def test_a_full_queue_refuses_whatever_needs_the_network(client: TestClient) -> None:
    explanation = explain(client)
    curve = f"{EXPLANATIONS}/{explanation['id']}/counterfactuals/curve"
    with every_place_taken(client):
        assert refused(client, explanation)[0] == 429
        assert client.post(curve, json={}).status_code == 429
        assert altered(client, explanation, network=False)["predicted"]
    assert altered(client, explanation)["actual"]
    assert client.post(curve, json={"steps": 3}).status_code == 200
