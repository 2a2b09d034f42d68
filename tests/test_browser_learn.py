"""The rooms to learn in, in a browser: with scripts and without, in both themes, at any width, by keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import ContextMaker
from tests.test_browser_access import open_everything, press_until, scan

pytestmark = pytest.mark.browser

ROOMS = ("/learn", "/learn/layers", "/learn/pooling", "/learn/translation", "/learn/global-pooling", "/learn/location")
WIDTHS = (360, 768, 1280, 1600)


def settled(page: Page, path: str) -> None:
    """Open a room and wait until its scripts have drawn."""
    page.goto(path)
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_rooms(make_context: ContextMaker, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    found = []
    for path in ROOMS:
        settled(page, path)
        open_everything(page)
        found += scan(page)
    assert found == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_rooms_fit_every_window(make_context: ContextMaker, language: str) -> None:
    page = make_context(locale=language).new_page()
    for path in ROOMS:
        settled(page, path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_the_lobby_is_in_the_masthead_and_leads_to_the_rooms(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Learn").click()
    page.get_by_role("link", name="From photo to class").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("From photo to class")
    page.get_by_role("navigation", name="Rooms").get_by_role("link", name="Pooling").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pooling")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_photo_of_ones_own_is_taken_into_the_room(make_context: ContextMaker, photo: Path, scripts: bool) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    page.goto("/learn/layers")
    page.get_by_label("Take a photo of your own").set_input_files(photo)
    if not scripts:
        page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("heading", name="Your photo")).to_be_visible()
    page.get_by_label("Network", exact=True).select_option(label="mixed")
    page.get_by_role("button", name="Ask it").click()
    expect(page.get_by_text("Seen by mixed, just now.")).to_be_visible()
    expect(page.get_by_role("heading", name="Your photo")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refused_photo_is_told_in_the_room(make_context: ContextMaker, tmp_path: Path, scripts: bool) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    page.goto("/learn/layers?photo=coffee")
    for name, content, reason in (("a.png", b"none", "not a picture"), ("b.png", bytes(2**21), "at most 1 MB")):
        (tmp_path / name).write_bytes(content)
        page.get_by_label("Take a photo of your own").set_input_files(tmp_path / name)
        if not scripts:
            page.get_by_role("button", name="Take it").click()
        expect(page.get_by_role("alert").filter(has_text=reason)).to_be_visible()
        expect(page.get_by_role("heading", name="A coffee")).to_be_visible()
        expect(page.locator(".walk")).to_be_visible()


def test_a_number_out_of_range_is_named_and_what_was_shown_is_marked_as_stale(page: Page) -> None:
    settled(page, "/learn/layers")
    lesson = page.get_by_role("region", name="A network small enough to count")
    side = lesson.get_by_label("Side of the photo")
    side.fill("0")
    expect(lesson.get_by_role("alert")).to_have_text("A whole number from 1 to 512.")
    expect(side).to_have_attribute("aria-invalid", "true")
    expect(lesson).to_have_attribute("data-stale", "")
    side.fill("32")
    expect(lesson).not_to_have_attribute("data-stale", "")
    expect(side).to_have_attribute("aria-invalid", "false")


def test_what_was_chosen_is_in_the_address(page: Page) -> None:
    settled(page, "/learn/layers?photo=coffee")
    lesson = page.get_by_role("region", name="A network small enough to count")
    lesson.get_by_label("Channels of the photo").fill("1")
    page.keyboard.press("Tab")
    page.reload()
    expect(lesson.get_by_label("Channels of the photo")).to_have_value("1")
    expect(page.get_by_role("heading", name="A coffee")).to_be_visible()
    page.get_by_role("link", name="All rooms").click()
    page.get_by_role("link", name="Pooling", exact=True).click()
    expect(page.get_by_role("heading", name="A coffee")).to_be_visible()


def test_the_weights_of_a_filter_can_be_typed(page: Page) -> None:
    settled(page, "/learn/layers")
    page.get_by_label("Numbers of the photo").fill("1 2 3\n4 5 6\n7 8 9")
    weights = page.get_by_label("Its nine weights")
    expect(weights).to_have_value("-1 0 1\n-2 0 2\n-1 0 1")
    weights.fill("0 0 0\n0 2 0\n0 0 0")
    expect(page.locator('[data-grid="output"]').get_by_role("button")).to_have_text("10")
    expect(page.get_by_label("The filter finds what is")).to_have_value("")
    weights.fill("1 2")
    expect(page.get_by_text("A filter has 3 lines")).to_be_visible()


def test_nothing_on_a_rooms_page_has_anothers_id(page: Page) -> None:
    for path in ROOMS:
        settled(page, path)
        ids = page.evaluate("Array.from(document.querySelectorAll('[id]'), ({ id }) => id)")
        assert len(ids) == len(set(ids)), path


def test_every_map_of_a_layer_can_be_looked_at_by_keyboard(page: Page) -> None:
    settled(page, "/learn/layers")
    canvas = page.locator("[data-canvas]")
    page.get_by_role("link", name="Look closer features").click()
    expect(canvas).to_have_attribute("data-drawn", "features 0")
    press_until(page, "[data-channel]")
    page.keyboard.press("ArrowRight")
    expect(canvas).to_have_attribute("data-drawn", "features 1")
    expect(page.locator("[data-place]")).to_have_text("2 of 5")
    told = page.locator("#closer-told").text_content() or ""
    assert told.startswith("Map 2 of “features”")
    size = canvas.evaluate("(canvas) => [canvas.width, canvas.height]")
    assert f"{size[0]} × {size[1]} cells" in told


def test_a_filter_is_followed_cell_by_cell(page: Page) -> None:
    settled(page, "/learn/layers")
    page.get_by_label("Numbers of the photo").fill("1 2 3\n4 5 6\n7 8 9")
    output = page.locator('[data-grid="output"]')
    expect(output).to_contain_text("What comes out, 1 × 1")
    expect(output.get_by_role("button")).to_have_text("8")
    page.get_by_label("The filter finds what is").select_option("top-bottom")
    expect(output.get_by_role("button")).to_have_text("24")
    expect(page.locator("[data-sum]")).to_contain_text("= 24")
    expect(page.locator('[data-grid="input"] .cells__cell--seen')).to_have_count(9)
    page.get_by_label("Numbers of the photo").fill("1 2")
    expect(page.get_by_text("Type 3 to 16 lines")).to_be_visible()


def test_the_small_network_is_counted_as_one_types(page: Page) -> None:
    settled(page, "/learn/layers")
    expect(page.locator("[data-total]")).to_have_text("62,958")
    page.get_by_label("Channels of the photo").fill("1")
    expect(page.locator("[data-total]")).to_have_text("62,558")
    expect(page.locator("[data-ends]")).to_have_text("1,024 → 4,704")
    page.get_by_label("Side of the photo").fill("9")
    expect(page.get_by_text("A window does not fit")).to_be_visible()
    expect(page.locator("[data-total]")).to_be_hidden()
    page.get_by_label("Side of the photo").fill("32")
    page.get_by_label("Channels of the photo").fill("3")
    expect(page.locator("[data-total]")).to_have_text("62,958")
    expect(page.locator("[data-dense]")).to_have_text("14,450,688")


def test_typed_numbers_are_pooled_as_one_types(page: Page) -> None:
    settled(page, "/learn/pooling")
    after = page.locator('[data-grid="after"]')
    page.get_by_label("Numbers, one row a line").fill("1 2\n3 4")
    expect(after.get_by_role("button")).to_have_text(["4"])
    page.locator("#kind").select_option("average")
    expect(after.get_by_role("button")).to_have_text(["2.50"])
    expect(page.locator("[data-sum]")).to_have_text("(1 + 2 + 3 + 4) / 4 = 2.50")
    page.get_by_role("button", name="3 × 3 / 1, same").click()
    expect(after.get_by_role("button")).to_have_count(4)
    after.get_by_role("button").nth(3).focus()
    expect(page.locator('[data-grid="before"] .cells__cell--seen')).to_have_count(4)
    page.get_by_role("button", name="3 × 3 / 1", exact=True).click()
    expect(page.get_by_text("No window fits into this map").first).to_be_visible()


def test_what_was_detected_is_pooled_in_the_browser_as_by_the_server(make_context: ContextMaker) -> None:
    def steps(scripts: bool, query: str) -> list[str]:
        page = make_context(java_script_enabled=scripts).new_page()
        page.goto(f"/learn/pooling?{query}")
        if scripts:
            page.wait_for_selector("[data-steps][data-drawn]")
        return [*page.locator("[data-steps] figcaption").all_inner_texts(), page.locator("[data-left]").inner_text()]

    for query in ("times=2", "filter=spot&by=average&over=3&every=2&edge=same&photo=rocket"):
        assert steps(scripts=True, query=query) == steps(scripts=False, query=query)


def test_a_layers_map_is_pooled_instead_of_the_photo(page: Page) -> None:
    settled(page, "/learn/pooling")
    page.get_by_label("Look at").select_option("features")
    page.get_by_label("Map", exact=True).fill("3")
    page.get_by_label("How often").fill("1")
    expect(page.locator("[data-steps] figcaption b")).to_have_text(["Map 3 of “features”", "Pooled 1×"])


@pytest.mark.parametrize("scripts", [True, False])
def test_dots_merge_sooner_or_later(make_context: ContextMaker, scripts: bool) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    page.goto("/learn/pooling?dot=4")
    expect(page.get_by_text("Pooling number 3 makes one cell of both")).to_have_count(2)
    expect(page.locator(".dots__step")).to_have_count(10)
    if scripts:
        page.get_by_label("Column of the first dot").press("ArrowLeft")
        expect(page.get_by_text("Pooling number 1 makes one cell of both")).to_have_count(2)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_filters_find_is_counted(make_context: ContextMaker, scripts: bool) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    page.goto("/learn/pooling")
    expect(page.locator("[data-detected]")).to_have_text("3,168,400")
    lesson = page.locator("section", has=page.locator("#left"))
    lesson.get_by_label("Filters", exact=True).fill("1")
    if not scripts:
        lesson.get_by_role("button", name="Count").click()
    expect(page.locator("[data-detected]")).to_have_text("7,921")


@pytest.mark.parametrize("scripts", [True, False])
def test_maps_vectors_and_heads_can_be_asked_for(make_context: ContextMaker, scripts: bool) -> None:
    page = make_context(java_script_enabled=scripts).new_page()

    def ask(button: str) -> None:
        if scripts:
            page.keyboard.press("Tab")
        else:
            page.get_by_role("button", name=button, exact=True).click()

    page.goto("/learn/global-pooling?photo=coffee")
    page.get_by_label("Look at map").fill("4")
    ask("Look")
    expect(page.get_by_text("Map 4", exact=True).first).to_be_visible()
    page.get_by_label("Another photo").select_option("rocket")
    ask("Compare")
    titles = page.locator("[data-vectors] figcaption b")
    expect(titles).to_have_text(["This photo", "Its mirror image", "A rocket"])
    page.get_by_role("button", name="Learn and judge").click()
    heads = page.get_by_role("region", name="Heads, judged")
    expect(heads).to_contain_text("of 96, lead")
    page.get_by_label("mirrored").check()
    ask("Learn and judge")
    expect(heads).to_contain_text("of 80, lead")
    expect(titles.last).to_have_text("A rocket")
    page.reload()
    expect(page.get_by_label("Look at map")).to_have_value("4")
    expect(heads).to_contain_text("of 80, lead")
    expect(page.get_by_role("heading", name="A coffee")).to_be_visible()
