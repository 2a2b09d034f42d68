"""Models over the API: told of, renamed, handed out, taken in and deleted; nothing half, nothing from outside."""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.reports import draw_report
from app.shelf import COMING, GOING
from model.bundle import read_bundle, write_bundle
from model.manifest import MANIFEST, METRICS, REPORT, read_manifest, seal
from model.metrics import Metrics
from model.renaming import copy_bundle
from tests.bundles import LABELS, make_bundle, packed
from tests.conftest import ClientMaker
from tests.measured import make_metrics
from tests.pictures import picture

MODELS = "/api/v1/models"
LAYERS = [
    {"name": "conv", "kind": "Conv2d", "shape": [5, 4, 4], "size": 80, "parameters": 20, "head": False},
    {"name": "fc", "kind": "Linear", "shape": [5], "size": 5, "parameters": 30, "head": True},
]


def trained(folder: Path, name: str = "insects", metrics: Metrics | None = None) -> Path:
    """A bundle as training writes it: with layers, metrics and a report."""
    scratch = make_bundle(folder / ".made", name=name)
    bundle = read_bundle(scratch)
    measured = metrics or make_metrics(LABELS, name=name, mistakes=())
    write_bundle(
        folder / name,
        name=name,
        graph=bundle.graph,
        spec=bundle.spec,
        head=bundle.head,
        network={"fc.weight": np.zeros((5, 5), dtype=np.float32)},
        provenance={"parent": "base-0123456789ab", "layers": LAYERS, "layers_side": 64, "parameters": 50},
        accounts={METRICS: measured.model_dump_json().encode(), REPORT: draw_report(measured)},
    )
    shutil.rmtree(folder / ".made")
    return folder / name


@pytest.fixture
def models(settings: Settings) -> Path:
    """The watched folder, with a trained bundle in it."""
    trained(settings.models_folder)
    return settings.models_folder


@pytest.fixture
def served(models: Path, make_client: ClientMaker) -> TestClient:
    """A server that was started with one bundle and watches another."""
    return make_client()


def names(client: TestClient) -> list[str]:
    return [item["name"] for item in client.get(MODELS).json()["items"]]


