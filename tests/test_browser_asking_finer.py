"""Finer, and what kind of thing? Other scales and feature maps: what is in view is what the API answers."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from app.config import Settings
from model.cam import Array
from model.classifier import Classifier
from tests.asking import Asked, fragment, numbers_in, open_asked
from tests.browsing import NAMES, serve, wait_for_map
from tests.bundles import make_bundle

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over networks of two kinds of heads."""
    folder = tmp_path_factory.mktemp("finer")
    made = [make_bundle(folder, name="colours", labels=NAMES), make_bundle(folder, name="conv", kind="conv")]
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache")
    yield from serve(settings, [Classifier.open(path, threads=1) for path in made])


def scale_words(offer: Any) -> re.Pattern[str]:
    cells = f"{offer['grid']['columns']} × {offer['grid']['rows']} cells"
    name = rf"fused: {offer['passes']} looks on" if offer["scale"] == "fused" else rf"scale {offer['scale']:g}:"
    return re.compile(rf"{name} {cells}, about (\d+|\?) ms in the network")


def maps_at(asked: Asked, told: Any) -> Array:
    answer: Array = np.load(io.BytesIO(asked.page.request.get(told["cams_url"]).body()))
    return answer


def read_first_cell(asked: Asked) -> float:
    """The value that arrow keys read in the upper left."""
    page = asked.page
    page.locator("[data-stage]").focus()
    for key in ["ArrowRight"] + ["ArrowUp"] * 40 + ["ArrowLeft"] * 40:
        page.keyboard.press(key)
    words = page.locator("[data-readout]").inner_text()
    assert "row 1, column 1:" in words
    return numbers_in(words)[2]


