"""Panels side by side in the browser: one scale, one place, one zoom, by pointer, by keys, without scripts."""

import io
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.text import signed
from model.geometry import Grid
from model.rendering import Style
from tests.browsing import ContextMaker, explain_quickly, next_frame, paint, wait_for_map
from tests.canvases import call, check_colours
from tests.test_browser_access import press_until, scan

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

WIDTHS = (360, 768, 1280, 1600)
PHOTO = (320, 240)
WHOLE = {"scale": 1, "x": 0.5, "y": 0.5}
VIEWS = [
    WHOLE,
    {"scale": 2, "x": 0.3, "y": 0.6},
    {"scale": 8, "x": 0.9375, "y": 0.0625},
    {"scale": 1.5, "x": 0.5, "y": 0.4},
]
REMEMBER_MS = 600  # by then what is in view is kept for a reload


@pytest.fixture(scope="module")
def site(site_of_three: str) -> str:
    return site_of_three


@pytest.fixture
def known(page: Page, photo: Path) -> str:
    """The id of an explained photo."""
    return id_of(page, photo)


def id_of(page: Page, photo: Path) -> str:
    return explain_quickly(page, photo).rsplit("/", 1)[1]


def open_panels(page: Page, *panels: str, more: str = "") -> None:
    page.goto("/panels?" + "&".join(f"panel={panel}" for panel in panels) + more)
    drawn(page, len(panels))


def drawn(page: Page, count: int) -> None:
    """Until so many panels are there, the last one with its map."""
    page.wait_for_selector(f".panels__row--{count} canvas[data-drawn='{count}']")
    expect(page.locator("[data-panel]")).to_have_count(count)


def shown(page: Page) -> list[str]:
    return page.locator(".pane__title b").all_inner_texts()


def asked(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query)["panel"]


def numbers(page: Page) -> Any:
    """What the server says of the panels in the address."""
    answer = page.request.get("/api/v1/panels?" + "&".join(f"panel={panel}" for panel in asked(page)))
    assert answer.status == 200
    return answer.json()


def transforms(page: Page) -> list[str]:
    return page.locator("[data-lens]").evaluate_all("(all) => all.map((one) => getComputedStyle(one).transform)")


@pytest.mark.parametrize("view", VIEWS)
def test_the_place_under_the_pointer_stays_there(modules: Page, view: dict[str, float]) -> None:
    for x, y in ((0.5, 0.5), (view["x"], view["y"]), (0.1, 0.9)):
        near = call(modules, "zoom", "zoomed", view, 1.25, {"x": x, "y": y})
        if view["scale"] * 1.25 > 8:
            assert near == pytest.approx(view)
            continue
        assert near["scale"] == pytest.approx(view["scale"] * 1.25)
        for axis, place in (("x", x), ("y", y)):
            before = (place - view[axis]) * view["scale"]
            half = 0.5 / near["scale"]
            assert (place - near[axis]) * near["scale"] == pytest.approx(before) or near[axis] in (
                pytest.approx(half),
                pytest.approx(1 - half),
            )
        back = call(modules, "zoom", "zoomed", near, 0.001)
        assert back == WHOLE


def test_nothing_beside_the_photo_comes_into_view(modules: Page) -> None:
    for view in VIEWS:
        for across, down in ((9, 0), (-9, 0), (0, 9), (0, -9), (0.1, -0.1)):
            moved = call(modules, "zoom", "panned", view, across, down)
            for axis in ("x", "y"):
                assert 0.5 / moved["scale"] <= moved[axis] <= 1 - 0.5 / moved["scale"]
    assert call(modules, "zoom", "panned", VIEWS[1], 0.1, -0.1) == pytest.approx({"scale": 2, "x": 0.35, "y": 0.55})


def test_a_place_that_is_followed_is_in_view(modules: Page) -> None:
    for view in VIEWS:
        for place in ({"x": 0, "y": 0}, {"x": 1, "y": 0.4}, {"x": view["x"], "y": view["y"]}):
            found = call(modules, "zoom", "following", view, place)
            for axis in ("x", "y"):
                assert abs(place[axis] - found[axis]) <= 0.5 / view["scale"] + 1e-9
        assert call(modules, "zoom", "following", view, {"x": view["x"], "y": view["y"]}) == pytest.approx(view)


