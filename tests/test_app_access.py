"""The access token: who may ask, who may not, and what a stranger learns while trying."""

import logging
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import Message

from app.access import (
    GUESSES_PER_MINUTE,
    GUESSES_PER_MINUTE_BESIDE,
    SESSION_COOKIE,
    SESSION_S,
    Access,
    access_of,
    local_address,
)
from app.config import Settings, child_environment
from app.errors import Busy, NeedsToken, StartError
from app.main import check_start, create_app
from app.version import VERSION
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.routes import routes_of

TOKEN = "a token of more than sixteen".replace(" ", "-")
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PAGE = {"Accept": "text/html"}
EXPLANATIONS = "/api/v1/explanations"
FOR_ANYBODY = {"/static/joined/{digest}/{entry}", "/language", "/healthz", "/readyz", "/login", "/logout"}


@pytest.fixture
def guarded(make_client: ClientMaker) -> TestClient:
    """A server with a token, and a visitor who has not sent it."""
    client = make_client(token=SecretStr(TOKEN))
    client.follow_redirects = False
    return client


def log_in(client: TestClient, token: str = TOKEN, wanted: str = "/") -> Any:
    return client.post("/login", data={"token": token, "next": wanted}, headers=PAGE)


def test_without_the_token_nothing_is_answered_but_probes_and_the_login_page(guarded: TestClient) -> None:
    asked = 0
    for method, path in [("GET", "/no/such"), *routes_of(guarded.app)]:
        if path in FOR_ANYBODY:
            continue
        answer = guarded.request(method, path)
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"] == 'Bearer realm="camscope"'
        if method != "HEAD":
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == 401
        assert "set-cookie" not in answer.headers
        asked += 1
    assert asked > 55
    for path in ("/healthz", "/readyz", "/login", "/static/icon.svg"):
        answer = guarded.get(path)
        assert answer.status_code == 200, path
        assert VERSION not in answer.text, path
    assert VERSION not in log_in(guarded, "wrong").text + guarded.get("/static/none", headers=PAGE).text


def test_who_has_not_logged_in_is_shown_no_way_but_that(guarded: TestClient) -> None:
    assert 'href="/models"' not in guarded.get("/login", headers=PAGE).text
    for page in (
        guarded.get("/models", headers=PAGE | BEARER),
        log_in(guarded) and guarded.get("/models", headers=PAGE),
    ):
        assert 'href="/train"' in page.text
        assert VERSION in page.text


@pytest.mark.parametrize(
    "path",
    ["/static/../explanations", "/static/%2e%2e/explanations", "//explanations", "/healthz/../metrics",
     "/login/../metrics", "/loginx", "/Static/icon.svg"],
)  # fmt: skip
def test_an_address_that_only_looks_open_is_not(guarded: TestClient, path: str) -> None:
    assert guarded.get(path).status_code in (401, 404)
    assert "Camscope" not in guarded.get(path).text


def test_a_program_sends_the_token_with_every_request(guarded: TestClient) -> None:
    made = guarded.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, headers=BEARER)
    assert made.status_code == 201
    for path in (EXPLANATIONS, made.json()["page_url"], "/metrics", "/docs", "/openapi.json"):
        assert guarded.get(path, headers=BEARER).status_code == 200, path
    assert guarded.get(EXPLANATIONS, headers={"Authorization": f"bearer  {TOKEN} "}).status_code == 200
    assert guarded.delete(made.headers["location"]).status_code == 401
    assert guarded.get(made.headers["location"], headers=BEARER).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN,
               f"Bearer\t{TOKEN}", f"Bearer {TOKEN.upper()}", f"Bearer {TOKEN} {TOKEN}"]
)  # fmt: skip
def test_nothing_but_the_token_is_the_token(guarded: TestClient, header: str) -> None:
    assert guarded.get(EXPLANATIONS, headers={"Authorization": header}).status_code == 401


