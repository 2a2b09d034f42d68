"""What must hold for whatever a parser of ours is given: it understands, or refuses in its own words."""

import asyncio
import contextlib
import io
import json
import logging
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
from hypothesis import HealthCheck, assume
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request

from app.access import Access, local_address
from app.archives import ArchiveLimits, LeftOut, read_pictures
from app.classes import named_classes
from app.config import PREFIX, Settings, child_environment
from app.cookies import cookie_values, set_cookie
from app.cursors import decode_cursor, encode_cursor
from app.errors import Malformed, TooLarge, Unusable
from app.forms import received_form
from app.hosts import host_name
from app.rates import network_of
from app.rows import ExplanationRow
from app.security import is_cross_site
from app.training_feed import Seen
from model.errors import BundleError
from model.manifest import read_manifest
from model.runs import read_events

Property = tuple[st.SearchStrategy[Any], Callable[[Any], None]]
LATIN = st.text(st.characters(max_codepoint=255), max_size=300)
PIECES = st.lists(
    st.sampled_from([b"--edge", b"\r\n", b"--", b"\r\n\r\n", b"Content-Disposition: form-data; ", b'name="archive"',
                     b'; filename="a.zip"', b"Content-Type: x", b"edge", b":", b'"', b"; filename*=utf-8''%ff"])
    | st.binary(max_size=20),
    max_size=30,
).map(b"".join)  # fmt: skip
LABELS = ("red", "Green", "green", "x|y", "<b>", "index:1", "é")


def check(name: str, examples: int) -> None:
    """Play one property; the same examples every time."""
    strategy, holds = PROPERTIES[name]
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    options = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}
    hypothesis.given(strategy)(hypothesis.settings(max_examples=examples, **options)(holds))()


def a_cursor_leads_to_a_place_or_is_refused(text: str) -> None:
    with contextlib.suppress(Unusable):
        moment, _ = decode_cursor(text)
        assert moment.tzinfo is UTC


def a_cursor_of_ours_comes_back_as_it_was(given: tuple[datetime, str]) -> None:
    created_at, explanation_id = given
    cursor = encode_cursor(ExplanationRow(id=explanation_id, created_at=created_at))
    assert decode_cursor(cursor) == given


def a_cookie_that_we_set_is_the_one_we_read(given: tuple[str, str]) -> None:
    value, others = given
    line = set_cookie("mine", value, 1, "Lax", False).partition(";")[0]
    assume("mine" not in others)
    assert list(cookie_values(Headers({"cookie": f"{others}; {line}"}), "mine")) == [value]


def odd_headers_are_nobody(text: str) -> None:
    headers = Headers({"cookie": text, "host": text, "origin": text, "sec-fetch-site": text[:9]})
    assert not Access("x" * 16).has_session(headers)
    assert isinstance(is_cross_site(headers), bool)
    assert isinstance(network_of({"client": (text, 1)}), str)


def a_host_has_one_name_or_none(text: str) -> None:
    name = host_name(text)
    if name is not None:
        assert not set(name) & set("/@?#\\")
        assert name == name.casefold()


def a_login_never_leads_to_another_server(text: str) -> None:
    address = local_address(text)
    assert address.startswith("/")
    assert urlsplit(address).netloc == ""
    assert urlsplit(address.replace("\\", "/").strip()).netloc == ""


def classes_are_found_or_refused(wanted: list[str]) -> None:
    with contextlib.suppress(Unusable):
        assert all(0 <= index < len(LABELS) for index in named_classes(LABELS, wanted))


def a_form_is_read_or_refused(given: tuple[bytes, bytes, int]) -> None:
    body, content_type, size = given
    pieces = [body[start : start + size] for start in range(0, len(body), size)]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def read() -> None:
        request = Request({"type": "http", "headers": [(b"content-type", content_type)]}, receive)
        async with received_form(request, "archive", Path(tempfile.gettempdir())) as form:
            assert form.size >= 0
            assert all(isinstance(value, str) for value in form.fields.values())

    with contextlib.suppress(Malformed):
        asyncio.run(read())