def test_a_view_in_an_address_is_read_as_it_was_written(modules: Page) -> None:
    for view in VIEWS:
        assert call(modules, "zoom", "read", call(modules, "zoom", "written", view)) == pytest.approx(view, abs=1e-4)
    assert call(modules, "zoom", "written", WHOLE) == ""
    for wrong in ("", "#zoom=", "#zoom=1,2", "#zoom=a,b,c", "#zoom=2,3,4,5", "#other", "#zoom=1..2,0,0"):
        assert call(modules, "zoom", "read", wrong) == WHOLE
    assert call(modules, "zoom", "read", "#zoom=99,7,0") == {"scale": 8, "x": 0.9375, "y": 0.0625}


def test_the_middle_of_the_view_is_in_the_middle_of_the_frame(modules: Page) -> None:
    for box, photo, stretched in (
        ((300, 200), (320, 240), False),
        ((300, 200), (10, 400), False),
        ((90, 80), (900, 3), True),
    ):
        size = {"width": box[0], "height": box[1]}
        frame = call(modules, "zoom", "frameOf", size, {"width": photo[0], "height": photo[1]}, stretched)
        if not stretched:
            assert frame["width"] / frame["height"] == pytest.approx(photo[0] / photo[1])
            assert min(box[0] - frame["width"], box[1] - frame["height"]) == pytest.approx(0)
        for view in VIEWS:
            offset = call(modules, "zoom", "offsetOf", view, size, frame)
            x = offset["x"] + view["scale"] * (frame["left"] + view["x"] * frame["width"])
            y = offset["y"] + view["scale"] * (frame["top"] + view["y"] * frame["height"])
            assert (x, y) == pytest.approx((box[0] / 2, box[1] / 2))


def test_all_maps_are_drawn_on_one_scale_in_the_servers_colours(page: Page, known: str) -> None:
    open_panels(page, f"{known},class:0", f"{known},class:2,against:0", f"{known},class:4")
    found = numbers(page)
    for colours in ("shared", "own"):
        for place, item in enumerate(found["items"], 1):
            canvas = page.locator(f"[data-panel='{place}'] canvas")
            limit = found["limit"] if colours == "shared" else item["limit"]
            values, grid = np.array(item["cam"], np.float32), Grid(**item["grid"])
            check_colours(canvas, values, grid, Style(), PHOTO, limit)
            signs = page.locator(f"[data-panel='{place}'] [data-layer=minus] .mark--dark")
            taking = int((values <= -0.1 * limit).sum())
            assert (signs.get_attribute("d") or "").count("M") == taking if taking else signs.count() == 0
        if colours == "shared":
            expect(page.locator(".legend")).to_have_count(1)
            page.get_by_role("link", name="Give each panel a colour scale of its own").click()
            expect(page.locator(".legend")).to_have_count(3)
            expect(page.get_by_text("the same colour means different values")).to_be_visible()
            assert "colours=own" in page.url


def test_every_panel_says_its_value_at_one_place(page: Page, known: str, tmp_path: Path) -> None:
    other = id_of(page, paint(tmp_path / "wide.png", 480, 160))
    open_panels(page, f"{known},class:0", f"{known},class:1", f"{other},class:2")
    found = numbers(page)
    area = page.locator("[data-panel='1'] [data-photo]").bounding_box()
    assert area is not None
    share = (0.62, 0.81)
    page.mouse.move(area["x"] + share[0] * area["width"], area["y"] + share[1] * area["height"])
    for place, item in enumerate(found["items"], 1):
        grid, image = Grid(**item["grid"]), item["image"]
        column = int((share[0] * image["width"] - grid.left) / grid.cell_width)
        row = int((share[1] * image["height"] - grid.top) / grid.cell_height)
        said = page.locator(f"[data-panel='{place}'] [data-value]").inner_text().split()[1].replace("−", "-")
        assert float(said) == pytest.approx(item["cam"][row][column], rel=5e-3, abs=5e-3)
        mark = page.locator(f"[data-panel='{place}'] [data-mark-cell]").first
        expect(mark).to_be_visible()
        assert float(mark.get_attribute("x") or "nan") == pytest.approx(grid.left + column * grid.cell_width, abs=0.01)
    assert page.locator("[data-values] li").all_inner_texts()[2].startswith("Panel 3: ")
    page.get_by_role("heading", level=1).hover()
    lowest, highest = np.min(found["items"][0]["cam"]), np.max(found["items"][0]["cam"])
    ends = f"cells from {signed(float(lowest))} to {signed(float(highest))} logits"
    expect(page.locator("[data-panel='1'] [data-value]")).to_have_text(ends)


