"""The pages of models, as people meet them: looked at, renamed, brought along, deleted; with scripts and without."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.config import Settings
from tests.browsing import Bundles, ContextMaker, serve
from tests.bundles import make_bundle
from tests.test_app_models import packed, trained
from tests.test_browser_access import open_everything, scan

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1280, 1600)
MANY = tuple(f"kind {number}" for number in range(300))
LONG_NAME = "x" * 100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The watched folder of the server."""
    return tmp_path_factory.mktemp("models-site") / "data" / "models"


@pytest.fixture(scope="module")
def site(bundles: Bundles, folder: Path) -> Iterator[str]:
    """A server over a named model and a folder of more."""
    data = folder.parent
    yield from serve(Settings(data_dir=data, cache_dir=data / "cache"), [bundles.colours])


@pytest.fixture(autouse=True)
def _models(folder: Path) -> None:
    """Each test finds the same two in the folder: one trained here, one of many classes."""
    shutil.rmtree(folder, ignore_errors=True)
    trained(folder)
    make_bundle(folder, name="many", labels=MANY)


@pytest.fixture
def long_name(folder: Path) -> str:
    """A model whose name and classes are as long as can be; returns its page."""
    make_bundle(folder, name=LONG_NAME, labels=("y" * 200, "a word " * 28))
    return f"/models/{LONG_NAME}"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_model_is_found_looked_at_renamed_and_deleted(
    make_context: ContextMaker, folder: Path, scripts: bool
) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    page.goto("/")
    page.get_by_role("link", name="Models").click()
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="insects"))
    expect(card).to_contain_text("91.0%")
    expect(card).to_contain_text("of 200 pictures")
    card.get_by_role("link", name="insects", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("insects")
    expect(page.get_by_text("The head has 30 of the network’s 50 parameters: 60.0%.")).to_be_visible()
    page.get_by_label("Name").fill("bugs")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("bugs")
    assert {path.name for path in folder.iterdir()} == {"bugs", "many"}
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("link", name="Keep it").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    page.wait_for_url("**/models")
    expect(page.get_by_role("heading", name="bugs")).to_have_count(0)
    assert {path.name for path in folder.iterdir()} == {"many"}


@pytest.mark.parametrize("scripts", [True, False])
def test_a_name_that_is_taken_is_said_beside_the_field(make_context: ContextMaker, scripts: bool) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    page.goto("/models/insects")
    page.get_by_label("Name").fill("many")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("alert")).to_contain_text("another model called 'many'")
    expect(page.get_by_label("Name")).to_have_attribute("aria-describedby", "name-hint refusal")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_zip_file_becomes_a_model(make_context: ContextMaker, tmp_path: Path, scripts: bool) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    zipped = tmp_path / "model.zip"
    zipped.write_bytes(packed(make_bundle(tmp_path, name="brought", labels=("a", "b")), "brought/"))
    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(b"no zip")
    page.goto("/models")
    page.get_by_label("Zip file").set_input_files(wrong)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("alert")).to_contain_text("not a zip file")
    page.get_by_label("Zip file").set_input_files(zipped)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("brought")


def test_a_zip_file_can_be_dropped_anywhere(page: Page, tmp_path: Path) -> None:
    content = packed(make_bundle(tmp_path, name="dropped", labels=("a", "b")))
    page.goto("/models")
    page.evaluate(
        """(bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "model.zip", { type: "application/zip" }));
          document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
        }""",
        list(content),
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("dropped")


def test_a_model_can_be_downloaded_and_its_report_opens_alone(page: Page) -> None:
    page.goto("/models/insects")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.startswith("insects-")
    page.get_by_role("link", name="Its report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("insects")
    colour = page.locator(".result").evaluate("(element) => getComputedStyle(element).backgroundColor")
    assert colour == "rgb(255, 255, 255)"  # its styles are let through, in the light theme


@pytest.mark.parametrize("scripts", [True, False])
def test_many_classes_are_searched(make_context: ContextMaker, scripts: bool) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    page.goto("/models/many")
    search = page.get_by_role("searchbox")
    search.fill("KIND 29")
    if not scripts:
        page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status").filter(has_text="found")).to_have_text("13 found")
    expect(page.get_by_text("kind 29", exact=True)).to_be_visible()
    expect(page.get_by_text("kind 12", exact=True)).to_be_hidden()


def test_layers_are_unfolded_by_the_keyboard(page: Page) -> None:
    page.goto("/models/insects")
    summary = page.locator("summary").filter(has_text="Head")
    expect(page.get_by_role("rowheader", name="fc Linear")).to_be_visible()
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="fc Linear")).to_be_hidden()


def test_an_old_link_leads_to_the_renamed_model(page: Page) -> None:
    page.goto("/models/insects")
    old = page.url
    page.get_by_label("Name").fill("beetles")
    page.get_by_role("button", name="Rename").click()
    page.wait_for_url("**/models/beetles-*")
    page.goto(old)
    expect(page.get_by_role("heading", level=1)).to_have_text("beetles")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(make_context: ContextMaker, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    found: list[str] = []
    for path in ("/models", "/models/insects", "/models/many", "/models/colours", "/models/insects/delete"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found += scan(page)
        open_everything(page)
        found += scan(page)
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_report(make_context: ContextMaker, folder: Path, tmp_path: Path, theme: str) -> None:
    shown = tmp_path / "report.html"
    shown.write_bytes((folder / "insects" / "report.html").read_bytes())
    page = make_context(color_scheme=theme).new_page()
    page.route("**/alone", lambda route: route.fulfill(path=shown, content_type="text/html"))
    page.goto("/alone")  # without its policy, under which no scan can run
    open_everything(page)
    assert scan(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(make_context: ContextMaker, long_name: str, width: int) -> None:
    page = make_context(viewport={"width": width, "height": 800}).new_page()
    for path in ("/models", "/models/insects", "/models/many", "/models/colours", long_name, f"{long_name}/delete"):
        page.goto(path)
        open_everything(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, path
