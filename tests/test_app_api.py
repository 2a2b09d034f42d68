import hashlib
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app import answers
from model.classifier import Classifier
from model.regions import boxes
from tests.bundles import LABELS, make_bundle
from tests.conftest import ClientMaker
from tests.pictures import BLUE, GREEN, encoded, halves, picture

EXPLANATIONS = "/api/v1/explanations"


def explain(
    client: TestClient, photo: bytes | None = None, headers: dict[str, str] | None = None, **fields: Any
) -> Any:
    answer = client.post(
        EXPLANATIONS, files={"image": ("photo.jpg", photo or halves())}, data=fields, headers=headers or {}
    )
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def refused(client: TestClient, status: int, photo: bytes | None = None, **fields: Any) -> str:
    answer = client.post(EXPLANATIONS, files={"image": ("photo.jpg", photo or halves())}, data=fields)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "request_id"}
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    return str(problem["detail"])


def test_a_photo_is_explained_and_kept(client: TestClient) -> None:
    photo = halves()
    answer = client.post(EXPLANATIONS, files={"image": ("photo.jpg", photo)})
    assert answer.status_code == 201
    explained = answer.json()
    assert answer.headers["location"] == f"{EXPLANATIONS}/{explained['id']}"
    assert list(explained) == [
        "id", "created_at", "model", "image", "input", "grid", "predictions", "cams_url", "page_url", "timing_ms",
    ]  # fmt: skip
    assert explained["created_at"].endswith("Z")
    assert list(explained["model"]) == ["id", "name", "classes", "head", "activation", "exact"]
    image = explained["image"]
    assert (image["width"], image["height"], image["stored_width"], image["stored_height"]) == (192, 96, 192, 96)
    assert image["sha256"] == hashlib.sha256(photo).hexdigest()
    assert explained["input"].keys() == {"width", "height", "scale", "stretch"}
    assert len(explained["predictions"]) == len(LABELS)
    assert list(explained["predictions"][0]) == [
        "index", "label", "probability", "logit", "bias", "residual", "cam", "peak", "box", "heatmap_url",
    ]  # fmt: skip
    assert explained["timing_ms"].keys() == {"decode", "queue", "forward", "cam", "total"}
    assert client.get(answer.headers["location"]).json() == explained


def test_mean_of_map_plus_bias_is_the_logit_in_the_json(client: TestClient) -> None:
    explained = explain(client)
    grid = explained["grid"]
    for prediction in explained["predictions"]:
        cam = np.array(prediction["cam"])
        assert cam.shape == (grid["rows"], grid["columns"])
        assert prediction["residual"] == pytest.approx(cam.mean() + prediction["bias"] - prediction["logit"], abs=1e-12)
        assert abs(prediction["residual"]) < 1e-5


def test_json_numbers_are_the_stored_float32_ones(client: TestClient) -> None:
    explained = explain(client)
    cams = np.load(io.BytesIO(client.get(explained["cams_url"]).content))
    assert cams.dtype == np.float32
    assert cams.shape == (len(LABELS), explained["grid"]["rows"], explained["grid"]["columns"])
    for prediction in explained["predictions"]:
        assert np.array_equal(np.array(prediction["cam"], dtype=np.float32), cams[prediction["index"]])


def test_predictions_are_the_top_k_then_the_classes_asked_for(client: TestClient) -> None:
    explained = explain(client, picture(GREEN), top_k="2", classes=["index:2", "DARK", "green"])
    indices = [prediction["index"] for prediction in explained["predictions"]]
    probabilities = [prediction["probability"] for prediction in explained["predictions"]]
    assert indices[0] == LABELS.index("green")
    assert probabilities[0] >= probabilities[1]
    assert len(indices) == len(set(indices))
    assert [index for index in (2, 4) if index not in indices[:2]] == indices[2:]


def test_top_k_goes_to_the_number_of_classes_and_no_further(client: TestClient) -> None:
    assert len(explain(client, top_k="5")["predictions"]) == 5
    assert len(explain(client, top_k="1")["predictions"]) == 1
    assert "1 to 5" in refused(client, 422, top_k="6")
    assert "top_k" in refused(client, 422, top_k="0")
    assert "top_k" in refused(client, 422, top_k="many")


def test_a_model_with_few_classes_has_all_of_them_by_default(make_client: ClientMaker, tmp_path: Path) -> None:
    two = Classifier.open(make_bundle(tmp_path, labels=("car", "truck"), activation="sigmoid", single_logit=True))
    explained = explain(make_client(classifiers=[two]))
    first, second = sorted(explained["predictions"], key=lambda prediction: prediction["index"])
    assert first["logit"] == -second["logit"]
    assert first["probability"] + second["probability"] == pytest.approx(1)


