"""A server that is killed under load, visitors who remember what they were promised, and the reckoning."""

import contextlib
import io
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from PIL import Image

from app.folders import CAMS, PHOTO, SCORES, found_in
from app.store import DATABASE
from tests.evaluating import EVALUATIONS
from tests.pictures import encoded
from tests.processes import Started, serving
from tests.trainings import DATASETS, TRAININGS

EXPLANATIONS = "/api/v1/explanations"
OWNER = {"Camscope-Owner": "a-visitor-of-a-mortal-server"}
VISITORS = 4
TIMEOUT_S = 30.0
RUBBISH_BYTES = 2_000_000
ENDED = ("done", "failed", "cancelled")
TRAINER = """
import app.serving as serving
from functools import partial
from pathlib import Path
from tests import fake_trainer
from app import cli

trainer = fake_trainer.command(Path({bundle!r}), epochs=4, pause_s=0.05)
serving.create_app = partial(serving.create_app, command=trainer)
cli.main()
"""


@dataclass
class Promises:
    """What the visitors were told, by status and by id.

    Attributes:
        explanations: as they were answered with a 201
        deleted: whose deletion was answered with a 204
        doubtful: whose deletion was asked for, and not answered
        pictures: to train on, by dataset: how many were taken
        trainings: taken, by id their names
        evaluations: taken, by id how many pictures
        statuses: how often each status came; 0 where the connection broke
        most_trainings: how many are asked for
        most_evaluations: how many are asked for
    """

    explanations: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    pictures: Counter[str] = field(default_factory=Counter)
    trainings: dict[str, str] = field(default_factory=dict)
    evaluations: dict[str, int] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    most_trainings: int = 3
    most_evaluations: int = 2
    lock: threading.Lock = field(default_factory=threading.Lock)


def photo(number: int) -> bytes:
    """A PNG file unlike those of other numbers."""
    colours = np.random.default_rng(number).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return encoded(Image.fromarray(colours).resize((96, 64), Image.Resampling.NEAREST), "PNG")


class Visitor(threading.Thread):
    """Asks for this and that until it is told to leave, or nobody answers any more."""

    def __init__(self, url: str, promises: Promises, seed: int) -> None:
        super().__init__(daemon=True)
        self.leave = threading.Event()
        self._promises = promises
        self._random = random.Random(seed)
        self._client = httpx2.Client(base_url=url, headers=OWNER, timeout=TIMEOUT_S)
        self._dataset = ""

    def run(self) -> None:
        with self._client, contextlib.suppress(httpx2.TransportError):
            while not self.leave.is_set():
                draw = self._random.random()
                if draw < 0.7:
                    self._explain()
                elif draw < 0.8:
                    self._forget()
                elif draw < 0.93:
                    self._collect()
                elif draw < 0.965:
                    self._train()
                else:
                    self._evaluate()

    def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            answer = self._client.request(method, path, **options)
        except httpx2.TransportError:
            with self._promises.lock:
                self._promises.statuses[0] += 1
            raise
        with self._promises.lock:
            self._promises.statuses[answer.status_code] += 1
        return answer

    def _explain(self) -> None:
        number = self._random.randrange(30 if self._random.random() < 0.3 else 10**9)  # some are asked for again
        answer = self._send("POST", EXPLANATIONS, files={"image": ("a.png", photo(number))})
        if answer.status_code == 201:
            with self._promises.lock:
                self._promises.explanations[answer.json()["id"]] = answer.json()

    def _forget(self) -> None:
        with self._promises.lock:
            mine = sorted(self._promises.explanations.keys() - self._promises.deleted - self._promises.doubtful)
            if not mine:
                return
            one = self._random.choice(mine)
            self._promises.doubtful.add(one)
        if self._send("DELETE", f"{EXPLANATIONS}/{one}").status_code == 204:
            with self._promises.lock:
                self._promises.deleted.add(one)

    def _collect(self) -> None:
        with self._promises.lock:
            known = sorted(self._promises.pictures)
        self._dataset = self._dataset or (self._random.choice(known) if known else "")
        if not self._dataset or self._random.random() < 0.1:
            answer = self._send("POST", DATASETS)
            if answer.status_code != 201:
                return
            self._dataset = answer.json()["id"]
        label = ("ants", "bees")[self._promises.pictures[self._dataset] % 2]
        picture = photo(self._random.randrange(10**9))
        form = {"data": {"label": label}, "files": {"image": ("a.png", picture)}}
        if self._send("POST", f"{DATASETS}/{self._dataset}/pictures", **form).status_code in (200, 201):
            with self._promises.lock:
                self._promises.pictures[self._dataset] += 1

    def _train(self) -> None:
        if len(self._promises.trainings) >= self._promises.most_trainings or self._promises.pictures[self._dataset] < 4:
            return
        name = f"made-{self._random.randrange(10**12)}"
        answer = self._send("POST", TRAININGS, json={"name": name, "dataset": self._dataset})
        if answer.status_code == 201:
            with self._promises.lock:
                self._promises.trainings[answer.json()["id"]] = name

    def _evaluate(self) -> None:
        if self._promises.pictures[self._dataset] < 4:
            return
        asked = {"dataset": self._dataset, "labels": "ants=red\nbees=green"}
        enough = len(self._promises.evaluations) >= self._promises.most_evaluations
        boxes = bytes(RUBBISH_BYTES) if enough or self._random.random() < 0.5 else b""  # a long upload that is refused
        answer = self._send("POST", EVALUATIONS, data=asked, files={"boxes": ("boxes.csv", boxes)})
        if answer.status_code == 201:
            with self._promises.lock:
                self._promises.evaluations[answer.json()["id"]] = answer.json()["pictures"]


