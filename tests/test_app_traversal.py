"""Names that would lead elsewhere, or to the network: they lead nowhere, and no file appears where none belongs."""

import io
import re
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from model.manifest import NAME_PATTERN
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.routes import routes_of
from tests.test_app_models import packed, trained
from tests.test_architecture import imports, under
from tests.trainings import DATASETS, collect, send

CANARY = "this must never be served"
NAMES = (
    "..", "../..", "../canary", "../../canary", "..\\..\\canary", "%2e%2e%2fcanary", "....//....//canary",
    "/etc/passwd", "C:\\win.ini", "\\\\server\\share", "CON", "nul.txt", "a:b", "canary\x00.jpg", "\x00", "\n",
    "a\r\nb", "~", "~root", "$HOME", "`id`", "|id", ";id", "a" * 300, "a" * 5000, "é" * 200, "\u202e", "\ud83d",
    ".", ".hidden", "file:///etc/passwd",
    "http://127.0.0.1:9/x", "*", "?", "a/../../canary", "./canary", "canary/", " canary", "%",
)  # fmt: skip
FETCHING = {"urllib.request", "http.client", "requests", "httpx", "httpx2", "aiohttp", "ftplib", "smtplib", "urllib3"}


@pytest.fixture
def canary(tmp_path: Path, settings: Settings) -> Path:
    """A file beside the data folder, which strangers would like to see."""
    for place in (tmp_path / "canary", tmp_path / "canary.jpg"):
        place.write_text(CANARY)
    return tmp_path


def tree(folder: Path, data_dir: Path) -> set[Path]:
    """What lies outside of the data folder."""
    return {path for path in folder.rglob("*") if data_dir not in path.parents and path != data_dir}


def escaped(name: str) -> str:
    """The name as a path's part that no client tidies up."""
    return quote(name.encode("utf-8", "surrogatepass"), safe="").replace(".", "%2E")


def test_no_id_and_no_name_in_an_address_leads_elsewhere(client: TestClient, settings: Settings, canary: Path) -> None:
    before = tree(canary, settings.data_dir)
    targets = [(method, path) for method, path in routes_of(client.app) if "{" in path and method != "HEAD"]
    targets += [("GET", "/static/{name}"), ("GET", "/docs/{name}")]
    for number, name in enumerate(NAMES):
        for method, path in targets[number % 2 :: 2] if len(name) < 5000 else targets[:4]:
            address = re.sub(r"{\w+(:path)?}", lambda _, name=name: escaped(name), path)
            answer = client.request(method, address, follow_redirects=False)
            assert 400 <= answer.status_code < 500, (method, address, answer.status_code)
            assert CANARY not in answer.text
            assert "root:" not in answer.text
    assert tree(canary, settings.data_dir) == before


def test_no_name_in_a_form_leads_elsewhere(make_client: ClientMaker, settings: Settings, canary: Path) -> None:
    trained(settings.models_folder)
    client = make_client()
    before = tree(canary, settings.data_dir)
    photo = {"image": ("a.jpg", picture())}
    for name in NAMES:
        text = name.encode("utf-8", "replace").decode()
        answers = [
            client.post("/api/v1/explanations", files=photo, data={"model": text}),
            client.post("/api/v1/explanations", files=photo, data={"classes": text}),
            client.get("/api/v1/explanations", params={"cursor": text}),
            client.post("/explanations", data={"example": text}),
            client.post("/api/v1/trainings", json={"name": text, "folder": text}),
            client.post("/api/v1/trainings", json={"name": "fine", "folder": text}),
            client.post("/api/v1/trainings", json={"name": "fine", "dataset": text}),
            client.post("/api/v1/trainings", json={"name": "fine", "folder": "/", "base": text}),
        ]
        for answer in answers:
            assert 400 <= answer.status_code < 500, (name, answer.text)
            assert CANARY not in answer.text
        renamed = client.patch("/api/v1/models/insects", json={"name": text})
        if re.fullmatch(NAME_PATTERN, text):
            assert renamed.status_code == 200
            client.patch(f"/api/v1/models/{renamed.json()['id']}", json={"name": "insects"})
        else:
            assert 400 <= renamed.status_code < 500
        assert [path.name for path in settings.models_folder.iterdir()] == ["insects"]
    assert tree(canary, settings.data_dir) == before


