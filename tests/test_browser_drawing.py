"""The browser's rules are the server's: the same cells, the same colours, the same words for numbers."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from app import text
from app.decimals import as_sent
from app.shown import ClassMap, View, show
from app.text import summing_decimals
from model.geometry import Grid, cell_area, peak, resize_map
from model.png import text_chunk
from model.rendering import Mode, Style, colour, limit, tables
from tests.browsing import explain, wait_for_map
from tests.canvases import as_json, call, check_colours

pytestmark = pytest.mark.browser

GRIDS = {
    "covering": (Grid(7, 9, 50.0, 40.0, 0.0, 0.0), (450, 280)),
    "inset": (Grid(5, 5, 61.3, 47.9, 21.7, -8.25), (343, 255)),
    "one cell": (Grid(1, 1, 900.0, 3.0, 0.0, 0.0), (900, 3)),
    "one row": (Grid(1, 12, 1.5, 40.0, 0.25, 0.0), (18, 40)),
    "tiny photo": (Grid(7, 7, 1 / 7, 1 / 7, 0.0, 0.0), (1, 1)),
}
SIZES = [(64, 48), (1, 1), (333, 7)]


def random_map(grid: Grid, seed: int) -> Any:
    return np.random.default_rng(seed).normal(0, 5, (grid.rows, grid.columns)).astype(np.float32)


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("name", GRIDS)
def test_maps_are_resized_alike(modules: Page, name: str, smooth: bool) -> None:
    grid, photo = GRIDS[name]
    values = random_map(grid, 1)
    for width, height in SIZES:
        size = {"width": photo[0], "height": photo[1]}
        cells = values.ravel().tolist()
        ours = call(modules, "geometry", "resizeMap", cells, as_json(grid), width, height, size, smooth)
        theirs = resize_map(values, grid, (width, height), photo, smooth)
        np.testing.assert_allclose(np.reshape(ours, (height, width)), theirs, atol=2e-5)


@pytest.mark.parametrize("name", GRIDS)
def test_the_strongest_cell_is_the_same(modules: Page, name: str) -> None:
    grid, photo = GRIDS[name]
    values = random_map(grid, 2)
    ours = call(
        modules, "geometry", "peak", values.ravel().tolist(), as_json(grid), {"width": photo[0], "height": photo[1]}
    )
    theirs = peak(values, grid, photo)
    assert (ours["x"], ours["y"], ours["value"]) == pytest.approx((theirs.x, theirs.y, theirs.value), abs=1e-5)


@pytest.mark.parametrize("name", GRIDS)
def test_cells_lie_at_the_same_place(modules: Page, name: str) -> None:
    grid, (width, height) = GRIDS[name]
    for row, column in ((0, 0), (grid.rows - 1, grid.columns - 1), (grid.rows // 2, grid.columns // 2)):
        place, size = {"row": row, "column": column}, {"width": width, "height": height}
        ours = call(modules, "geometry", "cellArea", as_json(grid), place, size)
        left, top, right, bottom = cell_area(grid, row, column, (width, height))
        theirs = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("opacity", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("mode", list(Mode))
def test_values_get_the_same_colours(modules: Page, mode: Mode, opacity: float, threshold: float) -> None:
    values = np.append(np.random.default_rng(3).uniform(-9, 9, 97), [0.0, 9, -9]).astype(np.float32)
    for name, table in tables()[mode].items():
        style = {"mode": mode.value, "opacity": opacity, "threshold": threshold}
        ours = call(modules, "colormap", "colours", values.tolist(), style, 9.0, table.ravel().tolist())
        theirs = colour(values, Style(mode, name, opacity, threshold), 9.0)
        difference = np.abs(np.reshape(ours, (-1, 4)).astype(int) - theirs)
        assert (difference.max(axis=1) > 0).mean() <= 0.03, name  # a value on the edge between two colours
        assert difference.max() <= 8, name


@pytest.mark.parametrize("values", [[[-3.0, -1.0]], [[0.0, 0.0]], [[2.0, -5.0]]])
@pytest.mark.parametrize("mode", list(Mode))
def test_the_limit_is_the_same(modules: Page, mode: Mode, values: list[list[float]]) -> None:
    assert call(modules, "colormap", "limitOf", values[0], mode.value) == limit(np.array(values, np.float32), mode)


def test_nothing_to_draw_is_wholly_clear(modules: Page) -> None:
    style = {"mode": "positive", "opacity": 1, "threshold": 0}
    assert set(call(modules, "colormap", "colours", [-1.0, 0.0], style, 0, [1, 2, 3] * 256)) == {0}


NUMBERS = [0, 1, -1, 9.12, -31.42, 812.34, 12345.6, 0.0512, -0.00004, 99.996, 1e-12, -0.0049, 1e9, 5e-324]


@pytest.mark.parametrize(("name", "theirs"), [("fixed", text.fixed), ("signed", text.signed), ("tiny", text.tiny)])
def test_numbers_are_written_alike(modules: Page, name: str, theirs: Any) -> None:
    for number in NUMBERS:
        assert call(modules, "numbers", name, number) == theirs(number), number


def test_chunks_of_text_are_the_same_on_both_sides(modules: Page) -> None:
    for keyword, words in (("Software", "Camscope 1"), ("Korean", "고양이 😀"), ("Empty", ""), ("Zero", "a\0b\nc")):
        assert bytes(call(modules, "pngtext", "textChunk", keyword, words)) == text_chunk(keyword, words)


def test_float32_is_written_in_its_shortest_decimals(modules: Page) -> None:
    values = np.random.default_rng(5).normal(0, 30, 50).astype(np.float32)
    for value in [*values, np.float32(0), np.float32(1e-7), np.float32(2**30)]:
        assert float(call(modules, "numbers", "shortest", float(value))) == as_sent(value)


def test_shares_are_written_alike(modules: Page) -> None:
    for share in [0, 1, 0.5, 0.0004, 0.001, 1e-9, 0.9996, 0.61249, 0.0625, 0.99951]:
        assert call(modules, "numbers", "percent", share) == text.percent(share), share


@pytest.mark.parametrize("mode", ["signed", "positive"])
@pytest.mark.parametrize("versus", [None, 1])
def test_a_map_is_put_in_the_same_words(modules: Page, mode: str, versus: int | None) -> None:
    generator = np.random.default_rng(7)
    classes = []
    for index, label in enumerate(("cat", "dog")):
        cam = generator.normal(0, 3, (3, 4)).astype(np.float32)
        logit = float(cam.mean(dtype=np.float64)) + 0.25
        classes.append(ClassMap(index, label, 0.5, logit + 1e-6, 0.25, cam))
    theirs = show(classes[0], classes[1], View(0, versus, mode, next(iter(tables()[Mode(mode)]))))
    ours = modules.evaluate(
        """async ([classes, view]) => {
             const { shown, proofOf, nothingOf } = await import("/static/js/shown.js");
             const whole = (one) => ({ ...one, values: Float32Array.from(one.values) });
             const known = new Map(classes.map((one) => [one.index, whole(one)]));
             const map = shown({ classes: known, view });
             return { title: map.title, limit: map.limit, ...proofOf(map), nothing: nothingOf(map, view.mode) };
           }""",
        [
            [{**one.__dict__, "cam": None, "values": np.ravel(one.cam).tolist()} for one in classes],
            {"class": 0, "versus": versus, "mode": mode},
        ],
    )
    assert (ours["title"], ours["sum"], ours["nothing"]) == (theirs.title, theirs.proof, theirs.nothing)
    assert text.signed(ours["limit"]) == theirs.highest
    assert ours["off"] == theirs.off


def test_npy_files_are_read_and_others_refused(modules: Page) -> None:
    read = """async (bytes) => {
        const { readNpy } = await import("/static/js/npy.js");
        const { shape, values } = readNpy(Uint8Array.from(bytes).buffer);
        return [shape, [...values]];
    }"""
    file = io.BytesIO()
    np.save(file, np.arange(12, dtype=np.float32).reshape(2, 3, 2))
    assert modules.evaluate(read, list(file.getvalue())) == [[2, 3, 2], list(range(12))]
    file = io.BytesIO()
    np.save(file, np.arange(3, dtype=np.float64))
    for wrong in (file.getvalue(), b"PK\x03\x04 no array at all"):
        with pytest.raises(Exception, match="TypeError"):
            modules.evaluate(read, list(wrong))


@pytest.mark.parametrize("cells", ["smooth", "grid"])
@pytest.mark.parametrize("mode", list(Mode))
def test_the_canvas_shows_the_servers_colours(page: Page, photo: Path, mode: Mode, cells: str) -> None:
    explain(page, photo)
    page.goto(f"{page.url}?mode={mode}&opacity=1&cells={cells}")
    wait_for_map(page)
    answer = page.request.get(page.url.split("?")[0].replace("/explanations/", "/api/v1/explanations/")).json()
    grid = Grid(**answer["grid"])
    values = np.array(answer["predictions"][0]["cam"], dtype=np.float32)
    photo_size = (answer["image"]["width"], answer["image"]["height"])
    style = Style(mode, None, 1, 0, cells == "smooth")
    check_colours(page.locator("canvas[data-map]"), values, grid, style, photo_size)


def test_both_sides_write_a_sum_with_the_same_decimals(modules: Page) -> None:
    parts = np.random.default_rng(0).normal(0, 5, (200, 2))
    sums = [[float(first), float(second), float(first + second)] for first, second in parts]
    shown = modules.evaluate(
        """async (sums) => {
             const { summingDecimals } = await import("/static/js/numbers.js");
             return sums.map((sum) => summingDecimals(...sum));
           }""",
        sums,
    )
    assert shown == [summing_decimals(*one) for one in sums]
    assert len(set(shown)) > 1