def test_all_panels_are_enlarged_together_by_wheel_and_moved_by_dragging(page: Page, known: str) -> None:
    open_panels(page, f"{known},class:0", f"{known},class:1")
    stage = page.locator("[data-panel='1'] .stage")
    area = stage.bounding_box()
    assert area is not None
    middle = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.mouse.move(*middle)
    page.mouse.wheel(0, -300)
    next_frame(page)
    assert transforms(page) == ["none", "none"], "a wheel over a map that was not clicked scrolls the page"
    page.evaluate("scrollTo(0, 0)")
    stage.click()
    page.mouse.wheel(0, -500)
    expect(page.locator("[data-times]")).to_have_text("2.7 times enlarged")
    one, two = transforms(page)
    assert one == two != "none"
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 40, steps=3)
    page.mouse.up()
    moved, other = transforms(page)
    assert moved == other != one
    before, after = ([float(part) for part in words[7:-1].split(",")] for words in (one, moved))
    assert (after[4] - before[4], after[5] - before[5]) == pytest.approx((60, 40), abs=1.5)
    page.wait_for_timeout(REMEMBER_MS)
    page.wait_for_url(lambda url: "#zoom" in url)
    page.reload()
    drawn(page, 2)
    again = [[float(part) for part in words[7:-1].split(",")] for words in transforms(page)]
    np.testing.assert_allclose(again, [after, after], atol=1)
    page.get_by_role("button", name="Whole photo").click()
    assert transforms(page) == ["none", "none"]
    page.wait_for_url(lambda url: "#zoom" not in url)


def test_two_fingers_enlarge(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(has_touch=True, viewport={"width": 360, "height": 740}).new_page()
    known = id_of(page, photo)
    open_panels(page, f"{known},class:0", f"{known},class:1")
    stage = page.locator("[data-panel='1'] .stage")
    stage.scroll_into_view_if_needed()
    area = stage.bounding_box()
    assert area is not None
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, apart: float) -> None:
        points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}] if apart else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 30)
    for apart in (40, 50, 60):
        touch("touchMove", apart)
    touch("touchEnd", 0)
    expect(page.locator("[data-times]")).to_have_text("2.0 times enlarged")
    assert len(set(transforms(page))) == 1


def test_keys_alone_zoom_move_and_read(page: Page, known: str) -> None:
    open_panels(page, f"{known},class:0", f"{known},class:1")
    press_until(page, "#stage-1")
    page.keyboard.press("+")
    expect(page.locator("[data-times]")).to_have_text("1.5 times enlarged")
    before = transforms(page)
    page.keyboard.press("Shift+ArrowRight")
    assert transforms(page) != before
    page.keyboard.press("-")
    assert transforms(page) == ["none", "none"]
    for _ in range(9):
        page.keyboard.press("+")
    expect(page.locator("[data-times]")).to_have_text("8.0 times enlarged")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-values] li")).to_have_count(2)
    strongest = max(max(row) for row in numbers(page)["items"][0]["cam"])
    said = page.locator("[data-panel='1'] [data-value]").inner_text().split()[1]
    assert float(said) == pytest.approx(strongest, rel=5e-3)
    mark = page.locator("[data-panel='2'] [data-mark-cell]").first
    expect(mark).to_be_in_viewport()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    frame, cell = page.locator("[data-panel='1'] .stage").bounding_box(), mark.bounding_box()
    cell = page.locator("[data-panel='1'] [data-mark-cell]").first.bounding_box()
    assert frame is not None
    assert cell is not None
    assert cell["x"] < frame["x"] + frame["width"]
    assert cell["x"] + cell["width"] > frame["x"], "the view follows the cell"
    page.keyboard.press("0")
    assert transforms(page) == ["none", "none"]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("enlarge all panels")
    page.keyboard.press("Escape")
    press_until(page, "#stage-2")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-values] li")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("[data-values] li")).to_have_count(0)


