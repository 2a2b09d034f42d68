"""The prediction page: the map, its numbers and its controls, all without asking the server again."""

import json
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browsing import Bundles, ContextMaker, explain, explain_quickly, next_frame, wait_for_map

pytestmark = pytest.mark.browser

Rgba = list[int]
GATEWAY = {"status": 502, "content_type": "text/html", "body": "<h1>Bad Gateway</h1>"}  # what a proxy says
REMEMBER_MS = 600  # by then what is chosen is kept for a reload


def pixels_at(page: Page, places: list[tuple[float, float]]) -> list[Rgba]:
    """What the canvas shows at places given as shares of its width and height."""
    return page.evaluate(
        """(places) => {
             const canvas = document.querySelector("canvas[data-map]");
             const pen = canvas.getContext("2d");
             return places.map(([x, y]) => [
               ...pen.getImageData(Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1).data,
             ]);
           }""",
        places,
    )


@pytest.fixture
def result(page: Page, photo: Path) -> Page:
    """The page of an explained photo, its map drawn."""
    page.goto(explain_quickly(page, photo))
    wait_for_map(page)
    page.get_by_role("searchbox").wait_for()  # all maps are there
    return page


def api_answer(page: Page) -> dict[str, object]:
    """The explanation's JSON."""
    path = re.sub(r"^.*/explanations/", "/api/v1/explanations/", page.url.split("?")[0])
    answer: dict[str, object] = page.request.get(path).json()
    return answer


def requests_of(page: Page) -> list[str]:
    """What a page asks for from now on, but for its icon: browsers take that from their cache at every new address."""
    requests: list[str] = []
    page.on("request", lambda request: None if request.url.endswith("/icon.svg") else requests.append(request.url))
    return requests


def test_another_class_needs_no_request(result: Page) -> None:
    requests = requests_of(result)
    before = pixels_at(result, [(0.1, 0.1), (0.9, 0.9), (0.5, 0.5)])
    second = result.locator(".prediction").nth(1)
    index = second.get_attribute("data-class")
    second.click()
    wait_for_map(result, f"{index} ")
    assert pixels_at(result, [(0.1, 0.1), (0.9, 0.9), (0.5, 0.5)]) != before
    expect(second).to_have_attribute("aria-current", "true")
    expect(result.locator("[data-map-title]")).to_have_text(second.locator(".prediction__label").inner_text())
    assert requests == []


def test_every_control_changes_the_map_without_a_request(result: Page) -> None:
    requests = requests_of(result)
    places = [((x + 0.5) / 16, (y + 0.5) / 12) for x in range(16) for y in range(12)]
    seen = [pixels_at(result, places)]

    def changed() -> None:
        next_frame(result)
        seen.append(pixels_at(result, places))
        assert seen[-1] != seen[-2]

    result.get_by_label("Opacity").fill("0.4")
    changed()
    result.get_by_label("Hide weaker than").fill("0.5")
    changed()
    result.get_by_label("Colours").select_option("PuOr_r")
    changed()
    result.get_by_label("grid", exact=True).check()
    changed()
    result.get_by_label("adds only").check()
    changed()
    result.get_by_label("against the runner-up").check()
    changed()
    assert requests == []


def test_a_reload_and_the_copied_link_keep_what_is_chosen(result: Page, make_context: ContextMaker) -> None:
    result.context.grant_permissions(["clipboard-read", "clipboard-write"])
    result.locator(".prediction").nth(1).click()
    result.get_by_label("adds only").check()
    result.get_by_label("Colours").select_option("cividis")
    result.get_by_label("Opacity").fill("0.5")
    result.get_by_label("grid", exact=True).check()
    drawn = result.locator("canvas[data-map]").get_attribute("data-drawn")
    next_frame(result)
    places = [(0.2, 0.3), (0.7, 0.6)]
    before = pixels_at(result, places)
    result.get_by_role("link", name="Copy link").click()
    expect(result.get_by_text("Link copied")).to_be_visible()
    link = result.evaluate("navigator.clipboard.readText()")
    result.wait_for_timeout(REMEMBER_MS)
    result.reload()
    other = make_context().new_page()
    other.goto(link)
    for page in (result, other):
        wait_for_map(page, drawn)
        expect(page.get_by_label("adds only")).to_be_checked()
        expect(page.get_by_label("Colours")).to_have_value("cividis")
        expect(page.get_by_label("Opacity")).to_have_value("0.5")
        expect(page.get_by_label("grid", exact=True)).to_be_checked()
        assert pixels_at(page, places) == before


