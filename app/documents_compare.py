"""An example of a comparison, for the OpenAPI document."""

from typing import Any

from app.documents import BUNDLE, ID, IMAGE, MODEL

OTHER = BUNDLE.replace("efficientnet_lite0-0", "pets-f")
GRID = {"rows": 2, "columns": 2, "cell_width": 250, "cell_height": 187.5, "left": 0, "top": 0}
INPUT = {"width": 288, "height": 224, "scale": 1, "stretch": 0.036}
TOP = {"index": 285, "label": "Egyptian cat", "probability": 0.61, "logit": 9.125}
BOX = {"left": 0, "top": 0, "right": 322, "bottom": 255, "threshold": 0.2}
BEFORE: dict[str, Any] = {
    "model": MODEL,
    "pixels": "stored",
    "input": INPUT,
    "grid": GRID,
    "top": [TOP],
    "chosen": TOP
    | {
        "bias": 0.125,
        "residual": 0,
        "cam": [[31.5, 6.5], [2.25, -4.25]],
        "box": BOX,
        "evidence": {"given": 10.0625, "taken": 1.0625},
    },
}
AFTER: dict[str, Any] = BEFORE | {
    "model": MODEL | {"id": OTHER, "name": "pets", "classes": 37},
    "top": [TOP | {"index": 6, "probability": 0.98, "logit": 12.5}],
    "chosen": TOP
    | {
        "index": 6,
        "probability": 0.98,
        "logit": 12.5,
        "bias": 0.5,
        "residual": 0,
        "cam": [[40, 8], [1, -1]],
        "box": BOX,
        "evidence": {"given": 12.25, "taken": 0.25},
    },
}
COMPARISON = {
    "explanation_id": ID,
    "image": IMAGE,
    "before": BEFORE,
    "after": AFTER,
    "match": "label",
    "shared_classes": 12,
    "limit": 40,
    "difference": {
        "grid": GRID,
        "cam": [[8.5, 1.5], [-1.25, 3.25]],
        "limit": 8.5,
        "exact": True,
        "shift": 3,
        "residual": 0,
    },
    "moved": 0.035487,
    "regions": [
        {
            "kind": "drawn",
            "left": 0,
            "top": 0,
            "right": 250,
            "bottom": 187.5,
            "area": 0.25,
            "before": {"given": 0.782609, "taken": 0},
            "after": {"given": 0.816327, "taken": 0},
        }
    ],
    "picture_url": f"/api/v1/explanations/{ID}/comparison.png?model={OTHER}&class=index:285&region=0,0,250,187.5",
    "page_url": f"/compare?explanation={ID}&model={OTHER}&class=index:285&region=0,0,250,187.5",
}
