"""One photo under two models in the browser: by pointer, by keyboard, without scripts, for everybody."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from model.coverage import Region
from model.evidence import PlacedMap, shares
from model.geometry import Grid
from model.rendering import Style
from tests.browsing import ContextMaker, explain_quickly, next_frame
from tests.bundles import LABELS
from tests.canvases import as_json, call, check_colours
from tests.test_browser_access import press_until, scan

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1280, 1600)
PHOTO = (320, 240)
EDGES = ("left", "top", "right", "bottom")
GRIDS = [
    Grid(4, 6, 15, 15, 0, 0),
    Grid(3, 3, 20, 14, 17, 9.5),
    Grid(5, 7, 15, 15, -7.5, -7.5),
    Grid(2, 3, 15, 60, -20, 0),
]


@pytest.fixture(scope="module")
def site(site_of_three: str) -> str:
    return site_of_three


@pytest.fixture
def address(page: Page, photo: Path) -> str:
    return compare_address(page, photo)


def compare_address(page: Page, photo: Path, model: str = "second") -> str:
    return f"/compare?explanation={explain_quickly(page, photo).rsplit('/', 1)[1]}&model={model}"


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("canvas[data-drawn=before]")


def numbers(page: Page) -> Any:
    answer = page.request.get(page.locator("[data-comparison-url]").get_attribute("data-comparison-url") or "")
    assert answer.status == 200
    return answer.json()


def edges(page: Page) -> list[float]:
    return [float(page.locator(f"[name={name}]").input_value()) for name in EDGES]


@pytest.mark.parametrize("grid", GRIDS)
def test_shares_are_computed_alike(modules: Page, grid: Grid) -> None:
    values = np.random.default_rng(1).normal(0, 5, (grid.rows, grid.columns)).astype(np.float32)
    for region in ((0, 0, 90, 60), (10.5, 5, 47, 31.25), (0, 0, 1, 60), (89, 59, 90, 60)):
        drawn = dict(zip(EDGES, region, strict=True))
        size = {"width": 90, "height": 60}
        ours = call(modules, "evidence", "shares", values.ravel().tolist(), as_json(grid), size, drawn)
        theirs = shares(PlacedMap(values, grid), Region(*region), (90, 60))
        assert (ours["given"], ours["taken"]) == pytest.approx((theirs.given, theirs.taken), abs=1e-9)
    assert call(modules, "evidence", "shares", [0, 0], as_json(Grid(1, 2, 45, 60, 0, 0)), size, drawn) == {
        "given": None,
        "taken": None,
    }


def test_regions_are_cut_alike(modules: Page) -> None:
    size = {"width": 90, "height": 60}
    for region in ((-5, 10, 200, 30), (5, 5, 4, 9), (91, 0, 99, 9), (0, 0, 90, 60), (1, 1, 1, 9)):
        ours = call(modules, "evidence", "cutTo", size, dict(zip(EDGES, region, strict=True)))
        try:
            theirs: Any = vars(Region(*region).cut_to((90, 60)))
        except ValueError:
            theirs = None
        assert ours == theirs, region


def test_the_maps_are_drawn_on_one_scale_in_the_servers_colours(page: Page, address: str) -> None:
    open_page(page, address)
    found = numbers(page)
    limits = {"before": found["limit"], "after": found["limit"], "difference": found["difference"]["limit"]}
    for name, limit in limits.items():
        source = found[name] if name == "difference" else {**found[name]["chosen"], "grid": found[name]["grid"]}
        canvas = page.locator(f"[data-panel={name}] canvas")
        values, grid = np.array(source["cam"], np.float32), Grid(**source["grid"])
        check_colours(canvas, values, grid, Style(), PHOTO, limit)


def test_a_region_is_drawn_with_the_pointer_and_told_as_the_server_tells_it(page: Page, address: str) -> None:
    open_page(page, address)
    expect(page.locator("[data-share=drawn]")).to_be_hidden()
    area = page.locator("[data-panel=after]").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] * 0.2, area["y"] + area["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.6, area["y"] + area["height"] * 0.8, steps=4)
    page.mouse.up()
    row = page.locator("[data-share=drawn]")
    expect(row).to_be_visible()
    left, top, right, bottom = edges(page)
    assert (left, right) == pytest.approx((0.2 * 320, 0.6 * 320), abs=2)
    assert (top, bottom) == pytest.approx((0.3 * 240, 0.8 * 240), abs=2)
    told, bars = row.locator("[data-share-sentence]").inner_text(), row.locator("[data-bar-words]").all_inner_texts()
    assert "region" in parse_qs(urlsplit(page.url).query)
    for panel in ("before", "after", "difference"):
        expect(page.locator(f"[data-panel={panel}] [data-mark-region]").first).to_be_visible()
    assert "region=" in (
        page.get_by_role("link", name="All maps in one picture", include_hidden=True).get_attribute("href") or ""
    )
    page.reload()
    page.wait_for_selector("canvas[data-drawn=before]")
    assert edges(page) == [left, top, right, bottom]
    row = page.locator("[data-share=drawn]")
    assert row.locator("[data-share-sentence]").inner_text() == told
    assert row.locator("[data-bar-words]").all_inner_texts() == bars
    drawn = numbers(page)["regions"][-1]
    assert [drawn[name] for name in EDGES] == [left, top, right, bottom]


def test_a_region_is_drawn_with_the_keyboard(page: Page, address: str) -> None:
    open_page(page, address)
    press_until(page, "[data-panel=before]")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-values]")).to_contain_text("after")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    left, top, right, bottom = edges(page)
    grid = numbers(page)["before"]["grid"]
    assert (right - left, bottom - top) == pytest.approx((2 * grid["cell_width"], 2 * grid["cell_height"]), abs=1.5)
    page.keyboard.press("ArrowUp")
    assert edges(page) == [left, top, right, bottom], "without Shift only the cell moves"
    press_until(page, "[data-clear-region]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-share=drawn]")).to_be_hidden()
    assert "region" not in page.url


def test_a_region_is_typed(page: Page, address: str) -> None:
    open_page(page, address)
    for name, value in zip(EDGES, ("40", "60", "200", "180"), strict=True):
        page.locator(f"[name={name}]").fill(value)
    expect(page.locator("[data-share=drawn]")).to_contain_text("In your region, 25.0% of the photo")
    page.locator("[name=right]").fill("20")
    expect(page.locator("[data-region-note]")).to_contain_text("left edge must lie left")
    expect(page.locator("[data-share=drawn]")).to_be_hidden()
    page.locator("[name=right]").fill("200")
    page.get_by_label("Class", exact=True).select_option(label=one_with(page, "#class", "green"))
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("green")
    assert edges(page) == [40, 60, 200, 180]


def one_with(page: Page, selector: str, words: str) -> str:
    """The whole title of an option."""
    [title] = [one for one in page.locator(f"{selector} option").all_inner_texts() if one.startswith(words)]
    return title


def test_values_are_read_at_one_place_in_all_maps(page: Page, address: str) -> None:
    open_page(page, address)
    found = numbers(page)
    page.locator("[data-panel=difference]").hover(position={"x": 5, "y": 5})
    wanted = [
        found["before"]["chosen"]["cam"][0][0],
        found["after"]["chosen"]["cam"][0][0],
        found["difference"]["cam"][0][0],
    ]
    said = page.locator("[data-values]").inner_text().replace("−", "-")
    shown = [float(word.strip(",")) for word in said.split() if word.strip(",+-").replace(".", "").isdigit()]
    assert shown == pytest.approx(wanted, rel=5e-3)
    expect(page.locator("[data-panel=before] [data-mark-cell]").first).to_be_visible()
    page.get_by_role("heading", level=1).hover()
    expect(page.locator("[data-values]")).to_contain_text("Point at a map")


def test_the_way_there_and_two_names_for_one_class(page: Page, photo: Path) -> None:
    page.goto(explain_quickly(page, photo))
    page.get_by_role("link", name="Compare with another model").click()
    page.wait_for_url("**/compare?**")
    page.get_by_label("Class", exact=True).select_option(label=one_with(page, "#class", "bright"))
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".compare > .notice")).to_contain_text("different names")
    expect(page.locator("[data-panel=difference]")).to_have_count(0)
    expect(page.locator("[data-region-fields]")).to_have_count(0)
    page.get_by_label("The same thing in second is").select_option(label=one_with(page, "#other", "pale"))
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".compare > .notice")).to_contain_text("taken for one class because you chose so")
    expect(page.locator("[data-panel=difference]")).to_have_count(1)
    page.get_by_label("Compared with").select_option(
        "mapless-" + page.locator("#model option").last.get_attribute("value").split("-")[1]
    )  # type: ignore[union-attr]
    page.get_by_label("The same thing in second is").select_option("")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".compare > .notice")).to_contain_text("has no exact map")


def test_it_works_without_scripts(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(java_script_enabled=False).new_page()
    page.goto(compare_address(page, photo))
    for panel in ("before", "after", "difference"):
        drawn = page.locator(f"[data-panel={panel}] noscript img")
        expect(drawn).to_be_visible()
        assert page.request.get(drawn.get_attribute("src") or "").status == 200
    for name, value in zip(EDGES, ("40", "60", "200", "180"), strict=True):
        page.locator(f"[name={name}]").fill(value)
    page.get_by_label("Or any class by its name").fill("blue")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("blue")
    expect(page.locator("[data-share=drawn]")).to_contain_text("25.0% of the photo")
    expect(page.locator("[data-panel=before] [data-mark-region]").first).to_be_visible()
    assert edges(page) == [40, 60, 200, 180]
    page.get_by_label("Or any class by its name").fill("unicorn")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("main")).to_contain_text("there is no class 'unicorn'")
    page.goto("/compare?model=second")
    page.locator(".card__link").first.click()
    expect(page.get_by_role("heading", name="Before: first")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(make_context: ContextMaker, photo: Path, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto("/compare")
    found = scan(page)
    address = compare_address(page, photo)
    mapless = address.replace("=second", "=mapless")
    for path in (
        address,
        f"{address}&region=40,60,200,180",
        f"{address}&class=bright",
        mapless,
        "/compare?model=second",
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found += scan(page)
    assert found == []


def test_no_window_scrolls_sideways(make_context: ContextMaker, photo: Path) -> None:
    page = make_context().new_page()
    address = compare_address(page, photo)
    for path in (address, f"{address}&class=bright", address.replace("=second", "=mapless"), "/compare?model=second"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            next_frame(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"


def test_maps_that_cannot_be_loaded_are_told(page: Page, address: str) -> None:
    page.route("**/comparison?**", lambda route: route.fulfill(status=503, body="Later."))
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")


def test_labels_of_the_tiny_bundle_are_as_assumed() -> None:
    assert {"red", "green", "blue", "bright"} <= set(LABELS)
