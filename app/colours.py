"""The colour maps as a page offers them, in words."""

import json
from functools import cache

from app.contexts import Colormap, ColormapGroup
from app.text import gettext
from model.rendering import TABLES_FILE, Mode, tables


def colormap_groups() -> tuple[ColormapGroup, ...]:
    """The colour maps by mode."""
    titles = {Mode.SIGNED: gettext("for “adds and takes away”"), Mode.POSITIVE: gettext("for “adds only”")}
    return tuple(
        ColormapGroup(mode.value, titles[mode], tuple(Colormap(name, colormap_title(name)) for name in names))
        for mode, names in tables().items()
    )


@cache
def colour_tables() -> dict[str, dict[str, str]]:
    """The tables that scripts draw with, by mode and name: 256 colours in hexadecimal digits."""
    tables: dict[str, dict[str, str]] = json.loads(TABLES_FILE.read_text())
    return tables


def colormap_title(name: str) -> str:
    """What a colour map looks like, from its low to its high end, and its name."""
    looks = {
        "RdBu_r": gettext("blue, white, red"),
        "PuOr_r": gettext("purple, white, orange"),
        "coolwarm": gettext("soft blue, grey, soft red"),
        "viridis": gettext("violet, green, yellow"),
        "cividis": gettext("dark blue, grey, yellow"),
        "inferno": gettext("black, red, yellow"),
        "turbo": gettext("smooth rainbow"),
        "jet": gettext("rainbow"),
        "gray": gettext("black to white"),
    }
    return gettext("%(look)s (%(name)s)") % {"look": looks[name], "name": name} if name in looks else name
