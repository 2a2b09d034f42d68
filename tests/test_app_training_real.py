"""The real trainer behind the API: from uploaded pictures to a model that explains a new one."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.config import Settings
from app.main import create_app
from model.classifier import Classifier
from model.metrics import read_metrics
from model.runs import run_folder
from tests import trainings
from tests.pictures import BLUE, RED, encoded
from tests.trainings import DATASETS, ended, follow, start

PATIENCE_S = 180.0


def speckled(colour: tuple[int, int, int], seed: int) -> bytes:
    """A picture of about one colour, unlike any other."""
    noise = np.random.default_rng(seed).integers(-20, 20, (64, 64, 3))
    return encoded(Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)), "PNG")


def archive(count: int) -> bytes:
    """A zip of two classes, and of what is no picture."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for number in range(count):
            opened.writestr(f"colours/warm/{number}.png", speckled(RED, number))
            opened.writestr(f"colours/cold/{number}.png", speckled(BLUE, 1000 + number))
        opened.writestr("colours/warm/broken.png", speckled(RED, 5000)[:300])
        opened.writestr("colours/notes.txt", "two classes")
    return file.getvalue()


@pytest.mark.slow
def test_uploaded_pictures_become_a_model_that_explains_a_new_one(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainings, "WAIT_S", PATIENCE_S)
    with TestClient(create_app(settings, [classifier]), base_url="http://localhost") as client:
        dataset_id = client.post(DATASETS).json()["id"]
        sent = client.post(f"{DATASETS}/{dataset_id}/archive", files={"archive": ("colours.zip", archive(12))})
        assert sent.json()["classes"] == [{"label": "cold", "pictures": 12}, {"label": "warm", "pictures": 13}]
        url = start(client, "warmth", dataset=dataset_id, freeze="head", head="gap", epochs=1)["url"]
        done = follow(client, url, ended)
        assert (done["state"], done["error"]) == ("done", None), log_of(settings)
        assert any("broken" in problem for problem in done["problems"])
        assert str(settings.data_dir) not in str(done)
        assert done["accuracy"] == 1
        answer = client.post(
            "/api/v1/explanations", data={"model": done["model"]}, files={"image": ("new.png", speckled(BLUE, 9999))}
        )
        assert answer.json()["predictions"][0]["label"] == "cold"
        made = settings.models_folder / "warmth"
        metrics = read_metrics(made)
        assert metrics is not None
        assert metrics.counts.skipped == 1
        assert not run_folder(made).exists()


def log_of(settings: Settings) -> str:
    """What the trainer printed."""
    (file,) = (settings.data_dir / "trainings").glob("*/log.txt")
    return Path(file).read_text()
