"""Evaluations on a disk that fills up, with a database that is locked meanwhile; rooms that far too many visit."""

import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from app.store import DATABASE
from tests.evaluating import EVALUATIONS
from tests.evaluations import write_squares
from tests.kills import OWNER, photo
from tests.processes import Started, disk, fill, locked, said, serving, slow
from tests.test_torture_load import GROWTH_MB, Process
from tests.trainings import ended, eventually, follow

pytestmark = pytest.mark.torture
TIMEOUT_S = 60.0
VISITORS, VISITS = 40, 400
ROOMS = ("layers", "pooling", "translation", "global-pooling", "location")
ANSWERS = ("layers", "activations.npy", "features.npy", "head.npy", "shuffled", "covered", "moved", "sizes")


def client_of(server: Started) -> httpx2.Client:
    return httpx2.Client(base_url=server.url, headers=OWNER, timeout=TIMEOUT_S)


def asked(client: httpx2.Client, folder: Path) -> httpx2.Response:
    return client.post(EVALUATIONS, data={"folder": str(folder)}, files={"boxes": ("none", b"")})


def ends(client: httpx2.Client, url: str) -> dict[str, object]:
    return dict(follow(client, url, ended))  # type: ignore[arg-type]


@pytest.mark.parametrize("left_kib", [0, 200])
def test_a_disk_that_is_full_fails_an_evaluation_with_a_reason_and_the_next_goes_well(
    tmp_path: Path, bundle_path: Path, left_kib: int
) -> None:
    """With no room at all not even its end can be noted, until there is some."""
    folder = write_squares(tmp_path / "squares", count=40)
    variables = {"CAMSCOPE_DISK_RESERVE_MB": "0", "CAMSCOPE_TRAINING_FOLDERS": str(tmp_path)}
    with (
        disk(tmp_path / "data", "size=6m") as data,
        serving(tmp_path, bundle_path, **variables) as server,
        client_of(server) as client,
    ):
        begun = asked(client, folder).json()
        follow(client, begun["url"], lambda one: one["state"] == "running")  # type: ignore[arg-type]
        ballast = fill(data)
        os.truncate(ballast, ballast.stat().st_size - left_kib * 1024)
        eventually(lambda: "ended with status" in said(tmp_path))
        assert client.get("/evaluations").status_code == 200
        if not left_kib:
            assert asked(client, folder).status_code == 507
            ballast.unlink()
        failed = ends(client, begun["url"])
        ballast.unlink(missing_ok=True)
        assert failed["state"] == "failed"
        assert any(word in str(failed["error"]) for word in ("space", "disk was full")), failed
        assert str(tmp_path) not in str(failed["error"])
        assert not (data / "evaluations" / begun["id"] / "results").exists()
        assert {path.name for path in (data / "evaluations").glob("*/")} == {begun["id"]}
        done = ends(client, asked(client, folder).json()["url"])
        assert (done["state"], done["pictures"]) == ("done", 120)
        assert client.delete(begun["url"]).status_code == 204
    assert "Traceback" not in said(tmp_path)


def test_a_database_that_is_locked_meanwhile_costs_an_evaluation_nothing(tmp_path: Path, bundle_path: Path) -> None:
    folder = write_squares(tmp_path / "squares", count=5)
    variables = {"CAMSCOPE_TRAINING_FOLDERS": str(tmp_path)}
    with serving(tmp_path, bundle_path, **variables) as server, client_of(server) as client:
        begun = asked(client, folder).json()
        follow(client, begun["url"], lambda one: one["state"] == "running")  # type: ignore[arg-type]
        results = tmp_path / "data" / "evaluations" / begun["id"] / "results"
        with locked(tmp_path / "data" / DATABASE, "BEGIN IMMEDIATE"):
            refused = asked(client, folder)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            end = time.monotonic() + TIMEOUT_S
            while not (results / "metrics.json").exists():
                assert time.monotonic() < end
                time.sleep(0.1)
            assert client.get(begun["url"]).json()["state"] == "running", "nobody could note its end"
            assert client.delete(begun["url"]).status_code in (422, 503)
        assert ends(client, begun["url"])["state"] == "done"
        assert {path.name for path in (tmp_path / "data" / "evaluations").glob("*/")} == {begun["id"]}
        assert client.delete(begun["url"]).status_code == 204
    assert "Traceback" not in said(tmp_path)


def test_rooms_that_too_many_visit_answer_or_refuse_and_keep_no_memory(
    tmp_path: Path, bundle_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variables = {"CAMSCOPE_QUEUE_SIZE": "8", "CAMSCOPE_RATE_LIMIT": "0"}
    with serving(tmp_path, bundle_path, slow(0.01), **variables) as server, client_of(server) as client:
        port = int(server.url.rpartition(":")[2])
        kept = client.post("/api/v1/explanations", files={"image": ("a.png", photo(1))}).json()["id"]
        paths = [f"/learn/{room}" for room in ROOMS] + [f"/api/v1/learn/{answer}" for answer in ANSWERS]

        def visit(number: int) -> tuple[str, int, str]:
            path = random.Random(number).choice(paths)
            answer = httpx2.get(f"{server.url}{path}", params={"photo": kept}, headers=OWNER, timeout=TIMEOUT_S)
            return path, answer.status_code, answer.headers.get("retry-after", "")

        process = Process(server.process, port)
        seen, statuses = [], Counter[tuple[str, int]]()
        with ThreadPoolExecutor(VISITORS) as pool:
            for start in range(0, 5 * VISITS, VISITS):
                for path, status, later in pool.map(visit, range(start, start + VISITS)):
                    statuses[path, status] += 1
                    assert status != 429 or int(later) >= 1, path
                seen.append(round(process.memory_mb))
        assert client.get("/readyz").status_code == 200
        with capsys.disabled():
            sys.stdout.write(f"\nrooms: {Counter(status for _, status in statuses.elements())}; memory MB: {seen}\n")
    assert {status for _, status in statuses} <= {200, 422, 429, 503}, statuses
    assert {path for path, status in statuses if status == 200} >= set(paths[: len(ROOMS)])
    assert seen[-1] < seen[1] + GROWTH_MB
    assert "Traceback" not in said(tmp_path)
