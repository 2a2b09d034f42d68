"""Where exactly: outlines of several classes over the photo, in numbers and as files, all as the server has them."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from app.text import percent
from tests.browsing import NAMES, ContextMaker, explain_quickly, next_frame, wait_for_map

pytestmark = pytest.mark.browser


@pytest.fixture
def tool(page: Page, photo: Path) -> Page:
    """A result page with the tool open."""
    page.goto(explain_quickly(page, photo, scale="3"))
    opened(page)
    return page


def opened(page: Page) -> None:
    wait_for_map(page)
    page.get_by_role("searchbox").wait_for()
    page.get_by_role("tab", name="Where exactly?").click()
    drawn(page, "0.2")


def looked_at(page: Page, folder: Path, colours: list[tuple[int, int, int]]) -> Page:
    """The tool open on a photo of stripes side by side."""
    path = folder / "stripes.png"
    Image.fromarray(np.array([colours], dtype=np.uint8).repeat(192, 0).repeat(288 // len(colours), 1)).save(path)
    page.goto(explain_quickly(page, path))
    opened(page)
    return page


def drawn(page: Page, threshold: str) -> None:
    page.wait_for_selector(f'[data-layer=where][data-drawn="{threshold}"]', state="attached")


def drag(page: Page, threshold: str) -> None:
    page.get_by_label("Above this part of the maximum").fill(threshold)
    drawn(page, threshold)


def answer(page: Page, part: str = "", **query: Any) -> Any:
    path = re.sub(r"^.*/explanations/", "/api/v1/explanations/", page.url.split("?")[0].split("#")[0])
    words = "&".join(f"{name}={value}" for name, values in query.items() for value in np.atleast_1d(values).tolist())
    found = page.request.get(f"{path}{part}?{words}")
    assert found.status == 200, found.text()
    return found


def paths(page: Page) -> list[Locator]:
    return page.locator("[data-layer=where] .region--line").all()


def rows(page: Page) -> list[list[str]]:
    return [
        [cell.inner_text().strip() for cell in row.locator("th, td").all()]
        for row in page.locator("[data-where-rows] tr").all()
    ]


def listed(one: Any, regions: list[Any]) -> list[list[str]]:
    """What the table is to say of a class's regions."""
    return [
        [
            one["label"],
            "{left}, {top} to {right}, {bottom}".format(**region["box"]),
            percent(region["share"]),
        ]
        for region in regions
    ]


def test_the_class_in_view_is_outlined_as_the_server_does_it(tool: Page) -> None:
    prediction = answer(tool).json()["predictions"][0]
    for threshold in ("0.2", "0.6", "0"):
        drag(tool, threshold)
        [one] = answer(tool, "/regions", threshold=threshold).json()["classes"]
        assert rows(tool) == listed(one, one["regions"][:12])
        if threshold == "0.2":
            assert one["regions"][0]["box"] == prediction["box"]
        [line] = paths(tool)
        points = re.findall(r"([\d.]+) ([\d.]+)", line.get_attribute("d") or "")
        theirs = [point for region in one["regions"] for ring in region["polygons"] for point in ring]
        np.testing.assert_allclose(np.array(points, dtype=float), theirs, atol=0.011)
    expect(tool.locator("[data-where-told]")).to_have_text(f"Regions outlined: {len(one['regions'])}.")


def test_several_classes_differ_in_more_than_colour(tool: Page) -> None:
    boxes = tool.locator("[data-where-classes] input")
    expect(boxes).to_have_count(5)
    for number in range(1, 5):
        boxes.nth(number).check()
        expect(tool.locator("[data-where-classes] .swatch")).to_have_count(number + 1)
    expect(tool.locator("[data-layer=where] .region--line")).to_have_count(5)
    styles = tool.evaluate(
        """() => [...document.querySelectorAll("[data-layer=where] .region--line")].map((line) => {
             const { stroke, strokeDasharray } = getComputedStyle(line);
             return [stroke, strokeDasharray];
           })"""
    )
    fills = [one.get_attribute("fill") for one in tool.locator("[data-layer=where] [fill]").all()]
    for kinds in (fills, *zip(*styles, strict=True)):
        assert len(set(kinds)) == 5
    for fill in fills:
        hatching = tool.locator(str(fill)[4:-1])
        assert hatching.locator("path, circle").count() == 2
    labels = [one["label"] for one in answer(tool).json()["predictions"]]
    assert tool.locator("[data-where-label]").all_inner_texts() == labels
    boxes.first.uncheck()
    expect(tool.locator("[data-layer=where] .region--line")).to_have_count(4)
    assert labels[0] not in {row[0] for row in rows(tool)}


def test_any_class_can_be_added_up_to_as_many_as_there_are_hatchings(tool: Page) -> None:
    for box in tool.locator("[data-where-classes] input").all():
        box.check()
    first = tool.locator("[data-where-label]").all_inner_texts()
    sixth, seventh = [name for name in NAMES if name not in first][:2]
    field = tool.get_by_label("Outline another class, too")
    for name in (sixth, seventh):
        field.fill(name)
        tool.locator("#where-class-list").get_by_text(name, exact=True).click()
        expect(field).to_have_value("")
    expect(tool.locator("[data-where-classes] .swatch")).to_have_count(6)
    expect(tool.get_by_role("checkbox", name=sixth)).to_be_checked()
    expect(tool.get_by_role("checkbox", name=seventh)).to_have_count(0)
    expect(tool.locator("[data-where-limit]")).to_have_text("No more than 6 classes can be outlined together.")
    tool.get_by_role("checkbox", name=sixth).uncheck()
    expect(tool.locator("[data-where-limit]")).to_be_empty()


