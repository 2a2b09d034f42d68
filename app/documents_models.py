"""Examples for the OpenAPI document: models."""

from typing import Any

from app.documents import BUNDLE, archive_form
from app.documents_trainings import EPOCH

LAYER = {
    "name": "conv_stem",
    "kind": "Conv2d",
    "shape": [32, 112, 112],
    "size": 401408,
    "parameters": 864,
    "head": False,
}
HEAD_LAYER = {
    "name": "classifier",
    "kind": "Linear",
    "shape": [1000],
    "size": 1000,
    "parameters": 1281000,
    "head": True,
}
MODEL: dict[str, Any] = {
    "id": BUNDLE,
    "name": "efficientnet_lite0",
    "created_at": "2026-01-31T12:00:00Z",
    "architecture": "timm/tf_efficientnet_lite0",
    "classes": 1000,
    "labels_url": f"/api/v1/models/{BUNDLE}/labels",
    "head": "gap",
    "activation": "softmax",
    "exact": True,
    "channels": 1280,
    "input_side": 256,
    "parameters": 4652008,
    "head_parameters": 1281000,
    "layers": [LAYER, HEAD_LAYER],
    "layers_side": 224,
    "metrics": {"accuracy": 0.954, "macro_f1": 0.953, "loss": 0.142, "val": 153},
    "metrics_url": f"/api/v1/models/{BUNDLE}/metrics",
    "report_url": f"/api/v1/models/{BUNDLE}/report",
    "archive_url": f"/api/v1/models/{BUNDLE}/archive",
    "page_url": f"/models/{BUNDLE}",
    "provenance": {"architecture": "timm/tf_efficientnet_lite0", "weights": {"file": "weights.pth"}},
    "bytes": 38_500_000,
    "default": False,
    "changeable": True,
    "unchangeable_reason": None,
}
MISTAKE = {
    "path": "val/ants/1.jpg",
    "true": [0],
    "said": 1,
    "shown": 0,
    "probability": 0.9,
    "probability_shown": 0.1,
    "loss": 2.3,
    "thumbnail": "/9j/4AAQSkZJRg==",
    "width": 160,
    "height": 120,
    "grid": {"rows": 1, "columns": 2, "cell_width": 80, "cell_height": 120, "left": 0, "top": 0},
    "said_cam": [[3.5, -0.25]],
    "true_cam": [[1.5, 0.5]],
}
METRICS: dict[str, Any] = {
    "schema_version": 1,
    "name": "insects",
    "base": BUNDLE,
    "head": "gap",
    "created_at": "2026-01-31T12:00:00Z",
    "labels": ["ants", "bees"],
    "multi_label": False,
    "accuracy": 0.75,
    "macro_f1": 0.75,
    "loss": 0.4,
    "chosen": "head",
    "candidates": [{"stage": "head", "epoch": 12, "held_out_loss": 0.3, "held_out_accuracy": 0.9}],
    "counts": {"train": 195, "held_out": 49, "val": 4, "skipped": 0},
    "classes": [
        {"label": "ants", "train": 98, "val": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667},
        {"label": "bees", "train": 97, "val": 2, "precision": 0.6667, "recall": 1.0, "f1": 0.8},
    ],
    "confusion": [[1, 1], [0, 2]],
    "calibration": {"ece": 0.1, "bins": [{"lower": 0.9, "upper": 1, "count": 4, "confidence": 0.85, "accuracy": 0.75}]},
    "epochs": [EPOCH],
    "mistakes": [MISTAKE],
    "problems": [],
    "settings": {"freeze": "head"},
    "seconds": {"head": 2.5},
}
ARCHIVE_FORM = archive_form("The zip file of a model.")
