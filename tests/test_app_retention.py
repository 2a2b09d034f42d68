import time
from pathlib import Path
from typing import Any

import pytest

from app.config import GIB, Settings
from app.errors import NotFound
from app.retention import tidy
from app.store import Store
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.stored import OWNER, files, keep, stored_files


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
