"""Stops under load, a disk that fills up for real, a database that is locked for longer than anybody waits."""

import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from app.database import BUSY_TIMEOUT_S
from app.serving import SHUTDOWN_GRACE_S
from app.store import DATABASE
from tests.kills import EXPLANATIONS, OWNER, photo, reckon_disk
from tests.processes import Started, disk, fill, locked, said, serving, slow, status
from tests.trainings import DATASETS

pytestmark = pytest.mark.torture
VISITORS = 8
ROUNDS = 6
TIMEOUT_S = 60.0
STOPPED = (0, -signal.SIGTERM, 128 + signal.SIGTERM)


class Load:
    """Visitors who explain new photos until they are told to leave.

    Attributes:
        statuses: how often each came
        broken: connections that broke, by what the client said
        kept: ids of what was acknowledged
    """

    def __init__(self, url: str, seed: int) -> None:
        self.statuses: Counter[int] = Counter()
        self.broken: Counter[str] = Counter()
        self.kept: list[str] = []
        self._url, self._seed = url, seed
        self._leave = threading.Event()
        self._lock = threading.Lock()

    def visit(self, number: int) -> None:
        draws = random.Random(self._seed * VISITORS + number)
        with httpx2.Client(base_url=self._url, headers=OWNER, timeout=TIMEOUT_S) as client:
            while not self._leave.is_set():
                files = {"image": ("a.png", photo(draws.randrange(10**9)))}
                try:
                    answer = client.post(EXPLANATIONS, files=files)
                except httpx2.TransportError as error:
                    with self._lock:
                        self.broken[type(error).__name__] += 1
                    return
                with self._lock:
                    self.statuses[answer.status_code] += 1
                    if answer.status_code == 201:
                        self.kept.append(answer.json()["id"])

    @contextmanager
    def running(self) -> Iterator[None]:
        with ThreadPoolExecutor(VISITORS) as visitors:
            done = [visitors.submit(self.visit, number) for number in range(VISITORS)]
            try:
                yield
            finally:
                self._leave.set()
            for one in done:
                one.result()

    def until(self, status_code: int, count: int) -> None:
        """Wait until so many answers had this status."""
        end = time.monotonic() + TIMEOUT_S
        while self.statuses[status_code] < count:
            assert time.monotonic() < end, (self.statuses, self.broken)
            time.sleep(0.02)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Write figures where they are seen."""

    def write(figures: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{figures}\n")

    return write


def test_stops_under_load_lose_nothing_that_was_acknowledged(
    tmp_path: Path, bundle_path: Path, tell: Callable[[str], None]
) -> None:
    statuses: Counter[int] = Counter()
    broken: Counter[str] = Counter()
    acknowledged: list[str] = []
    stops, turned = [], []
    for number in range(ROUNDS):
        with serving(tmp_path, bundle_path, slow(0.02)) as server:
            load = Load(server.url, number)
            with load.running():
                time.sleep(1 + number / 4)
                began = time.perf_counter()
                server.process.terminate()
                while status(f"{server.url}/readyz") == 200:
                    time.sleep(0.005)
                turned.append(time.perf_counter() - began)
                assert status(f"{server.url}/readyz") == 503
                assert server.process.wait(SHUTDOWN_GRACE_S + 30) in STOPPED
                stops.append(time.perf_counter() - began)
            statuses += load.statuses
            broken += load.broken
            acknowledged += load.kept
    assert not statuses.keys() - {201, 429}, statuses
    assert "Traceback" not in said(tmp_path)
    with serving(tmp_path, bundle_path) as server:
        missing = [one for one in acknowledged if status(f"{server.url}{EXPLANATIONS}/{one}") != 200]
        assert missing == []
        reckon_disk(tmp_path / "data")
    tell(
        f"{ROUNDS} stops under load: ready turned 503 within {max(turned):.2f} s, the process had ended within "
        f"{max(stops):.1f} s; {len(acknowledged)} acknowledged, none lost; statuses {dict(statuses)}, "
        f"connections that broke {dict(broken)} of {ROUNDS * VISITORS}."
    )


def _delete_some(server: Started, ids: list[str]) -> Counter[int]:
    with httpx2.Client(base_url=server.url, headers=OWNER, timeout=TIMEOUT_S) as client:
        return Counter(client.delete(f"{EXPLANATIONS}/{one}").status_code for one in ids)


def test_a_disk_filled_by_the_load_itself_is_a_507_and_recovers(
    tmp_path: Path, bundle_path: Path, tell: Callable[[str], None]
) -> None:
    small = disk(tmp_path / "data", "size=12m")
    with small as data, serving(tmp_path, bundle_path, CAMSCOPE_DISK_RESERVE_MB="0") as server:
        ballast = data / "ballast"
        ballast.write_bytes(bytes(4 * 2**20))
        load = Load(server.url, 0)
        with load.running():
            load.until(507, 200)
        assert not load.statuses.keys() - {201, 429, 507}, load.statuses
        assert load.broken == {}
        fill(data)
        lost = [one for one in load.kept if status(f"{server.url}{EXPLANATIONS}/{one}") != 200]
        assert lost == []
        assert status(f"{server.url}{EXPLANATIONS}", headers=OWNER) == 200
        deleted = _delete_some(server, load.kept[:20])
        assert not deleted.keys() - {204, 507}
        ballast.unlink()
        again = Load(server.url, 1)
        with again.running():
            again.until(201, 50)
        assert not again.statuses.keys() - {201, 429, 507}
        kept = reckon_disk(data)
        assert "Traceback" not in said(tmp_path)
    tell(
        f"a disk of 12 MiB: {len(load.kept)} acknowledged, then {load.statuses[507]} times 507; all of them could be "
        f"read; of 20 deletions with no room at all {dict(deleted)}; with 4 MiB of room {again.statuses[201]} more; "
        f"{kept['explanations']} rows, each with its files."
    )


def test_a_database_locked_for_long_is_waited_for_five_seconds_and_no_longer(
    tmp_path: Path, bundle_path: Path, tell: Callable[[str], None]
) -> None:
    waited: list[float] = []

    def ask(server: Started, number: int) -> int:
        began = time.perf_counter()
        path, files = (DATASETS, None) if number % 2 else (EXPLANATIONS, {"image": ("a.png", photo(number))})
        answer = httpx2.post(f"{server.url}{path}", files=files, headers=OWNER, timeout=TIMEOUT_S)
        waited.append(time.perf_counter() - began)
        assert answer.status_code != 503 or answer.headers["retry-after"] == "5"
        return int(answer.status_code)

    with serving(tmp_path, bundle_path) as server, ThreadPoolExecutor(30) as visitors:
        with locked(tmp_path / "data" / DATABASE, "BEGIN IMMEDIATE"):
            statuses = Counter(visitors.map(lambda number: ask(server, number), range(30)))
            longest = max(waited)
            assert status(f"{server.url}{EXPLANATIONS}", headers=OWNER) == 200
        assert set(statuses) == {503}
        assert {ask(server, number) for number in range(100, 110)} == {201}
        reckon_disk(tmp_path / "data")
    assert longest < 3 * BUSY_TIMEOUT_S
    tell(f"a locked database: 30 at once were told after {min(waited[:30]):.1f} to {longest:.1f} s.")


@pytest.mark.parametrize("lock_s", [1.0, 3.0])
def test_a_database_locked_for_less_than_that_is_waited_for(tmp_path: Path, bundle_path: Path, lock_s: float) -> None:
    with serving(tmp_path, bundle_path) as server, ThreadPoolExecutor(1) as visitors:
        with locked(tmp_path / "data" / DATABASE, "BEGIN IMMEDIATE"):
            asked = visitors.submit(status, f"{server.url}{DATASETS}", b"", OWNER)
            time.sleep(lock_s)
            assert not asked.done()
        assert asked.result() == 201
