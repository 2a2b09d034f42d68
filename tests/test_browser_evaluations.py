"""Evaluations in the browser: ask for one, see what came of it, sort its pictures, mark a wrong reason."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.config import Settings
from tests.browsing import Bundles, ContextMaker, serve
from tests.evaluations import write_boxes, write_masks, write_squares

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

EVALUATION = re.compile(r"/evaluations/[0-9a-f]{32}$")
WIDTHS = (360, 768, 1280)
REAL_MS = 180_000


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_squares(tmp_path_factory.mktemp("squares") / "squares", count=9, wrong=2)


@pytest.fixture(scope="module")
def site(bundles: Bundles, squares: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache", training_folders=(squares.parent,))
    yield from serve(settings, [bundles.colours, bundles.mixed])


@pytest.fixture(scope="module")
def evaluated(site: str, squares: Path, chromium: Browser) -> tuple[str, dict[str, str]]:
    """The address of an evaluation that is done, and who may see it: asked for in the browser."""
    owner = {"Camscope-Owner": "the-one-who-evaluates-here"}
    with chromium.new_context(base_url=site, extra_http_headers=owner) as context:
        page = context.new_page()
        page.goto("/evaluations")
        page.get_by_label("On the server").check(force=True)
        page.get_by_label("Folder", exact=True).fill(str(squares))
        boxes = write_boxes(squares.parent / "boxes.csv", squares)
        page.get_by_label("Where the things are").set_input_files(boxes)
        page.get_by_role("button", name="Evaluate").click()
        expect(page).to_have_url(EVALUATION)
        expect(page.locator(".verdict")).to_be_visible(timeout=REAL_MS)
        return page.url, owner


@pytest.fixture
def page(make_context: ContextMaker, evaluated: tuple[str, dict[str, str]]) -> Page:
    context = make_context(extra_http_headers=evaluated[1])
    opened: Page = context.new_page()
    opened.goto(evaluated[0])
    return opened


def test_the_result_is_said_and_pictures_are_sorted_out(page: Page) -> None:
    expect(page.locator(".verdict__accuracy")).to_contain_text("92.6%")
    wrong = page.get_by_role("link", name=re.compile("^Wrong"))
    expect(wrong).to_contain_text("2")
    wrong.click()
    expect(page.locator(".gallery .tile")).to_have_count(2)
    expect(page.locator(".gallery .tile").first).to_contain_text("it is red")
    expect(page.locator(".gallery__rule")).to_contain_text("What was said is not true.")


def test_a_cell_of_the_matrix_leads_to_its_pictures(page: Page) -> None:
    page.locator(".matrix__cell--wrong a").first.click()
    expect(page.locator(".gallery__rule")).to_contain_text("Only red, said to be green.")
    expect(page.locator(".gallery .tile")).to_have_count(2)


def test_maps_can_be_taken_off_and_ticked_pictures_taken_along(page: Page) -> None:
    first = page.locator(".gallery canvas.tile__map").first
    expect(first).to_have_attribute("data-painted", "")
    pixels = "canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
    assert first.evaluate(f"canvas => {pixels}.some(Boolean)")
    expect(first).to_be_visible()
    page.get_by_label("Maps over the pictures").uncheck()
    expect(first).to_be_hidden()
    page.locator(".gallery [name='number']").nth(1).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Take the list along").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("red/1.png")


def test_a_wrong_reason_is_drawn_on_a_picture_and_taken_along(page: Page) -> None:
    page.locator(".gallery .tile__link").first.click()
    frame = page.locator("[data-frame]").bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + frame["width"] / 4, frame["y"] + frame["height"] / 4)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2, steps=4)
    page.mouse.up()
    expect(page.locator(".marked li")).to_have_count(1)
    expect(page.locator(".marked li")).to_contain_text("24, 16 to 48, 32")
    page.get_by_role("link", name=re.compile(" on squares")).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="What is marked on 1 picture").click()
    assert re.match(
        r"sha256:[0-9a-f]{64},24.0,16.0,48.0,32.0,red/0.png", download.value.path().read_text().splitlines()[1]
    )
    page.locator(".gallery .tile__link").first.click()
    page.get_by_role("button", name="Take away").click()
    expect(page.locator(".marked")).to_have_count(0)


def test_what_is_chosen_in_a_list_is_shown_at_once(page: Page) -> None:
    page.locator("select[name='true']").select_option(label="blue (9)")
    expect(page.locator(".gallery__count")).to_have_text("1 to 9 of 9 pictures")
    expect(page.locator(".gallery__rule")).to_contain_text("Only pictures of blue.")
    expect(page.get_by_role("link", name=re.compile("^Wrong"))).to_contain_text("0")


def test_one_goes_from_picture_to_picture_of_a_group_and_back_to_it(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Wrong")).click()
    page.locator(".gallery .tile__link").first.click()
    expect(page.locator(".beside__place")).to_have_text("Wrong: 1 of 2")
    expect(page.get_by_role("link", name="Picture before")).to_have_count(0)
    page.get_by_role("link", name="Picture after").click()
    expect(page.locator(".beside__place")).to_have_text("Wrong: 2 of 2")
    page.locator(".crumb a").click()
    expect(page.locator(".gallery .tile")).to_have_count(2)


def test_a_wrong_picture_shows_the_map_of_either_class_and_the_figures_of_both(page: Page) -> None:
    page.locator(".gallery .tile__link").first.click()
    said, true = page.locator("canvas.tile__map--said"), page.locator("canvas.tile__map--true")
    expect(said).to_be_visible()
    expect(true).to_be_hidden()
    page.get_by_label("red, true").check(force=True)
    expect(true).to_have_attribute("data-painted", "")
    expect(said).to_be_hidden()
    expect(page.locator(".looked__evidence thead")).to_contain_text("green, said")
    expect(page.locator(".looked__scale--true")).to_contain_text("logits")


def test_a_picture_is_explained_in_full(page: Page) -> None:
    page.locator(".gallery .tile__link").first.click()
    page.get_by_role("button", name="Explain it in full").click()
    expect(page).to_have_url(re.compile(r"/explanations/[0-9a-f]{32}\?class=1$"))


def test_all_of_it_works_without_scripts(make_context: ContextMaker, evaluated: tuple[str, dict[str, str]]) -> None:
    page = make_context(extra_http_headers=evaluated[1], java_script_enabled=False).new_page()
    page.goto(evaluated[0])
    page.locator("select[name='sort']").select_option("loss")
    page.get_by_label("the other way round").check()
    page.get_by_role("button", name="Show these").click()
    expect(page.locator(".gallery .tile").first).to_contain_text("it is red")
    page.locator(".gallery .tile__link").first.click()
    for name, value in {"left edge": "1", "top edge": "2", "right edge": "30", "bottom edge": "20"}.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Mark it").click()
    expect(page.locator(".marked li")).to_contain_text("1, 2 to 30, 20")
    page.get_by_role("button", name="Take away").click()
    expect(page.locator(".marked")).to_have_count(0)


def zipped(archive: Path, data: Path, top: str = "") -> Path:
    """A zip of class folders, maybe with a folder around them."""
    with zipfile.ZipFile(archive, "w") as stream:
        for file in data.rglob("*.png"):
            stream.write(file, f"{top}{file.relative_to(data)}")
    return archive


def test_boxes_find_the_pictures_of_a_zip(make_context: ContextMaker, site: str, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares", count=2)
    page = make_context().new_page()
    page.goto(f"{site}/evaluations")
    page.get_by_label("A zip of pictures").set_input_files(zipped(tmp_path / "squares.zip", data, "squares/"))
    boxes = write_boxes(tmp_path / "boxes.csv", data)
    boxes.write_text(boxes.read_text().replace(f"{data}/", ""))
    page.get_by_label("Where the things are").set_input_files(boxes)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Outlines of the things").set_input_files(
        zipped(tmp_path / "masks.zip", write_masks(tmp_path / "masks", data))
    )
    page.get_by_label("Ways to look").select_option("1,fused")
    page.get_by_label("Does it need").fill("3")
    page.get_by_label("Do maps hang").fill("3")
    page.get_by_role("button", name="Evaluate").click()
    expect(page).to_have_url(EVALUATION)
    expect(page.locator(".verdict")).to_be_visible(timeout=REAL_MS)
    expect(page.locator("main")).to_contain_text("PxAP")
    expect(page.locator("main")).to_contain_text("MaxBoxAccV2")
    expect(page.locator("main")).to_contain_text("Does it need what the maps show?")
    expect(page.locator("main")).to_contain_text("Do the maps hang on what it has learned?")
    page.locator(".gallery .tile__link").first.click()
    expect(page.locator(".page-head__note")).to_contain_text("blue/0.png")
    photo = page.locator(".looked__photo")
    assert "/photos/" in str(photo.get_attribute("src"))
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") == 96
    expect(page.locator(".placed--given")).to_have_count(1)


def test_a_zip_is_refused_with_what_to_do(make_context: ContextMaker, site: str, tmp_path: Path) -> None:
    page = make_context().new_page()
    page.goto(f"{site}/evaluations")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a zip of pictures first.")
    data = write_squares(tmp_path / "strangers", count=1)
    archive = zipped(tmp_path / "strangers.zip", data, "un")
    page.get_by_label("A zip of pictures").set_input_files(archive)
    page.get_by_label("Where the things are").set_input_files(write_boxes(tmp_path / "boxes.csv", data))
    page.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_role("alert")).to_contain_text("The network has no class")
    expect(page.get_by_label("Labels that the network calls otherwise")).to_have_value(
        "unblue=blue\nungreen=green\nunred=red"
    )
    expect(page.locator("[data-sending]")).to_be_hidden()
    expect(page.get_by_label("Pictures sent before")).to_contain_text("unblue, ungreen, unred (3)")
    assert page.get_by_label("Where the things are").evaluate("input => input.files.length") == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_every_width(page: Page, theme: str, tmp_path: Path) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    picture = page.locator(".gallery .tile__link").first.get_attribute("href")
    assert picture is not None
    for number, address in enumerate((page.url, picture, "/evaluations")):
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (address, width, wide)
            page.screenshot(path=tmp_path / f"{number}-{width}-{theme}.png", full_page=True)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
