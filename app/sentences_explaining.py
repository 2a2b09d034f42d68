"""What scripts say around a photo and its maps, and of the server."""

from app.text import gettext, moment_words


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "against": _("{label} rather than {other}"),
        "cell": _("row {row}, column {column}: {value} logits"),
        "classes-found": _("{count} found"),
        "classes-close": _("No class is called quite that; these come close."),
        "classes-none": _("No class has a name like that."),
        "copied": _("Link copied"),
        "checking-model": _("Checking the model …"),
        "moment": moment_words(),
        "names-found": _("{count} found"),
        "sending-model": _("Sending the model …"),
        "delete-failed": _("It could not be deleted. {reason}"),
        "explaining": _("Looking at the photo …"),
        "logit": _("logit {value}"),
        "legend-against": _("for {label}"),
        "legend-negative": _("takes from the logit"),
        "legend-positive": _("adds to the logit"),
        "legend-zero": _("or less: adds nothing"),
        "minus-against": _("− marks a cell that speaks for {label}"),
        "minus-takes": _("− marks a cell that takes away"),
        "loading-failed": _("The maps could not be loaded. {reason}"),
        "nothing": _(
            "This map is zero everywhere: no part of the picture adds to “{label}” or takes from it. Its logit "
            "{logit} is its bias alone."
        ),
        "nothing-positive": _(
            "No part of the picture adds to “{label}”. Its logit {logit} is what all parts take away together, "
            "{taken}, and its bias {bias}, which no part of the picture has to do with. The cell that takes most is in "
            "row {row}, column {column}: {least} logits."
        ),
        "proof": _("mean of this map {mean} + bias {bias} = logit {logit}"),
        "proof-margin": _("mean of the two maps’ difference {mean} + bias {bias} = margin {logit}"),
        "proof-off": _("off by {residual}"),
        "unreachable": _("The server cannot be reached. Is it still running?"),
        "no-reason": _("The server answered with error {status} and gave no reason. Try again in a little while."),
        "sending": _("Sending the photo …"),
        "in-logits": _("{value} logits"),
        "shown": _("Map of {title}; probability {probability}"),
        "shown-margin": _("Map of {title}; margin {margin} logits"),
        "classes-more": _("The first {shown} of {count}; write more of the name to see others."),
        "key-help": _("show these keys, or close them"),
        "key-undo": _("undo"),
        "key-redo": _("redo"),
        "not-copied": _("Copy it from the address bar"),
        "classes-failed": _("The other classes could not be loaded. {reason}"),
    }
