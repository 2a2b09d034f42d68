"""Choosing a photo: by button, by drop, by paste, by example; and what happens when it is refused."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import ContextMaker, explain, paint, wait_for_map

pytestmark = pytest.mark.browser
LONG = "a name much longer than its neighbours, with a comma"
WINDOWS = [{"width": 1280, "height": 800}, {"width": 360, "height": 740}]
GATEWAY = {"status": 502, "content_type": "text/html", "body": "<h1>Bad Gateway</h1>"}  # what a proxy says
RESULT = re.compile(r"/explanations/[0-9a-f]{32}")


def test_by_button(page: Page, photo: Path) -> None:
    page.goto("/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect(page.locator("[data-preview]")).to_be_visible()
    expect(page.get_by_text("colours.png")).to_be_visible()
    page.get_by_role("button", name="Explain this photo").click()
    expect(page).to_have_url(RESULT)
    wait_for_map(page)


def test_the_button_without_a_photo_asks_for_one(page: Page) -> None:
    page.goto("/")
    with page.expect_file_chooser():
        page.get_by_role("button", name="Explain this photo").click()


def test_by_drop_anywhere(page: Page, photo: Path) -> None:
    page.goto("/")
    drag = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(photo)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        drag.send("Input.dispatchDragEvent", {"type": kind, "x": 40, "y": 300, "data": data})
    expect(page.locator("[data-preview]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(RESULT)


def test_by_paste(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/")
    page.evaluate(
        """async () => {
             const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
             canvas.getContext("2d").fillRect(0, 0, 40, 48);
             const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
             await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
           }"""
    )
    page.keyboard.press("Control+V")
    expect(page.locator("[data-preview]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(RESULT)


def test_by_example(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="A coffee").click()
    expect(page).to_have_url(RESULT)
    wait_for_map(page)


def test_a_refusal_is_said_on_the_form_and_keeps_what_was_entered(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    wrong = tmp_path / "letter.png"
    wrong.write_text("not a picture")
    page.get_by_text("More choices").click()
    page.get_by_label("Classes to explain as well").fill("red\nblue")
    page.get_by_label("Choose a photo").set_input_files(wrong)
    page.get_by_role("button", name="Explain this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("JPEG")
    expect(page.get_by_label("Classes to explain as well")).to_have_value("red\nblue")
    assert page.locator("#image").evaluate("input => input.files[0].name") == "letter.png"


def test_a_photo_that_is_too_large_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    large = tmp_path / "large.bmp"
    paint(large, 800, 600)
    page.get_by_label("Choose a photo").set_input_files(large)
    page.get_by_role("button", name="Explain this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("1 MB")
    expect(page).to_have_url(re.compile("/$"))


def test_a_server_that_went_away_is_said_in_words(page: Page, photo: Path) -> None:
    page.goto("/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.route("**/api/v1/explanations", lambda route: route.abort())
    page.get_by_role("button", name="Explain this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")


@pytest.mark.parametrize("viewport", WINDOWS)
def test_an_answer_without_a_sentence_gets_one_in_view(
    make_context: ContextMaker, photo: Path, viewport: dict[str, int]
) -> None:
    page = make_context(viewport=viewport).new_page()
    page.goto("/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    expect(page.locator("[data-preview]")).to_be_visible()
    page.route("**/api/v1/explanations", lambda route: route.fulfill(**GATEWAY))
    page.get_by_role("button", name="Explain this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("error 502")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Explain this photo")).to_be_in_viewport(ratio=1)


def test_what_is_under_way_is_said_step_by_step(page: Page, photo: Path) -> None:
    page.goto("/")
    page.evaluate(
        """() => {
             const busy = document.querySelector("[data-busy]");
             new MutationObserver(() => {
               sessionStorage.said = `${sessionStorage.said ?? ""}${busy.textContent}|`;
             }).observe(busy, { childList: true });
           }"""
    )
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_role("button", name="Explain this photo").click()
    page.wait_for_url("**/explanations/*")
    assert page.evaluate("sessionStorage.said").startswith("Sending the photo …|Looking at the photo …|")


def test_an_example_does_not_send_the_chosen_photo(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    large = tmp_path / "large.bmp"
    paint(large, 800, 600)  # by itself it would be refused
    page.get_by_label("Choose a photo").set_input_files(large)
    page.get_by_text("More choices").click()
    page.get_by_label("Classes to explain as well").fill("sand")
    page.get_by_role("button", name="A coffee").click()
    expect(page).to_have_url(RESULT)
    assert "sand" in page.locator(".prediction__label").all_inner_texts()


def test_an_example_is_sent_once_and_a_failure_is_said(page: Page) -> None:
    page.goto("/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="A coffee").dblclick()
    expect(page).to_have_url(RESULT)
    assert len(sent) == 1
    page.goto("/")
    page.route("**/api/v1/explanations", lambda route: route.abort())
    page.get_by_role("button", name="A rocket").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("viewport", WINDOWS)
def test_without_scripts_examples_come_alone_and_refusals_are_in_view(
    make_context: ContextMaker, tmp_path: Path, viewport: dict[str, int]
) -> None:
    page = make_context(java_script_enabled=False, viewport=viewport).new_page()
    page.goto("/")
    large = tmp_path / "large.bmp"
    paint(large, 800, 600)
    page.get_by_label("Choose a photo").set_input_files(large)
    page.get_by_role("button", name="Explain this photo").click()
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    page.get_by_label("Choose a photo").set_input_files(large)
    page.get_by_role("button", name="A coffee").click()
    expect(page).to_have_url(RESULT)


def test_classes_asked_for_join_the_list(page: Page, photo: Path) -> None:
    page.goto("/")
    page.get_by_text("More choices").click()
    page.get_by_label("Classes to explain as well").fill(f"sand\n\n  {LONG} ")
    page.get_by_label("2×").check()
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_role("button", name="Explain this photo").click()
    page.wait_for_url("**/explanations/*")
    labels = page.locator(".prediction__label").all_inner_texts()
    assert {"sand", LONG} <= set(labels)
    page.get_by_text("What the network was given").click()
    expect(page.get_by_text("pixels, scale 2")).to_be_visible()


def test_a_network_can_be_chosen(page: Page, photo: Path) -> None:
    page.goto("/")
    page.get_by_label("Network").select_option(label="mixed · 5 classes")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_role("button", name="Explain this photo").click()
    expect(page.get_by_role("heading", name="This network has no exact map")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(0)


def test_the_form_can_be_used_again_after_going_back(page: Page, photo: Path) -> None:
    explain(page, photo)
    page.go_back()
    expect(page.get_by_role("button", name="Explain this photo")).to_be_enabled()
    assert not page.locator("form.upload").get_attribute("aria-busy")
    assert page.locator("#image").evaluate("input => input.files.length") == 1
    expect(page.locator("[data-preview]")).to_be_visible()
    expect(page.get_by_text("colours.png")).to_be_visible()
