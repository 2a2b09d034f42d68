import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.bundles import make_bundle, packed
from tests.conftest import ClientMaker
from tests.kills import reckon_disk
from tests.pictures import encoded, picture
from tests.processes import disk, fill
from tests.trainings import DATASETS, photo, send

EXPLANATIONS = "/api/v1/explanations"


def test_no_space_on_the_disk_is_a_507(client: TestClient, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/secret/path")

    monkeypatch.setattr("app.folders.write_unsynced", full)
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    assert answer.status_code == 507
    assert "/secret" not in answer.text
    assert not [path for path in Path(settings.data_dir / "explanations").rglob("*") if path.is_file()]
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data={"store": "false"})
    assert answer.status_code == 200


def test_no_space_for_the_upload_itself_is_a_507(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("starlette.datastructures.UploadFile.write", full)
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    assert answer.status_code == 507


OWNER = {"Camscope-Owner": "a-visitor-of-a-full-disk"}


def noise(number: int, side: int = 64) -> bytes:
    """A PNG file that does not get any smaller, unlike those of other numbers."""
    pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels), "PNG")


def explain(client: TestClient, number: int, **fields: str) -> Any:
    image = {"image": ("a.png", noise(number))}
    return client.post(EXPLANATIONS, files=image, data=fields, headers=OWNER)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder on a small disk of its own, the database's write-ahead log too."""
    with disk(tmp_path / "small", "size=2m") as small:
        yield small


def test_whatever_room_is_left_all_is_kept_or_nothing_and_it_recovers_by_itself(
    make_client: ClientMaker, data: Path
) -> None:
    """The photo's file, then those of numbers, then the rows do not fit."""
    client = make_client(data_dir=data, disk_reserve_mb=0)
    first = explain(client, 0)
    statuses = []
    for left in (0, 4, 8, 12, 16, 20, 24, 32, 48, 64, 96):
        ballast = fill(data)
        os.truncate(ballast, ballast.stat().st_size - left * 1024)
        answer = explain(client, 1000 + left)
        statuses.append(answer.status_code)
        for path in (first.headers["location"], f"{first.headers['location']}/cams.npy", EXPLANATIONS):
            assert client.get(path, headers=OWNER).status_code == 200
        assert explain(client, 1000 + left, store="false").status_code == 200
        ballast.unlink()
        assert explain(client, 2000 + left).status_code == 201
        reckon_disk(data)
    assert statuses == sorted(statuses, reverse=True), statuses
    assert {507, 201} == set(statuses)


def test_pictures_and_models_that_do_not_fit_are_a_507_too(
    make_client: ClientMaker, data: Path, tmp_path: Path
) -> None:
    client = make_client(data_dir=data, disk_reserve_mb=0)
    client.headers.update(OWNER)
    dataset = client.post(DATASETS).json()["id"]
    model = packed(make_bundle(tmp_path, name="another", labels=("a", "b")))
    ballast = fill(data)
    for answer in (
        send(client, dataset, "ants", noise(1)),
        client.post("/api/v1/models", files={"archive": ("a.zip", model)}),
    ):
        assert answer.status_code == 507, answer.text
    assert client.get(f"{DATASETS}/{dataset}").json()["pictures"] == 0
    ballast.unlink()
    assert send(client, dataset, "ants", photo(1)).status_code == 201
    assert client.post("/api/v1/models", files={"archive": ("a.zip", model)}).status_code == 201
    reckon_disk(data)


def test_a_full_temporary_folder_spoils_large_uploads_alone(
    make_client: ClientMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload that no memory is left for is written there; a form of 128 kB tells beforehand how long it is."""
    monkeypatch.setattr("app.spooling.ROOM_BYTES", 0)
    monkeypatch.setattr("app.spooling.WITHOUT_ROOM_BYTES", 2**15)
    with disk(tmp_path / "temporary", "size=64k") as temporary:
        monkeypatch.setattr("tempfile.tempdir", str(temporary))
        client = make_client()
        ballast = fill(temporary)
        large = {"image": ("a.png", noise(1, side=256))}
        answer = client.post(EXPLANATIONS, files=large)
        assert answer.status_code == 507, answer.text
        assert explain(client, 2).status_code == 201
        ballast.unlink()
        assert client.post(EXPLANATIONS, files={"image": ("a.png", noise(3, side=128))}).status_code == 201
        assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EROFS, errno.EIO, errno.EACCES, errno.EMFILE])
def test_a_disk_that_fails_is_a_503_until_it_is_well_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number), "/secret/path")

    where = explain(client, 0).headers["location"]
    with monkeypatch.context() as context:
        context.setattr("app.folders.write_unsynced", fails)
        answer = explain(client, 1)
        assert answer.status_code == 503
        assert "/secret" not in answer.text
        assert client.get(where).status_code == 200
        assert explain(client, 1, store="false").status_code == 200
    assert os.strerror(number) in caplog.text
    assert "Traceback" not in caplog.text
    assert explain(client, 1).status_code == 201
