"""The rooms to learn in: the lobby, the frame that all share, which photo and which network they take."""

import re

import pytest
from fastapi.testclient import TestClient

from app.learn_frame import rooms
from app.units import MIB
from tests.conftest import ClientMaker
from tests.pictures import RED, picture
from tests.queueing import every_place_taken

EXPLANATIONS = "/api/v1/explanations"
FOR_PEOPLE = {"Accept": "text/html"}
BUILT = ("layers", "pooling", "translation", "global-pooling", "location")
FROM_A_ROOM = "/explanations?next=%2Flearn%2Flayers%3Fphoto%3Dcoffee"


def own_photo(client: TestClient) -> str:
    answer = client.post(EXPLANATIONS, files={"image": ("a.png", picture(RED))})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_the_lobby_has_a_card_for_every_room_with_pictures_of_this_moment(client: TestClient) -> None:
    page = client.get("/learn")
    assert page.status_code == 200
    cards = page.text.split('<li class="room">')[1:]
    assert len(cards) == len(rooms()) == 5
    for card, room in zip(cards, rooms(), strict=True):
        assert f'href="{room.url}"' in card
        assert "data:image/" in card


def test_the_lobby_stands_without_a_network_and_beside_a_busy_one(make_client: ClientMaker) -> None:
    assert make_client(classifiers=[]).get("/learn").status_code == 200
    client = make_client(queue_size=0)
    with every_place_taken(client):
        page = client.get("/learn")
    assert page.status_code == 200
    assert "data:image/" not in page.text


def test_pictures_inside_are_for_rooms_alone(client: TestClient) -> None:
    assert "data:" in client.get("/learn").headers["content-security-policy"]
    for path in ("/", "/learn/none", "/explanations"):
        assert "data:" not in client.get(path).headers["content-security-policy"]


@pytest.mark.parametrize("room", BUILT)
def test_a_room_takes_an_example_or_any_explained_photo(client: TestClient, room: str) -> None:
    mine = own_photo(client)
    for query, url in (
        ("", "/static/examples/chelsea.jpg"),
        ("?photo=coffee", "/static/examples/coffee.jpg"),
        (f"?photo={mine}", f"{EXPLANATIONS}/{mine}/image"),
    ):
        page = client.get(f"/learn/{room}{query}")
        assert page.status_code == 200, page.text
        assert f'class="subject__photo" src="{url}"' in page.text
    assert len(re.findall(r"aria-current=\"true\"", page.text)) == 1


@pytest.mark.parametrize("room", BUILT)
def test_what_a_room_cannot_show_is_said(client: TestClient, make_client: ClientMaker, room: str) -> None:
    assert client.get(f"/learn/{room}?photo=nobody").status_code == 404
    assert client.get(f"/learn/{room}?model=nobody").status_code == 422
    assert make_client(classifiers=[]).get(f"/learn/{room}").status_code == 503


def test_every_room_leads_to_the_others_with_the_same_photo_and_network(client: TestClient) -> None:
    page = client.get("/learn/layers?photo=rocket").text
    ways = re.findall(r'class="ways__way[^"]*" href="/learn/([a-z-]+)\?photo=rocket&amp;model=tiny-', page)
    assert ways == [room.name for room in rooms() if room.name != "layers"]


def test_a_photo_uploaded_in_a_room_comes_back_to_it(client: TestClient) -> None:
    image = {"image": ("a.png", picture(RED))}
    answer = client.post(FROM_A_ROOM, files=image, follow_redirects=False)
    assert answer.status_code == 303
    back = answer.headers["location"]
    assert re.fullmatch(r"/learn/layers\?photo=[0-9a-f]{32}", back)
    page = client.get(back).text
    assert "Your photo" in page
    assert page.count("subject__choice") > 4


@pytest.mark.parametrize("back", ["//elsewhere.org", "https://elsewhere.org", "/learn/../login", "/explanations"])
def test_an_upload_leads_to_rooms_and_nowhere_else(client: TestClient, back: str) -> None:
    image = {"image": ("a.png", picture(RED))}
    answer = client.post("/explanations", params={"next": back}, files=image, follow_redirects=False)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [(b"none", 415, "not a picture of an accepted kind"), (b"", 415, ""), (bytes(3 * MIB), 413, "at most 1 MB")],
)
def test_a_refused_photo_is_told_in_the_room_it_was_sent_from(
    make_client: ClientMaker, content: bytes, status: int, reason: str
) -> None:
    client = make_client(max_upload_mb=1)
    answer = client.post(FROM_A_ROOM, files={"image": ("a.png", content)}, headers=FOR_PEOPLE)
    assert answer.status_code == status
    alert = re.search(r'role="alert" id="refusal"[^>]*>([^<]+)<', answer.text)
    assert alert
    assert reason in alert[1]
    assert 'class="subject__photo" src="/static/examples/coffee.jpg"' in answer.text
    assert 'class="walk"' in answer.text
    assert "data:" in answer.headers["content-security-policy"]
    assert client.get("/learn/layers").text.count('id="refusal" data-alert hidden>') == 1


def test_what_is_not_the_photos_fault_is_told_on_a_page_of_its_own(make_client: ClientMaker) -> None:
    client = make_client(queue_size=0)
    image = {"image": ("a.png", picture(RED))}
    with every_place_taken(client):
        answer = client.post(FROM_A_ROOM, files=image, headers=FOR_PEOPLE)
    assert answer.status_code == 429
    assert "subject__photo" not in answer.text
    nowhere = client.post(
        "/explanations",
        params={"next": "/learn/layers?photo=nobody"},
        files={"image": ("a.png", b"none")},
        headers=FOR_PEOPLE,
    )
    assert nowhere.status_code == 415
    assert 'data-module="upload"' not in nowhere.text


def test_programs_are_refused_in_json_wherever_the_photo_was_sent_from(client: TestClient) -> None:
    answer = client.post(FROM_A_ROOM, files={"image": ("a.png", b"none")}, headers={"Accept": "application/json"})
    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("size", [(2000, 3), (3, 2000), (1, 1)])
def test_rooms_take_photos_of_any_shape(client: TestClient, size: tuple[int, int]) -> None:
    answer = client.post(EXPLANATIONS, files={"image": ("a.png", picture(RED, size=size))})
    assert answer.status_code == 201, answer.text
    for room in BUILT:
        page = client.get(f"/learn/{room}", params={"photo": answer.json()["id"]})
        assert page.status_code == 200, (room, page.text)
