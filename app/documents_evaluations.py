"""Examples for the OpenAPI document: evaluations."""

import json
from typing import Any

from app.documents import BINARY, BUNDLE

EVALUATION_ID = "5e8c1a7f3b2d4960a1c2e3f4051627d8"
URL = f"/api/v1/evaluations/{EVALUATION_ID}"
EVALUATION: dict[str, Any] = {
    "id": EVALUATION_ID,
    "name": "insects",
    "model": BUNDLE,
    "model_name": "efficientnet_lite0",
    "state": "running",
    "created_at": "2026-01-31T12:00:00Z",
    "started_at": "2026-01-31T12:00:01Z",
    "ended_at": None,
    "position": None,
    "stopping": False,
    "asked": {
        "model": None, "dataset": None, "folder": "/srv/insects", "split": "val", "limit": None,
        "labels": {"ants": "ant"}, "boxes": "boxes.csv", "masks": None, "scales": ["1", "fused"], "faithfulness": 50,
        "sanity": 0, "threshold_step": 0.01, "seed": 0,
    },
    "pictures": 244,
    "stage": "pictures",
    "progress": {"stage": "pictures", "done": 80, "total": 244, "seconds_left": None},
    "problems": [],
    "accuracy": None,
    "error": None,
    "yours": True,
    "url": URL,
    "metrics_url": None,
    "pictures_url": None,
    "report_url": None,
    "page_url": f"/evaluations/{EVALUATION_ID}",
}  # fmt: skip
WAITING = EVALUATION | {"state": "waiting", "started_at": None, "position": 1, "stage": None, "progress": None}
DONE = EVALUATION | {
    "state": "done",
    "ended_at": "2026-01-31T12:00:20Z",
    "stage": "measure",
    "progress": None,
    "accuracy": 0.954,
    "metrics_url": f"{URL}/metrics",
    "pictures_url": f"{URL}/pictures",
    "report_url": f"{URL}/report.html",
}
STOPPING = EVALUATION | {"stopping": True}
EVALUATIONS = {"items": [DONE, WAITING]}
MARKS = {"items": [{"left": 300, "top": 340, "right": 480, "bottom": 370}]}
PICTURE = {
    "number": 17,
    "path": "ants/17.jpg",
    "width": 500,
    "height": 375,
    "true": [{"index": 310, "label": "ant"}],
    "said": {"index": 310, "label": "ant"},
    "probability": 0.91,
    "probability_true": 0.91,
    "margin": 3.5,
    "loss": 0.094,
    "right": True,
    "groups": ["outside", "place"],
    "grid": {"rows": 7, "columns": 9, "cell_width": 55.5, "cell_height": 53.5, "left": 0, "top": 0},
    "boxes": [[120, 40, 380, 300]],
    "evidence": {
        "inside": 0.25, "pointing": False, "border": 0.5, "corners": [0, 0, 0, 0.375],
        "edges": [0, 0, 0.375, 0.5], "concentration": 0.5, "given": 9.25,
    },
    "marks": MARKS["items"],
    "thumbnail_url": f"{URL}/thumbnails/17",
    "photo_url": f"{URL}/photos/17",
    "map_url": f"{URL}/maps/17.npy",
    "overlay_url": f"{URL}/overlays/17.png",
    "true_map_url": f"{URL}/maps/17.npy?of=true",
    "true_overlay_url": f"{URL}/overlays/17.png?of=true",
}  # fmt: skip
PICTURES = {
    "items": [PICTURE],
    "total": 61,
    "groups": {"wrong": 11, "sure": 3, "outside": 9, "border": 4, "place": 6, "spread": 12, "tiny": 0},
    "next": "1",
}
METRICS = {
    "schema_version": 1,
    "model": {"id": BUNDLE, "name": "efficientnet_lite0", "head": "gap", "labels": ["ant", "bee"]},
    "data": {"name": "insects", "pictures": 244, "unreadable": 0, "classes": {"0": 123, "1": 121}},
    "classification": {"accuracy": 0.954, "macro_f1": 0.953},
}
COCO = {
    "images": [{"id": 17, "file_name": "ants/17.jpg", "width": 500, "height": 375}],
    "annotations": [
        {"id": 1, "image_id": 17, "category_id": 310, "iscrowd": 0, "bbox": [120, 40, 260, 260], "area": 67600}
    ],
    "categories": [{"id": 310, "name": "ant"}],
}
TEXT = {"type": "string"}


def json_file(sentence: str, example: object) -> dict[int | str, Any]:
    """An answer that is a file of JSON whose fields are told elsewhere."""
    content = {"schema": {"type": "object"}, "example": json.dumps(example)}  # as text: see app/documents.py
    return {200: {"description": sentence, "content": {"application/json": content}}}


FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "model": TEXT | {"description": "The id or name of the model; default the server's first."},
                        "dataset": TEXT | {"description": "The id of uploaded pictures; this or `folder`."},
                        "folder": TEXT | {"description": "A folder on the server that its operator allows."},
                        "split": TEXT
                        | {"description": "`train`: of data with a split the pictures to learn from; default `val`."},
                        "limit": TEXT | {"description": "A sample of so many pictures; default all."},
                        "labels": TEXT
                        | {"description": "What labels of the data are called by the network: lines as `ants=ant`."},
                        "boxes": BINARY
                        | {"description": "Where things are: CSV, COCO JSON, a Pascal VOC XML or a zip of these."},
                        "masks": BINARY | {"description": "Outlines: COCO JSON, or a zip of PNGs named like them."},
                        "scales": TEXT | {"description": "Ways to look, with commas: 1, 1.5, 2, 3, fused."},
                        "faithfulness": TEXT
                        | {"description": "Ask about so many pictures again without their evidence, such as 50."},
                        "sanity": TEXT
                        | {"description": "Compare so many maps with those of the network as it forgets, such as 30."},
                        "threshold_step": TEXT | {"description": "Between thresholds of a map; default 0.01."},
                        "seed": TEXT | {"description": "Of whatever samples are drawn; default 0."},
                    },
                }
            }
        },
    }
}
