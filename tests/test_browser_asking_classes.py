"""What did it see? The first twenty classes by arrow keys and letters, any by name, and what comes in between."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.config import Settings
from model.classifier import Classifier
from tests.asking import Asked, fragment, numbers_in, open_asked
from tests.browsing import ContextMaker, paint, serve, wait_for_map
from tests.bundles import make_bundle

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

LABELS = tuple(f"kind {number:02}" for number in range(40))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over a network of forty classes, and another that can be deleted."""
    folder = tmp_path_factory.mktemp("classes")
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache")
    made = make_bundle(folder, name="forty", labels=LABELS)
    make_bundle(settings.models_folder, name="short")
    yield from serve(settings, [Classifier.open(made, threads=1)])


def listed(page: Page) -> list[int]:
    """The classes of the list, from the top."""
    return [int(one.get_attribute("data-class") or -1) for one in page.locator(".prediction").all()]


def current(page: Page) -> list[int]:
    """The classes that are marked as the one in view."""
    marked = page.locator(".prediction[aria-current]").all()
    return [int(one.get_attribute("data-class") or -1) for one in marked]


def test_the_first_twenty_are_gone_through_by_keys(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    order = np.argsort(-asked.logits, kind="stable").tolist()
    assert listed(page) == asked.indices == order[:5]
    page.get_by_role("button", name="More classes").click()
    expect(page.locator(".prediction")).to_have_count(20)
    assert listed(page) == order[:20]
    assert current(page) == order[:1]
    expect(page.locator(".prediction").nth(5)).to_be_focused()
    for shown, index in zip(page.locator(".prediction").all(), listed(page), strict=True):
        told = numbers_in(shown.locator(".prediction__logit").inner_text())
        assert told == pytest.approx([asked.logits[index]], rel=0.01, abs=0.006)
        expect(shown.locator(".prediction__label")).to_have_text(LABELS[index])
    page.locator(".prediction").first.focus()
    for at in range(1, 20):
        page.keyboard.press("ArrowDown" if at % 2 else "j")
        assert current(page) == [order[at]]
    page.keyboard.press("j")
    assert current(page) == [order[19]], "there it ends"
    page.wait_for_timeout(800)  # what comes later is a step of its own
    page.keyboard.press("k")
    wait_for_map(page, f"{order[18]} ")
    page.get_by_role("button", name="Undo").click()
    assert current(page) == [order[19]]


def test_any_class_is_found_by_its_name(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    last = int(np.argsort(-asked.logits)[-1])
    page.get_by_role("searchbox").fill(f"{last:02} KIND")
    page.get_by_role("button", name=LABELS[last]).click()
    wait_for_map(page, f"{last} ")
    assert current(page) == []
    page.locator("body").press("j")
    assert current(page) == asked.indices[:1], "from beside the list to its first"


def test_another_address_leads_back_and_forth(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    first, second = asked.indices[:2]
    page.evaluate("(index) => { window.location.hash = `class=${index}&ask=finer`; }", second)
    wait_for_map(page, f"{second} ")
    page.go_back()
    wait_for_map(page, f"{first} ")
    expect(page.get_by_role("tab", selected=True)).to_have_attribute("data-question", "seen")
    page.go_forward()
    wait_for_map(page, f"{second} ")
    expect(page.get_by_role("tab", selected=True)).to_have_attribute("data-question", "finer")
    assert fragment(page) == f"#class={second}&ask=finer"


def test_without_its_model_a_photo_keeps_what_needs_no_network(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo, model="short")
    gone = page.request.delete(f"/api/v1/models/{asked.answer['model']['id']}")
    assert gone.status == 204, gone.text()
    asked.ask("region")
    asked.draw([(20, 30), (150, 130)])
    expect(asked.panel("region").locator("[data-without]")).to_contain_text("the head would")
    panel = asked.ask("truth")
    panel.get_by_role("button", name="Ask the network").click()
    expect(panel.get_by_role("status")).to_contain_text("model")
    expect(panel.locator("[data-scores]")).to_be_hidden()
    asked.ask("channels")
    expect(asked.panel("channels").get_by_role("status")).to_contain_text("model")


@pytest.mark.parametrize("shape", [(240, 900), (1600, 96)])
@pytest.mark.parametrize("width", [360, 640])
def test_questions_fit_the_window_whatever_the_photo(
    make_context: ContextMaker, tmp_path: Path, shape: tuple[int, int], width: int
) -> None:
    page = make_context(viewport={"width": width, "height": 740}, has_touch=True).new_page()
    asked: Asked = open_asked(page, paint(tmp_path / "photo.png", *shape), "#region=b10_10_90_90")
    if width == 640:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    for tab in page.locator("[role=tab][data-question]").all():
        panel = asked.ask(tab.get_attribute("data-question") or "")
        expect(panel).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab.inner_text()
