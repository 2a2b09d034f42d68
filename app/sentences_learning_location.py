"""What scripts and server say in the room of the location."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "learn-all-add-up": _(
            "And so do the maps of all {count} classes, each to its own logit: the largest residual is {residual}."
        ),
        "learn-cover-label": _(
            "The map before. Arrow keys go from cell to cell; Enter at two corners covers what is between, or uncovers "
            "it where the first corner is covered."
        ),
        "learn-cover-after": _("The map of the photo with cells covered"),
        "learn-cover-own": _("cells of your own"),
        "learn-covered": _("“{label}” goes from {logit} to {now} logits, and from {before} to {after}."),
        "learn-covered-blank": _(
            "Covered is not silent: a photo of nothing but its mean colour, which covers here, gets {logit} logits for "
            "“{label}”."
        ),
        "learn-covered-cells": _("from the {count} covered cells"),
        "learn-covered-none": _("No cell is covered: this is the photo as it is."),
        "learn-covered-other": _("The network now says “{first}” instead of “{before}”."),
        "learn-covered-others-fall": _("Its score falls and its probability rises: the scores of others fall more."),
        "learn-covered-others-rise": _("Its score rises and its probability falls: the scores of others rise more."),
        "learn-covered-same": _("The network still says “{first}”."),
        "learn-flat-alike": _("A head that is not right about all four to begin with finds them too much alike."),
        "learn-flat-told": _(
            "Shuffled, the head of means is right {means} times of {tried}, the head of cells {cells} times. Guessing "
            "would be right about {chance} times."
        ),
        "learn-logit-of": _("Logit of “{label}”"),
        "learn-of": _("{part} of {count}"),
        "learn-other-cells": _("from the {count} others"),
        "learn-pieces": _(
            "The network, shown the photo in pieces: “{label}” {after} instead of {before}; first is “{first}” with "
            "{probability}. Its layers look across the squares, so for them it is another photo."
        ),
        "learn-pieces-still": _(
            "All cells are where they were, and so is the photo: in this order the network sees nothing new."
        ),
        "learn-row-label": _("The map of this row"),
        "learn-row-strongest": _("strongest in column {column}, row {row}: {value}"),
        "learn-shuffle-label": _("The shuffled cells. Arrow keys go from cell to cell; Enter on two cells swaps them."),
        "learn-shuffled": _(
            "{moved} of {cells} cells are elsewhere. {same} of the {count} means are the same to the last bit, and so "
            "is all that is made of them."
        ),
        "learn-view-mirrored": _("mirrored"),
        "learn-view-still": _("as it is"),
        "learn-view-turned": _("turned round"),
        "learn-view-upside-down": _("upside down"),
    }
