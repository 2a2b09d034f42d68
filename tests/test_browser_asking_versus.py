"""Why this and not that? The map of two classes' difference: its words and bars are the margin's own."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from model.evidence import PlacedMap, evidence
from model.zones import strongest_zone
from tests.asking import Asked, fragment, numbers_in, open_asked, rows_of
from tests.browsing import Bundles, wait_for_map

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]


@pytest.fixture
def asked(page: Page, photo: Path) -> Asked:
    """The page of an explained photo."""
    return open_asked(page, photo)


def tells(asked: Asked, first: int, second: int, labels: tuple[str, ...]) -> None:
    """The panel's numbers are those of the two maps."""
    panel = asked.panel("versus")
    values = asked.maps[first] - asked.maps[second]
    margin = float(asked.logits[first] - asked.logits[second])
    biases = asked.got("scores")["bias"]
    heads = panel.locator("[data-gives] thead th")
    expect(heads).to_have_text(["part", f"for {labels[second]}", f"for {labels[first]}"])
    told = rows_of(panel.locator("[data-gives]"))
    own = evidence(values)
    expected = [own.given, -own.taken, biases[first] - biases[second], margin]
    found = [numbers[0] for numbers in told.values()]
    assert found == pytest.approx(expected, rel=0.006, abs=0.006)
    assert sum(found[:3]) == pytest.approx(found[3], abs=0.03), "the bars add up"
    ahead, behind = (first, second) if margin >= 0 else (second, first)
    sentence = panel.locator("[data-sentence]")
    expect(sentence).to_contain_text(f"“{labels[ahead]}” is ahead of “{labels[behind]}” by ")
    numbers = numbers_in(sentence.inner_text())
    assert numbers[0] == pytest.approx(abs(margin), rel=0.006)
    if len(numbers) > 1:
        assert numbers[1] == pytest.approx(np.exp(abs(margin)), rel=0.02)
    for one, map_ in ((first, values), (second, -values)):
        zone = strongest_zone(PlacedMap(map_, asked.grid), asked.size)
        if zone is not None:
            words = rf"“{re.escape(labels[one])}” is strongest in the [a-z ]+: {100 * zone.share:.1f}%"
            expect(panel.locator("[data-note]")).to_contain_text(re.compile(words))


def test_the_question_begins_with_the_runner_up_and_ends_with_one_class(asked: Asked, bundles: Bundles) -> None:
    first, second = asked.indices[:2]
    panel = asked.ask("versus")
    wait_for_map(asked.page, f"{first} {second}")
    tells(asked, first, second, bundles.colours.spec.labels)
    panel.get_by_role("button", name="Swap the two").click()
    wait_for_map(asked.page, f"{second} {first}")
    tells(asked, second, first, bundles.colours.spec.labels)
    panel.get_by_role("button", name="Back to one class").click()
    wait_for_map(asked.page, f"{second} ")
    expect(asked.page.get_by_role("tab", selected=True)).to_have_attribute("data-question", "seen")


def test_its_key_asks_it_just_as_a_click_does(asked: Asked) -> None:
    first, second = asked.indices[:2]
    asked.page.locator("body").press("3")
    wait_for_map(asked.page, f"{first} {second}")
    expect(asked.panel("versus").locator("[data-sentence]")).to_be_visible()
    asked.page.locator("body").press("1")
    wait_for_map(asked.page, f"{first} ")


def test_both_classes_are_found_by_their_names(asked: Asked, bundles: Bundles) -> None:
    labels = bundles.colours.spec.labels
    panel = asked.ask("versus")
    that = panel.get_by_role("combobox", name="and not that")
    that.fill("sky")
    expect(panel.get_by_role("option")).to_have_count(1)
    that.press("Enter")
    sky = labels.index("sky blue")
    wait_for_map(asked.page, f"{asked.indices[0]} {sky}")
    tells(asked, asked.indices[0], sky, labels)
    expect(that).to_have_value("sky blue")
    this = panel.get_by_role("combobox", name="Why this")
    this.fill("")
    this.press("ArrowDown")
    this.press("ArrowDown")
    active = panel.locator(f"#{this.get_attribute('aria-activedescendant')}")
    index = int(active.get_attribute("data-class") or -1)
    this.press("Enter")
    assert index == int(np.argsort(-asked.logits)[1])
    wait_for_map(asked.page, f"{index} {sky}")
    this.fill("no such")
    expect(panel.get_by_role("option")).to_have_count(0)
    this.press("Escape")
    expect(this).to_have_value(labels[index])
    assert f"class={index}&versus={sky}" in fragment(asked.page)


def test_what_it_should_have_been_is_put_against_what_was_said(asked: Asked, bundles: Bundles) -> None:
    labels = bundles.colours.spec.labels
    coal = labels.index("coal")
    should = asked.page.get_by_role("combobox", name="Should it have been something else?")
    should.fill("coal")
    asked.page.get_by_role("option", name="coal").click()
    wait_for_map(asked.page, f"{coal} {asked.indices[0]}")
    expect(asked.page.get_by_role("tab", selected=True)).to_have_attribute("data-question", "versus")
    tells(asked, coal, asked.indices[0], labels)
    asked.page.get_by_role("button", name="Undo").click()
    wait_for_map(asked.page, f"{asked.indices[0]} ")
    expect(asked.page.get_by_role("tab", selected=True)).to_have_attribute("data-question", "seen")


def test_a_close_call_is_offered(page: Page, tmp_path: Path, bundles: Bundles) -> None:
    both = Image.new("RGB", (128, 128), (220, 30, 30))
    both.paste((30, 40, 220), (64, 0, 128, 128))
    both.save(tmp_path / "both.png")
    asked = open_asked(page, tmp_path / "both.png")
    first, second = asked.indices[:2]
    assert asked.logits[first] - asked.logits[second] < np.log(3), "else this photo is not close"
    expect(page.get_by_text("A close call:")).to_contain_text(f"“{asked.labels[0]}” and “{asked.labels[1]}”")
    page.get_by_role("button", name="What decides between them?").click()
    wait_for_map(page, f"{first} {second}")
    tells(asked, first, second, bundles.colours.spec.labels)


def test_a_class_is_never_against_itself(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo, top_k="1")
    only = asked.indices[0]
    asked.ask("versus")
    rival = int(np.argsort(-asked.logits)[1])
    wait_for_map(page, f"{only} {rival}")
    page.evaluate("(index) => { window.location.hash = `ask=versus&versus=${index}`; }", only)
    wait_for_map(page, f"{only} ")
    expect(asked.panel("versus").locator("[data-sentence]")).to_be_hidden()
    asked.panel("versus").get_by_role("button", name="Swap the two").click()
    wait_for_map(page, f"{only} ")
