"""`scripts/environment.py` and `scripts/find-python`, in a folder of their own: nothing here installs anything."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import environment

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what an installation depends on, and no environment yet; one is made without delay."""
    for name in environment.INPUTS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    venv = tmp_path / ".venv"
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", venv)
    monkeypatch.setattr(environment, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(environment, "UNFINISHED", venv / ".unfinished")

    def make_venv(*command: str | Path) -> bool:
        assert command[1:] == ("-m", "venv", venv)
        environment.PYTHON.parent.mkdir(parents=True)
        environment.PYTHON.symlink_to(sys.executable)
        return True

    monkeypatch.setattr(environment, "run", make_venv)
    return tmp_path


@pytest.fixture
def pip_calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What pip is asked for; it is told that all of it worked."""
    calls: list[tuple[str, ...]] = []

    def pip(*arguments: str) -> bool:
        calls.append(arguments)
        return True

    monkeypatch.setattr(environment, "pip", pip)
    monkeypatch.setattr(environment, "torch_installed", lambda: False)
    monkeypatch.setattr(environment, "has_nvidia_gpu", lambda: False)
    return calls


def make(purpose: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["environment.py", purpose])
    return environment.main()


def test_an_index_that_never_answers_is_given_up_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begin = time.monotonic()
        assert not environment.reachable(f"https://127.0.0.1:{silent.getsockname()[1]}/torch/", 0.3)
        assert time.monotonic() - begin < 2


def test_a_name_that_never_resolves_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> None:
        time.sleep(1)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    begin = time.monotonic()
    assert not environment.reachable("https://nowhere.invalid/torch/", 0.3)
    assert time.monotonic() - begin < 0.9


def test_the_wait_for_torchs_index_is_three_seconds_at_most() -> None:
    assert environment.TORCH_CPU_WAIT_S <= 3


@pytest.mark.parametrize(("gpu", "answers", "from_cpu_index"), [(0, 1, True), (0, 0, False), (1, 1, False)])
def test_cpu_wheels_without_a_gpu_where_they_can_be_had(
    gpu: int, answers: int, from_cpu_index: bool, pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "has_nvidia_gpu", lambda: bool(gpu))
    monkeypatch.setattr(environment, "reachable", lambda *_: bool(answers))
    environment.install_cpu_torch()
    assert any(environment.TORCH_CPU_INDEX in call for call in pip_calls) is from_cpu_index
    assert all("--no-deps" in call for call in pip_calls)


def test_falling_back_to_the_usual_wheels_is_said(
    pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "reachable", lambda *_: False)
    environment.install_cpu_torch()
    assert not pip_calls
    assert "cannot be reached: taking the usual wheels" in capsys.readouterr().out


def test_a_second_run_installs_nothing(
    checkout: Path, pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "reachable", lambda *_: False)
    assert make("run", monkeypatch) == 0
    assert pip_calls
    pip_calls.clear()
    assert make("run", monkeypatch) == 0
    assert not pip_calls


def test_the_test_environment_also_serves(
    checkout: Path, pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "reachable", lambda *_: False)
    assert make("test", monkeypatch) == 0
    assert pip_calls[-1][-2:] == ("--group", "dev")
    assert environment.ready("run")


@pytest.mark.parametrize("name", environment.INPUTS)
def test_a_change_of_what_is_asked_for_installs_again(
    name: str, checkout: Path, pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "reachable", lambda *_: False)
    assert make("run", monkeypatch) == 0
    with (checkout / name).open("a") as file:
        file.write("\n# changed\n")
    assert not environment.ready("run")


def test_an_interrupted_installation_begins_anew(
    checkout: Path, pip_calls: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "reachable", lambda *_: False)
    assert make("run", monkeypatch) == 0
    half_a_package = checkout / ".venv" / "half.py"
    half_a_package.write_text("import nothing")

    def killed(*_: str) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environment, "key", lambda: "changed")
        patch.setattr(environment, "pip", killed)
        assert make("run", monkeypatch) == 130
    assert not environment.ready("run")
    assert make("run", monkeypatch) == 0
    assert environment.ready("run")
    assert not half_a_package.exists()


def test_a_failed_pip_is_told_and_not_taken_for_done(
    checkout: Path,
    pip_calls: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(environment, "pip", lambda *_: False)
    assert make("run", monkeypatch) == 1
    assert "Run the command again" in capsys.readouterr().err
    assert not environment.ready("run")


def find_python(tmp_path: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run find-python where only the given programs, shell scripts, are there."""
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    command = [str(ROOT / "scripts" / "find-python")]
    return subprocess.run(command, env={"PATH": str(tmp_path)}, text=True, capture_output=True, check=False)


def test_the_newest_python_that_starts_is_taken(tmp_path: Path) -> None:
    real = f'exec {sys.executable} "$@"'
    found = find_python(tmp_path, **{"python3.14": "exit 127", "python3.12": real, "python3.11": real})
    assert found.stdout.strip().endswith("/python3.12")


def test_one_that_makes_environments_comes_first(tmp_path: Path) -> None:
    real = f'exec {sys.executable} "$@"'
    without_venv = f'case "$2" in *ensurepip*) exit 1;; esac; {real}'
    found = find_python(tmp_path, **{"python3.13": without_venv, "python3.11": real})
    assert found.stdout.strip().endswith("/python3.11")
    only = find_python(tmp_path, **{"python3.13": without_venv, "python3.11": "exit 1"})
    assert only.stdout.strip().endswith("/python3.13")


def test_no_python_is_said_in_one_line(tmp_path: Path) -> None:
    found = find_python(tmp_path, python3="exit 1")
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "Python 3.11 or newer" in found.stderr
