"""How concentrated a map's evidence is: one number that means the same on every grid.

    given G[i]        max(M[i], 0): what cell i adds to the logit
    strongest tenth   the n / 10 of the n cells that give most; where that is no whole number, the last one in part
    concentration     what the strongest tenth gives / what all cells give

A map that gives evenly has 0.1 whatever its cells; one whose evidence lies in a tenth of the cells or less has 1. Of
fewer than ten cells the strongest tenth is a part of one cell, so that n cells have n / 10 at most: a grid says no more
than it can. static/js/concentration.js computes it by the same rule; tests compare the two.
"""

import math

import numpy as np

from model.cam import Array

STRONGEST_SHARE = 0.1


def concentration(values: Array) -> float | None:
    """The part of what a map's cells give that comes from the strongest tenth of them.

    Args:
        values: a map of any shape, in logits

    Returns:
        from 0.1 (evenly) to 1; None where no cell gives anything
    """
    given = np.sort(np.maximum(values, 0).ravel().astype(np.float64))[::-1]
    whole = float(given.sum())
    if not whole > 0:
        return None
    cells = given.size * STRONGEST_SHARE
    full = math.floor(cells)
    partly = float(given[full]) * (cells - full) if full < given.size else 0.0
    return min(1.0, (float(given[:full].sum()) + partly) / whole)
