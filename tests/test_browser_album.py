"""Many photos at once: each as soon as it is explained, sorted, filtered, taken along; nothing is lost on the way."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from model.concentration import concentration
from model.photos import read_photo
from model.scores import top_classes
from tests.browsing import Bundles, ContextMaker
from tests.canvases import call
from tests.test_browser_access import open_everything, scan

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

WIDTHS = (360, 768, 1280, 1600)
COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220)}
API = "**/api/v1/explanations"
BUSY = {"status": 429, "headers": {"retry-after": "0"}, "body": "{}", "content_type": "application/problem+json"}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six photos, two of each colour, unlike in how the colour is spread."""
    folder, found = tmp_path_factory.mktemp("photos"), []
    for place, (name, colour) in enumerate([*COLOURS.items()] * 2):
        pixels = np.full((96, 128, 3), 120, np.uint8)
        pixels[: 60 + 7 * place, : 128 - 4 * place] = colour
        path = folder / f"{name} {place + 8}.png"
        Image.fromarray(pixels).save(path)
        found.append(path)
    return found


def figures(bundles: Bundles, photo: Path) -> dict[str, Any]:
    """What the server's side says of a photo."""
    [said] = bundles.colours.explain([read_photo(photo.read_bytes())])
    first, second = top_classes(said.logits, 2)
    labels = bundles.colours.spec.labels
    return {
        "class": labels[first],
        "second_class": labels[second],
        "probability": float(said.probabilities[first]),
        "logit": float(said.logits[first]),
        "margin": float(said.logits[first] - said.logits[second]),
        "concentration": concentration(np.asarray(said.maps)[first]),
    }


def choose(page: Page, photos: list[Path], shown: int | None = None) -> None:
    """Open the page, choose photos and wait until as many are shown."""
    page.goto("/gallery")
    page.get_by_label("Choose photos").set_input_files(photos)
    expect(page.locator(".slide")).to_have_count(len(photos) if shown is None else shown)


def drop(page: Page, *files: Path) -> None:
    """Drop files or folders from the desktop anywhere on the page."""
    drag = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        drag.send("Input.dispatchDragEvent", {"type": kind, "x": 40, "y": 300, "data": data})


def names(page: Page) -> list[str]:
    """Of the photos shown, in their order."""
    return page.locator(".slide__name").all_inner_texts()