def test_scale_is_one_of_four(client: TestClient) -> None:
    assert explain(client)["input"]["scale"] == 1
    finer = explain(client, scale="3")
    assert finer["input"]["scale"] == 3
    assert finer["grid"]["columns"] > explain(client)["grid"]["columns"]
    assert "1, 1.5, 2, 3" in refused(client, 422, scale="4")
    assert "scale" in refused(client, 422, scale="nan")
    assert "scale" in refused(client, 422, scale="large")


def test_an_unknown_class_is_refused_with_close_ones(client: TestClient) -> None:
    assert "'bright'" in refused(client, 422, classes="brihgt")
    assert "0 to 4" in refused(client, 422, classes="index:5")


def test_an_unknown_model_is_refused(client: TestClient, classifier: Classifier) -> None:
    assert "tiny" in refused(client, 422, model="huge")
    assert explain(client, model="tiny")["model"]["id"] == classifier.bundle.id
    assert explain(client, model=classifier.bundle.id)["model"]["name"] == "tiny"


def test_an_empty_field_is_one_left_out(client: TestClient) -> None:
    assert len(explain(client, model="", top_k="", classes="", scale="", store="")["predictions"]) == 5


def test_nothing_is_kept_when_store_is_false(client: TestClient, settings: Any) -> None:
    answer = client.post(EXPLANATIONS, files={"image": ("photo.jpg", halves())}, data={"store": "false"})
    assert answer.status_code == 200
    assert "location" not in answer.headers
    explained = answer.json()

    def values(node: Any, name: str = "") -> Any:
        if isinstance(node, dict):
            for key, value in node.items():
                yield from values(value, key)
        elif isinstance(node, list):
            for value in node:
                yield from values(value, name)
        elif name == "url" or name.endswith("_url"):
            yield node

    assert explained["id"] is None
    assert set(values(explained)) == {None}
    assert (explained["image"]["stored_width"], explained["image"]["stored_height"]) == (192, 96)
    assert client.get(EXPLANATIONS).json() == {"items": [], "next": None}
    assert not [path for path in (settings.data_dir / "explanations").rglob("*") if path.is_file()]


def test_a_form_without_a_photo_is_malformed(client: TestClient) -> None:
    for request in ({"data": {"top_k": "3"}}, {"json": {"image": "x"}}, {"data": {"image": "not a file"}}, {}):
        answer = client.post(EXPLANATIONS, **request)
        assert answer.status_code == 400, request
        assert "image" in answer.json()["detail"]


def test_a_broken_multipart_body_is_malformed(client: TestClient) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post(EXPLANATIONS, content=b"--x\r\nbroken", headers=headers).status_code == 400
    assert client.post(EXPLANATIONS, content=b"--y\r\n\r\n", headers=headers).status_code == 400
    headers = {"content-type": "multipart/form-data"}
    assert client.post(EXPLANATIONS, content=b"--x\r\n", headers=headers).status_code == 400


def test_too_many_parts_are_malformed(client: TestClient) -> None:
    two = [("image", ("a.jpg", picture())), ("image", ("b.jpg", picture()))]
    assert client.post(EXPLANATIONS, files=two).status_code == 400
    fields = {f"field{number}": "x" for number in range(2000)}
    assert client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data=fields).status_code == 400
    long = {"classes": "x" * 5000}
    assert client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data=long).status_code == 400


def test_what_is_no_picture_is_refused_by_content(client: TestClient) -> None:
    assert "JPEG" in refused(client, 415, b"%PDF-1.7 not a photo")
    assert "JPEG" in refused(client, 415, b"<svg xmlns='http://www.w3.org/2000/svg'/>")


def test_an_empty_file_is_no_picture_and_no_choice_is_malformed(client: TestClient) -> None:
    empty = client.post(EXPLANATIONS, files={"image": ("empty.jpg", b"")})
    assert empty.status_code == 415
    body = b'--x\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n--x--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post(EXPLANATIONS, content=body, headers=headers).status_code == 400


def test_a_damaged_picture_cannot_be_used(client: TestClient) -> None:
    assert "damaged" in refused(client, 422, picture(size=(400, 300))[:700])


