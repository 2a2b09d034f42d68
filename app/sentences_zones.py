"""What scripts call the parts of a photo."""

from app.text import gettext


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
