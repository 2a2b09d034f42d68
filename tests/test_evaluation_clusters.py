"""Maps whose evidence lies in the same places belong together, however much they give."""

from pathlib import Path

import numpy as np
import pytest

from model.errors import EvaluationError
from model.evaluation.clustering import LEAST_MEMBERS, LEAST_PICTURES, PER_CLUSTER, RASTER, clusters_of, on_raster
from model.evaluation.clusters import FILE, Clusters, read_clusters
from model.geometry import Grid

GRID = Grid(4, 4, 10.0, 10.0, 0.0, 0.0)
SIZE = (40, 40)


def lit(row: int, column: int, value: float = 1.0) -> np.ndarray:
    cells = np.full((4, 4), -0.5, np.float32)
    cells[row, column] = value
    raster = on_raster(cells, GRID, SIZE)
    assert raster is not None
    return raster


def test_a_raster_holds_shares_of_what_is_given() -> None:
    assert lit(0, 0).sum() == pytest.approx(1)
    assert lit(0, 0).min() >= 0
    assert on_raster(np.full((4, 4), -1.0, np.float32), GRID, SIZE) is None


def test_two_places_are_two_clusters_whatever_they_give() -> None:
    numbers = list(range(10))
    rasters = np.array([lit(0, 0, 1 + number) if number < 6 else lit(3, 3, 1 + number) for number in numbers])
    found = clusters_of(7, numbers, rasters)
    assert found.index == 7
    assert [sorted(cluster.members) for cluster in found.clusters] == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9]]
    assert found.silhouette is not None
    assert found.silhouette > 0.5
    mean = np.array(found.clusters[0].mean)
    assert mean.shape == (RASTER, RASTER)
    assert mean.sum() == pytest.approx(1, abs=1e-3)
    assert np.unravel_index(mean.argmax(), mean.shape) < (RASTER // 3, RASTER // 3)


def test_equal_maps_are_of_one_kind() -> None:
    found = clusters_of(0, list(range(LEAST_PICTURES)), np.array([lit(1, 1)] * LEAST_PICTURES))
    assert (found.silhouette, len(found.clusters)) == (None, 1)
    assert len(found.clusters[0].members) == LEAST_PICTURES


def test_a_few_pictures_that_lie_elsewhere_are_no_kind() -> None:
    apart = LEAST_MEMBERS - 1
    found = clusters_of(0, list(range(20)), np.array([lit(0, 0)] * (20 - apart) + [lit(3, 3), lit(3, 2)][:apart]))
    assert [len(cluster.members) for cluster in found.clusters] == [20]


def test_few_pictures_fall_into_few_kinds() -> None:
    places = [(0, 0), (0, 3), (3, 0), (3, 3)] * 3
    found = clusters_of(0, list(range(12)), np.array([lit(*place) for place in places]))
    assert len(found.clusters) <= 12 // PER_CLUSTER


def test_where_nobody_looked_there_are_none_and_what_is_damaged_is_refused(tmp_path: Path) -> None:
    assert read_clusters(tmp_path) == Clusters()
    (tmp_path / FILE).write_text("{")
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_clusters(tmp_path)
