"""Servers that are killed while they train: nothing is lost, nothing runs twice, nothing is left running."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from model.runs import run_folder
from tests.fake_trainer import lives
from tests.trainings import ended, follow, has_epochs, start

ROOT = Path(__file__).resolve().parent.parent
OWNER = {"Camscope-Owner": "somebody-who-trains"}
SCRIPT = """
import json, sys
from pathlib import Path
import uvicorn
sys.path.insert(0, sys.argv[1])
from app.config import Settings
from app.main import create_app
from app.serving import Server, bind
from model.classifier import Classifier
from tests import fake_trainer

folder, bundle, options = Path(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4])
settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache")
app = create_app(settings, [Classifier.open(bundle, 1)], fake_trainer.command(bundle, **options))
listener = bind("127.0.0.1", 0)
Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listener])
"""


@contextmanager
def serving(folder: Path, bundle: Path, **options: object) -> Iterator[tuple[subprocess.Popen[str], httpx2.Client]]:
    """A server as a process, whose trainer is the stand-in, and a client of it."""
    words = [sys.executable, "-c", SCRIPT, str(ROOT), str(folder), str(bundle), json.dumps(options)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not (found := re.search(r"http://\S+", "".join(lines[-1:]))):
            lines.append(process.stdout.readline())
            assert lines[-1], lines
        with httpx2.Client(base_url=found[0], headers=OWNER, timeout=20) as client:
            yield process, client
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def trainer_of(folder: Path) -> int:
    """The process id of the stand-in at work."""
    return int((run_folder(folder / "data" / "models" / "insects") / "alone").read_text())


def log_of(folder: Path) -> str:
    (file,) = (folder / "data" / "trainings").glob("*/log.txt")
    return file.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_training_outlives_its_server(tmp_path: Path, bundle_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path, bundle_path, epochs=8, pause_s=0.4) as (process, client):
        url = start(client)["url"]  # type: ignore[arg-type]
        follow(client, url, has_epochs(2))  # type: ignore[arg-type]
        os.kill(process.pid, how)
        process.wait(10)
    with serving(tmp_path, bundle_path, epochs=8, pause_s=0.05) as (_, client):
        done = follow(client, url, ended)  # type: ignore[arg-type]
        assert (done["state"], done["error"]) == ("done", None)
        assert [epoch["epoch"] for epoch in done["epochs"]] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert log_of(tmp_path).count("working for") == 2
    assert not (tmp_path / "data" / "models" / "two at once").exists()


@pytest.mark.slow
def test_an_orphan_that_will_not_go_keeps_the_next_from_starting(tmp_path: Path, bundle_path: Path) -> None:
    with serving(tmp_path, bundle_path, behaviour="orphan", pause_s=600) as (process, client):
        url = start(client)["url"]  # type: ignore[arg-type]
        follow(client, url, lambda training: training["stage"] == "head")  # type: ignore[arg-type]
        orphan = trainer_of(tmp_path)
        process.kill()
    try:
        with serving(tmp_path, bundle_path, pause_s=0.05) as (_, client):
            time.sleep(3)
            assert client.get(url).json()["state"] == "interrupted"
            assert lives(orphan)
            os.kill(orphan, signal.SIGKILL)
            assert follow(client, url, ended)["state"] == "done"  # type: ignore[arg-type]
    finally:
        if lives(orphan):
            os.kill(orphan, signal.SIGKILL)
    assert not (tmp_path / "data" / "models" / "two at once").exists()


@pytest.mark.slow
def test_a_server_told_to_stop_takes_its_training_along(tmp_path: Path, bundle_path: Path) -> None:
    with serving(tmp_path, bundle_path, pause_s=600) as (process, client):
        url = start(client)["url"]  # type: ignore[arg-type]
        follow(client, url, lambda training: training["stage"] == "head")  # type: ignore[arg-type]
        trainer = trainer_of(tmp_path)
        begun = time.monotonic()
        process.terminate()
        process.wait(10)
        assert time.monotonic() - begun < 8
        assert not lives(trainer)
