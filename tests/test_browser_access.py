"""Pages for everybody: an axe scan with every rule, the keyboard alone, no script, small and large windows."""

from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browsing import NAMES, ContextMaker, explain, explain_quickly, paint, wait_for_map

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1280, 1600)


def scan(page: Page) -> list[str]:
    """What axe finds, with no rule left out."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html']} {one['nodes'][0]['failureSummary']}" for one in found]


def open_everything(page: Page) -> None:
    """Unfold what is folded."""
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")


def settle(page: Page) -> None:
    """Wait until the page has drawn what it draws."""
    page.wait_for_load_state("networkidle")
    if page.locator("canvas[data-map]").count():
        wait_for_map(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(make_context: ContextMaker, photo: Path, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto("/explanations")
    found = scan(page)
    address = explain_quickly(page, photo)
    inexact = explain_quickly(page, photo, model="mixed")
    for path in ("/", address, f"{address}/heatmap?class=1", inexact, "/explanations", f"{address}/delete", "/no/such"):
        page.goto(path)
        settle(page)
        found += scan(page)
        open_everything(page)
        found += scan(page)
    page.goto(address)
    page.get_by_role("link", name="Delete").click()
    found += scan(page)
    page.goto("/")
    wrong = photo.with_suffix(".txt")
    wrong.write_text("no picture")
    page.locator("#image").set_input_files(wrong)
    page.get_by_role("button", name="Explain this photo").click()
    page.get_by_role("alert").wait_for()
    found += scan(page)
    assert found == []


def test_the_theme_can_be_switched_and_is_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch to the dark theme").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.goto("/explanations")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.get_by_role("button", name="Switch to the light theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def press_until(page: Page, selector: str, key: str = "Tab", most: int = 60) -> None:
    """Go through the page by keyboard until an element has the focus, and can be seen to have it."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way to {selector} by keyboard")