def saved(page: Page, kind: str) -> str:
    """What is downloaded."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save as {kind}").click()
    return Path(download.value.path()).read_text("utf-8-sig")


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 2), (7, 10), (14, 19)])
def test_concentration_is_computed_alike(modules: Page, shape: tuple[int, int]) -> None:
    for seed in range(5):
        values = np.random.default_rng(seed).normal(seed - 2, 4, shape).astype(np.float32)
        ours = call(modules, "concentration", "concentration", values.ravel().tolist())
        theirs = concentration(values)
        assert ours == (None if theirs is None else pytest.approx(theirs, abs=1e-9))


def test_the_table_has_the_servers_numbers(page: Page, bundles: Bundles, photos: list[Path]) -> None:
    choose(page, photos)
    expect(page.locator("[data-progress-words]")).to_have_text("Done. Photos explained: 6")
    rows = {row["file"]: row for row in json.loads(saved(page, "JSON"))}
    lines = {row["file"]: row for row in csv.DictReader(io.StringIO(saved(page, "CSV"), newline=""))}
    assert list(rows) == list(lines) == names(page)
    for photo in photos:
        expected = figures(bundles, photo)
        for key, value in expected.items():
            wanted = pytest.approx(value, abs=1e-5) if isinstance(value, float) else value
            assert rows[photo.name][key] == wanted, key
            written = lines[photo.name][key]
            assert (float(written) if isinstance(value, float) else written) == wanted, key
        card = page.locator(".slide", has_text=photo.name)
        expect(card.locator(".slide__label")).to_have_text(expected["class"])
        expect(card).to_contain_text(f"logits before {expected['second_class']}")
        expect(card).to_contain_text(f"{round(100 * expected['concentration'])}% of what speaks for it")


def test_each_card_has_its_photo_with_its_map(page: Page, photos: list[Path]) -> None:
    choose(page, photos[:2])
    for card in page.locator(".slide").all():
        expect(card.locator("canvas")).to_be_visible()
        assert card.locator("img").evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
        drawn = card.locator("canvas").evaluate(
            "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
        )
        assert drawn
        areas = [card.locator(part).bounding_box() for part in ("img", "canvas")]
        assert areas[0] == areas[1]
    page.get_by_label("Maps on the photos").uncheck()
    expect(page.locator(".slide canvas").first).to_be_hidden()


@pytest.mark.parametrize(
    ("order", "key", "sign"),
    [
        ("name, A to Z", "name", 1),
        ("name, Z to A", "name", -1),
        ("most probable first", "probability", -1),
        ("least probable first", "probability", 1),
        ("largest margin first", "margin", -1),
        ("smallest margin first", "margin", 1),
        ("most concentrated evidence first", "concentration", -1),
        ("most spread evidence first", "concentration", 1),
        ("last added first", "order", -1),
    ],
)
def test_photos_are_sorted(page: Page, bundles: Bundles, photos: list[Path], order: str, key: str, sign: int) -> None:
    choose(page, photos)
    page.get_by_label("Order").select_option(label=order)
    expect(page.locator("[data-list]")).to_have_attribute("data-drawn", f"{key}-{'up' if sign > 0 else 'down'}")

    def value(place: int) -> Any:
        if key == "name":  # numbers in names count as numbers
            colour, number = photos[place].stem.split()
            return colour, int(number)
        return place if key == "order" else round(figures(bundles, photos[place])[key], 6)

    expected = sorted(range(len(photos)), key=value, reverse=sign < 0)
    assert [value([photo.name for photo in photos].index(name)) for name in names(page)] == [
        value(place) for place in expected
    ]


def test_what_has_no_number_is_last_either_way(modules: Page) -> None:
    shots = [{"order": i, "name": f"{i}", "label": "x", "margin": margin} for i, margin in enumerate([None, 2, -1])]
    for sort, expected in (("margin-up", [2, 1, 0]), ("margin-down", [1, 2, 0])):
        found = call(modules, "arranging", "arranged", shots, {"sort": sort, "classes": [], "words": ""})
        assert [one["order"] for one in found] == expected


def test_classes_and_names_are_filtered(page: Page, photos: list[Path]) -> None:
    choose(page, photos)
    page.get_by_role("button", name="red: 2").click()
    expect(page.locator(".slide")).to_have_count(2)
    expect(page.get_by_text("Photos shown: 2 of 6")).to_be_visible()
    expect(page.get_by_role("button", name="red: 2")).to_be_focused()
    page.get_by_role("button", name="blue: 2").click()
    expect(page.locator(".slide")).to_have_count(4)
    page.get_by_label("Class or file name").fill("12")
    expect(page.locator(".slide")).to_have_count(0)
    expect(page.get_by_text("No photo is called like that")).to_be_visible()
    page.get_by_role("button", name="Show all", exact=True).click()
    expect(page.locator(".slide")).to_have_count(6)
    page.get_by_label("Class or file name").fill("GREEN")
    expect(page.locator(".slide")).to_have_count(2)
    assert {row["class"] for row in json.loads(saved(page, "JSON"))} == {"green"}


def test_a_photo_that_fails_is_named_and_fails_alone(page: Page, photos: list[Path], tmp_path: Path) -> None:
    letter, large, note = tmp_path / "letter.png", tmp_path / "large.bmp", tmp_path / "note.txt"
    letter.write_text("not a picture")
    note.write_text("not meant as one")
    Image.new("RGB", (800, 600)).save(large)
    choose(page, [photos[0], letter, large, note, photos[1]], shown=2)
    expect(page.locator("[data-progress-words]")).to_have_text("Done. Photos explained: 2 of 5")
    page.get_by_text("Not explained: 3", exact=True).click()
    reasons = page.locator("[data-reasons]")
    expect(reasons.locator("li", has_text="letter.png")).to_contain_text("JPEG")
    expect(reasons.locator("li", has_text="large.bmp")).to_contain_text("1 MB")
    expect(reasons.locator("li", has_text="note.txt")).to_contain_text("is no picture.")
    expect(page.get_by_role("button", name="Try these again")).to_be_hidden()


def test_a_file_that_is_gone_fails_alone(page: Page, photos: list[Path], tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    gone.write_bytes(photos[0].read_bytes())
    asked = held(page)
    page.goto("/gallery")
    page.get_by_label("Choose photos").set_input_files([*photos[:3], gone, photos[3]])
    wait_until(page, lambda: len(asked) == 3)
    gone.unlink()
    page.route(API, lambda route: route.continue_())  # the later one counts
    for route in asked:
        route.continue_()
    expect(page.locator("[data-progress-words]")).to_have_text("Done. Photos explained: 4 of 5")
    page.get_by_text("Not explained: 1", exact=True).click()
    expect(page.locator("[data-reasons] li")).to_contain_text("moved or removed")


def test_what_may_go_well_later_is_tried_again(page: Page, photos: list[Path]) -> None:
    slow = {"status": 504, "body": "{}", "content_type": "application/problem+json"}
    page.route(API, lambda route: route.fulfill(**slow), times=1)
    choose(page, photos[:2], shown=1)
    page.get_by_text("Not explained: 1", exact=True).click()
    page.get_by_role("button", name="Try these again").click()
    expect(page.locator(".slide")).to_have_count(2)
    expect(page.locator("[data-progress-words]")).to_have_text("Done. Photos explained: 2")


def test_a_busy_server_is_waited_for_with_fewer_at_once(page: Page, photos: list[Path]) -> None:
    asked = held(page)
    page.goto("/gallery")
    page.get_by_label("Choose photos").set_input_files(photos)
    wait_until(page, lambda: len(asked) == 3)
    for route in asked[:]:
        route.fulfill(**BUSY)
    wait_until(page, lambda: len(asked) == 6)  # the same three again
    for route in asked[3:]:
        route.continue_()
    wait_until(page, lambda: len(asked) == 7)
    page.wait_for_timeout(300)
    assert len(asked) == 7, "one at a time from now on"
    asked[6].continue_()
    for count in (8, 9):
        wait_until(page, lambda count=count: len(asked) == count)
        asked[count - 1].continue_()
    expect(page.locator(".slide")).to_have_count(6)


def held(page: Page) -> list[Route]:
    """From now on photos that are sent wait here."""
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route(API, hold)
    return asked


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Until a condition holds that the page's own requests change."""
    for _ in range(400):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to that")


