"""Training in the browser: pictures by drag and drop, progress as it goes, stopping, coming back."""

import re
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from app.config import Settings
from app.training_child import Order
from tests import fake_trainer
from tests.browsing import Bundles, ContextMaker, serve
from tests.bundles import make_bundle
from tests.shapes import draw_singles, write_classes

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

LABELS = ("disc", "cross")
TRAINING = re.compile(r"/trainings/[0-9a-f]{32}$")
WIDTHS = (360, 768, 1280, 1600)
SLOW, WATCHED, QUICK = (400, 0.25), (16, 0.3), (5, 0.1)  # epochs, and seconds that each takes
REAL_MS = 180_000


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of class folders, four pictures in each."""
    return write_classes(tmp_path_factory.mktemp("pictures"), LABELS, 4, side=48)


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Order], list[str]]:
    """The stand-in; a model's name says how it behaves: "slow…", "watched…", "fail…", else it is soon done."""
    made = make_bundle(tmp_path_factory.mktemp("made"), name="shapes")

    def command(order: Order) -> list[str]:
        behaviour = "fail" if order.asked.name.startswith("fail") else "work"
        pace = {"slow": SLOW, "watched": WATCHED}.get(order.asked.name.partition("-")[0], QUICK)
        return fake_trainer.command(made, behaviour, *pace)(order)

    return command


