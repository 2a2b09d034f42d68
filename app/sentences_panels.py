"""What scripts say of panels side by side, and what their pictures say."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "panel-score": _("{network} · {probability} · logit {score}"),
        "panel-margin": _("{network} · {probability} · margin {score}"),
        "panel-value": _("Panel {number}: {value} logits"),
        "panel-here": _("here: {value} logits"),
        "panels-failed": _("The panels could not be drawn. {reason}"),
        "panels-unchanged": _("Nothing was changed. {reason}"),
        "panels-drawn": _("The panels are drawn anew."),
        "key-zoom-in": _("enlarge all panels"),
        "key-zoom-out": _("make them smaller again"),
        "key-zoom-whole": _("show the whole photos"),
        "panels-zoom": _("{times} times enlarged"),
    }
