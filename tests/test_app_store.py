import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import folders
from app.config import Settings
from app.database import BundleRow, ExplanationRow, translated
from app.errors import NoSpace, NotFound, NotReady, StartError, Unusable
from app.folders import PHOTO, THUMBNAIL
from app.retention import tidy
from app.store import Numbers, Store
from tests.pictures import picture

OWNER, OTHER = "a" * 64, "b" * 64
BUNDLE: dict[str, Any] = {
    "id": "tiny-1",
    "name": "tiny",
    "spec": {"labels": ["x", "y"]},
    "created_at": datetime.now(UTC),
}
NUMBERS = Numbers(
    np.array([1, 2], np.float32),
    np.array([0.25, 0.75], np.float32),
    np.array([0.5, 0.5], np.float32),
    np.arange(12, dtype=np.float32).reshape(2, 2, 3),
)


def files() -> dict[str, bytes]:
    return {PHOTO: b"photo", THUMBNAIL: b"small", **NUMBERS.files()}


def row(explanation_id: str, owner: str = OWNER, age_days: float = 0) -> ExplanationRow:
    return ExplanationRow(
        id=explanation_id, owner=owner, created_at=datetime.now(UTC) - timedelta(days=age_days), bundle_id="tiny-1",
        photo_sha256="c" * 64, photo_width=30, photo_height=20, stored_width=30, stored_height=20, scale=1.0,
        input_width=32, input_height=32, stretch=0.0, grid=None, predictions=[{"index": 1}], timing={"total": 1.0},
    )  # fmt: skip


def keep(store: Store, owner: str = OWNER, age_days: float = 0) -> str:
    explanation_id = store.new_id()
    store.write_files(explanation_id, files())
    store.add(row(explanation_id, owner, age_days), BUNDLE)
    return explanation_id


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def stored_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "explanations").rglob("*") if path.is_file())


def test_what_is_kept_is_found_as_it_was(store: Store) -> None:
    explanation_id = keep(store)
    found = store.find(explanation_id)
    assert found.created_at.tzinfo is UTC
    assert found.bundle.spec == BUNDLE["spec"]
    numbers = store.numbers(explanation_id)
    assert np.array_equal(numbers.maps, NUMBERS.maps)  # type: ignore[arg-type]
    assert np.array_equal(numbers.logits, NUMBERS.logits)
    assert store.file(explanation_id, PHOTO).read_bytes() == b"photo"
    assert store.count() == 1


