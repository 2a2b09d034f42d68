"""What scripts say of many photos at once."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "opening-album": _("Opening the page for many photos …"),
        "album-all-classes": _("All classes: {count}"),
        "album-class": _("{label}: {count}"),
        "album-more-classes": _("Show all {count} classes"),
        "album-fewer-classes": _("Show the most frequent classes only"),
        "album-shown": _("Photos shown: {shown} of {count}"),
        "album-margin": _("{margin} logits before {second}"),
        "album-alone": _("the network’s only class"),
        "album-spread": _("{share} of what speaks for it lies in a tenth of the picture"),
        "album-nothing": _("no part of the picture speaks for it"),
        "album-no-map": _("this network has no exact map"),
        "album-sending": _("Photos explained: {done} of {total}"),
        "album-stopping": _("Stopping. Photos still on their way: {underway}"),
        "album-stopped": _("Stopped. Photos explained: {done} of {total}"),
        "album-done": _("Done. Photos explained: {done}"),
        "album-done-failed": _("Done. Photos explained: {done} of {total}"),
        "album-stop": _("Stop"),
        "album-go-on": _("Go on"),
        "album-failures": _("Not explained: {count}"),
        "album-more-failures": _("Others: {count}"),
        "album-unreadable": _("is empty, or was changed, moved or removed after it was chosen."),
        "album-lost": _("had not been explained when the page was left; choose it again."),
        "album-halted": _("The photos wait. {reason}"),
    }
