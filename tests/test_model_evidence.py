"""What cells give and take, in regions and without them: every formula computed another way."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.utils import Extractor

from model.bundle import read_bundle
from model.cam import Array, ClassMaps, explain_logits, linear_features
from model.coverage import Region
from model.evidence import Evidence, PlacedMap, contribution, contributions, evidence, head_logits, shares
from model.geometry import Grid, resize_map
from model.spec import HeadKind
from tests.bundles import make_bundle, make_graph

PHOTO = (90, 60)
COVERING = Grid(4, 6, 15, 15, 0, 0)
INSET = Grid(3, 3, 20, 14, 17, 9.5)
OVERHANGING = Grid(5, 7, 15, 15, -7.5, -7.5)
BESIDE = Grid(2, 3, 15, 60, -20, 0)
GRIDS = [COVERING, INSET, OVERHANGING, BESIDE, Grid(1, 1, 90, 60, 0, 0)]


KINDS = ["gap", "gap_norm", "conv", "sum", "gmp"]
RANDOM = np.random.default_rng(0)


def random_map(grid: Grid, seed: int) -> PlacedMap:
    return PlacedMap(np.random.default_rng(seed).normal(0, 5, (grid.rows, grid.columns)).astype(np.float32), grid)


def painted(one: PlacedMap, finer: int) -> Array:
    """Each fine pixel of the photo takes its cell: the house's rule for true cells."""
    return resize_map(one.values, one.grid, (PHOTO[0] * finer, PHOTO[1] * finer), PHOTO, smooth=False)


@pytest.mark.parametrize("grid", [grid for grid in GRIDS if grid is not BESIDE])
@pytest.mark.parametrize("edges", [(0, 0, 90, 60), (10, 5, 47, 31), (15, 15, 30, 45), (89, 59, 90, 60), (0, 20, 7, 21)])
def test_shares_are_those_of_the_cells_painted_on_the_photo(grid: Grid, edges: tuple[int, int, int, int]) -> None:
    one = random_map(grid, 4)
    found = shares(one, Region(*edges), PHOTO)
    finer = 2  # every edge of these grids lies on half a pixel
    owner = painted(PlacedMap(np.arange(one.values.size, dtype=np.float32).reshape(one.values.shape), grid), finer)
    left, top, right, bottom = (edge * finer for edge in edges)
    inside = np.zeros(owner.shape, dtype=bool)
    inside[top:bottom, left:right] = True
    for sign, share in ((1, found.given), (-1, found.taken)):
        part = total = 0.0
        for cell, value in enumerate(one.values.ravel()):
            mine = owner == cell
            amount = max(sign * float(value), 0)
            total += amount
            part += amount * (mine & inside).sum() / mine.sum()
        assert share == (pytest.approx(part / total, abs=1e-6) if total else None)


def test_cells_beside_the_photo_belong_to_its_edge() -> None:
    one = PlacedMap(np.ones((2, 3), np.float32), BESIDE)  # its first column and its last row lie outside
    assert shares(one, Region(0, 0, 10, 60), PHOTO).given == pytest.approx((1 + 1 + 0) * 2 / 6)
    assert shares(one, Region(10, 0, 90, 60), PHOTO).given == pytest.approx(1 * 2 / 6)
    assert shares(one, Region(0, 0, 10, 30), PHOTO).given == pytest.approx((1 + 1 + 0) * 0.5 / 6)


@pytest.mark.parametrize("grid", GRIDS)
def test_the_whole_photo_holds_all_of_it_and_halves_add_up(grid: Grid) -> None:
    one = random_map(grid, 5)
    whole = shares(one, Region(0, 0, *PHOTO), PHOTO)
    assert whole.given in (None, pytest.approx(1))
    assert whole.taken in (None, pytest.approx(1))
    if grid is not BESIDE:
        parts = [shares(one, Region(*edges), PHOTO) for edges in ((0, 0, 33.3, 60), (33.3, 0, 90, 60))]
        if whole.given is not None:
            assert sum(part.given or 0 for part in parts) == pytest.approx(1)


def test_a_map_that_only_gives_has_no_share_of_what_is_taken() -> None:
    one = PlacedMap(np.ones((4, 6), np.float32), COVERING)
    found = shares(one, Region(0, 0, 45, 30), PHOTO)
    assert (found.given, found.taken) == (pytest.approx(0.25), None)
    none = PlacedMap(np.zeros((4, 6), np.float32), COVERING)
    assert shares(none, Region(0, 0, 45, 30), PHOTO).given is None


