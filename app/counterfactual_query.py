"""What is asked of an altered photo, from a request's body or its address."""

import numpy as np

from app.alterations import Alteration
from app.errors import Unusable
from app.schemas_counterfactual import EVIDENCE, CounterfactualAsked, Subject
from model.counterfactual import Change, Fill
from model.coverage import Cells, Outline, Place, Region


def alteration_of(asked: CounterfactualAsked) -> Alteration:
    """The alteration that a checked question means.

    Raises:
        Unusable: a place that is none
    """
    return Alteration(_where(asked), asked.label, asked.versus, Change(asked.change), Fill(asked.fill))


def alteration_about(asked: Subject) -> Alteration:
    """A class, another one and a fill; where is left to whoever asks."""
    return Alteration(EVIDENCE, asked.label, asked.versus, fill=Fill(asked.fill))


def numbers_in(text: str, field: str) -> list[float]:
    """Numbers with commas between them.

    Raises:
        Unusable: some are none
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise Unusable(f"'{field}' takes numbers with commas between them.") from None


def points_in(text: str, field: str) -> list[list[float]]:
    """An outline from "x,y,x,y,…"."""
    numbers = numbers_in(text, field)
    if len(numbers) % 2:
        raise Unusable(f"'{field}' takes two numbers for each point: x,y,x,y,…")
    return [numbers[first : first + 2] for first in range(0, len(numbers), 2)]


def rows_in(text: str, field: str) -> list[list[float]]:
    """Parts of cells from "0,1,0.5;1,1,0": a semicolon between rows."""
    return [numbers_in(row, field) for row in text.split(";")]


def _where(asked: CounterfactualAsked) -> Place | float:
    if asked.region is not None:
        left, top, right, bottom = asked.region
        if left >= right or top >= bottom:
            raise Unusable("'region' takes left, top, right, bottom, with left < right and top < bottom.")
        return Region(left, top, right, bottom)
    if asked.polygon is not None:
        return Outline(tuple((x, y) for x, y in asked.polygon))
    if asked.cells is not None:
        if len({len(row) for row in asked.cells}) > 1:
            raise Unusable("'cells' takes rows of equal length.")
        return Cells(np.array(asked.cells, dtype=np.float64))
    return EVIDENCE if asked.evidence is None else asked.evidence
