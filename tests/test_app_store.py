import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import folders
from app.database import translated
from app.errors import NoSpace, NotFound, NotReady, StartError, Unusable
from app.folders import PHOTO
from app.rows import BundleRow
from app.store import Store
from tests.stored import BUNDLE, NUMBERS, OTHER, OWNER, files, keep, orphan, row, stored_files


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = Store(tmp_path)
    yield opened
    opened.close()


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
    for files_too in (True, False):
        orphan(tmp_path, files_too)
    (tmp_path / "drafts" / "half-written").mkdir()
    (tmp_path / "drafts" / "half-written" / PHOTO).write_bytes(b"half")
    store.close()
    Store(tmp_path).close()
    assert {folder.name for folder in (tmp_path / "explanations").glob("*/*")} == {kept}
    assert list((tmp_path / "drafts").iterdir()) == []


def test_a_second_server_leaves_alone_what_the_first_is_writing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files_written, row_may_follow = threading.Event(), threading.Event()
    insert = store._intake._insert

    def slowly(group: Any) -> None:
        files_written.set()
        assert row_may_follow.wait(10)
        insert(group)

    monkeypatch.setattr(store._intake, "_insert", slowly)
    being_written = row(store.new_id())
    kept = store.keep(being_written, files(), BUNDLE)
    assert files_written.wait(10)
    second = Store(tmp_path)
    row_may_follow.set()
    kept.result(10)
    assert second.find(being_written.id).id == being_written.id
    assert second.file(being_written.id, PHOTO).exists()
    second.close()


def test_old_orphans_go_while_running(store: Store, tmp_path: Path) -> None:
    orphan(tmp_path)
    store.sweep()
    assert stored_files(tmp_path)
    store.sweep(grace_s=-1)
    assert stored_files(tmp_path) == []


def test_when_the_row_cannot_be_written_the_files_go(store: Store, tmp_path: Path) -> None:
    wrong = row(store.new_id())
    wrong.bundle_id = "unknown"
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.keep(wrong, files(), BUNDLE).result()
    assert stored_files(tmp_path) == []


def test_when_the_disk_is_full_nothing_is_left(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "write_unsynced", full)
    with pytest.raises(OSError, match="No space"):
        keep(store)
    assert list((tmp_path / "explanations").glob("*/*")) == []
    assert store.count() == 0


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
    store.keep(row(second, OTHER), first, BUNDLE).result()
    store.delete(first, OWNER)
    assert np.array_equal(store.numbers(second).logits, NUMBERS.logits)
    assert len(stored_files(tmp_path)) == len(files())


def test_files_are_copied_where_the_disk_has_no_hard_links(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    first, second = keep(store), store.new_id()
    store.keep(row(second), first, BUNDLE).result()
    assert store.file(second, PHOTO).read_bytes() == b"photo"


def test_copying_what_is_gone_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.keep(row(store.new_id()), store.new_id(), BUNDLE).result()
    assert list((tmp_path / "explanations").glob("*/*")) == []


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
        same = row(explanation_id)
        same.created_at = moment
        store.keep(same, files(), BUNDLE).result()
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
