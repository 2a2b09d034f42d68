"""A photo's upload as bytes that are ready to send, each request's its own.

A comment in the JPEG file carries the request's number: Camscope finds what it knows by the bytes' sha256,
and would otherwise not compute the second of two equal photos.
"""

import http.client
import json
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

NUMBER_DIGITS = 16
BOUNDARY = "camscope-benchmark-boundary"


@dataclass(frozen=True)
class Request:
    """A request's bytes before and after the number that makes them unique.

    Attributes:
        head: HTTP header, form fields, and the photo's first bytes
        tail: the rest of the photo and of the form
    """

    head: bytes
    tail: bytes
    photo: tuple[bytes, bytes]

    def numbered(self, number: int) -> tuple[bytes, bytes, bytes]:
        """All of the request, in three parts."""
        return self.head, digits(number), self.tail

    def upload(self, number: int) -> bytes:
        """The photo alone, as this request has it."""
        return digits(number).join(self.photo)


def request(jpeg: bytes, path: str, host: str, fields: Sequence[tuple[str, str]] = ()) -> Request:
    """A POST of a photo as browsers and programs send it, multipart/form-data.

    Args:
        jpeg: the file
        path: to ask
        host: the server, as "127.0.0.1:8000"
        fields: further fields of the form
    """
    texts = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    )
    opening = (
        f'{texts}--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    closing = f"\r\n--{BOUNDARY}--\r\n".encode()
    before, after = _around_number(jpeg)
    length = len(opening) + len(before) + NUMBER_DIGITS + len(after) + len(closing)
    header = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nCamscope-Owner: one-who-measures-much\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
    return Request(header + opening + before, after + closing, (before, after))


def digits(number: int) -> bytes:
    """A number as a request has it."""
    return b"%0*d" % (NUMBER_DIGITS, number)


def _around_number(jpeg: bytes) -> tuple[bytes, bytes]:
    """A JPEG file before and after the number in a comment segment of its own, put after the start marker."""
    comment = b"\xff\xfe" + (2 + NUMBER_DIGITS).to_bytes(2, "big")
    return jpeg[:2] + comment, jpeg[2:]


def ask(url: str, jpeg: bytes, fields: Sequence[tuple[str, str]] = (("store", "false"),)) -> dict[str, Any]:
    """Send one photo and take the answer.

    Raises:
        RuntimeError: it is a refusal
    """
    parts = urlsplit(url)
    asked = request(jpeg, parts.path, parts.netloc, fields)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(b"".join(asked.numbered(time.time_ns() // 1000)))
        response = http.client.HTTPResponse(connection, method="POST")
        response.begin()
        body = response.read()
    if response.status >= 300:
        raise RuntimeError(f"{url}: {response.status} {body[:500]!r}")
    answer: dict[str, Any] = json.loads(body)
    return answer