def test_no_name_in_an_upload_leads_elsewhere(client: TestClient, settings: Settings, canary: Path) -> None:
    before = tree(canary, settings.data_dir)
    dataset = collect(client)
    for number, name in enumerate(NAMES):
        text = name.encode("utf-8", "replace").decode()
        made = client.post("/api/v1/explanations", files={"image": (text, picture())})
        assert made.status_code in (201, 400)
        labelled = send(client, dataset, text, picture((number, 2, 3)), text)
        assert labelled.status_code in (200, 201, 400, 422), labelled.text
    assert tree(canary, settings.data_dir) == before
    for path in (settings.data_dir / "datasets").rglob("*"):
        assert re.fullmatch(r"[\w.-]+", path.name), path


def zips(name: str) -> Iterator[tuple[str, bytes]]:
    """Archives with a member of that name: a file, a link, and a folder with a picture in it."""
    for kind in ("file", "link", "folder"):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for label in ("ants", "bees"):
                for shade in (1, 2):
                    archive.writestr(f"{label}/{shade}.png", picture((shade, 7, len(label)), kind="PNG"))
            member = zipfile.ZipInfo(f"{name}/1.png" if kind == "folder" else name)
            member.external_attr = 0o120777 << 16 if kind == "link" else 0o104777 << 16
            archive.writestr(member, "../../canary" if kind == "link" else picture((9, 9, 9), kind="PNG"))
        yield kind, stream.getvalue()


def test_no_name_in_an_archive_leads_elsewhere(client: TestClient, settings: Settings, canary: Path) -> None:
    before = tree(canary, settings.data_dir)
    for name in (name for name in NAMES if name.isprintable() and len(name) <= 300):
        for kind, archive in zips(name):
            dataset = client.post(DATASETS).json()["id"]
            answer = client.post(f"{DATASETS}/{dataset}/archive", files={"archive": ("a.zip", archive)})
            assert answer.status_code in (201, 400, 422), (name, kind, answer.text)
            assert CANARY not in answer.text
    assert tree(canary, settings.data_dir) == before
    kept = [path for path in (settings.data_dir / "datasets").rglob("*") if path.is_file()]
    assert len(kept) > 100
    assert all(path.stat().st_mode & 0o111 == 0 and not path.is_symlink() for path in kept)


@pytest.mark.parametrize("name", ["../canary", "/tmp/canary", "..\\canary", "CON", "a/b/c", "model.onnx/x", "\x01"])
def test_a_model_with_a_file_that_leads_elsewhere_is_refused(
    client: TestClient, settings: Settings, canary: Path, name: str
) -> None:
    before = tree(canary, settings.data_dir)
    bundle = trained(canary / "elsewhere")
    before = tree(canary, settings.data_dir)
    answer = client.post("/api/v1/models", files={"archive": ("a.zip", packed(bundle, "insects/", **{name: b"x"}))})
    assert answer.status_code == 422
    assert tree(canary, settings.data_dir) == before
    assert not [path for path in settings.models_folder.glob("*") if not path.name.startswith(".")]


def test_nothing_that_serves_can_ask_another_server() -> None:
    serving = [
        path for path in under("app/", "model/") if "training" not in path.parts and path.name != "cli_networks.py"
    ]
    assert len(serving) > 100
    assert not [(path, used) for path in serving for used in imports(path) if used in FETCHING]


def test_no_address_that_a_stranger_names_is_asked(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the server asked somebody")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    evil = "http://evil.example/a.png"
    svg = (
        f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "{evil}">]><svg><image href="{evil}"/>&x;</svg>'.encode()
    )
    json: dict[str, Any] = {"name": "fine", "folder": evil, "base": evil}
    asked = [
        client.post("/api/v1/explanations", files={"image": (evil, svg, "image/svg+xml")}),
        client.post("/api/v1/explanations", files={"image": (evil, evil.encode())}),
        client.post("/api/v1/explanations", data={"image": evil, "url": evil}),
        client.post("/api/v1/explanations", files={"image": picture()}, data={"model": evil}),
        client.post("/explanations", data={"example": evil}),
        client.post("/api/v1/trainings", json=json),
        client.post("/api/v1/models", data={"archive": evil}),
        client.get("/compare", params={"explanation": evil}),
    ]
    assert {answer.status_code for answer in asked} <= {400, 403, 404, 415, 422}
    assert client.post("/api/v1/explanations", files={"image": picture()}).status_code == 201