@pytest.fixture(scope="module")
def site(
    bundles: Bundles, trainer: Callable[[Order], list[str]], pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a server that trains with the stand-in, two at a time."""
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(
        data_dir=folder / "data",
        cache_dir=folder / "cache",
        max_upload_mb=1,
        training_jobs=2,
        training_folders=(pictures.parent,),
    )
    yield from serve(settings, [bundles.colours, bundles.mixed], trainer)


def drop(page: Page, target: Locator, *files: Path) -> None:
    """Drop files or folders from the desktop on the middle of an element."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    drag = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        drag.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def card(page: Page, place: int) -> Locator:
    """One class's card."""
    return page.locator("[data-class]").nth(place)


def fill(page: Page, pictures: Path) -> None:
    """Name the two classes and drop their pictures on them."""
    for place, label in enumerate(LABELS):
        card(page, place).locator("[data-name]").fill(label)
        drop(page, card(page, place), *sorted((pictures / label).iterdir()))
        expect(card(page, place).locator("[data-count]")).to_have_text(f"{len(list((pictures / label).iterdir()))}")


def begin(page: Page, pictures: Path, name: str) -> str:
    """Start a training; the address of its page."""
    page.goto("/train")
    fill(page, pictures)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Start training").click()
    expect(page).to_have_url(TRAINING)
    return page.url


def begin_quickly(page: Page, pictures: Path, name: str) -> str:
    """Start a training of a folder over the API, as the same visitor; the path of its page."""
    answer = page.request.post("/api/v1/trainings", data={"name": name, "folder": str(pictures)})
    assert answer.status == 201, answer.text()
    return str(answer.json()["page_url"])


def stop(page: Page, path: str) -> None:
    """Stop a training over the API."""
    training_id = path.rsplit("/", 1)[-1]
    assert page.request.post(f"/api/v1/trainings/{training_id}/cancel", data={"keep": False}).ok


def headline(page: Page) -> Locator:
    """What the page says of how the training stands."""
    return page.locator("#now-title")


def test_by_drag_and_drop_from_pictures_to_a_model(page: Page, pictures: Path) -> None:
    begin(page, pictures, "watched-drop")
    expect(page).to_have_title(re.compile(r"^\d+% · watched-drop · Camscope$"))
    expect(page.locator(".figure").first).to_contain_text(re.compile(rf"\d of {WATCHED[0]}"))
    expect(headline(page)).to_have_text("Ready")
    expect(page.locator(".figure").first).to_contain_text("75.0%")
    expect(page).to_have_title("Ready · watched-drop · Camscope")
    expect(page.locator(".chart__lines")).to_have_count(2)
    page.get_by_text("Every epoch", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2 + WATCHED[0])
    page.get_by_role("link", name="Explain a photo with it").click()
    expect(page.get_by_label("Network")).to_have_value(re.compile("^shapes-"))
    page.get_by_role("link", name="Train").click()
    expect(page.locator(".training-line").first).to_contain_text("75.0% right")


def test_a_name_is_proposed_from_the_classes_until_one_is_typed(page: Page, pictures: Path) -> None:
    page.goto("/train")
    fill(page, pictures)
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value("cross-disc")
    name.fill("mine")
    page.get_by_role("button", name="Remove disc").click()
    expect(page.locator("[data-count]").first).to_have_text("4")
    expect(name).to_have_value("mine")


def test_folders_dropped_anywhere_become_classes(page: Page, pictures: Path) -> None:
    page.goto("/train")
    drop(page, page.locator("h1"), *(pictures / label for label in LABELS))
    for place, label in enumerate(LABELS):
        expect(card(page, place).locator("[data-name]")).to_have_value(label)
        expect(card(page, place).locator("[data-count]")).to_have_text("4")
        expect(card(page, place).locator("canvas")).to_have_count(4)


def test_a_folder_of_classes_dropped_as_one(page: Page, pictures: Path) -> None:
    page.goto("/train")
    drop(page, page.locator("h1"), pictures)
    expect(page.locator("[data-ready]")).to_contain_text("8 pictures of 2 classes")


def test_a_zip_dropped_anywhere(page: Page, pictures: Path, tmp_path: Path) -> None:
    page.goto("/train")
    drop(page, page.locator("h1"), zipped(pictures, tmp_path / "shapes.zip"))
    expect(page.locator("[data-archive-words]")).to_have_text("shapes.zip is with the server.")
    expect(page.locator("[data-ready]")).to_contain_text("8 pictures of 2 classes")


def zipped(pictures: Path, path: Path) -> Path:
    """A zip of class folders."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(pictures.rglob("*.png")):
            archive.write(file, file.relative_to(pictures))
    return path


def test_what_is_dropped_is_not_in_a_folder_of_the_server(page: Page, pictures: Path) -> None:
    page.goto("/train")
    page.get_by_role("radio", name="In a folder on the server").check()
    drop(page, page.locator("h1"), pictures / "disc")
    expect(page.get_by_role("radio", name="On this device")).to_be_checked()
    expect(card(page, 0).locator("[data-count]")).to_have_text("4")


def test_a_zip_that_is_none_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    page.goto("/train")
    wrong = tmp_path / "wrong.zip"
    wrong.write_text("no zip at all")
    page.get_by_label("Choose a zip").set_input_files(wrong)
    expect(page.get_by_role("alert")).to_contain_text("wrong.zip:")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)


def test_pictures_wait_until_their_class_has_a_name(page: Page, pictures: Path) -> None:
    page.goto("/train")
    drop(page, card(page, 0), *sorted((pictures / "disc").iterdir()))
    expect(card(page, 0)).to_contain_text("waiting until the class has a name: 4")
    expect(card(page, 0).locator("canvas")).to_have_count(4)
    card(page, 0).locator("[data-name]").fill("disc")
    card(page, 0).locator("[data-name]").press("Enter")
    expect(card(page, 0).locator("[data-count]")).to_have_text("4")
    expect(page).to_have_url(re.compile(r"/train\?dataset="))


def test_what_is_refused_is_named_with_its_reason(page: Page, pictures: Path, tmp_path: Path) -> None:
    wrong, letter = tmp_path / "wrong.png", tmp_path / "letter.txt"
    wrong.write_text("no picture")
    letter.write_text("a letter")
    page.goto("/train")
    card(page, 0).locator("[data-name]").fill("disc")
    known = sorted((pictures / "disc").iterdir())[0]
    drop(page, card(page, 0), known, wrong, letter)
    expect(card(page, 0)).to_contain_text("2 not taken")
    card(page, 0).get_by_text("2 not taken").click()
    expect(card(page, 0)).to_contain_text("letter.txt is no picture.")
    expect(card(page, 0)).to_contain_text(re.compile(r"wrong\.png .*JPEG"))
    drop(page, card(page, 0), known)
    expect(card(page, 0)).to_contain_text("3 not taken")
    expect(card(page, 0)).to_contain_text(re.compile("already"))
    expect(card(page, 0).locator("[data-count]")).to_have_text("1")


def test_what_the_server_is_too_busy_for_is_tried_again(page: Page, pictures: Path) -> None:
    refused: list[str] = []

    def busy(route: Route) -> None:
        refused.append(route.request.url)
        body = {"title": "Too busy", "detail": "Later.", "status": 429}
        if len(refused) <= 2:
            route.fulfill(status=429, headers={"retry-after": "1"}, content_type="application/problem+json", json=body)
        else:
            route.fallback()

    page.goto("/train")
    page.route("**/pictures", busy)
    card(page, 0).locator("[data-name]").fill("disc")
    drop(page, card(page, 0), *sorted((pictures / "disc").iterdir()))
    expect(card(page, 0)).to_contain_text("Later. It is tried again by itself.")
    expect(card(page, 0).locator("[data-count]")).to_have_text("4")
    expect(card(page, 0)).not_to_contain_text("tried again")
    assert len(refused) == 6


def test_a_class_can_be_renamed_and_removed_and_a_reload_goes_on(page: Page, pictures: Path) -> None:
    page.goto("/train")
    fill(page, pictures)
    name = card(page, 1).locator("[data-name]")
    name.fill("disc")
    name.press("Enter")
    expect(card(page, 1)).to_contain_text("There is a class called “disc” already.")
    name.fill("crucifix/x")
    name.press("Enter")
    expect(page.locator("[data-ready]")).to_contain_text("8 pictures of 2 classes")
    page.reload()
    expect(card(page, 0).locator("[data-name]")).to_have_value("crucifix/x")
    expect(card(page, 0).locator("[data-count]")).to_have_text("4")
    page.get_by_role("button", name="Add a class").click()
    expect(card(page, 2).locator("[data-name]")).to_be_focused()
    page.get_by_role("button", name="Remove crucifix/x").click()
    expect(card(page, 0).locator("[data-name]")).to_have_value("disc")
    page.reload()
    expect(card(page, 0).locator("[data-name]")).to_have_value("disc")
    expect(page.locator("[data-problems]")).to_contain_text("at least two classes")


def test_what_was_changed_in_another_tab_is_not_counted_here(page: Page, pictures: Path) -> None:
    page.goto("/train")
    fill(page, pictures)
    expect(page.locator("[data-ready]")).to_contain_text("8 pictures of 2 classes")
    other = page.context.new_page()
    other.goto(page.url)
    name = card(other, 0).locator("[data-name]")
    expect(name).to_have_value("cross")
    name.fill("star")
    name.press("Enter")
    expect(other.locator("[data-ready]")).to_contain_text("8 pictures of 2 classes")
    other.close()
    drop(page, card(page, 0), pictures / "cross" / sorted(one.name for one in (pictures / "cross").iterdir())[0])
    expect(card(page, 1).locator("[data-name]")).to_have_value("cross")
    expect(card(page, 1).locator("[data-count]")).to_have_text("0")
    expect(card(page, 2).locator("[data-name]")).to_have_value("star")
    expect(card(page, 2).locator("[data-count]")).to_have_text("4")


def test_what_is_missing_is_said_before_anything_starts(page: Page, pictures: Path) -> None:
    page.goto("/train")
    card(page, 0).locator("[data-name]").fill("disc")
    drop(page, card(page, 0), *sorted((pictures / "disc").iterdir()))
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("alert")).to_contain_text("two classes")
    expect(page).to_have_url(re.compile("/train"))


def test_a_refused_name_is_said_and_nothing_is_lost(page: Page, pictures: Path) -> None:
    page.goto("/train")
    fill(page, pictures)
    page.get_by_label("Name", exact=True).fill("colours")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("alert")).to_contain_text("choose another name")
    expect(card(page, 0).locator("canvas")).to_have_count(4)


def test_a_folder_of_the_server(page: Page, pictures: Path) -> None:
    page.goto("/train")
    page.get_by_role("radio", name="In a folder on the server").check()
    expect(card(page, 0)).to_be_hidden()
    page.get_by_label("Folder", exact=True).fill(str(pictures))
    page.get_by_label("Name", exact=True).fill("from-folder")
    page.get_by_role("button", name="Start training").click()
    expect(headline(page)).to_have_text("Ready")
    expect(page.locator(".count").first).to_contain_text("4")


def test_best_and_the_choices_below_reach_the_trainer(page: Page, pictures: Path) -> None:
    page.goto("/train")
    fill(page, pictures)
    page.get_by_label("Name", exact=True).fill("chosen")
    page.get_by_role("radio", name="Best").check()
    page.get_by_text("More choices").click()
    page.get_by_role("radio", name="Maximum").check()
    page.get_by_label("Epochs of fine-tuning").fill("7")
    page.get_by_label("Classes of unequal size").select_option("weights")
    page.get_by_role("radio", name="Several labels").check()
    page.get_by_role("button", name="Start training").click()
    expect(page).to_have_url(TRAINING)
    asked = page.request.get(f"/api/v1{TRAINING.search(page.url)[0]}").json()["asked"]  # type: ignore[index]
    chosen = {"freeze": "auto", "head": "gmp", "epochs": 7, "balance": "weights", "loss": "sigmoid"}
    assert {name: asked[name] for name in chosen} == chosen


def test_leaving_and_coming_back_shows_everything(page: Page, pictures: Path) -> None:
    address = begin(page, pictures, "slow-return")
    expect(page.locator("tbody tr")).not_to_have_count(0)
    page.get_by_role("link", name="Your trainings").click()
    line = page.locator(".training-line").first
    expect(line).to_contain_text("Training the head")
    expect(line.get_by_role("progressbar")).to_be_visible()
    line.get_by_role("link", name="slow-return").click()
    expect(page).to_have_url(address)
    expect(page.get_by_role("img", name=re.compile("Loss over the epochs"))).to_be_visible()
    stop(page, address)
    expect(headline(page)).to_have_text("Stopped; nothing was kept")


def test_stopping_keeps_the_best_so_far(page: Page, pictures: Path) -> None:
    page.goto(begin_quickly(page, pictures, "slow-keep"))
    expect(page.locator(".figure").first).to_contain_text(re.compile(rf"[1-9]\d* of {SLOW[0]}"))
    page.get_by_text("Stop …").click()
    page.get_by_role("button", name="Stop and keep the best so far").click()
    expect(headline(page)).to_have_text("Ready")
    expect(page.get_by_text("Stop …")).to_be_hidden()


def test_stopping_keeps_nothing_and_offers_to_start_again(page: Page, pictures: Path) -> None:
    begin(page, pictures, "slow-discard")
    page.get_by_text("Stop …").click()
    page.get_by_role("button", name="Stop and keep nothing").click()
    expect(headline(page)).to_have_text("Stopped; nothing was kept")
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("slow-discard")
    expect(page.locator("[data-ready]")).to_contain_text("8 pictures of 2 classes")


def test_a_failure_is_said_with_what_to_do(page: Page, pictures: Path) -> None:
    page.goto(begin_quickly(page, pictures, "fail-1"))
    expect(headline(page)).to_have_text("It failed")
    expect(page.locator(".now")).to_contain_text("nothing to learn")
    expect(page.get_by_role("link", name="Start again")).to_be_visible()


def test_who_waits_is_told_the_place_in_the_line(page: Page, pictures: Path) -> None:
    paths = [begin_quickly(page, pictures, f"slow-line-{number}") for number in range(4)]
    page.goto(paths[3])
    expect(headline(page)).to_have_text("Waiting for its turn")
    expect(page.locator(".now")).to_contain_text("1 other comes before it.")
    stop(page, paths[2])
    stop(page, paths[0])
    expect(headline(page)).to_have_text("Training the head")
    for path in paths:
        stop(page, path)
    expect(headline(page)).to_have_text("Stopped; nothing was kept")


def test_progress_is_said_aloud_now_and_then_not_always(page: Page, pictures: Path) -> None:
    path = begin_quickly(page, pictures, "watched-spoken")
    page.goto(path)
    page.evaluate(
        """() => {
             const status = document.querySelector("[data-live=announcement]");
             window.said = [status.textContent];
             new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
           }"""
    )
    expect(headline(page)).to_have_text("Ready")
    said = page.evaluate("window.said")
    assert said[-1] == "Ready"
    assert len(said) == len(set(said)) <= 8


def test_the_focus_is_not_lost_when_what_has_it_goes(page: Page, pictures: Path) -> None:
    path = begin_quickly(page, pictures, "slow-focus")
    page.goto(path)
    page.get_by_text("Stop …").focus()
    stop(page, path)
    expect(headline(page)).to_have_text("Stopped; nothing was kept")
    expect(headline(page)).to_be_focused()


def test_the_list_is_renewed_and_the_focus_stays_in_it(page: Page, pictures: Path) -> None:
    path = begin_quickly(page, pictures, "slow-list")
    page.goto("/train")
    line = page.locator(".training-line").first
    line.get_by_role("link", name="slow-list").focus()
    stop(page, path)
    expect(line).to_contain_text("Stopped; nothing was kept")
    expect(line.get_by_role("link", name="slow-list")).to_be_focused()


def test_a_training_that_is_not_there_any_more_is_not_waited_for(page: Page, pictures: Path) -> None:
    path = begin_quickly(page, pictures, "slow-gone")
    page.goto(path)
    expect(page.locator("tbody tr")).not_to_have_count(0)
    page.route(f"**{path}", lambda route: route.fulfill(status=404, body="Gone."))
    expect(page.locator("[data-lost]")).to_contain_text("error 404")
    stop(page, path)


def test_a_server_that_does_not_train_says_so_to_everybody(
    chromium: Browser, bundles: Bundles, trainer: Callable[[Order], list[str]], tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", training="off")
    with running(settings, bundles, trainer) as address:
        page = chromium.new_context(base_url=address).new_page()
        page.goto("/train")
        expect(page.get_by_role("heading", name="This server does not train")).to_be_visible()
        assert scan(page) == []
        page.context.close()


def test_a_visitor_sees_only_their_own(page: Page, make_context: ContextMaker, pictures: Path) -> None:
    path = begin_quickly(page, pictures, "private")
    stranger = make_context().new_page()
    answer = stranger.goto(path)
    assert answer is not None
    assert answer.status == 404
    stranger.goto("/train")
    expect(stranger.get_by_text("private")).to_have_count(0)


def scan(page: Page) -> list[str]:
    """What axe finds, with no rule left out."""
    page.evaluate("for (const part of document.querySelectorAll('main details:not(.menu)')) part.open = true")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html']} {one['nodes'][0]['failureSummary']}" for one in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(make_context: ContextMaker, pictures: Path, tmp_path: Path, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto("/train")
    found = scan(page)
    wrong = tmp_path / "wrong.png"
    wrong.write_text("no picture")
    fill(page, pictures)
    drop(page, card(page, 0), wrong)
    expect(card(page, 0)).to_contain_text("1 not taken")
    found += scan(page)
    slow = begin_quickly(page, pictures, f"slow-{theme}")
    page.goto(slow)
    expect(page.locator("tbody tr")).not_to_have_count(0)
    found += scan(page)
    page.get_by_text("Stop …").click()
    found += scan(page)
    stop(page, slow)
    expect(headline(page)).to_have_text("Stopped; nothing was kept")
    found += scan(page)
    page.goto(begin_quickly(page, pictures, f"fail-{theme}"))
    expect(headline(page)).to_have_text("It failed")
    found += scan(page)
    page.goto(begin_quickly(page, pictures, f"done-{theme}"))
    expect(headline(page)).to_have_text("Ready")
    found += scan(page)
    page.goto("/train")
    found += scan(page)
    assert found == []


def test_no_window_scrolls_sideways(page: Page, pictures: Path) -> None:
    page.goto("/train")
    card(page, 0).locator("[data-name]").fill("a-name-without-any-space-that-is-far-too-long-for-a-narrow-window" * 1)
    drop(page, card(page, 0), *sorted((pictures / "disc").iterdir()))
    expect(card(page, 0).locator("[data-count]")).to_have_text("4")
    check_widths(page)
    page.goto(begin_quickly(page, pictures, "wide"))
    expect(headline(page)).to_have_text("Ready")
    check_widths(page)


def check_widths(page: Page) -> None:
    page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width}"


def press_until(page: Page, selector: str, most: int = 60) -> None:
    """Go on through the page by keyboard until an element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way to {selector} by keyboard")


def test_keyboard_alone(page: Page, pictures: Path) -> None:
    page.goto("/train")
    for label in LABELS:
        press_until(page, "[data-name]")
        page.keyboard.type(label)
        press_until(page, "[data-files]")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files(sorted((pictures / label).iterdir()))
    expect(page.locator("[data-ready]")).to_contain_text("8 pictures of 2 classes")
    press_until(page, "#name")
    page.keyboard.press("Control+A")
    page.keyboard.type("slow-keys")
    press_until(page, "[name=freeze]")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Best")).to_be_checked()
    press_until(page, "[data-begin]")
    page.keyboard.press("Enter")
    expect(page).to_have_url(TRAINING)
    expect(page.locator("tbody tr")).not_to_have_count(0)
    press_until(page, "summary#stop")
    page.keyboard.press("Enter")
    press_until(page, "#stop-discard")
    page.keyboard.press("Enter")
    expect(headline(page)).to_have_text("Stopped; nothing was kept")


def test_the_form_and_the_page_work_without_scripts(make_context: ContextMaker, pictures: Path, tmp_path: Path) -> None:
    page = make_context(java_script_enabled=False, viewport={"width": 360, "height": 640}).new_page()
    page.goto("/train")
    part, inner = page.locator(".train__part").first.bounding_box(), page.locator("[data-many]").bounding_box()
    assert part is not None
    assert inner is not None
    assert inner["x"] + inner["width"] < part["x"] + part["width"]
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a zip")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    page.get_by_label("Choose a zip").set_input_files(zipped(pictures, tmp_path / "shapes.zip"))
    page.get_by_label("Name", exact=True).fill("colours")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("alert")).to_contain_text("choose another name")
    expect(page.locator("noscript .notice")).to_contain_text("8 pictures are with the server")
    page.get_by_label("Name", exact=True).fill("slow-plain")
    page.get_by_role("button", name="Start training").click()
    expect(page).to_have_url(TRAINING)
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
    expect(page.get_by_role("img", name=re.compile("Loss over the epochs"))).to_be_visible()  # refreshed by itself
    page.get_by_text("Stop …").click()
    page.get_by_role("button", name="Stop and keep nothing").click()
    expect(page).to_have_url(TRAINING)
    expect(headline(page)).to_have_text("Stopped; nothing was kept")
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 0


