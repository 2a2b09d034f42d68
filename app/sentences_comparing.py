"""What scripts say of two networks and one photo."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "moved": _("{share} of what adds to “{label}” lies elsewhere than before."),
        "region-drawn": _("your region"),
        "share-none": _(
            "In {region}, {area} of the photo, lies {before} of what adds to “{label}” before and {after} after; "
            "a dash means that nothing adds to it."
        ),
        "share-same": _("In {region}, {area} of the photo, lies {before} of what adds to “{label}”, as before."),
        "share-more": _(
            "In {region}, {area} of the photo, lay {before} of what adds to “{label}”; now it is {after}, "
            "{points} points more."
        ),
        "share-fewer": _(
            "In {region}, {area} of the photo, lay {before} of what adds to “{label}”; now it is {after}, "
            "{points} points less."
        ),
        "compared-cell": _("here: before {before}, after {after}, change {change} logits"),
        "comparison-failed": _("The maps could not be loaded. {reason}"),
        "no-region": _("Draw a region on a map, or type its edges, to see how much of the evidence lies in it."),
        "region-wrong": _(
            "The left edge must lie left of the right one, the top above the bottom, and some of it on the photo."
        ),
        "shift": _("in all {value} logits"),
    }
