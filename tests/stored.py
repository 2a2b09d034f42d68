"""Explanations to keep, made up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.database import ExplanationRow
from app.folders import PHOTO, THUMBNAIL
from app.store import Numbers, Store

OWNER, OTHER = "a" * 64, "b" * 64
BUNDLE: dict[str, Any] = {
    "id": "tiny-1",
    "name": "tiny",
    "spec": {"labels": ["x", "y"]},
    "created_at": datetime.now(UTC),
}
NUMBERS = Numbers(
    np.array([1, 2], np.float32),
    np.array([0.25, 0.75], np.float32),
    np.array([0.5, 0.5], np.float32),
    np.arange(12, dtype=np.float32).reshape(2, 2, 3),
)


def files() -> dict[str, bytes]:
    return {PHOTO: b"photo", THUMBNAIL: b"small", **NUMBERS.files()}


def row(explanation_id: str, owner: str = OWNER, age_days: float = 0) -> ExplanationRow:
    return ExplanationRow(
        id=explanation_id, owner=owner, created_at=datetime.now(UTC) - timedelta(days=age_days), bundle_id="tiny-1",
        photo_sha256="c" * 64, photo_width=30, photo_height=20, stored_width=30, stored_height=20, scale=1.0,
        input_width=32, input_height=32, stretch=0.0, grid=None, predictions=[{"index": 1}], timing={"total": 1.0},
    )  # fmt: skip


def keep(store: Store, owner: str = OWNER, age_days: float = 0) -> str:
    explanation_id = store.new_id()
    store.write_files(explanation_id, files())
    store.add(row(explanation_id, owner, age_days), BUNDLE)
    return explanation_id


def stored_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "explanations").rglob("*") if path.is_file())