def test_a_link_that_could_not_be_copied_is_not_said_to_be(result: Page) -> None:
    result.evaluate(
        """() => {
             navigator.clipboard.writeText = () => Promise.reject(new Error("closed"));
             document.execCommand = () => false;
           }"""
    )
    result.get_by_role("link", name="Copy link").click()
    expect(result.get_by_text("Copy it from the address bar")).to_be_visible()
    expect(result.get_by_text("Link copied")).to_have_count(0)


def test_the_menu_closes_when_the_focus_leaves_it(result: Page) -> None:
    menu = result.locator(".actions details.menu")
    menu.locator("summary").focus()
    result.keyboard.press("Enter")
    for _ in range(menu.get_by_role("link").count()):
        result.keyboard.press("Tab")
        expect(menu).to_have_attribute("open", "")
    result.keyboard.press("Tab")
    expect(menu).not_to_have_attribute("open", "")


def test_moments_are_written_in_the_servers_order(page: Page, photo: Path, make_context: ContextMaker) -> None:
    address = explain_quickly(page, photo)
    moments = []
    for scripts in (True, False):
        visitor = make_context(timezone_id="UTC", java_script_enabled=scripts).new_page()
        visitor.goto(address)
        if scripts:
            expect(visitor.locator("time")).not_to_contain_text("UTC")  # it has become the visitor's own
        moments.append(visitor.locator("time").inner_text())
    assert moments[1] == f"{moments[0]} UTC"


def test_a_plain_link_stays_short(result: Page) -> None:
    link = result.get_by_role("link", name="Copy link")
    expect(link).to_have_attribute("href", re.compile(r"/explanations/[0-9a-f]{32}\?class=\d+$"))


def test_the_proof_is_the_identity_in_the_answers_own_numbers(result: Page) -> None:
    top = api_answer(result)["predictions"][0]  # type: ignore[index]
    mean = np.mean(top["cam"])
    sentence = result.locator("[data-proof]").inner_text()
    numbers = [float(text.replace("−", "-")) for text in re.findall(r"[−]?\d+\.\d+(?!e)", sentence)]
    assert numbers[:3] == pytest.approx([mean, top["bias"], top["logit"]], abs=6e-3)
    assert "off by" in sentence


def test_against_the_runner_up_shows_the_margin(result: Page) -> None:
    first, second = api_answer(result)["predictions"][:2]  # type: ignore[index]
    result.get_by_label("against the runner-up").check()
    wait_for_map(result, f"{first['index']} {second['index']}")
    margin = first["logit"] - second["logit"]
    expect(result.locator("[data-proof]")).to_contain_text("margin")
    shown = result.locator("[data-proof-sum]").inner_text().split("margin ")[1]
    assert float(shown.replace("−", "-")) == pytest.approx(margin, abs=6e-3)
    expect(result.locator("[data-lowest-word]")).to_have_text(f"for {second['label']}")
    expect(result.locator("[data-highest-word]")).to_have_text(f"for {first['label']}")
    limit = np.abs(np.subtract(first["cam"], second["cam"])).max()
    highest = result.locator("[data-highest]").inner_text()
    assert float(highest) == pytest.approx(limit, abs=6e-3)
    scores = result.locator(".viewer__scores")
    expect(scores).to_have_text(re.compile(r"^\s*margin \S+\s*$"), use_inner_text=True)
    assert float(scores.locator("b:visible").inner_text().replace("−", "-")) == pytest.approx(margin, abs=6e-3)
    link = f"{result.url.split('#')[0]}?class={first['index']}&versus={second['index']}"
    assert f"<b data-margin>+{margin:#.3g}" in result.request.get(link).text(), "without scripts, too"
    result.get_by_label("on its own").check()
    expect(scores).to_have_text(re.compile(r"^\s*probability \S+\s+logit \S+\s*$"), use_inner_text=True)


