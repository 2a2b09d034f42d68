"""Nothing is told to anybody: the runtime's own reports to its maker stay off."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def files_after(script: str, home: Path) -> list[Path]:
    """What a program leaves in a new home folder."""
    home.mkdir()
    environment = {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60, cwd=home)
    return [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.slow
@pytest.mark.parametrize("imported", ["model.runtime", "app.main"])
def test_the_runtime_gathers_nothing_about_the_machine(tmp_path: Path, imported: str) -> None:
    assert files_after(f"import {imported}", tmp_path / "home") == []


@pytest.mark.slow
def test_not_even_in_a_process_that_ours_starts(tmp_path: Path) -> None:
    child = "subprocess.run([sys.executable, '-c', 'import onnxruntime'], check=True)"
    assert files_after(f"import subprocess, sys, model; {child}", tmp_path / "home") == []
