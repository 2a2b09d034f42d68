"""Odd and malformed pictures through the API: the right status each, nothing half done, and the next one works."""

import tempfile
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import pytest

from app.config import Settings
from tests.conftest import ClientMaker
from tests.corpora import LEAST_ACCEPTED, MAKERS, corpus
from tests.corpus import Sample
from tests.corpus_damage import flipped
from tests.corpus_sending import Account, leftovers, send
from tests.pictures import picture

STEP = 7


def some() -> Iterator[Sample]:
    """Every so many-th file of every theme, and changed ones; `make torture` sends all."""
    yield from chain.from_iterable(islice(corpus(theme).values(), 0, None, STEP) for theme in MAKERS)
    yield from flipped(6, seed=1)


def test_odd_pictures_get_their_status_and_nothing_is_left(
    make_client: ClientMaker, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    client = make_client()
    account = send(client, some(), Account())
    assert account.faults == []
    assert set(account.statuses) == {201, 415, 422}
    assert account.statuses[201] > sum(LEAST_ACCEPTED.values()) / STEP * 0.8
    assert leftovers(client, settings.data_dir, account) == []
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("name", ["png-crc-data", "gif-flood-screen", "foreign-svg"])
def test_a_page_says_the_same_as_the_api(make_client: ClientMaker, name: str) -> None:
    client = make_client()
    sample = corpus(name.partition("-")[0])[name]
    told = client.post("/api/v1/explanations", files={"image": ("a.png", sample.data)})
    page = client.post("/explanations", files={"image": ("a.png", sample.data)}, headers={"accept": "text/html"})
    assert page.status_code == told.status_code
    assert told.json()["detail"].replace("'", "&#39;") in page.text
    assert "Traceback" not in page.text


def test_a_file_over_the_limit_is_too_large_whatever_it_is(make_client: ClientMaker) -> None:
    client = make_client(max_upload_mb=0.01)
    for data in (picture(size=(300, 300), kind="BMP"), b"no picture" * 5000):
        assert client.post("/api/v1/explanations", files={"image": ("a", data)}).status_code == 413


def test_the_pixel_limit_is_the_settings(make_client: ClientMaker) -> None:
    client = make_client(max_megapixels=0.001)
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP"):
        answer = client.post("/api/v1/explanations", files={"image": ("a", picture(size=(50, 40), kind=kind))})
        assert answer.status_code == 422
        assert "megapixels" in answer.json()["detail"]