def test_the_legend_is_in_logits(result: Page) -> None:
    cam = np.array(api_answer(result)["predictions"][0]["cam"])  # type: ignore[index]
    assert float(result.locator("[data-highest]").inner_text()) == pytest.approx(np.abs(cam).max(), abs=6e-3)
    lowest = result.locator("[data-lowest]").inner_text()
    assert float(lowest.replace("−", "-")) == pytest.approx(-np.abs(cam).max(), abs=6e-3)
    result.get_by_label("adds only").check()
    expect(result.locator("[data-lowest]")).to_have_text("0")
    assert float(result.locator("[data-highest]").inner_text()) == pytest.approx(cam.max(), abs=6e-3)


def value_read(page: Page) -> float:
    """The value that the readout says."""
    return float(page.locator("[data-readout]").inner_text().split(": ")[1].split(" ")[0].replace("−", "-"))


def test_the_pointer_reads_the_cell_below_it(result: Page) -> None:
    answer = api_answer(result)
    cam, grid = np.array(answer["predictions"][0]["cam"]), answer["grid"]  # type: ignore[index]
    canvas = result.locator("canvas[data-map]").bounding_box()
    assert canvas is not None
    shown_width = min(canvas["width"], canvas["height"] * 320 / 240)
    left = canvas["x"] + (canvas["width"] - shown_width) / 2
    top = canvas["y"] + (canvas["height"] - shown_width * 240 / 320) / 2
    for row, column in ((0, 0), (1, 2), (grid["rows"] - 1, grid["columns"] - 1)):  # type: ignore[index]
        x = left + (column + 0.5) / cam.shape[1] * shown_width
        y = top + (row + 0.5) / cam.shape[0] * shown_width * 240 / 320
        result.mouse.move(x, y)
        expect(result.locator("[data-readout]")).to_contain_text(f"row {row + 1}, column {column + 1}")
        assert value_read(result) == pytest.approx(cam[row, column], abs=6e-3)
    result.mouse.move(2, 2)
    expect(result.locator("[data-readout]")).to_contain_text("arrow keys")


