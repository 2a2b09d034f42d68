"""A database that is locked, damaged, foreign, newer or gone: said clearly, never made worse."""

import contextlib
import hashlib
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.errors import StartError
from app.store import DATABASE, Store
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.pictures import BLUE, RED, picture
from tests.processes import command, locked, refused
from tests.stored import keep, stored_files
from tests.trainings import eventually

EXPLANATIONS = "/api/v1/explanations"
OWNER = {"Camscope-Owner": "somebody-with-a-database"}


def contents(folder: Path) -> dict[str, str | None]:
    """Every file's digest, but of SQLite's scratch index: it is made anew whenever the log is read."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith("-shm")
    }


def sql(path: Path, *statements: str, crash: bool = False) -> None:
    """Have another program do something to a database; crashed, its write-ahead log stays."""
    end = "os._exit(0)" if crash else "connection.close()"
    script = f"import os, sqlite3, sys; connection = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
    script += "".join(f"connection.execute({statement!r})\n" for statement in statements) + end
    subprocess.run([sys.executable, "-c", script], check=True)


NEWER = "UPDATE alembic_version SET version_num = '9999'"
SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "random bytes": (lambda path: path.write_bytes(secrets.token_bytes(50_000)), "is damaged .*backup"),
    "text": (lambda path: path.write_text("these are my holiday notes\n" * 50), "is damaged .*backup"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:10_000]), "is damaged .*backup"),
    "cut within its header": (lambda path: path.write_bytes(path.read_bytes()[:50]), "is damaged .*backup"),
    "zeros and a log": (
        lambda path: (sql(path, "PRAGMA user_version = 7", crash=True), path.write_bytes(bytes(30_000))), "is damaged",
    ),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
    "another program's": (lambda path: (path.unlink(), sql(path, "CREATE TABLE songs (x)")), "none of Camscope's"),
    "of the same table names": (
        lambda path: (path.unlink(), sql(path, "CREATE TABLE bundles (x)")), "none of Camscope's",
    ),
    "without a table": (lambda path: sql(path, "DROP TABLE trainings"), "no table trainings"),
    "newer": (lambda path: sql(path, NEWER), "newer version of Camscope; update"),
    "newer, in another mode": (lambda path: sql(path, "PRAGMA journal_mode = DELETE", NEWER), "newer version"),
    "newer, after a crash": (lambda path: sql(path, NEWER, crash=True), "newer version"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILT)
def test_what_is_no_database_of_ours_is_refused_in_one_line_and_nothing_is_touched(tmp_path: Path, kind: str) -> None:
    spoil, reason = SPOILT[kind]
    path = tmp_path / DATABASE
    Store(tmp_path).close()
    spoil(path)
    before = contents(tmp_path)
    with pytest.raises(StartError, match=reason) as refusal:
        Store(tmp_path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)
    assert contents(tmp_path) == before


@pytest.mark.slow
def test_the_server_says_so_and_ends(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path)
    Store(tmp_path / "data").close()
    sql(tmp_path / "data" / DATABASE, NEWER)
    before = contents(tmp_path / "data")
    line = refused(command("serve", "--port", "0", "--model", str(bundle)), tmp_path)
    assert "made by a newer version of Camscope; update the program." in line
    after = contents(tmp_path / "data")
    assert after.pop("server.lock") is not None
    assert after == before


def test_a_database_in_another_mode_is_brought_back_to_ours(tmp_path: Path) -> None:
    Store(tmp_path).close()
    sql(tmp_path / DATABASE, "PRAGMA journal_mode = DELETE")
    Store(tmp_path).close()
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_log_that_a_crash_left_is_read(tmp_path: Path) -> None:
    Store(tmp_path).close()
    sql(tmp_path / DATABASE, "INSERT INTO bundles VALUES ('a', 'a', '{}', '2026-01-01')", crash=True)
    assert (tmp_path / f"{DATABASE}-wal").stat().st_size
    store = Store(tmp_path)
    assert store.find_bundle("a") is not None
    store.close()


def test_a_missing_database_is_made_and_what_the_old_one_knew_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path)
    kept = keep(store)
    store.close()
    (tmp_path / "datasets" / "a" / "b").mkdir(parents=True)
    backup = (tmp_path / DATABASE).rename(tmp_path / "backup")
    store = Store(tmp_path)
    assert store.count() == 0
    assert not stored_files(tmp_path)
    store.close()
    (aside,) = tmp_path.glob("without-database-*")
    assert str(aside) in caplog.text
    caplog.clear()
    Store(tmp_path).close()
    assert str(aside) in caplog.text, "at each start, for nobody else thinks of it"
    assert sorted(folder.name for folder in aside.iterdir()) == ["datasets", "explanations"]
    shutil.rmtree(tmp_path / "explanations")
    (aside / "explanations").rename(tmp_path / "explanations")
    backup.replace(tmp_path / DATABASE)
    shutil.rmtree(aside)
    caplog.clear()
    store = Store(tmp_path)
    assert "photos whose database was missing" not in caplog.text
    assert store.numbers(store.find(kept).id).logits.size
    store.close()


def test_a_log_without_its_database_is_set_aside_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store)
    store.close()
    sql(tmp_path / DATABASE, "PRAGMA user_version = 7", crash=True)
    (tmp_path / DATABASE).unlink()
    Store(tmp_path).close()
    (aside,) = tmp_path.glob("without-database-*")
    assert stored_files(aside)
    assert (aside / f"{DATABASE}-wal").stat().st_size


def test_a_new_data_folder_has_nothing_to_set_aside(tmp_path: Path) -> None:
    for _ in range(2):
        Store(tmp_path).close()
        (tmp_path / DATABASE).unlink()
    assert not list(tmp_path.glob("without-database-*"))


@pytest.mark.parametrize("reason", ["a link to", "cannot be opened"])
def test_where_no_database_can_be_made_nothing_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    data, disk = tmp_path / "data", tmp_path / "disk"
    store = Store(data)
    kept = keep(store)
    store.close()
    disk.mkdir()
    moved = (data / DATABASE).rename(disk / DATABASE)
    before, opened = stored_files(data), os.open
    if reason == "a link to":
        (data / DATABASE).symlink_to(moved)
        disk.rename(tmp_path / "not mounted")
    else:
        monkeypatch.setattr(os, "open", lambda path, *how: opened(tmp_path if path == data / DATABASE else path, *how))
    with pytest.raises(StartError, match=reason):
        Store(data)
    monkeypatch.undo()
    assert stored_files(data) == before
    assert not list(data.glob("without-database-*"))
    if reason == "a link to":
        (tmp_path / "not mounted").rename(disk)
        store = Store(data)
        assert store.numbers(store.find(kept).id).logits.size
        store.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a database now waits for locks much less than usual."""
    monkeypatch.setattr("app.database.BUSY_TIMEOUT_S", 0.1)


