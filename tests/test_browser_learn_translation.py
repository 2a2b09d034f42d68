"""The room of translation in a browser: the photo dragged, moved by sliders, and by whole cells."""

import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browsing import ContextMaker

pytestmark = pytest.mark.browser

ROOM = "/learn/translation"


def settled(page: Page, query: str = "") -> None:
    page.goto(ROOM + query)
    page.wait_for_selector("[data-moved] canvas[data-drawn]")


def test_what_scripts_show_is_what_the_server_wrote(make_context: ContextMaker) -> None:
    told = []
    for scripts in (True, False):
        page = make_context(java_script_enabled=scripts).new_page()
        page.goto(f"{ROOM}?right=-7&down=20&photo=coffee")
        if scripts:
            page.wait_for_selector("[data-moved] canvas[data-drawn]")
        told.append([*page.locator("[data-layers] tr").all_inner_texts(), page.locator("[data-told]").inner_text()])
    assert told[0] == told[1]


def test_the_photo_is_dragged_and_the_network_looks(page: Page) -> None:
    settled(page, "?right=0")
    canvas = page.locator("[data-moved] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 60)
    page.mouse.up()
    right, down = (page.locator(f"#{name}").input_value() for name in ("right", "down"))
    assert int(right) > 0 > int(down)
    expect(canvas).to_have_attribute("data-drawn", f"{right} {down} around")


def test_the_photo_is_moved_by_sliders_and_whole_cells(page: Page) -> None:
    settled(page)
    canvas = page.locator("[data-moved] canvas")
    page.get_by_label("Down, in pixels").press("ArrowRight")
    expect(canvas).to_have_attribute("data-drawn", "20 1 around")
    page.get_by_role("link", name="one cell").click()
    expect(canvas).to_have_attribute("data-drawn", "16 0 around")
    page.locator("#edge").select_option("fill")
    expect(canvas).to_have_attribute("data-drawn", "16 0 fill")
    expect(page.locator("[data-layers] b").first).to_have_text("1.000")


def test_what_is_not_of_this_moment_is_faint_and_only_the_last_question_is_answered(page: Page) -> None:
    settled(page)
    asked: list[str] = []
    failed: list[str] = []

    def hold(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 1:
            route.continue_()

    def note(request: Request) -> None:
        failed.append(request.url)

    page.route("**/api/v1/learn/moved?*", hold)
    page.on("requestfailed", note)
    result, slider = page.locator("[data-result]"), page.get_by_label("To the right, in pixels")
    slider.press("ArrowRight")
    expect(result).to_have_attribute("aria-busy", "true")
    with page.expect_request("**/api/v1/learn/moved?*"):
        pass
    slider.press("ArrowRight")
    expect(result).to_have_attribute("aria-busy", "false")
    expect(page.locator("[data-moved] canvas")).to_have_attribute("data-drawn", "22 0 around")
    assert [re.findall(r"right=(\d+)", url) for url in asked] == [["21"], ["22"]]
    assert failed == asked[:1]


def test_both_pictures_and_the_legend_have_one_scale(page: Page) -> None:
    settled(page, "?right=0")
    pictures = page.locator("canvas.pieces")
    page.locator("[data-limit]").evaluate("(words) => { words.textContent = ''; }")
    page.get_by_label("Down, in pixels").fill("128")
    expect(page.locator("[data-moved] canvas")).to_have_attribute("data-drawn", "0 128 around")
    told = page.evaluate("fetch('/api/v1/learn/moved?right=0&down=128').then((answer) => answer.json())")
    assert f"{told['strongest']:.2f}" in page.locator("[data-limit]").inner_text()
    assert pictures.count() == 2


def test_curves_are_drawn_when_they_come_near(make_context: ContextMaker) -> None:
    drawn = []
    for scripts in (True, False):
        page = make_context(java_script_enabled=scripts).new_page()
        page.goto(ROOM)
        assert page.locator(".chart").count() == 0
        if scripts:
            page.locator("#curves").scroll_into_view_if_needed()
        else:
            page.get_by_role("button", name="Draw the curves").click()
        expect(page.locator(".chart").first).to_be_visible(timeout=60_000)
        drawn.append(page.locator("[data-curves]").inner_html())
    assert drawn[0] == drawn[1]


def test_curves_are_drawn_anew_for_what_comes_in(page: Page) -> None:
    settled(page, "?curves=true")
    before = page.locator(".chart__lines path").first.get_attribute("d")
    page.locator("#curves-edge").select_option("fill")
    expect(page.locator(".chart__lines path").first).not_to_have_attribute("d", before or "", timeout=60_000)
    page.route("**/learn/translation?*", lambda route: route.abort())
    page.locator("#curves-edge").select_option("around")
    expect(page.locator("[data-failed]")).to_be_visible()