def an_archive_is_read_or_refused(given: tuple[list[tuple[str, bytes, int]], list[tuple[int, int]], int]) -> None:
    members, flips, cut = given
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # of two members of one name, which is meant
        for number, (name, content, times) in enumerate(members):
            archive.writestr(f"{number % 3}{name}", content * times)
    data = bytearray(stream.getvalue())
    for place, bit in flips:
        data[place % len(data)] ^= 1 << bit
    limits = ArchiveLimits(files=20, unpacked=10_000, ratio=50, picture=5000)
    with contextlib.suppress(Unusable, TooLarge):
        for picture in read_pictures(io.BytesIO(bytes(data[: len(data) - cut])), limits, LeftOut()):
            assert 0 < len(picture.label) <= 100
            assert len(picture.content) <= limits.picture


def settings_are_understood_or_refused(values: dict[str, str]) -> None:
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(PREFIX)}
    try:
        os.environ.update({PREFIX + name.upper(): value for name, value in values.items()})
        with contextlib.suppress(ValidationError):
            settings = Settings()
            assert isinstance(hash(settings), int)
            os.environ.update(child_environment(settings))
            assert Settings().model_copy(update={"token": None, "token_file": None}) == settings.model_copy(
                update={"token": None, "token_file": None}
            )
    finally:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            del os.environ[name]
        os.environ.update(before)


def a_manifest_is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(BundleError):
        (Path(folder) / "bundle.json").write_bytes(content)
        read_manifest(Path(folder))


def what_a_training_says_is_heard_or_left_out(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.jsonl"
        file.write_bytes(content)
        seen = Seen()
        for event, offset in read_events(file):
            seen.take(event)
            assert 0 < offset <= len(content)


MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
VALUES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30)
NUMBERS = st.integers().map(str) | st.floats().map(str)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["schema_version", "name", "spec", "files", "kind", "message", "stage", "event", "done"])
        | st.text(max_size=5), inner, max_size=5),
    max_leaves=15,
)  # fmt: skip
LINES = st.lists(JSON.map(json.dumps).map(str.encode) | st.binary(max_size=30), max_size=5).map(b"\n".join)
MEMBERS = st.lists(
    st.tuples(st.text("ab./\\:ä\0 ", max_size=12), st.binary(max_size=9), st.integers(0, 2000)),
    max_size=6,
)
FLIPS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 7)), max_size=4)
TYPES = st.sampled_from([b"multipart/form-data; boundary=edge", b"multipart/form-data", b""]) | st.binary(max_size=60)
OWN_VALUES = st.from_regex(r"[A-Za-z0-9_.-]{1,60}", fullmatch=True)
WANTED = st.lists(st.text(max_size=30) | st.integers().map(lambda index: f"index:{index}"), max_size=4)
CURSORS = st.text(max_size=200) | st.binary(max_size=60).map(lambda raw: raw.hex())
CHOICES = st.dictionaries(st.sampled_from(sorted(Settings.model_fields)), VALUES | NUMBERS, max_size=6)
PROPERTIES: dict[str, Property] = {
    "cursor": (CURSORS, a_cursor_leads_to_a_place_or_is_refused),
    "own cursor": (st.tuples(MOMENTS, IDS), a_cursor_of_ours_comes_back_as_it_was),
    "own cookie": (st.tuples(OWN_VALUES, LATIN), a_cookie_that_we_set_is_the_one_we_read),
    "headers": (LATIN, odd_headers_are_nobody),
    "host": (LATIN | st.text("[]:.a@/\\1 ", max_size=20), a_host_has_one_name_or_none),
    "login": (st.text(max_size=60) | st.text("/\\.\t:@?# ea\r\n", max_size=12), a_login_never_leads_to_another_server),
    "classes": (WANTED, classes_are_found_or_refused),
    "form": (st.tuples(PIECES, TYPES, st.integers(1, 50)), a_form_is_read_or_refused),
    "archive": (st.tuples(MEMBERS, FLIPS, st.integers(0, 40)), an_archive_is_read_or_refused),
    "settings": (CHOICES, settings_are_understood_or_refused),
    "manifest": (JSON.map(json.dumps).map(str.encode) | st.binary(max_size=60), a_manifest_is_read_or_refused),
    "events": (LINES, what_a_training_says_is_heard_or_left_out),
}
