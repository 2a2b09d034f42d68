"""Is it true? The network is asked about altered photos; what the page says is what the API answers."""

import re
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.asking import Asked, fragment, numbers_in, open_asked, rows_of
from tests.browsing import ContextMaker, next_frame

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

ASKED = "**/counterfactuals"
PARTS = ("before", "predicted", "actual")
LEAST_GAP_PX = 8


@pytest.fixture
def asked(page: Page, photo: Path) -> Asked:
    """The page of an explained photo, its question about truth in view."""
    found = open_asked(page, photo)
    found.ask("truth")
    return found


def ask_network(asked: Asked) -> None:
    """Ask, and wait for the answer."""
    panel = asked.panel("truth")
    with asked.page.expect_response(ASKED):
        panel.get_by_role("button", name="Ask the network").click()
    expect(panel).not_to_have_attribute("aria-busy", "true")


def report_of(page: Page) -> str:
    """Where the menu's report is."""
    return str(page.locator(".menu__item[href*='report.html']").first.evaluate("(link) => link.href"))


def tells(asked: Asked, **body: Any) -> Any:
    """The panel shows what the API answers to the same question; returns that."""
    panel = asked.panel("truth")
    answer = asked.asked("counterfactuals", **{"class": f"index:{asked.indices[0]}", **body})
    expect(panel.locator("[data-sentences] p")).to_have_text(answer["sentences"])
    told = rows_of(panel.locator("[data-scores]"))
    assert list(told) == [one["label"] for one in answer["classes"]]
    for one in answer["classes"]:
        expected = [value for part in PARTS for value in (100 * one[part]["probability"], one[part]["logit"])]
        assert told[one["label"]] == pytest.approx(expected, rel=0.01, abs=0.06), "no cell is blank"
    split = rows_of(panel.locator("[data-split]"))
    parts = [numbers[0] for numbers in split.values()]
    assert parts[-1] == pytest.approx(answer["split"]["difference"], rel=0.01, abs=0.006)
    assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=0.03), "the split adds up"
    return answer


@pytest.mark.parametrize(
    ("change", "share", "fill"),
    [("erase it", 0.1, "blur"), ("keep only it", 0.2, "mean colour"), ("erase it", 0.3, "mean colour")],
)
def test_what_network_and_head_say_is_what_the_api_says(asked: Asked, change: str, share: float, fill: str) -> None:
    panel = asked.panel("truth")
    panel.get_by_label(change, exact=True).check(force=True)
    panel.get_by_label(f"strongest {share:.0%}").check(force=True)
    panel.get_by_label(fill, exact=True).check(force=True)
    ask_network(asked)
    answer = tells(asked, change=change.split(maxsplit=1)[0], evidence=share, fill=fill.split(maxsplit=1)[0])
    picture = panel.get_by_role("img", name="The photo as the network was shown it")
    expect(picture).to_have_attribute("src", answer["picture_url"])
    assert picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 0


