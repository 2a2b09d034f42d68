"""What scripts say where regions are outlined."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "where-box": _("{left}, {top} to {right}, {bottom}"),
        "where-found": _("Regions outlined: {count}."),
        "where-more": _("Smaller regions that are drawn but not listed: {count}."),
        "where-most": _("No more than {count} classes can be outlined together."),
        "where-none-chosen": _("Choose a class to outline."),
        "where-nothing": _("No part of the picture adds to “{label}”, so it has no region. Regions outlined: {count}."),
    }