def explain(client: TestClient, colour: tuple[int, int, int], **fields: str) -> Any:
    return client.post(EXPLANATIONS, files={"image": ("a.jpg", picture(colour))}, data=fields, headers=OWNER)


def test_while_another_program_writes_keeping_is_a_503_with_a_time_and_reading_goes_on(
    make_client: ClientMaker, settings: Settings, impatient: None
) -> None:
    client = make_client()
    first = explain(client, RED)
    with locked(settings.data_dir / DATABASE, "BEGIN IMMEDIATE"):
        for answer in (explain(client, BLUE), client.post("/api/v1/datasets", headers=OWNER)):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert "busy" in answer.json()["detail"]
        assert explain(client, BLUE, store="false").status_code == 200
        assert client.get(first.headers["location"]).status_code == 200
        assert len(client.get(EXPLANATIONS, headers=OWNER).json()["items"]) == 1
        assert len(stored_files(settings.data_dir)) == 3, "nothing half kept"
        assert not list((settings.data_dir / "datasets").glob("*"))
    assert explain(client, BLUE).status_code == 201


def test_many_who_wait_for_a_locked_database_are_all_told_in_time(
    make_client: ClientMaker, settings: Settings, impatient: None
) -> None:
    client = make_client()
    with locked(settings.data_dir / DATABASE, "BEGIN IMMEDIATE"), ThreadPoolExecutor(40) as visitors:
        answers = list(visitors.map(lambda _: client.post("/api/v1/datasets", headers=OWNER), range(80)))
    assert {answer.status_code for answer in answers} == {503}
    assert client.post("/api/v1/datasets", headers=OWNER).status_code == 201


