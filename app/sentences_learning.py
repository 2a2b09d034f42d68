"""What scripts say in the rooms to learn in."""

from app.text import gettext


def sentences() -> dict[str, str]:
    """By key."""
    _ = gettext
    return {
        "learn-cell": _("row {row}, column {column}: {value}"),
        "learn-dots-max": _(
            "Pooling number {times} makes one cell of both, as bright as before: {value}. That there was something is "
            "kept; that there were two is not."
        ),
        "learn-dots-average": _(
            "Pooling number {times} makes one cell of both. In the end {value} is left: their share of all cells, "
            "wherever they were."
        ),
        "learn-dots-step": _("{side} × {side}, brightest {value}"),
        "learn-learning": _("Learning and judging. This takes a few seconds."),
        "learn-left": _(
            "{first} numbers became {last}: {share}. The strongest response was {before}; it is now {after}."
        ),
        "learn-left-cut": _("The strongest one lay where no whole window fitted any more: “valid” cuts that off."),
        "learn-left-spread": _("An average shares the strongest one with its neighbours."),
        "learn-left-skipped": _(
            "The strongest one lay between windows: where the stride is larger than the window, cells are skipped."
        ),
        "learn-left-stopped": _(
            "Pooling ends after {done} times: {columns} × {rows} cells leave no room for another window."
        ),
        "learn-map-place": _("{number} of {count}"),
        "learn-map-told": _(
            "Map {number} of “{layer}”: {columns} × {rows} cells from {least} to {most}, on average {mean}."
        ),
        "learn-no-window": _("No window fits into this map. Take a smaller one, or “same”."),
        "learn-photo-grey": _("The photo, in grey"),
        "learn-photo-filtered": _("Through the filter"),
        "learn-photo-rectified": _("Below zero set to zero"),
        "learn-pooled": _("Pooled {times}×"),
        "learn-layer-map": _("Map {number} of “{layer}”"),
        "learn-step-numbers": _("{columns} × {rows}: {count} numbers, the largest {largest}"),
        "learn-range": _("A whole number from {least} to {most}."),
        "learn-sides": _("Rows: {rows}. Columns: {columns}."),
        "learn-step-convolution": _("Convolution"),
        "learn-step-dense": _("Fully connected"),
        "learn-step-input": _("Photo"),
        "learn-step-pooling": _("Pooling 2 × 2"),
        "learn-step-softmax": _("Softmax"),
        "learn-vector-told": _("Map {number}: {numbers}"),
        "learn-wrong-numbers": _("Type 1 to 16 lines of as many numbers each, also 1 to 16."),
        "learn-wrong-weights": _("A filter has 3 lines of 3 numbers each."),
        "learn-wrong-filter": _("Type 3 to 16 lines of as many numbers each, also 3 to 16."),
    }
