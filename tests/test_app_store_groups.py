"""Many explanations kept at once, and what goes wrong with some of them."""

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import folders
from app.errors import NoSpace, NotReady
from app.folders import CAMS, PHOTO
from app.rows import ExplanationRow
from app.store import Store
from tests.stored import BUNDLE, NUMBERS, OTHER, OWNER, files, keep, row, stored_files

ROOT = Path(__file__).parent.parent
WAIT_S = 20
KILLED = """
import os, signal, sys
from pathlib import Path
from app.store import Store
from tests.stored import BUNDLE, files, keep, row

store = Store(Path(sys.argv[1]))
print(keep(store), flush=True)
where = sys.argv[2]
steps = {"after the files": (store._intake, "_insert"), "before the folders": (store._folders, "_sync_shared")}
target, name = steps[where]
setattr(target, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
for _ in range(3):
    kept = store.keep(row(store.new_id()), files(), BUNDLE)
kept.result()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def together(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Future[None]]]:
    """Keep explanations so that they surely make one group: they gather while another one is being written."""

    def ask(*new: tuple[ExplanationRow, Any]) -> list[Future[None]]:
        write, gathered, entered = store._folders.write, threading.Event(), threading.Event()

        def waiting(sources: Any) -> Any:
            entered.set()
            assert gathered.wait(WAIT_S)
            return write(sources)

        with monkeypatch.context() as patch:
            patch.setattr(store._folders, "write", waiting)
            first = store.keep(row(store.new_id()), files(), BUNDLE)
            assert entered.wait(WAIT_S)
            futures = [store.keep(one, source, BUNDLE) for one, source in new]
            patch.undo()
            gathered.set()
        first.result(WAIT_S)
        for future in futures:
            future.exception(WAIT_S)
        return futures

    return ask


def folders_of(store: Store) -> set[str]:
    return {folder.name for folder in store.database.path.parent.glob("explanations/*/*")}


def rows_of(store: Store) -> set[str]:
    return {found.id for found in store.history(OWNER, 1000, None)[0]}


def test_sixteen_at_once_end_with_every_row_and_file(store: Store) -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.extend(keep(store) for _ in range(5))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 80
    assert rows_of(store) == folders_of(store) == set(ids)
    for explanation_id in ids:
        assert store.file(explanation_id, PHOTO).read_bytes() == b"photo"
        assert np.array_equal(np.load(store.file(explanation_id, CAMS)), NUMBERS.maps)  # type: ignore[arg-type]


def test_history_has_the_order_of_the_moments_not_of_the_writing(
    store: Store, together: Callable[..., list[Future[None]]]
) -> None:
    new = [row(store.new_id(), age_days=age) for age in (2, 5, 1, 4, 3)]
    together(*((one, files()) for one in new))
    newest_first = sorted(new, key=lambda one: one.created_at, reverse=True)
    assert [found.id for found in store.history(OWNER, 10, None)[0]][1:] == [one.id for one in newest_first]


def test_of_a_group_only_the_bad_ones_fail_and_leave_nothing(
    store: Store, together: Callable[..., list[Future[None]]]
) -> None:
    new = [row(store.new_id()) for _ in range(6)]
    new[1].bundle_id = "unknown"
    sources: list[Any] = [files() for _ in new]
    sources[3] = store.new_id()  # whose files it would share: nobody's
    sources[4] = {PHOTO: None}
    faults = [future.exception() for future in together(*zip(new, sources, strict=True))]
    assert [fault is None for fault in faults] == [True, False, True, False, False, True]
    assert "FOREIGN KEY" in str(faults[1])
    assert isinstance(faults[3], FileNotFoundError)
    assert isinstance(faults[4], TypeError)
    assert {new[index].id for index in (0, 2, 5)} < rows_of(store)
    assert rows_of(store) == folders_of(store)
    assert store.count() == 4


@pytest.mark.parametrize("step", ["write_unsynced", "sync_file"])
def test_when_the_disk_fills_in_the_middle_of_a_group_who_came_before_is_kept(
    store: Store, together: Callable[..., list[Future[None]]], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    room, real = 8, getattr(folders, step)
    done: list[object] = []

    def fills(*arguments: Any) -> Any:
        done.append(arguments)
        if room < len(done) <= room + 9:
            if step == "sync_file":
                os.close(arguments[0])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(folders, step, fills)
    new = [row(store.new_id()) for _ in range(4)]
    faults = [future.exception() for future in together(*((one, files()) for one in new))]
    assert faults[0] is None
    assert all(isinstance(fault, OSError) and fault.errno == errno.ENOSPC for fault in faults[1:])
    assert rows_of(store) == folders_of(store)
    assert new[0].id in rows_of(store)
    monkeypatch.setattr(folders, step, real)
    assert keep(store) in rows_of(store)


def test_a_full_or_busy_database_is_everybodys_answer_and_leaves_nothing(
    store: Store, together: Callable[..., list[Future[None]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, refusals = store._intake._insert, [None, NoSpace(), None, NotReady("busy")]

    def refusing(group: Any) -> None:
        if (refusal := refusals.pop(0)) is not None:
            raise refusal
        insert(group)

    monkeypatch.setattr(store._intake, "_insert", refusing)
    for kind in (NoSpace, NotReady):
        faults = [future.exception() for future in together(*((row(store.new_id()), files()) for _ in range(3)))]
        assert [type(fault) for fault in faults] == [kind] * 3
    assert rows_of(store) == folders_of(store)
    assert store.count() == 2


def test_folders_that_cannot_be_synced_fail_the_group_and_leave_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(store._folders, "_sync_shared", broken)
    with pytest.raises(OSError, match="Input/output"):
        keep(store)
    assert folders_of(store) == set()
    assert store.count() == 0


def test_closing_keeps_what_waits(tmp_path: Path) -> None:
    store = Store(tmp_path)
    futures = [store.keep(row(store.new_id()), files(), BUNDLE) for _ in range(50)]
    store.close()
    assert [future.exception(0) for future in futures] == [None] * 50
    with pytest.raises(NotReady):
        keep(store)
    again = Store(tmp_path)
    assert again.count() == 50
    again.close()


def test_no_descriptor_is_left_open(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    keep(store)
    before = descriptors()
    keep(store)
    real, calls = folders.write_unsynced, 0

    def second_fails(*arguments: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(folders, "write_unsynced", second_fails)
    with pytest.raises(OSError, match="No space"):
        keep(store)
    assert descriptors() == before


@pytest.mark.parametrize("where", ["after the files", "before the folders"])
def test_killed_in_the_middle_of_a_group_only_what_was_answered_is_there(tmp_path: Path, where: str) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), where], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    kept = killed.stdout.strip()
    assert len(stored_files(tmp_path)) > len(files())
    store = Store(tmp_path)
    assert rows_of(store) == folders_of(store) == {kept}
    store.close()


def test_the_newest_of_the_same_is_found_anybodys_or_ones_own(store: Store) -> None:
    assert store.find_same("c" * 64, "tiny-1", 1.0, None) is None
    mine, others = keep(store, OWNER, age_days=3), keep(store, OTHER, age_days=2)
    keep(store, OWNER, age_days=4)
    for owner, expected in ((None, others), (OWNER, mine), (OTHER, others)):
        found = store.find_same("c" * 64, "tiny-1", 1.0, owner)
        assert found is not None
        assert found.id == expected
    for unlike in (("d" * 64, "tiny-1", 1.0), ("c" * 64, "tiny-2", 1.0), ("c" * 64, "tiny-1", 2.0)):
        assert store.find_same(*unlike, None) is None


def test_an_explanation_that_is_being_deleted_is_all_there_or_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that finds no maps must not take it for a network without maps."""
    explanation_id, sharing = keep(store), store.new_id()
    real = folders.shutil.rmtree

    def halfway(folder: Path, **options: Any) -> None:
        if folder.name != explanation_id:
            return real(folder, **options)
        next(folder.glob(CAMS)).unlink()
        with pytest.raises(FileNotFoundError):
            store.numbers(explanation_id)
        with pytest.raises(FileNotFoundError):
            store.keep(row(sharing), explanation_id, BUNDLE).result(WAIT_S)
        return real(folder, **options)

    with monkeypatch.context() as patch:
        patch.setattr(folders.shutil, "rmtree", halfway)
        store.delete(explanation_id, OWNER)
    assert folders_of(store) == set()
    assert list((store.database.path.parent / "drafts").iterdir()) == []


def test_what_cannot_be_moved_is_deleted_where_it_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    explanation_id = keep(store)
    monkeypatch.setattr(Path, "rename", refuse)
    store.delete(explanation_id, OWNER)
    assert folders_of(store) == set()


def test_without_maps_numbers_are_read_all_the_same(store: Store) -> None:
    explanation_id = store.new_id()
    store.keep(row(explanation_id), {name: file for name, file in files().items() if name != CAMS}, BUNDLE).result()
    assert store.numbers(explanation_id).maps is None
