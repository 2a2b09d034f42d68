"""What scripts and server say in the room of the location."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "learn-all-add-up": _(
            "And so do the maps of all {count} classes, each to its own logit: the largest residual is {residual}."
        ),
        "learn-called": _("“{title}” ({score})"),
        "learn-cover-label": _(
            "The map before. Arrow keys go from cell to cell; Enter at two corners covers what is between."
        ),
        "learn-cover-after": _("The map of the photo with a part covered"),
        "learn-covered": _(
            "“{label}” goes from {logit} to {now} logits, {before} to {after}. The network now says “{first}”."
        ),
        "learn-covered-split": _(
            "The map’s mean changes by {change}: {inside} in the covered cells, {outside} in the others, which see "
            "beyond their squares."
        ),
        "learn-lead": _("{lead}, first in {right} of {count}"),
        "learn-limit": _("Red adds to the score, blue takes from it; the strongest colour is {limit} logits."),
        "learn-pieces": _(
            "The network, shown the photo in pieces: “{label}” {after} instead of {before}; first is “{first}” with "
            "{probability}. Its layers look across the squares, so for them it is another photo."
        ),
        "learn-row-label": _("The map of this row"),
        "learn-shuffle-label": _("The shuffled cells. Arrow keys go from cell to cell; Enter on two cells swaps them."),
        "learn-shuffled": _(
            "{moved} of {cells} cells are elsewhere. {same} of the {count} means are the same to the last bit, and so "
            "is all that is made of them."
        ),
    }
