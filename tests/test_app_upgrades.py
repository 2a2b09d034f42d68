"""Data of earlier versions, from the first on: today's server brings it up to date and shows all of it."""

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi.testclient import TestClient
from sqlalchemy import create_engine

from app.config import Settings
from app.errors import StartError
from app.main import create_app
from app.paths import MIGRATIONS_DIR
from app.rows import Base
from app.store import Store
from model.classifier import Classifier
from tests.first_version import ID, OWNER, leave_data
from tests.pictures import halves
from tests.trainings import DATASETS, TRAININGS

EXPLANATIONS = "/api/v1/explanations"
HTML = {"Accept": "text/html"}
SCRIPTS = ScriptDirectory(str(MIGRATIONS_DIR))
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]
DATASET, TRAINING = "d" * 32, "e" * 32
SINCE_0002 = f"""
INSERT INTO datasets SELECT '{DATASET}', owner, created_at, '2999-01-01 00:00:00' FROM explanations;
INSERT INTO dataset_pictures (dataset_id, sha256, label, split, file, bytes)
 VALUES ('{DATASET}', '{"a" * 64}', 'ants', NULL, 'a/1.jpg', 3);
INSERT INTO trainings SELECT '{TRAINING}', owner, 'insects', 'done', created_at, created_at, created_at,
 '{{"name": "insects", "dataset": "{DATASET}"}}', '[{{"label": "ants", "pictures": 3}}]', 'data', 'base', NULL,
 1, 2, NULL, 'insects-0123456789ab', 0.75 FROM explanations;
"""


def migrate(path: Path, revision: str) -> None:
    """Bring a database to a revision, as a version of that time would have."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def dump(path: Path) -> list[str]:
    """All that a database says."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("revision", REVISIONS)
def test_data_of_every_version_is_there_after_the_upgrade(
    settings: Settings, classifier: Classifier, revision: str
) -> None:
    path = leave_data(settings.data_dir, classifier)
    migrate(path, revision)
    if revision != REVISIONS[0]:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(SINCE_0002)
        (settings.data_dir / "datasets" / DATASET / "a").mkdir(parents=True)
        (settings.data_dir / "datasets" / DATASET / "a" / "1.jpg").write_bytes(b"jpg")
    for _ in range(2):
        with TestClient(create_app(settings, [classifier]), "http://localhost", headers=OWNER) as client:
            _all_is_there(client)
            if revision != REVISIONS[0]:
                assert client.get(f"{DATASETS}/{DATASET}").json()["classes"][0]["label"] == "ants"
                assert client.get(f"{TRAININGS}/{TRAINING}").json()["accuracy"] == 0.75
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()
    with TestClient(create_app(settings, [classifier]), "http://localhost", headers=OWNER) as client:
        assert client.delete(f"{EXPLANATIONS}/{ID}").status_code == 204
    assert not list((settings.data_dir / "explanations").glob(f"*/{ID}"))


def _all_is_there(client: TestClient) -> None:
    """The one explanation of the first day, as JSON, as files and as pages; and a new one beside it."""
    found = client.get(f"{EXPLANATIONS}/{ID}").json()
    assert [one["label"] for one in found["predictions"]] == ["red", "blue"]
    maps = np.load(io.BytesIO(client.get(found["cams_url"]).content))
    for one in found["predictions"]:
        np.testing.assert_allclose(maps[one["index"]], one["cam"], atol=1e-3)
        assert abs(maps[one["index"]].mean() + one["bias"] - one["logit"]) < 1e-3
    assert ID in [item["id"] for item in client.get(EXPLANATIONS).json()["items"]]
    for path in (found["page_url"], f"{found['page_url']}/heatmap?class=0", "/explanations"):
        page = client.get(path, headers=HTML)
        assert page.status_code == 200
        assert ID in page.text
    for path in (
        "scores",
        "image",
        "image?width=100",
        "thumbnail",
        "heatmap.png?class=2",
        "heatmap.png?class=0&versus=2",
    ):
        assert client.get(f"{EXPLANATIONS}/{ID}/{path}").status_code == 200
    assert client.get(f"/api/v1/models/{found['model']['id']}/labels").status_code == 200
    new = client.post(EXPLANATIONS, files={"image": ("a.png", halves())})
    assert new.status_code == 201
    assert [one["label"] for one in new.json()["predictions"][:2]] == ["red", "blue"]


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path, classifier: Classifier) -> None:
    path = leave_data(tmp_path, classifier)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE trainings (surprise)")
    before = dump(path)
    with pytest.raises(StartError, match="table trainings already exists"):
        Store(tmp_path)
    assert dump(path) == before
    assert len(list((tmp_path / "explanations").glob("*/*"))) == 1


def test_a_version_never_goes_back(settings: Settings, classifier: Classifier) -> None:
    """To the version of today, one of tomorrow is what today's is to yesterday's."""
    path = leave_data(settings.data_dir, classifier)
    Store(settings.data_dir).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StartError, match="newer version"):
        Store(settings.data_dir)
    assert path.read_bytes() == before