@contextmanager
def running(
    settings: Settings, bundles: Bundles, trainer: Callable[[Order], list[str]], port: int = 0
) -> Iterator[str]:
    """A server that can be stopped and started again."""
    yield from serve(settings, [bundles.colours], trainer, port)


def test_a_restart_of_the_server_is_survived(
    chromium: Browser, bundles: Bundles, trainer: Callable[[Order], list[str]], pictures: Path, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", training_folders=(pictures,))
    with running(settings, bundles, trainer) as address:
        page = chromium.new_context(base_url=address).new_page()
        page.goto("/train")
        page.goto(begin_quickly(page, pictures, "slow-restart"))
        expect(page.locator(".figure").first).to_contain_text(re.compile("[1-9] of"))
    expect(page.locator("[data-lost]")).to_contain_text("cannot be reached")
    with running(settings, bundles, trainer, int(address.rpartition(":")[2])):
        expect(page.locator("[data-lost]")).to_be_hidden()
        before = page.locator("tbody tr").count()
        expect(page.locator("tbody tr")).not_to_have_count(before)
        stop(page, page.url)
        expect(headline(page)).to_have_text("Stopped; nothing was kept")
    page.context.close()


@pytest.mark.slow
def test_two_classes_are_really_learned_and_a_new_picture_explained(
    chromium: Browser, embedded_path: Path, tmp_path: Path
) -> None:
    pictures = write_classes(tmp_path / "pictures", LABELS, 12)
    new = tmp_path / "new.png"
    new.write_bytes(draw_singles("cross", 1, seed=5)[0].file)
    settings = Settings(model=(embedded_path,), data_dir=tmp_path / "data", cache_dir=tmp_path / "cache")
    for address in serve(settings, None):
        page = chromium.new_context(base_url=address).new_page()
        page.set_default_timeout(REAL_MS)
        begin(page, pictures, "shapes")
        since = time.monotonic()
        expect(headline(page)).to_have_text("Ready", timeout=REAL_MS)
        assert time.monotonic() - since < REAL_MS / 1000
        expect(page.locator(".figure").first).to_contain_text("100.0%")
        expect(page.locator(".now")).to_contain_text("The head was trained")
        page.get_by_role("link", name="Explain a photo with it").click()
        page.get_by_label("Choose a photo").set_input_files(new)
        page.get_by_role("button", name="Explain this photo").click()
        page.wait_for_url("**/explanations/*")
        expect(page.get_by_role("heading", level=1)).to_have_text("cross")
        page.context.close()
