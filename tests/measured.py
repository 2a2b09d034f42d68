"""What a training might have measured, made up: small pictures, few and many classes, hostile names."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from model.metrics import (
    Calibration,
    Candidate,
    ClassFigures,
    Counts,
    EpochFigures,
    GridFigures,
    Metrics,
    Mistake,
    ReliabilityBin,
    Stage,
)
from model.photos import encode_jpeg

SIDE, ROWS = 96, 4
BINS = 10


def make_mistake(**changes: Any) -> Mistake:
    """A picture of class 0, red above blue, that was said to be class 1."""
    pixels = np.zeros((SIDE, SIDE * 4 // 3, 3), dtype=np.uint8)
    pixels[: SIDE // 2] = (200, 40, 40)
    pixels[SIDE // 2 :] = (40, 60, 200)
    cells = np.linspace(-4, 9, ROWS * ROWS).reshape(ROWS, ROWS)
    values = {
        "path": "val/red/1.jpg",
        "true": (0,),
        "said": 1,
        "shown": 0,
        "probability": 0.93,
        "probability_shown": 0.05,
        "loss": 2.99,
        "thumbnail": base64.b64encode(encode_jpeg(pixels)).decode(),
        "width": pixels.shape[1],
        "height": SIDE,
        "grid": GridFigures(
            rows=ROWS, columns=ROWS, cell_width=pixels.shape[1] / ROWS, cell_height=SIDE / ROWS, left=0, top=0
        ),
        "said_cam": cells.tolist(),
        "true_cam": (-cells[::-1] / 2).tolist(),
    }
    return Mistake.model_validate(values | changes)


def make_epochs(stage: Stage, count: int) -> list[EpochFigures]:
    """A training that gets better, and a little worse on pictures held out at last."""
    return [
        EpochFigures(
            stage=stage,
            epoch=number,
            train_loss=1.6 * 0.75**number,
            held_out_loss=1.5 * 0.8**number + 0.004 * number,
            held_out_accuracy=1 - 0.5 * 0.8**number,
            seconds=0.4 if stage == "head" else 31.5,
        )
        for number in range(1, count + 1)
    ]


def make_confusion(classes: int, each: int = 40) -> np.ndarray[Any, Any]:
    """Rows of true classes, `each` pictures of every one: most right, some taken for the next."""
    wrong = np.arange(classes) * 7 % max(2, each // 3)
    counts = np.diag(each - wrong)
    counts[np.arange(classes), (np.arange(classes) + 1) % classes] += wrong
    return counts


def make_calibration() -> Calibration:
    """Sure more often than right; nothing in the lowest bins."""
    bins = []
    for number in range(BINS):
        middle = (number + 0.5) / BINS
        empty = number < 3
        bins.append(
            ReliabilityBin(
                lower=number / BINS,
                upper=(number + 1) / BINS,
                count=0 if empty else 3 * number,
                confidence=None if empty else middle,
                accuracy=None if empty else middle**1.3,
            )
        )
    return Calibration(ece=0.061, bins=tuple(bins))


def make_metrics(labels: Sequence[str] = ("red", "green", "blue"), **changes: Any) -> Metrics:
    """What a training on pictures of these classes measured."""
    counts = make_confusion(len(labels))
    right, total = counts.diagonal(), int(counts.sum())
    said = counts.sum(axis=0)
    classes = []
    for index, label in enumerate(labels):
        precision, recall = right[index] / said[index], right[index] / counts[index].sum()
        f1 = 2 * precision * recall / (precision + recall)
        classes.append(ClassFigures(label=label, train=120, val=40, precision=precision, recall=recall, f1=f1))
    values = {
        "name": "colours",
        "base": "efficientnet_lite0-0123456789ab",
        "head": "gap",
        "created_at": datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
        "labels": tuple(labels),
        "multi_label": False,
        "accuracy": float(right.sum() / total),
        "macro_f1": float(np.mean([one.f1 for one in classes])),
        "loss": 0.213,
        "chosen": "network",
        "candidates": (
            Candidate(stage="head", epoch=20, held_out_loss=0.31, held_out_accuracy=0.91),
            Candidate(stage="network", epoch=7, held_out_loss=0.19, held_out_accuracy=0.95),
        ),
        "counts": Counts(train=120 * len(labels), held_out=24 * len(labels), val=total, skipped=2),
        "classes": tuple(classes),
        "confusion": tuple(tuple(row) for row in counts.tolist()),
        "calibration": make_calibration(),
        "epochs": (*make_epochs("head", 20), *make_epochs("network", 8)),
        "mistakes": tuple(make_mistake() for _ in range(3)),
        "problems": ("green/7.jpg cannot be read: it was left out.",),
        "settings": {"epochs": 8, "head": "gap", "optimiser": {"rate": 0.001}, "augment": True, "note": "<i>a</i>"},
        "seconds": {"features": 11.2, "head": 2.4, "network": 252.0, "validate": 3.9},
    }
    return Metrics.model_validate(values | changes)
