"""A training's events over a real connection: live, replayed, resumed, and let go of."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from app import training_events
from app.config import Settings
from app.main import create_app
from app.serving import Server
from app.training_events import Message, _worth_telling
from model.classifier import Classifier
from tests import fake_trainer
from tests.served import served as running
from tests.trainings import ended, follow, start

OWNER = {"Camscope-Owner": "somebody-who-listens"}


@contextmanager
def served(app: FastAPI) -> Iterator[tuple[Server, httpx2.Client]]:
    """A real server, and a client of it."""
    with (
        running(app) as (server, port),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=OWNER, timeout=20) as client,
    ):
        yield server, client


@pytest.fixture
def app(settings: Settings, classifier: Classifier, bundle_path: Path) -> FastAPI:
    """An app whose trainings take about a second."""
    return create_app(settings, [classifier], fake_trainer.command(bundle_path, epochs=4, pause_s=0.2))


@pytest.fixture
def endless(settings: Settings, classifier: Classifier, bundle_path: Path) -> FastAPI:
    """An app whose trainings do not end by themselves."""
    return create_app(settings, [classifier], fake_trainer.command(bundle_path, pause_s=600))


def parse(text: str) -> list[tuple[str, str, Any]]:
    """Id, kind and data of every event."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":") and ": " in line)
        if "event" in fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def listen(client: httpx2.Client, url: str, after: str | None = None) -> list[tuple[str, str, Any]]:
    """All events until the server ends the stream."""
    headers = {} if after is None else {"Last-Event-ID": after}
    with client.stream("GET", f"{url}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        return parse(answer.read().decode())


def test_events_come_as_they_happen_and_end_with_the_training(app: FastAPI, settings: Settings) -> None:
    with served(app) as (_, client):
        url = start(client)["url"]
        events = listen(client, url)
        states = [data["state"] for _, kind, data in events if kind == "training"]
        assert states[-1] == "done"
        assert set(states) <= {"waiting", "running", "done"}
        epochs = [data["figures"]["epoch"] for _, kind, data in events if kind == "epoch"]
        assert epochs == [1, 2, 3, 4]
        places = [int(place) for place, _, _ in events]
        assert places == sorted(places)
        assert client.get(url).json()["state"] == "done"
        assert str(settings.data_dir) not in json.dumps(events)


def test_who_comes_back_hears_the_rest_and_who_heard_the_end_is_told_not_to(app: FastAPI) -> None:
    with served(app) as (_, client):
        url = start(client)["url"]
        follow(client, url, ended)  # type: ignore[arg-type]
        everything = listen(client, url)
        assert everything == listen(client, url, "no place of ours")
        for number, (place, _, _) in enumerate(everything[:-1]):
            assert listen(client, url, place) == everything[number + 1 :]
        over = client.get(f"{url}/events", headers={"Last-Event-ID": everything[-1][0]})
        assert (over.status_code, over.content) == (204, b"")


def test_many_listen_to_one_poller(endless: FastAPI) -> None:
    with served(endless) as (_, client):
        url = start(client)["url"]
        follow(client, url, lambda training: training["stage"] == "head")  # type: ignore[arg-type]
        heard: list[list[Any]] = []
        threads = [threading.Thread(target=lambda: heard.append(listen(client, url))) for _ in range(8)]
        for thread in threads:
            thread.start()
        channels = endless.state.channels._channels
        _until(lambda: sum(channel.listeners for channel in channels.values()) == 8)
        assert len(channels) == 1
        client.post(f"{url}/cancel", json={})
        for thread in threads:
            thread.join(20)
        assert [events[-1][2]["state"] for events in heard] == ["cancelled"] * 8
        _until(lambda: not channels)


def test_a_listener_that_leaves_leaves_nothing(endless: FastAPI) -> None:
    with served(endless) as (server, client):
        url = start(client)["url"]
        with client.stream("GET", f"{url}/events") as answer:
            pieces = answer.iter_raw()
            next(pieces)
            assert endless.state.channels._channels
        _until(lambda: not endless.state.channels._channels)
        _until(lambda: len(server.server_state.tasks) == 0)


def test_a_heartbeat_keeps_the_line_open(endless: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_events, "HEARTBEAT_S", 0.05)
    with served(endless) as (_, client):
        url = start(client)["url"]
        with client.stream("GET", f"{url}/events") as answer:
            for piece in answer.iter_text():
                if ": still here" in piece:
                    break
            else:
                pytest.fail("no heartbeat")


def test_head_is_answered_at_once(endless: FastAPI) -> None:
    with served(endless) as (_, client):
        answer = client.head(f"{start(client)['url']}/events")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")
        _until(lambda: not endless.state.channels._channels)


def test_a_server_that_stops_does_not_wait_for_its_listeners(endless: FastAPI) -> None:
    with served(endless) as (server, client):
        url = start(client)["url"]
        with client.stream("GET", f"{url}/events") as answer:
            pieces = answer.iter_raw()
            assert any(b"event: training" in piece for piece in pieces)
            begun = time.monotonic()
            server.should_exit = True
            for _ in pieces:
                pass
            assert time.monotonic() - begun < 4


def test_listeners_are_sent_away_when_the_training_cannot_be_read(
    endless: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(endless) as (_, client):
        url = start(client)["url"]
        follow(client, url, lambda training: training["stage"] == "head")  # type: ignore[arg-type]
        monkeypatch.setattr(endless.state.trainings, "find", lambda *_: 1 / 0)
        assert client.get(f"{url}/events").text == "retry: 2000\n\n"
        _until(lambda: not endless.state.channels._channels)


def test_it_is_the_owners_alone(endless: FastAPI) -> None:
    with served(endless) as (_, client):
        url = start(client)["url"]
        other = client.get(f"{url}/events", headers={"Camscope-Owner": "somebody-else-altogether"})
        assert other.status_code == 404
        assert other.headers["content-type"] == "application/problem+json"


def test_progress_that_is_passed_is_not_told() -> None:
    kinds = ["stage", "progress", "progress", "epoch", "progress", "progress"]
    messages = [Message(number, kind, "{}") for number, kind in enumerate(kinds)]
    assert [message.place for message in _worth_telling(messages)] == [0, 3, 5]


def _until(condition: Any) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
