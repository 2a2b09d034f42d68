"""What lies on the disk: readable by the server alone, never a program, and served as what it is."""

import os
import stat
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.pictures import picture
from tests.test_app_serving import serving
from tests.trainings import DATASETS, TRAININGS, photo

EXPLANATIONS = "/api/v1/explanations"
PATIENCE_S = 60
OWNER = {"Camscope-Owner": "somebody-who-comes-again"}
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.slow
def test_all_that_a_server_keeps_is_readable_by_its_user_alone(tmp_path: Path, bundle_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with serving(tmp_path, "--model", str(bundle_path), CAMSCOPE_TRAINING="on") as (_, url):
            client = httpx2.Client(base_url=url, headers=OWNER, timeout=PATIENCE_S, trust_env=False)
            made = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
            assert client.get(f"{EXPLANATIONS}/{made['id']}/thumbnail").status_code == 200
            dataset = client.post(DATASETS).json()["id"]
            for number in range(1, 5):
                sent = {"label": ("ants", "bees")[number % 2]}
                files = {"image": ("a.png", photo(number))}
                assert client.post(f"{DATASETS}/{dataset}/pictures", data=sent, files=files).status_code == 201
            training = client.post(TRAININGS, json={"name": "insects", "dataset": dataset})
            assert training.status_code == 201, training.text
            client.post(f"{training.json()['url']}/cancel")
            found = {path: path.lstat() for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]}
            client.close()
    finally:
        os.umask(before)
    assert {path.suffix for path in found} >= {".jpg", ".npy", ".npz", ".sqlite", ".sqlite-wal", ".csv"}
    for path, state in found.items():
        assert stat.S_IMODE(state.st_mode) == (0o700 if stat.S_ISDIR(state.st_mode) else 0o600), path


def test_a_picture_that_is_a_page_as_well_is_served_as_a_picture(client: TestClient) -> None:
    jpeg = picture()
    comment = b"\xff\xfe" + (len(HTML) + 2).to_bytes(2, "big") + HTML
    for polyglot in (jpeg[:2] + comment + jpeg[2:], jpeg + HTML):
        made = client.post(EXPLANATIONS, files={"image": ("page.html", polyglot, "text/html")})
        assert made.status_code == 201
        stored = client.get(made.json()["image"]["url"])
        assert stored.headers["content-type"] == "image/jpeg"
        assert stored.headers["x-content-type-options"] == "nosniff"
        assert b"script" not in stored.content
        assert b"script" not in client.get(f"{EXPLANATIONS}/{made.json()['id']}/thumbnail").content


def test_every_file_says_what_it_is_and_how_to_keep_it(client: TestClient) -> None:
    made = client.post(EXPLANATIONS, files={"image": ("../../a\r\nX: y.jpg", picture())}).json()
    address = f"{EXPLANATIONS}/{made['id']}"
    for path, kind, how in (
        ("image", "image/jpeg", "inline"),
        ("thumbnail", "image/jpeg", "inline"),
        ("heatmap.png?class=0", "image/png", "inline"),
        ("cams.npy", "application/octet-stream", "attachment"),
    ):
        answer = client.get(f"{address}/{path}")
        assert answer.headers["content-type"] == kind, path
        kept = answer.headers["content-disposition"]
        assert kept.startswith(f'{how}; filename="camscope-{made["id"][:8]}'), kept
    model = client.get(f"/api/v1/models/{made['model']['id']}/archive")
    assert model.headers["content-type"] == "application/zip"
    assert model.headers["content-disposition"].startswith("attachment; ")
