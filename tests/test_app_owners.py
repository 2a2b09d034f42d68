"""Whose is what: strangers guess, forge and borrow, and get nothing; a shared server is everybody's."""

import hashlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.security import EVERYBODY, OWNER_TOKEN
from model.classifier import Classifier
from tests import fake_trainer
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.trainings import DATASETS, TRAININGS, collect, ended, follow, start

EXPLANATIONS = "/api/v1/explanations"
MINE, THEIRS = ({"Camscope-Owner": name * 20} for name in ("m", "t"))
PAGE = {"Accept": "text/html"}


@pytest.fixture
def full(settings: Settings, classifier: Classifier, bundle_path: Any) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """A server with an explanation, pictures and a training of one owner, and their ids."""
    app = create_app(settings, [classifier], fake_trainer.command(bundle_path, epochs=1))
    with TestClient(app, headers=MINE, base_url="http://localhost") as client:
        made = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
        dataset = collect(client)
        training = follow(client, start(client, dataset=dataset)["url"], ended)
        client.headers.clear()
        yield client, {"explanation": made["id"], "dataset": dataset, "training": training["id"]}


def changes(ids: dict[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every request that changes or lists what is one's own."""
    dataset, training = f"{DATASETS}/{ids['dataset']}", f"{TRAININGS}/{ids['training']}"
    photo = {"files": {"image": ("a.png", picture(kind="PNG"))}, "data": {"label": "ants"}}
    return [
        ("DELETE", f"{EXPLANATIONS}/{ids['explanation']}", {}),
        ("GET", f"/explanations/{ids['explanation']}/delete", {}),
        ("POST", f"/explanations/{ids['explanation']}/delete", {}),
        ("GET", dataset, {}),
        ("DELETE", dataset, {}),
        ("POST", f"{dataset}/pictures", photo),
        ("POST", f"{dataset}/archive", {"files": {"archive": ("a.zip", b"PK")}}),
        ("DELETE", f"{dataset}/classes/ants", {}),
        ("PATCH", f"{dataset}/classes/ants", {"json": {"label": "x"}}),
        ("POST", TRAININGS, {"json": {"name": "stolen", "dataset": ids["dataset"]}}),
        ("GET", training, {}),
        ("DELETE", training, {}),
        ("POST", f"{training}/cancel", {"json": {"keep": False}}),
        ("GET", f"{training}/events", {}),
        ("GET", f"/trainings/{ids['training']}", {}),
        ("POST", f"/trainings/{ids['training']}/cancel", {}),
        ("GET", f"/train?again={ids['training']}", {}),
    ]


def test_a_stranger_finds_changes_and_deletes_nothing_of_another(full: tuple[TestClient, dict[str, str]]) -> None:
    client, ids = full
    digest = hashlib.sha256(MINE["Camscope-Owner"].encode()).hexdigest()
    strangers: list[dict[str, str]] = [
        THEIRS,
        {"Cookie": f"camscope_owner={'t' * 20}"},
        {"Camscope-Owner": digest},  # who has read the database has no secret with that
        {**THEIRS, "Cookie": f"camscope_owner={MINE['Camscope-Owner']}"},  # the header is what counts
        {"X-Camscope-Owner": "m" * 20, "Camscope_Owner": "m" * 20},
        {"Cookie": f"camscope_owner={'m' * 19}"},
        {"Cookie": f'camscope_owner="{"m" * 20}"'},
        {"Authorization": f"Bearer {'m' * 20}"},
    ]
    for stranger in strangers:
        client.cookies.clear()
        for method, address, sent in changes(ids):
            answer = client.request(method, address, headers=stranger, follow_redirects=False, **sent)
            assert answer.status_code == 404, (stranger, method, address, answer.status_code)
        for listing in (EXPLANATIONS, DATASETS, TRAININGS):
            assert client.get(listing, headers=stranger).json()["items"] == [], (stranger, listing)
        page = client.get(f"/train?dataset={ids['dataset']}", headers=stranger).text
        assert 'data-dataset="' not in page
    for method, address, sent in changes(ids):
        if method == "GET" and not address.endswith("/events"):
            assert client.request(method, address, headers=MINE, **sent).status_code == 200, address


def test_an_id_is_found_whole_or_not_at_all(full: tuple[TestClient, dict[str, str]]) -> None:
    client, ids = full
    right = ids["explanation"]
    other = right[:31] + ("0" if right[31] != "0" else "1")
    guesses = [right.upper(), right[:-1], right + "0", right[:-1] + "%25", right[:-1] + "_", "%25", "*", f"{right}%00",
               f"%20{right}", f"{right}%0A", "' OR '1'='1", other]  # fmt: skip
    for guess in guesses:
        assert client.get(f"{EXPLANATIONS}/{guess}").status_code == 404, guess
    assert client.get(f"{EXPLANATIONS}/{right}").status_code == 200


def test_ids_and_secrets_cannot_be_guessed(make_client: ClientMaker) -> None:
    ids, secrets = set(), set()
    client = make_client()
    for _ in range(20):
        client.cookies.clear()
        ids.add(client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()["id"])
        secrets.add(client.cookies["camscope_owner"])
    assert len(ids) == len(secrets) == 20
    for place in range(32):
        assert len({one[place] for one in ids}) > 1  # no part of it stays the same
    assert all(len(one) >= 43 for one in secrets)


def test_a_visitor_cannot_be_made_somebody(client: TestClient) -> None:
    chosen = "chosen-by-a-stranger"
    for address in (f"/?camscope_owner={chosen}", f"/explanations?owner={chosen}", f"/#camscope_owner={chosen}"):
        client.cookies.clear()
        answer = client.get(address)
        assert chosen not in answer.headers["set-cookie"]
    client.cookies.clear()
    refused = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, headers={"Sec-Fetch-Site": "cross-site"})
    assert "set-cookie" not in refused.headers
    form = client.post("/explanations", data={"example": "coffee", "camscope_owner": chosen}, follow_redirects=False)
    assert chosen not in form.headers["set-cookie"]


def test_the_secret_is_told_to_its_browser_alone(client: TestClient) -> None:
    made = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
    secret = client.cookies["camscope_owner"]
    digest = hashlib.sha256(secret.encode()).hexdigest()
    for address in ("/", "/explanations", "/train", made["page_url"], EXPLANATIONS, f"{EXPLANATIONS}/{made['id']}"):
        answer = client.get(address)
        assert secret not in answer.text, address
        assert digest not in answer.text, address


def test_a_shared_server_is_everybodys(make_client: ClientMaker) -> None:
    client = make_client(shared=True)
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, headers=MINE)
    assert "set-cookie" not in answer.headers
    made = answer.json()
    for stranger in (MINE, THEIRS, {}, {"Cookie": "camscope_owner=" + "t" * 20}, {"Camscope-Owner": "short"}):
        assert [one["id"] for one in client.get(EXPLANATIONS, headers=stranger).json()["items"]] == [made["id"]]
    assert client.get(f"{made['page_url']}/delete", headers=THEIRS).status_code == 200
    assert client.delete(f"{EXPLANATIONS}/{made['id']}", headers=THEIRS).status_code == 204
    assert "set-cookie" not in client.get("/", headers=PAGE).headers


