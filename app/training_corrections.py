"""What a training from the browser is to unlearn, as the table that `camscope train --corrections` reads."""

import csv
from collections.abc import Sequence
from pathlib import Path

from app.schemas_trainings import WrongReason
from app.training_store import CORRECTIONS
from model.boxes import EDGES
from model.corrections import CONTENT


def write_corrections(asked: Sequence[WrongReason], folder: Path) -> None:
    """Write the table into a training's folder.

    Raises:
        OSError: no space
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CORRECTIONS).open("x", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("path", *EDGES, "label"))
        for one in asked:
            edges = (one.left, one.top, one.right, one.bottom)
            table.writerow((f"{CONTENT}{one.picture}", *edges, one.label or ""))