def test_a_picture_with_too_many_pixels_cannot_be_used(make_client: ClientMaker) -> None:
    assert "megapixels" in refused(make_client(max_megapixels=0.005), 422, picture(size=(100, 60)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_every_accepted_kind_is_explained(client: TestClient, kind: str) -> None:
    assert explain(client, picture(BLUE, kind=kind), top_k="1")["predictions"][0]["label"] == "blue"


def test_a_name_that_lies_changes_nothing(client: TestClient) -> None:
    name = "../../etc/passwd\x00.svg"
    answer = client.post(EXPLANATIONS, files={"image": (name, picture(), "text/html")})
    assert answer.status_code == 201
    assert "passwd" not in answer.text


def test_the_stored_photo_is_upright_and_without_metadata(client: TestClient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    exif[0x010E] = "secret place"
    photo = encoded(Image.new("RGB", (120, 60), GREEN), "JPEG", exif=exif)
    explained = explain(client, photo)
    assert (explained["image"]["width"], explained["image"]["height"]) == (60, 120)
    stored = client.get(explained["image"]["url"])
    assert stored.headers["content-type"] == "image/jpeg"
    assert b"secret" not in stored.content
    assert Image.open(io.BytesIO(stored.content)).size == (60, 120)
    assert not Image.open(io.BytesIO(stored.content)).getexif()


def test_the_stored_photo_has_at_most_2048_pixels_a_side(client: TestClient) -> None:
    explained = explain(client, picture(size=(3000, 100)))
    assert (explained["image"]["width"], explained["image"]["stored_width"]) == (3000, 2048)
    assert Image.open(io.BytesIO(client.get(explained["image"]["url"]).content)).width == 2048
    thumbnail = client.get(f"{EXPLANATIONS}/{explained['id']}/thumbnail").content
    assert max(Image.open(io.BytesIO(thumbnail)).size) == 320


@pytest.mark.parametrize("size", [(1, 1), (4000, 1), (1, 4000)])
def test_extreme_shapes_are_explained(client: TestClient, size: tuple[int, int]) -> None:
    explained = explain(client, picture(size=size, kind="PNG"), top_k="1")
    assert explained["predictions"][0]["label"] == "red"
    assert explained["grid"]["cell_width"] > 0
    assert client.get(explained["predictions"][0]["heatmap_url"]).status_code == 200


def test_the_same_photo_again_is_found_not_computed(client: TestClient) -> None:
    first = explain(client)
    again = explain(client, classes="dark", top_k="1")
    assert again["id"] != first["id"]
    assert again["timing_ms"]["forward"] == 0
    assert first["timing_ms"]["forward"] > 0
    assert again["predictions"][0] == first["predictions"][0] | {"heatmap_url": again["predictions"][0]["heatmap_url"]}
    assert explain(client, scale="2")["timing_ms"]["forward"] > 0


def test_boxes_that_are_known_are_not_computed_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = explain(client, top_k="2")
    asked: list[Any] = []
    monkeypatch.setattr(answers, "boxes", lambda maps, *place: asked.append(len(maps)) or boxes(maps, *place))
    again = explain(client, top_k="2")
    assert [prediction["box"] for prediction in again["predictions"]] == [
        prediction["box"] for prediction in first["predictions"]
    ]
    assert asked == []
    more = explain(client, top_k="3")
    assert asked == [1]
    assert more["predictions"][2]["box"] == explain(client, top_k="5")["predictions"][2]["box"]


def test_a_network_of_one_size_takes_every_scale_as_1(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind="fc"))])
    assert explain(client, scale="3")["input"]["scale"] == 1
    assert explain(client, scale="1")["timing_ms"]["forward"] == 0
    assert explain(client, scale="1.5")["timing_ms"]["forward"] == 0
    assert "scale" in refused(client, 422, scale="4")


def test_found_numbers_outlive_the_explanation_they_came_from(client: TestClient) -> None:
    first, again = explain(client), explain(client)
    assert client.delete(f"{EXPLANATIONS}/{first['id']}").status_code == 204
    assert client.get(f"{EXPLANATIONS}/{again['id']}").json() == again
    assert client.get(again["cams_url"]).status_code == 200
    assert client.get(again["image"]["url"]).status_code == 200


def test_what_is_not_kept_touches_neither_the_database_nor_the_disk(
    client: TestClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = explain(client)

    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in settings.data_dir.rglob("*") if path.is_file()}

    before = files()
    monkeypatch.setattr(client.app.state.explainer, "_store", None)  # type: ignore[attr-defined]
    monkeypatch.setattr(Path, "iterdir", None)
    passing = explain(client, store="false")
    assert passing["timing_ms"]["forward"] > 0
    assert passing["id"] is None
    assert passing["image"]["sha256"] == kept["image"]["sha256"]
    monkeypatch.undo()
    assert files() == before
    for mine, other in zip(passing["predictions"], kept["predictions"], strict=True):
        assert np.allclose(mine["cam"], other["cam"], atol=1e-5)
        assert mine | {"cam": 0, "peak": 0, "residual": 0} == other | {
            "cam": 0, "peak": 0, "residual": 0, "heatmap_url": None
        }  # fmt: skip


