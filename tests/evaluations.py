"""Folders of coloured pictures to evaluate the tiny networks of tests/bundles.py on."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from app.cli import main
from model.evaluation.folder import EvaluationFolder
from model.evaluation.records import EvaluationMetrics
from tests.bundles import LABELS
from tests.pictures import BLUE, GREEN, RED, encoded

COLOURS = {"red": RED, "green": GREEN, "blue": BLUE, "dark": (5, 5, 5)}
SIZE = (96, 64)
BOX = (8, 4, 72, 52)
"""Where the coloured square of a picture lies: left, top, right, bottom."""


def square(label: str, size: tuple[int, int] = SIZE, ground: tuple[int, int, int] = (130, 130, 130)) -> Image.Image:
    """A square in the colour of a class, on a ground."""
    image = Image.new("RGB", size, ground)
    image.paste(COLOURS[label], BOX)
    return image


def write_boxes(table: Path, data: Path) -> Path:
    """A table of where the squares of a folder are."""
    edges = ",".join(map(str, BOX))
    rows = [f"{file},{file.parent.name},{edges}\n" for file in sorted(data.rglob("*.png"))]
    table.write_text("path,label,left,top,right,bottom\n" + "".join(rows))
    return table


def write_masks(folder: Path, data: Path) -> Path:
    """A mask of each square of a folder."""
    for file in data.rglob("*.png"):
        mask = Image.new("L", SIZE)
        mask.paste(1, BOX)
        target = folder / file.relative_to(data)
        target.parent.mkdir(parents=True, exist_ok=True)
        mask.save(target)
    return folder


def write_squares(root: Path, count: int = 3, labels: tuple[str, ...] = LABELS[:3], wrong: int = 0) -> Path:
    """Pictures in class folders, so many a class; the first `wrong` of the first class show the second's colour."""
    for label in labels:
        (root / label).mkdir(parents=True)
        for number in range(count):
            shown = labels[1] if label == labels[0] and number < wrong else label
            image = square(shown)
            (root / label / f"{number}.png").write_bytes(encoded(image, "PNG"))
    return root


def camscope(*arguments: object) -> int:
    """Evaluate as a person types it; the status that the command ends with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["camscope", "evaluate", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
    return int(end.value.code or 0)


def metrics_of(out: Path) -> EvaluationMetrics:
    """What an evaluation that is done came to."""
    found = EvaluationFolder(out).metrics()
    assert found is not None
    return found
