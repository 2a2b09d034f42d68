"""The room of translation in a browser: the photo dragged, moved by sliders, and by whole cells."""

import pytest
from playwright.sync_api import Page, expect

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
    expect(canvas).to_have_attribute("data-drawn", "16 1 around")
    page.get_by_role("link", name="one cell").click()
    expect(canvas).to_have_attribute("data-drawn", "16 0 around")
    page.get_by_label("What comes in").select_option("fill")
    expect(canvas).to_have_attribute("data-drawn", "16 0 fill")
    expect(page.locator("[data-layers] b").first).to_have_text("1.000")
