"""Marks on an evaluation's pictures, and what becomes of them: more marks, and a training that unlearns them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.schemas_trainings import Training
from app.training_shown import Made, show_training
from model.classifier import Classifier
from model.mended import Mended, mended_sentences
from model.metrics import Counts, Metrics
from tests import fake_trainer
from tests.evaluating import EVALUATIONS, evaluated, start_evaluation
from tests.evaluations import square, write_squares
from tests.pictures import encoded
from tests.trainings import SOMEBODY_ELSE, ended, follow

NOW = "2026-01-31T12:00:00Z"
CORNER = {"left": "48", "top": "32", "right": "96", "bottom": "64"}


@pytest.fixture
def client(settings: Settings, classifier: Classifier, bundle_path: Path, tmp_path: Path) -> Iterator[TestClient]:
    """One at a server whose trainings are done by the stand-in."""
    changed = settings.model_copy(update={"training_folders": (tmp_path,)})
    app = create_app(changed, [classifier], fake_trainer.command(bundle_path))
    with TestClient(app, base_url="http://localhost", headers={"Camscope-Owner": "one-who-marks-a-lot"}) as client:
        yield client


def page_of(evaluation: dict[str, Any]) -> str:
    return f"/evaluations/{evaluation['id']}"


def split_data(root: Path) -> Path:
    """Squares with a given split; those to judge by lie on another ground."""
    write_squares(root / "split" / "train", count=4)
    for file in write_squares(root / "split" / "val", count=2).rglob("*.png"):
        file.write_bytes(encoded(square(file.parent.name, ground=(100, 100, 100)), "PNG"))
    return root / "split"


def judged(client: TestClient, data: Path, **fields: str) -> dict[str, Any]:
    done = follow(client, start_evaluation(client, data, **fields)["url"], ended)
    assert done["state"] == "done", done
    return done


def draw(client: TestClient, evaluation: dict[str, Any], number: int, box: dict[str, str] = CORNER) -> None:
    assert client.post(f"{page_of(evaluation)}/pictures/{number}/marks", data=box).status_code == 200


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def mended(client: TestClient, evaluation: dict[str, Any]) -> dict[str, Any]:
    """The training that "Mend it" begins."""
    begun = client.post(f"{page_of(evaluation)}/mend", follow_redirects=False)
    assert begun.status_code == 303, begun.text
    training: dict[str, Any] = client.get(f"/api/v1{begun.headers['location']}").json()
    return training


def test_what_is_marked_becomes_a_training_that_unlearns_it(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path)
    assert client.post(f"{page_of(done)}/mend").status_code == 422
    draw(client, done, 0, {"left": "1", "top": "2", "right": "30", "bottom": "400"})
    training = mended(client, done)
    assert training["name"] == f"{done['model_name']}-mended"
    (wrong,) = training["asked"]["corrections"]
    assert wrong["picture"] == sha256(tmp_path / "squares" / "blue" / "0.png")
    assert (wrong["left"], wrong["top"], wrong["right"], wrong["bottom"]) == (1, 2, 30, 64)


def test_pictures_to_judge_by_are_asked_unless_others_are_wanted(client: TestClient, tmp_path: Path) -> None:
    data = split_data(tmp_path)
    by_default, learned = judged(client, data), judged(client, data, split="train")
    assert (by_default["pictures"], by_default["asked"]["split"]) == (6, "val")
    assert (learned["pictures"], learned["asked"]["split"]) == (12, "train")
    assert client.get(learned["metrics_url"]).json()["problems"] == [
        "These are the pictures to learn from; 6 pictures to judge by are left out."
    ]
    refused = client.post(EVALUATIONS, data={"folder": str(data), "split": "half"}, files={"boxes": ("none", b"")})
    assert (refused.status_code, refused.json()["detail"]) == (422, "'split' is train or val.")


def test_nothing_is_learned_from_pictures_to_judge_by(client: TestClient, tmp_path: Path) -> None:
    done = judged(client, split_data(tmp_path))
    draw(client, done, 0)
    picture, whole = client.get(f"{page_of(done)}/pictures/0").text, client.get(page_of(done)).text
    assert "This is a validation picture" in picture
    assert "which a model must not learn from" in whole
    assert "Mend it" not in whole
    refused = client.post(f"{page_of(done)}/mend")
    assert refused.status_code == 422
    assert "must not learn from validation pictures" in refused.text
    assert client.get("/api/v1/trainings").json()["items"] == []


def test_from_pictures_to_judge_by_one_comes_to_those_to_learn_from(client: TestClient, tmp_path: Path) -> None:
    data = split_data(tmp_path)
    done = judged(client, data)
    places = [
        client.post(f"{page_of(done)}/learned", follow_redirects=False).headers["location"] for _ in range(2)
    ]  # begun once
    assert places[0] == places[1]
    learned = follow(client, f"/api/v1{places[0]}", ended)
    assert (learned["asked"]["split"], learned["pictures"], learned["model"]) == ("train", 12, done["model"])
    assert "split, training pictures" in client.get(page_of(learned)).text


def test_marks_on_both_go_into_one_training(client: TestClient, tmp_path: Path) -> None:
    data = split_data(tmp_path)
    done, learned = judged(client, data), judged(client, data, split="train")
    draw(client, done, 0)
    draw(client, learned, 1)
    assert "Mend it" in client.get(page_of(done)).text
    pictures = {one["picture"] for one in mended(client, learned)["asked"]["corrections"]}
    assert pictures == {sha256(data / "val" / "blue" / "0.png"), sha256(data / "train" / "blue" / "1.png")}


def test_ticked_pictures_are_marked_where_the_last_one_was(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path)
    where = f"{page_of(done)}/marks"
    assert client.post(where, data={"number": [1]}).status_code == 422
    draw(client, done, 3, {"left": "0", "top": "0", "right": "5", "bottom": "5"})
    draw(client, done, 0)
    assert client.post(where).status_code == 422
    assert client.post(where, data={"number": [99]}).status_code == 404
    for _ in range(2):  # the second time changes nothing
        there = client.post(f"{where}?sort=loss", data={"number": [0, 1, 3]}, follow_redirects=False)
        assert there.headers["location"] == f"{page_of(done)}?sort=loss#pictures"
    marks = {one["number"]: one["marks"] for one in client.get(done["pictures_url"]).json()["items"] if one["marks"]}
    corner = {name: float(edge) for name, edge in CORNER.items()}
    assert marks == {0: [corner], 1: [corner], 3: [{"left": 0, "top": 0, "right": 5, "bottom": 5}, corner]}
    draw(client, done, 4, {"left": "1", "top": "1", "right": "9", "bottom": "9"})
    client.post(where, data={"number": [5]})
    assert client.get(done["pictures_url"]).json()["items"][5]["marks"][0]["right"] == 9


def test_trained_again_it_unlearns_the_same_unless_told_otherwise(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path)
    draw(client, done, 0)
    first = mended(client, done)
    tick = f'name="corrections_of" value="{first["id"]}" checked'
    assert tick in client.get("/train", params={"again": first["id"]}).text
    plain = {"name": "again", "source": "folder", "folder": first["asked"]["folder"]}
    for name, more, count in (("again", {"corrections_of": first["id"]}, 1), ("without", {}, 0)):
        form = {key: (None, value) for key, value in (plain | more | {"name": name}).items()}
        begun = client.post("/train", files=form, follow_redirects=False)
        assert begun.status_code == 303, begun.text
        asked = client.get(f"/api/v1{begun.headers['location']}").json()["asked"]
        assert asked["corrections"] == first["asked"]["corrections"][:count]
        assert asked["corrections_of"] is None
    other = plain | {"corrections_of": first["id"]}
    del other["source"]
    refused = client.post("/api/v1/trainings", json=other, headers=SOMEBODY_ELSE)
    assert refused.status_code == 404


def test_a_mended_models_page_says_once_what_it_brought_and_leads_to_the_maps(
    client: TestClient, tmp_path: Path
) -> None:
    done = evaluated(client, tmp_path)
    draw(client, done, 0)
    begun = mended(client, done)
    training = Training.model_validate(begun | {"state": "done", "accuracy": 0.9, "model": "x-1", "ended_at": NOW})
    figures = {"accuracy": 0.6, "accuracy_pasted": 0.1, "accuracy_cut": 0.5, "inside": 0.25}
    record = Mended.model_validate(
        {"began": "base", "pictures": 6, "marks": 6, "pairs": 30, "pasted": 20, "shown": (), "before": figures}
        | {"after": dict.fromkeys(figures, 0.9) | {"inside": 0.05}}
    )
    metrics = Metrics.model_construct(
        accuracy=0.9, counts=Counts.model_construct(val=10), macro_f1=None, chosen="head", candidates=(), mended=record
    )
    told = training.model_copy(update={"problems": ["Something else.", *mended_sentences(record)]})
    shown = show_training(told, Made("x-1", metrics, has_report=True))
    assert shown.problems == ("Something else.",)
    assert shown.sentences[:3] == (
        "Before the correction 60.0% of the validation pictures were right, now 90.0% are.",
        "With a mark from another class put on them 10.0% were, now 90.0% are.",
        "Of the evidence for the class 25.0% lay in the marks, now 5.0% does.",
    )
    assert shown.links[0].url == "/api/v1/models/x-1/report#correction"
