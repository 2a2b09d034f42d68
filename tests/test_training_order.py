"""The order in which pictures are seen: decided by seed and epoch, shared fairly, batched by shape."""

from collections import Counter
from collections.abc import Hashable

import pytest
import torch

from model.training.order import AlikeBatches, Draw, EpochOrder

SIZE = 60


def pictures(order: EpochOrder) -> list[int]:
    """The pictures of an epoch, in their order."""
    return [draw.picture for draw in order]


def at_epoch(epoch: int, *, size: int = SIZE, seed: int = 3, **options: object) -> EpochOrder:
    """An order, told which epoch comes."""
    order = EpochOrder(size, seed, **options)  # type: ignore[arg-type]
    order.set_epoch(epoch)
    return order


def test_every_picture_once_an_epoch_and_not_as_they_come() -> None:
    order = pictures(at_epoch(0))
    assert sorted(order) == list(range(SIZE))
    assert order != list(range(SIZE))


def test_seed_and_epoch_alone_decide_the_order() -> None:
    torch.manual_seed(1)
    first = pictures(at_epoch(4))
    torch.manual_seed(2)
    torch.rand(7)
    assert pictures(at_epoch(4)) == first
    order = at_epoch(4)
    assert pictures(order) == pictures(order) == first


@pytest.mark.parametrize("change", [{"epoch": 5}, {"epoch": 4, "seed": 4}, {"epoch": 3, "seed": 4}, {"epoch": 0}])
def test_another_seed_or_epoch_gives_another_order(change: dict[str, int]) -> None:
    other = at_epoch(**change)
    assert pictures(other) != pictures(at_epoch(4))


def test_torchs_own_generator_is_left_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    pictures(at_epoch(1))
    pictures(at_epoch(1, weights=torch.ones(SIZE)))
    assert torch.equal(torch.rand(3), expected)


def test_each_draw_says_its_epoch() -> None:
    assert {draw.epoch for draw in at_epoch(7)} == {7}


@pytest.mark.parametrize(("size", "world"), [(60, 1), (60, 4), (61, 4), (63, 4), (4, 4), (5, 3)])
def test_shares_are_disjoint_equal_and_of_one_order(size: int, world: int) -> None:
    orders = [at_epoch(2, size=size, rank=rank, world=world) for rank in range(world)]
    shares = [pictures(order) for order in orders]
    assert {len(share) for share in shares} == {len(order) for order in orders} == {size // world}
    together = [picture for share in shares for picture in share]
    assert len(set(together)) == len(together) == size // world * world
    whole = pictures(at_epoch(2, size=size))
    assert set(together) == set(whole[: len(together)])


@pytest.mark.parametrize(("size", "world"), [(1, 2), (1, 5), (2, 3), (3, 8)])
def test_no_process_is_left_without_a_picture(size: int, world: int) -> None:
    orders = [at_epoch(2, size=size, rank=rank, world=world) for rank in range(world)]
    shares = [pictures(order) for order in orders]
    assert [len(share) for share in shares] == [len(order) for order in orders] == [1] * world
    assert {picture for share in shares for picture in share} == set(range(size))


def test_weights_draw_rare_classes_as_often() -> None:
    rare, often = 10, 990
    weights = torch.tensor([1 / rare] * rare + [1 / often] * often)
    drawn = pictures(at_epoch(0, size=rare + often, weights=weights))
    assert len(drawn) == rare + often
    assert sum(picture < rare for picture in drawn) / len(drawn) == pytest.approx(0.5, abs=0.05)
    assert pictures(at_epoch(0, size=rare + often, weights=weights)) == drawn
    assert pictures(at_epoch(1, size=rare + often, weights=weights)) != drawn


def test_weight_of_zero_is_never_drawn() -> None:
    weights = torch.ones(SIZE)
    weights[::2] = 0
    assert all(picture % 2 for picture in pictures(at_epoch(0, weights=weights)))


def shape(picture: int) -> Hashable:
    """Of four kinds, one of them rare."""
    return "rare" if picture == 17 else picture % 3


@pytest.mark.parametrize("size", [1, 2, 7, 8, 1000])
def test_batches_hold_one_shape_and_every_picture_once(size: int) -> None:
    batches = AlikeBatches(at_epoch(1), shape, size)
    drawn = list(batches)
    assert len(drawn) == len(batches)
    assert all(len({shape(draw.picture) for draw in batch}) == 1 for batch in drawn)
    assert max(map(len, drawn)) <= size
    assert sorted(draw.picture for batch in drawn for draw in batch) == list(range(SIZE))
    expected = Counter(shape(picture) for picture in range(SIZE))
    assert len(drawn) == sum(-(-count // size) for count in expected.values())


def test_batches_are_filled_before_another_of_the_shape_is_begun() -> None:
    by_shape: dict[Hashable, list[int]] = {}
    for batch in AlikeBatches(range(SIZE), shape, 8):
        by_shape.setdefault(shape(batch[0]), []).append(len(batch))
    assert by_shape == {0: [8, 8, 4], 1: [8, 8, 4], 2: [8, 8, 3], "rare": [1]}


def test_batches_follow_the_epoch_that_the_order_is_told() -> None:
    batches = AlikeBatches(EpochOrder(SIZE, 3), shape, 8)
    before = list(batches)
    batches.sampler.set_epoch(1)  # type: ignore[attr-defined]  # as Lightning does
    after = list(batches)
    assert before != after
    assert after == list(AlikeBatches(at_epoch(1), shape, 8))
    assert after[0][0] == Draw(1, after[0][0].picture)  # type: ignore[union-attr]


def test_no_pictures_are_no_batches() -> None:
    batches = AlikeBatches(range(0), shape, 8)
    assert (len(batches), list(batches)) == (0, [])