def test_pages_promise_no_privacy_on_a_shared_server(make_client: ClientMaker) -> None:
    shared, private = make_client(shared=True), make_client()
    assert "whoever reaches it sees these photos and can delete them" in shared.get("/explanations").text
    assert "whoever reaches it sees what is trained" in shared.get("/train").text
    for page in ("/", "/explanations", "/train", "/models", "/none"):
        text = shared.get(page, headers=PAGE).text
        for promise in ("this browser alone", "Your recent", "Your trainings", "Your history"):
            assert promise not in text, (page, promise)
    assert "Seen by this browser alone" in private.get("/explanations").text
    assert "shared" not in private.get("/explanations").text


def test_what_was_private_before_a_server_was_shared_stays_so(settings: Settings, classifier: Classifier) -> None:
    def ask(shared: bool, headers: dict[str, str]) -> int:
        with TestClient(create_app(settings.model_copy(update={"shared": shared}), [classifier])) as client:
            return len(client.get(EXPLANATIONS, headers=headers).json()["items"])

    with TestClient(create_app(settings, [classifier])) as client:
        client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, headers=MINE)
    assert ask(True, MINE) == 0
    assert ask(False, MINE) == 1


def test_nobody_can_call_themselves_everybody(make_client: ClientMaker, settings: Settings) -> None:
    make_client(shared=True).post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    connection = sqlite3.connect(settings.data_dir / "camscope.sqlite")
    assert connection.execute("SELECT owner FROM explanations").fetchall() == [(EVERYBODY,)]
    connection.close()
    assert hashlib.sha256(b"everybody").hexdigest() == EVERYBODY
    assert not OWNER_TOKEN.fullmatch("everybody")
