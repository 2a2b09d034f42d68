"""A stored photo before its own network again: the same numbers, views in their order, refusals."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from app.errors import Unusable
from app.passes import Answer, Explains
from app.seeing import AT_ONCE, Seer, Trim, Views
from model.cam import class_activation_maps
from model.classifier import Classifier
from model.photos import Photo
from model.preprocess import Prepared
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.explaining import EXPLANATIONS, explain
from tests.pictures import BLUE, GREEN, RED, halves, picture
from tests.queueing import every_place_taken

SCALES = (1.0, 1.5, 2.0, 3.0, 1.0, 2.0)
COLOURS = (RED, GREEN, BLUE, RED, GREEN, BLUE)


def views_of_all_scales(network: Explains, photo: Photo) -> Iterator[Prepared]:
    return (network.prepare(photo, scale) for scale in SCALES)


def views_of_colours(network: Explains, photo: Photo) -> Iterator[Prepared]:
    for colour in COLOURS:
        painted = np.full((photo.height, photo.width, 3), colour, np.uint8)
        yield network.prepare(Photo(painted, "PNG"))


def asked(client: TestClient, views: Views, trim: Trim = lambda answer: answer) -> list[Any]:
    """A list that is filled with what was seen, as soon as /seen/{id} is asked for."""
    found: list[Any] = []
    assert isinstance(client.app, FastAPI)

    async def see(request: Request, explanation_id: str) -> None:
        seer: Seer = request.app.state.seer
        found.append(await seer.see(request, seer.find(explanation_id), views, trim))

    client.app.add_api_route("/seen/{explanation_id}", see)
    return found


def test_a_stored_photo_is_seen_by_its_own_network_at_any_scale(client: TestClient) -> None:
    explanation = explain(client, halves(size=(4000, 1000)))
    assert explanation["image"]["stored_width"] == 2048
    found = asked(client, views_of_all_scales)
    assert client.get(f"/seen/{explanation['id']}").status_code == 200
    [seen] = found
    assert len(seen.answers) == len(SCALES) > AT_ONCE
    for answer, scale in zip(seen.answers, SCALES, strict=True):
        assert answer.explanation.scale == scale
        grid = answer.explanation.grid
        assert (grid.columns * grid.cell_width, grid.rows * grid.cell_height) == (4000, 1000)
    first = seen.answers[0].explanation
    assert (first.input_width, first.input_height) == (explanation["input"]["width"], explanation["input"]["height"])
    assert vars(first.grid) == pytest.approx(explanation["grid"], abs=1e-6)
    top = explanation["predictions"][0]
    assert first.logits[top["index"]] == pytest.approx(top["logit"], abs=0.1)  # the copy is a JPEG
    assert seen.decode_ms > 0


def test_the_features_behind_the_maps_make_them(client: TestClient) -> None:
    found = asked(client, views_of_all_scales)
    client.get(f"/seen/{explain(client, halves())['id']}")
    maps = found[0].answers[0].explanation.maps
    assert maps.features.shape == (5, *maps.shape[1:])
    np.testing.assert_allclose(
        class_activation_maps(maps.features[None], maps.weight)[0], np.asarray(maps), rtol=1e-5, atol=1e-5
    )


def test_answers_come_in_the_order_of_the_views(client: TestClient) -> None:
    found = asked(client, views_of_colours)
    assert client.get(f"/seen/{explain(client, halves())['id']}").status_code == 200
    tops = [int(answer.explanation.logits.argmax()) for answer in found[0].answers]
    assert tops == [0, 1, 2, 0, 1, 2]


def test_an_explanation_whose_model_is_gone_says_so(
    make_client: ClientMaker, classifier: Classifier, tmp_path_factory: pytest.TempPathFactory
) -> None:
    explanation = explain(make_client(), picture())
    other = Classifier.open(make_bundle(tmp_path_factory.mktemp("o"), name="other", labels=("a", "b")), 1)
    client = make_client(classifiers=[other])
    asked(client, views_of_all_scales)
    answer = client.get(f"/seen/{explanation['id']}")
    assert answer.status_code == 404
    assert "not here any more" in answer.json()["detail"]


def test_what_is_deleted_is_not_seen(client: TestClient) -> None:
    asked(client, views_of_all_scales)
    explanation = explain(client, picture())
    assert client.delete(f"{EXPLANATIONS}/{explanation['id']}").status_code == 204
    assert client.get(f"/seen/{explanation['id']}").status_code == 404


def test_who_finds_no_place_is_told_when_to_come_back(client: TestClient) -> None:
    asked(client, views_of_all_scales)
    explanation = explain(client, picture())
    with every_place_taken(client):
        answer = client.get(f"/seen/{explanation['id']}")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert client.get(f"/seen/{explanation['id']}").status_code == 200


def test_a_few_views_at_a_time_stand_in_line(client: TestClient) -> None:
    begun, answered, most = 0, 0, 0

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        nonlocal begun, most
        for _ in range(12):
            begun += 1
            most = max(most, begun - answered)
            yield network.prepare(photo)

    def trim(answer: Answer) -> Answer:
        nonlocal answered
        answered += 1
        return replace(answer, explanation=replace(answer.explanation, maps=None))

    found = asked(client, views, trim)
    assert client.get(f"/seen/{explain(client, halves())['id']}").status_code == 200
    assert (begun, answered, most) == (12, 12, AT_ONCE)
    assert all(answer.explanation.maps is None for answer in found[0].answers)


def test_a_view_that_cannot_be_made_ends_it_and_frees_the_place(client: TestClient) -> None:
    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        yield network.prepare(photo)
        raise Unusable("No more.")

    asked(client, views)
    explanation = explain(client, picture())
    assert client.get(f"/seen/{explanation['id']}").json()["detail"] == "No more."
    assert isinstance(client.app, FastAPI)
    assert client.app.state.readiness._queue.depth == 0


def test_what_takes_too_long_is_given_up(make_client: ClientMaker) -> None:
    explanation = explain(make_client(), picture())
    hurried = make_client(explanation_timeout_s=0.05)
    begun = threading.Event()

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        while True:
            begun.set()
            yield network.prepare(photo)

    asked(hurried, views)
    assert hurried.get(f"/seen/{explanation['id']}").status_code == 504
    assert begun.is_set()
    assert isinstance(hurried.app, FastAPI)
    assert hurried.app.state.readiness._queue.depth == 0


def test_without_any_model_the_photos_is_gone_too(make_client: ClientMaker) -> None:
    explanation = explain(make_client(), picture())
    client = make_client(classifiers=None)
    asked(client, views_of_all_scales)
    assert client.get(f"/seen/{explanation['id']}").status_code == 404
