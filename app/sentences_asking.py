"""What scripts say of the questions over the map that they answer themselves."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "class-next": _("the next class of the list"),
        "class-previous": _("the class before"),
        "region-gives": _(
            "This region, {area} of the photo, gives {given} of what adds to “{label}”: in all {sum} logits."
        ),
        "region-gives-and-takes": _(
            "This region, {area} of the photo, gives {given} of what adds to “{label}” and {taken} of what takes "
            "from it: in all {sum} logits."
        ),
        "regions-compared": _(
            "Of what adds to “{label}”, the first region gives {first}, the second {second}; in all {first_sum} and "
            "{second_sum} logits."
        ),
        "region-speaks": _(
            "This region, {area} of the photo, holds {given} of what speaks for “{label}” rather than “{other}”: in "
            "all {sum} logits."
        ),
        "region-speaks-for-both": _(
            "This region, {area} of the photo, holds {given} of what speaks for “{label}” rather than “{other}” and "
            "{taken} of what speaks for “{other}” instead: in all {sum} logits."
        ),
        "regions-compared-speaking": _(
            "Of what speaks for “{label}” rather than “{other}”, the first region holds {first}, the second {second}; "
            "in all {first_sum} and {second_sum} logits."
        ),
        "versus-ahead": _(
            "“{ahead}” is ahead of “{behind}” by {margin} logits, which makes it {ratio} times as probable."
        ),
        "versus-ahead-far": _("“{ahead}” is ahead of “{behind}” by {margin} logits."),
        "versus-for": _("parts of the photo for “{label}”"),
        "versus-bias": _("difference of their biases"),
        "versus-sum": _("distance of their logits"),
        "without-same": _("Without it the head would still say “{label}”, with {probability}."),
        "without-other": _("Without it the head would say “{label}”, with {probability}, no longer “{before}”."),
        "without-how": _(
            "Exact for the head: the region’s contributions are set to zero, as many cells are averaged as before. It "
            "is not what the network would say of a photo without that region, whose other cells it would see anew."
        ),
        "without-how-server": _(
            "Computed by the head itself, with this region’s features set to zero, since this head is not a plain "
            "average. It is not what the network would say of a photo without that region."
        ),
    }
