"""Trainings over the API, with a stand-in for the trainer."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from app import job_child, job_runner, training_offer, training_runner
from app.config import Settings, child_environment
from app.jobs import in_line
from app.main import create_app
from app.rows import TrainingRow
from app.schemas_trainings import Asked
from app.store import Store
from app.training_child import Order, train_command
from app.training_corrections import write_corrections
from app.training_feed import Feed
from app.training_store import CORRECTIONS, TrainingStore
from model.bundle import read_bundle
from model.classifier import Classifier
from model.corrections import Mark, read_corrections
from model.coverage import Region
from model.runs import run_folder
from tests import fake_trainer
from tests.bundles import make_bundle
from tests.trainings import (
    DATASETS,
    SOMEBODY_ELSE,
    TRAININGS,
    collect,
    ended,
    eventually,
    follow,
    has_epochs,
    photo,
    start,
)


class ServerMaker(Protocol):
    def __call__(self, behaviour: str = ..., epochs: int = ..., pause_s: float = ..., **changes: Any) -> TestClient: ...


@pytest.fixture
def serve(settings: Settings, classifier: Classifier, bundle_path: Path) -> Iterator[ServerMaker]:
    """Start servers whose trainer is the stand-in: what it does, how many epochs, how long each takes."""
    with ExitStack() as stack:

        def make(behaviour: str = "work", epochs: int = 3, pause_s: float = 0.02, **changes: Any) -> TestClient:
            command = fake_trainer.command(bundle_path, behaviour, epochs, pause_s)
            app = create_app(settings.model_copy(update=changes), [classifier], command)
            return stack.enter_context(TestClient(app, base_url="http://localhost"))

        yield make


def running(training: dict[str, Any]) -> bool:
    return bool(training["state"] == "running" and training["epochs"])


def test_a_training_makes_a_model_that_answers(serve: ServerMaker, settings: Settings) -> None:
    client = serve()
    asked = start(client)
    assert (asked["state"], asked["position"]) in (("waiting", 1), ("running", None))  # it may have begun already
    assert asked["counts"] == [{"label": "ants", "pictures": 3}, {"label": "bees", "pictures": 2}]
    done = follow(client, asked["url"], ended)
    assert (done["state"], done["error"], done["accuracy"]) == ("done", None, 0.75)
    assert [epoch["epoch"] for epoch in done["epochs"]] == [1, 2, 3]
    assert done["model"] in [model["id"] for model in client.get("/api/v1/models").json()["items"]]
    assert done["started_at"] <= done["ended_at"]
    assert client.get(TRAININGS).json()["items"] == [done]
    folder = settings.data_dir / "trainings" / done["id"]
    assert sorted(path.name for path in folder.iterdir()) == ["events.jsonl", "lock", "log.txt"]


def test_a_training_has_the_lowest_priority_and_bounded_threads(serve: ServerMaker, settings: Settings) -> None:
    client = serve(training_threads=2)
    done = follow(client, start(client)["url"], ended)
    log = (settings.data_dir / "trainings" / done["id"] / "log.txt").read_text()
    assert "at priority 19 with 2 threads" in log


def test_what_a_training_says_of_the_server_is_not_passed_on(serve: ServerMaker) -> None:
    client = serve("fail")
    failed = follow(client, start(client)["url"], ended)
    assert failed["error"] == "The pictures: nothing to learn."
    assert failed["problems"] == ["The pictures/x.jpg: cannot be read."]


def test_one_that_crashes_without_a_word_fails_with_a_sentence(serve: ServerMaker, settings: Settings) -> None:
    client = serve("crash")
    failed = follow(client, start(client)["url"], ended)
    assert (failed["state"], failed["error"]) == ("failed", training_runner.UNEXPLAINED)
    assert not run_folder(settings.models_folder / "insects").exists()
    assert start(client)["state"] == "waiting"  # the name is free again


def test_one_that_is_killed_again_and_again_is_given_up(serve: ServerMaker, settings: Settings) -> None:
    client = serve("kill")
    failed = follow(client, start(client)["url"], ended)
    assert (failed["state"], failed["error"]) == ("failed", training_runner.GAVE_UP)
    log = (settings.data_dir / "trainings" / failed["id"] / "log.txt").read_text()
    assert log.count("working for") == training_runner.STARTS_WITHOUT_PROGRESS


def test_one_that_is_killed_but_gets_on_is_resumed_to_its_end(serve: ServerMaker) -> None:
    client = serve("kill later", epochs=5)
    done = follow(client, start(client)["url"], ended)
    assert done["state"] == "done"
    assert [epoch["epoch"] for epoch in done["epochs"]] == [1, 2, 3, 4, 5]


def test_a_training_is_cancelled_and_leaves_nothing(serve: ServerMaker, settings: Settings) -> None:
    client = serve(pause_s=60)
    training = start(client)
    follow(client, training["url"], lambda training: training["stage"] == "head")
    stopping = client.post(f"{training['url']}/cancel", json={})
    assert stopping.json()["stopping"] is True
    cancelled = follow(client, training["url"], ended)
    assert (cancelled["state"], cancelled["stopping"], cancelled["error"]) == ("cancelled", False, None)
    assert list(settings.models_folder.iterdir()) == []
    assert client.post(f"{training['url']}/cancel", json={}).json() == cancelled


def test_a_deaf_training_is_killed(serve: ServerMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_runner, "STOP_GRACE_S", 0.3)
    client = serve("deaf", pause_s=60)
    training = start(client)
    follow(client, training["url"], lambda training: training["stage"] == "head")
    client.post(f"{training['url']}/cancel", json={"keep": False})
    assert follow(client, training["url"], ended)["state"] == "cancelled"


def test_the_best_so_far_may_be_kept(serve: ServerMaker) -> None:
    client = serve(epochs=1000, pause_s=0.2)
    training = start(client)
    follow(client, training["url"], has_epochs(2))
    client.post(f"{training['url']}/cancel", json={"keep": True})
    done = follow(client, training["url"], ended)
    assert (done["state"], done["accuracy"]) == ("done", 0.75)
    assert len(done["epochs"]) < 1000


def test_keeping_may_be_asked_before_the_trainer_listens(serve: ServerMaker) -> None:
    client = serve(epochs=1000, pause_s=0.05)
    training = start(client)
    follow(client, training["url"], lambda training: training["state"] == "running")
    client.post(f"{training['url']}/cancel", json={"keep": True})
    assert follow(client, training["url"], ended)["state"] == "done"


def test_others_wait_in_line_and_take_their_turns(serve: ServerMaker) -> None:
    client = serve(pause_s=60)
    first = start(client, "first")
    follow(client, first["url"], lambda training: training["state"] == "running")
    second, third = start(client, "second"), start(client, "third")
    assert [second["position"], third["position"]] == [1, 2]
    cancelled = client.post(f"{second['url']}/cancel", json={}).json()
    assert (cancelled["state"], cancelled["position"]) == ("cancelled", None)
    assert client.get(third["url"]).json()["position"] == 1
    client.post(f"{first['url']}/cancel", json={})
    assert follow(client, third["url"], lambda training: training["state"] == "running")["position"] is None


def test_two_may_run_at_once_where_the_operator_says_so(serve: ServerMaker) -> None:
    client = serve(pause_s=60, training_jobs=2)
    for training in [start(client, "first"), start(client, "second")]:
        follow(client, training["url"], lambda training: training["state"] == "running")
    assert start(client, "third")["position"] == 1


def test_each_persons_first_comes_before_anybodys_second() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)

    def row(name: str, owner: str, minute: int, state: str = "waiting") -> TrainingRow:
        return TrainingRow(id=name, owner=owner, state=state, created_at=begun + timedelta(minutes=minute))

    rows = [row("a1", "a", 0), row("a2", "a", 1), row("b1", "b", 2), row("a3", "a", 3), row("b2", "b", 4)]
    assert in_line(rows) == ["a1", "b1", "a2", "b2", "a3"]
    assert in_line([row("a0", "a", 0, "running"), *rows]) == ["b1", "a1", "b2", "a2", "a3"]


def test_a_full_line_is_refused(serve: ServerMaker) -> None:
    client = serve(pause_s=60, max_waiting_trainings=1)
    follow(client, start(client, "first")["url"], lambda training: training["state"] == "running")
    start(client, "second")
    refused = client.post(TRAININGS, json={"name": "third", "dataset": collect(client)})
    assert refused.status_code == 429
    assert "trainings are waiting" in refused.json()["detail"]
    assert int(refused.headers["retry-after"]) > 0


def test_a_restarted_server_goes_on_where_it_was(serve: ServerMaker, settings: Settings, bundle_path: Path) -> None:
    with ExitStack() as stack:
        slow = fake_trainer.command(bundle_path, epochs=4, pause_s=0.3)
        first = stack.enter_context(
            TestClient(create_app(settings, [Classifier.open(bundle_path, 1)], slow), base_url="http://localhost")
        )
        first.headers["Camscope-Owner"] = "the-same-somebody"
        training = start(first)
        follow(first, training["url"], has_epochs(2))
    again = serve(epochs=4)
    again.headers["Camscope-Owner"] = "the-same-somebody"
    done = follow(again, training["url"], ended)
    assert done["state"] == "done"
    assert [epoch["epoch"] for epoch in done["epochs"]] == [1, 2, 3, 4]
    log = (settings.data_dir / "trainings" / training["id"] / "log.txt").read_text()
    assert log.count("working for") == 2


def test_a_training_stopped_with_the_server_is_interrupted(settings: Settings, bundle_path: Path) -> None:
    slow = fake_trainer.command(bundle_path, pause_s=60)
    app = create_app(settings, [Classifier.open(bundle_path, 1)], slow)
    with TestClient(app, base_url="http://localhost") as client:
        training = start(client)
        follow(client, training["url"], lambda training: training["stage"] == "head")
    with TestClient(
        create_app(settings.model_copy(update={"training": "off"}), [], slow), base_url="http://localhost"
    ) as other:
        other.cookies = client.cookies
        assert other.get(training["url"]).json()["state"] == "interrupted"
        other.post(f"{training['url']}/cancel", json={})
        assert follow(other, training["url"], ended)["state"] == "cancelled"
    assert list(settings.models_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"name": "in sects"}, 422, "name"),
        ({"name": "../insects"}, 422, "name"),
        ({"name": ".hidden"}, 422, "name"),
        ({"name": "tiny"}, 422, "there is a model 'tiny' already"),
        ({"name": "TINY"}, 422, "there is a model 'TINY' already"),
        ({"dataset": "0" * 32}, 404, "no such pictures of yours"),
        ({"dataset": "../../etc"}, 404, "no such pictures of yours"),
        ({"dataset": None}, 422, "either 'dataset' or 'folder'"),
        ({"folder": "x"}, 422, "either 'dataset' or 'folder'"),
        ({"head": "brain"}, 422, "'head' takes"),
        ({"epochs": 0}, 422, "'epochs' takes 1 or more"),
        ({"lr": -1}, 422, "'lr' takes more than 0"),
        ({"seed": 2**31}, 422, "'seed' takes less than 2147483648"),
        ({"epochs": 1e30}, 422, "'epochs' takes a smaller number"),
        ({"dataset": None, "folder": ""}, 422, "'folder' is empty"),
        ({"base": "nothing"}, 422, "there is no 'nothing'"),
        ({"single_logit": True}, 422, "'single_logit' takes two classes; there are 3"),
        ({"unknown": 1}, 422, "unknown"),
    ],
)
def test_what_cannot_be_trained_is_refused_at_once(
    serve: ServerMaker, settings: Settings, changes: dict[str, Any], status: int, words: str
) -> None:
    client = serve()
    asked = {"name": "insects", "dataset": collect(client, {"ants": 2, "bees": 2, "flies": 2})} | changes
    refused = client.post(TRAININGS, json=asked)
    assert refused.status_code == status, refused.text
    assert words in refused.json()["detail"]
    assert client.get(TRAININGS).json()["items"] == []
    kept = settings.data_dir / "trainings"
    assert [path.name for path in kept.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_broken_request_is_refused(serve: ServerMaker, content: bytes) -> None:
    refused = serve().post(TRAININGS, content=content, headers={"content-type": "application/json"})
    assert refused.status_code in (400, 422)
    assert "photo" not in refused.json()["detail"]


def test_pictures_of_one_class_are_refused_in_words_of_the_request(serve: ServerMaker) -> None:
    client = serve()
    refused = client.post(TRAININGS, json={"name": "insects", "dataset": collect(client, {"ants": 3})})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("The pictures: all pictures are of one class, 'ants'")


def test_a_name_in_use_is_refused(serve: ServerMaker, settings: Settings) -> None:
    client = serve(pause_s=60)
    start(client)
    refused = client.post(TRAININGS, json={"name": "Insects", "dataset": collect(client)})
    assert (refused.status_code, "is being trained already" in refused.json()["detail"]) == (422, True)
    run_folder(settings.models_folder / "elsewhere").mkdir(parents=True)
    refused = client.post(TRAININGS, json={"name": "elsewhere", "dataset": collect(client)})
    assert (refused.status_code, "is being trained already" in refused.json()["detail"]) == (422, True)


def test_a_training_is_its_owners_alone(serve: ServerMaker) -> None:
    client = serve(pause_s=60)
    url = start(client)["url"]
    assert client.get(url).status_code == 200
    asked = [client.get(url, headers=SOMEBODY_ELSE), client.get(f"{url}/events", headers=SOMEBODY_ELSE)]
    asked += [client.post(f"{url}/cancel", json={}, headers=SOMEBODY_ELSE), client.get(f"{TRAININGS}/{'0' * 32}")]
    assert [answer.status_code for answer in asked] == [404, 404, 404, 404]
    assert client.get(TRAININGS, headers=SOMEBODY_ELSE).json() == {"items": []}


def test_one_that_has_ended_may_be_forgotten(serve: ServerMaker, settings: Settings) -> None:
    client = serve(pause_s=60)
    url = start(client)["url"]
    follow(client, url, lambda training: training["stage"] == "head")
    refused = client.delete(url)
    assert (refused.status_code, "stop it first" in refused.json()["detail"]) == (422, True)
    client.post(f"{url}/cancel", json={})
    follow(client, url, ended)
    assert client.delete(url, headers=SOMEBODY_ELSE).status_code == 404
    assert [client.delete(url).status_code, client.get(url).status_code] == [204, 404]
    assert client.get(TRAININGS).json() == {"items": []}
    assert not list((settings.data_dir / "trainings").glob("*/"))


@pytest.mark.parametrize("change", ["rename", "delete"])
def test_changing_the_model_it_begins_from_takes_nothing_from_the_training(
    serve: ServerMaker, settings: Settings, change: str
) -> None:
    base = make_bundle(settings.models_folder, name="base-model", labels=("x", "y"))
    client = serve(epochs=40, pause_s=0.1)
    first = start(client, "first")
    waiting = start(client, "second", base="base-model")
    own = settings.data_dir / "trainings" / waiting["id"] / "base"
    changed = (
        client.patch("/api/v1/models/base-model", json={"name": "other"})
        if change == "rename"
        else client.delete("/api/v1/models/base-model")
    )
    assert changed.is_success
    assert not base.exists()
    assert read_bundle(own).name == "base-model"
    client.post(f"{first['url']}/cancel", json={})
    follow(client, waiting["url"], running)
    client.post(f"{waiting['url']}/cancel", json={})
    follow(client, waiting["url"], ended)
    eventually(lambda: not own.exists())


def test_a_model_to_begin_from_that_is_not_there_is_refused_by_its_field(serve: ServerMaker) -> None:
    refused = serve().post(TRAININGS, json={"name": "insects", "base": "nothing", "dataset": "0" * 32})
    assert (refused.status_code, refused.json()["detail"][:16]) == (422, "'base': there is")


def test_deleting_the_pictures_takes_nothing_from_the_training(serve: ServerMaker, settings: Settings) -> None:
    client = serve(pause_s=60)
    dataset_id = collect(client)
    training = start(client, dataset=dataset_id)
    assert client.delete(f"{DATASETS}/{dataset_id}").status_code == 204
    data = settings.data_dir / "trainings" / training["id"] / "data"
    lines = (data / "labels.csv").read_text().splitlines()
    assert lines[0] == "path,label"
    assert len(lines) == 6
    assert all((data / line.split(",")[0]).is_file() for line in lines[1:])


@pytest.mark.parametrize(("training", "host"), [("off", "127.0.0.1"), ("auto", "0.0.0.0"), ("auto", "192.0.2.1")])
def test_where_training_is_off_it_is_refused_with_the_reason(serve: ServerMaker, training: str, host: str) -> None:
    client = serve(training=training, host=host)
    for refused in (client.post(TRAININGS, json={"name": "insects", "dataset": "x"}), client.post(DATASETS)):
        assert refused.status_code == 403
        assert "CAMSCOPE_TRAINING=on" in refused.json()["detail"]
    assert client.get(TRAININGS).status_code == 200


@pytest.mark.parametrize(("training", "host"), [("on", "0.0.0.0"), ("auto", "localhost"), ("auto", "::1")])
def test_where_training_is_on_it_is_taken(serve: ServerMaker, training: str, host: str) -> None:
    assert serve(training=training, host=host).post(DATASETS).status_code == 201


def test_without_torch_it_is_refused_with_what_to_install(serve: ServerMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_offer.importlib.util, "find_spec", lambda _: None)
    client = serve()
    refused = client.post(DATASETS)
    assert refused.status_code == 503
    assert "pip install" in refused.json()["detail"]


def test_a_folder_of_the_server_may_be_trained_from(serve: ServerMaker, tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    for number, label in enumerate(["ants", "ants", "bees", "bees"]):
        (root / "insects" / label).mkdir(parents=True, exist_ok=True)
        (root / "insects" / label / f"{number}.png").write_bytes(photo(number))
    client = serve("fail", training_folders=(root,))
    training = start(client, folder="insects")
    assert training["counts"] == [{"label": "ants", "pictures": 2}, {"label": "bees", "pictures": 2}]
    assert follow(client, training["url"], ended)["error"] == "insects: nothing to learn."
    assert (root / "insects" / "ants" / "0.png").is_file()
    assert start(client, "again", folder=str(root / "insects"))["asked"]["folder"] == str(root / "insects")


@pytest.mark.parametrize(
    "asked",
    ["..", "../secret", "/", "/etc", "link", "insects/../../secret", "nothing", "a\0b", "x" * 999, "~"],
)
def test_no_path_leads_out_of_the_allowed_folders(serve: ServerMaker, tmp_path: Path, asked: str) -> None:
    root = tmp_path / "pictures"
    for folder in (root / "insects", tmp_path / "secret" / "a", tmp_path / "secret" / "b"):
        folder.mkdir(parents=True)
    (root / "link").symlink_to(tmp_path / "secret")
    client = serve(training_folders=(root,))
    content = json.dumps({"name": "insects", "folder": asked})
    refused = client.post(TRAININGS, content=content, headers={"content-type": "application/json"})
    assert refused.status_code == 422
    assert refused.json()["detail"] == "'folder': there is no such folder among those that this server trains from."


@pytest.mark.parametrize(
    "named",
    ["../secret/0.png", "insects/../../secret/0.png", "{secret}/0.png", "link/0.png", "linked.png", "../secret/no.png"],
)
def test_no_table_leads_out_of_the_allowed_folders(serve: ServerMaker, tmp_path: Path, named: str) -> None:
    root, secret = tmp_path / "pictures", tmp_path / "secret"
    for folder in (root / "insects", secret):
        folder.mkdir(parents=True)
        for number in range(4):
            (folder / f"{number}.png").write_bytes(photo(number))
    (root / "link").symlink_to(secret)
    (root / "linked.png").symlink_to(secret / "0.png")
    rows = ["path,label", "insects/0.png,a", "insects/1.png,b", "insects/2.png,a", f"{root}/insects/3.png,b"]
    table = root / "insects.csv"
    client = serve(training_folders=(root,))
    table.write_text("\n".join([*rows, f"{named.format(secret=secret)},a"]))
    refused = client.post(TRAININGS, json={"name": "insects", "folder": "insects.csv"})
    assert refused.status_code == 422
    assert "lies outside of the folders that this server trains from" in refused.json()["detail"]
    table.write_text("\n".join(rows))
    assert start(client, folder="insects.csv")["counts"][0] == {"label": "a", "pictures": 2}


def test_a_link_in_a_class_folder_does_not_lead_out(serve: ServerMaker, tmp_path: Path) -> None:
    root, secret = tmp_path / "pictures", tmp_path / "secret"
    for folder in (root / "a", root / "b", secret):
        folder.mkdir(parents=True)
        for number in range(2):
            (folder / f"{folder.name}{number}.png").write_bytes(photo(number))
    (root / "a" / "more").symlink_to(secret)
    refused = serve(training_folders=(root,)).post(TRAININGS, json={"name": "insects", "folder": "."})
    assert refused.status_code == 422
    assert "'a/more/secret0.png' lies outside" in refused.json()["detail"]


def test_without_allowed_folders_none_may_be_trained_from(serve: ServerMaker) -> None:
    refused = serve().post(TRAININGS, json={"name": "insects", "folder": "/"})
    assert refused.status_code == 404
    assert "operator" in refused.json()["detail"]


def test_the_trainer_is_told_all_that_was_asked(tmp_path: Path) -> None:
    asked = Asked(name="n", folder="x", epochs=7, lr=0.5, image_size=96, loss="sigmoid", single_logit=True)
    order = Order(tmp_path / "d", tmp_path / "n", "base", tmp_path / "e", asked, threads=2)
    words = train_command(order)
    text = " ".join(words)
    assert f"train {order.data} --out {order.out} --events {order.events}" in text
    assert f"--with-parent {os.getpid()} --threads 2" in text
    assert "--epochs 7" in text
    assert "--image-size 96" in text
    assert "--lr 0.5" in text
    assert "--single-logit" in words
    assert "--batch-size" not in words
    assert "--resume" not in words
    run_folder(order.out).mkdir()
    assert "--resume" in train_command(order)


def test_what_is_to_be_unlearned_reaches_the_trainer_as_a_table(tmp_path: Path) -> None:
    marks = ({"picture": "ab" * 32, "left": 1, "top": 2, "right": 3.5, "bottom": 4, "label": "ants"},)
    asked = Asked.model_validate({"name": "n", "folder": "x", "corrections": marks})
    write_corrections(asked.corrections, tmp_path / "training")
    order = Order(tmp_path / "d", tmp_path / "n", "base", tmp_path / "e", asked, 2, tmp_path / "training" / CORRECTIONS)
    words = train_command(order)
    [read] = read_corrections(Path(words[words.index("--corrections") + 1]))
    assert read.sha256 == "ab" * 32
    assert read.marks == (Mark(Region(1, 2, 3.5, 4), "ants"),)


@pytest.mark.parametrize("change", [{"right": 0}, {"picture": "a.png"}, {"label": ""}, {"left": float("-inf")}])
def test_a_wrong_reason_without_a_picture_or_an_area_is_refused(change: dict[str, object]) -> None:
    mark = {"picture": "ab" * 32, "left": 1, "top": 2, "right": 3, "bottom": 4, **change}
    with pytest.raises(ValidationError):
        Asked.model_validate({"name": "n", "folder": "x", "corrections": [mark]})


def test_a_child_gets_the_very_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = settings.model_copy(update={"training_folders": (tmp_path / "a", tmp_path / "b"), "port": 1234})
    monkeypatch.setenv("CAMSCOPE_PORT", "1")
    for name, value in child_environment(changed).items():
        monkeypatch.setenv(name, value)
    assert Settings() == changed


def test_an_epoch_done_again_replaces_what_came_after_it(tmp_path: Path) -> None:
    from model.metrics import EpochFigures
    from model.runs import EpochDone, append_event

    feed = Feed(tmp_path / "events.jsonl")
    for epoch, loss in [(1, 0.9), (2, 0.8), (3, 0.7), (2, 0.6)]:
        figures = EpochFigures(
            stage="head", epoch=epoch, train_loss=loss, held_out_loss=1, held_out_accuracy=0, seconds=1
        )
        append_event(tmp_path / "events.jsonl", EpochDone(figures=figures, epochs=9))
    assert [figures.train_loss for figures in feed.refresh().epochs.values()] == [0.9, 0.6]


def test_two_servers_on_one_folder_train_once(serve: ServerMaker, settings: Settings) -> None:
    first, second = serve(pause_s=0.3), serve(pause_s=0.3)
    training = start(second)
    second_url = training["url"]
    done = follow(second, second_url, ended)
    assert done["state"] == "done"
    log = (settings.data_dir / "trainings" / done["id"] / "log.txt").read_text()
    assert log.count("working for") == 1
    assert first.get(TRAININGS).json() == {"items": []}  # somebody else there


def test_no_thread_is_left_behind(serve: ServerMaker, settings: Settings, bundle_path: Path) -> None:
    before = {thread.name for thread in threading.enumerate()}
    with TestClient(create_app(settings, [Classifier.open(bundle_path, 1)]), base_url="http://localhost") as client:
        assert client.get("/healthz").status_code == 200
    time.sleep(0.05)
    assert "trainings" not in {thread.name for thread in threading.enumerate()} - before


def test_where_the_cache_folder_cannot_be_written_features_are_kept_with_the_data(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job_child._with_cache(settings) == settings
    monkeypatch.setattr(job_child.os, "access", lambda *_: False)  # tests may run as root, who may write anywhere
    assert job_child._with_cache(settings).cache_dir == settings.data_dir / "cache"


def test_what_a_crash_left_of_the_pictures_of_an_ended_training_goes(serve: ServerMaker, settings: Settings) -> None:
    client = serve()
    training = follow(client, start(client)["url"], ended)
    left = settings.data_dir / "trainings" / training["id"] / "data"
    eventually(lambda: not left.exists())
    left.mkdir()
    store = Store(settings.data_dir)
    TrainingStore(store.database, settings.data_dir).sweep()
    store.close()
    assert not left.exists()
    assert client.get(training["url"]).json() == training
