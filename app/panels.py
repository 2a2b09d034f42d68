"""One photo under two networks as a picture: photo, before, after and difference side by side."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.compared import Compared, Kind, Seen
from app.drawn_words import drawable, fitted
from app.errors import NotFound
from app.languages import DEFAULT_LANGUAGE, speaking
from app.sentences import sentence
from app.text import gettext, percent, signed
from model.coverage import Region, Size
from model.evidence import PlacedMap
from model.photos import Pixels
from model.rendering import Style, in_grey, legend, limit, overlay, with_legend

GAP, LEAST_TEXT, MOST_TEXT = 12, 11, 18
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


class Panel(StrEnum):
    """Which picture of a comparison: one of its three maps, or all with the photo."""

    ALL = "all"
    BEFORE = "before"
    AFTER = "after"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class Scene:
    """What there is to draw.

    Attributes:
        photo: a copy of the photo, (H, W, 3)
        photo_size: (width, height) that the grids are laid on
        compared: the maps
        names: of the two networks
        style: colours, opacity, threshold, smoothing; the difference is always drawn with both signs
    """

    photo: Pixels
    photo_size: Size
    compared: Compared
    names: tuple[str, str]
    style: Style

    @property
    def shared_limit(self) -> float:
        """The value in logits that gets the strongest colour in both maps."""
        both = (self.compared.before.map, self.compared.after.map)
        return max((limit(one.values, self.style.mode) for one in both if one is not None), default=0.0)

    @property
    def signed_style(self) -> Style:
        """How the difference is drawn."""
        return Style(opacity=self.style.opacity, threshold=self.style.threshold, smooth=self.style.smooth)


def draw_panel(scene: Scene, panel: Panel, with_strip: bool = True) -> Pixels:
    """A picture of a comparison, (H, W, 3).

    Args:
        scene: what there is to draw
        panel: which picture
        with_strip: a legend below, of one panel alone; all together always have theirs

    Raises:
        NotFound: a head has no map, or there is no difference
    """
    if panel is Panel.ALL:
        with speaking(DEFAULT_LANGUAGE):  # the font has no other letters
            return _all(scene)
    full, style = scene.shared_limit, scene.style
    match panel:
        case Panel.BEFORE:
            drawn = _map(scene, scene.compared.before)
        case Panel.AFTER:
            drawn = _map(scene, scene.compared.after)
        case _:
            drawn = _difference(scene)
            style = scene.signed_style
            full = _difference_limit(scene)
    if drawn is None:
        raise NotFound("There is no such map to draw: the two are not one class, or a network has no maps.")
    return with_legend(drawn, style, full) if with_strip else drawn


def _map(scene: Scene, one: Seen) -> Pixels | None:
    """A map over the photo in grey, on the shared scale."""
    if one.map is None:
        return None
    return _marked(scene, one.map, scene.style, scene.shared_limit)


def _difference(scene: Scene) -> Pixels | None:
    if scene.compared.comparison is None:
        return None
    return _marked(scene, scene.compared.comparison.difference, scene.signed_style, _difference_limit(scene))


def _marked(scene: Scene, one: PlacedMap, style: Style, full: float) -> Pixels:
    """A map over the photo in grey, and the region that was drawn on it."""
    drawn = overlay(in_grey(scene.photo), one.values, one.grid, style, scene.photo_size, full)
    for measured in scene.compared.regions:
        if measured.kind is Kind.DRAWN:
            drawn = outline(drawn, measured.region, scene.photo_size)
    return drawn


def _difference_limit(scene: Scene) -> float:
    comparison = scene.compared.comparison
    return 0.0 if comparison is None else limit(comparison.difference.values, scene.signed_style.mode)


def _all(scene: Scene) -> Pixels:
    """Photo, before, after and, where there is one, the difference; titles above, legends below."""
    compared, photo = scene.compared, scene.photo
    height, width = photo.shape[:2]
    columns: list[tuple[list[str], Pixels]] = [([gettext("photo")], photo)]
    for name, one in zip(scene.names, (compared.before, compared.after), strict=True):
        drawn = _map(scene, one)
        columns.append(([name, _line(one)], photo if drawn is None else drawn))
    if (drawn := _difference(scene)) is not None and compared.comparison is not None:
        shift = sentence("shift", value=signed(compared.comparison.shift))
        columns.append(([gettext("after less before"), shift], drawn))
    size = max(LEAST_TEXT, min(MOST_TEXT, width // 22))
    head, small = round(size * 3.2), max(LEAST_TEXT, round(size * 0.8))
    strips = [legend(scene.style, scene.shared_limit, 2 * width + GAP, small)] if scene.shared_limit > 0 else []
    if len(columns) > 3:
        strips.append(legend(scene.signed_style, _difference_limit(scene), width, small))
    foot = max((len(strip) for strip in strips), default=0)
    sheet = Image.new("RGB", (len(columns) * (width + GAP) + GAP, head + height + foot + GAP), WHITE)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size)
    for place, (lines, picture) in enumerate(columns):
        left = GAP + place * (width + GAP)
        sheet.paste(Image.fromarray(picture), (left, head))
        for row, line in enumerate(lines):
            pen.text((left, round(size * (0.4 + 1.25 * row))), fitted(line, pen, font, width), fill=BLACK, font=font)
    for place, strip in zip((1, 3) if scene.shared_limit > 0 else (3,), strips, strict=False):
        sheet.paste(Image.fromarray(strip), (GAP + place * (width + GAP), head + height))
    return np.asarray(sheet)


def _line(one: Seen) -> str:
    return f"{drawable(one.numbers).label} · {percent(one.numbers.probability)}"


def outline(picture: Pixels, region: Region, photo_size: Size) -> Pixels:
    """A picture of the photo with a region marked in dashes that stand out against any colour."""
    image = Image.fromarray(picture)
    across, down = image.width / photo_size[0], image.height / photo_size[1]
    edges = (region.left * across, region.top * down, region.right * across - 1, region.bottom * down - 1)
    pen = ImageDraw.Draw(image)
    x0, y0, x1, y1 = (round(edge) for edge in edges)
    pen.rectangle((x0, y0, max(x0, x1), max(y0, y1)), outline=WHITE, width=3)
    pen.rectangle((x0 + 1, y0 + 1, max(x0 + 1, x1 - 1), max(y0 + 1, y1 - 1)), outline=BLACK, width=1)
    return np.asarray(image)