def test_a_touched_cell_is_let_go_where_something_else_is_touched(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()
    page.goto(explain_quickly(page, photo))
    wait_for_map(page)
    mark = page.locator("[data-mark-cell]").first
    page.locator("[data-stage]").tap()
    expect(mark).to_be_visible()
    expect(page.locator("[data-readout]")).to_contain_text("row")
    page.locator("h1").tap()
    expect(mark).to_be_hidden()
    expect(page.locator("[data-readout]")).to_contain_text("arrow keys")


def test_what_takes_away_is_told_without_colours(result: Page) -> None:
    first, second = api_answer(result)["predictions"][:2]  # type: ignore[index]
    result.get_by_label("against the runner-up").check()
    wait_for_map(result, f"{first['index']} {second['index']}")
    cam = np.subtract(first["cam"], second["cam"])
    signs = result.locator("[data-layer=minus] .mark--dark")
    taking = int((cam <= -0.1 * np.abs(cam).max()).sum())
    assert taking > 0
    expect(signs).to_have_attribute("d", re.compile(rf"^(M[^M]+){{{taking}}}$"))
    told = result.locator("[data-minus]")
    expect(told).to_have_text(f"− marks a cell that speaks for {second['label']}")
    expect(told).to_be_visible()
    result.get_by_label("adds only").check()
    expect(signs).to_have_count(0)
    expect(told).to_be_hidden()
    result.get_by_label("adds and takes away").check()
    result.get_by_label("Hide weaker than").fill("0.9")
    left = int((cam <= -0.9 * np.abs(cam).max()).sum())
    if left:
        expect(signs).to_have_attribute("d", re.compile(rf"^(M[^M]+){{{left}}}$"))
    else:
        expect(signs).to_have_count(0)


def test_arrow_keys_read_cells_from_the_strongest_on(result: Page) -> None:
    cam = np.array(api_answer(result)["predictions"][0]["cam"])  # type: ignore[index]
    stage = result.get_by_role("application")
    stage.focus()
    result.keyboard.press("ArrowRight")
    assert value_read(result) == pytest.approx(cam.max(), abs=6e-3)
    for key in ["ArrowLeft"] * cam.shape[1] + ["ArrowUp"] * cam.shape[0]:
        result.keyboard.press(key)
    expect(result.locator("[data-readout]")).to_contain_text("row 1, column 1:")
    assert value_read(result) == pytest.approx(cam[0, 0], abs=6e-3)
    expect(result.locator("[data-mark-cell]").first).to_be_visible()
    result.keyboard.press("Escape")
    expect(result.locator("[data-readout]")).to_contain_text("arrow keys")


def test_the_cell_that_is_read_looks_like_no_region(result: Page) -> None:
    result.locator("body").press("2")
    result.get_by_role("application").focus()
    for key in ("ArrowRight", "Shift+ArrowRight"):
        result.keyboard.press(key)
    for mark in result.locator("[data-mark-cell]").all():
        expect(mark).to_be_visible()
        expect(mark).to_have_css("stroke-dasharray", "none")
    expect(result.locator("[data-layer=region] .mark--dashes")).not_to_have_css("stroke-dasharray", "none")


def test_marks_show_the_peak_and_the_box(result: Page) -> None:
    top = api_answer(result)["predictions"][0]  # type: ignore[index]
    result.get_by_label("Strongest cell").check()
    result.get_by_label("Box around what counts").check()
    box = result.locator("[data-mark-box]").first
    expect(box).to_have_attribute("x", str(top["box"]["left"]))
    expect(box).to_have_attribute("width", str(top["box"]["right"] - top["box"]["left"]))
    place = result.locator("[data-mark-peak]").first.get_attribute("d") or ""
    x, y = (float(part) for part in re.findall(r"[\d.]+", place)[:2])
    assert (x, y) == pytest.approx((top["peak"]["x"], top["peak"]["y"]), abs=1e-3)
    result.get_by_label("against the runner-up").check()
    expect(box).to_be_hidden()
    expect(result.get_by_label("Box around what counts")).to_be_disabled()
    expect(result.get_by_text("There is a box for each class of the list")).to_be_visible()
    result.get_by_label("on its own").check()
    expect(result.get_by_text("There is a box for each class of the list")).to_be_hidden()


def test_any_class_can_be_looked_at(result: Page, bundles: Bundles) -> None:
    search = result.get_by_label("Look at any of its 14 classes")
    search.fill("GRASS")
    requests = requests_of(result)
    result.get_by_role("button", name="grass").click()
    wait_for_map(result, f"{bundles.colours.spec.labels.index('grass')} ")
    expect(result.locator("[data-map-title]")).to_have_text("grass")
    expect(result.locator("[data-proof]")).to_contain_text("= logit")
    assert requests == []
    search.fill("no such thing")
    expect(result.get_by_text("No class has a name like that.")).to_be_visible()


def test_a_class_is_chosen_by_keys_alone(result: Page, bundles: Bundles) -> None:
    labels = bundles.colours.spec.labels
    search, matches = result.get_by_label("Look at any of its 14 classes"), result.locator(".search__match")
    search.press("ArrowDown")
    search.press("Enter")
    expect(search).to_be_focused()
    search.fill("e")
    names = [labels.index(name) for name in matches.locator("[dir=auto]").all_inner_texts()]
    search.press("Enter")
    wait_for_map(result, f"{names[0]} ")
    expect(search).to_be_focused()
    search.press("ArrowDown")
    expect(matches.first).to_be_focused()
    result.keyboard.press("ArrowDown")
    result.keyboard.press("ArrowDown")
    expect(matches.nth(2)).to_be_focused()
    result.keyboard.press("Enter")
    wait_for_map(result, f"{names[2]} ")
    for _ in names:
        result.keyboard.press("ArrowDown")
    expect(matches.last).to_be_focused()
    result.keyboard.press("Escape")
    expect(search).to_be_focused()
    expect(search).to_have_value("e")
    result.keyboard.press("ArrowDown")
    result.keyboard.press("ArrowUp")
    expect(search).to_be_focused()


def test_a_search_says_when_there_are_more_than_it_lists(result: Page) -> None:
    search = result.get_by_label("Look at any of its 14 classes")
    search.fill("e")
    listed = result.locator(".search__match").count()
    assert listed == 8
    expect(result.get_by_text(re.compile(r"The first 8 of \d+"))).to_be_visible()
    expect(result.locator(".search__match [dir=auto]")).to_have_count(8)


def test_a_class_is_found_by_number_and_with_a_slip_and_what_fits_stands_out(result: Page, bundles: Bundles) -> None:
    search = result.get_by_label("Look at any of its 14 classes")
    matches, status = result.locator(".search__match"), result.locator("[data-found]")
    grass = bundles.colours.spec.labels.index("grass")
    for typed, count in ((f"index:{grass}", 1), (f"{grass}", 1), ("graas", 1)):
        search.fill(typed)
        expect(matches).to_have_count(count)
        expect(matches).to_contain_text("grass")
    expect(status).to_have_text("No class is called quite that; these come close. 1 found")
    search.fill("blue sky")
    expect(matches).to_have_count(1)
    assert matches.locator("mark").all_inner_texts() == ["sky", "blue"]
    expect(status).to_have_text("1 found")
    search.fill(f"{grass}")
    assert matches.locator("mark").all_inner_texts() == [f"{grass}"]


def test_classes_that_cannot_be_loaded_are_named(page: Page, photo: Path) -> None:
    page.route("**/labels", lambda route: route.fulfill(**GATEWAY))
    page.goto(explain_quickly(page, photo))
    expect(page.get_by_text("The other classes could not be loaded.")).to_contain_text("error 502")
    expect(page.get_by_role("searchbox")).to_be_disabled()
    wait_for_map(page)


def test_another_map_is_announced_once(result: Page) -> None:
    region = result.locator("[data-announce]")
    expect(region).to_be_empty()
    second = result.locator(".prediction").nth(1)
    second.click()
    label = second.locator(".prediction__label").inner_text()
    expect(region).to_have_text(
        re.compile(f"^Map of {re.escape(label)}; probability [\\d.]+%. Strongest evidence in the [a-z ]+: [\\d.]+% of ")
    )


STYLED = "() => Array.from(document.querySelectorAll('link[rel=stylesheet]')).every((link) => link.sheet !== null)"


def test_nothing_moves_when_the_maps_arrive(make_context: ContextMaker, photo: Path) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    for width in (360, 1280):
        page = make_context(viewport={"width": width, "height": 800}).new_page()
        page.route("**/joined/**", hold)
        page.goto(explain_quickly(page, photo), wait_until="commit")
        page.locator("footer").wait_for()
        page.wait_for_function(STYLED)
        parts = ("[data-proof]", ".controls", ".side .disclosure >> nth=0")
        before = [page.locator(part).bounding_box() for part in parts]
        page.wait_for_timeout(200)
        held.pop().continue_()
        wait_for_map(page)
        page.get_by_role("searchbox").wait_for()
        next_frame(page)
        assert [page.locator(part).bounding_box() for part in parts] == before


def test_a_class_outside_the_list_can_be_linked_to(result: Page, bundles: Bundles) -> None:
    index = bundles.colours.spec.labels.index("coal")
    result.goto(f"{result.url.split('?')[0]}?class={index}&versus=0")
    wait_for_map(result, f"{index} 0")
    expect(result.locator("[data-map-title]")).to_have_text("coal rather than red")


def test_a_map_without_anything_positive_is_explained(page: Page, tmp_path: Path) -> None:
    black = tmp_path / "black.png"
    Image.new("RGB", (96, 96)).save(black)
    explain(page, black)
    wait_for_map(page)
    page.get_by_label("adds only").check()
    for choice in page.locator(".prediction").all():
        choice.click()
        if page.locator("[data-nothing]").is_visible():
            break
    expect(page.locator("[data-nothing]")).to_contain_text("No part of the picture adds to")
    next_frame(page)
    assert pixels_at(page, [(0.5, 0.5)])[0][3] == 0


def test_the_picture_is_saved_as_it_is_shown(result: Page) -> None:
    result.get_by_label("Opacity").fill("1")
    result.get_by_label("adds only").check()
    next_frame(result)
    result.get_by_text("Download", exact=True).click()
    with result.expect_download() as download:
        result.get_by_role("link", name="Picture as shown").click()
    assert download.value.suggested_filename.endswith(".png")
    with Image.open(download.value.path()) as picture:
        assert picture.width == 320
        assert picture.height > 240 + 40, "the legend is below"
        saved = picture.convert("RGB").getpixel((160, 120))
        legend = np.asarray(picture.convert("RGB"))[240:]
    assert saved == pytest.approx(tuple(pixels_at(result, [(0.5, 0.5)])[0][:3]), abs=2)
    least, most = (68, 1, 84), (253, 231, 37)  # the ends of viridis
    for colour in (least, most):
        assert (np.abs(legend.astype(int) - colour).max(axis=2) <= 3).any(), colour


def test_the_saved_picture_has_the_marks_that_are_on(result: Page) -> None:
    top = api_answer(result)["predictions"][0]  # type: ignore[index]
    place = (round(top["peak"]["x"]), round(top["peak"]["y"]))
    result.get_by_label("Strongest cell").check()
    result.get_by_label("Box around what counts").check()
    result.get_by_text("Download", exact=True).click()
    with result.expect_download() as download:
        result.get_by_role("link", name="Picture as shown").click()
    with Image.open(download.value.path()) as picture:
        marked = picture.convert("RGB")
    assert max(marked.getpixel(place)) < 60, "the dark dot of the strongest cell"
    left, top_edge, bottom = (int(top["box"][side]) for side in ("left", "top", "bottom"))
    edge = np.asarray(marked)[top_edge + 3 : bottom - 3, max(0, left - 1) : left + 1].reshape(-1, 3)
    assert edge.min(axis=1).max() > 120, "the light line of the box"
    assert edge.max(axis=1).min() < 100, "and its dark dashes"


def test_maps_and_numbers_are_saved(result: Page) -> None:
    result.get_by_text("Download", exact=True).click()
    with result.expect_download() as download:
        result.get_by_role("link", name="Maps of all classes").click()
    answer = api_answer(result)
    maps = np.load(BytesIO(Path(download.value.path()).read_bytes()))
    top = answer["predictions"][0]  # type: ignore[index]
    np.testing.assert_array_equal(maps[top["index"]], np.array(top["cam"], dtype=np.float32))
    result.get_by_text("Download", exact=True).click()
    with result.expect_download() as download:
        result.get_by_role("link", name="Numbers").click()
    assert json.loads(Path(download.value.path()).read_text()) == answer


def test_a_permalink_works_for_others_who_cannot_delete(result: Page, make_context: ContextMaker) -> None:
    visitor = make_context().new_page()
    visitor.goto(result.url)
    wait_for_map(visitor)
    expect(visitor.get_by_role("link", name="Delete")).to_have_count(0)


def test_delete_asks_first(result: Page) -> None:
    address = result.url
    result.get_by_role("link", name="Delete").click()
    result.get_by_role("button", name="Keep it").click()
    expect(result).to_have_url(address)
    result.get_by_role("link", name="Delete").click()
    result.get_by_role("button", name="Delete it").click()
    expect(result).to_have_url(re.compile("/explanations$"))
    answer = result.goto(address)
    assert answer is not None
    assert answer.status == 404
    expect(result.get_by_role("heading", name="Not found")).to_be_visible()


def test_the_heatmap_page_has_the_same_controls(result: Page) -> None:
    result.get_by_label("adds only").check()
    result.get_by_role("link", name="This map alone").click()
    wait_for_map(result)
    assert "/heatmap?" in result.url
    expect(result.get_by_label("adds only")).to_be_checked()
    result.get_by_label("grid", exact=True).check()
    result.get_by_role("link", name="Back to all predictions").click()
    wait_for_map(result)
    expect(result.get_by_label("grid", exact=True)).to_be_checked()


def test_maps_that_cannot_be_loaded_are_named(page: Page, photo: Path) -> None:
    page.route("**/cams.npy", lambda route: route.abort())
    page.goto(f"{explain_quickly(page, photo)}?class=0")
    expect(page.get_by_role("alert")).to_contain_text("The maps could not be loaded.")


def test_an_answer_of_a_proxy_in_place_of_the_maps_is_named(page: Page, photo: Path) -> None:
    page.route("**/cams.npy", lambda route: route.fulfill(**GATEWAY))
    page.goto(f"{explain_quickly(page, photo)}?class=0")
    expect(page.get_by_role("alert")).to_contain_text("error 502")


@pytest.mark.parametrize("model", ["colours", "mixed"])
def test_a_failed_deletion_is_said_in_view(page: Page, photo: Path, model: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(explain_quickly(page, photo, model=model))
    page.route("**/api/v1/explanations/*", lambda route: route.fulfill(**GATEWAY))
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("could not be deleted.*error 502"))
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)


def test_without_exact_maps_nothing_is_loaded_for_them(page: Page, photo: Path) -> None:
    address = explain_quickly(page, photo, model="mixed")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert [url for url in requests if ("/api/" in url and "/image" not in url) or "colormaps" in url] == []
