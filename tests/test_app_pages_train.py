"""The pages of trainings as a browser without scripts asks for them, and what they say of each state."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app import job_words, training_offer
from app.config import Settings
from app.curves import HEIGHT, MARGIN, path, stage_curves
from app.jobs import JobState
from app.main import create_app
from app.pages_train import NAME_FIELD, folders_below, free_name
from app.schemas_trainings import Asked, ClassCount, Training, TrainingProgress
from app.training_shown import Made, kept, show_line, show_training
from model.classifier import Classifier
from model.metrics import Candidate, Counts, EpochFigures, Metrics
from tests import fake_trainer
from tests.bundles import make_bundle
from tests.trainings import DATASETS, TRAININGS, collect, ended, follow, photo, start

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<script>alert(1)</script>\" onload='x'"
NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
Serve = Callable[..., TestClient]


@pytest.fixture
def serve(settings: Settings, classifier: Classifier, tmp_path: Path) -> Iterator[Serve]:
    """Start servers whose trainer is the stand-in; settings are changed by name."""
    made = make_bundle(tmp_path, name="made", labels=("ants", "bees"))
    with ExitStack() as stack:

        def make(epochs: int = 2, pause_s: float = 0.01, behaviour: str = "work", **changes: Any) -> TestClient:
            command = fake_trainer.command(made, behaviour, epochs, pause_s)
            app = create_app(settings.model_copy(update=changes), [classifier], command)
            return stack.enter_context(TestClient(app, base_url="http://localhost"))

        yield make


def archive(*labels: str, count: int = 3) -> bytes:
    """A zip of class folders."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number, label in enumerate(labels):
            for index in range(count):
                made.writestr(f"{label}/{index}.png", photo(number * count + index))
    return file.getvalue()


def get(client: TestClient, path: str) -> Response:
    return client.get(path, headers=BROWSER)


def submit(client: TestClient, content: bytes | None = None, **fields: str) -> Response:
    """Send the form as a browser does, without following where it leads."""
    form = {"source": "upload", "pictures": "", "name": "insects", "freeze": "head", "head": "gap"} | fields
    files = {"archive": ("" if content is None else "insects.zip", content or b"", "application/zip")}
    return client.post("/train", data=form, files=files, headers=BROWSER, follow_redirects=False)


def test_a_zip_becomes_a_training_and_a_model(serve: Serve) -> None:
    client = serve()
    answer = submit(client, archive("ants", "bees"))
    assert answer.status_code == 303, answer.text
    page = answer.headers["location"]
    training = follow(client, f"/api/v1{page}", ended)
    assert training["asked"]["freeze"] == "head"
    done = get(client, page).text
    assert "75.0%" in done
    assert f"/?model={training['model']}" in done
    assert f"/models/{training['model']}" in done
    assert "report" not in done, "the stand-in's model has none"
    assert 'http-equiv="refresh"' not in done
    assert "75.0% right" in get(client, "/train").text


