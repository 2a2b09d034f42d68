"""A report opened from a disk, and what is taken along from the prediction page: in a real browser."""

import io
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from model.geometry import Grid
from model.rendering import Style, colour_map
from tests.browsing import explain_quickly, next_frame, wait_for_map
from tests.test_app_exports import Parsed, data_of, maps_of
from tests.test_browser_access import scan
from tests.test_browser_result import pixels_at

pytestmark = pytest.mark.browser

PATIENCE_MS = 20_000
STEP = 13  # every so many pixels of the canvas are compared
CHOSEN = {"class": 3, "versus": 1, "region": "40,30,200,180", "all": "true"}
Saver = Callable[..., Path]
Opener = Callable[..., Page]


@pytest.fixture
def save(page: Page, photo: Path, tmp_path: Path) -> Saver:
    """The report of an explained photo, as a file."""
    path = explain_quickly(page, photo)

    def saved(**query: Any) -> Path:
        answer = page.request.get(f"/api/v1{path}/report.html", params=query)
        assert answer.status == 200, answer.text()
        file = tmp_path / "report.html"
        file.write_bytes(answer.body())
        return file

    return saved


@pytest.fixture
def open_file(chromium: Browser) -> Iterator[Opener]:
    """Opens a file in a browser that has no network; nothing else may be asked for, and nothing may fail."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(file: Path, **options: Any) -> Page:
        context = chromium.new_context(offline=True, reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("console", lambda message: message.type == "error" and faults.append(message.text))
        local = (file.parent.as_uri(), "data:", "blob:")
        context.on("request", lambda request: request.url.startswith(local) or faults.append(request.url))
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def drawn(page: Page) -> tuple[tuple[int, int], Any]:
    """The canvas: its width and height, and every STEP-th of its pixels both ways, RGBA."""
    width, height, data = page.evaluate(
        """(step) => {
             const canvas = document.querySelector("canvas[data-map]");
             const { width, height } = canvas;
             const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
             const picked = [];
             for (let y = 0; y < height; y += step) {
               for (let x = 0; x < width; x += step) {
                 const at = 4 * (y * width + x);
                 picked.push(...pixels.subarray(at, at + 4));
               }
             }
             return [width, height, picked];
           }""",
        STEP,
    )
    return (width, height), np.reshape(np.array(data, dtype=np.int16), (-(-height // STEP), -(-width // STEP), 4))


def test_from_a_disk_it_draws_any_of_its_maps_as_the_server_does(save: Saver, open_file: Opener) -> None:
    file = save(all="true")
    data = data_of(Parsed(file.read_text()))
    page = open_file(file)
    wait_for_map(page)
    grid, maps = Grid(**data["explanation"]["grid"]), maps_of(data)
    for place in (1, 0):
        one = data["classes"][place]
        page.locator(f'.prediction[data-class="{one["index"]}"]').click()
        wait_for_map(page, f"{one['index']} ")
        size, ours = drawn(page)
        theirs = colour_map(maps[place], grid, Style(), size, (320, 240))[::STEP, ::STEP]
        difference = np.abs(ours - theirs)
        assert (difference[..., 3] > 1).mean() < 0.01
        expect(page.locator("[data-map-title]")).to_have_text(one["label"])
        expect(page.locator(f"#figure-{one['index']}")).to_be_hidden()
    expect(page.locator(".sheet__figure:visible")).to_have_count(4)


def test_its_controls_and_its_readout_work(save: Saver, open_file: Opener) -> None:
    file = save()
    data = data_of(Parsed(file.read_text()))
    page = open_file(file)
    wait_for_map(page)
    places = [((x + 0.5) / 16, (y + 0.5) / 12) for x in range(16) for y in range(12)]
    seen = [pixels_at(page, places)]
    for change in (
        lambda: page.get_by_label("Opacity").fill("0.4"),
        lambda: page.get_by_label("Hide weaker than").fill("0.5"),
        lambda: page.get_by_label("grid", exact=True).check(),
        lambda: page.get_by_label("adds only").check(),
        lambda: page.get_by_label("against the runner-up").check(),
    ):
        change()
        next_frame(page)
        seen.append(pixels_at(page, places))
        assert seen[-1] != seen[-2]
    page.get_by_label("on its own", exact=True).check()
    page.get_by_label("adds and takes away").check()
    page.locator("[data-stage]").focus()
    page.keyboard.press("ArrowRight")
    strongest = float(maps_of(data)[0].max())
    expect(page.locator("[data-readout]")).to_contain_text(re.compile(r"row \d+, column \d+: "))
    said = page.locator("[data-readout]").inner_text()
    assert float(said.split(": ")[1].split()[0].replace("−", "-")) == pytest.approx(strongest, abs=0.006)


def test_it_opens_as_it_was_saved_and_finds_any_class(save: Saver, open_file: Opener) -> None:
    page = open_file(save(**CHOSEN, threshold=0.25, cells="grid"))
    wait_for_map(page, "3 1")
    expect(page.get_by_label("grid", exact=True)).to_be_checked()
    expect(page.get_by_label("Hide weaker than")).to_have_value("0.25")
    expect(page.locator(".stage__marks > .mark").last).to_have_attribute("width", "160")
    page.get_by_role("searchbox").fill("coal")
    page.get_by_role("button", name="coal").click()
    expect(page.locator("[data-map-title]")).to_contain_text("coal rather than")


def test_without_scripts_it_has_figures(save: Saver, open_file: Opener) -> None:
    page = open_file(save(), java_script_enabled=False)
    pictures = page.locator("noscript img, .sheet__figure:visible img")
    expect(pictures).to_have_count(5)
    for place in range(5):
        assert pictures.nth(place).evaluate("(one) => one.complete && one.naturalWidth") == 320
    expect(page.get_by_role("form", name="How the map is drawn")).to_be_hidden()
    expect(page.locator("[data-proof-sum]")).to_contain_text("mean of this map")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_report_is_printed_a_figure_a_page(save: Saver, open_file: Opener, scripts: bool) -> None:
    page = open_file(save(), java_script_enabled=scripts, color_scheme="dark")
    if scripts:
        wait_for_map(page)
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert 6 <= pages <= 8  # the map in view, four others, and the tables
    page.emulate_media(media="print", color_scheme="dark")
    for gone in (".controls", ".readout", ".sheet__tools"):
        expect(page.locator(gone).first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_nothing_is_wider_than_a_small_window(save: Saver, open_file: Opener) -> None:
    page = open_file(save(**CHOSEN), viewport={"width": 360, "height": 720})
    wait_for_map(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_prediction_page_is_printed_without_what_can_be_pressed(page: Page, photo: Path) -> None:
    page.goto(explain_quickly(page, photo))
    wait_for_map(page)
    page.emulate_media(media="print")
    for gone in (".masthead", ".actions", ".controls", ".search", ".readout"):
        expect(page.locator(gone).first).to_be_hidden()
    for kept in ("[data-stage]", "[data-legend]", "[data-proof]", ".prediction >> nth=0"):
        expect(page.locator(kept)).to_be_visible()
    expect(page.get_by_text("whole and upright")).to_be_visible()
    expect(page.get_by_text("How the map is drawn")).to_be_hidden()
    stage, canvas = page.locator("[data-photo]").bounding_box(), page.locator("[data-map]").bounding_box()
    assert stage == canvas


@pytest.mark.parametrize(
    ("question", "answer", "gone"),
    [
        ("region&region=b10_10_160_230", "[data-sentence]", "Draw on the photo"),
        ("truth&tried=1", "[data-scores]", "Filled with"),
        ("where", ".where__table", "Save the regions"),
        ("channels", ".channel >> nth=0", "Feature maps that"),
        ("versus&versus=1", "[data-gives]", "and not that"),
    ],
)
def test_answers_are_printed_and_how_to_ask_is_not(
    page: Page, photo: Path, question: str, answer: str, gone: str
) -> None:
    page.goto(f"{explain_quickly(page, photo)}#ask={question}")
    wait_for_map(page)
    shown = page.locator(f"#panel-{question.split('&', maxsplit=1)[0]}")
    expect(shown.locator(answer)).to_be_visible()
    expect(shown.get_by_text(gone).first).to_be_visible()
    page.emulate_media(media="print")
    expect(shown.locator(answer)).to_be_visible()
    expect(shown.get_by_text(gone).first).to_be_hidden()
    expect(page.locator(".prediction").first).to_be_visible()
    for name in ("input", "button", "select"):
        assert [one for one in page.locator(name).all() if one.is_visible()] == []


def downloaded(page: Page, name: str) -> bytes:
    """What an entry of the menu gives."""
    page.get_by_text("Download", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def test_what_is_in_the_menu_is_about_the_map_in_view(page: Page, photo: Path) -> None:
    path = explain_quickly(page, photo)
    page.goto(path)
    wait_for_map(page)
    second = page.locator(".prediction").nth(1)
    second.click()
    page.get_by_label("against the runner-up").check()
    page.get_by_label("Opacity").fill("0.5")
    index = int(second.get_attribute("data-class") or "")
    wait_for_map(page, page.locator("canvas[data-map]").get_attribute("data-drawn"))
    next_frame(page)
    view = data_of(Parsed(downloaded(page, "Report HTML").decode()))["view"]
    assert (view["class"], view["opacity"], view["mode"]) == (index, 0.5, "signed")
    whole = data_of(Parsed(downloaded(page, "Report with all classes HTML").decode()))
    assert (whole["view"], len(whole["classes"])) == (view, whole["explanation"]["model"]["classes"])
    cells = downloaded(page, "This map, cell by cell CSV").decode()
    query = {"class": index, "versus": view["versus"]}
    assert cells == page.request.get(f"/api/v1{path}/cam.csv", params=query).text()
    assert (
        downloaded(page, "Scores of all classes CSV").decode() == page.request.get(f"/api/v1{path}/scores.csv").text()
    )


@pytest.mark.parametrize("versus", [False, True])
def test_the_picture_as_shown_tells_what_the_servers_does(page: Page, photo: Path, versus: bool) -> None:
    path = explain_quickly(page, photo)
    page.goto(path)
    wait_for_map(page)
    if versus:
        page.get_by_label("against the runner-up").check()
    next_frame(page)
    ours = info_of(downloaded(page, "Picture as shown PNG"))
    query = {"class": ours["Camscope:class-index"]} | ({"versus": ours["Camscope:versus-index"]} if versus else {})
    theirs = info_of(page.request.get(f"/api/v1{path}/heatmap.png", params=query).body())
    assert {name for name, words in ours.items() if not same(words, theirs.get(name, ""))} == set()
    assert ours.keys() == theirs.keys()


def info_of(picture: bytes) -> dict[str, str]:
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        return {name: words for name, words in image.info.items() if isinstance(words, str)}


def same(one: str, other: str) -> bool:
    """Equal as words, or as numbers: a margin is a difference of two that were rounded."""
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-5, abs_tol=1e-6)
    except ValueError:
        return one == other


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(save: Saver, open_file: Opener, theme: str) -> None:
    page = open_file(save(**CHOSEN), color_scheme=theme)
    wait_for_map(page)
    assert scan(page) == []