def test_everything_is_readable_by_the_server_alone(store: Store, tmp_path: Path) -> None:
    keep(store)
    for path in [tmp_path / "explanations", *tmp_path.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    explanation_id = keep(store)
    store.close()
    again = Store(tmp_path)
    assert again.find(explanation_id).owner == OWNER
    again.close()


def test_a_crash_between_files_and_row_leaves_nothing_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = keep(store)
    store.write_files(store.new_id(), files())
    (tmp_path / "drafts" / "half-written").mkdir()
    (tmp_path / "drafts" / "half-written" / PHOTO).write_bytes(b"half")
    store.close()
    Store(tmp_path).close()
    assert {path.parent.name for path in stored_files(tmp_path)} == {kept}
    assert list((tmp_path / "drafts").iterdir()) == []


def test_a_second_server_leaves_alone_what_the_first_is_writing(store: Store, tmp_path: Path) -> None:
    being_written = store.new_id()
    store.write_files(being_written, files())
    second = Store(tmp_path)
    store.add(row(being_written), BUNDLE)
    assert second.find(being_written).id == being_written
    assert second.file(being_written, PHOTO).exists()
    second.close()


def test_old_orphans_go_while_running(store: Store, tmp_path: Path) -> None:
    orphan = store.new_id()
    store.write_files(orphan, files())
    store.sweep()
    assert stored_files(tmp_path)
    store.sweep(grace_s=-1)
    assert stored_files(tmp_path) == []


def test_when_the_row_cannot_be_written_the_files_go(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explanation_id = store.new_id()
    store.write_files(explanation_id, files())
    wrong = row(explanation_id)
    wrong.bundle_id = "unknown"
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.add(wrong, BUNDLE)
    assert stored_files(tmp_path) == []


def test_when_the_disk_is_full_nothing_is_left(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "_write", full)
    with pytest.raises(OSError, match="No space"):
        store.write_files(store.new_id(), files())
    assert stored_files(tmp_path) == []
    assert list((tmp_path / "drafts").iterdir()) == []


def test_a_full_database_is_a_507(store: Store) -> None:
    with store._database.reading() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
    with store._database.writing() as session:
        session.connection().exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(NoSpace):
            _fill(session)


def _fill(session: Any) -> None:
    with translated():
        session.add(BundleRow(id="large", name="x", spec={"x": "y" * 10**6}, created_at=datetime.now(UTC)))
        session.flush()


def test_a_locked_database_is_a_503(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store._database._engine.dispose()
    monkeypatch.setattr("app.database.BUSY_TIMEOUT_S", 0.05)
    impatient = Store(store._database.path.parent)
    with store._database.writing() as session:
        session.connection()
        with pytest.raises(NotReady) as refusal:
            keep(impatient)
    assert refusal.value.headers["Retry-After"]
    assert keep(impatient)
    impatient.close()


def test_copied_files_are_ones_own(store: Store, tmp_path: Path) -> None:
    first, second = keep(store), store.new_id()
    store.copy_files(first, second)
    store.add(row(second, OTHER), BUNDLE)
    store.delete(first, OWNER)
    assert np.array_equal(store.numbers(second).logits, NUMBERS.logits)
    assert len(stored_files(tmp_path)) == 4


def test_files_are_copied_where_the_disk_has_no_hard_links(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    first, second = keep(store), store.new_id()
    store.copy_files(first, second)
    assert store.file(second, PHOTO).read_bytes() == b"photo"


def test_copying_what_is_gone_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.copy_files(store.new_id(), store.new_id())
    assert list((tmp_path / "drafts").iterdir()) == []


def test_only_the_owner_deletes(store: Store) -> None:
    explanation_id = keep(store)
    with pytest.raises(NotFound):
        store.delete(explanation_id, OTHER)
    store.delete(explanation_id, OWNER)
    with pytest.raises(NotFound):
        store.find(explanation_id)
    with pytest.raises(NotFound):
        store.delete(explanation_id, OWNER)


def test_a_forged_cursor_is_refused(store: Store) -> None:
    for forged in ("", "x", "é", "AAAA", "MS4", "OS45OS45"):
        with pytest.raises(Unusable):
            store.history(OWNER, 5, forged + "!")


def test_equal_moments_are_told_apart_by_id(store: Store) -> None:
    moment = datetime.now(UTC)
    for _ in range(5):
        explanation_id = store.new_id()
        store.write_files(explanation_id, files())
        same = row(explanation_id)
        same.created_at = moment
        store.add(same, BUNDLE)
    seen: list[str] = []
    cursor = None
    while True:
        rows, cursor = store.history(OWNER, 2, cursor)
        seen += [found.id for found in rows]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5


def test_many_threads_write_at_once(store: Store) -> None:
    faults: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(5):
                store.delete(keep(store), OWNER)
                keep(store)
        except Exception as error:  # noqa: BLE001 - a thread's fault fails the test below
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.count() == 20


def test_a_data_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StartError, match="data folder"):
        Store(tmp_path / "file" / "data")


class TestRetention:
    def test_by_age(self, store: Store, tmp_path: Path) -> None:
        old, new = keep(store, age_days=3), keep(store)
        tidy(store, Settings(data_dir=tmp_path, retention_days=2))
        assert store.find(new)
        with pytest.raises(NotFound):
            store.find(old)
        assert {path.parent.name for path in stored_files(tmp_path)} == {new}

    def test_by_count_the_oldest_go(self, store: Store, tmp_path: Path) -> None:
        ids = [keep(store, age_days=age) for age in (4, 3, 2, 1)]
        tidy(store, Settings(data_dir=tmp_path, retention_count=2))
        rows, _ = store.history(OWNER, 10, None)
        assert [found.id for found in rows] == ids[:1:-1]
        assert len(stored_files(tmp_path)) == 8

    def test_zero_keeps_all(self, store: Store, tmp_path: Path) -> None:
        keep(store, age_days=10_000)
        tidy(store, Settings(data_dir=tmp_path))
        assert store.count() == 1

    def test_more_than_a_batch(self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.store.BATCH", 3)
        for _ in range(8):
            keep(store, age_days=5)
        tidy(store, Settings(data_dir=tmp_path, retention_days=1))
        assert store.count() == 0
        assert stored_files(tmp_path) == []


def test_a_running_server_deletes_what_is_due(make_client: Any) -> None:
    client = make_client(retention_days=0.5 / 86400, retention_check_minutes=0.1 / 60)
    answer = client.post("/api/v1/explanations", files={"image": ("a.jpg", picture())})
    end = time.monotonic() + 10
    while client.get(answer.headers["location"]).status_code == 200:
        assert time.monotonic() < end
        time.sleep(0.1)
