"""The room of the location in a browser: shuffled, swapped, covered, weighed anew, by pointer and by keyboard."""

import io
import json
import re

import pytest
from PIL import Image
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
        words = page.locator('.finding, .legend__ticks, [data-lines], [data-part="row"] figcaption').all_inner_texts()
        told.append([*logits(page), *words])
    assert told[0] == told[1]


def test_cells_are_shuffled_swapped_and_put_in_order_and_no_logit_changes(page: Page) -> None:
    settled(page)
    shuffle = part(page, "shuffle")
    before = logits(page)
    first = shuffle.locator("[data-pieces] canvas").get_attribute("data-drawn")
    shuffle.get_by_role("button", name="Shuffle").click()
    expect(page.get_by_label("Shuffle number")).to_have_value("3")
    assert shuffle.locator("[data-pieces] canvas").get_attribute("data-drawn") != first
    assert logits(page) == before
    expect(shuffle.locator("[data-seen]")).to_contain_text("in pieces")
    shuffle.get_by_role("button", name="Put in order").click()
    expect(shuffle.locator("[data-told]")).to_contain_text(re.compile(r"^0 of \d+ cells are elsewhere"))
    canvas = shuffle.locator("[data-pieces] canvas")
    canvas.focus()
    for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowDown", "Enter"):
        canvas.press(key)
    expect(shuffle.locator("[data-told]")).to_contain_text(re.compile(r"^2 of \d+ cells are elsewhere"))
    assert logits(page) == before


def test_one_square_is_dragged_onto_another(page: Page) -> None:
    settled(page, "?seed=0")
    canvas = part(page, "shuffle").locator("[data-pieces] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    page.mouse.up()
    order = (canvas.get_attribute("data-drawn") or "").split(",")
    assert [order[0], order[-1]] == [str(len(order) - 1), "0"]


def test_a_number_that_was_typed_is_the_shuffle_that_comes(page: Page) -> None:
    settled(page)
    field, shuffle = page.get_by_label("Shuffle number"), part(page, "shuffle")
    field.fill("7")
    field.press("Enter")
    expect(field).to_have_value("7")
    seventh = shuffle.locator("[data-pieces] canvas").get_attribute("data-drawn")
    field.press("Enter")
    expect(field).to_have_value("8")
    assert shuffle.locator("[data-pieces] canvas").get_attribute("data-drawn") != seventh
    field.fill("4294967295")
    field.press("Enter")
    field.press("Enter")
    expect(field).to_have_value("1")
    for wrong in ("-1", "1.5", "", "4294967296"):
        field.fill(wrong)
        field.press("Enter")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(shuffle).to_have_attribute("data-stale", "")
    field.fill("7")
    shuffle.get_by_role("button", name="Shuffle").click()
    expect(shuffle).not_to_have_attribute("data-stale", "")
    expect(shuffle.locator("[data-pieces] canvas")).to_have_attribute("data-drawn", seventh or "")


def test_what_was_tried_is_in_the_address(page: Page) -> None:
    settled(page, "?seed=0")
    canvas = part(page, "shuffle").locator("[data-pieces] canvas")
    canvas.focus()
    for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowDown", "Enter"):
        canvas.press(key)
    part(page, "cover").get_by_label("Which cells").select_option("least")
    part(page, "row").get_by_label("to the row of").select_option("mixed")
    drawn = canvas.get_attribute("data-drawn")
    page.reload()
    page.wait_for_selector("[data-module=learnlocation][data-ready]")
    assert canvas.get_attribute("data-drawn") == drawn
    expect(part(page, "cover").get_by_label("Which cells")).to_have_value("least")
    expect(part(page, "row").get_by_label("to the row of")).to_have_value("mixed")


def test_in_order_the_photo_in_pieces_is_not_called_another(page: Page) -> None:
    settled(page)
    shuffle = part(page, "shuffle")
    shuffle.get_by_role("button", name="Put in order").click()
    expect(shuffle.locator("[data-seen]")).to_contain_text("All cells are where they were")
    expect(shuffle.locator("[data-seen]")).not_to_contain_text("another photo")


def test_cells_are_covered_by_what_they_give_by_keys_and_by_dragging(page: Page) -> None:
    settled(page)
    cover = part(page, "cover")
    after, canvas = cover.locator("[data-after] canvas"), cover.locator("[data-before] canvas")
    cover.get_by_label("How many").fill("2")
    expect(after).to_have_attribute("data-drawn", re.compile(r"^\d+ \d+$"))
    cover.get_by_label("Which cells").select_option("none")
    expect(after).to_have_attribute("data-drawn", "")
    expect(cover.locator("[data-told]")).to_contain_text("No cell is covered")
    columns = len(after_map(page)[0])
    canvas.focus()
    for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowDown", "Enter"):
        canvas.press(key)
    expect(after).to_have_attribute("data-drawn", f"0 1 {columns} {columns + 1}")
    expect(cover.get_by_label("How many")).to_have_value("4")
    expect(cover.get_by_label("Which cells")).to_have_value(f"0,1,{columns},{columns + 1}")
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 3)
    page.mouse.up()
    expect(after).to_have_attribute("data-drawn", f"1 {columns + 1}")  # begun on a covered cell: it uncovers
    expect(cover.locator("[data-lines] tr")).to_have_count(4)
    cover.get_by_label("Which cells").select_option("least")
    expect(after).to_have_attribute("data-drawn", re.compile(r"^\d+ \d+$"))


