import hashlib
import sqlite3
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from app.security import is_cross_site
from tests.conftest import ClientMaker
from tests.pictures import picture

EXPLANATIONS = "/api/v1/explanations"
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def check_headers(headers: Any) -> None:
    for name, value in EVERYWHERE.items():
        assert headers[name] == value, name
    policy = headers["content-security-policy"]
    for part in (
        "default-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["cache-control"]
    assert headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/explanations", 200),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/static/icon.svg", 200),
        ("GET", "/static/none.css", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/", 405),
        ("POST", EXPLANATIONS, 400),
        ("GET", f"{EXPLANATIONS}?limit=0", 422),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_every_answer_has_the_security_headers(
    client: TestClient, method: str, address: str, status: int, accept: str
) -> None:
    answer = client.request(method, address, headers={"accept": accept})
    assert answer.status_code == status
    check_headers(answer.headers)


def test_refusals_before_any_route_have_the_security_headers_too(make_client: ClientMaker) -> None:
    client = make_client(max_upload_mb=0.01)
    too_large = client.post(EXPLANATIONS, files={"image": ("a.bmp", bytes(400_000))})
    assert too_large.status_code == 413
    check_headers(too_large.headers)
    cross_site = client.post(EXPLANATIONS, headers={"sec-fetch-site": "cross-site"})
    assert cross_site.status_code == 403
    check_headers(cross_site.headers)


def test_a_fault_of_ours_has_the_security_headers_and_says_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(client.app.state.explainer, "history", broken)  # type: ignore[attr-defined]
    for accept in ("*/*", "text/html"):
        for address in (EXPLANATIONS, "/explanations"):
            answer = client.get(address, headers={"accept": accept})
            assert answer.status_code == 500
            assert "secret" not in answer.text
            assert answer.headers["x-request-id"] in answer.text
            check_headers(answer.headers)


@pytest.mark.parametrize(
    ("headers", "cross"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://here:8000"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://here:8000"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://here:9000"}, True),
        ({"sec-fetch-site": "something new"}, True),
        ({"origin": "http://here:8000"}, False),
        ({"origin": "HTTP://HERE:8000"}, False),
        ({"origin": "http://here"}, True),
        ({"origin": "http://here:8000.evil.example"}, True),
        ({"origin": "https://elsewhere.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
        ({"origin": "http://[broken"}, True),
    ],
)
def test_who_is_another_site(headers: dict[str, str], cross: bool) -> None:
    assert is_cross_site(Headers({"host": "here:8000", **headers})) is cross


def test_the_default_port_may_be_left_out() -> None:
    assert not is_cross_site(Headers({"host": "here", "origin": "https://here:443"}))
    assert not is_cross_site(Headers({"host": "here:443", "origin": "https://here"}))


def test_another_site_can_neither_post_nor_delete(client: TestClient) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    explained = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
    address = f"{EXPLANATIONS}/{explained['id']}"
    assert client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, headers=foreign).status_code == 403
    assert client.delete(address, headers=foreign).status_code == 403
    assert client.delete(address, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.get(address, headers=foreign).status_code == 200
    assert client.delete(address, headers={"sec-fetch-site": "same-origin"}).status_code == 204


FOREIGN: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://localhost"},
    {"sec-fetch-site": "CROSS-SITE", "origin": "http://localhost"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": ""},
    {"sec-fetch-site": "none, cross-site"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://localhost.evil.example"},
    {"origin": "http://evil.example/localhost"},
    {"origin": "http://localhost@evil.example"},
    {"origin": "http://evil.example#localhost"},
    {"origin": "http://localhost:81"},
    {"origin": "https://localhost, http://evil.example"},
    {"origin": "file://"},
    {"origin": "javascript://localhost"},
    {"origin": "chrome-extension://localhost"},
    {"origin": "http://evil.example", "x-http-method-override": "GET", "x-forwarded-host": "evil.example"},
    {"origin": "http://evil.example", "referer": "http://localhost/"},
]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_no_change_is_made_for_another_site(client: TestClient, foreign: dict[str, str]) -> None:
    made = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
    asked = [
        ("POST", EXPLANATIONS), ("POST", "/explanations"), ("DELETE", f"{EXPLANATIONS}/{made['id']}"),
        ("POST", f"/explanations/{made['id']}/delete"), ("PATCH", f"/api/v1/models/{made['model']['id']}"),
        ("POST", "/api/v1/models"), ("POST", "/train"), ("POST", "/api/v1/trainings"), ("PUT", "/"),
        ("POST", "/login"), ("post", EXPLANATIONS), ("PROPFIND", "/"),
    ]  # fmt: skip
    for method, address in asked:
        assert client.request(method, address, headers=foreign).status_code == 403, (method, address)
    assert client.get(f"{EXPLANATIONS}/{made['id']}").status_code == 200


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "GET"])
def test_what_is_let_through_from_other_sites_changes_nothing(client: TestClient, method: str) -> None:
    made = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
    override = {"sec-fetch-site": "cross-site", "x-http-method-override": "DELETE", "x-method-override": "DELETE"}
    for address in (f"{EXPLANATIONS}/{made['id']}", f"/explanations/{made['id']}/delete?_method=DELETE"):
        answer = client.request(method, address, headers=override)
        assert "access-control-allow-origin" not in answer.headers
    assert client.get(f"{EXPLANATIONS}/{made['id']}").status_code == 200
    assert len(client.get(EXPLANATIONS).json()["items"]) == 1


def test_a_first_visit_gets_an_owner_cookie_and_a_second_keeps_it(client: TestClient) -> None:
    first = client.get("/explanations")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith("camscope_owner=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="):
        assert part in cookie
    assert "Secure" not in cookie
    token = client.cookies["camscope_owner"]
    assert len(token) >= 40
    client.get("/explanations")
    client.get("/")
    assert client.cookies["camscope_owner"] == token


def test_the_cookie_is_secure_over_https(client: TestClient) -> None:
    assert "; Secure" in client.get("https://localhost/").headers["set-cookie"]


def test_probes_files_and_programs_get_no_cookie(client: TestClient) -> None:
    for address in ("/healthz", "/static/icon.svg", "/docs", "/metrics", "/openapi.json"):
        assert "set-cookie" not in client.get(address).headers, address
    assert "set-cookie" not in client.get(EXPLANATIONS, headers={"Camscope-Owner": "x" * 16}).headers


def test_a_cookie_that_is_none_of_ours_is_replaced(client: TestClient) -> None:
    answer = client.get("/", headers={"cookie": "other=1; camscope_owner=short; x"})
    assert "camscope_owner=" in answer.headers["set-cookie"]


@pytest.mark.parametrize("token", ["short", "x" * 129, "with space in the token", "semi;colon-0123456789"])
def test_an_owner_header_has_a_length_and_letters(client: TestClient, token: str) -> None:
    answer = client.get(EXPLANATIONS, headers={"Camscope-Owner": token})
    assert answer.status_code == 400
    assert "16 to 128" in answer.json()["detail"]


def test_a_browsers_cookie_works_as_a_programs_header(client: TestClient) -> None:
    client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    token = client.cookies["camscope_owner"]
    client.cookies.clear()
    assert client.get(EXPLANATIONS).json()["items"] == []
    assert len(client.get(EXPLANATIONS, headers={"Camscope-Owner": token}).json()["items"]) == 1


def test_only_the_sha256_of_the_owners_secret_is_stored(client: TestClient, settings: Any) -> None:
    token = "a-secret-of-my-own"
    client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, headers={"Camscope-Owner": token})
    connection = sqlite3.connect(settings.data_dir / "camscope.sqlite")
    (stored,) = connection.execute("SELECT owner FROM explanations").fetchone()
    connection.close()
    assert stored == hashlib.sha256(token.encode()).hexdigest()
    assert not [path for path in settings.data_dir.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]


def test_private_answers_are_kept_by_no_shared_cache(client: TestClient) -> None:
    explained = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
    for address in (
        EXPLANATIONS,
        f"{EXPLANATIONS}/{explained['id']}",
        explained["page_url"],
        explained["cams_url"],
        "/",
    ):
        caching = client.get(address).headers["cache-control"]
        assert "private" in caching or "no-store" in caching, address
