"""`scripts/typecheck.py`: what TypeScript checks, and when it is installed, with shell scripts for npm and node."""

import json
import re
from pathlib import Path

import pytest

from app.paths import STATIC_DIR
from scripts import typecheck

SILENCERS = re.compile(r"@ts-(?:ignore|nocheck|expect-error)")


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where npm and node write what they were called with; npm puts there what it was asked for."""
    home = tmp_path / "typescript"
    monkeypatch.setattr(typecheck, "HOME", home)
    monkeypatch.setattr(typecheck, "PACKAGE", home / "node_modules" / "typescript")
    monkeypatch.setattr(typecheck, "BIN", tmp_path)
    package = home / "node_modules" / "typescript"
    manifest = json.dumps({"version": typecheck.VERSION})
    made = f"mkdir -p {package} && echo '{manifest}' > {package}/package.json"
    program(tmp_path / "npm", f"echo npm $* >> {tmp_path / 'calls'}\n{made}")
    program(tmp_path / "node", f"echo node $* >> {tmp_path / 'calls'}")
    return tmp_path / "calls"


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_every_script_is_checked_strictly() -> None:
    config = json.loads((typecheck.ROOT / "jsconfig.json").read_text())
    options = config["compilerOptions"]
    assert options["checkJs"] is True
    assert options["strict"] is True
    assert [name for name, value in options.items() if value is False] == []
    covered = {path for pattern in config["include"] for path in typecheck.ROOT.glob(pattern)}
    assert covered == set(STATIC_DIR.rglob("*.js"))
    assert "exclude" not in config


def test_no_script_silences_the_checker() -> None:
    assert [path.name for path in STATIC_DIR.rglob("*.js") if SILENCERS.search(path.read_text())] == []


def test_one_version_is_installed_once(calls: Path) -> None:
    assert typecheck.main() == 0
    assert typecheck.main() == 0
    npm, *node = calls.read_text().splitlines()
    assert npm.startswith("npm install")
    assert npm.endswith(f" typescript@{typecheck.VERSION}")
    assert node == [f"node {typecheck.PACKAGE}/bin/tsc --project {typecheck.ROOT}/jsconfig.json"] * 2


def test_another_version_is_replaced(calls: Path) -> None:
    typecheck.PACKAGE.mkdir(parents=True)
    (typecheck.PACKAGE / "package.json").write_text('{"version": "1.0.0"}')
    assert typecheck.main() == 0
    assert calls.read_text().startswith("npm install")


def test_what_is_found_fails_the_check(calls: Path) -> None:
    program(calls.parent / "node", "echo 'error TS7006'; exit 2")
    assert typecheck.main() == 2


def test_without_a_network_it_says_what_is_missing(calls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(calls.parent / "npm", "exit 1")
    assert typecheck.main() == 1
    assert "could not be installed" in capsys.readouterr().err
    assert not calls.exists()