def test_one_under_way_refreshes_itself_and_can_be_stopped(serve: Serve) -> None:
    client = serve(epochs=400, pause_s=0.2)
    page = submit(client, archive("ants", "bees")).headers["location"]
    shown = get(client, page).text
    assert re.search(r'<noscript><meta http-equiv="refresh" content="\d+"></noscript>', shown)
    stopped = client.post(f"{page}/cancel", data={"keep": "false"}, headers=BROWSER, follow_redirects=False)
    assert (stopped.status_code, stopped.headers["location"]) == (303, page)
    follow(client, f"/api/v1{page}", ended)
    shown = get(client, page).text
    assert "Stopped; nothing was kept" in shown
    assert f"/train?again={page.rsplit('/', 1)[-1]}" in shown


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({}, 400, "Choose a zip of pictures first."),
        ({"source": "folder"}, 400, "Name the folder first."),
        ({"source": "folder", "folder": "/etc"}, 404, "no folders of its own"),
        ({"pictures": "0" * 32}, 404, "no such pictures of yours"),
    ],
)
def test_a_form_that_lacks_something_comes_back_and_says_so(
    serve: Serve, fields: dict[str, str], status: int, said: str
) -> None:
    answer = submit(serve(), name="my-name", **fields)
    assert answer.status_code == status
    assert said in answer.text
    assert 'value="my-name"' in answer.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "The name takes"),
        ("name", HOSTILE, "The name takes"),
        ("name", "x" * 101, "The name takes"),
        ("epochs", "0", "Epochs takes a whole number"),
        ("epochs", "many", "Epochs takes a whole number"),
        ("head", "tail", "&#39;head&#39; takes one of the choices."),
        ("balance", "x", "&#39;balance&#39; takes one of the choices."),
    ],
)
def test_a_refused_choice_loses_nothing(serve: Serve, field: str, value: str, said: str) -> None:
    client = serve()
    answer = submit(client, archive("ants", "bees"), **{field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert "6 pictures are with the server" in answer.text
    assert HOSTILE not in answer.text
    kept = re.search(r'name="pictures" value="([0-9a-f]{32})"', answer.text)
    assert kept is not None
    assert submit(client, pictures=kept[1]).status_code == 303


def test_a_refused_zip_is_said_on_the_form(serve: Serve) -> None:
    client = serve()
    answer = submit(client, b"no zip at all", name="my-name")
    assert answer.status_code in (415, 422)
    assert 'role="alert"' in answer.text
    assert 'value="my-name"' in answer.text
    assert client.get(DATASETS).json()["items"] == [], "an empty set is left behind"


def test_a_large_zip_passes_by_the_folder_for_temporary_files(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    client = serve()
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    assert submit(client, archive("ants", "bees", count=700)).status_code == 303
    refused = submit(client, name="other", folder="x" * 5000, source="folder")
    assert refused.status_code == 422
    assert "too long" in refused.text
    assert 'value="other"' in refused.text


def test_a_form_that_is_none_comes_back_as_the_page(serve: Serve) -> None:
    answer = serve().post("/train", content=b"name=x", headers=BROWSER | {"content-type": "text/plain"})
    assert answer.status_code == 400
    assert "multipart/form-data" in answer.text
    assert 'name="archive"' in answer.text


def test_a_server_that_does_not_train_says_why_and_what_to_do(serve: Serve) -> None:
    client = serve(training="off")
    shown = get(client, "/train")
    assert shown.status_code == 200
    assert "CAMSCOPE_TRAINING=on" in shown.text
    assert "camscope train" in shown.text
    assert '<form class="train"' not in shown.text
    assert submit(client, archive("ants", "bees")).status_code == 403
    assert client.get(DATASETS).json()["items"] == []


def test_a_server_without_torch_says_what_to_install(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_offer, "NEEDED", ("no_such_package",))
    client = serve()
    assert "pip install" in get(client, "/train").text
    assert submit(client, archive("ants", "bees")).status_code == 503


def test_pictures_that_are_with_the_server_are_found_again_by_their_address(serve: Serve) -> None:
    client = serve()
    dataset = collect(client, {"ants": 2, HOSTILE[:40]: 3})
    shown = get(client, f"/train?dataset={dataset}").text
    assert "5 pictures are with the server" in shown
    assert HOSTILE[:40] not in shown
    gone = get(client, f"/train?dataset={'0' * 32}")
    assert gone.status_code == 200
    assert "no longer kept" in gone.text
    assert 'name="pictures" value=""' in gone.text


def test_labels_that_run_the_other_way_turn_nothing_else_round(serve: Serve) -> None:
    client = serve()
    start(client, dataset=collect(client, {"\u202enettahcs": 2, "light": 2}))
    assert "<bdi>light, \u202enettahcs</bdi> ·" in get(client, "/train").text


def test_another_visitor_sees_neither_pictures_nor_trainings(serve: Serve) -> None:
    client = serve()
    training = start(client)
    dataset = training["asked"]["dataset"]
    client.cookies.clear()
    assert "no longer kept" in get(client, f"/train?dataset={dataset}").text
    assert get(client, training["page_url"]).status_code == 404
    assert client.post(f"{training['page_url']}/cancel", headers=BROWSER).status_code == 404
    assert get(client, f"/train?again={training['id']}").status_code == 404


def test_once_more_fills_in_what_was_asked_under_a_name_that_is_free(serve: Serve) -> None:
    client = serve()
    asked = {"freeze": "auto", "head": "gmp", "epochs": 7, "balance": "weights", "loss": "sigmoid"}
    training = start(client, **asked)
    shown = get(client, f"/train?again={training['id']}").text
    for value in ("auto", "gmp", "sigmoid"):
        assert re.search(rf'value="{value}" checked', shown), value
    assert 'value="weights" selected' in shown
    assert 'type="number" min="1" max="1000" value="7"' in shown
    assert 'value="insects-2"' in shown
    assert f'value="{training["asked"]["dataset"]}"' in shown


def test_folders_that_are_allowed_and_those_in_them_can_be_chosen(serve: Serve, tmp_path: Path) -> None:
    for name in ("insects", ".hidden", "birds"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
    allowed = (tmp_path / "pictures", tmp_path / "not there")
    assert list(folders_below(allowed)) == [str(allowed[0]), str(allowed[0] / "birds"), str(allowed[0] / "insects")]
    shown = get(serve(training_folders=allowed), "/train").text
    assert f'<option value="{allowed[0] / "birds"}">' in shown
    assert 'name="folder"' not in get(serve(), "/train").text


def test_a_class_can_be_renamed_and_joined_with_another(serve: Serve) -> None:
    client = serve()
    dataset = f"{DATASETS}/{collect(client, {'ants': 3, 'bees': 2})}"
    renamed = client.patch(f"{dataset}/classes/bees", json={"label": "  wasps/hornets "})
    assert renamed.status_code == 200
    assert [(one["label"], one["pictures"]) for one in renamed.json()["classes"]] == [("ants", 3), ("wasps/hornets", 2)]
    joined = client.patch(f"{dataset}/classes/wasps%2Fhornets", json={"label": "ants"}).json()
    assert [(one["label"], one["pictures"]) for one in joined["classes"]] == [("ants", 5)]
    assert client.patch(f"{dataset}/classes/bees", json={"label": "x"}).status_code == 404
    assert client.patch(f"{dataset}/classes/ants", json={"label": " "}).status_code == 422
    client.cookies.clear()
    assert client.patch(f"{dataset}/classes/ants", json={"label": "mine"}).status_code == 404


@pytest.mark.parametrize(("few", "many", "said"), [(2, 9, 0), (2, 10, 1), (3, 3, 0)])
def test_classes_of_very_unequal_size_are_named(serve: Serve, few: int, many: int, said: int) -> None:
    client = serve()
    problems = client.get(f"{DATASETS}/{collect(client, {'ants': few, 'bees': many})}").json()["problems"]
    assert len(problems) == said
    assert all("'bees' has 5 times as many pictures as 'ants'" in problem for problem in problems)


def test_a_link_chooses_the_network_on_the_first_page(serve: Serve) -> None:
    client = serve()
    training = follow(client, start(client)["url"], ended)
    assert f'value="{training["model"]}" selected' in get(client, f"/?model={training['model']}").text
    assert " selected" not in get(client, f"/?model={HOSTILE}").text


def figures(epoch: int, stage: str = "head", accuracy: float = 0.8) -> EpochFigures:
    return EpochFigures(
        stage=stage, epoch=epoch, train_loss=1 / epoch, held_out_loss=0.5, held_out_accuracy=accuracy, seconds=1
    )


def training(state: JobState, **changes: Any) -> Training:
    """A training as the API has it."""
    plain: dict[str, Any] = {
        "id": "0" * 32, "name": "insects", "state": state, "created_at": NOW, "started_at": NOW, "ended_at": None,
        "position": None, "stopping": False, "asked": Asked(name="insects", dataset="1" * 32),
        "counts": [ClassCount(label="ants", pictures=3), ClassCount(label="bees", pictures=2)], "stage": None,
        "progress": None, "seconds_left": None, "epochs": [], "epochs_planned": 0, "problems": [], "accuracy": None,
        "model": None, "error": None, "url": f"{TRAININGS}/x", "events_url": f"{TRAININGS}/x/events",
        "page_url": "/trainings/x",
    }  # fmt: skip
    return Training(**(plain | changes))


def progress(done: int, total: int, stage: str = "features") -> TrainingProgress:
    return TrainingProgress(stage=stage, done=done, total=total, seconds_left=70)


def test_the_stage_the_share_and_the_time_left_are_said() -> None:
    now = training(JobState.RUNNING, stage="features", progress=progress(30, 40), seconds_left=70)
    shown = show_training(now, None)
    assert shown.headline == "Computing features"
    assert shown.title == "75% · insects"
    assert shown.announcement == "Computing features: 75%"
    assert [(one.title, one.value) for one in shown.figures] == [
        ("Pictures", "30 of 40"),
        ("Time left", "about 1 minute"),
    ]
    assert [step.state for step in shown.steps] == ["done", "now", "next", "next", "next", "next"]
    assert (shown.ongoing, shown.stoppable, shown.keepable) == (True, True, False)


@pytest.mark.parametrize(("done", "words"), [(0, ""), (9, ""), (10, ": 25%"), (39, ": 75%"), (40, ": 75%")])
def test_quarters_alone_are_said_aloud(done: int, words: str) -> None:
    now = training(JobState.RUNNING, stage="features", progress=progress(done, 40))
    assert show_training(now, None).announcement == f"Computing features{words}"


@pytest.mark.parametrize("total", [0, 3])
def test_more_than_planned_is_all_and_of_nothing_there_is_no_share(total: int) -> None:
    now = training(JobState.RUNNING, stage="features", progress=progress(5, total))
    assert show_training(now, None).share == (1.0 if total else None)


def test_a_renamed_model_is_found_and_a_deleted_one_is_missed(serve: Serve) -> None:
    client = serve()
    training = follow(client, start(client)["url"], ended)
    renamed = client.patch(f"/api/v1/models/{training['model']}", json={"name": "other"}).json()["id"]
    assert renamed != training["model"]
    assert f"/models/{renamed}" in get(client, training["page_url"]).text
    assert f"/models/{renamed}" in get(client, "/train").text
    assert client.delete(f"/api/v1/models/{renamed}").status_code == 204
    shown = get(client, training["page_url"]).text
    assert "Its model has been deleted since." in shown
    assert f"/models/{renamed}" not in shown


def test_the_report_of_a_model_is_led_to_where_there_is_one() -> None:
    done = training(JobState.DONE, accuracy=0.5, model="x-1")
    links = show_training(done, Made("y-1", None, True)).links
    assert [link.url for link in links] == [
        "/?model=y-1", "/models/y-1", "/api/v1/models/y-1/report", "/compare?model=y-1", f"/train?again={done.id}"
    ]  # fmt: skip


def test_epochs_are_counted_with_those_planned() -> None:
    now = training(JobState.RUNNING, stage="network", epochs=[figures(1, "network")], epochs_planned=12)
    shown = show_training(now, None)
    assert (shown.figures[0].title, shown.figures[0].value) == ("Epoch", "1 of 12")
    assert shown.keepable
    assert shown.share == pytest.approx(1 / 12)


@pytest.mark.parametrize(
    ("changes", "headline", "sentence"),
    [
        ({"state": "waiting", "position": 1}, "Waiting for its turn", "It is next in line."),
        ({"state": "waiting", "position": 2}, "Waiting for its turn", "1 other comes before it."),
        ({"state": "waiting", "position": 4}, "Waiting for its turn", "3 others come before it."),
        ({"state": "interrupted"}, "Interrupted; it goes on by itself", "It goes on from where it was."),
        ({"state": "running"}, "Starting", "You may leave this page"),
        ({"state": "running"}, "Starting", "PyTorch is loading"),
        ({"state": "failed", "error": "Disk full."}, "It failed", "Disk full."),
        ({"state": "failed"}, "It failed", "The log of the server says why."),
        ({"state": "cancelled"}, "Stopped; nothing was kept", "you can start again"),
        ({"state": "done", "accuracy": 1.0, "model": "x-1"}, "Ready", "Its model has been deleted since."),
    ],
)
def test_every_state_is_said_with_what_it_means(changes: dict[str, Any], headline: str, sentence: str) -> None:
    now = training(**changes)
    shown = show_training(now, None)
    assert shown.headline == headline
    assert any(sentence in one for one in shown.sentences)
    line = show_line(now, None)
    assert line.words == (headline if now.accuracy is None else "100.0% right")
    assert line.model_url is None


def test_one_that_was_told_to_stop_cannot_be_told_again() -> None:
    shown = show_training(training(JobState.RUNNING, stage="head", stopping=True), None)
    assert shown.headline == "Stopping …"
    assert shown.ongoing
    assert not shown.stoppable


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "a few seconds"), (30, "less than a minute"), (60, "about 1 minute"), (290, "about 5 minutes"),
     (7200, "about 2 hours")],
)  # fmt: skip
def test_time_left_is_said_roughly(seconds: float, words: str) -> None:
    assert job_words.time_left(seconds) == words


def measured(chosen: str, *stages: str) -> Metrics:
    """Metrics that say which networks were trained, and which was kept."""
    found = [Candidate(stage=stage, epoch=3, held_out_loss=0.2, held_out_accuracy=0.9) for stage in stages]
    return Metrics.model_construct(chosen=chosen, candidates=tuple(found))


@pytest.mark.parametrize(
    ("metrics", "as_asked", "words"),
    [
        (measured("head", "head"), False, "The head was trained, on what the network already sees."),
        (measured("network", "network"), False, "The whole network was fine-tuned."),
        (measured("head", "head", "network"), False, "The head alone was kept: on the pictures held out its loss is"),
        (measured("network", "head", "network"), False, "The fine-tuned network was kept: on the pictures held out"),
        (measured("network", "head", "network"), True, "The fine-tuned network was kept, as asked"),
    ],
)
def test_what_was_kept_is_said_with_the_reason(metrics: Metrics, as_asked: bool, words: str) -> None:
    said = kept(metrics, as_asked)
    assert said.startswith(words)
    assert ("0.200 (90.0%" in said) == (len(metrics.candidates) > 1)


def test_all_right_of_few_is_said_with_how_sure_that_is() -> None:
    counts = Counts.model_construct(val=3)
    metrics = Metrics.model_construct(
        accuracy=1.0, counts=counts, macro_f1=None, chosen="head", candidates=measured("head", "head").candidates
    )
    done = training(JobState.DONE, accuracy=1.0, model="x-1", ended_at=NOW)
    figures = [(one.title, one.value) for one in show_training(done, Made("x-1", metrics, False)).figures]
    assert figures[:3] == [
        ("Right on validation pictures", "100.0%"), ("95% interval", "43.9% to 100.0%"), ("Validation pictures", "3")
    ]  # fmt: skip


def test_how_long_it_took_is_said() -> None:
    done = training(JobState.DONE, accuracy=0.5, model="x", ended_at=NOW + timedelta(seconds=125))
    assert show_training(done, Made("x-1", None, False)).figures[-1].value == "2 min 5 s"


def test_lines_lie_where_their_values_are() -> None:
    assert path([0, 1], 0, 1) == f"M4.0 {HEIGHT - MARGIN:.1f}L316.0 {MARGIN:.1f}"
    assert path([0.5], 0, 1) == f"M4.0 {HEIGHT / 2:.1f}L316.0 {HEIGHT / 2:.1f}"
    assert path([9, -9], 0, 1) == path([1, 0], 0, 1), "what is beyond the edge stays at it"


def test_each_stage_has_its_own_curves_the_latest_first() -> None:
    stages = stage_curves([figures(1), figures(2, accuracy=0.55), figures(1, "network", 1.0)])
    assert [(stage.name, len(stage.epochs)) for stage in stages] == [("network", 1), ("head", 2)]
    loss, accuracy = stages[1].charts
    assert "from 1.00 to 0.500 on pictures learned from, 0.500 on pictures held out" in loss.summary
    assert (accuracy.top, accuracy.bottom, accuracy.last) == ("100%", "50%", "epoch 2")
    assert stages[0].charts[1].bottom == "90%"
    assert stage_curves([]) == ()


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("insects", {"birds"}) == "insects"
    assert free_name("Insects", {"insects", "insects-2"}) == "Insects-3"
    assert re.fullmatch(NAME_FIELD, "a-b_c.9")