def test_a_refused_upload_is_not_read(guarded: TestClient) -> None:
    asked: list[str] = []

    async def ask(authorization: str) -> int:
        started: list[int] = []

        async def receive() -> Message:
            asked.append(authorization)
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            started.append(message.get("status", 0))

        headers = [(b"authorization", authorization.encode()), (b"content-type", b"multipart/form-data; boundary=x")]
        scope = {
            "type": "http", "method": "POST", "path": EXPLANATIONS, "raw_path": EXPLANATIONS.encode(),
            "query_string": b"", "headers": headers, "client": None, "scheme": "http",
        }  # fmt: skip
        await guarded.app(scope, receive, send)
        return started[0]

    assert guarded.portal is not None
    assert guarded.portal.call(ask, "Bearer wrong") == 401
    assert asked == []
    guarded.portal.call(ask, f"Bearer {TOKEN}")
    assert asked != []


def test_a_browser_logs_in_once_and_comes_where_it_wanted(guarded: TestClient) -> None:
    sent = guarded.get("/explanations?cursor=a%26b", headers=PAGE)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/login?next=%2Fexplanations%3Fcursor%3Da%2526b"
    page = guarded.get(sent.headers["location"], headers=PAGE)
    assert 'name="next" value="/explanations?cursor=a%26b"' in page.text
    answer = log_in(guarded, wanted="/explanations?cursor=a%26b")
    assert (answer.status_code, answer.headers["location"]) == (303, "/explanations?cursor=a%26b")
    cookie = answer.headers["set-cookie"]
    for part in (f"{SESSION_COOKIE}=", "HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={SESSION_S}"):
        assert part in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    assert guarded.get("/explanations", headers=PAGE).status_code == 200
    assert guarded.get("/login?next=/models", headers=PAGE).headers["location"] == "/models"


def test_the_session_is_sent_over_https_alone_where_it_began_there(guarded: TestClient) -> None:
    answer = guarded.post("https://localhost/login", data={"token": TOKEN})
    assert "; Secure" in answer.headers["set-cookie"]


def test_a_wrong_token_is_told_so(guarded: TestClient) -> None:
    page = log_in(guarded, "wrong", "/models")
    assert page.status_code == 401
    assert "not this server’s token" in page.text
    assert 'value="/models"' in page.text
    assert "set-cookie" not in page.headers
    program = guarded.get(EXPLANATIONS, headers={"Authorization": "Bearer wrong"})
    assert program.headers["www-authenticate"] == 'Bearer realm="camscope", error="invalid_token"'
    assert guarded.post("/login", data={"token": "wrong"}).headers["content-type"] == "application/problem+json"


def test_a_wrong_token_on_the_login_page_is_counted_and_logged(
    guarded: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "camscope.requests"):
        log_in(guarded, "wrong")
    metrics = guarded.app.state.metrics  # type: ignore[attr-defined]
    assert metrics.registry.get_sample_value("camscope_refusals_total", {"reason": "NeedsToken"}) == 1
    assert [record.details["refusal"] for record in caplog.records] == ["NeedsToken"]  # type: ignore[attr-defined]


def test_logging_out_ends_it_in_this_browser(guarded: TestClient) -> None:
    log_in(guarded)
    page = guarded.get("/", headers=PAGE)
    assert 'action="/logout"' in page.text
    answer = guarded.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert guarded.get("/", headers=PAGE).headers["location"] == "/login"


def test_another_token_ends_every_session(make_client: ClientMaker) -> None:
    before, after = make_client(token=SecretStr(TOKEN)), make_client(token=SecretStr(f"{TOKEN}2"))
    log_in(before)
    assert before.get(EXPLANATIONS).status_code == 200
    stale = {SESSION_COOKIE: before.cookies[SESSION_COOKIE]}
    assert after.get(EXPLANATIONS, headers={"cookie": f"{SESSION_COOKIE}={stale[SESSION_COOKIE]}"}).status_code == 401


