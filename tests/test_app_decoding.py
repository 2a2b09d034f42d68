"""An upload's way to the network, and what becomes of whoever waits for it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.batching import InferenceQueue
from app.config import Settings
from app.decoding import Decoder
from app.errors import NotReady
from app.questions import Wish, question
from app.registry import Registry
from app.uploads import Uploads, digest
from model.classifier import Classifier
from model.errors import BrokenPhoto, UnsupportedPhoto
from tests.pictures import picture
from tests.test_app_uploads import upload

WAIT_S = 10


@pytest.fixture
def uploads() -> Iterator[Uploads]:
    made = Uploads(Settings(decode_slots=1))
    yield made
    made.close()


@pytest.fixture
def registry(classifier: Classifier, settings: Settings) -> Registry:
    return Registry(settings, [classifier])


@pytest.fixture
def decoder(uploads: Uploads, registry: Registry) -> Decoder:
    return Decoder(uploads, registry, InferenceQueue(1))


@pytest.mark.parametrize("store", [True, False])
def test_the_input_comes_first_and_pictures_are_made_where_they_are_kept(
    decoder: Decoder, registry: Registry, store: bool
) -> None:
    ready, rest = decoder.begin(upload(picture()), question(Wish(store=store), registry))
    assert ready.result(WAIT_S).prepared.photo_size == (96, 64)
    sha256, pictures = rest.result(WAIT_S)
    assert sha256 == digest(picture())
    assert bool(pictures) == store


def test_the_network_sees_the_same_whether_the_photo_is_kept_or_not(decoder: Decoder, registry: Registry) -> None:
    photo = picture(size=(3000, 2000))
    inputs = [
        decoder.begin(upload(photo), question(Wish(store=store), registry))[0].result(WAIT_S) for store in (True, False)
    ]
    assert (inputs[0].prepared.pixels == inputs[1].prepared.pixels).all()


@pytest.mark.parametrize(
    ("data", "error"), [(b"no picture", UnsupportedPhoto), (b"", UnsupportedPhoto), (picture()[:300], BrokenPhoto)]
)
def test_what_is_wrong_with_an_upload_is_told(
    decoder: Decoder, registry: Registry, data: bytes, error: type[Exception]
) -> None:
    ready, _ = decoder.begin(upload(data), question(Wish(), registry))
    with pytest.raises(error):
        ready.result(WAIT_S)


def test_whoever_has_left_costs_no_decoding(
    decoder: Decoder, uploads: Uploads, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()
    uploads.submit(may_end.wait, WAIT_S)
    monkeypatch.setattr("app.decoding.content", None)
    ready, rest = decoder.begin(upload(picture()), question(Wish(), registry))
    assert ready.cancel()
    may_end.set()
    assert rest.result(WAIT_S) == ("", {})


def test_whoever_waits_for_a_turn_when_the_server_stops_is_answered(
    decoder: Decoder, uploads: Uploads, registry: Registry
) -> None:
    asked, may_end = question(Wish(), registry), threading.Event()
    uploads.submit(may_end.wait, WAIT_S)
    waiting: list[Any] = [decoder.begin(upload(picture()), asked) for _ in range(3)]
    assert waiting[2][0].cancel()
    closing = threading.Thread(target=uploads.close)
    closing.start()
    while not uploads._closed:
        closing.join(0.001)
    may_end.set()
    closing.join(WAIT_S)
    for ready, _ in waiting[:2]:
        with pytest.raises(NotReady):
            ready.result(WAIT_S)
    with pytest.raises(NotReady):
        decoder.begin(upload(picture()), asked)
