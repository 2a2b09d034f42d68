"""Explanations to keep, made up."""

import contextlib
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.folders import PHOTO
from app.numbers import Numbers
from app.rows import ExplanationRow
from app.store import Store

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
    return {PHOTO: b"photo", **NUMBERS.files()}


def row(explanation_id: str, owner: str = OWNER, age_days: float = 0) -> ExplanationRow:
    return ExplanationRow(
        id=explanation_id, owner=owner, created_at=datetime.now(UTC) - timedelta(days=age_days), bundle_id="tiny-1",
        photo_sha256="c" * 64, photo_width=30, photo_height=20, stored_width=30, stored_height=20, scale=1.0,
        input_width=32, input_height=32, stretch=0.0, grid=None, predictions=[{"index": 1}], timing={"total": 1.0},
    )  # fmt: skip


def keep(store: Store, owner: str = OWNER, age_days: float = 0) -> str:
    explanation_id = store.new_id()
    store.keep(row(explanation_id, owner, age_days), files(), BUNDLE).result()
    return explanation_id


def orphan(folder: Path, files_too: bool = True) -> str:
    """What a crash leaves between the files and the row, or before the files."""
    explanation_id = secrets.token_hex(16)
    left = folder / "explanations" / explanation_id[:2] / explanation_id
    left.mkdir(parents=True)
    for name, content in files().items() if files_too else ():
        (left / name).write_bytes(content)
    return explanation_id


def stored_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "explanations").rglob("*") if path.is_file())


@contextlib.contextmanager
def quietly(_: int, __: str) -> Iterator[Callable[[], None]]:
    """Show no progress."""
    yield lambda: None
