"""The room of the location in a browser: shuffled, swapped, covered, weighed anew, by pointer and by keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import ContextMaker

pytestmark = pytest.mark.browser

ROOM = "/learn/location"


def part(page: Page, name: str) -> Locator:
    return page.locator(f'[data-part="{name}"]')


def settled(page: Page, query: str = "") -> None:
    page.goto(ROOM + query)
    page.wait_for_selector("[data-module=learnlocation][data-ready]")


def logits(page: Page) -> list[str]:
    return page.locator("[data-logits] tr").all_inner_texts()


def test_what_scripts_compute_is_what_the_server_wrote(make_context: ContextMaker) -> None:
    told = []
    for scripts in (True, False):
        page = make_context(java_script_enabled=scripts).new_page()
        if scripts:
            settled(page, "?seed=7&photo=rocket")
        else:
            page.goto(f"{ROOM}?seed=7&photo=rocket")
        words = page.locator('.finding, [data-limit], [data-part="row"] [data-told]').all_inner_texts()
        told.append([*logits(page), *words])
    assert told[0] == told[1]


def test_cells_are_shuffled_swapped_and_put_in_order_and_no_logit_changes(page: Page) -> None:
    settled(page)
    shuffle = part(page, "shuffle")
    before = logits(page)
    first = shuffle.locator("canvas").get_attribute("data-drawn")
    shuffle.get_by_role("button", name="Shuffle").click()
    expect(page.get_by_label("Shuffle number")).to_have_value("2")
    assert shuffle.locator("canvas").get_attribute("data-drawn") != first
    assert logits(page) == before
    expect(shuffle.locator("[data-seen]")).to_contain_text("in pieces")
    shuffle.get_by_role("button", name="Put in order").click()
    expect(shuffle.locator("[data-told]")).to_contain_text(re.compile(r"^0 of \d+ cells are elsewhere"))
    canvas = shuffle.locator("canvas")
    canvas.focus()
    for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowDown", "Enter"):
        canvas.press(key)
    expect(shuffle.locator("[data-told]")).to_contain_text(re.compile(r"^2 of \d+ cells are elsewhere"))
    assert logits(page) == before


def test_one_square_is_dragged_onto_another(page: Page) -> None:
    settled(page, "?seed=0")
    canvas = part(page, "shuffle").locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    page.mouse.up()
    order = (canvas.get_attribute("data-drawn") or "").split(",")
    assert [order[0], order[-1]] == [str(len(order) - 1), "0"]


def test_a_part_is_covered_by_numbers_by_keys_and_by_dragging(page: Page) -> None:
    settled(page)
    cover = part(page, "cover")
    after, canvas = cover.locator("[data-after] canvas"), cover.locator("[data-before] canvas")
    for name, value in (("Column", 2), ("Row", 1), ("Columns", 1), ("Rows", 2)):
        cover.get_by_label(name, exact=True).fill(str(value))
    expect(after).to_have_attribute("data-drawn", "1 2 2 1")
    canvas.focus()
    for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowDown", "Enter"):
        canvas.press(key)
    expect(after).to_have_attribute("data-drawn", "0 0 2 2")
    expect(cover.get_by_label("Columns", exact=True)).to_have_value("2")
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 3)
    page.mouse.up()
    expect(after).to_have_attribute("data-drawn", re.compile(r"^0 0 \d+ 1$"))
    expect(cover.locator("[data-told]")).to_contain_text("The network now says")


def test_another_row_makes_another_map(page: Page) -> None:
    settled(page)
    row = part(page, "row")
    told = row.locator("[data-told]").inner_text()
    row.get_by_label("to the row of").select_option("even")
    expect(row.locator("[data-told]")).not_to_have_text(told)
    row.get_by_label("How far").fill("0")
    expect(row.locator("canvas")).to_have_attribute("data-drawn", re.compile(" even 0$"))


def test_both_heads_are_learned_and_shuffled_again(page: Page) -> None:
    settled(page)
    flat = part(page, "flat")
    button = flat.get_by_role("button", name="Shuffle again")
    button.click()
    expect(button).to_have_attribute("data-seed", "2")
    expect(button).to_be_focused()
    expect(flat.locator("tbody tr")).to_have_count(2)
    expect(flat.locator("tbody tr").first).to_contain_text("first in 100 of 100")


def test_a_network_without_places_is_told_about_and_nothing_breaks(page: Page) -> None:
    page.goto(f"{ROOM}?model=mixed")
    expect(page.get_by_text("This network flattens its maps")).to_be_visible()
