"""What scripts and server say in the room of translation."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "learn-between": _("from least to most"),
        "learn-curve": _("{title}: from {least} to {most}."),
        "learn-curve-along": _("How much of the last maps moved along"),
        "learn-curve-logit": _("Logit of “{label}”"),
        "learn-moved": _(
            "“{label}” goes from {logit} to {now} logits, {before} to {after}. The network says “{first}”."
        ),
        "learn-moved-label": _("The photo, which can be dragged, and its map"),
        "learn-pixels": _("{count} pixels"),
    }
