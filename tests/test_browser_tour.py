"""The tour's pictures: a photograph, the embedded network, and each question with its answer."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.config import Settings
from model.classifier import Classifier
from tests.browsing import ContextMaker, serve, wait_for_map

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOCS = Path(__file__).resolve().parents[1] / "docs"
TOUR = (DOCS / "tour.md").read_text()
WINDOW = {"width": 1280, "height": 860}
CAT = "#region=b130_60_330_230"  # its face
MOST_BYTES = 150_000
QUALITY = 72


def panel(page: Page, name: str) -> None:
    """Ask a question and wait for its panel."""
    page.locator(f"#ask-{name}").click()
    page.locator(f"#panel-{name}").wait_for()


def seen(page: Page) -> None:
    panel(page, "seen")


def region(page: Page) -> None:
    panel(page, "region")
    expect(page.locator("#panel-region [data-without]")).to_contain_text("the head would")


def versus(page: Page) -> None:
    panel(page, "versus")
    expect(page.locator("#panel-versus [data-sentence]")).to_contain_text("is ahead of")


def truth(page: Page) -> None:
    panel(page, "truth")
    page.get_by_label("strongest 30%").check(force=True)
    page.get_by_role("button", name="Ask the network").click()
    page.locator("#panel-truth [data-split] td").first.wait_for()
    page.locator("[data-altered]").evaluate("(image) => image.decode()")
    page.locator("#panel-truth [data-told]").evaluate("(told) => { told.scrollIntoView(); scrollBy(0, -24); }")


def where(page: Page) -> None:
    panel(page, "where")


def finer(page: Page) -> None:
    panel(page, "finer")
    page.get_by_role("radio", name="scale 2:").check()
    expect(page.locator("#panel-finer [data-told]")).to_contain_text("It took")


def channels(page: Page) -> None:
    panel(page, "channels")
    expect(page.locator("#panel-channels [data-sum]")).to_contain_text("together the logit")


QUESTIONS: dict[str, Callable[[Page], None]] = {
    step.__name__: step for step in (seen, region, versus, truth, where, finer, channels)
}


@pytest.fixture(scope="module")
def site(embedded_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the embedded network."""
    folder = tmp_path_factory.mktemp("tour")
    yield from serve(Settings(data_dir=folder / "data", cache_dir=folder / "cache"), [Classifier.open(embedded_path)])


@pytest.mark.usefixtures("patience")
def test_each_question_has_its_picture(
    make_context: ContextMaker, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    page = make_context(viewport=WINDOW, color_scheme="light", timezone_id="UTC").new_page()
    page.goto("/")
    page.get_by_role("button", name="A cat").click()
    wait_for_map(page)
    address = page.url.split("#")[0]
    page.locator("#any-class:enabled").wait_for(state="attached")
    assert set(QUESTIONS) == {
        tab.get_attribute("data-question") for tab in page.locator("[role=tab][data-question]").all()
    }
    folder = DOCS / "images" if request.config.getoption("--screenshots") else tmp_path
    for name, ask in QUESTIONS.items():
        page.goto("about:blank")
        page.goto(address + (CAT if name == "region" else ""))
        wait_for_map(page)
        page.locator("#any-class:enabled").wait_for(state="attached")
        ask(page)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement.blur()")
        picture = folder / f"tour-{name}.jpg"
        page.screenshot(path=picture, type="jpeg", quality=QUALITY)
        assert picture.stat().st_size <= MOST_BYTES, name


def test_the_tour_shows_each_of_them() -> None:
    assert re.findall(r"\(images/tour-(\w+)\.jpg\)", TOUR) == list(QUESTIONS)
    for name in QUESTIONS:
        assert (DOCS / "images" / f"tour-{name}.jpg").stat().st_size <= MOST_BYTES
