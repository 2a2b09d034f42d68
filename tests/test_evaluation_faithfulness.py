"""Asking again without the evidence: the numbers, against slow computations and maps that know nothing."""

from pathlib import Path

import numpy as np
import pytest

from model.classifier import Classifier
from model.counterfactual import fill_of
from model.dataset import Sample
from model.evaluation.asking import Asker, Chosen
from model.evaluation.faithfulness import FILL, Answers, AskedAgain, faithfulness_figures
from model.evaluation.orders import CHANCE, MAP, MIDDLE, ORDERS, from_middle, orders_of, seen_through
from model.evaluation.records import PictureRecord
from model.geometry import Grid
from model.photos import Photo
from tests.evaluations import square
from tests.pictures import encoded

GRID = Grid(rows=3, columns=5, cell_width=20, cell_height=30, left=0, top=0)
SIZE = (100, 90)
TENTHS = np.linspace(0, 1, 11)


def asked_of(weights: np.ndarray, order_map: np.ndarray, number: int) -> AskedAgain:
    """What a network says that adds up cells, (10,) that sum to 1, without them in the orders of a map."""
    grid = Grid(1, 10, 10, 10, 0, 0)
    told = {}
    for name, order in orders_of(order_map[None], grid, (100, 10), (0, number)).items():
        gone = np.append(0, np.cumsum(weights[order]))
        kept = float(np.clip((weights * seen_through(order_map[None], order)[0]).sum(), 0, 1))
        told[name] = Answers(deletion=tuple(np.clip(1 - gone, 0, 1)), insertion=tuple(np.clip(gone, 0, 1)), kept=kept)
    return AskedAgain(number=number, said=0, shares=tuple(TENTHS), orders=told)


def test_cells_nearest_the_middle_come_first() -> None:
    places = from_middle(GRID, SIZE)
    assert places[0] == 7
    distances = [np.hypot((c + 0.5) / 5 - 0.5, (r + 0.5) / 3 - 0.5) for r in range(3) for c in range(5)]
    assert np.allclose(np.array(distances)[places], sorted(distances))
    assert sorted(places) == list(range(15))


def test_equals_are_in_their_order_and_chance_hangs_on_the_picture_alone() -> None:
    flat = np.zeros((3, 5), np.float32)
    first, again, other = (orders_of(flat, GRID, SIZE, seed) for seed in ((0, 1), (0, 1), (0, 2)))
    assert list(first[MAP]) == list(range(15))
    assert list(first[CHANCE]) == list(again[CHANCE]) != list(other[CHANCE])
    assert set(first) == set(ORDERS)


def test_a_photo_seen_through_its_map_keeps_what_adds_as_far_as_it_does() -> None:
    values = np.array([[2, -1, 0], [1, 4, -8]], np.float32)
    by_map = seen_through(values, orders_of(values, GRID, SIZE, (0,))[MAP])
    assert by_map.tolist() == [[0.5, 0, 0], [0.25, 1, 0]]
    backwards = seen_through(values, np.arange(6)[::-1])
    assert backwards.tolist() == [[0, 0, 0], [0.25, 0.5, 1]]
    assert not seen_through(-np.abs(values), np.arange(6)).any()


def test_areas_drops_and_increases_are_those_of_a_slow_computation() -> None:
    generator = np.random.default_rng(1)
    lines = []
    for number in range(6):
        shares = (0.0, *sorted(generator.random(number)), 1.0)
        told = {
            name: Answers(
                deletion=tuple(generator.random(len(shares))),
                insertion=tuple(generator.random(len(shares))),
                kept=generator.random(),
            )
            for name in ORDERS
        }
        lines.append(AskedAgain(number=number, said=0, shares=shares, orders=told))
    found = faithfulness_figures(lines)
    assert found is not None
    fine = np.linspace(0, 1, 200_001)
    for name, one in found.orders.items():
        areas, drops, rises = [], [], 0
        for line in lines:
            own = line.orders[name]
            areas.append(np.mean(np.interp(fine, line.shares, own.deletion)))
            before, after = own.deletion[0], own.kept
            drops.append(0 if after > before else (before - after) / before)
            rises += after > before
        assert one.deletion_area.value == pytest.approx(np.mean(areas), abs=1e-4)
        assert one.drop.value == pytest.approx(np.mean(drops))
        assert one.increase.value == pytest.approx(rises / 6)
        if name != MAP:
            less = found.differences[name].deletion_area.value
            assert less == pytest.approx(found.orders[MAP].deletion_area.value - one.deletion_area.value)
    curve = [np.mean([np.interp(share, line.shares, line.orders[MAP].insertion) for line in lines]) for share in TENTHS]
    assert found.orders[MAP].insertion == pytest.approx(curve)


