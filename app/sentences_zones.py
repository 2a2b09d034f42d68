"""What scripts call the parts of a photo."""

from app.text import gettext

PLACES = (
    "zone-upper-left",
    "zone-upper-centre",
    "zone-upper-right",
    "zone-middle-left",
    "zone-middle-centre",
    "zone-middle-right",
    "zone-lower-left",
    "zone-lower-centre",
    "zone-lower-right",
)
"""The keys of the nine parts of a photo, in the order of model/zones.py."""


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "zone-for": _("What speaks for “{label}” is strongest in the {zone}: {share} of it."),
        "zone-strongest": _("Strongest evidence in the {zone}: {share} of what adds to it."),
        "zone-upper-left": _("upper left"),
        "zone-upper-centre": _("upper middle"),
        "zone-upper-right": _("upper right"),
        "zone-middle-left": _("middle left"),
        "zone-middle-centre": _("centre"),
        "zone-middle-right": _("middle right"),
        "zone-lower-left": _("lower left"),
        "zone-lower-centre": _("lower middle"),
        "zone-lower-right": _("lower right"),
    }
