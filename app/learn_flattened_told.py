"""A head of means and a head of cells in words and pictures; static/js/learnflat.js says the same of other shuffles."""

import numpy as np

from app.contexts_learn import Picture
from app.contexts_learn_location import FlatShown, HeadLine, Said, ViewShown
from app.learn_flattened import SHUFFLES, VIEWS, Flattened, Learned
from app.learn_pictures import photo_picture
from app.sentences import sentence
from app.text import gettext
from model.photos import Pixels

THUMBNAIL_STEP = 2  # a pixel of the picture for so many of the input


def flat_shown(found: Flattened) -> FlatShown:
    """Both heads, before the views of a photo."""
    words = {
        "still": sentence("learn-view-still"),
        "mirrored": sentence("learn-view-mirrored"),
        "upside-down": sentence("learn-view-upside-down"),
        "turned": sentence("learn-view-turned"),
    }
    titles = [words[name] for name in VIEWS]
    says = [[Said(titles[at], at == own) for own, at in enumerate(first(head))] for head in (found.means, found.cells)]
    views = tuple(
        ViewShown(title, _thumbnail(pixels, title), means, cells)
        for title, pixels, means, cells in zip(titles, found.views, *says, strict=True)
    )
    lines = (
        _line(gettext("Average, then one layer"), found.means),
        _line(gettext("Flatten, then one layer"), found.cells),
    )
    return FlatShown(views, lines, flat_told(found))


def first(head: Learned) -> list[int]:
    """Which view a head takes each for, once the cells are shuffled."""
    return [int(at) for at in head.shuffled.argmax(axis=1)]


def flat_told(found: Flattened) -> str:
    """What shuffling does to both heads."""
    tried = SHUFFLES * len(VIEWS)
    told = sentence(
        "learn-flat-told",
        means=str(sum(found.means.right)),
        cells=str(sum(found.cells.right)),
        tried=str(tried),
        chance=str(tried // len(VIEWS)),
    )
    alike = sentence("learn-flat-alike")
    is_told = min(found.means.knows, found.cells.knows) == len(VIEWS)
    return told if is_told else f"{told} {alike}"


def _line(title: str, head: Learned) -> HeadLine:
    views = len(VIEWS)
    return HeadLine(
        title,
        f"{head.parameters:,}",
        sentence("learn-of", part=str(head.knows), count=str(views)),
        sentence("learn-of", part=str(sum(head.right)), count=str(SHUFFLES * views)),
    )


def _thumbnail(pixels: Pixels, title: str) -> Picture:
    return photo_picture(np.ascontiguousarray(pixels[::THUMBNAIL_STEP, ::THUMBNAIL_STEP]), title)
