"""How much comes from here? Regions drawn on the photo: their numbers are those of the arrays."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from app.config import Settings
from model.cam import Array, ClassMaps
from model.classifier import Classifier
from model.coverage import Cells, Outline, Place, Region, area_of, parts_of
from model.evidence import contribution, contributions, shares_of
from model.scores import activate
from model.spec import Activation
from tests.asking import Asked, fragment, numbers_in, open_asked, rows_of
from tests.browsing import ContextMaker, paint, serve, wait_for_map
from tests.bundles import make_bundle

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

KINDS = ("gap", "sum", "conv", "gap_norm", "gmp")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over a network of each kind of head that has maps, and one of a single logit."""
    folder = tmp_path_factory.mktemp("kinds")
    made = [make_bundle(folder, name=kind, kind=kind) for kind in KINDS]
    made.append(
        make_bundle(folder, name="single", labels=("car", "truck"), activation="sigmoid", single_logit=True),
    )
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache")
    yield from serve(settings, [Classifier.open(path, threads=1) for path in made])


@pytest.fixture
def asked(page: Page, photo: Path) -> Asked:
    """The page of an explained photo, its question about regions in view."""
    found = open_asked(page, photo)
    found.ask("region")
    return found


def region_of(words: str) -> Region:
    """The box that an address names."""
    left, top, right, bottom = numbers_in(words.split("region=b")[1].split("&", maxsplit=1)[0].replace("_", " "))
    return Region(left, top, right, bottom)


def tells(asked: Asked, place: Place, index: int | None = None) -> None:
    """The panel's sentence and bars are those of the arrays."""
    panel = asked.panel("region")
    parts = parts_of(place, asked.grid, asked.size)
    values = asked.maps[asked.indices[0] if index is None else index]
    shares, own = shares_of(values, parts), contribution(values, parts)
    told = numbers_in(panel.locator("[data-sentence]").inner_text())
    expected = [100 * area_of(parts, asked.grid, asked.size), 100 * (shares.given or 0)]
    expected += [] if shares.taken is None else [100 * shares.taken]
    assert told[:-1] == pytest.approx(expected, abs=0.1)  # as "<0.1%" is one, too
    assert told[-1] == pytest.approx(own.given - own.taken, rel=0.01, abs=0.006)
    bars = rows_of(panel.locator("[data-gives]"))
    assert list(bars) == asked.labels
    for at, label in zip(asked.indices, asked.labels, strict=True):
        one = contribution(asked.maps[at], parts)
        assert bars[label] == pytest.approx([-one.taken, one.given], rel=0.01, abs=0.006)


def without(asked: Asked, place: Place, activation: Activation = Activation.SOFTMAX) -> Array:
    """What a linear head says of each class without a place, as probabilities."""
    parts = parts_of(place, asked.grid, asked.size)
    return activate((asked.logits - contributions(ClassMaps(asked.maps, None), parts)).astype(np.float32), activation)


def tells_what_is_left(asked: Asked, place: Place, activation: Activation = Activation.SOFTMAX) -> None:
    left, now = without(asked, place, activation), activate(asked.logits, activation)
    panel = asked.panel("region")
    best = int(left.argmax())
    expect(panel.locator("[data-without]")).to_contain_text(f"“{asked.labels[asked.indices.index(best)]}”")
    told = rows_of(panel.locator("[data-left]"))
    for index, label in zip(asked.indices, asked.labels, strict=True):
        before, _, after, _ = told[label]
        assert after == pytest.approx(100 * float(left[index]), abs=0.11)
        assert before == pytest.approx(100 * float(now[index]), abs=0.11)


def test_a_dragged_box_is_told_in_the_arrays_numbers(asked: Asked) -> None:
    asked.draw([(20, 30), (150, 130)])
    panel = asked.panel("region")
    expect(panel.locator("[data-sentence]")).to_contain_text(f"“{asked.labels[0]}”")
    box = region_of(fragment(asked.page))
    assert [box.left, box.top, box.right, box.bottom] == pytest.approx([20, 30, 150, 130], abs=2)
    tells(asked, box)
    tells_what_is_left(asked, box)
    asked.page.locator(".stage [data-layer=region] rect").first.wait_for(state="attached")
    asked.page.reload()
    wait_for_map(asked.page)
    expect(panel.locator("[data-sentence]")).to_be_visible()
    tells(asked, box)


