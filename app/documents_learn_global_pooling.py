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
            "parameters": 327684,
            "learned": 4,
            "learned_right": 4,
            "learned_lead": 1,
            "new": 24,
            "new_right": 22,
            "new_lead": 0.375,
        }
    ],
}