def test_a_database_locked_at_the_start_is_one_line(tmp_path: Path, impatient: None) -> None:
    Database(tmp_path / DATABASE).close()
    for kind in ("IMMEDIATE", "EXCLUSIVE"):
        mode = "PRAGMA locking_mode = EXCLUSIVE" if kind == "EXCLUSIVE" else "SELECT 1"
        with locked(tmp_path / DATABASE, mode, f"BEGIN {kind}"), pytest.raises(StartError, match="another program"):
            Database(tmp_path / DATABASE)
    Database(tmp_path / DATABASE).close()


def _remove(path: Path) -> None:
    path.unlink()


def _replace(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def _empty(path: Path) -> None:
    os.truncate(path, 0)


@pytest.mark.parametrize("spoil", [_remove, _replace, _overwrite, _empty])
def test_a_database_spoilt_while_the_server_runs_is_a_503_and_no_storm(
    make_client: ClientMaker, settings: Settings, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    client = make_client()
    where = explain(client, RED).headers["location"]
    client.app.state.explainer._store.database._engine.dispose()  # type: ignore[attr-defined]
    path = settings.data_dir / DATABASE
    spoil(path)
    left = stored_files(settings.data_dir)
    for _ in range(3):
        for answer in (
            explain(client, BLUE),
            client.get(where),
            client.get(EXPLANATIONS, headers=OWNER),
            client.get("/explanations", headers={**OWNER, "Accept": "text/html"}),
            client.post("/api/v1/datasets", headers=OWNER),
            client.get("/readyz"),
        ):
            assert answer.status_code == 503, (answer.request.url, answer.text)
    assert explain(client, BLUE, store="false").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert stored_files(settings.data_dir) == left
    assert "Traceback" not in caplog.text
    assert path.exists() == (spoil is not _remove), "no empty one appears in its place"


def test_files_damaged_on_the_disk_are_a_503_and_computed_anew_when_asked(
    make_client: ClientMaker, settings: Settings
) -> None:
    client = make_client()
    where = explain(client, RED).headers["location"]
    (scores,) = (settings.data_dir / "explanations").rglob("scores.npz")
    maps, whole = scores.with_name("cams.npy"), scores.with_name("cams.npy").read_bytes()
    for spoil in (
        lambda: maps.write_bytes(whole[:200]),
        lambda: maps.write_bytes(b""),
        lambda: (maps.write_bytes(whole), scores.write_bytes(scores.read_bytes()[:100])),
        scores.unlink,
    ):
        spoil()
        answer = client.get(where)
        assert answer.status_code == 503
        assert "damaged" in answer.json()["detail"]
    shutil.rmtree(scores.parent)
    answer = client.get(where)
    assert (answer.status_code, answer.json()["detail"][:38]) == (503, "This explanation's files are missing; ")
    again = explain(client, RED)
    assert again.status_code == 201
    assert client.get(again.headers["location"]).status_code == 200


def test_trainings_say_once_that_the_database_is_gone(
    make_client: ClientMaker, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.job_runner.LOCK_EVERY_S", 0.01)
    client = make_client()
    runner = client.app.state.trainings._runner  # type: ignore[attr-defined]
    look, looks = runner._look, []

    def counted() -> None:
        looks.append(1)
        look()

    monkeypatch.setattr(runner, "_look", counted)
    eventually(lambda: len(looks) > 0)
    (settings.data_dir / DATABASE).unlink()
    seen = len(looks)
    eventually(lambda: len(looks) > seen + 5)
    told = [record for record in caplog.records if record.name == "camscope.trainings"]
    assert len(told) == 1
    assert told[0].exc_info is None