def test_keyboard_alone(page: Page, photo: Path) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")  # skips the navigation
    press_until(page, "#image")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(photo)
    press_until(page, "button[data-submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/explanations/*")
    wait_for_map(page)
    press_until(page, "[data-stage]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-readout]")).to_contain_text("logits")
    press_until(page, ".prediction:not([aria-current])")
    page.keyboard.press("Enter")
    expect(page.locator(".prediction:focus")).to_have_attribute("aria-current", "true")
    press_until(page, "input[name=mode]")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("adds only")).to_be_checked()
    press_until(page, "input[name=opacity]")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-output=opacity]")).to_have_text("69%")
    press_until(page, "a[data-module=delete]", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    press_until(page, "a[href='/explanations']", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/explanations")
    settle(page)
    press_until(page, "[data-delete]")
    page.keyboard.press("Enter")
    press_until(page, "button[value=delete]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


def test_every_stop_of_the_keyboard_shows_the_focus(page: Page, photo: Path) -> None:
    explain(page, photo)
    settle(page)
    page.evaluate("document.activeElement.blur()")
    for _ in range(40):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => {
                 const seen = (element) => element && getComputedStyle(element).outlineStyle !== "none";
                 const focused = document.activeElement;
                 return focused === document.body || seen(focused) || seen(focused.nextElementSibling);
               }"""
        )
        assert shown, page.evaluate("document.activeElement.outerHTML")


def test_the_form_works_without_scripts(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(java_script_enabled=False).new_page()
    page.goto("/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_role("button", name="Explain this photo").click()
    page.wait_for_url("**/explanations/*")
    drawn = page.locator("noscript img.stage__layer")
    expect(drawn).to_be_visible()
    assert "heatmap.png" in (drawn.get_attribute("src") or "")
    page.locator(".prediction").nth(1).click()
    expect(page.locator(".prediction").nth(1)).to_have_attribute("aria-current", "true")
    page.get_by_label("adds only").check()
    page.get_by_label("Colours").select_option("cividis")
    page.get_by_label("against the runner-up").check()
    page.get_by_role("button", name="Draw again").click()
    expect(page.get_by_label("adds only")).to_be_checked()
    expect(page.locator("[data-proof]")).to_contain_text("margin")
    source = page.locator("noscript img.stage__layer").get_attribute("src") or ""
    assert {"mode=positive", "colormap=cividis"} <= set(source.split("?")[1].split("&"))
    assert page.request.get(source).status == 200
    page.get_by_role("link", name="This map alone").click()
    expect(page.get_by_label("adds only")).to_be_checked()
    page.go_back()
    page.get_by_role("spinbutton", name="Look at any of its 14 classes").fill(str(NAMES.index("coal")))
    page.get_by_role("button", name="Show its map").click()
    expect(page.locator("[data-map-title]")).to_have_text("coal")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


def test_an_example_and_a_refusal_without_scripts(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(java_script_enabled=False).new_page()
    page.goto("/")
    page.get_by_role("button", name="A rocket").click()
    page.wait_for_url("**/explanations/*")
    page.goto("/")
    page.get_by_text("More choices").click()
    page.get_by_label("Classes to explain as well").fill("unicorn")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_role("button", name="Explain this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("unicorn")
    expect(page.get_by_label("Classes to explain as well")).to_have_value("unicorn")


@pytest.mark.parametrize("shape", [(320, 240), (240, 900), (3000, 20), (1, 1)])
def test_no_window_scrolls_sideways(make_context: ContextMaker, tmp_path: Path, shape: tuple[int, int]) -> None:
    page = make_context().new_page()
    photo = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (shape[1], shape[0], 3), dtype=np.uint8)).save(photo)
    address = explain_quickly(page, photo)
    for path in ("/", address, f"{address}/heatmap", "/explanations", "/no/such"):
        page.goto(path)
        settle(page)
        open_everything(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"


@pytest.mark.parametrize("shape", [(320, 240), (240, 900), (3000, 20), (1, 1)])
def test_map_and_photo_lie_on_each_other(page: Page, tmp_path: Path, shape: tuple[int, int]) -> None:
    explain(page, paint(tmp_path / "photo.png", *shape) if min(shape) > 1 else dot(tmp_path / "dot.png"))
    wait_for_map(page)
    areas = [page.locator(f"[data-{name}]").bounding_box() for name in ("photo", "map")]
    assert areas[0] is not None
    assert areas[0] == areas[1]
    assert areas[0]["height"] > 30


@pytest.mark.parametrize("shape", [(320, 240), (240, 420), (3000, 20)])
@pytest.mark.parametrize("suffix", ["", "/heatmap"])
def test_on_a_phone_the_map_stays_in_view_with_its_controls(
    make_context: ContextMaker, tmp_path: Path, shape: tuple[int, int], suffix: str
) -> None:
    page = make_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()
    page.goto(explain_quickly(page, paint(tmp_path / "photo.png", *shape)) + suffix)
    settle(page)
    for name in ("Opacity", "Strongest cell"):
        control = page.get_by_label(name)
        control.scroll_into_view_if_needed()
        expect(page.locator("[data-map]")).to_be_in_viewport(ratio=1)
        stage, under = page.locator("[data-stage]").bounding_box(), control.bounding_box()
        assert stage is not None
        assert under is not None
        assert stage["height"] <= 0.41 * 740
        assert under["y"] >= stage["y"] + stage["height"], "the map must not lie on the control"


def test_on_a_phone_what_has_the_focus_is_never_under_the_map(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(explain_quickly(page, photo))
    settle(page)
    for key in ["Tab"] * 25 + ["Shift+Tab"] * 25:
        page.keyboard.press(key)
        hidden = page.evaluate(
            """() => {
                 const [focused, stage] = [document.activeElement, document.querySelector("[data-stage]")];
                 if (focused === document.body || stage.contains(focused)) return "";
                 const [area, cover] = [focused.getBoundingClientRect(), stage.getBoundingClientRect()];
                 const apart = area.bottom <= cover.top || area.top >= cover.bottom;
                 return apart || !area.width ? "" : focused.outerHTML;
               }"""
        )
        assert hidden == ""


def dot(path: Path) -> Path:
    """A photo of one pixel."""
    Image.new("RGB", (1, 1), (200, 30, 30)).save(path)
    return path


def test_at_twice_the_text_size_nothing_is_lost(page: Page, photo: Path) -> None:
    address = explain_quickly(page, photo)
    page.set_viewport_size({"width": 640, "height": 430})
    for path in ("/", address, "/explanations"):
        page.goto(path)
        settle(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_the_history_shows_ones_own_and_deletes(page: Page, make_context: ContextMaker, tmp_path: Path) -> None:
    for name in ("first.png", "second.png"):
        explain_quickly(page, paint(tmp_path / name, 200 + len(name), 150))
    page.goto("/explanations")
    expect(page.locator("[data-entry]")).to_have_count(2)
    stranger = make_context().new_page()
    stranger.goto("/explanations")
    expect(stranger.locator("[data-entry]")).to_have_count(0)
    page.locator("[data-delete]").first.click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator("[data-entry]")).to_have_count(1)
    page.reload()
    expect(page.locator("[data-entry]")).to_have_count(1)
    page.route("**/api/v1/explanations/*", lambda route: route.fulfill(status=503, body="Later."))
    page.locator("[data-delete]").first.click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be deleted")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_axe_finds_nothing_whatever_is_asked(
    make_context: ContextMaker, photo: Path, theme: str, language: str
) -> None:
    page = make_context(color_scheme=theme, locale=language).new_page()
    page.goto(f"{explain_quickly(page, photo)}#region=b20_30_150_130&other=b160_30_300_200")
    settle(page)
    found = []
    for tab in page.locator("[role=tab][data-question]").all():
        tab.click()
        panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
        expect(panel).to_be_visible()
        if tab.get_attribute("data-question") == "truth":
            panel.locator("[type=submit]").click()
            panel.locator("[data-scores] td").first.wait_for()
            panel.locator("[data-curve]").click()
            panel.locator("[data-charts] svg").first.wait_for()
        page.wait_for_load_state("networkidle")
        open_everything(page)
        found += scan(page)
        page.evaluate("document.querySelector('details.menu').open = false")  # it lies over the questions
    page.locator("#ask-versus").click()
    page.get_by_role("combobox").first.focus()
    page.locator("[role=option]").first.wait_for()
    found += scan(page)
    page.locator("[data-show-keys]").first.click()
    page.locator("dialog[open]").wait_for()
    assert [*found, *scan(page)] == []