def test_it_can_be_stopped_and_go_on(page: Page, photos: list[Path]) -> None:
    asked = held(page)
    page.goto("/gallery")
    page.get_by_label("Choose photos").set_input_files(photos)
    wait_until(page, lambda: len(asked) == 3)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-progress-words]")).to_have_text("Stopping. Photos still on their way: 3")
    for route in asked:
        route.continue_()
    expect(page.locator("[data-progress-words]")).to_have_text("Stopped. Photos explained: 3 of 6")
    assert len(asked) == 3
    page.unroute(API)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".slide")).to_have_count(6)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()


def test_what_would_meet_every_photo_stops_them_and_loses_none(page: Page, photos: list[Path]) -> None:
    full = {"status": 507, "json": {"detail": "The disk is full."}, "content_type": "application/problem+json"}
    page.route(API, lambda route: route.fulfill(**full))
    page.goto("/gallery")
    page.get_by_label("Choose photos").set_input_files(photos)
    expect(page.get_by_role("alert")).to_have_text("The photos wait. The disk is full.")
    expect(page.locator("[data-progress-words]")).to_have_text("Stopped. Photos explained: 0 of 6")
    page.unroute(API)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".slide")).to_have_count(6)


def test_a_reload_keeps_what_was_explained_and_how_it_is_arranged(page: Page, photos: list[Path]) -> None:
    choose(page, photos)
    page.get_by_label("Order").select_option(label="name, Z to A")
    page.get_by_role("button", name="green: 2").click()
    expect(page.locator(".slide")).to_have_count(2)
    before = names(page)
    gone = page.locator(".slide").first.get_attribute("data-id")
    page.reload()
    expect(page.locator(".slide")).to_have_count(2)
    assert names(page) == before
    expect(page.get_by_role("button", name="green: 2")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".slide canvas").first).to_be_visible()
    assert page.request.delete(f"/api/v1/explanations/{gone}").status == 204
    page.reload()
    expect(page.get_by_text("Photos shown: 1 of 5")).to_be_visible()


