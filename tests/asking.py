"""What tests of the questions over the map share: a page with its arrays, drawing on the photo, numbers in words."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page

from model.cam import Array
from model.coverage import Size
from model.geometry import Grid
from tests.browsing import explain_quickly, wait_for_map

SETTLED_MS = 600  # by then the address says what is in view
NUMBER = re.compile(r"[+−]?\d+(?:\.\d+)?")
Point = tuple[float, float]


@dataclass(frozen=True)
class Asked:
    """A result page in a browser, and what the API says of the same explanation."""

    page: Page
    api: str
    answer: Any
    maps: Array
    logits: Array

    @property
    def grid(self) -> Grid:
        """Where its cells lie."""
        return Grid(**self.answer["grid"])

    @property
    def size(self) -> Size:
        """(width, height) of the photo."""
        return self.answer["image"]["width"], self.answer["image"]["height"]

    @property
    def labels(self) -> list[str]:
        """Of the explained classes, the likeliest first."""
        return [one["label"] for one in self.answer["predictions"]]

    @property
    def indices(self) -> list[int]:
        """Of the explained classes, the likeliest first."""
        return [one["index"] for one in self.answer["predictions"]]

    def panel(self, name: str) -> Locator:
        """The panel of a question."""
        return self.page.locator(f"#panel-{name}")

    def ask(self, name: str) -> Locator:
        """Ask a question by its tab; returns its panel."""
        self.page.locator(f"#ask-{name}").click()
        return self.panel(name)

    def drawing(self) -> Locator:
        """How the map is drawn, unfolded."""
        controls = self.page.locator("[data-drawing]")
        if controls.get_attribute("open") is None:
            controls.locator("summary").click()
        return controls

    def asked(self, path: str, **body: Any) -> Any:
        """What the API answers to a question of a program."""
        answer = self.page.request.post(f"{self.api}/{path}", data=body)
        assert answer.ok, answer.text()
        return answer.json()

    def got(self, path: str) -> Any:
        """What the API answers at an address."""
        answer = self.page.request.get(f"{self.api}/{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def draw(self, points: Sequence[Point]) -> None:
        """Drag from point to point of the photo, in its pixels."""
        screen = [self.at(point) for point in points]
        self.page.mouse.move(*screen[0])
        self.page.mouse.down()
        for place in screen[1:]:
            self.page.mouse.move(*place, steps=4)
        self.page.mouse.up()

    def at(self, point: Point) -> Point:
        """Where on the screen a point of the photo is."""
        stage = self.page.locator("[data-stage]")
        stage.scroll_into_view_if_needed()
        area = self.page.locator("[data-photo]").bounding_box()
        assert area is not None
        across, down = area["width"] / self.size[0], area["height"] / self.size[1]
        if "stage--stretched" not in (stage.get_attribute("class") or ""):
            across = down = min(across, down)
        left = area["x"] + (area["width"] - self.size[0] * across) / 2
        top = area["y"] + (area["height"] - self.size[1] * down) / 2
        return left + point[0] * across, top + point[1] * down


def open_asked(page: Page, photo: Path, fragment: str = "", **fields: str) -> Asked:
    """Explain a photo and open its page, every class's map loaded."""
    path = explain_quickly(page, photo, **fields)
    page.goto(path + fragment)
    wait_for_map(page)
    page.locator("#any-class:enabled").wait_for(state="attached")
    api = path.replace("/explanations/", "/api/v1/explanations/")
    answer = page.request.get(api).json()
    maps = np.load(io.BytesIO(page.request.get(answer["cams_url"]).body()))
    logits = np.array(page.request.get(f"{api}/scores").json()["logits"])
    return Asked(page, api, answer, maps, logits)


def numbers_in(words: str) -> list[float]:
    """The numbers of a sentence, in their order."""
    return [float(found.replace("−", "-")) for found in NUMBER.findall(words)]


def rows_of(table: Locator) -> dict[str, list[float]]:
    """A table's numbers, by the name at the beginning of their row."""
    rows = table.locator("tbody tr").all()
    return {row.locator("th").inner_text(): numbers_in(" ".join(row.locator("td").all_inner_texts())) for row in rows}


def fragment(page: Page) -> str:
    """What the address says of the view, once it is settled."""
    page.wait_for_timeout(SETTLED_MS)
    return str(page.evaluate("window.location.hash"))