def detail(client: TestClient, key: str = "insects") -> dict[str, Any]:
    answer = client.get(f"{MODELS}/{key}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_model_tells_all_there_is_to_know(served: TestClient, models: Path) -> None:
    told = detail(served)
    assert told == detail(served, told["id"])
    assert (told["name"], told["classes"], told["head"], told["exact"]) == ("insects", 5, "gap", True)
    assert (told["parameters"], told["head_parameters"], told["layers_side"]) == (50, 30, 64)
    assert [layer["name"] for layer in told["layers"]] == ["conv", "fc"]
    assert told["metrics"] == pytest.approx({"accuracy": 0.91, "macro_f1": 0.91, "loss": 0.213, "val": 200}, abs=0.01)
    assert told["provenance"] == {"parent": "base-0123456789ab"}
    assert told["bytes"] == sum(file.stat().st_size for file in (models / "insects").iterdir())
    assert (told["default"], told["changeable"], told["unchangeable_reason"]) == (False, True, None)
    for url in ("metrics_url", "report_url", "archive_url", "labels_url", "page_url"):
        assert served.get(told[url]).status_code == 200, url


def test_a_model_that_says_little_is_told_of_all_the_same(served: TestClient) -> None:
    told = detail(served, "tiny")
    assert told["layers"] == []
    assert told["parameters"] is told["head_parameters"] is told["metrics"] is told["report_url"] is None
    assert told["default"]
    assert not told["changeable"]
    assert "started with" in told["unchangeable_reason"]
    for part in ("metrics", "report"):
        answer = served.get(f"{MODELS}/tiny/{part}")
        assert answer.status_code == 404
        assert "not trained here" in answer.json()["detail"]


def test_an_unknown_model_is_404(served: TestClient) -> None:
    for path in ("", "/metrics", "/report", "/archive", "/labels"):
        assert served.get(f"{MODELS}/nobody-0123456789ab{path}").status_code == 404, path
    assert served.patch(f"{MODELS}/nobody", json={"name": "x"}).status_code == 404
    assert served.delete(f"{MODELS}/nobody").status_code == 404


def test_a_report_may_look_like_anything_and_do_nothing(served: TestClient) -> None:
    answer = served.get(f"{MODELS}/insects/report")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["sandbox"] == ""
    assert policy["img-src"] == "data:"
    assert "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"Training report" in answer.content


def test_metrics_come_as_they_were_written(served: TestClient, models: Path) -> None:
    assert served.get(f"{MODELS}/insects/metrics").json() == json.loads((models / "insects" / METRICS).read_bytes())


def test_a_renamed_model_has_a_new_id_and_answers_to_both(served: TestClient, models: Path) -> None:
    old = detail(served)["id"]
    explanation = explain(served, "insects")
    told = served.patch(f"{MODELS}/insects", json={"name": "bugs-2.0"}).json()
    assert (told["name"], told["id"]) == ("bugs-2.0", f"bugs-2.0-{old.rpartition('-')[2]}")
    assert names(served) == ["tiny", "bugs-2.0"]
    assert [path.name for path in models.iterdir()] == ["bugs-2.0"]
    assert read_bundle(models / "bugs-2.0").name == "bugs-2.0"
    assert detail(served, old) == told
    assert explain(served, old)["model"]["id"] == told["id"]
    again = served.get(f"/api/v1/explanations/{explanation['id']}").json()
    assert again["model"]["name"] == "insects"
    assert served.get(again["page_url"]).status_code == 200
    assert served.get(f"{MODELS}/{old}/labels").status_code == 200


def explain(client: TestClient, model: str) -> dict[str, Any]:
    answer = client.post("/api/v1/explanations", files={"image": picture()}, data={"model": model})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_name_may_be_as_long_as_the_form_says(served: TestClient) -> None:
    renamed = served.patch(f"{MODELS}/insects", json={"name": "x" * 100}).json()
    assert 'maxlength="100"' in served.get(f"/models/{renamed['id']}").text
    assert served.patch(f"{MODELS}/{renamed['id']}", json={"name": "x" * 101}).status_code == 422


def test_a_model_may_be_called_what_it_is_called(served: TestClient) -> None:
    before = detail(served)
    assert served.patch(f"{MODELS}/insects", json={"name": "insects"}).json() == before


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "ü", "x" * 101, "a b", None, 3])
def test_names_that_are_no_names_are_refused(served: TestClient, name: object) -> None:
    answer = served.patch(f"{MODELS}/insects", json={"name": name})
    assert answer.status_code == 422, answer.text
    assert names(served) == ["tiny", "insects"]


def test_a_name_that_is_taken_is_refused(served: TestClient, models: Path) -> None:
    (models / "notes").mkdir()
    for name in ("tiny", "notes"):
        answer = served.patch(f"{MODELS}/insects", json={"name": name})
        assert answer.status_code == 422
        assert f"another model called '{name}'" in answer.json()["detail"]


