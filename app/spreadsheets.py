"""Numbers of an explanation as CSV (RFC 4180): what a spreadsheet or `pandas.read_csv` takes.

Numbers in logits keep float32's full precision, in its shortest decimal form, as in the JSON.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from app.decimals import as_sent
from app.numbers import Numbers
from model.cam import Array
from model.geometry import Grid, cell_area

CAM_HEAD = ("row", "column", "left", "top", "right", "bottom", "value", "contribution")
SCORES_HEAD = ("index", "label", "logit", "probability", "bias")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COORDINATE_DIGITS = 3


def cam_csv(values: Array, grid: Grid, photo_size: tuple[int, int]) -> str:
    """A map cell by cell, row by row; the contributions and the bias add up to the logit.

    Args:
        values: (rows, columns), in logits
        grid: where the cells lie on the photo
        photo_size: its (width, height); cells are cut to it
    """
    cells = values.size

    def rows() -> Iterable[Sequence[object]]:
        for row, line in enumerate(as_sent(values)):
            for column, value in enumerate(line):
                area = (round(edge, COORDINATE_DIGITS) for edge in cell_area(grid, row, column, photo_size))
                yield row, column, *area, value, value / cells

    return written_csv(CAM_HEAD, rows())


def scores_csv(labels: Sequence[str], numbers: Numbers) -> str:
    """Every class's numbers, in the order of the labels; no bias where the network has no maps."""
    columns = [as_sent(numbers.logits), as_sent(numbers.probabilities)]
    columns.append([""] * len(labels) if numbers.maps is None else as_sent(numbers.bias))
    rows = (
        (index, plain_text(label), *line) for index, (label, *line) in enumerate(zip(labels, *columns, strict=True))
    )
    return written_csv(SCORES_HEAD, rows)


def plain_text(label: str) -> str:
    """A label that no spreadsheet takes for a formula: whoever made the bundle wrote it."""
    return f"'{label}" if label.startswith(FORMULA) else label


def written_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(head)
    writer.writerows(rows)
    return stream.getvalue()