def test_a_session_ends_and_cannot_be_made_up() -> None:
    now = [1_000_000.0]
    access = Access(TOKEN, clock=lambda: now[0])
    session = access.new_session()
    ends_at, number, signature = session.split(".")
    assert access.new_session() != session

    def good(value: str) -> bool:
        return access.has_session(Headers({"cookie": f"x=1; {SESSION_COOKIE}={value}"}))

    assert good(session)
    for forged in (
        f"{int(ends_at, 16) + 1:x}.{number}.{signature}",
        f"{ends_at}.{number[::-1]}.{signature}",
        f"{ends_at}.{number}.{'0' * 64}",
        f"0{session}",
        "..",
        "",
        f"{ends_at}.{number}",
    ):
        assert not good(forged), forged
    now[0] += SESSION_S - 1
    assert good(session)
    now[0] += 2
    assert not good(session)


ELSEWHERE = (
    "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "javascript:0", "/%0d\n//evil", " //evil.example", "evil", "", "/login?next=/", "/logout",
    "/" + "a" * 3000, "/\x00", "///evil",
)  # fmt: skip


def test_the_login_leads_nowhere_else(guarded: TestClient) -> None:
    for wanted in ELSEWHERE:
        assert local_address(wanted) == "/"
        assert log_in(guarded, wanted=wanted).headers["location"] == "/"


@pytest.mark.parametrize("wanted", ["/", "/models", "/explanations?cursor=a//b", "/a/%2F/b?x=https://elsewhere"])
def test_the_login_leads_back(wanted: str) -> None:
    assert local_address(wanted) == wanted


def test_guessing_is_slowed_down_and_whoever_has_a_session_goes_on(guarded: TestClient) -> None:
    for _ in range(GUESSES_PER_MINUTE):
        assert guarded.get(EXPLANATIONS, headers={"Authorization": "Bearer guess"}).status_code == 401
    blocked = guarded.get(EXPLANATIONS, headers={"Authorization": "Bearer guess"})
    assert blocked.status_code == 429
    assert 1 <= int(blocked.headers["retry-after"]) <= 120
    assert log_in(guarded).status_code == 429
    assert guarded.get(EXPLANATIONS, headers=BEARER).status_code == 429
    metrics = guarded.app.state.metrics  # type: ignore[attr-defined]
    assert metrics.registry.get_sample_value("camscope_refusals_total", {"reason": "Guessing"}) == 3
    assert metrics.registry.get_sample_value("camscope_refusals_total", {"reason": "Busy"}) is None
    assert guarded.get(EXPLANATIONS).status_code == 401
    session = guarded.app.state.access.new_session()  # type: ignore[attr-defined]
    assert guarded.get(EXPLANATIONS, headers={"cookie": f"{SESSION_COOKIE}={session}"}).status_code == 200


def test_a_stranger_at_the_same_address_keeps_nobody_out_who_works(guarded: TestClient) -> None:
    assert guarded.get(EXPLANATIONS, headers=BEARER).status_code == 200
    for _ in range(3 * GUESSES_PER_MINUTE):
        assert guarded.get(EXPLANATIONS, headers={"Authorization": "Bearer guess"}).status_code == 401
        assert guarded.get(EXPLANATIONS, headers=BEARER).status_code == 200


def test_even_beside_the_right_token_guesses_have_an_end() -> None:
    access = Access(TOKEN)
    access.require(TOKEN, "here")
    for _ in range(GUESSES_PER_MINUTE_BESIDE):
        with pytest.raises(NeedsToken):
            access.require("guess", "here")
    with pytest.raises(Busy):
        access.require(TOKEN, "here")
    access.require(TOKEN, "elsewhere")


