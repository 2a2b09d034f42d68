"""Servers that are killed at any moment: what they acknowledged is there, what they left half done is gone."""

import os
import random
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.store import ORPHAN_GRACE_S
from model.classifier import Classifier
from model.runs import run_folder
from tests.bundles import make_bundle
from tests.kills import OWNER, Promises, jobs_end, killed_under_load, reckon_disk, reckon_promises, started
from tests.stored import orphan
from tests.trainings import DATASETS, collect

KILLS = 2


@pytest.mark.slow
def test_a_server_killed_under_load_loses_nothing_it_acknowledged(tmp_path: Path, bundle_path: Path) -> None:
    promises, moments = Promises(), random.Random(0)
    for kill in range(KILLS):
        killed_under_load(tmp_path, bundle_path, promises, moments.uniform(0.3, 0.8), seed=kill)
    with started(tmp_path, bundle_path) as server:
        reckon_disk(tmp_path / "data")
        reckon_promises(server, promises, set(promises.explanations))
        jobs_end(server, promises)
    assert promises.explanations
    assert not promises.statuses.keys() - {0, 200, 201, 204, 422, 429}, promises.statuses


def folders(data: Path) -> set[str]:
    """All that is somebody's, or nobody's, but empty folders for what is to come."""
    names = ("explanations/*", "drafts", "datasets", "trainings", "models")
    return {str(path.relative_to(data)) for name in names for path in data.glob(f"{name}/*")}


def made_old(folder: Path) -> None:
    """As if it had been there for long."""
    folder.mkdir(parents=True, exist_ok=True)
    long_ago = time.time() - 2 * ORPHAN_GRACE_S
    os.utime(folder, (long_ago, long_ago))


def test_what_a_kill_left_goes_at_the_next_start_and_nothing_else(settings: Settings, classifier: Classifier) -> None:
    data = settings.data_dir
    with TestClient(create_app(settings, [classifier]), "http://localhost", headers=OWNER) as client:
        dataset = collect(client, {"ants": 2})
    make_bundle(data / "models", name="kept")
    made_old(run_folder(data / "models" / "resting"))
    (data / "models" / ".fresh.abcdefgh").mkdir()
    before = folders(data)
    orphan(data)
    ants = next((data / "datasets" / dataset).glob("*/"))
    (ants / "nobodys.png").write_bytes(b"x")
    for left in (f"datasets/{'f' * 32}/ants", f"datasets/{dataset}/.draft", f"trainings/{'e' * 32}", "drafts/half"):
        (data / left).mkdir(parents=True)
    for left in (".removed-x", ".import-y"):
        (data / "models" / left).mkdir()
    made_old(data / "models" / ".insects.abcdefgh")
    assert len(folders(data)) > len(before) + 5
    with TestClient(create_app(settings, [classifier]), "http://localhost", headers=OWNER) as client:
        assert folders(data) == before
        assert len(list(ants.iterdir())) == 2
        assert not (ants.parent / ".draft").exists()
        assert client.get(f"{DATASETS}/{dataset}").json()["pictures"] == 2
