"""`scripts/browser.py`: which Chromium is taken, with shell scripts in their places."""

import subprocess
from pathlib import Path

import pytest

from scripts import browser

DRAWS = "echo '<html><head></head><body></body></html>'"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that programs are looked for in, empty; Playwright has downloaded nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "playwrights_own", lambda: str(tmp_path / "playwright-chromium"))
    monkeypatch.setattr(browser, "run", lambda *command: pytest.fail(f"ran {command}"))
    return tmp_path


def program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_an_installed_one_is_taken(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = program(programs / "google-chrome", DRAWS)
    assert browser.main() == 0
    assert capsys.readouterr().out == f"{path}\n"


def test_a_stub_that_does_not_start_is_passed_over(programs: Path) -> None:
    program(programs / "chromium-browser", "echo install the snap; exit 1")
    assert browser.find_chromium() is None
    path = program(programs / "playwright-chromium", DRAWS)
    assert browser.find_chromium() == path


def test_the_named_one_is_the_only_one(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program(programs / "chromium", DRAWS)
    monkeypatch.setenv("CHROMIUM", str(programs / "nothing"))
    assert browser.main() == 1
    assert "CHROMIUM=" in capsys.readouterr().err


def test_playwrights_download_comes_before_debians_package(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []
    program(programs / "apt-get", "exit 0")
    monkeypatch.setattr(browser, "run", lambda *command: commands.append(command))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    assert browser.main() == 1
    assert [command[-1] for command in commands] == ["chromium", "-q", "chromium"]
    assert "playwright" in commands[0]
    assert commands[2][0] == "apt-get"


def test_without_rights_nothing_is_installed_by_apt(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []
    program(programs / "apt-get", "exit 0")
    monkeypatch.setattr(browser, "run", lambda *command: commands.append(command))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    assert browser.install_chromium() is None
    assert len(commands) == 1


def test_one_that_hangs_is_given_up(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("chromium", browser.START_TIMEOUT_S)

    monkeypatch.setattr(subprocess, "run", hang)
    assert not browser.starts("chromium")
