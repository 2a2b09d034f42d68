"""metrics.json: what is written comes back, what is damaged is named."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from model import metrics as module
from model.errors import BundleError
from model.manifest import METRICS
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
    read_metrics,
)

MISTAKE = Mistake(
    path="val/cat/ü 1.jpg",
    true=(1,),
    said=0,
    shown=1,
    probability=0.75,
    probability_shown=0.25,
    loss=1.5,
    thumbnail="aGVsbG8=",
    width=32,
    height=16,
    grid=GridFigures(rows=1, columns=2, cell_width=16, cell_height=16, left=0, top=0),
    said_cam=((0.5, -0.25),),
    true_cam=((0.0, 1e-5),),
)
EPOCH = EpochFigures(stage="head", epoch=1, train_loss=0.5, held_out_loss=0.25, held_out_accuracy=1.0, seconds=0.1)


def measured(**changes: Any) -> Metrics:
    """Metrics with something of everything."""
    given: dict[str, Any] = {
        "name": "pets",
        "base": "tiny-0123456789ab",
        "head": "gap",
        "created_at": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        "labels": ("dog", "cat"),
        "multi_label": False,
        "accuracy": 2 / 3,
        "macro_f1": None,
        "loss": 0.1 + 0.2,
        "chosen": "network",
        "candidates": (Candidate(stage="head", epoch=3, held_out_loss=0.25, held_out_accuracy=0.5),),
        "counts": Counts(train=8, held_out=2, val=3, skipped=1),
        "classes": (ClassFigures(label="dog", train=8, val=0, precision=None, recall=None, f1=None),),
        "confusion": ((1, 0), (2, 0)),
        "calibration": Calibration(
            ece=0.0, bins=(ReliabilityBin(lower=0.0, upper=0.1, count=0, confidence=None, accuracy=None),)
        ),
        "epochs": (EPOCH,),
        "mistakes": (MISTAKE,),
        "problems": ("cat/2.jpg: empty",),
        "settings": {"seed": 0, "lr": None, "base": "embedded"},
        "seconds": {"head": 0.125},
    }
    return Metrics.model_validate({**given, **changes})


def content(metrics: Metrics) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(metrics.model_dump_json())
    return parsed


@pytest.mark.parametrize(
    "changes", [{}, {"multi_label": True, "confusion": None, "mistakes": ()}, {"macro_f1": 0.0, "accuracy": 0.0}]
)
def test_metrics_come_back_as_they_were_written(tmp_path: Path, changes: dict[str, Any]) -> None:
    metrics = measured(**changes)
    (tmp_path / METRICS).write_text(metrics.model_dump_json(indent=1), encoding="utf-8")
    assert read_metrics(tmp_path) == metrics


def test_model_folder_without_metrics_has_none(tmp_path: Path) -> None:
    assert read_metrics(tmp_path) is None
    assert read_metrics(tmp_path / "gone") is None


@pytest.mark.parametrize("damaged", ["", "{", "[]", "null", "{}", "\x00" * 10])
def test_damaged_file_is_named(tmp_path: Path, damaged: str) -> None:
    (tmp_path / METRICS).write_text(damaged)
    with pytest.raises(BundleError, match=METRICS) as refused:
        read_metrics(tmp_path)
    assert "\n" not in str(refused.value)


def test_half_a_file_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = measured().model_dump_json()
    for end in range(0, len(whole), 97):
        (tmp_path / METRICS).write_text(whole[:end])
        with pytest.raises(BundleError):
            read_metrics(tmp_path)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("schema_version", 2),
        ("accuracy", 1.5),
        ("accuracy", -0.1),
        ("loss", None),
        ("labels", "dog"),
        ("chosen", "both"),
        ("confusion", [[-1]]),
        ("created_at", "yesterday"),
        ("unknown", 1),
    ],
)
def test_value_out_of_range_is_refused(tmp_path: Path, place: str, value: object) -> None:
    (tmp_path / METRICS).write_text(json.dumps(content(measured()) | {place: value}))
    with pytest.raises(BundleError, match=METRICS):
        read_metrics(tmp_path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_never_written(value: float) -> None:
    with pytest.raises(ValidationError):
        measured(loss=value)


def test_file_larger_than_any_metrics_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = measured().model_dump_json().encode()
    (tmp_path / METRICS).write_bytes(text)
    monkeypatch.setattr(module, "MAX_METRICS_BYTES", len(text))
    assert read_metrics(tmp_path) == measured()
    monkeypatch.setattr(module, "MAX_METRICS_BYTES", len(text) - 1)
    with pytest.raises(BundleError, match="larger than any metrics are"):
        read_metrics(tmp_path)


def test_folder_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / METRICS).mkdir()
    with pytest.raises(BundleError, match=METRICS):
        read_metrics(tmp_path)
