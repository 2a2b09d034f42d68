"""What scripts say of the questions over the map for which the network is asked again."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "asking-network": _("Asking the network …"),
        "cells-smooth": _("Show the map smooth"),
        "cells-true": _("Show the true cells"),
        "channel": _("map {number}: {contribution} = weight {weight} × mean {activation}"),
        "channels-copy": _("Of the photo’s kept copy, whose logit differs from that of the map in view."),
        "channels-fused": _(
            "The map in view is a mean of several looks, each with its own feature maps: these are those of the "
            "explanation’s own scale, whose logit differs."
        ),
        "channels-sum": _("Those listed {listed}, the other {count} {rest}, bias {bias}: together the logit {logit}."),
        "channels-sum-margin": _(
            "Those listed {listed}, the other {count} {rest}, difference of the biases {bias}: together the margin "
            "{logit}."
        ),
        "curve-axis": _("all cells"),
        "curve-deletion": _(
            "Erasing cell by cell: area {own}; in an order by chance, dashed, {chance}. Lower is better."
        ),
        "curve-height": _("probability, up to {top}"),
        "curve-insertion": _(
            "Adding cell by cell: area {own}; in an order by chance, dashed, {chance}. Higher is better."
        ),
        "scale-changed": _(
            "At this scale “{label}” has {now}, logit {logit}; at the explanation’s own {before}, logit {own}."
        ),
        "scale-is": _("at scale {scale}"),
        "scale-is-fused": _("fused of several scales"),
        "scale-costs": _("scale {scale}: {cells} cells, about {ms} ms in the network"),
        "scale-fused": _("fused: {passes} looks on {cells} cells, about {ms} ms in the network"),
        "scale-took": _("It took {ms} ms in the network."),
        "split-context": _("cells that are left, which saw beyond their square"),
        "split-difference": _("network less prediction"),
        "split-filling": _("what was filled in"),
        "split-rescaling": _("the head, which is not linear"),
    }
