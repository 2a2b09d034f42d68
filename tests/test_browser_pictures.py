"""Real photographs, the embedded network, and the README's pictures of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.config import Settings
from app.paths import STATIC_DIR
from model.classifier import Classifier
from tests.browsing import ContextMaker, serve, wait_for_map

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IMAGES_DIR = Path(__file__).resolve().parents[1] / "docs" / "images"
MOST_BYTES = 300_000
WINDOW = {"width": 1240, "height": 880}


@pytest.fixture(scope="module")
def site(embedded_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the embedded network."""
    folder = tmp_path_factory.mktemp("pictures")
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache")
    yield from serve(settings, [Classifier.open(embedded_path)])


@pytest.mark.parametrize(
    ("title", "label"),
    [("A cat", "Egyptian cat"), ("A coffee", "espresso"), ("A rocket", "drilling platform"), ("An astronaut", None)],
)
def test_an_example_is_explained_by_one_click(page: Page, title: str, label: str | None) -> None:
    page.goto("/")
    page.get_by_role("button", name=title).click()
    wait_for_map(page)
    expect(page.locator(".prediction")).to_have_count(5)
    if label is not None:
        expect(page.locator(".prediction__label").first).to_have_text(label)


def test_an_explanation_takes_little_time(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Choose a photo").set_input_files(STATIC_DIR / "examples" / "coffee.jpg")
    page.get_by_role("button", name="Explain this photo").click()
    wait_for_map(page)
    answer = page.request.get(page.url.split("?")[0].replace("/explanations/", "/api/v1/explanations/")).json()
    assert answer["timing_ms"]["total"] < 5000  # a second on a quiet machine; tests share theirs


def test_any_of_a_thousand_classes(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="A cat").click()
    wait_for_map(page)
    page.get_by_label("Look at any of its 1000 classes").fill("goldf")
    page.get_by_role("button", name="goldfish").click()
    wait_for_map(page, "1 ")
    expect(page.locator("[data-map-title]")).to_have_text("goldfish")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_readmes_pictures(
    make_context: ContextMaker, request: pytest.FixtureRequest, tmp_path: Path, theme: str
) -> None:
    page = make_context(viewport=WINDOW, color_scheme=theme, timezone_id="UTC").new_page()
    page.goto("/")
    page.get_by_role("button", name="A cat").click()
    wait_for_map(page)
    page.get_by_label("against the runner-up").check()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    folder = IMAGES_DIR if request.config.getoption("--screenshots") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / ("prediction.png" if theme == "light" else "prediction-dark.png")
    page.screenshot(path=picture)
    with Image.open(picture) as shot:
        colours = shot.convert("RGB")
        colours.quantize(palette=colours.quantize(256, kmeans=1)).save(picture, optimize=True)
    assert picture.stat().st_size <= MOST_BYTES
