"""What is marked on an evaluation's pictures is a table that a training takes, wherever it was saved."""

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from model.mended import Mended
from model.metrics import read_metrics
from model.plan import Freeze, Plan
from model.training.preparation import Surroundings
from model.training.recipe import train
from tests.conftest import ClientMaker
from tests.evaluating import start_evaluation
from tests.evaluations import square
from tests.pictures import encoded
from tests.trainings import ended, follow

pytestmark = pytest.mark.slow

COLOURS = {"ants": "red", "bees": "green"}
EACH = 8


@pytest.fixture
def client(make_client: ClientMaker, tmp_path: Path) -> TestClient:
    return make_client(training_folders=(tmp_path,))


def insects(root: Path) -> Path:
    """Class folders whose names are not the network's, with no two equal pictures."""
    generator = np.random.default_rng(0)
    for label, colour in COLOURS.items():
        (root / label).mkdir(parents=True)
        for number in range(EACH):
            pixels = np.array(square(colour)) + generator.integers(0, 9, (64, 96, 3))
            picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
            (root / label / f"{number}.png").write_bytes(encoded(picture, "PNG"))
    return root


def mended(data: Path, table: Path, base: Path, out: Path) -> Mended:
    plan = {"data": data, "out": out, "corrections": table, "base": str(base), "freeze": Freeze.HEAD, "head_epochs": 2}
    bundle = train(Plan.model_validate(plan | {"threads": 1}), Surroundings(out.parent / "cache"))
    assert bundle is not None
    metrics = read_metrics(bundle.path)
    assert metrics is not None
    assert metrics.mended is not None
    return metrics.mended


def test_marks_of_renamed_labels_are_learned_from_where_they_were_downloaded_to(
    client: TestClient, tmp_path: Path, bundle_path: Path
) -> None:
    data = insects(tmp_path / "insects")
    labels = "\n".join(f"{written}={meant}" for written, meant in COLOURS.items())
    done = follow(client, start_evaluation(client, data, labels=labels)["url"], ended)
    assert done["state"] == "done", done
    box = {"left": 0, "top": 40, "right": 30, "bottom": 64}
    for number in range(2 * EACH):
        assert client.put(f"{done['url']}/pictures/{number}/marks", json={"items": [box]}).status_code == 200
    table = tmp_path / "Downloads" / "marks.csv"
    table.parent.mkdir()
    table.write_bytes(client.get(f"{done['url']}/corrections.csv").content)
    found = mended(data, table, bundle_path, tmp_path / "mended")
    assert (found.pictures, found.marks) == (2 * EACH, 2 * EACH)
