"""Backups of a data folder that changes all the time, killed at any moment."""

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backup import DATABASE, DRAFT, restore
from app.errors import NotFound
from app.folders import PHOTO, THUMBNAIL
from app.store import Store
from tests.stored import OWNER, keep, quietly

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 40
WRITERS = 3
AT_MOST = 400  # explanations


@contextlib.contextmanager
def changing(store: Store, seed: int) -> Iterator[list[Exception]]:
    """Explanations come, get thumbnails and go, in several threads; yields what went wrong in them."""
    stop, faults = threading.Event(), []
    mine: list[list[str]] = [[] for _ in range(WRITERS)]

    def change(number: int) -> None:
        chance, ids = random.Random(seed + number), mine[number]
        try:
            while not stop.is_set():
                ids.append(keep(store))
                store.add_file(chance.choice(ids), THUMBNAIL, b"small")
                while len(ids) > AT_MOST // WRITERS or (ids and chance.random() < 0.45):
                    store.delete(ids.pop(chance.randrange(len(ids))), OWNER)
        except Exception as error:  # noqa: BLE001 - a thread's fault fails the test
            faults.append(error)

    threads = [threading.Thread(target=change, args=[number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield faults
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def check_whole(folder: Path) -> int:
    """Every row has its files and every file its row; how many there are."""
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection:
        ids = {found for (found,) in connection.execute("SELECT id FROM explanations")}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert {path.name for path in (folder / "explanations").glob("*/*")} == ids
    return len(ids)


@pytest.mark.torture
def test_backups_of_a_busy_folder_are_whole_or_not_there(tmp_path: Path) -> None:
    seed = 20261129
    chance = random.Random(seed)
    data, backups = tmp_path / "data", tmp_path / "backups"
    backups.mkdir()
    words = [sys.executable, "-m", "app", "backup"]
    variables = {**os.environ, "CAMSCOPE_DATA_DIR": str(data)}
    killed = in_the_middle = whole = 0
    took_s = 1.0
    store = Store(data)
    for _ in range(AT_MOST):
        keep(store)
    with changing(store, seed) as faults:
        for number in range(ROUNDS):
            target, began = backups / str(number), time.monotonic()
            process = subprocess.Popen([*words, str(target)], cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
            if number % 2:
                time.sleep(chance.uniform(0.1, 1.0) * took_s)
                process.kill()
            status = process.wait(120)
            took_s = took_s if status else time.monotonic() - began
            killed += status != 0
            in_the_middle += any(backups.glob(f"{DRAFT}*"))
            assert (status == 0) <= target.exists()
            if target.exists():
                whole += 1
                check_whole(target)
    store.close()
    assert faults == []
    assert whole >= ROUNDS // 2
    assert killed >= ROUNDS // 10
    assert in_the_middle >= ROUNDS // 20
    last = max((path for path in backups.iterdir() if not path.name.startswith(DRAFT)), key=lambda path: int(path.name))
    restore(last, tmp_path / "restored", quietly)
    count = check_whole(tmp_path / "restored")
    again = Store(tmp_path / "restored")
    rows, _ = again.history(OWNER, 10_000, None)
    assert len(rows) == count
    for found in rows:
        assert again.file(found.id, PHOTO).read_bytes() == b"photo"
        assert again.numbers(found.id).maps is not None
    with pytest.raises(NotFound):
        again.find("0" * 32)
    again.close()
