"""Small heads: the closed form is the least of what it minimises, and cells know places that means do not."""

import numpy as np

from model.shuffling import pooled, shuffle_cells, shuffled_order
from model.small_heads import RIDGE, SmallHead, learn

RANDOM = np.random.default_rng(1)


def loss(head: SmallHead, numbers: np.ndarray, targets: np.ndarray, ridge: float) -> float:
    return float(((head.scores(numbers) - targets) ** 2).sum() + ridge * (head.weight**2).sum())


def test_what_is_learned_cannot_be_bettered_nearby() -> None:
    numbers = RANDOM.normal(0, 1, (9, 5)).astype(np.float32)
    classes = np.arange(9) % 3
    head = learn(numbers, classes, 3)
    around = numbers.astype(float) - numbers.astype(float).mean(axis=0)
    ridge = RIDGE * float((around**2).sum()) / len(numbers)
    least = loss(head, numbers, np.eye(3)[classes], ridge)
    for _ in range(50):
        other = SmallHead(
            head.weight + RANDOM.normal(0, 0.01, head.weight.shape), head.bias + RANDOM.normal(0, 0.01, 3)
        )
        assert loss(other, numbers, np.eye(3)[classes], ridge) > least


def test_a_head_of_cells_knows_places_and_a_head_of_means_does_not() -> None:
    maps = np.maximum(RANDOM.normal(0, 1, (3, 6, 4, 4)), 0).astype(np.float32)
    order = shuffled_order(16, 4)
    mixed = shuffle_cells(maps, order)
    cells, means = learn(maps.reshape(3, -1), np.arange(3), 3), learn(np.stack([*map(pooled, maps)]), np.arange(3), 3)
    assert (cells.parameters, means.parameters) == (3 * 96 + 3, 3 * 6 + 3)
    np.testing.assert_allclose(cells.scores(maps.reshape(3, -1)), np.eye(3), atol=0.02)
    np.testing.assert_array_equal(
        means.scores(np.stack([*map(pooled, mixed)])), means.scores(np.stack([*map(pooled, maps)]))
    )
    assert np.abs(cells.scores(mixed.reshape(3, -1)) - np.eye(3)).max() > 0.2


def test_scores_of_shuffled_maps_are_those_of_the_maps_shuffled_one_by_one() -> None:
    maps = RANDOM.normal(0, 1, (3, 5, 2, 4)).astype(np.float32)
    orders = [shuffled_order(8, seed) for seed in range(6)]
    for numbers in (pooled, np.ravel):
        head = learn(np.stack([numbers(one) for one in maps]), np.arange(3), 3)
        expected = [head.scores(np.stack([numbers(shuffle_cells(one, order)) for one in maps])) for order in orders]
        np.testing.assert_allclose(head.scores_shuffled(maps, orders), expected, atol=1e-6)


def test_photos_that_are_all_alike_are_learned_as_far_as_they_can_be() -> None:
    head = learn(np.ones((2, 3), np.float32), np.arange(2), 2)
    np.testing.assert_allclose(head.scores(np.ones((1, 3), np.float32)), [[0.5, 0.5]])
