"""An example of a score, channel by channel, for the OpenAPI document."""

from app.documents import EXPLANATION, ID, MODEL

CHANNELS = {
    "explanation_id": ID,
    "model": MODEL,
    "chosen": {"index": 285, "label": "Egyptian cat"},
    "versus": None,
    "pixels": "stored",
    "input": EXPLANATION["input"],
    "grid": EXPLANATION["grid"],
    "total": 1280,
    "channels": [
        {"index": 417, "weight": 0.5, "activation": 3.5, "contribution": 1.75, "map": [[6, 1], [0.5, -0.5]]},
        {"index": 90, "weight": -0.25, "activation": 2, "contribution": -0.5, "map": [[-1, -0.5], [-0.5, 0]]},
    ],
    "rest": {"channels": 1278, "contribution": 7.75},
    "given": 14.25,
    "taken": 5.25,
    "bias": 0.125,
    "logit": 9.125,
    "residual": 0,
}
