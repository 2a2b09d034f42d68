"""What one network says of a photo that others look at too: its numbers, and where its cells lie.

Networks are compared on the very same pixels: those of the stored copy, since the uploaded file is
not kept. A look is kept beside the explanation whose copy it is of (app/folders.py) and goes with it.
"""

import io
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.answers import Model
from app.numbers import UNREADABLE, Numbers, finite_numbers, numbers_of
from app.rows import ExplanationRow
from app.schemas import InputInfo
from model.cam import Array
from model.classifier import Explanation as ClassifierAnswer
from model.geometry import Grid

STORED, UPLOADED = "stored", "uploaded"


@dataclass(frozen=True)
class Input:
    """The array a network saw: (width, height) in pixels, the scale asked for, and the stretch from rounding."""

    width: int
    height: int
    scale: float
    stretch: float

    def info(self) -> InputInfo:
        """For JSON."""
        return InputInfo(width=self.width, height=self.height, scale=self.scale, stretch=round(self.stretch, 6))


@dataclass(frozen=True)
class Look:
    """One network's answer to a photo.

    Attributes:
        numbers: all classes
        grid: where the cells lie on the uploaded photo; None where there are no maps
        input: the array the network saw
        pixels: STORED for the stored copy, UPLOADED for the uploaded file's own
    """

    numbers: Numbers
    grid: Grid | None
    input: Input
    pixels: str = STORED


@dataclass(frozen=True)
class Side:
    """A network and its look."""

    model: Model
    look: Look


def file_name(bundle_id: str) -> str:
    """What a bundle's look is called among an explanation's files."""
    return f"look-{bundle_id}.npz"


def look_at_copy(answer: ClassifierAnswer, copy_size: tuple[int, int], photo_size: tuple[int, int]) -> Look:
    """A classifier's answer to a copy of a photo, with its cells laid on the photo itself.

    Args:
        answer: of the classifier
        copy_size: (width, height) of what it was given
        photo_size: (width, height) of the photo

    Raises:
        InferenceError: some numbers are not finite
    """
    across, down = photo_size[0] / copy_size[0], photo_size[1] / copy_size[1]
    grid = answer.grid and replace(
        answer.grid,
        cell_width=answer.grid.cell_width * across,
        left=answer.grid.left * across,
        cell_height=answer.grid.cell_height * down,
        top=answer.grid.top * down,
    )
    seen = Input(answer.input_width, answer.input_height, answer.scale, answer.stretch)
    return Look(finite_numbers(numbers_of(answer)), grid, seen)


def look_at_upload(row: ExplanationRow, numbers: Numbers) -> Look:
    """What an explanation says already, of the uploaded file's pixels."""
    grid = None if row.grid is None else Grid(**row.grid)
    return Look(numbers, grid, Input(row.input_width, row.input_height, row.scale, row.stretch), UPLOADED)


def arrays_of(look: Look) -> dict[str, Any]:
    """All of a look but its maps, as arrays."""
    numbers = look.numbers
    arrays: dict[str, Any] = {
        "logits": numbers.logits,
        "probabilities": numbers.probabilities,
        "bias": numbers.bias,
        "input": np.array(astuple(look.input), dtype=np.float64),
    }
    if look.grid is not None:
        arrays["grid"] = np.array(astuple(look.grid), dtype=np.float64)
    return arrays


def look_of(arrays: Mapping[str, Any], maps: Array | None) -> Look:
    """A look of the stored copy, from what `arrays_of` made of it.

    Raises:
        KeyError, ValueError, TypeError: they are not a look's
    """
    width, height, scale, stretch = arrays["input"].tolist()
    grid = None
    if "grid" in arrays:
        rows, columns, *lengths = arrays["grid"].tolist()
        grid = Grid(int(rows), int(columns), *lengths)
    numbers = Numbers(arrays["logits"], arrays["probabilities"], arrays["bias"], maps)
    return Look(numbers, grid, Input(int(width), int(height), scale, stretch))


def encode(look: Look) -> bytes:
    """As a file: NumPy's own format, nothing pickled."""
    arrays = arrays_of(look)
    if look.numbers.maps is not None:
        arrays["maps"] = look.numbers.maps
    return packed(arrays)


def packed(arrays: Mapping[str, Any]) -> bytes:
    """Arrays as a file in NumPy's own format."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def decode(path: Path) -> Look | None:
    """A look from its file; None where there is none that can be read: it is made again."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return look_of(file, file.get("maps"))
    except UNREADABLE:
        return None
