"""Requests as bytes, as no library would send them, and a generator of more."""

import random
import re
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
HEAD = b"Host: x\r\nConnection: close\r\n"
EXPLANATIONS = b"/api/v1/explanations"


def ask(url: str, request: bytes, patience_s: float = 30.0) -> bytes:
    """What comes back until the server closes the connection, or has said nothing more for a while."""
    parts = urlsplit(url)
    answer = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=patience_s) as connection:
        try:
            connection.sendall(request)
            while piece := connection.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            pass
    return answer


def statuses(answer: bytes) -> list[int]:
    """Of every response in what came back."""
    return [int(status) for status in STATUS.findall(answer)]


def get(target: bytes, *headers: bytes, version: bytes = b"HTTP/1.1", method: bytes = b"GET") -> bytes:
    """A request without a body."""
    return method + b" " + target + b" " + version + b"\r\n" + HEAD + b"".join(h + b"\r\n" for h in headers) + b"\r\n"


def post(target: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    """A request with a body, whose length must be among the headers."""
    return get(target, *headers, method=b"POST") + body


def chunked(*pieces: bytes) -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def form(content: bytes, disposition: bytes = b'name="image"; filename="a.png"', boundary: bytes = b"edge") -> bytes:
    """A form's body with one part."""
    head = b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n" % (boundary, disposition)
    return head + content + b"\r\n--%s--\r\n" % boundary


def sized(body: bytes, kind: bytes = b"multipart/form-data; boundary=edge") -> tuple[bytes, bytes]:
    """The headers of a body."""
    return b"Content-Type: " + kind, b"Content-Length: %d" % len(body)


class Mutations:
    """Requests that are nearly right, the same ones for the same seed."""

    PIECES = (
        b"\x00", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t", b":", b"%00", b"%2e%2e%2f", b"\xff\xfe", b"\xc3\xa9",
        b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n", b"0\r\n\r\n", b"-1", b"A" * 9000,
        b"Expect: 100-continue\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"HTTP/9.9",
        b"GET / HTTP/1.1\r\n",
        b"Range: bytes=9-1\r\n", b"Cookie: camscope_owner=\x80; ;=;\r\n", b"Content-Type: multipart/form-data\r\n",
        b"Accept: text/html\r\n", b"Origin: null\r\n", b"Camscope-Owner: \xff\r\n", b"X-Request-ID: \x7f\r\n", b"/../",
    )  # fmt: skip

    def __init__(self, seeds: Sequence[bytes], seed: int) -> None:
        self._seeds = seeds
        self._random = random.Random(seed)

    def next(self) -> bytes:
        """Another one."""
        request = bytearray(self._random.choice(self._seeds))
        for _ in range(self._random.randint(1, 4)):
            place = self._random.randrange(len(request) + 1)
            match self._random.randrange(5):
                case 0:
                    request[place:place] = self._random.choice(self.PIECES)
                case 1:
                    del request[place : place + self._random.randint(1, 20)]
                case 2 if place < len(request):
                    request[place] ^= 1 << self._random.randrange(8)
                case 3:
                    request[place:place] = bytes(request[place : place + self._random.randint(1, 60)])
                case _:
                    request[place:place] = self._random.randbytes(self._random.randint(1, 8))
        return bytes(request)
