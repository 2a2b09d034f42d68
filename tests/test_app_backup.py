"""A copy of the data folder that is whole or not there, and serves everything once it is put back."""

import contextlib
import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.backup import DATABASE, DRAFT, MANIFEST, _locked, back_up, restore
from app.cli import app
from app.data_lock import FILE as LOCK
from app.database import Database
from app.errors import BackupError
from app.folders import CAMS, PHOTO, SCORES, THUMBNAIL
from app.rows import TrainingRow
from app.store import Store
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.stored import OWNER, keep, quietly, stored_files
from tests.trainings import collect

ROOT = Path(__file__).resolve().parent.parent
EXPLANATIONS = "/api/v1/explanations"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    opened = Store(data)
    yield opened
    opened.close()


def rows(folder: Path, table: str = "explanations") -> int:
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_restored_folder_serves_everything(make_client: ClientMaker, tmp_path: Path, settings: Any) -> None:
    client = make_client()
    (settings.data_dir / "models").mkdir()
    make_bundle(settings.data_dir / "models", name="mine")
    owner = {"Camscope-Owner": "an-owner-of-some-photos"}
    client.headers.update(owner)
    kept = [client.post(EXPLANATIONS, files={"image": ("a.jpg", picture(size=(90 + n, 60)))}) for n in range(3)]
    kept.append(client.post(EXPLANATIONS, files={"image": ("a.jpg", picture(size=(90, 60)))}))  # shares files
    assert client.get(f"{kept[0].headers['location']}/thumbnail").status_code == 200
    dataset = collect(client)
    made = back_up(settings.data_dir, tmp_path / "backup", quietly)
    assert (made.explanations, made.left_out, made.models) == (4, 0, 1)
    for answer in kept:
        client.delete(answer.headers["location"])

    put_back = restore(tmp_path / "backup", tmp_path / "restored", quietly)
    assert put_back == made
    again = make_client(data_dir=tmp_path / "restored")
    again.headers.update(owner)
    assert [item["id"] for item in again.get(EXPLANATIONS).json()["items"]] == [one.json()["id"] for one in kept[::-1]]
    for answer in kept:
        place = answer.headers["location"]
        assert again.get(place).json()["predictions"] == answer.json()["predictions"]
        for part in ("image", "thumbnail", "cams.npy"):
            assert again.get(f"{place}/{part}").status_code == 200
    assert again.get(f"/api/v1/datasets/{dataset}").json()["pictures"] == 5
    assert {item["name"] for item in again.get("/api/v1/models").json()["items"]} == {"tiny", "mine"}
    assert again.get("/readyz").status_code == 200
    assert again.delete(kept[0].headers["location"]).status_code == 204


def test_on_the_same_disk_it_takes_no_room_and_deleting_takes_nothing_from_it(
    store: Store, data: Path, tmp_path: Path
) -> None:
    kept = keep(store)
    back_up(data, tmp_path / "backup", quietly)
    photo = Path("explanations", kept[:2], kept, PHOTO)
    assert (tmp_path / "backup" / photo).samefile(data / photo)
    store.delete(kept, OWNER)
    assert (tmp_path / "backup" / photo).read_bytes() == b"photo"


