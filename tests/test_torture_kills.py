"""Fifty kills: under load, and while the server starts."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.kills import Promises, jobs_end, killed_under_load, reckon_disk, reckon_promises, started
from tests.processes import command, environment

KILLS = 50
DURING_START = 10

pytestmark = pytest.mark.torture


def killed_while_starting(folder: Path, bundle: Path, seconds: float) -> None:
    """A start that is cut short."""
    words = command("serve", "--port", "0", "--model", str(bundle))
    process = subprocess.Popen(
        words, env=environment(folder), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    process.kill()
    process.wait()


def test_fifty_kills_lose_nothing_that_was_acknowledged(
    tmp_path: Path, bundle_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    promises, moments = Promises(most_trainings=15, most_evaluations=12), random.Random(5)
    data, orphans, checked = tmp_path / "data", 0, 0
    start_s = time.perf_counter()
    for kill in range(KILLS):
        known = set(promises.explanations)
        if kill % (KILLS // DURING_START) == 4:
            killed_while_starting(tmp_path, bundle_path, moments.uniform(0.1, 1.8))
        else:
            killed_under_load(tmp_path, bundle_path, promises, moments.uniform(0.1, 1.2), seed=kill)
        before = len(list((data / "explanations").glob("*/*")))
        if kill % 5 == 0:
            with started(tmp_path, bundle_path) as server:
                reckon_promises(server, promises, set(promises.explanations) - known)
                checked += 1
                kept = reckon_disk(data)
                orphans += before - kept["explanations"]
    with started(tmp_path, bundle_path) as server:
        reckon_promises(server, promises, set(promises.explanations))
        jobs_end(server, promises)
        kept = reckon_disk(data)
    seconds = time.perf_counter() - start_s
    assert not promises.statuses.keys() - {0, 200, 201, 204, 422, 429, 503}, promises.statuses
    assert len(promises.explanations) > 3 * KILLS
    assert len(promises.trainings) >= 3
    assert len(promises.evaluations) >= 3
    figures = (
        f"{KILLS} kills in {seconds:.0f} s, {DURING_START} of them during a start: {len(promises.explanations)} "
        f"explanations, {len(promises.deleted)} deletions, {sum(promises.pictures.values())} pictures, "
        f"{len(promises.trainings)} trainings and {len(promises.evaluations)} evaluations were acknowledged, none "
        f"lost; statuses {dict(promises.statuses)} (0: the connection broke); "
        f"{orphans} orphans swept at {checked} starts; now there: {dict(kept)}."
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{figures}\n")