def test_a_lasso_and_a_brush_cover_what_they_enclose(asked: Asked) -> None:
    panel = asked.panel("region")
    panel.get_by_label("lasso").check(force=True)
    asked.draw([(40, 40), (280, 60), (200, 220), (60, 180)])
    words = fragment(asked.page)
    points = numbers_in(words.split("region=l")[1].split("&")[0].replace("_", " "))
    lasso = Outline(tuple(zip(points[::2], points[1::2], strict=True)))
    assert area_of(parts_of(lasso, asked.grid, asked.size), asked.grid, asked.size) > 0.3
    tells(asked, lasso)
    tells_what_is_left(asked, lasso)
    panel.get_by_label("brush").check(force=True)
    cell = (asked.grid.cell_width, asked.grid.cell_height)
    asked.draw([(cell[0] / 2, cell[1] / 2), (cell[0] * 2.5, cell[1] / 2)])
    parts = np.zeros((asked.grid.rows, asked.grid.columns))
    parts[0, :3] = 1
    assert "region=c0_1_2" in fragment(asked.page)
    tells(asked, Cells(parts))
    tells_what_is_left(asked, Cells(parts))


def test_keys_draw_from_cell_to_cell_and_edges_can_be_typed(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("region")
    page.locator("[data-stage]").focus()
    for key in ["ArrowUp"] * 20 + ["ArrowLeft"] * 20 + ["Shift+ArrowRight", "Shift+ArrowDown"]:
        page.keyboard.press(key)
    grid = asked.grid
    expected = [0, 0, round(2 * grid.cell_width), round(2 * grid.cell_height)]
    box = region_of(fragment(page))
    assert [box.left, box.top, box.right, box.bottom] == expected
    tells(asked, box)
    panel.get_by_text("Edges in pixels").click()
    for name, value in zip(("left", "top", "right", "bottom"), ("12.5", "0", "99", "240"), strict=True):
        panel.get_by_label(name, exact=True).fill(value)
    assert region_of(fragment(page)) == Region(12.5, 0, 99, 240)
    tells(asked, Region(12.5, 0, 99, 240))
    panel.get_by_label("right", exact=True).fill("5")
    assert region_of(fragment(page)) == Region(12.5, 0, 99, 240), "no box: what was drawn stays"


def test_two_regions_are_compared_and_drawing_is_undone(asked: Asked) -> None:
    page, panel = asked.page, asked.panel("region")
    asked.draw([(10, 10), (160, 230)])
    page.wait_for_timeout(800)  # what is drawn later is a step of its own
    panel.get_by_label("second").check(force=True)
    asked.draw([(160, 10), (310, 230)])
    told = numbers_in(panel.locator("[data-compared]").inner_text())
    words = fragment(page)
    first, second = region_of(words), region_of(words.replace("region=", "x=").replace("other=", "region="))
    parts = [parts_of(box, asked.grid, asked.size) for box in (first, second)]
    values = asked.maps[asked.indices[0]]
    shares = [100 * (shares_of(values, one).given or 0) for one in parts]
    sums = [contribution(values, one).given - contribution(values, one).taken for one in parts]
    assert told == pytest.approx([*shares, *sums], abs=0.051)
    expect(page.locator("[data-layer=other] .mark--dots")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(panel.locator("[data-compared]")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    panel.get_by_label("first").check(force=True)
    expect(panel.locator("[data-sentence]")).to_be_hidden()
    page.get_by_role("button", name="Redo").click()
    tells(asked, first)
    panel.get_by_role("button", name="Clear").click()
    expect(panel.locator("[data-sentence]")).to_be_hidden()


def test_another_class_is_told_of_the_same_region(asked: Asked) -> None:
    asked.draw([(20, 30), (150, 130)])
    box = region_of(fragment(asked.page))
    asked.page.keyboard.press("j")
    expect(asked.panel("region").locator("[data-sentence]")).to_contain_text(f"“{asked.labels[1]}”")
    tells(asked, box, asked.indices[1])


@pytest.mark.parametrize("kind", ["sum", "conv"])
def test_other_linear_heads_need_no_server(page: Page, photo: Path, kind: str) -> None:
    asked = open_asked(page, photo, "#ask=region&region=b20_30_150_130", model=kind)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.wait_for_timeout(400)
    tells(asked, Region(20, 30, 150, 130))
    tells_what_is_left(asked, Region(20, 30, 150, 130))
    assert [url for url in requests if "counterfactuals" in url] == []


def test_a_single_logit_is_told_for_both_of_its_labels(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo, "#ask=region&region=b20_30_150_130", model="single")
    tells(asked, Region(20, 30, 150, 130))
    tells_what_is_left(asked, Region(20, 30, 150, 130), Activation.SIGMOID)
    assert len(rows_of(asked.panel("region").locator("[data-gives]"))) == 2


@pytest.mark.parametrize("kind", ["gap_norm", "gmp"])
def test_heads_that_are_not_linear_are_asked_on_the_server(page: Page, photo: Path, kind: str) -> None:
    asked = open_asked(page, photo, "#ask=region&region=b20_30_150_130", model=kind)
    tells(asked, Region(20, 30, 150, 130))
    panel = asked.panel("region")
    expect(panel.locator("[data-without]")).to_contain_text("the head would")
    expect(panel.locator("[data-how]")).to_contain_text("not a plain average")
    answer = asked.asked("counterfactuals", region=[20, 30, 150, 130], network=False)
    told = rows_of(panel.locator("[data-left]"))
    for one in answer["classes"]:
        expected = [
            value for part in ("before", "predicted") for value in (100 * one[part]["probability"], one[part]["logit"])
        ]
        assert told[one["label"]] == pytest.approx(expected, rel=0.01, abs=0.1)


def test_an_old_answer_of_the_server_does_not_replace_a_newer_one(page: Page, photo: Path) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            return route.continue_()
        return held.append(route)

    page.route("**/counterfactuals", hold_the_first)
    asked = open_asked(page, photo, "#ask=region&region=b0_0_30_30", model="gmp")
    page.wait_for_timeout(500)  # by then the first question is on its way
    assert len(held) == 1
    asked.draw([(5, 5), (310, 230)])
    panel = asked.panel("region")
    expect(panel.locator("[data-without]")).to_contain_text("the head would")
    newer = panel.locator("[data-left]").inner_text()
    held[0].continue_()
    page.wait_for_timeout(500)
    assert panel.locator("[data-left]").inner_text() == newer


def test_a_finger_draws_and_a_long_photo_can_be_drawn_on(make_context: ContextMaker, tmp_path: Path) -> None:
    page = make_context(viewport={"width": 390, "height": 800}, has_touch=True).new_page()
    asked = open_asked(page, paint(tmp_path / "long.png", 1600, 96), "#ask=region")
    expect(page.locator("[data-stage]")).to_have_css("touch-action", "none")
    asked.draw([(100, 10), (1000, 80)])
    box = region_of(fragment(page))
    assert [box.left, box.top, box.right, box.bottom] == pytest.approx([100, 10, 1000, 80], abs=5)
    tells(asked, box)


def test_against_another_class_it_is_what_speaks_for_either(page: Page, photo: Path) -> None:
    asked = open_asked(page, photo, "#ask=region&region=b20_30_200_180&other=b210_100_310_200")
    asked.drawing().get_by_label("against the runner-up").check(force=True)
    (first, second), (one, other) = asked.indices[:2], asked.labels[:2]
    wait_for_map(page, f"{first} {second}")
    parts = parts_of(Region(20, 30, 200, 180), asked.grid, asked.size)
    values = asked.maps[first] - asked.maps[second]
    shares, own = shares_of(values, parts), contribution(values, parts)
    panel = asked.panel("region")
    sentence = panel.locator("[data-sentence]")
    expect(sentence).to_contain_text(f"of what speaks for “{one}” rather than “{other}”")
    told = numbers_in(sentence.inner_text())
    assert told[1] == pytest.approx(100 * (shares.given or 0), abs=0.1)
    assert told[-1] == pytest.approx(own.given - own.taken, rel=0.01, abs=0.006)
    if shares.taken is not None:
        expect(sentence).to_contain_text(f"of what speaks for “{other}” instead")
    expect(panel.locator("[data-compared]")).to_contain_text(f"Of what speaks for “{one}” rather than “{other}”")
    bars = rows_of(panel.locator("[data-gives]"))
    assert list(bars) == [f"{one} rather than {other}", *asked.labels]
    assert bars[f"{one} rather than {other}"] == pytest.approx([-own.taken, own.given], rel=0.01, abs=0.006)


def test_a_map_of_one_cell_has_everything_in_any_region(page: Page, tmp_path: Path) -> None:
    asked = open_asked(page, paint(tmp_path / "tiny.png", 2, 2), "#ask=region&region=b0_0_1_2")
    assert asked.maps.shape[1:] == (asked.grid.rows, asked.grid.columns)
    tells(asked, Region(0, 0, 1, 2))