@contextlib.contextmanager
def started(folder: Path, bundle: Path) -> Iterator[Started]:
    """The server whose trainings are make-believe."""
    program = TRAINER.format(bundle=str(bundle))
    with serving(folder, bundle, program=program, CAMSCOPE_TRAINING="on", CAMSCOPE_MAX_WAITING_TRAININGS="10000") as it:
        yield it


def killed_under_load(folder: Path, bundle: Path, promises: Promises, seconds: float, seed: int) -> None:
    """One life: visitors come, and after so many seconds the server is killed."""
    with started(folder, bundle) as server:
        visitors = [Visitor(server.url, promises, seed * VISITORS + number) for number in range(VISITORS)]
        for visitor in visitors:
            visitor.start()
        time.sleep(seconds)
        server.process.kill()
        server.process.wait()
        for visitor in visitors:
            visitor.leave.set()
        for visitor in visitors:
            visitor.join(2 * TIMEOUT_S)
            assert not visitor.is_alive()


def reckon_disk(data: Path) -> Counter[str]:
    """Compare rows and files of a data folder; how many there are of each.

    Raises:
        AssertionError: a row without files, files without a row, or something half done
    """
    with contextlib.closing(sqlite3.connect(f"{(data / DATABASE).as_uri()}?mode=ro", uri=True)) as database:
        rows = {name: {one for (one,) in database.execute(f"SELECT id FROM {name}")} for name in
                ("explanations", "datasets", "trainings", "evaluations")}  # fmt: skip
        pictures = {f"{one}/{file}" for one, file in database.execute("SELECT dataset_id, file FROM dataset_pictures")}
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    kept = {path.name: path for path in (data / "explanations").glob("*/*")}
    assert kept.keys() == rows["explanations"]
    for path in kept.values():
        assert all(found_in(path, name) for name in (PHOTO, SCORES, CAMS)), path
    assert {path.name for path in (data / "datasets").glob("*/")} == rows["datasets"]
    assert {path.relative_to(data / "datasets").as_posix() for path in (data / "datasets").glob("*/*/*")} == pictures
    assert {path.name for path in (data / "trainings").glob("*/")} <= rows["trainings"]
    assert {path.name for path in (data / "evaluations").glob("*/")} == rows["evaluations"]
    assert not list((data / "drafts").iterdir())
    return Counter(pictures=len(pictures), **{name: len(found) for name, found in rows.items()})


def reckon_promises(server: Started, promises: Promises, ids: set[str]) -> None:
    """Ask for what was promised.

    Raises:
        AssertionError: something is not there, or not as it was told
    """
    with httpx2.Client(base_url=server.url, headers=OWNER, timeout=TIMEOUT_S) as client:
        for one in sorted(ids):
            answer = client.get(f"{EXPLANATIONS}/{one}")
            if one in promises.deleted:
                assert answer.status_code == 404, one
            elif answer.status_code != 404 or one not in promises.doubtful:
                told = promises.explanations[one]
                assert answer.status_code == 200, f"{one} was acknowledged and is lost"
                assert answer.json()["predictions"] == told["predictions"]
                assert answer.json()["image"] == told["image"]
                maps = np.load(io.BytesIO(client.get(told["cams_url"]).content))
                best = told["predictions"][0]
                np.testing.assert_allclose(maps[best["index"]], best["cam"], atol=1e-3)
                assert Image.open(io.BytesIO(client.get(told["image"]["url"]).content)).size == (96, 64)
        for dataset, count in promises.pictures.items():
            assert client.get(f"{DATASETS}/{dataset}").json()["pictures"] >= count, "pictures are lost"
        for training, name in promises.trainings.items():
            answer = client.get(f"{TRAININGS}/{training}")
            assert answer.status_code == 200, f"training {name} is lost"
            assert answer.json()["state"] != "failed", answer.json()
        for evaluation, count in promises.evaluations.items():
            answer = client.get(f"{EVALUATIONS}/{evaluation}")
            assert answer.status_code == 200, f"evaluation {evaluation} is lost"
            assert (answer.json()["pictures"], answer.json()["error"]) == (count, None)


def jobs_end(server: Started, promises: Promises) -> None:
    """Wait until all trainings have made their models, and all evaluations looked at their pictures."""
    with httpx2.Client(base_url=server.url, headers=OWNER, timeout=TIMEOUT_S) as client:
        for training in promises.trainings:
            _done(client, f"{TRAININGS}/{training}")
        for evaluation, count in promises.evaluations.items():
            done = _done(client, f"{EVALUATIONS}/{evaluation}")
            pictures = client.get(done["pictures_url"], params={"limit": 200}).json()
            assert pictures["total"] == count, done
            assert len({one["path"] for one in pictures["items"]}) == min(count, 200), "one is there twice"


def _done(client: httpx2.Client, url: str) -> dict[str, Any]:
    end = time.monotonic() + 4 * TIMEOUT_S
    while (found := client.get(url).json())["state"] not in ENDED:
        assert time.monotonic() < end, found
        time.sleep(0.1)
    assert found["state"] == "done", found
    return dict(found)
