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
    "row": 1,
    "column": 2,
    "rows": 3,
    "columns": 3,
    "before": {"logit": 8.46, "probability": 0.61, "map": [[12.5, 4.25]]},
    "after": {"logit": 2.25, "probability": 0.01, "map": [[2.5, 2]]},
    "inside": -5,
    "outside": -1.125,
    "fill": [124, 101, 86],
    "sentences": ["“Egyptian cat” falls from 8.46 to 2.25 logits."],
}

_LEARNED = {"parameters": 5124, "ordered": [0.99, 0.01], "shuffled": [0.99, 0.01], "lead": 0.98, "right": 100}
FLATTENED = {
    "photo": "chelsea",
    "photos": ["chelsea", "coffee"],
    "shuffles": 100,
    "means": _LEARNED,
    "cells": _LEARNED | {"parameters": 327684, "shuffled": [0.5, 0.25], "lead": 0.125, "right": 93},
    "sentences": [["“A cat” (0.99)", "“A cat” (0.99)", "0.98"], ["“A cat” (0.99)", "“A cat” (0.50)", "0.12"]],
}
