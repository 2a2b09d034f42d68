"""A form with one large file: on the disk while it is needed, and gone whatever happens."""

import asyncio
import resource
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from app.errors import Malformed
from app.forms import MAX_VALUE_BYTES, MOST_FIELDS, Received, received_file, received_form

HEAD = b'--x\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\n'
TAIL = b"\r\n--x--\r\n"
FIELD = b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nsomething\r\n'


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def form_of(*chunks: bytes | None) -> Request:
    """A form that comes in these pieces; None is where the client leaves."""
    pieces = iter(chunks)

    async def next_message() -> Message:
        piece = next(pieces, b"")
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, next_message)


def receive(folder: Path, *chunks: bytes | None) -> bytes:
    """The file of a form that comes in these pieces."""

    async def read() -> bytes:
        async with received_file(form_of(*chunks), "archive", folder) as file:
            assert names_in(folder) == []  # it has no name, so no crash leaves it behind
            return file.read()

    return asyncio.run(read())


def test_the_file_comes_out_as_it_went_in(tmp_path: Path) -> None:
    content = bytes(range(256)) * 40 + b"\r\n--not-the-boundary\r\n"
    assert receive(tmp_path, FIELD + HEAD + content + TAIL) == content
    whole = HEAD + content + b"\r\n" + FIELD + b"--x--\r\n"
    assert receive(tmp_path, *[whole[place : place + 7] for place in range(0, len(whole), 7)]) == content


def test_it_passes_through_memory_in_small_pieces(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    chunks = [b"x" * 65_536] * 4000
    assert len(receive(tmp_path, HEAD, *chunks[:10], TAIL)) == 655_360
    with pytest.raises(Malformed):
        receive(tmp_path, HEAD.replace(b"archive", b"another"), *chunks, TAIL)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_a_client_that_leaves_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ClientDisconnect):
        receive(tmp_path, HEAD + b"half of it", None)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("body", [b"", HEAD, HEAD + b"no end", FIELD + b"--x--\r\n", b"nonsense", b"--y\r\n"])
def test_what_is_no_such_form_is_refused_with_what_to_send(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(Malformed, match="'archive'"):
        receive(tmp_path, body)


def test_two_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="more than one"):
        receive(tmp_path, HEAD + b"a\r\n" + HEAD + b"b" + TAIL)


def fill_in(folder: Path, *chunks: bytes) -> tuple[Received, bytes]:
    """A form that comes in these pieces, and its file."""

    async def read() -> tuple[Received, bytes]:
        async with received_form(form_of(*chunks), "archive", folder) as form:
            return form, form.file.read() if form.file else b""

    return asyncio.run(read())


def field(name: str, value: str) -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def test_fields_around_the_file_are_kept(tmp_path: Path) -> None:
    whole = field("name", "ants") + HEAD + b"content\r\n" + field("folder", "Ameisenbär") + field("empty", "")
    chunks = [(whole + b"--x--\r\n")[place : place + 5] for place in range(0, len(whole) + 7, 5)]
    form, content = fill_in(tmp_path, *chunks)
    assert (content, form.size) == (b"content", 7)
    assert form.fields == {"name": "ants", "folder": "Ameisenbär", "empty": ""}


def test_a_form_may_have_no_file(tmp_path: Path) -> None:
    form, _ = fill_in(tmp_path, field("name", "ants") + b"--x--\r\n")
    assert (form.file, form.size, form.fields) == (None, 0, {"name": "ants"})
    unchosen = HEAD.replace(b"a.zip", b"")
    form, _ = fill_in(tmp_path, unchosen + TAIL)
    assert (form.file is None, form.size) == (False, 0)


def test_fields_have_their_limits(tmp_path: Path) -> None:
    long = field("name", "x" * MAX_VALUE_BYTES * 3)
    form, _ = fill_in(tmp_path, long[:3000], long[3000:] + b"--x--\r\n")
    assert form.fields == {"name": "x" * MAX_VALUE_BYTES}
    many = b"".join(field(f"{number}", "y") for number in range(MOST_FIELDS))
    assert len(fill_in(tmp_path, many + b"--x--\r\n")[0].fields) == MOST_FIELDS
    with pytest.raises(Malformed, match="more than 50 fields"):
        fill_in(tmp_path, many + field("more", "y") + b"--x--\r\n")


def test_a_form_that_breaks_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        fill_in(tmp_path, field("name", "ants"))
