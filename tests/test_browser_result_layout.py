"""How the result page is laid out: the map stays in view while what is below it is used, and makes room for it."""

from pathlib import Path

import pytest

from tests.browsing import ContextMaker, explain_quickly, next_frame, paint, wait_for_map

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [(360, 640), (768, 1024), (1280, 720)])
def test_scrolled_past_the_map_stays_in_view_and_makes_room(
    make_context: ContextMaker, tmp_path: Path, size: tuple[int, int]
) -> None:
    page = make_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto(explain_quickly(page, paint(tmp_path / "tall.png", 240, 320)))
    wait_for_map(page)
    stage, legend = page.locator("[data-stage]"), page.locator("[data-legend]")
    whole = page.evaluate("document.documentElement.scrollHeight"), stage.bounding_box()
    at = legend.evaluate("(one) => one.getBoundingClientRect().top + window.scrollY")
    page.get_by_label("Opacity").evaluate("(one) => one.scrollIntoView({ block: 'start' })")
    next_frame(page)
    docked, slider = stage.bounding_box(), page.get_by_label("Opacity").bounding_box()
    assert docked
    assert slider
    assert whole[1]
    assert 0 <= docked["y"] < 20
    assert docked["height"] < 0.54 * size[1]
    assert docked["height"] <= whole[1]["height"]
    assert docked["y"] + docked["height"] < slider["y"], "what is worked on is not hidden"
    assert page.evaluate("document.documentElement.scrollHeight") == whole[0], "nothing else moves"
    assert legend.evaluate("(one) => one.getBoundingClientRect().top + window.scrollY") == pytest.approx(at, abs=1)
    page.evaluate("window.scrollTo(0, 0)")
    next_frame(page)
    assert stage.bounding_box() == whole[1]


@pytest.mark.parametrize("width", [360, 768, 1280, 1600])
def test_every_question_is_in_view(make_context: ContextMaker, photo: Path, width: int) -> None:
    page = make_context(viewport={"width": width, "height": 860}).new_page()
    page.goto(explain_quickly(page, photo))
    wait_for_map(page)
    assert page.get_by_role("tablist").evaluate("(one) => one.scrollWidth <= one.clientWidth")
    tabs = [tab.bounding_box() for tab in page.get_by_role("tab").all()]
    assert len(tabs) == 7
    for area in tabs:
        assert area is not None
        assert area["x"] >= 0
        assert area["x"] + area["width"] <= width
        assert area["y"] + area["height"] <= 860
        assert area["height"] >= 32, "large enough for a finger"


def test_on_a_phone_held_across_the_map_scrolls_away(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(viewport={"width": 740, "height": 360}).new_page()
    page.goto(explain_quickly(page, photo))
    wait_for_map(page)
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    next_frame(page)
    area = page.locator("[data-stage]").bounding_box()
    assert area is not None
    assert area["y"] + area["height"] < 0


def test_beside_the_map_is_the_question_and_below_it_all_about_the_map(make_context: ContextMaker, photo: Path) -> None:
    wide, narrow = (make_context(viewport={"width": width, "height": 860}).new_page() for width in (1280, 360))
    places = []
    for page in (wide, narrow):
        page.goto(explain_quickly(page, photo))
        wait_for_map(page)
        found = [page.locator(name).bounding_box() for name in ("[data-stage]", ".side", "[data-drawing]")]
        places.append([one for one in found if one])
    (stage, side, drawing), (tall, answer, below) = places
    assert side["x"] > stage["x"] + stage["width"]
    assert (drawing["x"], drawing["width"]) == (stage["x"], stage["width"])
    assert tall["y"] < answer["y"] < below["y"]


def test_the_footer_is_as_wide_as_the_page(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(viewport={"width": 2200, "height": 900}).new_page()
    address = explain_quickly(page, photo)
    for path in (address, f"{address}/heatmap", f"/panels?panel={address.rsplit('/', 1)[1]}"):
        page.goto(path)
        widths = [page.locator(name).first.bounding_box() for name in (".masthead__inner", "main", ".footer > p")]
        assert len({one["width"] for one in widths if one}) == 1, path
