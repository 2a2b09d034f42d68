"""What scripts say of a camera and what it sees."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "camera-insecure": _(
            "Browsers let a page use a camera only over https, or on the machine itself under the name localhost. This "
            "page came from {origin}. If the server runs on this machine, open {local}; otherwise it needs https."
        ),
        "camera-refused": _(
            "The browser did not allow this page to use a camera. Allow it beside the address or in the browser’s "
            "settings, then start again."
        ),
        "camera-none": _("No camera was found. Connect one, then start again."),
        "camera-busy": _("The camera does not start. Another program may be using it; close that, then start again."),
        "camera-failed": _("The camera does not start: {reason}."),
        "camera-gone": _("The camera was disconnected or taken away. Start again to choose another."),
        "camera-unnamed": _("Camera {number}"),
        "camera-start": _("Start the camera"),
        "camera-stop": _("Stop"),
        "camera-pace": _("{rate} pictures a second, {latency} ms from camera to map"),
        "camera-stopped": _("Stopped. {reason}"),
        "camera-keeping": _("Explaining this picture and keeping it …"),
        "camera-sees": _("{label}, probability {probability}"),
        "camera-map": _("Map of {label}"),
        "camera-numbers": _("probability {probability}, logit {logit}"),
    }
