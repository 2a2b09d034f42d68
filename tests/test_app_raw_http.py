"""Bytes that are hardly HTTP, to a server in a process of its own: each is refused, and the next is served."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pictures import picture
from tests.raw_http import EXPLANATIONS, HEAD, Mutations, ask, chunked, form, get, post, sized, statuses
from tests.test_app_serving import serving

pytestmark = pytest.mark.slow

GOOD = get(b"/healthz")
FORM = form(picture(kind="PNG"))
FORM_TYPE = b"multipart/form-data; boundary="
TRAININGS = b"/api/v1/trainings"
BROWSER = b"Accept: text/html"
JSON = b"application/json"
CHUNKED = b"Transfer-Encoding: chunked"
TYPE = b"Content-Type: multipart/form-data; boundary=edge"
DEEP, LONG = b"[" * 100_000, b"9" * 100_000
SMUGGLED = get(b"/metrics")

# What is sent, and which statuses may come back, in order; an empty list where the server may just hang up.
CASES: dict[str, tuple[bytes, list[set[int]]]] = {
    "no host": (b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", [{200, 400}]),
    "broken host": (get(b"/no", b"Host: [::", BROWSER), [{400, 404}]),
    "host that is no text": (get(b"/", b"Host: \xff\xfe", BROWSER), [{200, 400}]),
    "connect": (get(b"x:443", method=b"CONNECT"), [{400, 404, 405}]),
    "everything": (get(b"*", method=b"OPTIONS"), [{400, 404, 405}]),
    "another server's address": (get(b"http://evil.example/healthz"), [{200, 400, 421}]),
    "broken address": (get(b"http://[/"), [{400}]),
    "address that is no text": (get(b"/\xff\xfe"), [{400, 404}]),
    "query that is no text": (get(b"/explanations?cursor=\xff", BROWSER), [{400, 422}]),
    "escaped query that is no text": (get(EXPLANATIONS + b"?cursor=%ff%fe"), [{422}]),
    "half a letter": (get(b"/api/v1/models?x=%ed%a0%80"), [{200, 400}]),
    "escaped zero": (get(b"/explanations/%00"), [{404}]),
    "zero in a file's name": (get(b"/static/%00"), [{404}]),
    "long file name": (get(b"/static/" + b"a" * 3000), [{404}]),
    "up and out": (get(b"/static/..%2f..%2fetc/passwd"), [{404}]),
    "up and out on Windows": (get(b"/static/..%5c..%5cREADME.md"), [{404}]),
    "up and out, doubly": (get(b"/static/%252e%252e/%252e%252e/README.md"), [{404}]),
    "unknown method": (get(b"/healthz", method=b"FOO"), [{400, 405}]),
    "method of others": (get(b"/", method=b"PROPFIND"), [{405}]),
    "small letters": (get(b"/healthz", method=b"get"), [{400, 405}]),
    "no slash": (get(b"healthz"), [{400, 404}]),
    "old HTTP": (b"GET /healthz\r\n\r\n", [{200, 400}]),
    "newer HTTP": (get(b"/healthz", version=b"HTTP/2.0"), [{200, 400}]),
    "no HTTP": (get(b"/healthz", version=b"SMTP/1.1"), [{400}]),
    "HTTP/2 itself": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [{400}]),
    "TLS": (bytes.fromhex("16030100a5010000a10303") + b"x" * 100, [{400}]),
    "websocket": (get(b"/", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"), [{200, 400}]),
    "upgrade to HTTP/2": (get(b"/healthz", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"), [{200, 400}]),
    "negative length": (post(EXPLANATIONS, b"Content-Length: -1"), [{400}]),
    "length with a sign": (post(EXPLANATIONS, b"Content-Length: +5", body=b"hello"), [{400}]),
    "length in hex": (post(EXPLANATIONS, b"Content-Length: 0x5", body=b"hello"), [{400}]),
    "endless length": (post(EXPLANATIONS, b"Content-Length: " + b"9" * 30), [{400}]),
    "too long": (post(EXPLANATIONS, TYPE, b"Content-Length: 999999999999"), [{413}]),
    "two lengths": (post(EXPLANATIONS, b"Content-Length: 5", b"Content-Length: 6", body=b"hello"), [{400}]),
    "list of lengths": (post(EXPLANATIONS, b"Content-Length: 5, 5", body=b"hello"), [{400}]),
    "length and chunks": (post(EXPLANATIONS, b"Content-Length: 5", CHUNKED, body=chunked() + SMUGGLED), [{400}]),
    "chunks and length": (post(EXPLANATIONS, CHUNKED, b"Content-Length: 5", body=chunked() + SMUGGLED), [{400}]),
    "chunks, or so": (post(EXPLANATIONS, b"Transfer-Encoding: xchunked", body=chunked() + SMUGGLED), [{400}]),
    "chunks, then not": (post(EXPLANATIONS, b"Transfer-Encoding: chunked, identity", body=chunked()), [{400}]),
    "space before the colon": (post(EXPLANATIONS, b"Transfer-Encoding : chunked", body=chunked() + SMUGGLED), [{400}]),
    "chunks in a tab": (post(EXPLANATIONS, b"Transfer-Encoding:\tchunked", body=chunked(b"hello")), [{400}]),
    "chunk without a number": (post(EXPLANATIONS, CHUNKED, body=b"zz\r\n\r\n"), [{400}]),
    "chunk without end": (post(EXPLANATIONS, CHUNKED, body=b"f" * 20 + b"\r\n"), [{400}]),
    "newline in a chunk's note": (post(EXPLANATIONS, CHUNKED, body=b"5;a=b\nc\r\nhello\r\n0\r\n\r\n"), [{400}]),
    "good chunks": (post(EXPLANATIONS, CHUNKED, TYPE, body=chunked(FORM[:90], FORM[90:])), [{201}]),
    "one byte in a chunk": (post(EXPLANATIONS, CHUNKED, TYPE, body=chunked(*(bytes([b]) for b in FORM))), [{201}]),
    "header after the body": (post(EXPLANATIONS, CHUNKED, body=b"0\r\nContent-Length: 9\r\n\r\n"), [{400}]),
    "folded header": (get(b"/healthz", b"X: a\r\n b"), [{200, 400}]),
    "bare newlines": (b"GET /healthz HTTP/1.1\nHost: x\nConnection: close\n\n", [{200, 400}]),
    "bare returns": (b"GET /healthz HTTP/1.1\rHost: x\r\r", [{400}]),
    "zero in a header": (get(b"/healthz", b"X: a\0b"), [{400}]),
    "space in a header's name": (get(b"/healthz", b"X y: a"), [{400}]),
    "header without a name": (get(b"/healthz", b": a"), [{400}]),
    "many headers": (get(b"/healthz", *(b"X%d: a" % number for number in range(3000))), [{200, 400, 431}]),
    "long header": (get(b"/healthz", b"X: " + b"a" * 300_000), [{200, 400, 431}]),
    "long address": (get(b"/" + b"a" * 70_000), [{400, 404, 414, 431}]),
    "odd cookies": (get(b"/", b"Cookie: \xff=\xfe; camscope_theme=\xff; camscope_owner=\xff;;=", BROWSER), [{200}]),
    "owner of nobody": (get(b"/explanations", b"Camscope-Owner: \xff\xfe"), [{400}]),
    "boundary that is no text": (post(EXPLANATIONS, *sized(FORM, FORM_TYPE + b"\xff"), body=FORM), [{400}]),
    "no boundary": (post(EXPLANATIONS, *sized(FORM, b"multipart/form-data"), body=FORM), [{400}]),
    "long boundary": (post(EXPLANATIONS, *sized(FORM, FORM_TYPE + b"a" * 9000), body=FORM), [{400}]),
    "charset of nobody": (post(TRAININGS, *sized(b"{", b"application/json; charset=\xff"), body=b"{"), [{400}]),
    "JSON in another encoding": (post(TRAININGS, *sized(b"\xff\xfe{\0", JSON), body=b"\xff\xfe{\0"), [{400}]),
    "deep JSON": (post(TRAININGS, *sized(DEEP, JSON), body=DEEP), [{400}]),
    "long number": (post(TRAININGS, *sized(LONG, JSON), body=LONG), [{400}]),
    "origin that is none": (post(EXPLANATIONS, b"Origin: \xff://[", b"Content-Length: 0"), [{403}]),
    "expects what nobody has": (post(EXPLANATIONS, b"Expect: 200-ok", b"Content-Length: 0"), [{400, 417}]),
    "wrong range": (get(b"/static/icon.svg", b"Range: bytes=9-1,\xff"), [{200}]),
    "date that is none": (get(b"/static/icon.svg", b"If-Modified-Since: \xff"), [{200}]),
    "five at once": (GOOD.replace(b"close", b"keep-alive") * 4 + GOOD, [{200}] * 5),
    "all bytes there are": (bytes(range(256)) * 4, [{400}]),
}  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, bundle_path: Path) -> Iterator[str]:
    """A server whose log stays empty as long as nothing is its fault."""
    folder = tmp_path_factory.mktemp("raw")
    with serving(folder, "--model", str(bundle_path), CAMSCOPE_LOG_LEVEL="error") as (process, address):
        yield address
        assert process.poll() is None
        process.terminate()
        assert process.communicate(timeout=30)[1] == ""


def check_answers(answer: bytes) -> None:
    """What every answer must have, and none may."""
    for head, _, rest in (part.partition(b"\r\n\r\n") for part in answer.split(b"HTTP/1.1 ")[1:]):
        assert not head.startswith(b"5"), head
        assert b"\nserver:" not in head.lower()
        assert b"Traceback" not in rest
        if not head.startswith(b"100 "):
            assert b"content-security-policy: default-src 'self'" in head.lower(), head


@pytest.mark.parametrize("name", CASES)
def test_what_is_hardly_http_is_refused_and_the_next_is_served(url: str, name: str) -> None:
    request, expected = CASES[name]
    answer = ask(url, request)
    found = [status for status in statuses(answer) if status != 100]
    assert len(found) == len(expected), answer
    assert all(status in allowed for status, allowed in zip(found, expected, strict=True)), found
    check_answers(answer)
    assert b"camscope_requests" not in answer  # of the smuggled request
    assert statuses(ask(url, GOOD)) == [200]


def test_what_is_half_said_harms_nobody(url: str) -> None:
    for request in (b"GET /hea", HEAD, post(EXPLANATIONS, *sized(FORM), body=FORM[:-50]), b"POST", b"\r\n"):
        answer = ask(url, request, patience_s=0.3)
        check_answers(answer)
        assert statuses(ask(url, GOOD)) == [200]


SEEDS = [request for name, (request, _) in CASES.items() if len(request) < 2000] + [GOOD, get(b"/", BROWSER)]


def test_what_is_nearly_right_is_never_the_servers_fault(url: str) -> None:
    mutations = Mutations(SEEDS, seed=1)
    for _ in range(60):
        check_answers(ask(url, mutations.next(), patience_s=0.1))
    assert statuses(ask(url, GOOD)) == [200]
