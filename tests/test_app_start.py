"""What keeps a server from starting: one line that says what to do, exit 1, everything as it was."""

import fcntl
import os
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app import data_lock, database_file
from app.config import Settings
from app.data_lock import only_server
from app.embedded import ensure_embedded
from app.errors import NotReady, StartError
from app.folders import Folders
from app.main import check_start, create_app
from tests.pictures import picture
from tests.processes import command, disk, environment, fill, refused, serving, status, without_rights
from tests.stored import BUNDLE, files, row


@pytest.mark.slow
def test_a_second_server_on_a_data_folder_is_refused_and_commands_still_work(tmp_path: Path, bundle_path: Path) -> None:
    (tmp_path / "red.png").write_bytes(picture(kind="PNG"))
    serve = command("serve", "--port", "0", "--model", str(bundle_path))
    with serving(tmp_path, bundle_path) as server:
        line = refused(serve, tmp_path)
        assert f"{tmp_path / 'data'}: another Camscope server (process {server.process.pid} on " in line
        assert "CAMSCOPE_DATA_DIR" in line
        from app.cli import app as command_line

        explained = CliRunner().invoke(
            command_line,
            ["explain", str(tmp_path / "red.png"), "--model", str(bundle_path), "--json"],
            env=environment(tmp_path),
        )
        assert explained.exit_code == 0, explained.output
        assert status(f"{server.url}/readyz") == 200
        server.process.kill()
        server.process.wait()
        with serving(tmp_path, bundle_path) as again:
            assert status(f"{again.url}/readyz") == 200


def in_another_process(folder: Path) -> int:
    """The exit status of a process that wants the folder for itself."""
    child = os.fork()
    if child == 0:
        try:
            with only_server(folder):
                os._exit(0)
        except StartError:
            os._exit(1)
        os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_data_folder_is_free_again_when_its_server_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with only_server(folder):
        assert in_another_process(folder) == 1
        assert (folder / data_lock.FILE).read_text().split()[0] == str(os.getpid())
    assert in_another_process(folder) == 0


def test_a_process_that_a_dead_server_leaves_behind_does_not_hold_the_folder(tmp_path: Path) -> None:
    """A lock of the open file would be the child's too."""
    reading, writing = os.pipe()
    with only_server(tmp_path):
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)
            os._exit(0)
    assert in_another_process(tmp_path) == 0
    os.close(writing)
    os.waitpid(child, 0)
    os.close(reading)


def test_where_the_disk_knows_no_locks_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", unknown)
    with only_server(tmp_path / "data"):
        assert "knows no locks" in caplog.text


def test_what_another_server_wrote_of_itself_is_shown_only_where_it_makes_sense(tmp_path: Path) -> None:
    for written, shown in ((b"12 ants\n", " (process 12 on ants)"), (b"12", " (process 12)"), (b"\x1b[2J\xff", "")):
        (tmp_path / "lock").write_bytes(written)
        descriptor = os.open(tmp_path / "lock", os.O_RDONLY)
        assert data_lock._told(descriptor) == shown
        os.close(descriptor)


def test_a_start_looks_through_the_data_folder_once(
    settings: Settings, bundle_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[str] = []
    for owner, name in ((Folders, "ids"), (database_file, "revisions")):
        whole = getattr(owner, name)
        monkeypatch.setattr(
            owner, name, lambda *given, _whole=whole, _name=name: walked.append(_name) or _whole(*given)
        )
    usual = settings.model_copy(update={"model": (bundle_path,)})
    registry, store = check_start(usual)
    with TestClient(create_app(usual, registry=registry, store=store)) as client:
        answer = client.post("/api/v1/explanations", files={"image": ("a.jpg", picture())})
        assert answer.status_code == 201
        assert store.find(answer.json()["id"])
    assert walked == ["revisions", "ids"]
    with pytest.raises(NotReady):
        store.keep(row(store.new_id()), files(), BUNDLE)


def test_without_a_home_the_folders_must_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    with pytest.raises(StartError, match="CAMSCOPE_DATA_DIR and CAMSCOPE_CACHE_DIR"):
        Settings()
    with pytest.raises(StartError, match="no home folder"):
        Settings(data_dir=Path("~/data"), cache_dir=tmp_path)
    assert Settings(data_dir=tmp_path, cache_dir=tmp_path).data_dir == tmp_path


def test_a_cache_folder_that_cannot_be_written_is_said_before_the_work_begins(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"file: the cache folder cannot be written.*CAMSCOPE_CACHE_DIR"):
        ensure_embedded(tmp_path / "file")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["data", "cache"])
def test_a_folder_without_rights_is_one_line(tmp_path: Path, bundle_path: Path, place: str) -> None:
    locked = tmp_path / place
    locked.mkdir(mode=0o500)
    model = [] if place == "cache" else ["--model", str(bundle_path)]
    line = refused(command("serve", "--port", "0", *model), tmp_path, preexec_fn=without_rights)
    assert str(locked) in line
    assert "Permission denied" in line
    assert list(locked.iterdir()) == []


@pytest.mark.slow
def test_a_read_only_disk_is_one_line(tmp_path: Path, bundle_path: Path) -> None:
    with disk(tmp_path / "data", "ro"):
        line = refused(command("serve", "--port", "0", "--model", str(bundle_path)), tmp_path)
    assert "Read-only file system" in line


@pytest.mark.slow
def test_a_full_disk_is_one_line(tmp_path: Path, bundle_path: Path) -> None:
    with disk(tmp_path / "data", "size=64k") as data:
        fill(data)
        line = refused(command("serve", "--port", "0", "--model", str(bundle_path)), tmp_path)
    assert "full" in line or "No space" in line
