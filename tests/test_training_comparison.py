"""Heads on the same maps: the measurement itself, on generated shapes and a tiny network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model.boxes import BoxedPicture, read_boxes
from model.cam import Array
from model.census import Census
from model.classifier import Classifier
from model.coverage import Region
from model.errors import DatasetError
from model.head_comparison import HeadComparison, Spread
from model.plan import HeadChoice, Plan
from model.training.comparison import Contest, compare_heads
from model.training.head_modules import TrainableHead, build_head
from model.training.localisation import localise, maps_of
from model.training.preparation import Surroundings, prepare_base, take_stock
from tests.shapes import LABELS, write_pairs, write_splits

SHAPES = LABELS[:3]
CHANNELS = 5
TINY = Contest(seeds=2, epochs=12)


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    return Surroundings(cache_dir=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory, bundle_path: Path) -> Plan:
    data = write_splits(tmp_path_factory.mktemp("shapes"), SHAPES, train=12, val=6, side=96)
    return Plan(data=data, out=data / "out", base=str(bundle_path), threads=1)


@pytest.fixture(scope="module")
def census(plan: Plan, around: Surroundings) -> Census:
    return take_stock(plan, around)


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> tuple[BoxedPicture, ...]:
    return read_boxes(write_pairs(tmp_path_factory.mktemp("pairs"), SHAPES, 12, side=96), SHAPES)


@pytest.fixture(scope="module")
def comparison(plan: Plan, census: Census, boxes: tuple[BoxedPicture, ...], around: Surroundings) -> HeadComparison:
    return compare_heads(plan, census, TINY, boxes, around)


def test_all_heads_are_measured_on_the_same_maps(comparison: HeadComparison) -> None:
    assert [one.head for one in comparison.heads] == list(HeadChoice)
    assert (comparison.side, comparison.cells, comparison.channels) == (112, (7, 7), CHANNELS)
    assert comparison.larger_side == 160
    assert (comparison.train, comparison.held_out, comparison.val) == (30, 6, 18)
    assert comparison.labels == tuple(sorted(SHAPES))


def test_parameters_are_counted_with_biases(comparison: HeadComparison) -> None:
    counts = {one.head.value: one.parameters for one in comparison.heads}
    linear = (CHANNELS + 1) * 3
    assert counts == {
        "gap": linear,
        "sum": linear,
        "gmp": linear,
        "conv1x1": linear,
        "nin": (CHANNELS + 1) * 256 + 257 * 3,
        "fc": (49 * CHANNELS + 1) * 512 + 513 * 3,
    }


def test_the_gap_is_the_difference_seed_by_seed(comparison: HeadComparison) -> None:
    for one in comparison.heads:
        pairs = zip(one.train_accuracy.values, one.val_accuracy.values, strict=True)
        assert one.gap.values == pytest.approx([train - val for train, val in pairs])
        assert all(1 <= epochs <= TINY.epochs for epochs in one.epochs_to_best.values)
        assert [moved.share for moved in one.shifted] == [0.125, 0.25]


def test_fully_connected_layers_take_one_size_and_leave_no_map(comparison: HeadComparison) -> None:
    for one in comparison.heads:
        assert (one.other_size is None) == (one.head is HeadChoice.FC)
        assert (one.localisation is None) == (one.head is HeadChoice.FC)


def test_maps_lie_on_their_own_shapes(comparison: HeadComparison) -> None:
    assert comparison.boxes is not None
    assert (comparison.boxes.pictures, comparison.boxes.maps) == (12, 24)
    gap = comparison.heads[0].localisation
    assert gap is not None
    assert gap.own is not None
    assert gap.own.mean >= 0.9
    assert gap.inside.mean > 1.5 * comparison.boxes.area


def test_it_is_read_back_as_it_was_written(comparison: HeadComparison) -> None:
    assert HeadComparison.model_validate_json(comparison.model_dump_json()) == comparison


def test_the_same_seeds_give_the_same_numbers_and_the_network_runs_no_more(
    plan: Plan, census: Census, comparison: HeadComparison, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(self: Classifier, batch: Array) -> Array:
        raise AssertionError("everything is kept")

    monkeypatch.setattr(Classifier, "features", run)
    contest = replace(TINY, heads=(HeadChoice.NIN, HeadChoice.GMP))
    again = compare_heads(plan, census, contest, (), around)
    timeless = {"seconds": Spread.of([0.0, 0.0]), "localisation": None}
    kept = {one.head: one.model_copy(update=timeless) for one in comparison.heads}
    assert again.boxes is None
    assert [one.model_copy(update=timeless) for one in again.heads] == [kept[one] for one in contest.heads]


@pytest.mark.parametrize("choice", [choice for choice in HeadChoice if choice is not HeadChoice.FC])
def test_the_mean_of_a_heads_map_is_its_logit_less_its_bias(choice: HeadChoice) -> None:
    torch.manual_seed(0)
    head = build_head(choice, CHANNELS, 3)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter)
    maps = np.random.default_rng(0).normal(size=(4, CHANNELS, 6, 7)).astype(np.float32)
    logits = head(torch.from_numpy(maps)).detach().numpy()
    learned = head.numeric().bias
    bias = 0 if learned is None else learned
    np.testing.assert_allclose(maps_of(head, maps).mean((2, 3)) + bias, logits, atol=1e-4, rtol=1e-4)


def test_a_convolution_before_the_average_is_a_linear_layer_after_it() -> None:
    gap, conv = build_head(HeadChoice.GAP, CHANNELS, 3), build_head(HeadChoice.CONV1X1, CHANNELS, 3)
    rng = np.random.default_rng(0)
    weight, bias = (torch.from_numpy(rng.normal(size=size).astype(np.float32)) for size in ((3, CHANNELS), 3))
    for module, name in ((gap.linear, "weight"), (conv.convolution, "weight")):
        getattr(module, name).data.copy_(weight.view(getattr(module, name).shape))
        module.bias.data.copy_(bias)
    maps = rng.normal(size=(2, CHANNELS, 6, 7)).astype(np.float32)
    own, theirs = maps_of(gap, maps), maps_of(conv, maps)
    np.testing.assert_allclose(own + bias.numpy()[None, :, None, None], theirs, atol=1e-5)


def test_fully_connected_layers_have_no_map() -> None:
    head = build_head(HeadChoice.FC, CHANNELS, 3, cells=(2, 2))
    with pytest.raises(ValueError, match="leave no map"):
        maps_of(head, np.zeros((1, CHANNELS, 2, 2), np.float32))


@pytest.fixture(scope="module")
def square(plan: Plan, around: Surroundings) -> Classifier:
    """The tiny network on inputs of one size."""
    from model.runtime import Runtime

    base = prepare_base(plan.model_copy(update={"head": HeadChoice.FC}), around)
    return Classifier(base, Runtime(base, 1))


def find(
    pictures: tuple[BoxedPicture, ...], square: Classifier, head: TrainableHead | None = None
) -> tuple[object, ...]:
    heads = {HeadChoice.GAP: [head or build_head(HeadChoice.GAP, CHANNELS, 3)]}
    return localise(heads, SHAPES, pictures, square, max_megapixels=1)


def test_a_head_that_learned_nothing_finds_nothing(boxes: tuple[BoxedPicture, ...], square: Classifier) -> None:
    figures, _, problems = find(boxes, square)
    nothing = figures[HeadChoice.GAP]
    assert (nothing.inside.mean, nothing.overlap.mean, nothing.own.mean) == (0, 0, 0)
    assert problems == ()


def test_boxed_pictures_that_cannot_be_used_are_named(
    tmp_path: Path, boxes: tuple[BoxedPicture, ...], square: Classifier
) -> None:
    missing = BoxedPicture(tmp_path / "gone.png", "gone.png", {"disc": (Region(0, 0, 1, 1),)})
    _, counts, problems = find((boxes[0], missing), square)
    assert counts.pictures == 1
    assert problems == ("'gone.png', which has boxes, is left out (no such file or directory).",)
    with pytest.raises(DatasetError, match=r"No picture with boxes can be used\. 'gone.png', which has boxes"):
        find((missing,), square)


def test_a_box_beside_its_picture_is_refused(boxes: tuple[BoxedPicture, ...], square: Classifier) -> None:
    beside = replace(boxes[0], regions={"disc": (Region(96, 0, 120, 20),)})
    with pytest.raises(DatasetError, match="has a box beside the picture of 96 x 96 pixels"):
        find((beside,), square)