def test_a_map_that_knows_nothing_is_as_good_as_chance_and_one_that_knows_all_is_better() -> None:
    generator = np.random.default_rng(2)
    weights = generator.dirichlet(np.full(10, 0.3), size=1500)
    blind_maps = generator.normal(size=weights.shape).astype(np.float32)
    blind, seeing = (
        faithfulness_figures(
            [asked_of(one, values, number) for number, (one, values) in enumerate(zip(weights, maps, strict=True))]
        )
        for maps in (blind_maps, weights.astype(np.float32))
    )
    assert blind is not None
    assert seeing is not None
    for name in (CHANCE, MIDDLE):
        assert abs(blind.differences[name].deletion_area.value) < 0.02
        assert abs(blind.differences[name].insertion_area.value) < 0.02
        assert seeing.differences[name].deletion_area.interval[1] < -0.2
        assert seeing.differences[name].insertion_area.interval[0] > 0.2


def test_of_pictures_that_could_not_be_asked_only_the_problem_is_left() -> None:
    line = AskedAgain(number=0, said=0, problem="'a.jpg': No such file")
    assert faithfulness_figures([line]) is None
    assert faithfulness_figures([]) is None


def record(values: tuple[int, int], said: int) -> PictureRecord:
    return PictureRecord(
        number=3, path="a.png", width=values[0], height=values[1], true=(said,), said=said, top=((said, 0.5),),
        probability=0.5, probability_true=0.5, margin=1, loss=1, right=True, grid=None, maps=None,
    )  # fmt: skip


def test_a_picture_is_asked_about_cell_by_cell_as_by_hand(bundle_path: Path, tmp_path: Path) -> None:
    image = square("green")
    (tmp_path / "a.png").write_bytes(encoded(image, "PNG"))
    classifier = Classifier.open(bundle_path, threads=1)
    asker = Asker(classifier, 50, seed=0, batch=3)
    line = asker.ask(Chosen(record(image.size, 1), Sample(tmp_path / "a.png", "a.png", (1,))))
    assert line.problem is None
    pixels = asker.photo(Sample(tmp_path / "a.png", "a.png", (1,))).pixels.astype(np.float64)
    fill = fill_of(pixels.astype(np.uint8), FILL)

    def probability(kept: np.ndarray) -> float:
        rows, columns = (np.arange(n) * m // n for n, m in zip(pixels.shape[:2], kept.shape, strict=True))
        part = kept[rows][:, columns][..., None]
        mixed = np.rint(part * pixels + (1 - part) * fill).astype(np.uint8)
        [answer] = classifier.explain([Photo(mixed, "PNG", image.size)])
        return float(answer.probabilities[1])

    [whole] = classifier.explain([Photo(pixels.astype(np.uint8), "PNG", image.size)])
    assert whole.maps is not None
    assert whole.grid is not None
    values = whole.maps[1]
    strongest = sorted(range(values.size), key=lambda place: -values.ravel()[place])
    counts = [round(share * values.size) for share in line.shares]
    for count, deleted, inserted in zip(counts, line.orders[MAP].deletion, line.orders[MAP].insertion, strict=True):
        gone = np.isin(np.arange(values.size), strongest[:count]).reshape(values.shape).astype(np.float64)
        assert deleted == pytest.approx(probability(1 - gone), abs=2e-3)
        assert inserted == pytest.approx(probability(gone), abs=2e-3)
    through = np.clip(values, 0, None) / values.max()
    assert line.orders[MAP].kept == pytest.approx(probability(through), abs=5e-3)
    assert line.areas(MAP)[0] < line.areas(CHANCE)[0]


def test_a_picture_that_is_gone_is_named(bundle_path: Path, tmp_path: Path) -> None:
    asker = Asker(Classifier.open(bundle_path, threads=1), 50, seed=0, batch=1)
    line = asker.ask(Chosen(record((96, 64), 1), Sample(tmp_path / "a.png", "a.png", (1,))))
    assert line.problem == "'a.png': No such file or directory"