def test_another_class_is_shown_found_by_its_name_and_taken_back(page: Page, known: str) -> None:
    open_panels(page, f"{known},class:0", f"{known},class:1")
    page.evaluate("document.querySelectorAll('canvas').forEach((one) => { one.dataset.was = 'here' })")
    first = page.locator("#named-1")
    first.focus()
    page.wait_for_selector("#labels option", state="attached")
    offered = page.locator("#labels option").evaluate_all("(all) => all.map((one) => one.value)")
    assert offered == ["red", "green", "blue", "bright", "dark"]
    first.fill("dark")
    first.press("Enter")
    expect(page.locator(".pane__title b").first).to_have_text("dark")
    expect(first).to_be_focused()
    assert asked(page) == [f"{known},class:4", f"{known},class:1"]
    drawn(page, 2)
    expect(page.locator("[data-panel='1'] canvas[data-was]")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".pane__title b").first).to_have_text("red")
    assert asked(page) == [f"{known},class:0", f"{known},class:1"]
    expect(page.locator("canvas[data-was=here]")).to_have_count(2)  # nothing is drawn twice
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    first.fill("rad")
    first.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean 'red'")
    assert shown(page) == ["red", "green"]
    page.get_by_role("link", name="Move on panel 1").click()
    expect(page.locator(".pane__title b").first).to_have_text("green")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_panels_come_from_a_class_a_model_and_another_photo(page: Page, known: str, tmp_path: Path) -> None:
    other = id_of(page, paint(tmp_path / "wide.png", 480, 160))
    open_panels(page, f"{known},class:0")
    page.get_by_text("Against, model, scale").click()
    page.get_by_label("Against another class").fill("dark")
    page.get_by_role("button", name="Show beside this panel").click()
    drawn(page, 2)
    assert shown(page) == ["red", "red rather than dark"]
    second = page.locator("[data-panel='2']")
    if not second.get_by_label("Model").is_visible():
        second.get_by_text("Against, model, scale").click()
    second.get_by_label("Against another class").fill("")
    second.get_by_label("Model").select_option(label="second")
    second.get_by_role("button", name="Show beside this panel").click()
    drawn(page, 3)
    expect(page.locator("[data-panel='3'] .pane__score")).to_contain_text("second")
    expect(page.get_by_text("stored copy")).to_be_visible()
    page.get_by_role("link", name="Add a photo").click()
    page.locator(f"a[href*='panel={other}']").click()
    drawn(page, 4)
    assert asked(page)[3].startswith(other)
    expect(page.get_by_role("link", name="Add a photo")).to_be_hidden()
    page.locator("[data-panel='1']").get_by_text("Against, model, scale").click()
    page.locator("#named-1").fill("green")
    page.locator("[data-panel='1']").get_by_role("button", name="Show this class in all").click()
    expect(page.locator(".pane__title b")).to_have_text(["green"] * 4)
    page.get_by_role("link", name="Remove panel 2").click()
    drawn(page, 3)
    page.go_back()
    drawn(page, 4)
    page.go_back()
    expect(page.locator(".pane__title b").first).to_have_text("red")


def test_a_finer_scale_comes_beside_and_its_cells_are_read(page: Page, known: str) -> None:
    open_panels(page, f"{known},class:0")
    page.get_by_text("Against, model, scale").click()
    page.get_by_label("Scale of the input").select_option(label="scale 2")
    page.get_by_role("button", name="Show beside this panel").click()
    drawn(page, 2)
    assert asked(page) == [f"{known},class:0", f"{known},class:0,scale:2"]
    expect(page.locator("[data-panel='2'] .pane__score")).to_contain_text("first at scale 2")
    page.get_by_role("link", name="Show the true cells").click()
    page.wait_for_url("**cells=grid**")
    page.locator("#stage-2").focus()
    page.keyboard.press("ArrowDown")
    one, two = numbers(page)["items"]
    assert two["grid"]["columns"] == 2 * one["grid"]["columns"]
    said = page.locator("[data-panel='2'] [data-value]").inner_text().split()[1]
    assert float(said) == pytest.approx(np.max(two["cam"]), rel=5e-3)