def test_each_scale_is_offered_with_its_cells_and_its_cost(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    panel = asked.ask("finer")
    offers = asked.got("scales")["items"]
    words = panel.locator("label.check span")
    expect(words).to_have_count(len(offers))
    for shown, offer in zip(words.all(), offers, strict=True):
        expect(shown).to_have_text(scale_words(offer))
    expect(panel.get_by_role("radio", name="scale 1:")).to_be_checked()


@pytest.mark.parametrize("scale", ["2", "fused"])
def test_numbers_and_maps_of_a_scale_come_into_view(page: Page, photo: Path, scale: str) -> None:
    asked = open_asked(page, photo)
    panel = asked.ask("finer")
    panel.get_by_role("radio", name=re.compile(f"^{scale}:|^scale {scale}:")).check()
    told = asked.asked("scales", scale=scale if scale == "fused" else float(scale))
    index, label = asked.indices[0], asked.labels[0]
    lines = panel.locator("[data-told] p")
    expect(lines.first).to_contain_text(f"“{label}”")
    maps, scores = maps_at(asked, told), page.request.get(told["scores_url"]).json()
    now, own = scores["probabilities"][index], asked.got("scores")["probabilities"][index]
    expected = [100 * now, scores["logits"][index], 100 * own, asked.logits[index]]
    assert numbers_in(lines.first.inner_text()) == pytest.approx(expected, rel=0.01, abs=0.06)
    for sentence in told["account"]:
        expect(panel.locator("[data-told]")).to_contain_text(sentence)
    expect(panel.locator("[data-told]")).to_contain_text(re.compile(r"It took \d+ ms in the network"))
    highest = float(page.locator("[data-highest]").inner_text().replace("−", "-"))
    assert highest == pytest.approx(np.abs(maps[index]).max(), rel=0.01)
    panel.get_by_role("button", name="Show the true cells").click()
    expect(asked.drawing().get_by_label("grid", exact=True)).to_be_checked()
    expect(panel.get_by_role("button", name="Show the map smooth")).to_be_visible()
    assert read_first_cell(asked) == pytest.approx(maps[index][0, 0], rel=0.01, abs=0.006)
    assert f"scale={scale}" in fragment(page)
    page.reload()
    wait_for_map(page)
    expect(lines.first).to_contain_text(f"“{label}”")
    expect(panel.get_by_role("radio", checked=True)).to_have_accessible_name(re.compile(scale))
    panel.get_by_role("radio", name="scale 1:").check()
    expect(lines).to_have_count(0)
    assert read_first_cell(asked) == pytest.approx(asked.maps[index][0, 0], rel=0.01, abs=0.006)


def listed(page: Page) -> list[int]:
    """The classes of the list, from the top."""
    return [int(one.get_attribute("data-class") or -1) for one in page.locator(".prediction").all()]


def test_the_list_has_the_likeliest_of_the_scale_in_view_first(page: Page, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    asked = open_asked(page, tmp_path / "noise.png", top_k="11")
    panel = asked.ask("finer")
    panel.get_by_role("radio", name="scale 2:").check()
    expect(panel.locator("[data-told] p").first).to_be_visible()
    logits = np.array(page.request.get(asked.asked("scales", scale=2)["scores_url"]).json()["logits"])
    order = np.argsort(-logits, kind="stable").tolist()
    likeliest = order[: len(asked.indices)]
    assert {*likeliest} != {*asked.indices}, "else this photo shows nothing"
    assert listed(page) == [index for index in order if index in {*likeliest, *asked.indices}]
    panel.get_by_role("radio", name="scale 1:").check()
    expect(panel.locator("[data-told] p")).to_have_count(0)
    assert listed(page) == asked.indices
    asked.ask("seen")
    page.get_by_role("button", name="More classes").click()
    expect(page.locator(".prediction")).to_have_count(len(NAMES))
    asked.ask("finer").get_by_role("radio", name="scale 2:").check()
    expect(panel.locator("[data-told] p").first).to_be_visible()
    assert listed(page) == order


WRITTEN = """() => {
  window.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (words, ...rest) {
    window.written.push(words);
    return write.call(this, words, ...rest);
  };
}"""


def test_the_saved_picture_says_its_scale_and_its_address_is_of_it(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    link = page.locator("[data-module=picture]")
    assert "scale" not in (link.get_attribute("href") or "")
    panel = asked.ask("finer")
    panel.get_by_role("radio", name="scale 2:").check()
    expect(panel.locator("[data-told] p").first).to_be_visible()
    address = link.get_attribute("href") or ""
    assert "&scale=2" in address
    drawn = page.request.get(address)
    assert drawn.ok, drawn.text()
    assert drawn.headers["content-type"] == "image/png"
    page.evaluate(WRITTEN)
    page.get_by_text("Download", exact=True).click()
    with page.expect_download():
        page.get_by_role("link", name="Picture as shown").click()
    assert page.evaluate("window.written[0]") == f"{asked.labels[0]}, at scale 2"


def test_of_scales_chosen_quickly_the_last_is_in_view(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    panel = asked.ask("finer")
    held: list[Route] = []

    def hold_scale_2(route: Route) -> None:
        if route.request.method == "POST" and '"scale":2' in (route.request.post_data or ""):
            return held.append(route)
        return route.continue_()

    page.route("**/scales", hold_scale_2)
    panel.get_by_role("radio", name="scale 2:").check()
    panel.get_by_role("radio", name="scale 3:").check()
    lines = panel.locator("[data-told] p")
    expect(lines.first).to_be_visible()
    told = asked.asked("scales", scale=3)
    limit = np.abs(maps_at(asked, told)[asked.indices[0]]).max()
    for route in held:
        route.fulfill(status=429, json={"title": "Busy", "detail": "Too many photos wait."})
    assert len(held) == 1
    page.wait_for_timeout(300)
    expect(panel.get_by_role("status")).to_be_empty()
    highest = float(page.locator("[data-highest]").inner_text())
    assert highest == pytest.approx(limit, rel=0.01)


def test_a_scale_that_is_refused_is_asked_for_again_only_when_chosen(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    panel = asked.ask("finer")
    panel.get_by_role("radio", name="scale 2:").wait_for()
    requests: list[str] = []

    def refuse(route: Route) -> None:
        requests.append(route.request.url)
        route.fulfill(status=429, json={"title": "Busy", "detail": "Too many photos wait."})

    page.route("**/scales", refuse)
    panel.get_by_role("radio", name="scale 2:").check()
    expect(panel.get_by_role("status")).to_contain_text("Too many photos wait.")
    for opacity in ("0.3", "0.4", "0.5"):
        asked.drawing().get_by_label("Opacity").fill(opacity)
    page.wait_for_timeout(300)
    assert len(requests) == 1
    page.unroute("**/scales")
    panel.get_by_role("radio", name="scale 1:").check()
    expect(panel.get_by_role("status")).to_be_empty()
    panel.get_by_role("radio", name="scale 2:").check()
    expect(panel.locator("[data-told] p").first).to_be_visible()


def tells_channels(asked: Asked, query: str) -> Any:
    """The panel lists what the API answers; returns that."""
    panel = asked.panel("channels")
    answer = asked.got(f"channels?{query}&count=12")
    words = panel.locator(".channel__words")
    expect(words).to_have_count(len(answer["channels"]))
    for shown, channel in zip(words.all(), answer["channels"], strict=True):
        expect(shown).to_contain_text(f"map {channel['index']}:")
        told = numbers_in(shown.inner_text())[1:]
        expected = [channel[name] for name in ("contribution", "weight", "activation")]
        assert told == pytest.approx(expected, rel=0.01, abs=0.006)
    listed = sum(channel["contribution"] for channel in answer["channels"])
    told = numbers_in(panel.locator("[data-sum]").inner_text())
    rest = answer["rest"]
    expected = [listed, rest["channels"], rest["contribution"], answer["bias"], answer["logit"]]
    assert told == pytest.approx(expected, rel=0.01, abs=0.006)
    assert told[0] + told[2] + told[3] == pytest.approx(told[4], abs=0.02), "it adds up"
    return answer


def test_where_no_feature_maps_are_behind_the_map_that_is_said(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo, model="conv")
    panel = asked.ask("channels")
    expect(panel.get_by_role("status")).to_contain_text("no channels are behind it")
    expect(panel.locator(".channel")).to_have_count(0)


def test_feature_maps_add_up_to_the_logit(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    panel = asked.ask("channels")
    tells_channels(asked, f"class={asked.indices[0]}")
    expect(panel.locator(".channel canvas").first).to_be_visible()
    for name, sign in (("add", "given"), ("take away", "taken")):
        panel.get_by_label(name, exact=True).check(force=True)
        expect(panel.locator("[data-sum]")).to_be_visible()
        answer = asked.got(f"channels?class={asked.indices[0]}&count=12&sign={sign}")
        expect(panel.locator(".channel__words")).to_have_count(len(answer["channels"]))
        tells_channels(asked, f"class={asked.indices[0]}&sign={sign}")
    assert "sign=taken" in fragment(page)


def test_against_another_class_feature_maps_add_up_to_the_margin(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo, "#ask=channels")
    asked.drawing().get_by_label("against the runner-up").check(force=True)
    first, second = asked.indices[:2]
    wait_for_map(page, f"{first} {second}")
    expect(asked.panel("channels").locator("[data-sum]")).to_contain_text("together the margin")
    tells_channels(asked, f"class={first}&versus={second}")


def test_feature_maps_of_the_class_in_view_are_listed_whatever_comes_late(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            return route.continue_()
        return held.append(route)

    page.route("**/channels?**", hold_the_first)
    asked.ask("channels")
    page.wait_for_timeout(200)
    page.keyboard.press("j")
    panel = asked.panel("channels")
    expect(panel.locator(".channel").first).to_be_visible()
    held[0].fulfill(status=502, body="Bad Gateway")
    page.wait_for_timeout(300)
    expect(panel.get_by_role("status")).to_be_empty()
    page.unroute("**/channels?**")
    tells_channels(asked, f"class={asked.indices[1]}")


def test_a_refusal_is_said_and_asked_again_by_who_comes_back(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo)
    page.route("**/channels?**", lambda route: route.abort())
    panel = asked.ask("channels")
    expect(panel.get_by_role("status")).to_contain_text("The server cannot be reached.")
    page.unroute("**/channels?**")
    asked.ask("seen")
    asked.ask("channels")
    expect(panel.get_by_role("status")).to_be_empty()
    tells_channels(asked, f"class={asked.indices[0]}")