def test_where_there_are_no_hard_links_files_are_copied(
    store: Store, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    kept = keep(store)
    back_up(data, tmp_path / "backup", quietly)
    restore(tmp_path / "backup", tmp_path / "restored", quietly)
    photo = Path("explanations", kept[:2], kept, PHOTO)
    assert (tmp_path / "restored" / photo).read_bytes() == b"photo"
    assert not (tmp_path / "restored" / photo).samefile(data / photo)


def test_everything_in_it_is_readable_by_the_server_alone(store: Store, data: Path, tmp_path: Path) -> None:
    keep(store)
    back_up(data, tmp_path / "backup", quietly)
    restore(tmp_path / "backup", tmp_path / "restored", quietly)
    for folder in (tmp_path / "backup", tmp_path / "restored"):
        for path in [folder, *folder.rglob("*")]:
            assert path.stat().st_mode & 0o077 == 0, path


def test_what_is_deleted_while_it_is_made_is_not_in_it_and_leaves_no_trace(
    store: Store, data: Path, tmp_path: Path
) -> None:
    ids = [keep(store) for _ in range(6)]
    for explanation_id in ids:
        store.add_file(explanation_id, THUMBNAIL, b"small")

    @contextlib.contextmanager
    def deleting(total: int, _: str) -> Iterator[Callable[[], None]]:
        """After the first one is copied, half of all go; others come."""
        assert total == 6
        turns = iter(range(6))

        def advance() -> None:
            if next(turns) == 0:
                for explanation_id in ids[::2]:
                    store.delete(explanation_id, OWNER)
                keep(store)

        yield advance

    made = back_up(data, tmp_path / "backup", deleting)
    kept = {path.parent.name for path in stored_files(tmp_path / "backup")}
    assert made.explanations == rows(tmp_path / "backup") == len(kept)
    assert made.left_out == 6 - made.explanations
    assert made.left_out >= 2, "one may have been copied before"
    assert set(ids[1::2]) <= kept <= set(ids)
    content = (tmp_path / "backup" / DATABASE).read_bytes()
    assert [gone for gone in ids if gone.encode() in content] == [one for one in ids if one in kept]


def test_a_backup_is_never_overwritten(store: Store, data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    for occupied in (target.mkdir, lambda: (target.rmdir(), target.symlink_to(tmp_path / "nowhere"))):
        occupied()
        with pytest.raises(BackupError, match="never overwrites"):
            back_up(data, target, quietly)
    assert names(tmp_path) == ["backup", "data"]


def test_a_folder_to_put_it_into_is_not_made(store: Store, data: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no such folder"):
        back_up(data, tmp_path / "not" / "mounted", quietly)
    assert names(tmp_path) == ["data"]


def test_a_folder_without_data_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no data folder"):
        back_up(tmp_path / "nothing", tmp_path / "backup", quietly)
    assert names(tmp_path) == []


def test_nothing_is_restored_over_something(store: Store, data: Path, tmp_path: Path) -> None:
    keep(store)
    back_up(data, tmp_path / "backup", quietly)
    before = stored_files(data)
    with pytest.raises(BackupError, match="has something in it already"):
        restore(tmp_path / "backup", data, quietly)
    assert stored_files(data) == before
    empty = tmp_path / "new-disk"
    (empty / "lost+found").mkdir(parents=True)
    restore(tmp_path / "backup", empty, quietly)
    folders = ["datasets", "evaluations", "explanations", "lost+found", "models"]
    assert names(empty) == [DATABASE, *folders, LOCK, "trainings"]


@pytest.mark.parametrize("work", ["back up", "restore"])
def test_without_space_there_is_one_line_and_nothing_is_left(
    store: Store, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    keep(store)
    keep(store)
    if work == "restore":
        back_up(data, tmp_path / "backup", quietly)
    left = names(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "hardlink_to", full)
    monkeypatch.setattr(shutil, "copy2", full)
    begin = partial(back_up, data, tmp_path / "backup", quietly)
    if work == "restore":
        begin = partial(restore, tmp_path / "backup", tmp_path / "restored", quietly)
    with pytest.raises(BackupError, match="No space left") as refusal:
        begin()
    assert "\n" not in str(refusal.value)
    assert [name for name in names(tmp_path) if name != "restored"] == left
    if work == "restore":
        assert names(tmp_path / "restored") == [LOCK]


def test_a_damaged_database_is_told_before_it_is_needed(store: Store, data: Path, tmp_path: Path) -> None:
    for _ in range(200):
        keep(store)
    with store.database.connection() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with (data / DATABASE).open("r+b") as file:
        file.seek(-3 * 4096, os.SEEK_END)
        file.write(b"\xff" * 2 * 4096)
    with pytest.raises(BackupError):
        back_up(data, tmp_path / "backup", quietly)
    assert names(tmp_path) == ["data"]


DAMAGES = ("manifest", "database", "row", "photo", "cams", "cut photo", "empty scores", "models", "cut model", "newer")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_backup_that_is_not_whole_is_not_restored(store: Store, data: Path, tmp_path: Path, damage: str) -> None:
    kept = keep(store)
    (data / "models").mkdir()
    make_bundle(data / "models", name="mine")
    backup = tmp_path / "backup"
    back_up(data, backup, quietly)
    files = backup / "explanations" / kept[:2] / kept
    match damage:
        case "manifest":
            (backup / MANIFEST).unlink()
            said = "not a whole one"
        case "database":
            (backup / DATABASE).write_bytes(b"this is no database" * 1000)
            said = "not a database"
        case "photo":
            (files / PHOTO).unlink()
            said = "the files of 1 rows are missing"
        case "row":
            with contextlib.closing(sqlite3.connect(backup / DATABASE)) as connection:
                connection.execute("DELETE FROM explanations")
                connection.commit()
            said = "made with 1 explanations, and 0 are there"
        case "cams":
            (files / CAMS).unlink()
            said = f"files of 1 explanations are cut short or missing, {kept} for one"
        case "cut photo" | "empty scores":
            os.truncate(files / (PHOTO if damage == "cut photo" else SCORES), 0)
            said = f"files of 1 explanations are cut short or missing, {kept} for one"
        case "models":
            shutil.rmtree(backup / "models" / "mine")
            said = "made with 1 models, and 0 are there"
        case "cut model":
            os.truncate(backup / "models" / "mine" / "model.onnx", 100)
            said = "files in datasets, trainings, evaluations or models are cut short"
        case "newer":
            with contextlib.closing(sqlite3.connect(backup / DATABASE)) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
                connection.commit()
            said = f"restored: {backup / DATABASE}: made by a newer version"
    with pytest.raises(BackupError, match=said):
        restore(backup, tmp_path / "restored", quietly)
    assert not (tmp_path / "restored").exists() or names(tmp_path / "restored") == [LOCK]


def test_files_that_came_after_they_were_measured_are_whole_too(store: Store, data: Path, tmp_path: Path) -> None:
    kept = keep(store)
    store.add_file(kept, THUMBNAIL, b"small")
    back_up(data, tmp_path / "backup", quietly)
    (tmp_path / "backup" / "explanations" / kept[:2] / kept / THUMBNAIL).unlink()
    with pytest.raises(BackupError, match="cut short or missing"):
        restore(tmp_path / "backup", tmp_path / "restored", quietly)


def test_no_server_starts_on_a_folder_while_it_is_restored(store: Store, data: Path, tmp_path: Path) -> None:
    keep(store)
    back_up(data, tmp_path / "backup", quietly)
    serve = "import pathlib; from app.data_lock import only_server\n"
    serve += f"with only_server(pathlib.Path({str(tmp_path / 'restored')!r})): "
    said: list[str] = []

    @contextlib.contextmanager
    def meanwhile(_: int, __: str) -> Iterator[Callable[[], None]]:
        words = [sys.executable, "-c", f"{serve}print('serving')"]
        said.append(subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60).stderr)
        yield lambda: None

    restore(tmp_path / "backup", tmp_path / "restored", meanwhile)
    assert f"another Camscope server (process {os.getpid()} on " in said[0]
    shutil.rmtree(tmp_path / "restored")
    words = [sys.executable, "-c", f"{serve}print('serving', flush=True); input()"]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert serving.stdout.readline() == "serving\n"
        with pytest.raises(BackupError, match=f"another Camscope server .process {serving.pid} on "):
            restore(tmp_path / "backup", tmp_path / "restored", quietly)
        serving.communicate("\n")
    assert names(tmp_path / "restored") == [LOCK]


def test_what_cannot_be_moved_in_as_a_whole_is_moved_out_again(
    store: Store, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store)
    back_up(data, tmp_path / "backup", quietly)
    move = Path.rename

    def until_the_database(path: Path, target: Path) -> Path:
        if target == tmp_path / "restored" / DATABASE:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return move(path, target)

    monkeypatch.setattr(Path, "rename", until_the_database)
    with pytest.raises(BackupError, match=r"Nothing was restored: .*Input/output error"):
        restore(tmp_path / "backup", tmp_path / "restored", quietly)
    assert names(tmp_path / "restored") == [LOCK]


def test_a_folder_of_the_first_version_is_backed_up_and_comes_back_up_to_date(tmp_path: Path) -> None:
    data = tmp_path / "data"
    Store(data).close()
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as connection:
        connection.executescript(
            "DROP TABLE dataset_pictures; DROP TABLE datasets; DROP TABLE trainings; DROP TABLE evaluations;"
            "DROP INDEX ix_explanations_age; ALTER TABLE explanations DROP COLUMN bytes;"
            "CREATE INDEX ix_explanations_created_at ON explanations (created_at);"
            "DROP INDEX ix_explanations_same;"
            "CREATE INDEX ix_explanations_same ON explanations (photo_sha256, bundle_id, scale);"
            "UPDATE alembic_version SET version_num = '0001';"
        )
    back_up(data, tmp_path / "backup", quietly)
    restore(tmp_path / "backup", tmp_path / "restored", quietly)
    assert rows(tmp_path / "restored", "trainings") == 0
    Store(tmp_path / "restored").close()


def test_a_training_that_waits_finds_its_base_and_pictures_and_what_grows_is_copied(data: Path, tmp_path: Path) -> None:
    Store(data).close()
    folder = data / "trainings" / ("a" * 32)
    (folder / "data" / "ants").mkdir(parents=True)
    (folder / "base").mkdir()
    for name in ("events.jsonl", "log.txt", "lock", "data/ants/1.jpg", "base/model.onnx"):
        (folder / name).write_text(name)
    database = Database(data / DATABASE)
    with database.writing() as session:
        session.add(
            TrainingRow(
                id="a" * 32,
                owner=OWNER,
                name="n",
                state="waiting",
                created_at=datetime.now(UTC),
                asked={},
                counts=[],
                data="data/labels.csv",
                base=str(folder / "base"),
                starts=0,
                reached=0,
            )
        )
    back_up(data, tmp_path / "backup", quietly)
    with (folder / "events.jsonl").open("a") as events:
        events.write(" and more")
    restore(tmp_path / "backup", tmp_path / "restored", quietly)
    there = tmp_path / "restored" / "trainings" / ("a" * 32)
    assert names(there) == ["base", "data", "events.jsonl", "log.txt"]
    assert (there / "events.jsonl").read_text() == "events.jsonl"
    with contextlib.closing(sqlite3.connect(tmp_path / "restored" / DATABASE)) as connection:
        assert connection.execute("SELECT base FROM trainings").fetchone() == (str(there / "base"),)
    database.close()


@pytest.mark.parametrize("appears", [True, False])
def test_models_that_come_and_go_meanwhile_are_in_it_whole_or_not(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, appears: bool
) -> None:
    Store(data).close()
    (data / "models" / ".import-1").mkdir(parents=True)
    for name in ("a", "b"):
        make_bundle(data / "models", name=name)
    (data / "models" / "dangling").symlink_to(tmp_path / "nowhere")
    link = Path.hardlink_to

    def then_change(target: Path, source: Path) -> None:
        link(target, source)
        if (data / "models" / "b").exists():
            if appears:
                make_bundle(data / "models", name="c")
            shutil.move(data / "models" / "b", tmp_path / "b")

    monkeypatch.setattr(Path, "hardlink_to", then_change)
    made = back_up(data, tmp_path / "backup", quietly)
    assert names(tmp_path / "backup" / "models") == (["a", "c"] if appears else ["a"])
    assert made.models == 1 + appears
    for name in names(tmp_path / "backup" / "models"):
        assert names(tmp_path / "backup" / "models" / name) == names(data / "models" / name)


KILLED = """
import os, signal, sys
from pathlib import Path
from app import backup
from tests.stored import quietly

left = [int(sys.argv[1])]
link = Path.hardlink_to

def counted(target, source):
    link(target, source)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)

Path.hardlink_to = counted
getattr(backup, sys.argv[2])(Path(sys.argv[3]), Path(sys.argv[4]), quietly)
"""


@pytest.mark.slow
@pytest.mark.parametrize("work", ["back_up", "restore"])
def test_killed_in_the_middle_there_is_nothing_that_looks_whole_and_the_next_one_clears_up(
    store: Store, data: Path, tmp_path: Path, work: str
) -> None:
    for _ in range(5):
        keep(store)
    source, target = data, tmp_path / "backups" / "today"
    if work == "restore":
        source, target = tmp_path / "backups" / "yesterday", tmp_path / "restored"
    (tmp_path / "backups").mkdir()
    if work == "restore":
        back_up(data, source, quietly)
    words = [sys.executable, "-c", KILLED, "7", work, str(source), str(target)]
    ended = subprocess.run(words, cwd=ROOT, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    draft_lies_in = target.parent if work == "back_up" else target
    (draft,) = draft_lies_in.glob(f"{DRAFT}*")
    assert not (draft / MANIFEST).exists()
    assert not (target / MANIFEST).exists()
    assert not (target / DATABASE).exists()
    (back_up if work == "back_up" else restore)(source, target, quietly)
    assert rows(target) == 5
    assert list(draft_lies_in.glob(f"{DRAFT}*")) == []


def test_a_server_that_starts_clears_up_after_a_restore_that_was_killed(
    make_client: ClientMaker, settings: Any
) -> None:
    dead, live = (settings.data_dir / f"{DRAFT}{name}" for name in ("dead", "live"))
    for draft in (dead, live):
        (draft / "explanations").mkdir(parents=True)
    with _locked(live):
        make_client()
    assert list(settings.data_dir.glob(f"{DRAFT}*")) == [live]


def test_another_that_is_being_made_is_left_alone(store: Store, data: Path, tmp_path: Path) -> None:
    inner: list[str] = []

    @contextlib.contextmanager
    def second(_: int, __: str) -> Iterator[Callable[[], None]]:
        back_up(data, tmp_path / "second", quietly)
        inner.append("done")
        yield lambda: None

    keep(store)
    back_up(data, tmp_path / "first", second)
    assert inner == ["done"]
    assert rows(tmp_path / "first") == rows(tmp_path / "second") == 1


def test_the_commands_say_what_they_did_and_how_to_go_back(
    store: Store, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("CAMSCOPE_DATA_DIR", str(data))
    keep(store)
    runner = CliRunner()
    done = runner.invoke(app, ["backup", str(tmp_path / "backup")])
    assert done.exit_code == 0, done.output
    assert "1 explanation and 0 models are backed up" in done.stdout
    assert f"camscope restore {tmp_path / 'backup'}" in done.stdout
    monkeypatch.setenv("CAMSCOPE_DATA_DIR", str(tmp_path / "restored"))
    done = runner.invoke(app, ["restore", str(tmp_path / "backup")])
    assert done.exit_code == 0, done.output
    made_at = json.loads((tmp_path / "backup" / MANIFEST).read_text())["made_at"]
    assert f"1 explanation and 0 models of {made_at} are restored in {tmp_path / 'restored'}" in done.stdout
    again = runner.invoke(app, ["restore", str(tmp_path / "backup")])
    assert isinstance(again.exception, BackupError)
