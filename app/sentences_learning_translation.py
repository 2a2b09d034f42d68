"""What scripts and server say in the room of translation."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "learn-between": _("from least to most"),
        "learn-curve": _("{title}: from {least} to {most}."),
        "learn-curve-logit": _("Logit of “{label}”"),
        "learn-curve-stride": _("Cells of {stride} pixels: {layer}"),
        "learn-moved": _(
            "“{label}” goes from {logit} to {now} logits, {before} to {after}. The network says “{first}”."
        ),
        "learn-moved-label": _("The photo, which can be dragged, and its map"),
        "learn-nearly": _(
            "“{label}” stays between {least} and {most} logits: “nearly” is {spread}. It comes first in {first} of "
            "{count} places."
        ),
        "learn-pixels": _("{count} pixels"),
        "learn-whole-cells": _("{whole} at whole cells, {least} between"),
        "learn-still-label": _("The photo as it is, and its map"),
    }
