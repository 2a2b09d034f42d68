"""A correction, drawn: figures before and after, and the marked pictures' maps side by side on one scale."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from app.report_pictures import STYLE, Drawn, overlay, picture_uri, thumbnail
from app.text import fixed, gettext, ngettext, percent
from model.mended import Mended, MendedMap, MendedPicture
from model.metrics import Metrics
from model.photos import Pixels
from model.rendering import limit

MARK = (255, 0, 200)


@dataclass(frozen=True)
class MendedRow:
    """A figure before and after."""

    title: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownMended:
    """A marked picture.

    Attributes:
        title: its class
        path: relative to the data folder
        pictures: itself with its marks, the map before, the map after
        limit: what the strongest colour of both maps stands for, in logits
        width: of the pictures, in pixels
        height: likewise
    """

    title: str
    path: str
    pictures: tuple[Drawn, ...]
    limit: str
    width: int
    height: int


@dataclass(frozen=True)
class ShownCorrection:
    """What a correction did.

    Attributes:
        lead: what was marked, and what it is compared with
        rows: figures
        pictures: some of the marked ones
    """

    lead: str
    rows: tuple[MendedRow, ...]
    pictures: tuple[ShownMended, ...]


def shown_correction(metrics: Metrics) -> ShownCorrection | None:
    """The correction of a training; none where nothing was marked."""
    mended = metrics.mended
    if mended is None:
        return None
    pictures = tuple(_shown(one, metrics.labels) for one in mended.shown)
    return ShownCorrection(_lead(mended), tuple(_rows(mended)), tuple(one for one in pictures if one is not None))


def _lead(mended: Mended) -> str:
    _ = gettext
    marked = ngettext(
        "On {count} picture it was marked what is the wrong reason.",
        "On {count} pictures it was marked what is the wrong reason.",
        mended.pictures,
    ).format(count=f"{mended.pictures:,}")
    began = (
        _("Before is the model that the training began with.")
        if mended.began == "base"
        else _("Before is a head that learned from the same pictures without the marks.")
    )
    return f"{marked} {began}"


def _rows(mended: Mended) -> list[MendedRow]:
    _ = gettext
    before, after = mended.before, mended.after
    told = [
        (_("Right on the validation pictures"), before.accuracy, after.accuracy),
        (_("Right on them with a mark from another class put on"), before.accuracy_pasted, after.accuracy_pasted),
        (_("Right on the marked pictures with the marks cut out"), before.accuracy_cut, after.accuracy_cut),
        (_("Evidence for the class that lies in the marks"), before.inside, after.inside),
    ]
    return [
        MendedRow(title, percent(one), percent(other))
        for title, one, other in told
        if one is not None and other is not None
    ]


def _shown(picture: MendedPicture, labels: tuple[str, ...]) -> ShownMended | None:
    pixels = thumbnail(picture.thumbnail)
    if pixels is None:
        return None
    label = labels[picture.shown]
    cams = [np.array(one.cam, dtype=np.float32) for one in (picture.before, picture.after) if one.cam]
    strongest = max((limit(cam, STYLE.mode) for cam in cams), default=0.0)
    titles = (gettext("Before"), gettext("After"))
    maps = [
        _map(title, label, one, pixels, strongest)
        for title, one in zip(titles, (picture.before, picture.after), strict=True)
    ]
    marked = Drawn(gettext("What is marked"), picture.path, picture_uri(_outlined(pixels, picture)))
    return ShownMended(
        title=label,
        path=picture.path,
        pictures=(marked, *(one for one in maps if one is not None)),
        limit=fixed(strongest),
        width=pixels.shape[1],
        height=pixels.shape[0],
    )


def _map(title: str, label: str, one: MendedMap, pixels: Pixels, strongest: float) -> Drawn | None:
    if one.cam is None or one.grid is None:
        return None
    told = f"{title} · {percent(one.probability)}"
    if one.inside is not None:
        told = gettext("{title} · {share} in the marks").format(title=told, share=percent(one.inside))
    drawn = overlay(pixels, np.array(one.cam, dtype=np.float32), one.grid, strongest)
    return Drawn(told, gettext("Map of “{label}”: {title}").format(label=label, title=told), picture_uri(drawn))


def _outlined(pixels: Pixels, picture: MendedPicture) -> Pixels:
    image = Image.fromarray(pixels)
    for left, top, right, bottom in picture.marks:
        ImageDraw.Draw(image).rectangle((left, top, max(right - 1, left), max(bottom - 1, top)), outline=MARK, width=3)
    return np.asarray(image)
