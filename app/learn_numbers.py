"""Small maps of numbers that people type, one row a line; static/js/typed.js reads them by the same rules."""

import re
from collections.abc import Sequence

import numpy as np

from app.contexts_learn import Grid
from app.errors import Unusable
from app.text import fixed, plain
from model.cam import Array

LONGEST_TEXT = 2000
MOST_SIDE = 16
LARGEST = 1e6
BETWEEN = re.compile(r"[\s,;]+")
LITERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def read_numbers(text: str) -> Array:
    """Typed numbers as a map, (rows, columns).

    Raises:
        Unusable: they are no map
    """
    rows = [[_number(word) for word in BETWEEN.split(line) if word] for line in text.splitlines() if line.strip()]
    if not 1 <= len(rows) <= MOST_SIDE or not 1 <= len(rows[0]) <= MOST_SIDE:
        raise Unusable(f"Type 1 to {MOST_SIDE} lines of 1 to {MOST_SIDE} numbers.")
    if any(len(row) != len(rows[0]) for row in rows):
        raise Unusable("Every line takes as many numbers as the first.")
    return np.array(rows, dtype=np.float32)


def _number(word: str) -> float:
    value = float(word) if LITERAL.fullmatch(word) else np.inf
    if not abs(value) <= LARGEST:
        raise Unusable(f"'{word[:20]}' is not a number from -1,000,000 to 1,000,000.")
    return value


def written(values: Array) -> str:
    """A map as people type it."""
    return "\n".join(" ".join(plain(value) for value in row) for row in values.tolist())


def grid(title: str, values: Array, seen: Sequence[int] = (0, 0, 0, 0)) -> Grid:
    """A map to show.

    Args:
        title: what it is
        values: (rows, columns)
        seen: the cells that stand out: top, left, bottom, right, ends excluded
    """
    top, left, bottom, right = seen
    rows = tuple(
        tuple((short(value), top <= y < bottom and left <= x < right) for x, value in enumerate(row))
        for y, row in enumerate(values.tolist())
    )
    return Grid(f"{title}, {values.shape[0]} × {values.shape[1]}", rows)


def short(value: float) -> str:
    """A number as a cell has room for: whole, or with two decimals."""
    return fixed(value, 0) if float(value).is_integer() else fixed(value, 2)


def factor(value: float) -> str:
    """A number as it stands in a product."""
    return f"({short(value)})" if value < 0 else short(value)