def test_the_drawn_region_is_tried_and_forgotten_with_it(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("truth")
    expect(panel.get_by_label("drawn region")).to_be_disabled()
    asked.ask("region")
    asked.draw([(20, 30), (150, 130)])
    box = numbers_in(fragment(page).split("region=b")[1].replace("_", " "))
    page.wait_for_timeout(800)
    asked.ask("truth")
    panel.get_by_label("drawn region").check(force=True)
    ask_network(asked)
    tells(asked, region=box)
    assert "try=erase.region.blur" in fragment(page)
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    asked.ask("truth")
    expect(panel.locator("[data-sentences]")).to_be_hidden()
    expect(panel.get_by_label("strongest 20%")).to_be_checked()


def test_a_region_that_an_address_only_speaks_of_is_the_usual_part(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo, "#ask=truth&try=keep.region.mean")
    panel = asked.panel("truth")
    expect(panel.get_by_label("strongest 20%")).to_be_checked()
    expect(panel.get_by_label("mean colour")).to_be_checked()
    ask_network(asked)
    tells(asked, change="keep", evidence=0.2, fill="mean")


def test_against_another_class_it_is_about_the_margin(asked: Asked) -> None:
    asked.drawing().get_by_label("against the runner-up").check(force=True)
    ask_network(asked)
    answer = tells(asked, versus=f"index:{asked.indices[1]}")
    assert any("ahead of" in sentence for sentence in answer["sentences"])


def test_curves_are_drawn_and_stay_while_other_parts_are_tried(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("truth")
    panel.get_by_role("button", name="Curves, step by step").click()
    answer = asked.asked("counterfactuals/curve", **{"class": f"index:{asked.indices[0]}"})
    expect(panel.locator("[data-curves-words]")).to_have_text(answer["sentence"])
    charts = panel.locator("[data-charts] svg")
    expect(charts).to_have_count(2)
    for chart, name in zip(charts.all(), ("deletion", "insertion"), strict=True):
        drawn = chart.locator("[data-kind=map]").get_attribute("points") or ""
        heights = [float(pair.split(",")[1]) for pair in drawn.split()]
        top, bottom = numbers_in(chart.locator(".curve__axes").get_attribute("d") or "")[1:3]
        [most] = numbers_in(chart.locator("text").first.text_content() or "")  # what the axis ends at, in percent
        shown = [most / 100 * (bottom - height) / (bottom - top) for height in heights]
        assert shown == pytest.approx(answer[name]["by_map"]["probabilities"], abs=1e-6)
        own, chance = (100 * answer[name][one]["area_probability"] for one in ("by_map", "by_chance"))
        assert numbers_in(chart.get_attribute("aria-label") or "") == pytest.approx([own, chance], abs=0.051)
    expect(panel.locator("[data-scores]")).to_be_hidden()
    ask_network(asked)
    expect(panel.locator("[data-scores]")).to_be_visible()
    expect(charts.first).to_be_visible()
    page.keyboard.press("j")
    expect(charts.first).to_be_hidden()
    expect(panel.locator("[data-scores]")).to_be_hidden()
    page.keyboard.press("k")
    expect(charts.first).to_be_visible()


def test_a_double_click_asks_once_and_an_old_answer_waits_for_its_question(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("truth")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(ASKED, hold)
    panel.get_by_role("button", name="Ask the network").dblclick()
    expect(panel.get_by_text("Asking the network …")).to_be_visible()
    page.keyboard.press("j")  # something else is looked at before the answer is there
    page.wait_for_timeout(300)
    assert len(held) == 1
    with page.expect_response(ASKED):
        held[0].continue_()
    expect(panel.get_by_text("Asking the network …")).to_have_count(0)
    next_frame(page)
    expect(panel.locator("[data-scores]")).to_be_hidden()
    page.keyboard.press("k")
    expect(panel.locator("[data-scores]")).to_be_visible()
    page.unroute(ASKED)
    tells(asked)


def test_of_two_questions_the_newer_is_answered(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("truth")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(ASKED, hold)
    ask = panel.get_by_role("button", name="Ask the network")
    ask.click()
    panel.get_by_label("keep only it").check(force=True)
    ask.click()
    page.wait_for_timeout(200)
    older, newer = held
    newer.continue_()
    expect(panel.locator("[data-scores]")).to_be_visible()
    older.continue_()
    page.wait_for_timeout(300)
    page.unroute(ASKED)
    tells(asked, change="keep")


@pytest.mark.parametrize(
    ("served", "words"),
    [
        ({"status": 429, "json": {"title": "Busy", "detail": "Too many photos wait."}}, "Too many photos wait."),
        ({"status": 502, "content_type": "text/html", "body": "<h1>Bad</h1>"}, "error 502"),
        (None, "The server cannot be reached."),
    ],
)
def test_a_refusal_is_said_until_something_else_is_asked(asked: Asked, served: Any, words: str) -> None:
    page, panel = asked.page, asked.panel("truth")
    page.route(ASKED, lambda route: route.abort() if served is None else route.fulfill(**served))
    ask = panel.get_by_role("button", name="Ask the network")
    ask.click()
    expect(panel.get_by_role("status")).to_contain_text(words)
    asked.drawing().get_by_label("Opacity").fill("0.4")
    expect(panel.get_by_role("status")).to_contain_text(words)
    panel.get_by_label("keep only it").check(force=True)
    expect(panel.get_by_role("status")).to_be_empty()
    page.unroute(ASKED)
    ask_network(asked)
    tells(asked, change="keep")


def test_what_was_deleted_meanwhile_is_said_to_be_gone(asked: Asked) -> None:
    assert asked.page.request.delete(asked.api).status == 204
    panel = asked.panel("truth")
    panel.get_by_role("button", name="Ask the network").click()
    expect(panel.get_by_role("status")).to_contain_text("no such explanation")
    asked.ask("finer")
    expect(asked.panel("finer").get_by_role("status")).to_contain_text("no such explanation")
    asked.ask("channels")
    expect(asked.panel("channels").get_by_role("status")).to_contain_text("no such explanation")


def test_a_report_has_the_answer_that_is_on_the_page_and_no_other(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("truth")
    assert "change" not in report_of(page)
    ask_network(asked)
    assert "tried=1" in fragment(page)
    assert "change=erase" in report_of(page)
    panel.get_by_label("keep only it").check(force=True)
    expect(panel.locator("[data-scores]")).to_be_hidden()
    assert "tried" not in fragment(page)
    assert "change" not in report_of(page)
    panel.get_by_label("erase it").check(force=True)
    expect(panel.locator("[data-scores]")).to_be_visible()
    assert "tried=1" in fragment(page)
    assert "change=erase" in report_of(page)
    page.keyboard.press("j")
    expect(panel.locator("[data-scores]")).to_be_hidden()
    assert "tried" not in fragment(page), "the other class was not asked about"
    assert "change" not in report_of(page)
    page.keyboard.press("k")
    assert "change=erase" in report_of(page)


def test_a_refused_question_is_asked_again_by_a_link_and_is_in_no_report(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("truth")
    page.route(ASKED, lambda route: route.abort())
    panel.get_by_role("button", name="Ask the network").click()
    expect(panel.get_by_role("status")).to_contain_text("cannot be reached")
    assert "change" not in report_of(page)
    assert "tried=1" in fragment(page)
    page.unroute(ASKED)
    with page.expect_response(ASKED):
        page.reload()
    expect(panel.locator("[data-scores]")).to_be_visible()


def test_asking_is_no_step_and_undoing_keeps_the_answer_to_its_question(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("truth")
    panel.get_by_label("mean colour").check(force=True)
    ask_network(asked)
    page.get_by_role("button", name="Undo").click()
    expect(panel.get_by_label("blur")).to_be_checked()
    expect(panel.locator("[data-scores]")).to_be_hidden()
    assert "change" not in report_of(page)
    page.get_by_role("button", name="Redo").click()
    expect(panel.locator("[data-scores]")).to_be_visible()
    assert "fill=mean" in report_of(page)


def test_the_verdict_leads_and_nothing_sticks_to_its_neighbour(asked: Asked) -> None:
    ask_network(asked)
    panel = asked.panel("truth")
    sizes = panel.locator("[data-sentences] p").evaluate_all("(all) => all.map((p) => getComputedStyle(p).fontSize)")
    assert len(sizes) >= 3
    assert sizes[0] != sizes[1]
    assert len(set(sizes[1:])) == 1
    assert_apart(panel.locator("[data-sentences] > *"))
    asked.ask("region")
    asked.draw([(20, 30), (150, 130)])
    region = asked.panel("region")
    expect(region.locator("[data-without]")).to_contain_text("the head would")
    assert_apart(region.locator(".panel__told > *"))
    assert_apart(region.locator("[data-told] > *"))


def assert_apart(elements: Locator) -> None:
    """Neighbours one beneath the other do not touch."""
    boxes = elements.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().toJSON())")
    assert len(boxes) > 1
    for above, below in pairwise(boxes):
        assert below["top"] - above["bottom"] >= LEAST_GAP_PX


def test_a_class_without_evidence_is_not_offered_to_be_erased_and_says_why(page: Page, tmp_path: Path) -> None:
    Image.new("RGB", (96, 96)).save(tmp_path / "black.png")
    asked = open_asked(page, tmp_path / "black.png")
    index = next(at for at in range(len(asked.maps)) if asked.maps[at].max() <= 0)
    page.evaluate("(index) => { window.location.hash = `ask=truth&class=${index}`; }", index)
    panel = asked.panel("truth")
    ask, why = panel.get_by_role("button", name="Ask the network"), panel.locator("[data-no-evidence]")
    for button in (ask, panel.get_by_role("button", name="Curves, step by step")):
        expect(button).to_be_disabled()
        expect(button).to_have_accessible_description(re.compile("No part of the photo adds to it"))
    expect(why).to_be_visible()
    answer = page.request.post(f"{asked.api}/counterfactuals", data={"class": f"index:{index}", "evidence": 0.2})
    assert answer.status == 422, "what is not offered could not be done"
    asked.ask("region")
    asked.draw([(10, 10), (60, 60)])
    asked.ask("truth").get_by_label("drawn region").check(force=True)
    expect(ask).to_be_enabled()
    expect(ask).to_have_accessible_description("")
    expect(why).to_be_hidden()
    notice = page.locator("[data-nothing]")
    lowest = float(asked.maps[index].min())
    mean, bias, logit = asked.maps[index].mean(), asked.got("scores")["bias"][index], asked.logits[index]
    told = numbers_in(notice.inner_text())
    assert told[0] == pytest.approx(logit, rel=0.01)
    if lowest < 0:
        assert told[1:3] == pytest.approx([mean, bias], rel=0.01, abs=0.006)
        assert told[-1] == pytest.approx(lowest, rel=0.01)


def test_it_works_on_a_phone(make_context: ContextMaker, photo: Path) -> None:
    page = make_context(viewport={"width": 360, "height": 740}, has_touch=True).new_page()
    asked = open_asked(page, photo, "#ask=truth")
    with page.expect_response(ASKED):
        asked.panel("truth").get_by_role("button", name="Ask the network").tap()
    tells(asked)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_is_taken_along_is_of_the_scale_in_view_and_has_the_answer(asked: Asked) -> None:
    page = asked.page
    asked.ask("finer")
    with page.expect_response("**/scales/2/scores"):
        page.locator("[name=scale][value='2']").check()
    expect(page.locator("[data-map-scale]")).to_have_text("at scale 2")
    asked.ask("truth")
    ask_network(asked)
    answer = tells(asked, evidence=0.2, fill="blur", scale=2)
    links = page.locator(".menu__item").evaluate_all("(links) => links.map((link) => link.href)")
    report = next(link for link in links if "report.html" in link)
    for part in ("scale=2", "change=erase", "fill=blur", "evidence=0.2"):
        assert part in report
    assert answer["sentences"][0] in unescape(page.request.get(report).text())
    followed = [link for link in links if "scale=2" in link or "/scales/2" in link]
    assert followed == links
    for link in followed:
        assert page.request.get(link).ok
