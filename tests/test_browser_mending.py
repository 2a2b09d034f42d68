"""The whole way in the browser, with the real trainer: a model that looks at a tag, its marks, its mending."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.config import Settings
from bench.planted import Planted, plant_shapes, tagged
from model.classifier import Classifier
from model.mended import Mended
from model.photos import read_photo
from tests.browsing import ContextMaker, serve

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("patience")]

REAL_MS = 240_000
EVALUATION, TRAINING = re.compile(r"/evaluations/[0-9a-f]{32}$"), re.compile(r"/trainings/[0-9a-f]{32}$")
OWNER = {"Camscope-Owner": "the-one-who-mends-it-here"}
TICKED = 5
GAIN = 0.2


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant_shapes(tmp_path_factory.mktemp("planted"), TICKED + 1, train=24, val=20)


@pytest.fixture(scope="module")
def site(planted: Planted, embedded_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache", training_folders=(planted.data,))
    yield from serve(settings, [Classifier.open(embedded_path, threads=1)])


@pytest.fixture
def page(make_context: ContextMaker) -> Page:
    return make_context(extra_http_headers=OWNER).new_page()


def train_a_deceived_model(page: Page, planted: Planted) -> None:
    asked = {"name": "shapes", "folder": str(planted.data), "freeze": "head"}
    begun = page.request.post("/api/v1/trainings", data=asked)
    assert begun.status == 201, begun.text()
    page.goto(begun.json()["page_url"])
    expect(page.locator(".now--good")).to_be_visible(timeout=REAL_MS)


def evaluate(page: Page, planted: Planted) -> None:
    page.goto("/evaluations?model=shapes")
    page.get_by_label("On the server").check(force=True)
    page.get_by_label("Folder", exact=True).fill(str(planted.data))
    page.get_by_role("button", name="Evaluate").click()
    expect(page).to_have_url(EVALUATION)
    expect(page.locator(".verdict")).to_be_visible(timeout=REAL_MS)


def go_to_the_training_pictures(page: Page) -> None:
    """By the way that is offered where somebody would mark a validation picture."""
    page.locator(".gallery .tile__link").first.click()
    expect(page.locator(".remedy")).to_contain_text("This is a validation picture")
    page.get_by_role("button", name="Look at the training pictures").click()
    expect(page).to_have_url(EVALUATION)
    expect(page.locator(".verdict")).to_be_visible(timeout=REAL_MS)


def mark_the_tag(page: Page, planted: Planted) -> None:
    """Draw around it on the first picture."""
    left, top, right, bottom = tag_of(planted)
    page.locator(".gallery .tile__link").first.click()
    frame = page.locator("[data-frame]").bounding_box()
    assert frame is not None
    factor = frame["width"] / 160
    page.mouse.move(frame["x"] + left * factor, frame["y"] + top * factor)
    page.mouse.down()
    page.mouse.move(frame["x"] + right * factor, frame["y"] + bottom * factor, steps=4)
    page.mouse.up()
    expect(page.locator(".marked li")).to_have_count(1)


def tag_of(planted: Planted) -> tuple[int, int, int, int]:
    first = next((planted.data / "train" / "square").iterdir())
    return tagged(read_photo(first.read_bytes()).pixels)[1]


def test_a_model_that_looks_at_a_tag_is_mended(page: Page, planted: Planted) -> None:
    train_a_deceived_model(page, planted)
    evaluate(page, planted)
    go_to_the_training_pictures(page)
    gallery = page.url
    page.goto(f"{gallery}?true=1")
    mark_the_tag(page, planted)
    page.goto(f"{gallery}?true=1")
    for place in range(1, TICKED + 1):
        page.locator(".gallery [name='number']").nth(place).check()
    page.get_by_role("button", name="Mark the ticked ones there, too").click()
    expect(page.locator(".remedy")).to_contain_text(f"Wrong reasons are marked on {TICKED + 1} pictures.")
    page.get_by_role("button", name="Mend it").click()
    expect(page).to_have_url(TRAINING)
    expect(page.locator(".now--good")).to_be_visible(timeout=REAL_MS)
    expect(page.locator(".now")).to_contain_text("Before the correction")
    mended = Mended.model_validate(page.request.get("/api/v1/models/shapes-mended/metrics").json()["mended"])
    page.get_by_role("link", name="Before and after, side by side").click()
    expect(page.get_by_role("heading", name="Before and after the correction")).to_be_visible()
    expect(page.locator(".mistakes--mended .mistake")).to_have_count(TICKED + 1)
    expect(page.locator(".mistakes--mended .mistake").first.locator("img")).to_have_count(4)
    assert (mended.began, mended.pictures) == ("base", TICKED + 1)
    assert mended.after.accuracy - mended.before.accuracy >= GAIN
    assert mended.before.inside is not None
    assert mended.after.inside is not None
    assert mended.after.inside < mended.before.inside / 2
