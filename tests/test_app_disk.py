import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import disk
from app.disk import LOW, Disk
from app.errors import NoSpace
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.stored import stored_files

EXPLANATIONS = "/api/v1/explanations"
MIB = 2**20


class Room:
    """How much is free, as the system says it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes = 10_000 * MIB
        monkeypatch.setattr("app.disk.os.statvfs", lambda _: SimpleNamespace(f_bavail=self.bytes, f_frsize=1))


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(disk, "LOOK_EVERY_S", 0.02)
    return Room(monkeypatch)


def explain(client: TestClient, **data: str) -> Any:
    return client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data=data)


def wait_until(client: TestClient, is_low: bool) -> None:
    end = time.monotonic() + 10
    while client.app.state.disk.is_low is not is_low:  # type: ignore[attr-defined]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_reserve_itself_may_not_be_touched(tmp_path: Path, room: Room) -> None:
    seen = Disk(tmp_path, 256 * MIB)
    for free, is_low in ((256, False), (255, True), (0, True), (257, False)):
        room.bytes = free * MIB
        seen.look()
        assert seen.is_low is is_low
        assert seen.free_bytes == free * MIB
    room.bytes = 0
    without_reserve = Disk(tmp_path, 0)
    without_reserve.require_room()
    seen.look()
    with pytest.raises(NoSpace):
        seen.require_room()


def test_the_room_is_what_an_ordinary_user_may_take(tmp_path: Path) -> None:
    stats = os.statvfs(tmp_path)
    assert abs(Disk(tmp_path, 0).free_bytes - stats.f_bavail * stats.f_frsize) < 2**30


def test_below_the_reserve_nothing_is_kept_before_any_work_and_all_else_goes_on(
    make_client: ClientMaker, room: Room, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client = make_client(disk_reserve_mb=100)
    kept = explain(client)
    before = stored_files(settings.data_dir)
    room.bytes = 99 * MIB
    wait_until(client, is_low=True)
    with monkeypatch.context() as patch:
        patch.setattr(client.app.state.admission, "place", None)  # type: ignore[attr-defined]
        refused = explain(client)
    assert (refused.status_code, refused.json()["detail"]) == (507, LOW)
    page = client.post("/explanations", files={"image": ("a.jpg", picture())}, headers={"accept": "text/html"})
    assert page.status_code == 507
    assert "nearly full" in page.text
    assert explain(client, store="false").status_code == 200
    assert client.get(kept.headers["location"]).status_code == 200
    assert client.get(f"{kept.headers['location']}/image").status_code == 200
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["detail"]) == (503, LOW)
    assert stored_files(settings.data_dir) == before
    assert client.delete(kept.headers["location"]).status_code == 204


def test_with_room_again_it_keeps_again_by_itself(make_client: ClientMaker, room: Room) -> None:
    room.bytes = 0
    client = make_client(disk_reserve_mb=100)
    assert explain(client).status_code == 507
    room.bytes = 101 * MIB
    wait_until(client, is_low=False)
    assert explain(client).status_code == 201
    assert client.get("/readyz").status_code == 200


def test_a_disk_that_cannot_be_looked_at_changes_nothing(
    make_client: ClientMaker, room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()

    def gone(_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("app.disk.os.statvfs", gone)
    end = time.monotonic() + 10
    while "Input/output error" not in caplog.text:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert explain(client).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/datasets/{id}/pictures"),
        ("POST", "/api/v1/datasets/{id}/archive"),
        ("POST", "/api/v1/trainings"),
        ("POST", "/api/v1/models"),
        ("POST", "/train"),
        ("POST", "/models"),
    ],
)
def test_neither_pictures_to_train_on_nor_models_are_taken_in(
    make_client: ClientMaker, room: Room, method: str, path: str
) -> None:
    client = make_client()
    room.bytes = 0
    wait_until(client, is_low=True)
    name = "archive" if path.endswith(("archive", "models", "train")) else "image"
    if path.endswith("/trainings"):
        answer = client.post(path, json={"name": "x", "dataset": "0" * 32})
    else:
        path = path.format(id="0" * 32)
        answer = client.request(method, path, files={name: ("a", picture())}, data={"label": "x", "action": "add"})
    assert answer.status_code == 507, answer.text
