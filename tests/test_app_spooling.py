"""Uploads lie in memory as long as there is room for all of them."""

import tempfile
from typing import Any

import pytest

from app import spooling
from app.spooling import LARGEST_BYTES, WITHOUT_ROOM_BYTES, Room, _has_room
from tests.conftest import ClientMaker
from tests.pictures import picture


def test_room_is_for_all_together_and_comes_back() -> None:
    room = Room(100)
    with room.taken(60):
        assert _has_room.get()
        with room.taken(60):
            assert not _has_room.get()
        with room.taken(40):
            assert _has_room.get()
            assert room.left == 0
        assert _has_room.get()
    with pytest.raises(KeyError), room.taken(100):
        raise KeyError
    assert room.left == 100


def test_a_body_of_unknown_length_has_no_room() -> None:
    with Room(100).taken(0):
        assert not _has_room.get()


@pytest.mark.parametrize("room", [LARGEST_BYTES, WITHOUT_ROOM_BYTES])
def test_an_upload_without_room_goes_to_disk(
    make_client: ClientMaker, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(spooling, "ROOM_BYTES", room)
    went: list[Any] = []
    real = tempfile.SpooledTemporaryFile.rollover
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", lambda file: (went.append(file), real(file)))
    photo = picture(size=(1600, 1200), kind="BMP")
    client = make_client()
    for _ in range(2):
        answer = client.post("/api/v1/explanations", files={"image": ("a", photo)}, data={"store": "false"})
        assert answer.status_code == 200
    assert len(went) == (2 if room == WITHOUT_ROOM_BYTES else 0)
