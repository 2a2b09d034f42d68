"""The pages in Korean, by the browser's language and by choice: words of server and scripts, the same numbers."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import ContextMaker, explain_quickly, wait_for_map
from tests.test_browser_access import scan

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

NUMBER = re.compile(r"[+−]?\d+(?:\.\d+)?%?")


@pytest.fixture
def korean(make_context: ContextMaker) -> Page:
    """A visitor whose browser is Korean."""
    return make_context(locale="ko-KR").new_page()


def test_a_korean_browser_reads_korean_and_scripts_speak_it(korean: Page, photo: Path) -> None:
    korean.goto("/")
    expect(korean.locator("html")).to_have_attribute("lang", "ko")
    korean.get_by_label("사진 선택").set_input_files(photo)
    korean.get_by_role("button", name="이 사진 설명하기").click()
    korean.wait_for_url("**/explanations/*")
    wait_for_map(korean)
    korean.locator("[data-readout], .stage[tabindex]").first.press("ArrowRight")
    expect(korean.locator("main")).to_contain_text(re.compile(r"\d+행 \d+열: [+−]?\d"))
    korean.get_by_label("높이는 부분만").check()
    expect(korean.locator("main")).to_contain_text("이하: 높이지 않음")


def test_a_refusal_over_the_api_is_said_in_korean(korean: Page, photo: Path) -> None:
    korean.goto("/")
    wrong = photo.with_suffix(".txt")
    wrong.write_text("no picture")
    korean.locator("#image").set_input_files(wrong)
    korean.get_by_role("button", name="이 사진 설명하기").click()
    expect(korean.get_by_role("alert").first).to_contain_text("받는 종류의 사진이 아닙니다")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_choice_stays_and_leads_back_to_what_was_looked_at(
    make_context: ContextMaker, photo: Path, scripts: bool
) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    address = explain_quickly(page, photo)
    page.goto(f"{address}?class=1")
    expect(page.get_by_role("form", name="Language")).to_be_visible()
    page.get_by_role("button", name="한국어").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    assert page.url.endswith(f"{address}?class=1")
    page.goto("/explanations")
    expect(page.get_by_role("heading", level=1)).to_have_text("내 최근 사진")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recent photos")


def test_what_scripts_put_into_the_address_is_kept(page: Page) -> None:
    page.goto("/models")
    page.evaluate("history.replaceState(null, '', '?q=a#class=3')")
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    assert page.url.endswith("/models?q=a#class=3")


def test_both_languages_show_the_same_numbers(make_context: ContextMaker, photo: Path) -> None:
    shown = []
    context = make_context()
    address = explain_quickly(context.new_page(), photo)
    for language in ("en", "ko"):
        page = make_context(locale=language).new_page()
        page.goto(address)
        wait_for_map(page)
        numbers = [
            NUMBER.findall(page.locator(part).first.inner_text()) for part in ("[data-proof-sum]", ".predictions")
        ]
        shown.append(numbers)
    assert shown[0] == shown[1]
    assert all(shown[0])


def test_a_moment_is_written_by_scripts_as_by_the_server(make_context: ContextMaker, photo: Path) -> None:
    said = []
    for scripts in (True, False):
        page = make_context(locale="ko-KR", timezone_id="UTC", java_script_enabled=scripts).new_page()
        page.goto(explain_quickly(page, photo))
        said.append(page.locator("time").first.inner_text().removesuffix(" UTC"))
    pattern = r"20\d\d년 \d{1,2}월 \d{1,2}일 \d\d:\d\d"
    assert [bool(re.fullmatch(pattern, one)) for one in said] == [True, True], said


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_korean(make_context: ContextMaker, photo: Path, theme: str) -> None:
    page = make_context(color_scheme=theme, locale="ko-KR").new_page()
    found = []
    for path in ("/", explain_quickly(page, photo), "/models", "/nowhere"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found += scan(page)
    assert found == []


@pytest.mark.parametrize("width", [360, 1280])
def test_korean_fits_the_window(make_context: ContextMaker, photo: Path, width: int) -> None:
    page = make_context(locale="ko-KR", viewport={"width": width, "height": 800}).new_page()
    for path in ("/", explain_quickly(page, photo), "/explanations", "/models", "/train", "/nowhere"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