def test_reuse_can_be_kept_to_ones_own(make_client: ClientMaker) -> None:
    client = make_client(reuse_across_owners=False)
    mine, other = {"Camscope-Owner": "a" * 20}, {"Camscope-Owner": "b" * 20}
    explain(client, headers=mine)
    assert explain(client, headers=other)["timing_ms"]["forward"] > 0
    assert explain(client, headers=mine)["timing_ms"]["forward"] == 0


def test_answers_to_many_at_once_are_not_mixed_up(client: TestClient) -> None:
    colours = {"red": (220, 20, 20), "green": (20, 200, 30), "blue": (25, 30, 210)}
    answers: list[tuple[str, str]] = []

    def ask(name: str, shade: int) -> None:
        photo = picture(tuple(max(0, part - shade) for part in colours[name]), kind="PNG")  # type: ignore[arg-type]
        answers.append((name, explain(client, photo, top_k="1")["predictions"][0]["label"]))

    threads = [threading.Thread(target=ask, args=(name, shade)) for name in colours for shade in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12
    assert all(asked == answered for asked, answered in answers)


def test_deletion_takes_everything(client: TestClient, settings: Any) -> None:
    explained = explain(client)
    base = f"{EXPLANATIONS}/{explained['id']}"
    assert client.delete(base).status_code == 204
    for address in (base, f"{base}/image", f"{base}/thumbnail", f"{base}/cams.npy", f"{base}/scores",
                    f"{base}/heatmap.png?class=0", f"/explanations/{explained['id']}"):  # fmt: skip
        assert client.get(address).status_code == 404, address
    assert client.delete(base).status_code == 404
    assert not [path for path in settings.data_dir.rglob("*") if explained["id"] in path.name]


def test_history_and_deletion_are_the_owners_a_permalink_is_everybodys(client: TestClient) -> None:
    mine, other = {"Camscope-Owner": "mine-0123456789abcdef"}, {"Camscope-Owner": "other-0123456789abcdef"}
    explained = explain(client, headers=mine)
    address = f"{EXPLANATIONS}/{explained['id']}"
    assert client.get(EXPLANATIONS, headers=other).json()["items"] == []
    assert client.get(EXPLANATIONS).json()["items"] == []
    assert client.get(address, headers=other).status_code == 200
    assert client.delete(address, headers=other).status_code == 404
    assert client.get(EXPLANATIONS, headers=mine).json()["items"][0]["id"] == explained["id"]
    assert client.delete(address, headers=mine).status_code == 204


def test_history_is_in_parts_newest_first_and_stable_under_additions(client: TestClient) -> None:
    ids = [explain(client, picture((10 * number, 0, 0)))["id"] for number in range(5)][::-1]
    first = client.get(EXPLANATIONS, params={"limit": 2}).json()
    assert [item["id"] for item in first["items"]] == ids[:2]
    explain(client, picture((0, 0, 99)))
    second = client.get(EXPLANATIONS, params={"limit": 2, "cursor": first["next"]}).json()
    assert [item["id"] for item in second["items"]] == ids[2:4]
    third = client.get(EXPLANATIONS, params={"limit": 2, "cursor": second["next"]}).json()
    assert [item["id"] for item in third["items"]] == ids[4:]
    assert third["next"] is None
    item = third["items"][0]
    assert client.get(item["thumbnail_url"]).status_code == 200
    assert client.get(item["page_url"]).status_code == 200
    assert client.get(item["url"]).json()["id"] == item["id"]
    assert item["top"]["label"] in LABELS


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "x"}, {"cursor": "////"},
                                   {"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkuYQ"}])  # fmt: skip
def test_a_wrong_part_of_the_history_is_refused(client: TestClient, query: dict[str, Any]) -> None:
    answer = client.get(EXPLANATIONS, params=query)
    assert answer.status_code == 422
    assert next(iter(query)) in answer.json()["detail"]


@pytest.mark.parametrize("bad", ["x", "0" * 32, "..%2f..%2fetc", "A" * 32, "0" * 31 + "%00"])
def test_an_unknown_explanation_is_not_found(client: TestClient, bad: str) -> None:
    for part in ("", "/image", "/thumbnail", "/cams.npy", "/scores", "/heatmap.png?class=0"):
        assert client.get(f"{EXPLANATIONS}/{bad}{part}").status_code == 404
    assert client.delete(f"{EXPLANATIONS}/{bad}").status_code == 404


