"""Which language a visitor reads, and who is answered in English whatever happens."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool

from app import text
from app.canned import canned
from app.errors import Busy
from app.languages import DEFAULT_LANGUAGE, LANGUAGES, language, language_of, preferred, speaking
from tests.conftest import ClientMaker

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
KOREAN = BROWSER | {"accept-language": "ko-KR,ko;q=0.9,en;q=0.8"}
API = "/api/v1/explanations"


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("KO", "ko"),
        ("en,ko", "en"),
        ("fr,de;q=0.9", "en"),
        ("fr,ko;q=0.5,en;q=0.6", "en"),
        ("en-GB;q=0.3, ko;q=0.31", "ko"),
        ("ko;q=0", "en"),
        ("ko;q=nan,en;q=0.1", "en"),
        ("ko;q=2", "en"),
        ("ko;level=1", "en"),
        ("*", "en"),
        ("", "en"),
        (";;;,,,=", "en"),
        ("x," * 2000 + "ko", "en"),
    ],
)
def test_the_browsers_wishes_are_weighed(accepted: str, chosen: str) -> None:
    assert preferred(accepted) == chosen


def lang(client: TestClient, path: str = "/", **headers: str) -> str:
    answer = client.get(path, headers=BROWSER | {name.replace("_", "-"): value for name, value in headers.items()})
    spoken = answer.headers["content-language"]
    assert f'<html lang="{spoken}"' in answer.text
    return spoken


def test_a_page_is_in_the_browsers_language_unless_another_was_chosen(client: TestClient) -> None:
    assert lang(client) == "en"
    assert lang(client, accept_language="ko") == "ko"
    assert lang(client, accept_language="ko", cookie="camscope_language=en") == "en"
    assert lang(client, cookie="camscope_language=ko") == "ko"
    assert lang(client, accept_language="ko", cookie="camscope_language=../../etc") == "ko"
    assert client.get("/", headers=KOREAN).headers["vary"] == "Accept-Language, Cookie"


def test_a_choice_is_remembered_and_leads_back(client: TestClient) -> None:
    there = "/explanations?cursor=x#class=3"
    answer = client.post("/language", data={"language": "ko", "next": there}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, there)
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert lang(client) == "ko"
    client.post("/language", data={"language": "en", "next": "/"}, follow_redirects=False)
    assert lang(client, accept_language="ko") == "en"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "", "javascript:1"]
)
def test_a_choice_leads_to_no_other_site(client: TestClient, elsewhere: str) -> None:
    answer = client.post("/language", data={"language": "ko", "next": elsewhere}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_language_that_is_not_there_is_refused_in_ones_own(client: TestClient) -> None:
    answer = client.post("/language", data={"language": "tlh"}, headers=KOREAN)
    assert answer.status_code == 422
    assert "다음 가운데 하나입니다: en or ko." in answer.text
    assert "set-cookie" not in answer.headers


def test_a_choice_from_another_site_is_refused(client: TestClient) -> None:
    headers = BROWSER | {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert client.post("/language", data={"language": "ko"}, headers=headers).status_code == 403


def test_every_page_leads_back_to_itself(client: TestClient) -> None:
    assert (
        '<input type="hidden" name="next" value="/?model=a%20b&amp;x=%22">'
        in client.get("/?model=a%20b&x=%22", headers=KOREAN).text
    )
    assert 'name="next" value="/nowhere"' in client.get("/nowhere", headers=KOREAN).text
    assert 'name="next" value="/"' in client.post("/explanations", headers=KOREAN).text


def test_a_stranger_can_choose_before_logging_in(make_client: ClientMaker) -> None:
    client = make_client(token=SecretStr("a-token-of-some-length"))
    answer = client.post("/language", data={"language": "ko", "next": "/login"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "접속 토큰" in client.get("/login", headers=BROWSER).text
    wrong = client.post("/login", data={"token": "wrong"}, headers=BROWSER)
    assert wrong.status_code == 401
    assert "이 서버의 토큰이 아닙니다." in wrong.text


def test_programs_are_answered_in_english_unless_they_name_a_language(client: TestClient) -> None:
    english = "There is no such explanation; it may have been deleted."
    for headers in ({}, KOREAN, {"cookie": "camscope_language=ko"}, {"camscope-language": "fr"}):
        assert client.get(f"{API}/0", headers=headers).json()["detail"] == english
    problem = client.get(f"{API}/0", headers={"camscope-language": "ko"}).json()
    assert problem["detail"] == "그런 설명이 없습니다. 삭제되었을 수 있습니다."
    assert problem["title"] == "찾을 수 없음"


def test_a_program_at_a_page_is_answered_in_english(client: TestClient) -> None:
    assert client.get("/nowhere").json()["detail"] == "There is nothing at this address."


def test_a_refused_photo_is_told_in_the_language_of_the_page(client: TestClient) -> None:
    for data, said in ((b"no picture", "받는 종류의 사진이 아닙니다("), (b"", "파일이 비어 있습니다.")):
        answer = client.post("/explanations", files={"image": ("a.png", data)}, headers=KOREAN)
        assert said in answer.text
        scripted = client.post(API, files={"image": ("a.png", data)}, headers={"camscope-language": "ko"})
        assert said in scripted.json()["detail"]
    assert "먼저 사진을 선택하십시오." in client.post("/explanations", headers=KOREAN).text


def test_what_this_server_does_not_do_is_told_in_the_language_of_the_page(make_client: ClientMaker) -> None:
    client = make_client(training="off", change_models="off")
    assert "이 서버에서는 학습이 꺼져 있습니다." in client.get("/train", headers=KOREAN).text
    assert "이 서버에서 방문자는 모델을 바꿀 수 없습니다." in client.get("/models", headers=KOREAN).text
    assert "이 서버에서 방문자는 모델을 바꿀 수 없습니다." in client.get("/models/tiny", headers=KOREAN).text


def test_a_refusal_before_the_app_is_in_the_language_that_was_named() -> None:
    korean, english = "너무 많은 사진이 기다리고 있습니다. 7초 뒤에", "Too many photos are waiting; try again in 7 s."
    for named, said in (("ko", korean), ("en", english), ("xx", english)):
        headers = [(b"camscope-language", named.encode()), (b"accept-language", b"ko")]
        scope = {"type": "http", "method": "POST", "path": API, "headers": headers, "state": {}}
        answer = canned(scope, Busy(7), (), closes=False)
        assert said in json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]
    assert language() == DEFAULT_LANGUAGE


def test_a_request_without_a_path_is_answered_all_the_same() -> None:
    assert language_of({"type": "http", "headers": [(b"accept-language", b"ko")]}) == DEFAULT_LANGUAGE
    assert language_of({"type": "http", "headers": [(b"camscope-language", b"ko")]}) == "ko"


def test_threads_speak_the_language_of_their_request_and_nothing_else_does() -> None:
    async def answers() -> list[str]:
        async def one(chosen: str) -> str:
            with speaking(chosen):
                await asyncio.sleep(0)
                return await run_in_threadpool(text.gettext, "Log in")

        return [*await asyncio.gather(*map(one, ("ko", "en", "ko"))), text.gettext("Log in")]

    assert asyncio.run(answers()) == ["로그인", "Log in", "로그인", "Log in"]


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_numbers_are_written_the_same_way_in_all_languages(spoken: str) -> None:
    with speaking(spoken):
        shown = [text.fixed(-31.424), text.signed(0.0512), text.percent(0.612), text.share(0.61), text.fixed(12345.6)]
    assert shown == ["−31.42", "+0.0512", "61.2%", "61%", "12346"]


def test_moments_are_written_as_the_language_does() -> None:
    with speaking("ko"):
        assert text.moment(datetime(2026, 3, 4, 5, 6, tzinfo=UTC)) == "2026년 3월 4일 05:06 UTC"