def test_a_link_and_going_back_show_the_same_outlines(tool: Page, page: Page) -> None:
    drag(tool, "0.45")
    boxes = tool.locator("[data-where-classes] input")
    boxes.nth(2).check()
    boxes.first.uncheck()
    tool.get_by_label("the largest region").check()
    shown = rows(tool)
    page.wait_for_url(re.compile("largest=1"))
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    drawn(page, "0.45")
    assert rows(page) == shown
    styles = page.locator("[data-layer=where] .region--line").get_attribute("class")
    assert styles == "region region--line region--2", "each keeps its hatching"
    page.get_by_label("Above this part of the maximum").fill("0.8")
    drawn(page, "0.8")
    page.get_by_role("button", name="Undo").click()
    drawn(page, "0.45")
    assert rows(page) == shown


@pytest.mark.parametrize("word", ["outlined=99999", "outlined=a,b", "outlined=1,1,,1", "at=7", "at=-1&largest=9"])
def test_an_address_that_makes_no_sense_does_no_harm(page: Page, photo: Path, word: str) -> None:
    page.goto(f"{explain_quickly(page, photo)}#ask=where&{word}")
    drawn(page, "0.2")
    assert len(paths(page)) == 1


def test_the_largest_region_alone(page: Page, tmp_path: Path) -> None:
    tool = looked_at(page, tmp_path, [(20, 200, 40), (0, 0, 0), (20, 200, 40)])
    drag(tool, "0.5")
    expect(tool.locator("[data-where-rows] tr")).to_have_count(2)
    tool.get_by_label("the largest region").check()
    expect(tool.locator("[data-where-rows] tr")).to_have_count(1)
    [one] = answer(tool, "/regions", threshold=0.5, largest=True).json()["classes"]
    assert rows(tool) == listed(one, one["regions"])


def download(page: Page, name: str) -> tuple[str, bytes]:
    with page.expect_download() as started:
        page.get_by_role("button", name=name).click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def test_files_made_in_the_browser_are_those_of_the_server(tool: Page) -> None:
    tool.locator("[data-where-classes] input").nth(1).check()
    drag(tool, "0.35")
    chosen = [one["index"] for one in answer(tool).json()["predictions"][:2]]
    expect(tool.locator("[data-layer=where] .region--line")).to_have_count(2)
    asked = {"class": chosen, "threshold": 0.35}
    name, file = download(tool, "Boxes and outlines (COCO JSON)")
    theirs = answer(tool, "/regions", **asked, format="coco")
    assert name in theirs.headers["content-disposition"]
    made, expected = json.loads(file), theirs.json()
    for one, other in zip(made["annotations"], expected["annotations"], strict=True):
        assert one.pop("share") == pytest.approx(other.pop("share"), abs=1e-9)
    assert made == expected
    name, file = download(tool, "Boxes (Pascal VOC XML)")
    theirs = answer(tool, "/regions", **asked, format="voc")
    assert file == theirs.body()
    assert name in theirs.headers["content-disposition"]
    name, file = download(tool, "Mask (PNG)")
    pixels = [
        np.asarray(Image.open(io.BytesIO(one)))
        for one in (file, answer(tool, "/regions", **asked, format="mask").body())
    ]
    np.testing.assert_array_equal(*pixels)
    assert set(np.unique(pixels[0])) >= {0, 1}


def test_a_class_that_nothing_speaks_for_is_told_and_drawn_nowhere(page: Page, tmp_path: Path) -> None:
    tool = looked_at(page, tmp_path, [(20, 200, 40)])
    cams = np.load(io.BytesIO(answer(tool, "/cams.npy").body()))
    without = next(index for index, values in enumerate(cams) if values.max() <= 0)
    label = answer(tool, "/regions", **{"class": without}).json()["classes"][0]["label"]
    tool.goto(f"{tool.url.split('#')[0]}#ask=where&outlined={without}")
    tool.reload()
    drawn(tool, "0.2")
    expect(tool.locator("[data-where-told]")).to_contain_text(f"No part of the picture adds to “{label}”")
    assert rows(tool) == []
    expect(tool.get_by_text("Save the regions")).to_be_hidden()


def test_another_question_takes_the_outlines_off_the_photo(tool: Page) -> None:
    assert len(paths(tool)) == 1
    tool.get_by_role("tab", name="What did it see?").click()
    expect(tool.locator("[data-layer=where] path")).to_have_count(0)


def test_the_keyboard_does_all_of_it(page: Page, photo: Path) -> None:
    page.goto(explain_quickly(page, photo))
    wait_for_map(page)
    page.get_by_role("searchbox").wait_for()
    page.get_by_role("tab", name="What did it see?").focus()
    while not page.get_by_label("Above this part of the maximum").is_visible():
        page.keyboard.press("ArrowRight")
        next_frame(page)
    drawn(page, "0.2")
    page.get_by_label("Above this part of the maximum").focus()
    page.keyboard.press("ArrowRight")
    drawn(page, "0.21")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("the largest region")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("[data-where-classes] .swatch")).to_have_count(2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_too_wide(make_context: ContextMaker, photo: Path, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto(explain_quickly(page, photo))
    opened(page)
    for box in page.locator("[data-where-classes] input").all():
        box.check()
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    for width in (360, 768, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