def after_map(page: Page) -> list[list[float]]:
    """Of the first covering."""
    facts = page.locator("[data-module=learnlocation]").get_attribute("data-facts")
    found: list[list[float]] = json.loads(facts or "")["cover"]["after"]["map"]
    return found


def test_two_rows_and_one_between_them_make_three_maps(page: Page) -> None:
    settled(page)
    row = part(page, "row")
    told = row.locator("[data-told=other]").inner_text()
    row.get_by_label("to the row of").select_option("even")
    expect(row.locator("[data-told=other]")).not_to_have_text(told)
    row.get_by_label("How far").fill("0")
    expect(row.locator("canvas").first).to_have_attribute("data-drawn", re.compile(" even 0$"))
    for name in ("told", "strongest"):
        first = row.locator(f"[data-{name}=one]").inner_text()
        expect(row.locator(f"[data-{name}=between]")).to_have_text(first)
    row.get_by_label("How far").fill("100")
    expect(row.locator("[data-told=between]")).to_have_text(row.locator("[data-told=other]").inner_text())


def test_any_class_is_found_by_its_name(page: Page) -> None:
    settled(page)
    row = part(page, "row")
    field = row.get_by_role("combobox", name="or to any other class")
    field.fill("grass")
    row.get_by_role("option", name="grass").click()
    select = row.get_by_label("to the row of")
    expect(select.locator("option:checked")).to_have_text("grass")
    index = select.input_value()
    by_scripts = row.locator("figcaption").all_inner_texts()
    page.goto(f"{ROOM}?other={index}")
    expect(row.get_by_label("to the row of")).to_have_value(index)
    assert row.locator("figcaption").all_inner_texts() == by_scripts


def test_a_finger_can_scroll_over_cells_and_tap_two_corners(make_context: ContextMaker) -> None:
    page = make_context(has_touch=True).new_page()
    settled(page, "?seed=0&cells=none")
    cover = part(page, "cover")
    canvas = cover.locator("[data-before] canvas")
    assert "pan-y" in canvas.evaluate("(one) => getComputedStyle(one).touchAction")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + 3, box["y"] + 3)
    page.touchscreen.tap(box["x"] + box["width"] - 3, box["y"] + 3)
    columns = len(after_map(page)[0])
    expect(cover.get_by_label("How many")).to_have_value(str(columns))


def test_both_heads_are_learned_and_shuffled_again(page: Page) -> None:
    settled(page)
    flat = part(page, "flat")
    button = flat.get_by_role("button", name="Shuffle again")
    button.click()
    expect(button).to_have_attribute("data-seed", "3")
    expect(button).to_be_focused()
    said = flat.locator("dd").all_inner_texts()
    page.goto(f"{ROOM}?seed=3")
    assert flat.locator("dd").all_inner_texts() == said
    expect(flat.locator(".view")).to_have_count(4)


def test_a_very_narrow_photo_makes_no_endless_page(page: Page) -> None:
    file = io.BytesIO()
    Image.new("RGB", (30, 1200), "teal").save(file, "PNG")
    page.goto(ROOM)
    page.set_input_files("#own-photo", {"name": "tall.png", "mimeType": "image/png", "buffer": file.getvalue()})
    page.wait_for_url(re.compile(r"photo=(?!chelsea)"))
    page.wait_for_selector("[data-module=learnlocation][data-ready]")
    for canvas in page.locator("canvas.pieces").all():
        box = canvas.bounding_box()
        assert box
        assert box["height"] <= 600
        assert box["width"] >= 60
    expect(page.get_by_text("So narrow a photo is drawn less narrow")).to_be_visible()


def test_a_network_without_places_is_told_about_and_nothing_breaks(page: Page) -> None:
    page.goto(f"{ROOM}?model=mixed")
    expect(page.get_by_text("This network flattens its maps")).to_be_visible()
