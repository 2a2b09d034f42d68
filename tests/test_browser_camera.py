"""The map over what a camera sees: one frame at a time, over a browser's own make-believe camera."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Route, expect, sync_playwright

from app.text import fixed, percent, signed
from model.photos import read_photo
from model.scores import top_classes
from scripts.browser import FLAGS
from tests.browsing import NAMES, Bundles, ContextMaker
from tests.test_browser_access import scan
from tests.test_browser_album import BUSY, held, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

API = "**/api/v1/explanations"
WIDTHS = (360, 768, 1280, 1600)
AGREE, CAMERA = "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """A Chromium with two cameras, whose person agrees to everything."""
    with sync_playwright() as playwright:
        arguments = [*FLAGS, AGREE, f"{CAMERA}=device-count=2"]
        browser = playwright.chromium.launch(executable_path=chromium_path, args=arguments)
        # What a browser without a camera is asked needs one of its own, started by the same Playwright.
        browser.elsewhere = lambda *flags: playwright.chromium.launch(  # type: ignore[attr-defined]
            executable_path=chromium_path, args=[*FLAGS, *flags]
        )
        yield browser
        browser.close()


@contextmanager
def another(chromium: Browser, *flags: str) -> Iterator[Page]:
    """A page of a browser with other flags."""
    browser = chromium.elsewhere(*flags)  # type: ignore[attr-defined]
    page = browser.new_page()
    try:
        yield page
    finally:
        browser.close()


def start(page: Page) -> None:
    """Open the page and start the camera."""
    page.goto("/camera")
    page.get_by_role("button", name="Start the camera").click()


def wait_for_map(page: Page, drawn: str = "") -> None:
    """Until a frame's map is there, of the class and mode named."""
    expect(page.locator("canvas[data-map]")).to_be_visible()
    if drawn:
        expect(page.locator("canvas[data-map]")).to_have_attribute("data-drawn", drawn)


def part(request: Request, name: str) -> bytes:
    """A field of the form that was sent."""
    body = request.post_data_buffer or b""
    mark = body[: body.index(b"\r\n")]
    [found] = [one for one in body.split(mark) if f'name="{name}"'.encode() in one]
    return found[found.index(b"\r\n\r\n") + 4 : -2]


def is_kept(request: Request) -> bool:
    """Whether a photo is sent that the server is to keep."""
    return request.method == "POST" and b'"store"' not in (request.post_data_buffer or b"")


def test_what_is_shown_is_what_the_network_says_of_the_frame(page: Page, bundles: Bundles) -> None:
    asked = held(page)
    start(page)
    wait_until(page, lambda: len(asked) == 1)
    assert part(asked[0].request, "store") == b"false"
    sent = part(asked[0].request, "image")
    asked[0].continue_()
    wait_for_map(page)
    [said] = bundles.colours.explain([read_photo(sent)])
    first = top_classes(said.logits, 5)
    logit, probability = float(said.logits[first[0]]), float(said.probabilities[first[0]])
    expect(page.locator("[data-label]")).to_have_text(NAMES[first[0]])
    expect(page.locator("[data-numbers]")).to_have_text(f"probability {percent(probability)}, logit {fixed(logit)}")
    shown = page.locator("[data-row]").all_inner_texts()
    for place, index in enumerate(first):
        assert NAMES[index] in shown[place]
        assert percent(float(said.probabilities[index])) in shown[place]
    limit = float(np.abs(np.asarray(said.maps)[first[0]]).max())
    expect(page.locator("[data-highest]")).to_have_text(signed(limit))
    expect(page.locator("[data-lowest]")).to_have_text(signed(-limit))
    expect(page.locator("[data-proof-sum]")).to_contain_text(f"= logit {fixed(logit)[:4]}")
    assert len(asked) == 2, "the next frame, and no other"


def test_frames_follow_one_another_and_nothing_is_kept(page: Page) -> None:
    under_way, most, sent = 0, 0, 0

    def count(change: int) -> None:
        nonlocal under_way, most, sent
        under_way += change
        most, sent = max(most, under_way), sent + (change > 0)

    page.on("request", lambda request: count(1) if request.method == "POST" else None)
    page.on("requestfinished", lambda request: count(-1) if request.method == "POST" else None)
    start(page)
    expect(page.locator("[data-pace]")).to_contain_text("pictures a second")
    wait_until(page, lambda: sent >= 5)
    assert most == 1
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("canvas[data-map]")).to_be_hidden()
    assert page.locator("video").evaluate("(video) => video.srcObject") is None
    page.goto("/explanations")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