def test_scores_are_those_of_all_classes(client: TestClient) -> None:
    explained = explain(client)
    scores = client.get(f"{EXPLANATIONS}/{explained['id']}/scores").json()
    for prediction in explained["predictions"]:
        for name, values in (("logit", "logits"), ("probability", "probabilities"), ("bias", "bias")):
            assert scores[values][prediction["index"]] == prediction[name]


def test_a_network_without_maps_says_so_with_nulls(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind="fc"))])
    explained = explain(client)
    assert explained["model"]["exact"] is False
    assert (explained["grid"], explained["cams_url"]) == (None, None)
    for prediction in explained["predictions"]:
        for name in ("cam", "peak", "box", "bias", "residual", "heatmap_url"):
            assert prediction[name] is None, name
    base = f"{EXPLANATIONS}/{explained['id']}"
    assert client.get(base).json() == explained
    assert client.get(f"{base}/cams.npy").status_code == 404
    assert client.get(f"{base}/heatmap.png?class=0").status_code == 404
    assert client.get(f"{base}/scores").json()["bias"] is None
    assert explain(client)["timing_ms"]["forward"] == 0


@pytest.mark.parametrize("kind", ["gap", "gap_norm", "conv", "sum", "gmp"])
def test_the_identity_holds_for_every_head(make_client: ClientMaker, tmp_path: Path, kind: str) -> None:
    explained = explain(make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind=kind))]))
    assert explained["model"]["head"] == kind
    for prediction in explained["predictions"]:
        assert abs(prediction["residual"]) < 1e-4 * max(1, abs(prediction["logit"]))


def test_models_are_listed_with_their_labels(client: TestClient, classifier: Classifier) -> None:
    (item,) = client.get("/api/v1/models").json()["items"]
    assert list(item) == ["id", "name", "labels_url", "head", "activation", "exact", "metrics", "created_at"]
    assert item["id"] == classifier.bundle.id
    assert client.get(item["labels_url"]).json() == {"items": list(LABELS)}
    assert client.get("/api/v1/models/tiny/labels").status_code == 200
    assert client.get("/api/v1/models/huge/labels").status_code == 404


def test_the_labels_of_a_bundle_that_is_gone_stay_readable(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client()
    explained, short = explain(client), explain(client, top_k="1")
    later = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, labels=("a", "b")))])
    assert later.get(f"{EXPLANATIONS}/{explained['id']}").json() == explained
    assert later.get(f"/api/v1/models/{explained['model']['id']}/labels").json() == {"items": list(LABELS)}
    assert later.get(f"/explanations/{explained['id']}").status_code == 200
    assert later.get(f"/explanations/{short['id']}?class=4").status_code == 200


def test_files_that_are_known_are_not_sent_again(client: TestClient) -> None:
    explained = explain(client)
    base = f"{EXPLANATIONS}/{explained['id']}"
    for part in ("/image", "/image?width=50", "/thumbnail", "/cams.npy", "/heatmap.png?class=0"):
        first = client.get(base + part)
        assert "private" in first.headers["cache-control"], part
        again = client.get(base + part, headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b""), part
    assert "attachment" in client.get(f"{base}/cams.npy").headers["content-disposition"]


def test_the_image_comes_smaller_on_request(client: TestClient) -> None:
    address = explain(client)["image"]["url"]
    assert Image.open(io.BytesIO(client.get(f"{address}?width=48").content)).size == (48, 24)
    assert Image.open(io.BytesIO(client.get(f"{address}?width=4000").content)).size == (192, 96)
    assert client.get(f"{address}?width=3").status_code == 422


def test_head_is_get_without_the_body(client: TestClient) -> None:
    explained = explain(client)
    for address in (EXPLANATIONS, explained["image"]["url"], "/healthz", "/", "/static/icon.svg", "/nowhere"):
        got, head = client.get(address), client.head(address)
        assert (head.status_code, head.content) == (got.status_code, b""), address
        assert head.headers["content-length"] == str(len(got.content)), address


def test_a_wrong_method_is_told_the_right_ones(client: TestClient) -> None:
    answer = client.put(EXPLANATIONS)
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_colour_tables_are_the_servers_own(client: TestClient) -> None:
    answer = client.get("/colormaps.json")
    assert list(answer.json()) == ["signed", "positive"]
    assert "max-age" in answer.headers["cache-control"]
