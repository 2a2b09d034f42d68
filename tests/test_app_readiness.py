"""Ready means: a photo would be answered and kept."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import readiness
from app.batching import InferenceQueue
from app.disk import Disk
from app.errors import SHUTTING_DOWN, NoSpace, NotReady
from app.readiness import NO_ANSWER, UNEXPLAINED, WRONG_ANSWER, Readiness
from app.store import Store
from model.errors import InferenceError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the disk may take its time; a test that wants less says so."""
    monkeypatch.setattr(readiness, "DEADLINE_S", 60)


class Network:
    """A registry whose default model is probed as told; counts how often, and in how many threads at a time."""

    def __init__(self, **options: Any) -> None:
        self.error: Exception | None = options.get("error")
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = threading.Event()
        self.probes = 0

    def find(self, _: None) -> "Network":
        return self

    def classifier(self, _: object) -> "Network":
        return self

    def probe(self) -> None:
        self.probes += 1
        self.asked.set()
        assert self.may_answer.wait(30)
        if self.error:
            raise self.error


def ready(network: Any, store: Any, folder: Path) -> Readiness:
    return Readiness(network, store, Disk(folder, 0), InferenceQueue(1))


def reason(of: Readiness) -> str | None:
    try:
        asyncio.run(of.check())
    except NotReady as refusal:
        return refusal.detail
    return None


def test_many_who_ask_at_once_share_one_trial(store: Store, tmp_path: Path) -> None:
    network = Network()
    asked = ready(network, store, tmp_path)

    async def crowd() -> None:
        network.may_answer.clear()
        waiting = [asyncio.create_task(asked.check()) for _ in range(50)]
        assert await asyncio.to_thread(network.asked.wait, 30)
        waiting[0].cancel()
        waiting[1].cancel()
        network.may_answer.set()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in outcomes[:2]] == [asyncio.CancelledError] * 2
        assert outcomes[2:] == [None] * 48

    asyncio.run(crowd())
    assert network.probes == 1
    assert reason(asked) is None
    assert network.probes == 1, "a good outcome holds for some seconds"


def test_a_trial_that_hangs_is_waited_for_no_longer_and_no_second_one_is_begun(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "DEADLINE_S", 0.05)
    network = Network()
    network.may_answer.clear()
    asked = ready(network, store, tmp_path)
    assert [reason(asked) for _ in range(4)] == [NO_ANSWER] * 4
    assert network.asked.wait(30)
    assert network.probes == 1
    assert len([thread for thread in threading.enumerate() if thread.name == "readiness"]) == 1
    monkeypatch.setattr(readiness, "DEADLINE_S", 30)
    network.may_answer.set()
    assert reason(asked) is None, "it recovers by itself"


def test_what_a_late_trial_shows_counts_for_who_asks_next(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "GOOD_FOR_S", 0)
    network = Network()
    asked = ready(network, store, tmp_path)
    assert reason(asked) is None
    monkeypatch.setattr(readiness, "DEADLINE_S", 0.05)
    network.may_answer.clear()
    assert reason(asked) == NO_ANSWER
    network.error = InferenceError("wrong")
    trial = asked._trial
    network.may_answer.set()
    assert trial is not None
    trial.result(30)
    assert reason(asked) == WRONG_ANSWER
    assert network.probes == 2


def test_the_event_loop_goes_on_while_a_trial_runs(store: Store, tmp_path: Path) -> None:
    network = Network()
    network.may_answer.clear()
    asked = ready(network, store, tmp_path)

    async def both() -> None:
        checking = asyncio.create_task(asked.check())
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert not checking.done()
        network.may_answer.set()
        await checking

    asyncio.run(both())
    assert network.probes == 1


@pytest.mark.parametrize(
    ("error", "said"), [(InferenceError("secret: 3.2"), WRONG_ANSWER), (RuntimeError("secret"), UNEXPLAINED)]
)
def test_what_is_wrong_is_a_sentence_and_its_details_are_in_the_log_once(
    store: Store, tmp_path: Path, error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    network = Network(error=error)
    asked = ready(network, store, tmp_path)
    assert [reason(asked) for _ in range(3)] == [said] * 3
    told = [record.getMessage() for record in caplog.records if record.name == "camscope.ready"]
    assert told == [f"not ready: {error}"]


def test_it_is_tried_again_soon_after_a_bad_outcome(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(readiness, "BAD_FOR_S", 0)
    network = Network(error=InferenceError("wrong"))
    asked = ready(network, store, tmp_path)
    assert reason(asked) == WRONG_ANSWER
    network.error = None
    with caplog.at_level("INFO", "camscope.ready"):
        assert reason(asked) is None
    assert caplog.messages[-1] == "ready"
    assert network.probes == 2


def test_a_database_that_can_be_read_but_not_written_is_not_ready(store: Store, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(store.database.path)) as other:
        assert reason(ready(Network(), store, tmp_path)) is None
        with store.database.connection() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        try:
            said = reason(ready(Network(), store, tmp_path))
        finally:
            with store.database.connection() as connection:
                connection.exec_driver_sql("PRAGMA query_only=OFF")
        assert said == "The database cannot be written now; try again later."
        assert other.execute("SELECT count(*) FROM explanations").fetchone() == (0,)


def test_a_database_that_another_program_holds_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.database.BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(readiness, "BAD_FOR_S", 0)
    store = Store(tmp_path)
    asked = ready(Network(), store, tmp_path)
    with contextlib.closing(sqlite3.connect(store.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert reason(asked) == "The database is busy; try again in a moment."
        other.execute("ROLLBACK")
    assert reason(asked) is None
    store.close()


def test_a_full_database_is_not_ready(tmp_path: Path) -> None:
    def full() -> None:
        raise NoSpace

    store = SimpleNamespace(count=lambda: 0, database=SimpleNamespace(check_writable=full))
    assert reason(ready(Network(), store, tmp_path)) == NoSpace.detail


def test_the_write_reaches_the_disk(store: Store) -> None:
    log = Path(f"{store.database.path}-wal")
    with store.database.connection() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert log.stat().st_size == 0
    store.database.check_writable()
    assert log.stat().st_size > 0


def test_a_server_that_is_about_to_end_is_not_ready_at_once(store: Store, tmp_path: Path) -> None:
    network = Network()
    asked = ready(network, store, tmp_path)
    assert reason(asked) is None
    asked.stop()
    assert reason(asked) == SHUTTING_DOWN
    assert network.probes == 1
