"""Examples of a photo that is moved, for the OpenAPI document."""

_SIDE = {"logit": 8.48, "probability": 0.5, "map": [[12.5, 4.25]]}
MOVED = {
    "photo": "chelsea",
    "right": 16,
    "down": 0,
    "edge": "around",
    "width": 320,
    "height": 224,
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
    "index": 285,
    "label": "Egyptian cat",
    "shifts": [0, 4],
    "logits": [8.48, 8.5],
    "probabilities": [0.5, 0.51],
    "along": [1, 0.96],
}
