"""Servers as processes of their own, for tests that stop, kill or starve them."""

import contextlib
import ctypes
import errno
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
PR_CAPBSET_DROP = 24
SLOW = """
import sys, time
from model.classifier import Classifier
from app import cli

answer = Classifier.answer

def slow(self, batch, alone=True):
    time.sleep({pass_s})
    return answer(self, batch, alone)

Classifier.answer = slow
cli.main()
"""


@dataclass(frozen=True)
class Started:
    """A server that can be reached."""

    process: subprocess.Popen[str]
    url: str


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Nothing of ours from outside, the data and the cache in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAMSCOPE_")}
    ours = {"PYTHONPATH": str(ROOT), "CAMSCOPE_DATA_DIR": str(folder / "data")}
    return kept | ours | {"CAMSCOPE_CACHE_DIR": str(folder / "cache"), "CAMSCOPE_BATCH_MAX": "1"} | variables


def command(*arguments: str, program: str = "") -> list[str]:
    """`camscope` with these arguments, by way of another program where one is given."""
    return [sys.executable, *(["-c", program] if program else ["-m", "app"]), *arguments]


def slow(pass_s: float) -> str:
    """A program: Camscope, but every pass through the network takes so many seconds more."""
    return SLOW.format(pass_s=pass_s)


@contextlib.contextmanager
def serving(folder: Path, bundle: Path, program: str = "", **variables: str) -> Iterator[Started]:
    """`camscope serve` on a free port; killed in the end, if it still runs."""
    words = command("serve", "--port", "0", "--model", str(bundle), program=program)
    log = (folder / "server.log").open("a")
    with log:
        process = subprocess.Popen(
            words, cwd=folder, env=environment(folder, **variables), stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, (folder / "server.log").read_text()
        yield Started(process, found[0])
    finally:
        process.kill()
        process.communicate()


def without_rights() -> None:
    """Give up root's rights over files, in a process about to start: modes and owners count again."""
    for capability in range(64):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@contextlib.contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    """A disk of its own in memory, mounted on a folder; where that is not allowed, the test is left out.

    Args:
        folder: made for it
        options: of tmpfs, such as "size=4m"
    """
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no room on a disk; the file to delete for some."""
    ballast = folder / "ballast"
    block = 2**16
    with ballast.open("ab", buffering=0) as file:
        while block:
            try:
                file.write(bytes(block))
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 - it is what ends the loop
                block //= 2
    return ballast


@contextlib.contextmanager
def locked(path: Path, *statements: str) -> Iterator[None]:
    """Another program has a database locked, by these statements."""
    script = f"import sqlite3; connection = sqlite3.connect({str(path)!r}, isolation_level=None, timeout=20)\n"
    script += "".join(f"connection.execute({statement!r}).fetchall()\n" for statement in statements)
    script += "print('locked', flush=True); import sys; sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        yield
    finally:
        other.communicate("")


def said(folder: Path) -> str:
    """What the servers of a folder have logged."""
    return (folder / "server.log").read_text()


def refused(words: Sequence[str], folder: Path, variables: Mapping[str, str] = {}, **options: object) -> str:
    """The one line with which a command ends that cannot do its work."""
    done = subprocess.run(
        words, cwd=folder, env=environment(folder, **variables), capture_output=True, text=True, check=False,
        timeout=START_S, **options,
    )  # type: ignore[call-overload] # fmt: skip
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert done.stderr.startswith("camscope: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return str(done.stderr)


def status(url: str, data: bytes | None = None, headers: Mapping[str, str] = {}) -> int:
    """The status of an answer, or 0 where nobody takes the connection."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, dict(headers)), timeout=START_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def get(url: str) -> dict[str, object]:
    """A JSON answer."""
    with urllib.request.urlopen(url, timeout=START_S) as answer:
        return dict(json.loads(answer.read()))