def test_photos_that_were_not_explained_yet_are_named_after_a_reload(page: Page, photos: list[Path]) -> None:
    asked = held(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/gallery")
    page.get_by_label("Choose photos").set_input_files(photos[:2])
    wait_until(page, lambda: len(asked) == 2)
    page.reload()
    page.get_by_text("Not explained: 2", exact=True).click()
    expect(page.locator("[data-reasons] li", has_text=photos[1].name)).to_contain_text("choose it again")


def test_starting_over_can_be_taken_back(page: Page, photos: list[Path]) -> None:
    choose(page, photos[:3])
    page.get_by_label("Order").select_option(label="last added first")
    before = [photo.name for photo in reversed(photos[:3])]
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".slide")).to_have_count(0)
    expect(page.locator("[data-tools]")).to_be_hidden()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".slide")).to_have_count(3)
    assert names(page) == before
    expect(page.locator(".slide canvas").first).to_be_visible()
    page.get_by_role("button", name="Start over").click()
    page.reload()
    expect(page.get_by_label("Choose photos")).to_be_attached()
    expect(page.locator(".slide")).to_have_count(0)
    page.goto("/explanations")
    expect(page.locator("[data-entry]")).to_have_count(3)


def test_a_photo_opens_and_there_is_a_way_back_to_where_one_was(page: Page, photos: list[Path]) -> None:
    choose(page, photos)
    page.locator(".slide", has_text=photos[4].name).get_by_role("link").click()
    page.wait_for_url("**/explanations/*")
    page.get_by_role("link", name="Back to your many photos").click()
    expect(page.locator(".slide")).to_have_count(6)
    expect(page.locator(".slide", has_text=photos[4].name).get_by_role("link")).to_be_focused()


def test_the_way_back_is_for_who_came_from_there(page: Page, make_context: ContextMaker, photos: list[Path]) -> None:
    choose(page, photos[:1])
    address = page.locator(".slide a").get_attribute("href") or ""
    other = make_context().new_page()
    other.goto(address)
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    expect(other.get_by_role("link", name="Back to your many photos")).to_be_hidden()


