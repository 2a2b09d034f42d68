"""Pictures of cells: never so narrow that they can't be told apart, pale, with a line around those that matter."""

import numpy as np
import pytest

from app.learn_pieces import LONGEST, MOST_ELONGATED, cell_size, is_widened, outline, pale
from tests.node import answers


@pytest.mark.parametrize(
    ("photo", "shape"), [((451, 300), (7, 10)), ((60, 2400), (32, 1)), ((2400, 40), (1, 32)), ((1, 1), (7, 7))]
)
def test_a_picture_is_never_narrower_than_lets_cells_be_told_apart(
    photo: tuple[int, int], shape: tuple[int, int]
) -> None:
    rows, columns = shape
    wide, high = cell_size(photo, rows, columns)
    width, height = wide * columns, high * rows
    assert max(width, height) <= LONGEST + max(rows, columns)
    assert min(width, height) >= LONGEST / MOST_ELONGATED - max(rows, columns)
    if not is_widened(photo):
        assert width / height == pytest.approx(photo[0] / photo[1], rel=0.03)
    [[across, down]] = answers("pieces", "cellSize", [[*photo, {"rows": rows, "columns": columns}]])
    assert across * columns / (down * rows) == pytest.approx(width / height, rel=0.03)


def test_a_line_goes_around_cells_and_not_between_them() -> None:
    assert len(outline((3, 4), {5})) == 4
    assert len(outline((3, 4), {5, 6})) == 6
    assert len(outline((3, 4), range(12))) == 14
    assert ((1, 2), (2, 2)) not in outline((3, 4), {5, 6})
    assert outline((3, 4), ()) == []


def test_pale_shades_are_the_lighter_half_in_their_order() -> None:
    shades = pale(np.arange(256, dtype=np.uint8))
    assert shades.min() == 128
    assert shades.max() == 255
    assert (np.diff(shades.astype(int)) >= 0).all()
