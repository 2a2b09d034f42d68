"""Where evidence lies, computed from cells and computed again pixel by pixel."""

import numpy as np
import pytest

from model.coverage import Region
from model.evaluation.evidence import BORDER, OUTER, evidence_figures, inside
from model.evaluation.pointing import TOLERANCE, points_at
from model.evaluation.truth import Truth, parts_of_boxes, parts_of_mask
from model.evidence import PlacedMap
from model.geometry import Grid

SIZE = (120, 80)
GRID = Grid(rows=4, columns=6, cell_width=20, cell_height=20, left=0, top=0)
SHIFTED = Grid(rows=4, columns=6, cell_width=23, cell_height=21, left=-9, top=-2)
OVERLAPPING = (Region(10, 10, 50, 40), Region(30, 20, 90, 60), Region(35, 25, 45, 30))


def painted(regions: tuple[Region, ...], scale: int = 1) -> np.ndarray:
    mask = np.zeros((SIZE[1] * scale, SIZE[0] * scale), np.bool_)
    for one in regions:
        left, top, right, bottom = (round(edge * scale) for edge in (one.left, one.top, one.right, one.bottom))
        mask[top:bottom, left:right] = True
    return mask


def placed(seed: int = 0, grid: Grid = GRID) -> PlacedMap:
    return PlacedMap(np.random.default_rng(seed).normal(0, 1, (4, 6)).astype(np.float32), grid)


def pixel_share(one: PlacedMap, mask: np.ndarray) -> float:
    """The share of what whole cells of GRID give that lies on a mask of whole pixels."""
    given = np.maximum(one.values.astype(np.float64), 0).repeat(20, axis=0).repeat(20, axis=1)
    return float(given[mask].sum() / given.sum())


@pytest.mark.parametrize("grid", [GRID, SHIFTED])
def test_boxes_that_overlap_cover_a_cell_once(grid: Grid) -> None:
    by_box = parts_of_boxes(OVERLAPPING, grid, SIZE)
    assert by_box == pytest.approx(parts_of_mask(painted(OVERLAPPING), grid, SIZE), abs=1e-9)
    assert by_box.max() == pytest.approx(1)


def test_a_mask_counts_the_same_at_any_size() -> None:
    fine, coarse = painted(OVERLAPPING, 4), painted(OVERLAPPING)
    assert parts_of_mask(fine, SHIFTED, SIZE) == pytest.approx(parts_of_mask(coarse, SHIFTED, SIZE), abs=1e-9)


def test_the_share_in_boxes_is_that_of_their_pixels() -> None:
    one, mask = placed(), painted(OVERLAPPING)
    assert inside(one, Truth(OVERLAPPING), SIZE) == pytest.approx(pixel_share(one, mask))
    assert inside(one, Truth(mask=mask), SIZE) == pytest.approx(pixel_share(one, mask))
    assert Truth(OVERLAPPING).area(SIZE) == pytest.approx(mask.mean())


def test_border_and_corners_are_those_of_their_pixels() -> None:
    one = placed(1)
    found = evidence_figures(one, SIZE, None)
    across, down = round(SIZE[0] * BORDER), round(SIZE[1] * BORDER)
    frame = np.ones((SIZE[1], SIZE[0]), np.bool_)
    frame[down:-down, across:-across] = False
    assert found.border == pytest.approx(pixel_share(one, frame))
    across, down = round(SIZE[0] * OUTER), round(SIZE[1] * OUTER)
    for number, (top, left) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        corner = np.zeros((SIZE[1], SIZE[0]), np.bool_)
        corner[-down if top else 0 : None if top else down, -across if left else 0 : None if left else across] = True
        assert found.corners[number] == pytest.approx(pixel_share(one, corner))
    assert found.given == pytest.approx(float(np.maximum(one.values, 0).mean()), rel=1e-6)
    assert found.inside is None
    assert found.pointing is None


def test_a_map_that_gives_nothing_lies_nowhere_and_points_nowhere() -> None:
    nothing = PlacedMap(np.full((4, 6), -1, np.float32), GRID)
    found = evidence_figures(nothing, SIZE, Truth((Region(0, 0, *SIZE),)))
    assert (found.inside, found.pointing, found.border, found.given) == (0, False, 0, 0)
    assert (found.corners, found.edges, found.concentration, found.zone) == ((0, 0, 0, 0), (0, 0, 0, 0), None, None)


def test_pointing_takes_the_peak_and_a_tolerance() -> None:
    values = np.zeros((4, 6), np.float32)
    values[1, 2] = 1  # its centre is at 50, 30
    one = PlacedMap(values, GRID)
    for truth in (Truth((Region(60, 20, 100, 50),)), Truth(mask=painted((Region(60, 20, 100, 50),)))):
        assert not points_at(one, truth, SIZE)
        assert not points_at(one, truth, SIZE, 9.9)
        assert points_at(one, truth, SIZE, 10)
        assert points_at(one, truth, SIZE, TOLERANCE)
    assert points_at(one, Truth((Region(50, 30, 100, 50),)), SIZE)
    assert not points_at(one, Truth((Region(62, 40, 100, 50),)), SIZE, 15.6)
    assert points_at(one, Truth((Region(62, 40, 100, 50),)), SIZE, 15.7)