def test_several_photos_dropped_on_the_first_page_come_here_all(page: Page, photos: list[Path]) -> None:
    page.goto("/")
    page.get_by_label("Network").select_option(label="colours · 14 classes")
    drop(page, *photos[:3])
    expect(page).to_have_url(re.compile("/gallery$"))
    expect(page.locator(".slide")).to_have_count(3)
    expect(page).to_have_title(re.compile("Many photos"))
    drop(page, photos[3])
    expect(page.locator(".slide")).to_have_count(4)
    expect(page.locator("[data-progress-words]")).to_have_text("Done. Photos explained: 1")
    page.get_by_role("button", name="Switch to the dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator(".slide")).to_have_count(4)
    page.go_back()
    expect(page.get_by_role("button", name="Explain this photo")).to_be_visible()


def test_going_back_from_there_shows_the_first_page_again(page: Page, photos: list[Path]) -> None:
    page.goto("/")
    page.get_by_label("Choose a photo").set_input_files(photos[:2])
    expect(page.locator(".slide")).to_have_count(2)
    page.go_back()
    expect(page.get_by_role("button", name="Explain this photo")).to_be_visible()
    expect(page).to_have_url(re.compile("/$"))


def test_folders_are_taken_with_all_that_is_in_them(page: Page, photos: list[Path]) -> None:
    page.goto("/gallery")
    drop(page, photos[0].parent)
    expect(page.locator(".slide")).to_have_count(6)
    assert names(page)[0].startswith(f"{photos[0].parent.name}/")
    page.get_by_label("Choose a folder").set_input_files(photos[0].parent)
    expect(page.locator(".slide")).to_have_count(12)


def test_a_network_without_maps_is_said_to_have_none(page: Page, photos: list[Path]) -> None:
    page.goto("/gallery")
    page.get_by_label("Network").select_option(label="mixed · 5 classes")
    page.get_by_label("Choose photos").set_input_files(photos[:2])
    expect(page.get_by_text("this network has no exact map")).to_have_count(2)
    expect(page.locator(".slide canvas").first).to_be_hidden()
    assert [row["concentration"] for row in json.loads(saved(page, "JSON"))] == [None, None]


def test_a_network_of_one_class_has_no_margin(modules: Page) -> None:
    one = {"label": "only", "probability": 1, "logit": 2.5, "cam": [[-1, -2]]}
    answer = {"id": "a", "page_url": "/b", "model": {"name": "n"}, "predictions": [one]}
    shot = call(modules, "shot", "shotOf", answer, {"name": "a.png", "order": 3})
    assert (shot["margin"], shot["second"], shot["concentration"], shot["exact"]) == (None, None, None, True)


def test_names_that_spreadsheets_would_compute_are_written_as_words(modules: Page) -> None:
    name = '=HYPERLINK("x"),\n'
    shot = {"name": name, "label": "a, b", "second": None, "margin": -1.5, "page": "/p", "concentration": None}
    shot |= {"probability": 1, "logit": -2, "network": "n", "id": "i"}
    [row] = csv.DictReader(io.StringIO(call(modules, "album-table", "csv", [shot]), newline=""))
    assert (row["file"], row["class"], row["margin"], row["concentration"]) == ("'" + name, "a, b", "-1.5", "")
    assert json.loads(call(modules, "album-table", "json", [shot]))[0]["file"] == name


def test_maps_far_from_view_are_not_drawn(make_context: ContextMaker, photos: list[Path]) -> None:
    page = make_context(viewport={"width": 360, "height": 600}).new_page()
    choose(page, photos * 4)
    page.locator(".slide").first.scroll_into_view_if_needed()
    last = page.locator(".slide").last
    expect(page.locator(".slide canvas").first).to_be_visible()
    expect(last.locator("canvas")).to_be_hidden()
    last.scroll_into_view_if_needed()
    expect(last.locator("canvas")).to_be_visible()
    expect(page.locator(".slide canvas").first).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(make_context: ContextMaker, photos: list[Path], tmp_path: Path, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto("/gallery")
    found = scan(page)
    letter = tmp_path / "letter.png"
    letter.write_text("not a picture")
    page.get_by_label("Choose photos").set_input_files([*photos, letter])
    expect(page.get_by_text("Not explained: 1", exact=True)).to_be_visible()
    expect(page.locator(".slide")).to_have_count(6)
    page.get_by_role("button", name="red: 2").click()
    open_everything(page)
    found += scan(page)
    page.get_by_role("button", name="Start over").click()
    found += scan(page)
    assert found == []


def test_no_window_scrolls_sideways(make_context: ContextMaker, photos: list[Path], tmp_path: Path) -> None:
    page = make_context().new_page()
    long = tmp_path / f"{'x' * 200}.png"
    long.write_bytes(photos[0].read_bytes())
    choose(page, [*photos, long])
    open_everything(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