def test_given_less_taken_is_the_mean() -> None:
    values = random_map(COVERING, 6).values
    found = evidence(values)
    assert found.given - found.taken == pytest.approx(values.mean(), abs=1e-6)
    assert found.given == pytest.approx(sum(float(v) for v in values.ravel() if v > 0) / values.size)
    assert evidence(np.full((2, 2), -3, np.float32)) == Evidence(0, 3)


def head_alone(kind: str) -> onnxruntime.InferenceSession:
    """The graph's own head, from features to logits."""
    graph, _ = make_graph(HeadKind(kind), 5)
    network = Extractor(onnx.load_from_string(graph)).extract_model(["features"], ["logits"])
    return onnxruntime.InferenceSession(network.SerializeToString(), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_asked_again_says_what_the_graph_says_of_masked_features(tmp_path: Path, kind: str) -> None:
    head = read_bundle(make_bundle(tmp_path, kind=kind)).head
    features = RANDOM.normal(0.5, 1, (5, 4, 6)).astype(np.float32)
    for parts in (np.zeros((4, 6)), np.ones((4, 6)), RANDOM.random((4, 6)), (RANDOM.random((4, 6)) > 0.5) * 1.0):
        masked = (features * (1 - parts)).astype(np.float32)
        (said,) = head_alone(kind).run(None, {"features": masked[None]})
        np.testing.assert_allclose(head_logits(masked, head), np.asarray(said)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["gap", "conv", "sum"])
def test_a_linear_head_loses_just_what_the_region_brings(tmp_path: Path, kind: str) -> None:
    head = read_bundle(make_bundle(tmp_path, kind=kind)).head
    features = np.maximum(RANDOM.normal(0, 1, (5, 4, 6)), 0).astype(np.float32)  # as behind a ReLU
    parts = RANDOM.random((4, 6))
    weighed, _ = linear_features(features[None], head)
    maps = ClassMaps(weighed[0], head.weight)
    lost = contributions(maps, parts)
    assert lost.shape == (5,)
    whole, left = head_logits(features, head), head_logits((features * (1 - parts)).astype(np.float32), head)
    np.testing.assert_allclose(whole - lost, left, rtol=1e-5, atol=1e-4)
    for index, one in enumerate(lost):
        found = contribution(maps[index], parts)
        assert found.given - found.taken == pytest.approx(one, rel=1e-5, abs=1e-4)
        by_hand = sum(float(m) * a for m, a in zip(maps[index].ravel(), parts.ravel(), strict=True)) / 24
        assert one == pytest.approx(by_hand, rel=1e-4, abs=1e-4)


def test_all_cells_bring_all_but_the_bias(tmp_path: Path) -> None:
    head = read_bundle(make_bundle(tmp_path)).head
    features = RANDOM.normal(0, 1, (1, 5, 4, 6)).astype(np.float32)
    maps, bias = explain_logits(features, head)
    everything = contributions(ClassMaps(maps[0], None), np.ones((4, 6)))
    np.testing.assert_allclose(everything + bias[0], head_logits(features[0], head), atol=1e-5)
    np.testing.assert_allclose(head_logits(features[0] * 0, head), bias[0], atol=1e-6)


def test_another_cell_takes_over_a_maximum(tmp_path: Path) -> None:
    head = read_bundle(make_bundle(tmp_path, kind="gmp")).head
    assert head.weight is not None
    assert head.bias is not None
    features = np.zeros((5, 1, 3), np.float32)
    features[0] = [[3, 2, 1]]
    left = head_logits(features * np.array([[0, 1, 1]], np.float32), head)
    np.testing.assert_allclose(left, 2 * head.weight[:, 0] + head.bias, rtol=1e-6)


def test_what_a_region_gives_and_takes_adds_up_to_all() -> None:
    values = random_map(COVERING, 9).values
    parts = RANDOM.random((4, 6))
    inside, outside, whole = contribution(values, parts), contribution(values, 1 - parts), evidence(values)
    assert inside.given + outside.given == pytest.approx(whole.given)
    assert inside.taken + outside.taken == pytest.approx(whole.taken)
