"""The questions over the map: their panels, what the address says of the view, undo, and keys."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.asking import fragment
from tests.browsing import Bundles, ContextMaker, explain_quickly, wait_for_map

pytestmark = pytest.mark.browser

LONG_MS = 800  # by then changes by keys are steps of their own


@pytest.fixture
def result(page: Page, photo: Path) -> Page:
    """The page of an explained photo, its map drawn."""
    page.goto(explain_quickly(page, photo))
    wait_for_map(page)
    page.get_by_role("searchbox").wait_for()  # all maps are there
    return page


def chosen(page: Page) -> str:
    """The class in view."""
    return str(page.locator(".prediction[aria-current]").get_attribute("data-class"))


def test_each_question_has_its_panel(result: Page) -> None:
    tabs = result.get_by_role("tab")
    assert tabs.count() >= 2
    for i in range(tabs.count()):
        tabs.nth(i).click()
        expect(tabs.nth(i)).to_have_attribute("aria-selected", "true")
        panel = result.locator(f"#{tabs.nth(i).get_attribute('aria-controls')}")
        expect(panel).to_be_visible()
        expect(result.locator("[role=tabpanel]:visible")).to_have_count(1)


def test_keys_lead_from_question_to_question(result: Page) -> None:
    tabs = result.get_by_role("tab")
    tabs.first.focus()
    result.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    result.keyboard.press("End")
    expect(tabs.last).to_be_focused()
    result.keyboard.press("ArrowRight")
    expect(tabs.first).to_be_focused()
    result.locator("body").press("2")
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")


def test_the_address_tells_the_view_and_shows_it_again(result: Page, make_context: ContextMaker) -> None:
    assert fragment(result) == ""
    second = result.locator(".prediction").nth(1)
    index = second.get_attribute("data-class")
    second.click()
    result.get_by_label("adds only").check()
    result.get_by_label("Photo in grey").uncheck()
    result.get_by_role("tab").nth(1).click()
    told = fragment(result)
    assert told == f"#class={index}&mode=positive&grey=0&ask=region"
    other = make_context().new_page()
    other.goto(result.url)
    wait_for_map(other, f"{index} ")
    expect(other.get_by_label("adds only")).to_be_checked()
    expect(other.get_by_label("Photo in grey")).not_to_be_checked()
    expect(other.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")


def test_another_address_is_followed(result: Page, bundles: Bundles) -> None:
    index = bundles.colours.spec.labels.index("coal")
    result.evaluate("(index) => { window.location.hash = `class=${index}&cells=grid`; }", index)
    wait_for_map(result, f"{index} ")
    expect(result.get_by_label("grid", exact=True)).to_be_checked()


@pytest.mark.parametrize(
    "wrong",
    ["class=99", "class=-1", "class=1e3", "mode=upwards", "opacity=2", "opacity=NaN", "colormap=constructor",
     "ask=Delete+this+explanation%3F", "ask=nothing", "region=b9_9_1_1", "region=c999999", "region=l1_2",
     "%3Cscript%3E=1", "versus=0&class=0", "&&==%"],
)  # fmt: skip
def test_what_makes_no_sense_in_an_address_is_left_out(result: Page, wrong: str) -> None:
    page = result.url.split("#")[0]
    result.goto("about:blank")
    result.goto(f"{page}#{wrong}")
    wait_for_map(result)
    expect(result.locator("[data-alert]")).to_be_hidden()
    expect(result.locator("[data-map-title]")).not_to_contain_text("rather than")
    expect(result.get_by_role("tab", selected=True)).to_have_attribute("data-question", "seen")
    expect(result.locator("[data-proof]")).to_contain_text("= logit")


def test_every_change_can_be_undone_and_done_again(result: Page) -> None:
    first = chosen(result)
    undo, redo = result.get_by_role("button", name="Undo"), result.get_by_role("button", name="Redo")
    expect(undo).to_be_disabled()
    result.locator(".prediction").nth(1).click()
    second = chosen(result)
    result.get_by_label("Opacity").fill("0.4")
    undo.click()
    expect(result.get_by_label("Opacity")).to_have_value("0.7")
    undo.click()
    assert chosen(result) == first
    expect(undo).to_be_disabled()
    redo.click()
    assert chosen(result) == second
    result.locator("body").press("Control+Shift+Z")
    expect(result.get_by_label("Opacity")).to_have_value("0.4")
    expect(redo).to_be_disabled()
    result.locator("body").press("Control+Z")
    result.get_by_label("grid", exact=True).check()
    expect(redo).to_be_disabled()


def test_a_sliders_journey_is_one_step(result: Page) -> None:
    slider = result.get_by_label("Hide weaker than")
    slider.focus()
    for _ in range(5):
        result.keyboard.press("ArrowRight")
    expect(slider).to_have_value("0.05")
    result.get_by_role("button", name="Undo").click()
    expect(slider).to_have_value("0")


def test_a_slow_drag_is_one_step(result: Page) -> None:
    slider = result.get_by_label("Hide weaker than")
    slider.scroll_into_view_if_needed()
    area = slider.bounding_box()
    assert area is not None
    result.mouse.move(area["x"] + 9, area["y"] + area["height"] / 2)
    result.mouse.down()
    for share in (0.3, 0.5, 0.7):
        result.mouse.move(area["x"] + share * area["width"], area["y"] + area["height"] / 2)
        result.wait_for_timeout(LONG_MS)
    result.mouse.up()
    assert float(slider.input_value()) > 0.5
    result.get_by_role("button", name="Undo").click()
    expect(slider).to_have_value("0")


def test_a_key_shows_the_keys(result: Page) -> None:
    result.locator("body").press("?")
    dialog = result.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("undo", exact=True)).to_be_visible()
    expect(dialog).to_contain_text("With Shift they draw a region from cell to cell")
    result.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    result.get_by_role("button", name="Keys").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    result.get_by_role("searchbox").fill("?")
    expect(dialog).to_be_hidden()


def test_keys_pressed_alone_can_be_switched_off_and_that_is_remembered(result: Page) -> None:
    first = chosen(result)
    result.get_by_role("button", name="Keys").click()
    dialog = result.get_by_role("dialog", name="Keys")
    switch, caps = dialog.get_by_label("Use keys that are pressed alone"), dialog.locator("kbd")
    expect(switch).to_be_checked()
    expect(switch).to_have_accessible_description(re.compile("slip of the finger"))
    before = caps.count()
    switch.uncheck()
    assert 0 < caps.count() < before
    assert all("Ctrl" in name for name in caps.all_inner_texts())
    dialog.get_by_role("button", name="Close").click()
    for again in (False, True):
        for key in ("j", "2", "?"):
            result.locator("body").press(key)
        assert chosen(result) == first
        expect(result.get_by_role("tab", selected=True)).to_have_text("What did it see?")
        expect(dialog).to_be_hidden()
        if not again:
            result.reload()
            wait_for_map(result)
    result.get_by_label("Opacity").fill("0.4")
    result.locator("body").press("Control+Z")
    expect(result.get_by_label("Opacity")).to_have_value("0.7")
    result.get_by_role("button", name="Keys").click()
    expect(switch).not_to_be_checked()
    switch.check()
    dialog.get_by_role("button", name="Close").click()
    result.locator("body").press("j")
    assert chosen(result) != first


def test_the_class_chosen_against_stays_while_others_are_looked_at(result: Page, bundles: Bundles) -> None:
    index = bundles.colours.spec.labels.index("coal")
    first = chosen(result)
    result.evaluate("([index, other]) => { window.location.hash = `class=${index}&versus=${other}`; }", [first, index])
    wait_for_map(result, f"{first} {index}")
    result.get_by_label("Opacity").fill("0.4")
    second = result.locator(".prediction").nth(1)
    second.click()
    wait_for_map(result, f"{second.get_attribute('data-class')} {index}")
    expect(result.locator("[data-map-title]")).to_contain_text("rather than coal")


def test_each_key_has_a_line_of_its_own(result: Page) -> None:
    result.locator("body").press("?")
    rows = [row.bounding_box() for row in result.locator("[data-keys] > div").all()]
    assert len(rows) > 5
    assert len({row["x"] for row in rows if row}) == 1
    tops = [row["y"] for row in rows if row]
    assert tops == sorted(set(tops))
