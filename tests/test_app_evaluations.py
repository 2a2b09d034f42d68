"""Evaluations over the API: the real command in a process of its own, on pictures of squares."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app import holdings, job_runner
from app.backup import back_up, restore
from app.backup_files import size_of
from app.config import Settings
from app.evaluation_keeping import keep_evaluation
from app.evaluation_runner import GAVE_UP, EvaluationOrder, evaluate_command
from app.job_runner import DISK_FULL
from app.main import create_app
from app.retention import tidy_evaluations
from app.text import fixed
from app.units import GIB
from model.classifier import Classifier
from tests import fake_trainer
from tests.conftest import ClientMaker
from tests.evaluating import EVALUATIONS, evaluated, start_evaluation
from tests.evaluations import write_squares
from tests.stored import quietly
from tests.test_app_metrics import told
from tests.trainings import SOMEBODY_ELSE, collect, ended, follow


@pytest.fixture
def client(make_client: ClientMaker, tmp_path: Path) -> TestClient:
    return make_client(training_folders=(tmp_path,))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_folder_is_evaluated_and_its_pictures_are_sorted_out(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path)
    assert (done["name"], done["pictures"], done["accuracy"]) == ("squares", 12, pytest.approx(11 / 12))
    assert client.get(EVALUATIONS).json()["items"] == [done]

    page = client.get(done["pictures_url"], params={"group": "wrong"}).json()
    assert (page["total"], page["next"]) == (1, None)
    wrong = page["items"][0]
    assert (wrong["path"], wrong["true"][0]["label"], wrong["said"]["label"]) == ("red/0.png", "red", "green")
    assert page["groups"]["wrong"] == 1

    metrics = client.get(done["metrics_url"]).json()
    assert metrics["classification"]["accuracy"] == done["accuracy"]
    assert metrics["localisation"]["pictures"] > 0
    report = client.get(done["report_url"])
    assert "sandbox" in report.headers["content-security-policy"]
    assert b"squares" in report.content
    cells = np.load(io.BytesIO(client.get(wrong["map_url"]).content))
    assert cells.ndim == 2
    assert cells.dtype == np.float32
    assert client.get(wrong["thumbnail_url"]).content[:2] == b"\xff\xd8"
    overlay = client.get(wrong["overlay_url"])
    assert overlay.content[:4] == b"\x89PNG"
    assert client.get(wrong["overlay_url"], headers={"If-None-Match": overlay.headers["etag"]}).status_code == 304

    triage = rows(client.get(f"{done['url']}/triage.csv", params={"sort": "loss", "descending": "true"}).text)
    assert len(triage) == 12
    assert (triage[0]["path"], triage[0]["right"], triage[0]["evidence_of"]) == ("red/0.png", "no", "red")
    coco = client.get(f"{done['url']}/evidence.json", params={"group": "wrong", "of": "said"}).json()
    assert [image["file_name"] for image in coco["images"]] == ["red/0.png"]
    (box,) = coco["annotations"]
    left, top, width, height = box["bbox"]
    assert 0 <= left < left + width <= wrong["width"]
    assert 0 <= top < top + height <= wrong["height"]
    assert [one["name"] for one in coco["categories"]] == ["green"]


def test_a_wrong_picture_has_two_maps_and_its_figures_are_of_the_true_class(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path)
    (wrong,) = client.get(done["pictures_url"], params={"group": "wrong"}).json()["items"]
    said, true = (np.load(io.BytesIO(client.get(wrong[url]).content)) for url in ("map_url", "true_map_url"))
    assert not np.array_equal(said, true)
    assert wrong["evidence"]["given"] == pytest.approx(np.maximum(true, 0).mean(), abs=1e-6)
    overlays = [client.get(wrong[url]) for url in ("overlay_url", "true_overlay_url")]
    assert overlays[0].content != overlays[1].content
    assert overlays[0].headers["etag"] != overlays[1].headers["etag"]
    assert client.get(f"{done['url']}/maps/0.npy", params={"of": "nobody"}).status_code == 422
    boxed = client.get(f"{done['url']}/evidence.json").json()
    labels = {one["id"]: one["name"] for one in boxed["categories"]}
    files = {one["id"]: one["file_name"] for one in boxed["images"]}
    assert all(files[one["image_id"]].startswith(labels[one["category_id"]]) for one in boxed["annotations"])


def test_the_page_of_a_wrong_picture_has_a_column_of_figures_for_each_class(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path)
    (wrong,) = client.get(done["pictures_url"], params={"group": "wrong"}).json()["items"]
    said = np.load(io.BytesIO(client.get(wrong["map_url"]).content))
    page = client.get(f"/evaluations/{done['id']}/pictures/{wrong['number']}?group=wrong").text
    table = page.partition("looked__evidence")[2].partition("</table>")[0]
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)', table) == ["The evidence for", "green, said", "red, true"]
    given = [fixed(np.maximum(said, 0).mean()), fixed(wrong["evidence"]["given"])]
    assert re.findall(r"<td>([^<]*)", table.rpartition("<tr>")[2]) == given
    assert f'href="/evaluations/{done["id"]}?group=wrong#pictures"' in page


def test_the_worst_come_first_and_names_are_searched(client: TestClient, tmp_path: Path) -> None:
    url = evaluated(client, tmp_path)["pictures_url"]
    items = client.get(url).json()["items"]
    assert items[0]["path"] == "red/0.png"
    ranks = [(one["right"], not one["groups"]) for one in items]
    assert ranks == sorted(ranks)
    assert client.get(url, params={"descending": "true"}).json()["items"][-1]["path"] == "red/0.png"
    found = client.get(url, params={"name": " BLUE/ ", "sort": "number", "true": "", "said": ""}).json()["items"]
    assert [one["path"] for one in found] == [f"blue/{number}.png" for number in range(4)]


def test_pictures_come_in_parts_that_make_the_whole(client: TestClient, tmp_path: Path) -> None:
    url = evaluated(client, tmp_path)["pictures_url"]
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(url, params={"limit": 5, "sort": "probability", **cursor}).json()
        seen += [one["number"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert sorted(seen) == list(range(12))
    assert client.get(url, params={"cursor": "what"}).status_code == 422
    probabilities = [one["probability"] for one in client.get(url, params={"sort": "probability"}).json()["items"]]
    assert probabilities == sorted(probabilities)


def test_marks_are_kept_and_become_a_table_of_corrections(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path)
    box = {"left": 1, "top": 2, "right": 30, "bottom": 40.5}
    where = f"{done['url']}/pictures/0/marks"
    answer = client.put(where, json={"items": [box]})
    assert answer.status_code == 200, answer.text
    name = answer.json()["path"]
    content = hashlib.sha256((tmp_path / "squares" / name).read_bytes()).hexdigest()
    assert answer.json()["marks"] == [box]
    assert rows(client.get(f"{done['url']}/corrections.csv").text) == [
        {"path": f"sha256:{content}", "left": "1.0", "top": "2.0", "right": "30.0", "bottom": "40.5", "name": name}
    ]
    assert client.put(where, json={"items": [box | {"right": 0.5}]}).status_code == 422
    assert client.put(where, json={"items": [box | {"right": 9999}]}).status_code == 422
    assert client.put(f"{done['url']}/pictures/99/marks", json={"items": []}).status_code == 404
    (tmp_path / "squares" / name).unlink()
    assert rows(client.get(f"{done['url']}/corrections.csv").text)[0]["path"] == name
    assert client.put(where, json={"items": []}).json()["marks"] == []


def test_an_evaluation_is_its_owners_alone(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path, count=1, wrong=0)
    for url in (done["url"], done["pictures_url"], done["report_url"], f"{done['url']}/thumbnails/0"):
        assert client.get(url, headers=SOMEBODY_ELSE).status_code == 404
    assert client.delete(done["url"], headers=SOMEBODY_ELSE).status_code == 404
    assert client.get(EVALUATIONS, headers=SOMEBODY_ELSE).json() == {"items": []}
    assert client.delete(done["url"]).status_code == 204
    assert client.get(done["url"]).status_code == 404


def test_what_cannot_be_judged_is_refused_at_once(client: TestClient, tmp_path: Path, settings: Settings) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    for fields, sentence in (
        ({"folder": "/etc"}, "there is no such folder"),
        ({"folder": str(data), "labels": "red"}, "takes lines such as"),
        ({"folder": str(data), "labels": "red=purple"}, "called 'purple'. Say in 'labels'"),
        ({"folder": str(data), "scales": "1,4"}, "'scales' takes 1, 1.5, 2, 3, fused"),
        ({"folder": str(data), "sanity": "1001"}, "'sanity' takes a whole number up to 1000"),
        ({"folder": str(data), "threshold_step": "0"}, "'threshold_step' takes a number from 0.001 to 0.5"),
        ({"folder": str(data), "limit": "0"}, "'limit' takes"),
        ({}, "either 'dataset' or 'folder'"),
        ({"folder": str(data), "model": "nobody"}, "model"),
    ):
        answer = client.post(EVALUATIONS, data=fields, files={"boxes": ("none", b"")})
        assert (answer.status_code, sentence in answer.json()["detail"]) == (422, True), answer.text
    strangers = b"path,label,left,top,right,bottom\nelsewhere.png,red,0,0,5,5\n"
    answer = client.post(EVALUATIONS, data={"folder": str(data)}, files={"boxes": ("b.csv", strangers)})
    assert answer.status_code == 422
    assert str(settings.data_dir) not in answer.text
    assert not any((settings.data_dir / "evaluations").glob("*/data"))


def test_uploaded_pictures_are_evaluated_under_other_names(client: TestClient) -> None:
    asked = {"dataset": collect(client, {"ants": 2, "bees": 1}), "labels": "ants=red\nbees=index:1"}
    answer = client.post(EVALUATIONS, data=asked, files={"boxes": ("none", b"")})
    assert answer.status_code == 201, answer.text
    done = follow(client, answer.json()["url"], ended)
    assert (done["state"], done["pictures"]) == ("done", 3)


def test_an_evaluation_of_the_command_line_is_everybodys_to_read(
    client: TestClient, tmp_path: Path, settings: Settings
) -> None:
    done = evaluated(client, tmp_path, count=1, wrong=0)
    results = settings.data_dir / "evaluations" / done["id"] / "results"
    page = keep_evaluation(results, tmp_path / "squares", settings)
    url = f"/api/v1{page}"
    kept = client.get(url, headers=SOMEBODY_ELSE).json()
    assert (kept["state"], kept["yours"], kept["pictures"]) == ("done", False, 3)
    assert client.get(kept["pictures_url"], headers=SOMEBODY_ELSE).json()["total"] == 3


def waits_forever(_: EvaluationOrder) -> Sequence[str]:
    return ["sleep", "600"]


def serving(settings: Settings, classifier: Classifier, command: Any, tmp_path: Path) -> TestClient:
    app = create_app(
        settings.model_copy(update={"training_folders": (tmp_path,)}), [classifier], evaluate=command
    )  # fmt: skip
    return TestClient(app, base_url="http://localhost", headers={"Camscope-Owner": "the-owner-of-all-this"})


def test_one_is_stopped_and_leaves_nothing(settings: Settings, classifier: Classifier, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    with serving(settings, classifier, waits_forever, tmp_path) as client:
        begun = follow(client, start_evaluation(client, data)["url"], lambda one: one["state"] == "running")
        assert client.delete(begun["url"]).status_code == 422
        client.post(f"{begun['url']}/cancel")
        stopped = follow(client, begun["url"], ended)
        assert stopped["state"] == "cancelled"
        assert client.get(f"{begun['url']}/pictures").status_code == 404
        assert not (settings.data_dir / "evaluations" / begun["id"] / "results").exists()


def test_one_goes_on_with_the_next_server(settings: Settings, classifier: Classifier, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    with serving(settings, classifier, waits_forever, tmp_path) as client:
        begun = follow(client, start_evaluation(client, data)["url"], lambda one: one["state"] == "running")
    with serving(settings, classifier, evaluate_command, tmp_path) as client:
        assert follow(client, begun["url"], ended)["state"] == "done"


def test_one_that_is_killed_again_and_again_is_given_up(
    settings: Settings, classifier: Classifier, tmp_path: Path
) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    with serving(settings, classifier, lambda _: ["sh", "-c", "kill -9 $$"], tmp_path) as client:
        failed = follow(client, start_evaluation(client, data)["url"], ended)
    assert (failed["state"], failed["error"]) == ("failed", GAVE_UP)


def test_one_that_a_full_disk_left_without_a_word_says_so(
    settings: Settings, classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_runner, "FULL_BYTES", 2**62)
    data = write_squares(tmp_path / "squares", count=1)
    with serving(settings, classifier, lambda _: ["false"], tmp_path) as client:
        failed = follow(client, start_evaluation(client, data)["url"], ended)
    assert (failed["state"], failed["error"]) == ("failed", DISK_FULL)


def test_an_evaluation_that_is_due_is_deleted(client: TestClient, tmp_path: Path, settings: Settings) -> None:
    done = evaluated(client, tmp_path, count=1, wrong=0)
    store = client.app.state.evaluations._store  # type: ignore[attr-defined]
    tidy_evaluations(store, settings.model_copy(update={"retention_days": 1}))
    assert client.get(done["url"]).status_code == 200
    tidy_evaluations(store, settings.model_copy(update={"retention_days": 1e-8}))
    assert client.get(done["url"]).status_code == 404
    assert json.loads(client.get(EVALUATIONS).text) == {"items": []}


def test_what_is_kept_is_counted_and_has_a_limit(
    make_client: ClientMaker, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "GOOD_FOR_S", 0)
    client = make_client(training_folders=(tmp_path,), max_evaluations_gb=1 / GIB)
    assert told(client)["camscope_evaluation_bytes"] == 0
    done = evaluated(client, tmp_path, count=1, wrong=0)
    now, folder = told(client), settings.data_dir / "evaluations" / done["id"]
    assert now["camscope_evaluation_bytes"] == pytest.approx(size_of(folder), abs=20_000), "it still tidies up"
    assert now['camscope_evaluations{state="waiting"}'] == 0
    answer = client.post(EVALUATIONS, data={"folder": str(tmp_path / "squares")}, files={"boxes": ("none", b"")})
    assert (answer.status_code, "delete some of yours" in answer.json()["detail"]) == (507, True)
    assert client.delete(done["url"]).status_code == 204
    assert told(client)["camscope_evaluation_bytes"] == 0
    start_evaluation(client, tmp_path / "squares")


def test_many_at_once_wait_in_line_and_the_rest_are_told_to_come_later(
    settings: Settings, classifier: Classifier, tmp_path: Path
) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    asked = {"data": {"folder": str(data)}, "files": {"boxes": ("none", b"")}}
    few = settings.model_copy(update={"max_waiting_trainings": 2})
    with serving(few, classifier, waits_forever, tmp_path) as client, ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: client.post(EVALUATIONS, **asked), range(12)))
        begun = [one.json()["url"] for one in answers if one.status_code == 201]
        refused = [one for one in answers if one.status_code != 201]
        assert 2 <= len(begun) <= 3, "one may have begun meanwhile"
        assert {(one.status_code, one.headers["retry-after"]) for one in refused} == {(429, "600")}
        folders = {path.name for path in (settings.data_dir / "evaluations").glob("*/")}
        assert folders == {url.rpartition("/")[2] for url in begun}
        for url in begun:
            client.post(f"{url}/cancel")
            follow(client, url, ended)


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_one_that_is_stopped_keeps_no_pictures(
    settings: Settings, classifier: Classifier, tmp_path: Path, state: str
) -> None:
    with serving(settings, classifier, waits_forever, tmp_path) as client:
        fields = {"dataset": collect(client, {"red": 2, "green": 2}), "labels": ""}
        urls = []
        for _ in range(2):
            urls.append(client.post(EVALUATIONS, data=fields, files={"boxes": ("none", b"")}).json()["url"])
            follow(client, urls[0], lambda one: one["state"] == "running")
        url = urls[0] if state == "running" else urls[1]
        assert client.get(url).json()["state"] == state
        data = settings.data_dir / "evaluations" / url.rpartition("/")[2] / "data"
        assert data.is_dir()
        for one in urls:
            client.post(f"{one}/cancel")
            follow(client, one, ended)
        assert not data.exists()


def test_what_a_kill_left_of_evaluations_goes_and_nothing_else(
    client: TestClient, tmp_path: Path, settings: Settings
) -> None:
    done = evaluated(client, tmp_path, count=1, wrong=0)
    store = client.app.state.evaluations._store  # type: ignore[attr-defined]
    kept = {path.name for path in store.folder(done["id"]).iterdir()}
    (store.root / ("f" * 32) / "data").mkdir(parents=True)
    (store.folder(done["id"]) / "base").mkdir()
    tidy_evaluations(store, settings, grace_s=0)
    assert [path.name for path in store.root.glob("*/")] == [done["id"]]
    assert {path.name for path in store.folder(done["id"]).iterdir()} == kept
    assert client.get(done["pictures_url"]).status_code == 200


def test_files_damaged_on_the_disk_are_a_503(client: TestClient, tmp_path: Path, settings: Settings) -> None:
    done = evaluated(client, tmp_path, count=1, wrong=0)
    results = settings.data_dir / "evaluations" / done["id"] / "results"
    one = client.get(done["pictures_url"]).json()["items"][0]
    (results / "maps.bin").write_bytes(b"")
    for url in (one["map_url"], one["overlay_url"], f"{done['url']}/evidence.json"):
        answer = client.get(url)
        assert (answer.status_code, "damaged" in answer.json()["detail"]) == (503, True), url
    (results / "thumbnails" / "000000.jpg").write_bytes(b"no picture")
    for url in (one["overlay_url"], f"/evaluations/{done['id']}/pictures/0"):
        assert client.get(url).status_code in (200, 503), url
    (results / "clusters.json").write_bytes(b"{")
    (results / "metrics.json").write_bytes(b"{}")
    for url in (done["pictures_url"], done["metrics_url"], done["report_url"], f"/evaluations/{done['id']}"):
        assert client.get(url).status_code == 503, url
    assert client.get(done["url"]).status_code == 200
    assert client.delete(done["url"]).status_code == 204


def test_what_is_marked_becomes_a_training_that_unlearns_it(
    settings: Settings, classifier: Classifier, bundle_path: Path, tmp_path: Path
) -> None:
    changed = settings.model_copy(update={"training_folders": (tmp_path,)})
    app = create_app(changed, [classifier], fake_trainer.command(bundle_path))
    with TestClient(app, base_url="http://localhost") as client:
        done = evaluated(client, tmp_path)
        page = f"/evaluations/{done['id']}"
        assert client.post(f"{page}/mend").status_code == 422
        box = {"left": "1", "top": "2", "right": "30", "bottom": "400"}
        assert client.post(f"{page}/pictures/0/marks", data=box).status_code == 200
        begun = client.post(f"{page}/mend", follow_redirects=False)
        assert begun.status_code == 303
        training = client.get(f"/api/v1{begun.headers['location']}").json()
    assert training["name"] == f"{done['model_name']}-mended"
    (wrong,) = training["asked"]["corrections"]
    first = (tmp_path / "squares" / "blue" / "0.png").read_bytes()
    assert wrong["picture"] == hashlib.sha256(first).hexdigest()
    assert (wrong["left"], wrong["top"], wrong["right"], wrong["bottom"]) == (1, 2, 30, 64)


def test_a_backup_has_what_is_done_and_what_was_added_to_it(
    client: TestClient, tmp_path: Path, settings: Settings
) -> None:
    done = evaluated(client, tmp_path, count=1, wrong=0)
    box = {"left": 1, "top": 2, "right": 30, "bottom": 40}
    client.put(f"{done['url']}/pictures/0/marks", json={"items": [box]})
    back_up(settings.data_dir, tmp_path / "backup", quietly)
    restore(tmp_path / "backup", tmp_path / "restored", quietly)
    folder = tmp_path / "restored" / "evaluations" / done["id"]
    assert {"results", "notes.json"} <= {path.name for path in folder.iterdir()}
    assert len(list((folder / "results" / "thumbnails").iterdir())) == 3


def test_a_backup_leaves_out_what_an_evaluation_under_way_has_written(
    settings: Settings, classifier: Classifier, tmp_path: Path
) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    with serving(settings, classifier, waits_forever, tmp_path) as client:
        begun = follow(client, start_evaluation(client, data)["url"], lambda one: one["state"] == "running")
        results = settings.data_dir / "evaluations" / begun["id"] / "results"
        results.mkdir()
        (results / "pictures.jsonl").write_text("half a li")
        back_up(settings.data_dir, tmp_path / "backup", quietly)
    copied = tmp_path / "backup" / "evaluations" / begun["id"]
    assert copied.is_dir()
    assert not (copied / "results").exists()