def test_a_rename_that_fails_changes_nothing(served: TestClient, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("model.renaming.write_synced", full)
    assert served.patch(f"{MODELS}/insects", json={"name": "bugs"}).status_code == 507
    monkeypatch.undo()
    assert names(served) == ["tiny", "insects"]
    assert [path.name for path in models.iterdir()] == ["insects"]


def test_a_deleted_model_is_gone_and_its_explanations_are_not(served: TestClient, models: Path) -> None:
    explanation = explain(served, "insects")
    id_ = detail(served)["id"]
    assert served.delete(f"{MODELS}/{id_}").status_code == 204
    assert names(served) == ["tiny"]
    assert list(models.iterdir()) == []
    assert served.delete(f"{MODELS}/{id_}").status_code == 404
    assert served.get(f"/api/v1/explanations/{explanation['id']}").json() == explanation
    assert served.get(explanation["page_url"]).status_code == 200
    assert served.get(f"{MODELS}/{id_}/labels").json()["items"] == list(LABELS)
    refused = served.post("/api/v1/explanations", files={"image": picture()}, data={"model": id_})
    assert refused.status_code == 422


def test_what_the_server_was_started_with_is_not_changed(served: TestClient) -> None:
    for answer in (served.delete(f"{MODELS}/tiny"), served.patch(f"{MODELS}/tiny", json={"name": "mine"})):
        assert answer.status_code == 403
        assert "only its operator" in answer.json()["detail"]
    assert names(served) == ["tiny", "insects"]


def test_a_linked_folder_is_unlinked_and_not_emptied(served: TestClient, models: Path, tmp_path: Path) -> None:
    elsewhere = make_bundle(tmp_path / "elsewhere", name="linked", labels=("a", "b"))
    (models / "linked").symlink_to(elsewhere)
    assert "linked" in names(served)
    assert served.delete(f"{MODELS}/linked").status_code == 204
    assert (elsewhere / MANIFEST).is_file()
    assert "linked" not in names(served)


@pytest.mark.parametrize(
    ("wish", "host", "allowed"),
    [("auto", "127.0.0.1", True), ("auto", "::1", True), ("auto", "0.0.0.0", False), ("on", "0.0.0.0", True),
     ("off", "127.0.0.1", False)],
)  # fmt: skip
def test_who_may_change_models_is_a_setting(
    models: Path, make_client: ClientMaker, wish: str, host: str, allowed: bool
) -> None:
    client = make_client(change_models=wish, host=host)
    answers = [
        client.post(MODELS, files={"archive": b"no zip"}),
        client.patch(f"{MODELS}/insects", json={"name": "bugs"}),
        client.delete(f"{MODELS}/bugs"),
    ]
    if allowed:
        assert [answer.status_code for answer in answers] == [422, 200, 204]
        return
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert all("CAMSCOPE_CHANGE_MODELS=on" in answer.json()["detail"] for answer in answers)
    assert names(client) == ["tiny", "insects"]
    assert not detail(client)["changeable"]


def test_a_model_goes_from_one_server_to_another(served: TestClient, tmp_path: Path) -> None:
    archive = served.get(f"{MODELS}/insects/archive")
    assert archive.headers["content-type"] == "application/zip"
    assert int(archive.headers["content-length"]) == len(archive.content)
    told = detail(served)
    assert f'filename="{told["id"]}.zip"' in archive.headers["content-disposition"]
    assert archive.content == served.get(f"{MODELS}/{told['id']}/archive").content
    assert sorted(zipfile.ZipFile(io.BytesIO(archive.content)).namelist())[0] == "insects/bundle.json"

    for other in other_server(tmp_path):
        answer = send(other, archive.content)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"{MODELS}/{told['id']}"
        assert answer.json() == told | {"default": True}
        assert explain(other, "insects")["predictions"]
        again = send(other, archive.content)
        assert again.status_code == 422
        assert "here already" in again.json()["detail"]


def other_server(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path / "other", cache_dir=tmp_path / "cache")
    with TestClient(create_app(settings, []), base_url="http://localhost") as client:
        yield client


def send(client: TestClient, content: bytes) -> Any:
    return client.post(MODELS, files={"archive": ("model.zip", content, "application/zip")})


def test_files_may_lie_at_the_top_and_systems_may_add_theirs(served: TestClient, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, name="plain", labels=("a", "b"))
    stream = packed(bundle, **{"__MACOSX/._model.onnx": b"x", ".DS_Store": b"x"})
    assert send(served, stream).status_code == 201
    assert "plain" in names(served)


def test_two_models_of_one_name_lie_side_by_side(served: TestClient, models: Path, tmp_path: Path) -> None:
    other = make_bundle(tmp_path, name="insects", labels=("a", "b"))
    answer = send(served, packed(other, "x/"))
    assert answer.status_code == 201
    assert sorted(path.name for path in models.iterdir()) == sorted(["insects", answer.json()["id"]])


def damaged_graph(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"other")


def unlisted_file(folder: Path) -> None:
    (folder / "network.safetensors").write_bytes(b"x")


def missing_head(folder: Path) -> None:
    (folder / "head.safetensors").unlink()


def missing_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def foreign_file(folder: Path) -> None:
    (folder / "run.py").write_text("print()")


def changed_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text((folder / MANIFEST).read_text().replace("tiny", "mine"))


def other_head(folder: Path) -> None:
    """Everything hashed and sealed, and yet the maps do not add up."""
    bundle = read_bundle(folder)
    shutil.rmtree(folder)
    assert bundle.head.weight is not None
    other = type(bundle.head)(kind=bundle.head.kind, weight=bundle.head.weight + 1, bias=bundle.head.bias)
    write_bundle(folder, name="tiny", graph=bundle.graph, spec=bundle.spec, head=other, network=None, provenance={})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (damaged_graph, "model.onnx: its sha256"),
        (unlisted_file, "'network.safetensors' in the zip file is not listed"),
        (missing_head, "head.safetensors: No such file"),
        (missing_manifest, "bundle.json is missing"),
        (foreign_file, "'x/run.py' in the zip file is no part of a model"),
        (changed_manifest, "does not match its own sha256"),
        (other_head, "cannot be used"),
    ],
)
def test_what_is_no_good_bundle_is_refused_without_a_trace(
    served: TestClient, models: Path, tmp_path: Path, spoil: Any, reason: str
) -> None:
    folder = make_bundle(tmp_path / "spoilt", labels=("a", "b"), name="tiny")
    spoil(folder)
    answer = send(served, packed(folder, "x/"))
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert reason in detail
    assert str(models) not in detail
    assert str(tmp_path) not in detail
    assert names(served) == ["tiny", "insects"]
    assert [path.name for path in models.iterdir()] == ["insects"]


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 422, "not a zip file"),
        (b"PK nothing", 422, "not a zip file"),
        (b"x" * 100, 422, "not a zip file"),
    ],
)
def test_what_is_no_zip_is_refused(served: TestClient, content: bytes, status: int, reason: str) -> None:
    answer = send(served, content)
    assert answer.status_code == status
    assert reason in answer.json()["detail"]


