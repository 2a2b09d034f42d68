import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.errors import NoSpace, NotFound
from app.retention import tidy
from app.store import Store
from app.units import GIB
from tests.conftest import ClientMaker
from tests.pictures import BLUE, picture
from tests.stored import OWNER, files, keep, orphan, stored_files


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def test_explanations_go_by_age(store: Store, tmp_path: Path) -> None:
    old, new = keep(store, age_days=3), keep(store)
    tidy(store, Settings(data_dir=tmp_path, retention_days=2))
    assert store.find(new)
    with pytest.raises(NotFound):
        store.find(old)
    assert {path.parent.name for path in stored_files(tmp_path)} == {new}


def test_beyond_a_number_the_oldest_go(store: Store, tmp_path: Path) -> None:
    ids = [keep(store, age_days=age) for age in (4, 3, 2, 1)]
    tidy(store, Settings(data_dir=tmp_path, retention_count=2))
    rows, _ = store.history(OWNER, 10, None)
    assert [found.id for found in rows] == ids[:1:-1]
    assert len(stored_files(tmp_path)) == 2 * len(files())


def test_zero_keeps_all(store: Store, tmp_path: Path) -> None:
    keep(store, age_days=10_000)
    tidy(store, Settings(data_dir=tmp_path))
    assert store.count() == 1


def test_more_than_a_batch_goes_too(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.BATCH", 3)
    for _ in range(8):
        keep(store, age_days=5)
    tidy(store, Settings(data_dir=tmp_path, retention_days=1))
    assert store.count() == 0
    assert stored_files(tmp_path) == []


def test_a_running_server_deletes_what_is_due(make_client: ClientMaker) -> None:
    client = make_client(retention_days=0.5 / 86400, retention_check_minutes=0.1 / 60)
    answer = client.post("/api/v1/explanations", files={"image": ("a.jpg", picture())})
    end = time.monotonic() + 10
    while client.get(answer.headers["location"]).status_code == 200:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_failure_is_logged_and_tried_again(
    make_client: ClientMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def failing(*_: object) -> None:
        calls.append(1)
        raise RuntimeError("the disk is away")

    client = make_client(retention_check_minutes=0.05 / 60)
    monkeypatch.setattr("app.retention.tidy", failing)
    end = time.monotonic() + 10
    while len(calls) < 2:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert "the disk is away" in caplog.text
    assert client.get("/healthz").status_code == 200


def test_beyond_some_bytes_the_oldest_go(store: Store, tmp_path: Path) -> None:
    ids = [keep(store, age_days=age) for age in (4, 3, 2, 1)]
    each = sum(map(len, files().values()))
    tidy(store, Settings(data_dir=tmp_path, retention_gb=(3 * each - 1) / GIB))
    rows, _ = store.history(OWNER, 10, None)
    assert [found.id for found in rows] == ids[:1:-1]
    tidy(store, Settings(data_dir=tmp_path, retention_gb=2 * each / GIB))
    assert store.count() == 2
    assert sum(path.stat().st_size for path in stored_files(tmp_path)) == 2 * each


def test_files_that_come_later_count_too(store: Store, tmp_path: Path) -> None:
    grown, other = keep(store, age_days=2), keep(store, age_days=1)
    store.add_file(grown, "look-tiny-1.npz", bytes(5000))
    tidy(store, Settings(data_dir=tmp_path, retention_gb=5000 / GIB))
    assert store.find(other)
    with pytest.raises(NotFound):
        store.find(grown)


def test_what_an_earlier_version_kept_is_measured(store: Store, tmp_path: Path) -> None:
    old = keep(store)
    with store.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE explanations SET bytes = NULL")
    tidy(store, Settings(data_dir=tmp_path))
    assert store.find(old).bytes == sum(map(len, files().values()))


def test_what_fails_keeps_nothing_else_from_being_deleted(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, grown = keep(store, age_days=3), keep(store)
    left = orphan(tmp_path)
    long_ago = time.time() - 7200
    os.utime(tmp_path / "explanations" / left[:2] / left, (long_ago, long_ago))
    store.add_file(grown, "look-tiny-1.npz", bytes(5000))

    def full(*_: object) -> None:
        raise NoSpace

    monkeypatch.setattr(store._folders, "size", full)  # measuring is a write, deleting by age another
    with pytest.raises(NoSpace):
        tidy(store, Settings(data_dir=tmp_path, retention_days=2))
    assert {path.parent.name for path in stored_files(tmp_path)} == {grown}
    with pytest.raises(NotFound):
        store.find(old)
    assert (tmp_path / "camscope.sqlite-wal").stat().st_size == 0
    monkeypatch.undo()
    tidy(store, Settings(data_dir=tmp_path))
    assert store.find(grown).bytes == 5000 + sum(map(len, files().values()))


def holding(folder: Path, secrets: list[bytes]) -> set[str]:
    """The files that still have one of these texts in them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files for secret in secrets if secret in path.read_bytes()}


@pytest.mark.parametrize("how", ["by age", "by its owner"])
def test_what_is_deleted_is_in_no_file_any_more(make_client: ClientMaker, settings: Settings, how: str) -> None:
    client = make_client()
    mine, others = ({"Camscope-Owner": name * 20} for name in ("m", "o"))
    answers = []
    for number in range(43):
        photo = {"image": ("a.jpg", picture((3 * number, 5, 200 - number)))}
        owner = mine if number < 40 else others
        answers.append(client.post("/api/v1/explanations", files=photo, headers=owner).json())
    kept = answers[-3:]
    secrets = [text.encode() for made in answers[:-3] for text in (made["id"], made["image"]["sha256"])]
    secrets.append(hashlib.sha256(("m" * 20).encode()).hexdigest().encode())
    assert holding(settings.data_dir, secrets) & {"camscope.sqlite", "camscope.sqlite-wal"}
    store = client.app.state.explainer._store  # type: ignore[attr-defined]
    if how == "by age":
        tidy(store, settings.model_copy(update={"retention_count": 3}))
    else:
        for made in answers[:-3]:
            assert client.delete(f"/api/v1/explanations/{made['id']}", headers=mine).status_code == 204
        tidy(store, settings)
    assert holding(settings.data_dir, secrets) == set()
    for made in kept:
        assert client.get(f"/api/v1/explanations/{made['id']}").status_code == 200


def test_the_log_is_emptied_once_nobody_reads_what_is_in_it(make_client: ClientMaker, settings: Settings) -> None:
    client = make_client()
    client.post("/api/v1/explanations", files={"image": ("a.jpg", picture())})
    database = client.app.state.explainer._store.database  # type: ignore[attr-defined]
    with database.connection() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM explanations").scalar() == 1
        client.post("/api/v1/explanations", files={"image": ("a.jpg", picture(BLUE))})
        assert not database.clear_log()
    assert database.clear_log()
    assert (settings.data_dir / "camscope.sqlite-wal").stat().st_size == 0
