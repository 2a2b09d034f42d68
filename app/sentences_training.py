"""What scripts say while pictures are sent and networks trained."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "again-soon": _("{reason} It is tried again by itself."),
        "archive-sending": _("Sending {name}: {share}"),
        "archive-taken": _("{name} is with the server."),
        "archive-unpacking": _("Unpacking {name} …"),
        "begin-classes": _("A training needs pictures of two classes at least."),
        "begin-ready": _("{pictures} pictures of {classes} classes are with the server."),
        "begin-sending": _("On the way: {count}. A training that is started now waits for them."),
        "class-bar": _("Pictures of {label} on their way"),
        "class-files": _("Choose pictures of {label}"),
        "class-folder": _("A folder of pictures of {label}"),
        "class-picture": _("picture"),
        "class-pictures": _("pictures"),
        "class-remove": _("Remove {label}"),
        "class-sending": _("pictures; sending, {done} of {total}"),
        "class-sent": _("Pictures of {label} with the server: {count}"),
        "class-unnamed": _("this class"),
        "class-wants-name": _("pictures; waiting until the class has a name: {count}"),
        "connection-lost": _("The server cannot be reached. This page goes on by itself as soon as it can."),
        "name-taken": _("There is a class called “{name}” already."),
        "evaluation-reading": _("All of it is with the server, which looks through it …"),
        "evaluation-sending": _("Sending: {share}"),
        "no-picture": _("is no picture."),
        "refused": _("{count} not taken"),
        "which-class": _("Drop pictures on their class; dropped elsewhere, each folder of pictures becomes a class."),
    }