def test_a_name_that_leads_out_writes_nothing(served: TestClient, models: Path, tmp_path: Path) -> None:
    stream = packed(make_bundle(tmp_path, name="evil"), **{"../../escaped": b"x"})
    answer = send(served, stream)
    assert answer.status_code == 422
    assert "leads out" in answer.json()["detail"]
    assert not list(models.parent.parent.rglob("escaped"))


def test_a_model_larger_than_allowed_is_refused(models: Path, make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(max_model_mb=0.01)
    small = make_bundle(tmp_path, name="small")
    (small / "network.safetensors").write_bytes(bytes(20_000))
    answer = send(client, packed(small))
    assert answer.status_code == 413
    large = send(client, bytes(2**20))
    assert large.status_code == 413
    assert "A model may have" in large.json()["detail"]


def test_a_form_without_the_file_says_what_is_missing(served: TestClient) -> None:
    answer = served.post(MODELS, data={"name": "x"})
    assert answer.status_code == 400
    assert "'archive'" in answer.json()["detail"]


def test_damaged_metrics_are_left_out_of_lists_and_refused_when_taken_in(served: TestClient, models: Path) -> None:
    source = models / "insects"
    (source / METRICS).write_text("{}")
    raw = json.loads((source / MANIFEST).read_bytes())
    raw["files"][METRICS] = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # of {}
    raw["seal"] = seal(raw)
    (source / MANIFEST).write_text(json.dumps(raw))
    assert detail(served)["metrics"] is None
    assert served.get(f"{MODELS}/insects/metrics").status_code == 503
    content = served.get(f"{MODELS}/insects/archive").content
    served.delete(f"{MODELS}/insects")
    answer = send(served, content)
    assert answer.status_code == 422
    assert "metrics.json" in answer.json()["detail"]


def test_beside_another_server_leftovers_of_a_crash_are_cleared_when_they_are_old(
    models: Path, make_client: ClientMaker
) -> None:
    make_client()
    for kind in (GOING, COMING):
        for age in ("old", "new"):
            (models / f"{kind}{age}").mkdir()
        os.utime(models / f"{kind}old", (0, 0))
    client = make_client()
    assert sorted(path.name for path in models.iterdir()) == sorted([f"{COMING}new", f"{GOING}new", "insects"])
    assert names(client) == ["tiny", "insects"]


def test_a_copy_shares_its_files_and_has_another_name(bundle_path: Path, tmp_path: Path) -> None:
    source = shutil.copytree(bundle_path, tmp_path / "source")
    copy = copy_bundle(source, tmp_path / "copy", "other")
    assert copy.id.rpartition("-")[2] == read_bundle(source).id.rpartition("-")[2]
    assert copy.created_at == read_bundle(source).created_at
    assert (tmp_path / "copy" / "model.onnx").stat().st_ino == (source / "model.onnx").stat().st_ino
    assert read_manifest(source).name == "tiny"


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"json": {}}, 422, "'name' is required"),
        ({"json": {"name": "a", "more": 1}}, 422, "'more' is no field"),
        ({"json": {"name": 1}}, 422, "'name' takes a text"),
        ({"json": ["a"]}, 400, "no JSON object"),
        ({"content": b"{"}, 400, "no JSON object"),
        ({}, 400, "no JSON object"),
    ],
)
def test_a_request_to_rename_is_a_json_object(served: TestClient, sent: dict[str, Any], status: int, said: str) -> None:
    answer = served.patch(f"{MODELS}/insects", headers={"content-type": "application/json"}, **sent)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_a_folder_that_cannot_be_written_is_said(
    served: TestClient, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = packed(make_bundle(tmp_path, name="new", labels=("a", "b")))

    def read_only(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("app.shelf.tempfile.mkdtemp", read_only)
    monkeypatch.setattr("app.shelf.tempfile.TemporaryDirectory", read_only)
    for answer in (send(served, content), served.delete(f"{MODELS}/insects")):
        assert answer.status_code == 503
        assert "could not be changed" in answer.json()["detail"]
        assert str(models) not in answer.text
    monkeypatch.undo()
    assert names(served) == ["tiny", "insects"]


def test_a_manifest_with_anything_in_it_is_shown_all_the_same(served: TestClient, models: Path) -> None:
    file = models / "insects" / MANIFEST
    raw = json.loads(file.read_bytes())
    raw["provenance"] = {
        "base": {"id": 7, "name": ["x"]},
        "data": {"name": {}, "counts": {"train": "many", "val": None}},
        "metrics": {"accuracy": float("nan"), "loss": "low", "val": 1e400},
        "training": [1],
        "weights": 3,
        "made_with": {"torch": float("inf")},
        "layers": "none",
        "parameters": -1,
        "<b>": float("nan"),
    }
    del raw["files"][METRICS]
    (models / "insects" / METRICS).unlink()
    raw["seal"] = seal(raw)
    file.write_text(json.dumps(raw))
    told = detail(served)
    assert told["provenance"]["<b>"] is None
    assert told["metrics"] == {}
    assert served.get("/models").status_code == 200
    page = served.get("/models/insects")
    assert page.status_code == 200
    assert "does not tell its layers" in page.text


def test_pages_refuse_what_the_api_refuses(models: Path, make_client: ClientMaker) -> None:
    client = make_client(change_models="off")
    html = {"accept": "text/html"}
    assert client.post("/models", files={"archive": b"x"}, headers=html).status_code == 403
    assert client.post("/models/insects/rename", data={"name": "x"}, headers=html).status_code == 403
    assert client.get("/models/insects/delete", headers=html).status_code == 403
    assert client.post("/models/insects/delete", headers=html).status_code == 403
    assert "CAMSCOPE_CHANGE_MODELS=on" in client.get("/models").text
    assert "Rename" not in client.get("/models/insects").text
    assert client.get("/models/nobody", headers=html).status_code == 404
    assert names(client) == ["tiny", "insects"]


def test_a_server_without_models_says_what_to_do(tmp_path: Path) -> None:
    for client in other_server(tmp_path):
        assert "There is no model here yet" in client.get("/models").text
        assert client.get(f"{MODELS}/any").status_code == 404
