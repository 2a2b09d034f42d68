"""In which order cells are taken from a photo, or given to it: the map's, and two that hang on no network.

map       the strongest cell first
chance    drawn for each picture by its number
middle    the cell nearest the photo's middle first, its sides counting as equally long

The photo seen through its map (Chattopadhay et al. 2018) keeps each cell as far as it adds to the class,
max(M, 0) / max(M). In another order the same parts are kept, of other cells.
"""

import numpy as np

from model.cam import Array
from model.coverage import Double, Size, cells_in_order
from model.geometry import Grid, Indices

MAP, CHANCE, MIDDLE = "map", "chance", "middle"
ORDERS = (MAP, CHANCE, MIDDLE)


def orders_of(values: Array, grid: Grid, size: Size, seed: tuple[int, ...]) -> dict[str, Indices]:
    """The cells of a map in each order, by row.

    Args:
        values: the map, (rows, columns)
        grid: where its cells lie
        size: (width, height) of the photo
        seed: of the order by chance
    """
    return {
        MAP: cells_in_order(values),
        CHANCE: np.random.default_rng(seed).permutation(values.size),
        MIDDLE: from_middle(grid, size),
    }


def from_middle(grid: Grid, size: Size) -> Indices:
    """The cells of a grid on a photo of (width, height), the one nearest its middle first; of equals, the first."""
    across = (grid.left + (np.arange(grid.columns) + 0.5) * grid.cell_width) / size[0] - 0.5
    down = (grid.top + (np.arange(grid.rows) + 0.5) * grid.cell_height) / size[1] - 0.5
    distance = np.hypot(down[:, None], across).round(9)  # cells as far on either side are equals
    return np.argsort(distance, axis=None, kind="stable")


def seen_through(values: Array, order: Indices) -> Double:
    """What is kept of each cell, (rows, columns), 0 to 1: what the map's order keeps, in another order.

    Args:
        values: the map, (rows, columns); where nothing is positive nothing is kept
        order: of its cells; the first gets the largest part
    """
    strengths = np.clip(values.astype(np.float64), 0, None)
    if highest := strengths.max():
        strengths /= highest
    kept = np.zeros(values.size)
    kept[order] = -np.sort(-strengths, axis=None)
    return kept.reshape(values.shape)