def test_the_way_there_from_the_result_page_takes_the_class_along(page: Page, photo: Path) -> None:
    page.goto(explain_quickly(page, photo))
    wait_for_map(page)
    chosen = page.locator(".prediction").nth(1)
    label = chosen.locator(".prediction__label").inner_text()
    chosen.click()
    page.get_by_role("link", name="Side by side").click()
    page.wait_for_url("**/panels?**")
    drawn(page, 2)
    assert shown(page)[0] == label
    page.get_by_role("link", name="Open panel 1").click()
    expect(page.locator("[data-map-title]")).to_have_text(label)


def test_the_picture_is_downloaded_as_it_is_shown(page: Page, known: str) -> None:
    open_panels(page, f"{known},class:0", f"{known},class:1")
    page.get_by_role("link", name="Give each panel a colour scale of its own").click()
    expect(page.locator(".legend")).to_have_count(2)
    page.get_by_text("Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="All panels in one picture").click()
    query = "&".join(f"panel={panel}" for panel in asked(page))
    wanted = page.request.get(f"/api/v1/panels.png?{query}&colours=own").body()
    kept = Path(download.value.path()).read_bytes()
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(kept))), np.asarray(Image.open(io.BytesIO(wanted))))


def test_a_panel_without_a_map_stands_beside_the_others(page: Page, known: str) -> None:
    page.goto(f"/panels?panel={known},model:mapless&panel={known},class:0")
    page.wait_for_selector("canvas[data-drawn='2']")
    expect(page.get_by_text("has no exact map")).to_be_visible()
    page.locator("#stage-2").click()
    page.keyboard.press("+")
    assert len(set(transforms(page))) == 1
    expect(page.locator("[data-values] li")).to_have_count(1)


def test_maps_that_cannot_be_drawn_are_named(page: Page, known: str) -> None:
    page.route("**/colormaps.json", lambda route: route.abort())
    page.goto(f"/panels?panel={known}")
    expect(page.get_by_role("alert")).to_contain_text("The panels could not be drawn.")


def test_it_works_without_scripts(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(java_script_enabled=False).new_page()
    known = id_of(page, photo)
    page.goto(f"/panels?panel={known},class:0&panel={known},class:1")
    for place in (1, 2):
        picture = page.locator(f"[data-panel='{place}'] noscript img")
        expect(picture).to_be_visible()
        assert page.request.get(picture.get_attribute("src") or "").status == 200
    page.locator("#named-2").fill("blue")
    page.locator("#show-2").click()
    expect(page.locator(".pane__title b")).to_have_text(["red", "blue"])
    page.get_by_role("link", name="Move back panel 2").click()
    expect(page.locator(".pane__title b")).to_have_text(["blue", "red"])
    page.get_by_role("link", name="Remove panel 1").click()
    expect(page.locator(".pane__title b")).to_have_text(["red"])
    page.get_by_text("Against, model, scale").click()
    page.get_by_label("Model").select_option(label="second")
    page.get_by_role("button", name="Show beside this panel").click()
    expect(page.locator(".pane__title b")).to_have_text(["red", "red"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(make_context: ContextMaker, photo: Path, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto("/panels")
    found = scan(page)
    known = id_of(page, photo)
    page.goto("/panels")
    found += scan(page)
    open_panels(
        page, f"{known},class:0", f"{known},class:1,against:0", f"{known},class:1,model:second", more="&colours=own"
    )
    found += scan(page)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    page.locator("#stage-1").click()
    page.keyboard.press("+")
    found += scan(page)
    assert found == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_at_any_width(page: Page, photo: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    known = id_of(page, photo)
    open_panels(page, *(f"{known},class:{index}" for index in range(4)))
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tops = page.locator("[data-panel]").evaluate_all("(all) => new Set(all.map((one) => one.offsetTop)).size")
    assert tops == {360: 4, 768: 2, 1280: 2, 1600: 1}[width]
    assert (page.locator("#stage-1").bounding_box() or {})["height"] > 100