def test_the_map_lies_over_the_picture(page: Page) -> None:
    start(page)
    wait_for_map(page)
    areas = [page.locator(name).bounding_box() for name in ("video", "canvas[data-map]")]
    assert areas[0] == areas[1]
    ratios = page.evaluate(
        """() => {
             const [video, map] = ["video", "canvas[data-map]"].map((name) => document.querySelector(name));
             return [video.videoWidth / video.videoHeight, map.width / map.height];
           }"""
    )
    assert ratios[0] == pytest.approx(ratios[1], rel=0.01)
    drawn = page.locator("canvas[data-map]").evaluate(
        "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    )
    assert drawn


def test_what_takes_away_is_told_without_colours(page: Page, bundles: Bundles) -> None:
    start(page)
    wait_for_map(page)
    signs, kind = page.locator("[data-layer=minus] .mark--dark"), page.get_by_label("adds only")
    for label in bundles.colours.spec.labels:
        page.get_by_label("Class to follow").fill(label)
        expect(page.locator("[data-map-of]")).to_contain_text(label)
        if signs.count():
            break
    expect(signs).to_have_attribute("d", re.compile("^(M[^M]+)+$"))
    kind.check(force=True)
    expect(signs).to_have_count(0)


def test_a_class_can_be_followed_and_let_go(page: Page) -> None:
    start(page)
    wait_for_map(page)
    page.get_by_label("Class to follow").fill("Sand")
    wait_for_map(page, f"{NAMES.index('sand')} signed")
    expect(page.locator("[data-label]")).to_have_text("sand")
    page.get_by_label("adds only").check()
    wait_for_map(page, f"{NAMES.index('sand')} positive")
    expect(page.locator("[data-lowest]")).to_have_text("0")
    page.get_by_label("Class to follow").fill("unicorn")
    expect(page.get_by_text("No class has a name like that.")).to_be_visible()
    page.get_by_label("Class to follow").fill("index:5")
    wait_for_map(page, "5 positive")
    page.get_by_label("Class to follow").fill("")
    expect(page.locator("[data-label]")).to_have_text(page.locator("[data-row] [data-name]").first.inner_text())


def test_a_class_that_nothing_speaks_for_gets_a_sentence(page: Page, bundles: Bundles) -> None:
    asked = held(page)
    start(page)
    wait_until(page, lambda: len(asked) == 1)
    [said] = bundles.colours.explain([read_photo(part(asked[0].request, "image"))])
    index = int(np.asarray(said.maps).max((1, 2)).argmin())
    assert np.asarray(said.maps)[index].max() <= 0, "one of the classes has no evidence in a picture of one colour"
    page.get_by_label("adds only").check()
    page.get_by_label("Class to follow").fill(f"index:{index}")
    page.route(API, lambda route: route.continue_())
    asked[0].continue_()
    expect(page.locator("[data-nothing]")).to_contain_text(f"No part of the picture adds to “{NAMES[index]}”")
    page.get_by_label("Class to follow").fill("green")
    wait_for_map(page, f"{NAMES.index('green')} positive")
    expect(page.locator("[data-nothing]")).to_be_hidden()


def test_the_picture_is_mirrored_with_its_map_and_what_is_sent_is_not(page: Page) -> None:
    start(page)
    wait_for_map(page)
    for name in ("video", "canvas[data-map]"):
        assert page.locator(name).evaluate("(layer) => getComputedStyle(layer).scale") == "-1 1"
    page.get_by_label("Mirrored").uncheck()
    for name in ("video", "canvas[data-map]"):
        assert page.locator(name).evaluate("(layer) => getComputedStyle(layer).scale") == "none"


def test_a_frame_can_be_kept(page: Page) -> None:
    start(page)
    wait_for_map(page)
    with page.expect_request(is_kept):
        page.get_by_role("button", name="Freeze and keep this picture").click()
    page.wait_for_url(re.compile("/explanations/[0-9a-f]{32}$"))
    kept = page.request.get(f"/api/v1{page.url[page.url.index('/explanations') :]}/image").body()
    assert Image.open(io.BytesIO(kept)).width >= 640
    page.goto("/explanations")
    expect(page.locator("[data-entry]")).to_have_count(1)


def test_a_frame_that_cannot_be_kept_is_said_and_the_picture_goes_on(page: Page) -> None:
    start(page)
    wait_for_map(page)
    full = {"status": 507, "json": {"detail": "The disk is full."}, "content_type": "application/problem+json"}

    def refuse(route: Route) -> None:
        if is_kept(route.request):
            route.fulfill(**full)
        else:
            route.continue_()

    page.route(API, refuse)
    page.get_by_role("button", name="Freeze and keep this picture").click()
    expect(page.get_by_role("alert")).to_have_text("The disk is full.")
    with page.expect_request(API):
        pass
    expect(page.get_by_role("button", name="Freeze and keep this picture")).to_be_enabled()


def test_a_busy_server_is_said_and_waited_for(page: Page) -> None:
    asked = held(page)
    start(page)
    wait_until(page, lambda: len(asked) == 1)
    asked[0].fulfill(**{**BUSY, "json": {"detail": "Too busy."}, "body": None, "headers": {"retry-after": "1"}})
    expect(page.get_by_text("Too busy. It is tried again by itself.")).to_be_visible()
    wait_until(page, lambda: len(asked) == 2)
    asked[1].continue_()
    wait_for_map(page)
    expect(page.get_by_text("It is tried again by itself.")).to_be_hidden()


def test_a_refusal_ends_it_in_words(page: Page) -> None:
    gone = {"status": 422, "json": {"detail": "There is no such model."}, "content_type": "application/problem+json"}
    page.route(API, lambda route: route.fulfill(**gone))
    start(page)
    expect(page.get_by_role("alert")).to_have_text("Stopped. There is no such model.")
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()
    assert page.locator("video").evaluate("(video) => video.srcObject") is None


def test_a_page_that_nobody_sees_sends_nothing(page: Page) -> None:
    start(page)
    wait_for_map(page)
    turn = """(isHidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(turn, True)
    page.wait_for_timeout(500)  # what was under way comes back
    sent: set[str] = set()
    page.on("request", lambda request: sent.add(request.url))
    page.wait_for_timeout(500)
    assert sent == set()
    with page.expect_request(API):
        page.evaluate(turn, False)


def test_another_camera_can_be_picked(page: Page) -> None:
    start(page)
    wait_for_map(page)
    current = "(video) => video.srcObject.getVideoTracks()[0].getSettings().deviceId"
    choice = page.get_by_role("combobox", name="Camera")
    first = page.locator("video").evaluate(current)
    assert choice.input_value() == first
    [other] = [
        one for one in choice.locator("option").evaluate_all("(all) => all.map(({ value }) => value)") if one != first
    ]
    choice.select_option(other)
    expect(choice).to_have_value(other)
    wait_for_map(page)
    assert page.locator("video").evaluate(current) == other


def test_a_camera_that_goes_away_is_said(page: Page) -> None:
    start(page)
    wait_for_map(page)
    page.locator("video").evaluate("(video) => video.srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.get_by_role("alert")).to_contain_text("disconnected")
    page.get_by_role("button", name="Start the camera").click()
    wait_for_map(page)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_network_without_maps_still_says_what_it_sees(page: Page) -> None:
    page.goto("/camera")
    page.get_by_label("Network", exact=True).select_option(label="mixed · 5 classes")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text("This network has no exact map")).to_be_visible()
    expect(page.locator("[data-numbers]")).to_contain_text("probability")
    expect(page.locator("canvas[data-map]")).to_be_hidden()
    expect(page.locator("[data-legend]")).to_be_hidden()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([AGREE, f"{CAMERA}=device-count=0"], "No camera was found"),
        ([CAMERA, "--deny-permission-prompts"], "did not allow this page to use a camera"),
    ],
)
def test_without_a_camera_or_leave_to_use_it_the_page_says_so(
    chromium: Browser, site: str, flags: list[str], words: str
) -> None:
    with another(chromium, *flags) as page:
        page.goto(f"{site}/camera")
        page.get_by_role("button", name="Start the camera").click()
        expect(page.get_by_role("alert")).to_contain_text(words)
        expect(page.get_by_role("button", name="Start the camera")).to_be_enabled()


def test_over_plain_http_the_page_says_where_browsers_allow_it(chromium: Browser, site: str) -> None:
    with another(chromium, AGREE, CAMERA, "--host-resolver-rules=MAP camera.test 127.0.0.1") as page:
        port = site.rpartition(":")[2]
        page.goto(f"http://camera.test:{port}/camera")
        expect(page.get_by_role("alert")).to_contain_text("only over https")
        expect(page.get_by_role("alert")).to_contain_text(f"localhost:{port}/camera")
        expect(page.get_by_role("button", name="Start the camera")).to_be_disabled()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_no_window_scrolls_sideways(make_context: ContextMaker, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto("/camera")
    found = scan(page)
    page.get_by_role("button", name="Start the camera").click()
    wait_for_map(page)
    found += scan(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    page.get_by_role("button", name="Stop").click()
    assert found == []


def test_a_screen_reader_hears_what_is_seen(page: Page) -> None:
    start(page)
    wait_for_map(page)
    label = page.locator("[data-label]").inner_text()
    expect(page.locator("[data-said]")).to_contain_text(f"{label}, probability", ignore_case=True)
