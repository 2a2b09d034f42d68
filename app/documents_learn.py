"""An example of what is inside a network, for the OpenAPI document."""

from app.documents import EXPLANATION, MODEL

LAYERS = {
    "photo": "chelsea",
    "model": MODEL,
    "input": EXPLANATION["input"],
    "layers": [
        {
            "name": "bn1.act",
            "operation": "Clip",
            "channels": 32,
            "rows": 112,
            "columns": 144,
            "size": 516096,
            "minimum": 0,
            "maximum": 6,
            "mean": 0.75,
            "zeros": 0.375,
            "strongest": [5, 17, 2],
        }
    ],
    "predictions": [{"index": 285, "label": "Egyptian cat", "probability": 0.61, "logit": 9.125}],
}
