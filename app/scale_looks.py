"""What a photo's network says at another scale, or at several fused, as it is kept beside the explanation."""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app import looks
from app.errors import NotFound
from app.looks import Input, Look
from app.numbers import UNREADABLE, Numbers, finite_numbers, npy, numbers_of
from app.rows import ExplanationRow
from app.scaled import Scaled, Told
from model.cam import Array, residual

TIMES = ("decode", "queue", "forward", "cam", "total")


@dataclass(frozen=True)
class ScaleLook:
    """One choice of scale, answered.

    Attributes:
        name: of the choice (model/scales.py)
        look: all numbers; of several looks their means
        told: the looks that were taken
        logits: of each of them, (V, K)
        times: milliseconds in TIMES
    """

    name: str
    look: Look
    told: tuple[Told, ...]
    logits: Array
    times: dict[str, float]


def scores_name(name: str) -> str:
    """The file with everything but the maps."""
    return f"scale-{name}.npz"


def cams_name(name: str) -> str:
    """The file with the maps."""
    return f"scale-{name}-cams.npy"


def new_look(name: str, scaled: Scaled, decode_ms: float, total_ms: float) -> ScaleLook:
    """What has just been computed, of the stored copy.

    Args:
        name: of the choice
        scaled: the answer
        decode_ms: until the inputs were there
        total_ms: all of it; looks may have been waiting side by side, so waiting is what is left of it

    Raises:
        InferenceError: some numbers are not finite
    """
    answer = scaled.answer
    seen = Input(answer.input_width, answer.input_height, answer.scale, answer.stretch)
    look = Look(finite_numbers(numbers_of(answer)), answer.grid, seen)
    forward_ms, cam_ms = answer.timing.forward_ms, answer.timing.cam_ms
    queue_ms = max(0.0, total_ms - decode_ms - forward_ms - cam_ms)
    times = dict(zip(TIMES, (decode_ms, queue_ms, forward_ms, cam_ms, total_ms), strict=True))
    return ScaleLook(name, look, scaled.told, scaled.logits, times)


def own_look(name: str, row: ExplanationRow, numbers: Numbers) -> ScaleLook:
    """An explanation's own numbers: the answer at its own scale, of the uploaded file's pixels."""
    look = looks.look_at_upload(row, numbers)
    rows, columns = (0, 0) if numbers.maps is None else numbers.maps.shape[1:]
    off = 0.0
    if numbers.maps is not None:
        off = float(np.abs(residual(np.asarray(numbers.maps), numbers.bias, numbers.logits)).max())
    told = Told(row.scale, False, row.input_width, row.input_height, rows, columns, off, row.timing["forward"])
    return ScaleLook(name, look, (told,), numbers.logits[None], dict(row.timing))


def files(kept: ScaleLook) -> dict[str, bytes]:
    """As they are kept; who finds the last one finds all."""
    arrays: dict[str, Any] = looks.arrays_of(kept.look) | {
        "told": np.array([astuple(one) for one in kept.told], dtype=np.float64),
        "told_logits": kept.logits,
        "times": np.array([kept.times[name] for name in TIMES]),
    }
    maps = kept.look.numbers.maps
    found = {} if maps is None else {cams_name(kept.name): npy(maps)}
    return found | {scores_name(kept.name): looks.packed(arrays)}


def read(name: str, file: Callable[[str], Path]) -> ScaleLook | None:
    """What is kept of a choice; None where it is not there or cannot be read: it is made again.

    Args:
        name: of the choice
        file: finds one of the explanation's files, or raises NotFound
    """
    try:
        with file(scores_name(name)).open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            maps = np.load(file(cams_name(name)), mmap_mode="r") if "grid" in arrays else None
            told = tuple(_told(line) for line in arrays["told"].tolist())
            times = dict(zip(TIMES, arrays["times"].tolist(), strict=True))
            return ScaleLook(name, looks.look_of(arrays, maps), told, arrays["told_logits"], times)
    except (NotFound, *UNREADABLE):
        return None


def _told(line: list[float]) -> Told:
    scale, mirrored, width, height, rows, columns, off, forward_ms = line
    return Told(scale, bool(mirrored), int(width), int(height), int(rows), int(columns), off, forward_ms)
