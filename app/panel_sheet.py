"""Panels side by side as one picture: their titles above, their legends below."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.answers import size_of
from app.drawn_words import drawable, fitted
from app.panelling import Panel, PanelSet
from app.panels import BLACK, GAP, LEAST_TEXT, MOST_TEXT, WHITE
from app.sentences import sentence
from app.shown import title_of
from app.text import fixed, gettext, percent
from model.photos import Pixels
from model.rendering import Style, legend, overlay
from model.sheet import Sheet, Spot, arrange

LINES, LINE_HEIGHT, LEGEND_HEIGHT = 2, 1.3, 4.6


@dataclass(frozen=True)
class _Page:
    """A sheet while it is drawn on."""

    image: Image.Image
    pen: ImageDraw.ImageDraw
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont
    size: int


def draw_one(panel: Panel, photo: Pixels, style: Style, full: float) -> Pixels:
    """A panel's map over its photo, (H, W, 3); the photo alone where there is no map.

    Args:
        panel: which map
        photo: a copy of its photo, (H, W, 3)
        style: colours, opacity, smoothing
        full: the value in logits that gets the strongest colour
    """
    grid = panel.side.look.grid
    if panel.values is None or grid is None:
        return photo
    return overlay(photo, panel.values, grid, style, size_of(panel.row), full)


def draw_sheet(found: PanelSet, photo_of: Callable[[Panel], Pixels], style: Style) -> Pixels:
    """All panels as one picture, (H, W, 3).

    Args:
        found: the panels
        photo_of: a copy of a panel's photo, (H, W, 3)
        style: how maps are drawn
    """
    pictures = [draw_one(panel, photo_of(panel), style, found.limit_of(panel)) for panel in found.panels]
    widest = max(picture.shape[1] for picture in pictures)
    size = max(LEAST_TEXT, min(MOST_TEXT, widest // 22))
    strip = round(size * LEGEND_HEIGHT)
    sizes = [(picture.shape[1], picture.shape[0]) for picture in pictures]
    sheet = arrange(sizes, GAP, round(size * LINE_HEIGHT * (LINES + 0.3)), 0 if found.is_shared else strip)
    page = _page(sheet, strip if found.is_shared else 0, size)
    for panel, picture, spot in zip(found.panels, pictures, sheet.spots, strict=True):
        page.image.paste(Image.fromarray(picture), (spot.left, spot.top))
        _write(page, panel, spot, widest)
        if not found.is_shared and panel.limit > 0:
            own = legend(style, panel.limit, spot.width, round(size * 0.8))
            page.image.paste(Image.fromarray(own), (spot.left, spot.top + spot.height))
    if found.is_shared and found.limit > 0:
        shared = legend(style, found.limit, sheet.width - 2 * GAP, size)
        page.image.paste(Image.fromarray(shared), (GAP, sheet.height))
    _say_whose_scale(page, found)
    return np.asarray(page.image)


def _page(sheet: Sheet, foot: int, size: int) -> _Page:
    height = sheet.height + foot + round(size * LINE_HEIGHT) + GAP
    image = Image.new("RGB", (sheet.width, height), WHITE)
    return _Page(image, ImageDraw.Draw(image), ImageFont.load_default(size), size)


def _write(page: _Page, panel: Panel, spot: Spot, width: int) -> None:
    """A panel's title, and whose class it is with what score."""
    rival = panel.rival
    values = {"network": panel.network, "probability": percent(panel.selected.probability)}
    score = panel.selected.logit - (0.0 if rival is None else rival.logit)
    line = sentence("panel-score" if rival is None else "panel-margin", score=fixed(score), **values)
    above = spot.top - round(page.size * LINE_HEIGHT * (LINES + 0.3))
    title = title_of(drawable(panel.selected), rival and drawable(rival))
    for row, words in enumerate((title, line)):
        place = spot.left, above + round(page.size * LINE_HEIGHT * row)
        page.pen.text(place, fitted(words, page.pen, page.font, width), fill=BLACK, font=page.font)


def _say_whose_scale(page: _Page, found: PanelSet) -> None:
    words = (
        gettext("One colour scale for all panels, in logits.")
        if found.is_shared
        else gettext("Each panel has a colour scale of its own: the same colour means different values.")
    )
    place = GAP, page.image.height - round(page.size * LINE_HEIGHT) - GAP // 2
    width = page.image.width - 2 * GAP
    page.pen.text(place, fitted(words, page.pen, page.font, width), fill=BLACK, font=page.font)
