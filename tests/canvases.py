"""What scripts compute and draw, seen from tests: their functions called in a page, the colours of a canvas."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from model.cam import Array
from model.geometry import Grid
from model.rendering import Style, colour_map

STEP = 13  # every so many pixels of the canvas are compared


@pytest.fixture(scope="module")
def modules(chromium: Browser, site: str) -> Iterator[Page]:
    """A page in which the scripts' own functions can be called."""
    page = chromium.new_page(base_url=site)
    page.goto("/")
    yield page
    page.close()


def call(page: Page, module: str, name: str, *values: Any) -> Any:
    """What a module's function answers; typed arrays come back as lists."""
    return page.evaluate(
        """async ([module, name, values]) => {
             const answer = (await import(`/static/js/${module}.js`))[name](...values);
             return ArrayBuffer.isView(answer) ? [...answer] : answer;
           }""",
        [module, name, list(values)],
    )


def as_json(grid: Grid) -> dict[str, float]:
    """As scripts take it."""
    return dict(grid.__dict__)


def check_colours(
    canvas: Locator, values: Array, grid: Grid, style: Style, photo: tuple[int, int], limit: float | None = None
) -> None:
    """Whether a canvas shows a map in the server's colours.

    Args:
        canvas: of any size
        values: the map, (rows, columns), in logits
        grid: where its cells lie
        style: how it is drawn
        photo: (width, height) that the grid lies on
        limit: what full colour stands for; by default the map's own
    """
    shown = canvas.evaluate(
        """(canvas, step) => {
             const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
             const pixels = [];
             for (let y = 0; y < height; y += step)
               for (let x = 0; x < width; x += step) {
                 const at = 4 * (y * width + x);
                 pixels.push(...data.slice(at, at + 4));
               }
             return { width, height, pixels };
           }""",
        STEP,
    )
    wanted = colour_map(values, grid, style, (shown["width"], shown["height"]), photo, limit)[::STEP, ::STEP]
    # As they are laid over the photo: a canvas keeps colours weighed by how opaque they are.
    difference = np.abs(_weighed(np.reshape(shown["pixels"], wanted.shape)) - _weighed(wanted))
    assert difference.max() <= 4
    assert (difference.max(axis=-1) > 1.5).mean() < 0.01


def _weighed(colours: Array) -> Array:
    """RGBA with the colours multiplied by the alpha, 0 to 255."""
    parts = colours.astype(np.float64)
    return np.concatenate([parts[..., :3] * parts[..., 3:] / 255, parts[..., 3:]], axis=-1)
