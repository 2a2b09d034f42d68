"""An example of panels side by side, for the OpenAPI document."""

from app.documents import ID, IMAGE, MODEL
from app.documents_compare import GRID, INPUT

PANELS = [f"{ID},class:285", f"{ID},class:281,against:285"]
SHOWN = {"index": 285, "label": "Egyptian cat", "probability": 0.61, "logit": 9.125}
OTHER = {"index": 281, "label": "tabby", "probability": 0.3, "logit": 8.5}
COMMON = {
    "explanation_id": ID,
    "model": MODEL,
    "pixels": "uploaded",
    "image": IMAGE,
    "input": INPUT,
    "grid": GRID,
    "fused": False,
}
ANSWER = {
    "items": [
        COMMON
        | {
            "panel": PANELS[0],
            "shown": SHOWN,
            "versus": None,
            "score": 9.125,
            "bias": 0.125,
            "residual": 0,
            "cam": [[31.5, 6.5], [2.25, -4.25]],
            "limit": 31.5,
        },
        COMMON
        | {
            "panel": PANELS[1],
            "shown": OTHER,
            "versus": SHOWN,
            "score": -0.625,
            "bias": -0.125,
            "residual": 0,
            "cam": [[-2, 1], [0.5, -1.5]],
            "limit": 2,
        },
    ],
    "limit": 31.5,
    "picture_url": f"/api/v1/panels.png?panel={PANELS[0]}&panel={PANELS[1]}",
    "page_url": f"/panels?panel={PANELS[0]}&panel={PANELS[1]}",
}
