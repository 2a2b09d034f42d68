"""Examples of where the location goes, for the OpenAPI document."""

SHUFFLED = {
    "photo": "chelsea",
    "rows": 1,
    "columns": 3,
    "order": [2, 0, 1],
    "means": 1280,
    "means_same": 1280,
    "logits_same": 1000,
    "classes": [
        {
            "index": 285,
            "label": "Egyptian cat",
            "logit": 8.461456,
            "ordered": 8.461457,
            "shuffled": 8.461457,
            "pieces": 3.25,
            "probability": 0.61,
            "pieces_probability": 0.02,
        }
    ],
    "sentences": ["The network, shown the photo in pieces, gives “Egyptian cat” 2.0% instead of 61.0%."],
}

COVERED = {
    "photo": "chelsea",
    "index": 285,
    "label": "Egyptian cat",
    "cells": [0],
    "before": {"logit": 8.5, "probability": 0.61, "map": [[12.5, 4.25]]},
    "after": {"logit": 2.375, "probability": 0.01, "map": [[2.5, 2]]},
    "inside": {"before": 6.25, "after": 1.25},
    "outside": {"before": 2.125, "after": 1},
    "fill": [124, 101, 86],
    "sentences": ["“Egyptian cat” goes from 8.50 to 2.38 logits, and from 61.0% to 1.0%."],
    "lines": [["from the 1 covered cells", "+6.25", "+1.25", "−5.00"]],
}

CLASSES = {
    "photo": "chelsea",
    "classes": [{"index": 285, "label": "Egyptian cat", "logit": 8.5, "bias": 0.125, "probability": 0.61}],
}

_LEARNED = {
    "parameters": 5124,
    "ordered": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    "shuffled": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    "right": [100, 100, 100, 100],
}
_SHUFFLED = [[0.25, 0.5, 0.125, 0.125], [0, 1, 0, 0], [0.25, 0, 0.25, 0.5], [0, 0, 0, 1]]
FLATTENED = {
    "photo": "chelsea",
    "views": ["still", "mirrored", "upside-down", "turned"],
    "shuffles": 100,
    "means": _LEARNED,
    "cells": _LEARNED | {"parameters": 358404, "shuffled": _SHUFFLED, "right": [43, 65, 51, 68]},
    "sentences": ["Shuffled, the head of means is right 400 times of 400, the head of cells 227 times."],
}
