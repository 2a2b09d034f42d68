"""Maps to outline: of every shape and place."""

import numpy as np

from model.cam import Array
from model.geometry import Grid

Case = tuple[Array, Grid, tuple[int, int]]


def covering(rows: int, columns: int, photo: tuple[int, int]) -> Grid:
    """A grid that covers a photo of (width, height)."""
    return Grid(rows, columns, photo[0] / columns, photo[1] / rows, 0, 0)


def random_map(rows: int, columns: int, seed: int) -> Array:
    """In logits, both signs."""
    return np.random.default_rng(seed).normal(0, 5, (rows, columns)).astype(np.float32)


def _peaked(rows: int, columns: int) -> Array:
    """Two hills and a hollow, as a network's maps are."""
    y, x = np.mgrid[:rows, :columns]
    hills = 20 * np.exp(-((x - 3) ** 2 + (y - 4) ** 2) / 6) + 9 * np.exp(-((x - 12) ** 2 + (y - 9) ** 2) / 9)
    return np.asarray(hills - 6 * np.exp(-((x - 9) ** 2 + (y - 2) ** 2) / 12) - 0.5, dtype=np.float32)


MAPS: dict[str, Case] = {
    "hills": (_peaked(14, 19), covering(14, 19, (640, 480)), (640, 480)),
    "noise": (random_map(14, 19, 0), covering(14, 19, (500, 375)), (500, 375)),
    "large photo": (random_map(7, 9, 1), covering(7, 9, (4032, 3024)), (4032, 3024)),
    "inset": (random_map(5, 5, 2), Grid(5, 5, 61.3, 47.9, 21.7, -8.25), (343, 255)),
    "one cell": (np.array([[3.5]], dtype=np.float32), covering(1, 1, (90, 30)), (90, 30)),
    "one row": (random_map(1, 12, 4), covering(1, 12, (180, 40)), (180, 40)),
    "all negative": (-np.abs(random_map(7, 7, 5)), covering(7, 7, (224, 224)), (224, 224)),
    "all zero": (np.zeros((7, 7), dtype=np.float32), covering(7, 7, (224, 224)), (224, 224)),
    "rectified": (np.maximum(random_map(13, 13, 6), 0), covering(13, 13, (227, 227)), (227, 227)),
    "tiny photo": (random_map(7, 7, 7), covering(7, 7, (1, 1)), (1, 1)),
    "long photo": (random_map(2, 16, 8), covering(2, 16, (3000, 5)), (3000, 5)),
}
