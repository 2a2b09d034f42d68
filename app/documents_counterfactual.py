"""Examples of altered photos, for the OpenAPI document."""

from typing import Any

from app.documents import ID

TOP = {"index": 285, "label": "Egyptian cat", "probability": 0.61, "logit": 9.125}
CAT = {"index": 285, "label": "Egyptian cat"}
LINE = {
    "logits": [9.125, 2.5, 1.5],
    "probabilities": [0.61, 0.02, 0.01],
    "area_logit": 3.90625,
    "area_probability": 0.165,
}
CHANCE = {
    "logits": [9.125, 6.5, 1.5],
    "probabilities": [0.61, 0.3, 0.01],
    "area_logit": 5.90625,
    "area_probability": 0.305,
}
TIMING = {"decode": 12.5, "queue": 0.2, "forward": 48.0, "cam": 0.8, "total": 66.0}
HAPPENED = (
    "“Egyptian cat” had 61.0%. Without this part, 25.0% of the photo, the head predicts 1.0%; with the part blurred, "
    "the network says 5.0%."
)
WHY = (
    "The network differs from the prediction by +2.50 logits, mostly because the cells that are left saw beyond their "
    "square: +1.75 is theirs; +0.75 comes from the filled ones."
)
ONE: dict[str, Any] = {
    "explanation_id": ID,
    "subject": CAT,
    "versus": None,
    "change": "erase",
    "fill": "blur",
    "place": {"kind": "evidence", "cells": [[1, 0], [0, 0]], "area": 0.25},
    "scale": 1,
    "grid": {"rows": 2, "columns": 2, "cell_width": 250, "cell_height": 187.5, "left": 0, "top": 0},
    "pixels": "stored",
    "linear": True,
    "before": {"logit": 9.125, "probability": 0.61, "margin": None, "top": [TOP]},
    "predicted": {
        "logit": 1.25,
        "probability": 0.01,
        "margin": None,
        "top": [TOP | {"logit": 1.25, "probability": 0.01}],
    },
    "actual": {"logit": 3.75, "probability": 0.05, "margin": None, "top": [TOP | {"logit": 3.75, "probability": 0.05}]},
    "classes": [
        CAT
        | {
            "before": {"logit": 9.125, "probability": 0.61},
            "predicted": {"logit": 1.25, "probability": 0.01},
            "actual": {"logit": 3.75, "probability": 0.05},
        }
    ],
    "contributions": [CAT | {"given": 7.875, "taken": 0, "share_of_given": 0.78, "share_of_taken": 0}],
    "split": {"difference": 2.5, "context": 1.75, "filling": 0.75, "rescaling": 0},
    "sentences": [HAPPENED, WHY],
    "picture_url": f"/api/v1/explanations/{ID}/counterfactual.jpg?class=index:285&change=erase&fill=blur&evidence=0.2",
    "timing_ms": TIMING,
}
CURVE: dict[str, Any] = {
    "explanation_id": ID,
    "subject": CAT,
    "versus": None,
    "fill": "blur",
    "scale": 1,
    "cells": [0, 2, 4],
    "shares": [0, 0.5, 1],
    "deletion": {"by_map": LINE, "by_chance": CHANCE},
    "insertion": {"by_map": CHANCE, "by_chance": LINE},
    "sentence": "The map passes this test: “Egyptian cat” is lost sooner when the strongest cells go first (mean "
    "probability 0.165, by chance 0.305), and found sooner when they come first (0.305, by chance 0.165).",
    "timing_ms": TIMING,
}
