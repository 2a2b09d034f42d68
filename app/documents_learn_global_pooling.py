"""Examples of global pooling, for the OpenAPI document."""

SIZES = {
    "photo": "chelsea",
    "sizes": [
        {
            "scale": 1,
            "width": 320,
            "height": 224,
            "rows": 7,
            "columns": 10,
            "cells": 89600,
            "vector": 1280,
            "index": 285,
            "label": "Egyptian cat",
            "logit": 8.48,
            "likeness": 1,
        }
    ],
}

HEADS = {
    "photo": "chelsea",
    "heads": [
        {
            "name": "flatten",
            "parameters": 737296,
            "learned": 16,
            "learned_right": 16,
            "learned_lead": 1,
            "new": 96,
            "new_right": 70,
            "new_lead": 0.375,
            "views": [{"view": "mirrored", "learned": False, "count": 16, "right": 7, "lead": -0.21}],
        }
    ],
    "verdict": "Of 96 views that neither had seen, the average names 94 rightly, and every cell 70.",
}