def test_another_site_can_neither_log_in_nor_out(guarded: TestClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert guarded.post("/login", data={"token": TOKEN}, headers=foreign).status_code == 403
    assert guarded.post("/logout", headers=foreign).status_code == 403


def test_who_comes_from_another_site_is_asked_again_by_our_own(guarded: TestClient) -> None:
    refresh = guarded.get("/login?next=/models", headers={"Sec-Fetch-Site": "cross-site"}).headers["refresh"]
    assert refresh == "0; url=/login?next=%2Fmodels&again=1"
    again = guarded.get("/login?next=/models&again=1", headers={"Sec-Fetch-Site": "cross-site"})
    assert "refresh" not in again.headers
    assert "refresh" not in guarded.get("/login", headers={"Sec-Fetch-Site": "same-origin"}).headers


def test_a_script_that_reads_a_page_is_told_instead_of_led_to_the_login(guarded: TestClient) -> None:
    assert guarded.get("/explanations", headers={**PAGE, "Sec-Fetch-Mode": "cors"}).status_code == 401
    assert guarded.get("/explanations", headers={**PAGE, "Sec-Fetch-Mode": "navigate"}).status_code == 303


def test_a_server_without_a_token_has_no_login(client: TestClient) -> None:
    assert client.get("/login").status_code == 404
    assert client.post("/login", data={"token": TOKEN}).status_code == 404
    assert "/logout" not in client.get("/").text


def test_a_login_takes_no_large_form(guarded: TestClient) -> None:
    assert log_in(guarded, "x" * 400_000).status_code == 413


def test_the_document_says_how_to_send_the_token(guarded: TestClient, client: TestClient) -> None:
    document = guarded.get("/openapi.json", headers=BEARER).json()
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
    assert document["paths"]["/api/v1/models"]["get"]["security"] == [{"token": []}]
    assert {"401", "429"} <= document["paths"]["/api/v1/models"]["get"]["responses"].keys()
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert "security" not in client.get("/openapi.json").json()["paths"]["/api/v1/models"]["get"]


@pytest.mark.parametrize(
    ("token", "said"),
    [("", "0 characters"), ("short", "5 characters"), ("x" * 15, "15 characters"), ("x" * 1025, "1025 characters"),
     ("with spaces in between", "no space"), ("ümläuts-are-no-ascii", "ASCII"), ("control-\x07-character", "ASCII")],
)  # fmt: skip
def test_a_token_that_cannot_be_one_stops_the_start(settings: Settings, token: str, said: str) -> None:
    changed = settings.model_copy(update={"token": SecretStr(token)})
    for start in (create_app, check_start):
        with pytest.raises(StartError, match=said) as refusal:
            start(changed)
        assert str(refusal.value).startswith("CAMSCOPE_TOKEN: ")
        assert not token or token not in str(refusal.value)


def test_the_token_may_come_in_a_file(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "token"
    from_file = settings.model_copy(update={"token_file": file})
    with pytest.raises(StartError, match=r"CAMSCOPE_TOKEN_FILE.*cannot be read"):
        access_of(from_file)
    file.write_text(f"{TOKEN}\n")
    access = access_of(from_file)
    assert access is not None
    access.require(TOKEN, "here")
    file.write_text("short\n")
    with pytest.raises(StartError, match="CAMSCOPE_TOKEN_FILE: the token has 5"):
        access_of(from_file)
    with pytest.raises(StartError, match="both set"):
        access_of(from_file.model_copy(update={"token": SecretStr(TOKEN)}))


def test_the_token_is_shown_to_nobody(
    monkeypatch: pytest.MonkeyPatch, guarded: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CAMSCOPE_TOKEN", TOKEN)
    settings = Settings()
    assert settings.token is not None
    assert TOKEN not in f"{settings!r}{settings}{settings.model_dump()}{settings.model_dump_json()}"
    environment = child_environment(settings)
    assert "CAMSCOPE_TOKEN" not in environment
    assert TOKEN not in "".join(environment.values())
    caplog.set_level(logging.DEBUG)
    log_in(guarded)
    said = [guarded.get(path, headers=BEARER).text for path in ("/", "/docs", "/openapi.json", "/metrics", "/none")]
    said += [guarded.get(f"{EXPLANATIONS}?limit=x", headers=BEARER).text, log_in(guarded, f"{TOKEN}x").text]
    assert TOKEN not in "".join(said) + caplog.text
    assert TOKEN not in repr(vars(guarded.app.state.access))  # type: ignore[attr-defined]
