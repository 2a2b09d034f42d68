"""Examples of a photo that is moved, for the OpenAPI document."""

_SIDE = {"logit": 8.48, "probability": 0.5, "map": [[12.5, 4.25]]}
MOVED = {
    "photo": "chelsea",
    "right": 16,
    "down": 0,
    "edge": "around",
    "width": 320,
    "height": 224,
    "grid": {"rows": 7, "columns": 10, "cell_width": 45.1, "cell_height": 42.9, "left": 0, "top": 0},
    "strongest": 19.4,
    "fill": [124, 101, 86],
    "index": 285,
    "label": "Egyptian cat",
    "before": _SIDE,
    "after": _SIDE | {"logit": 8.25},
    "first": "Egyptian cat",
    "layers": [{"name": "bn1.act", "stride": 2, "cells_right": 8, "cells_down": 0, "along": 0.999, "stayed": 0.31}],
    "sentences": ["“Egyptian cat” goes from 8.48 to 8.25 logits."],
}

CURVES = {
    "photo": "chelsea",
    "edge": "around",
    "shifts": [0, 1, 2],
    "border": 32,
    "first": 3,
    "classes": [
        {"index": 285, "label": "Egyptian cat", "logits": [8.48, 8.5, 8.49], "probabilities": [0.5, 0.51, 0.5]}
    ],
    "layers": [{"name": "bn1.act", "stride": 2, "along": [1, 0.857, 0.997], "inner": [1, 0.862, 1]}],
    "sentences": ["“Egyptian cat” stays between 8.48 and 8.50 logits."],
}
