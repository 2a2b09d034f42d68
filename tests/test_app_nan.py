"""A network whose answer is no number, for some photos: told as it is, never shown as a class."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app as command_line
from app.layout import Layout
from model.classifier import Classifier
from model.errors import InferenceError
from model.photos import Photo
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.pictures import GREEN, RED, picture
from tests.queueing import run, serving

EXPLANATIONS = "/api/v1/explanations"
BLACK = (0, 0, 0)


@pytest.fixture(scope="module")
def sick_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("sick"), nan_where_black=True)


@pytest.fixture(scope="module")
def sick(sick_path: Path) -> Classifier:
    return Classifier.open(sick_path, threads=1)


@pytest.fixture
def client(make_client: ClientMaker, sick: Classifier) -> TestClient:
    client = make_client(classifiers=[sick], batch_max=8, batch_wait_ms=200.0)
    client.headers["Camscope-Owner"] = "one-visitor-with-many-photos"
    return client


def plain(colour: tuple[int, int, int]) -> Photo:
    return Photo(np.full((64, 96, 3), colour, dtype=np.uint8), "PNG")


def test_the_classifier_refuses_the_whole_pass(sick: Classifier) -> None:
    assert sick.explain([plain(RED)])[0].logits.argmax() == 0
    for batch in ([BLACK], [RED, BLACK, GREEN]):
        with pytest.raises(InferenceError, match="not a finite number"):
            sick.answer([sick.prepare(plain(colour)) for colour in batch])


def test_in_a_shared_pass_it_fails_alone(sick: Classifier) -> None:
    async def scenario() -> list[Any]:
        with serving(layout=Layout(1, 8, 10**6, 10.0), start=False) as queue, queue.place() as place:
            colours = (RED, BLACK, GREEN, BLACK)
            answers = [asyncio.wrap_future(place.submit(sick, sick.prepare(plain(colour)))) for colour in colours]
            queue.start()
            return await asyncio.gather(*answers, return_exceptions=True)

    red, first, green, second = run(scenario())
    assert [one.explanation.logits.argmax() for one in (red, green)] == [0, 1]
    assert all(isinstance(one, InferenceError) for one in (first, second))


def explain(client: TestClient, colour: tuple[int, int, int]) -> Any:
    return client.post(EXPLANATIONS, files={"image": ("a.png", picture(colour, kind="PNG"))})


def test_over_http_the_others_get_their_answers_and_nothing_is_kept_of_it(client: TestClient) -> None:
    colours = (RED, BLACK, GREEN, BLACK, RED)
    with ThreadPoolExecutor(len(colours)) as visitors:
        answers = list(visitors.map(lambda colour: explain(client, colour), colours))
    assert [answer.status_code for answer in answers] == [201, 503, 201, 503, 201]
    assert "not a finite number" in answers[1].json()["detail"]
    assert [answer.json()["predictions"][0]["label"] for answer in answers[::2]] == ["red", "green", "red"]
    form = {"image": ("a.png", picture(BLACK, kind="PNG"))}
    page = client.post("/explanations", files=form, headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert len(client.get(EXPLANATIONS).json()["items"]) == 3


def test_a_comparison_with_it_is_refused(make_client: ClientMaker, classifier: Classifier, tmp_path: Path) -> None:
    sick = Classifier.open(make_bundle(tmp_path, name="sick", nan_where_black=True), threads=1)
    client = make_client(classifiers=[classifier, sick])
    kept = explain(client, BLACK)
    assert kept.status_code == 201
    answer = client.get(f"{EXPLANATIONS}/{kept.json()['id']}/comparison", params={"model": "sick"})
    assert answer.status_code == 503, answer.text


def test_on_the_command_line_it_is_named_and_the_others_are_explained(sick_path: Path, tmp_path: Path) -> None:
    for name, colour in (("black.png", BLACK), ("red.png", RED)):
        (tmp_path / name).write_bytes(picture(colour, kind="PNG"))
    out = tmp_path / "out"
    done = CliRunner().invoke(
        command_line, ["explain", str(tmp_path), "--model", str(sick_path), "--json", "--out", str(out)]
    )
    assert done.exit_code == 1
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [answer["predictions"][0]["label"] for answer in answers] == ["red"]
    assert "black.png: The network's answer is not a finite number." in done.stderr
    assert not [path for path in out.iterdir() if "black" in path.name]
