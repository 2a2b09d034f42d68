"""Shuffled cells: every order is one, the browser's is the same, and no mean and no logit knows of it."""

import math

import numpy as np
import pytest

from model.cam import class_activation_maps
from model.shuffling import logits_of, pooled, shuffle_cells, shuffle_pieces, shuffled_order
from tests.node import answers

RANDOM = np.random.default_rng(0)
FEATURES = np.maximum(RANDOM.normal(0, 1, (40, 5, 6)), 0).astype(np.float32)
WEIGHT = RANDOM.normal(0, 0.2, (7, 40)).astype(np.float32)
BIAS = RANDOM.normal(0, 0.1, 7).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, 63])
def test_an_order_has_every_cell_once_and_is_the_same_in_the_browser(count: int) -> None:
    seeds = [0, 1, 2, 77, 2**31, 2**32 - 1]
    orders = [shuffled_order(count, seed) for seed in seeds]
    assert all(sorted(order) == list(range(count)) for order in orders)
    assert orders[0] == list(range(count))
    assert answers("shuffling", "shuffledOrder", [[count, seed] for seed in seeds]) == orders


def test_all_orders_are_as_likely() -> None:
    found = [tuple(shuffled_order(3, seed)) for seed in range(1, 3001)]
    counts = [found.count(order) for order in set(found)]
    assert len(counts) == 6
    assert min(counts) > 400


@pytest.mark.parametrize("seed", range(1, 30))
def test_means_and_logits_stay_to_the_last_bit(seed: int) -> None:
    mixed = shuffle_cells(FEATURES, shuffled_order(30, seed))
    assert not np.array_equal(mixed, FEATURES)
    np.testing.assert_array_equal(pooled(mixed), pooled(FEATURES))
    np.testing.assert_array_equal(logits_of(pooled(mixed), WEIGHT, BIAS), logits_of(pooled(FEATURES), WEIGHT, BIAS))


def test_means_and_logits_are_those_of_exact_sums() -> None:
    means = [math.fsum(cells.ravel().tolist()) / cells.size for cells in FEATURES]
    np.testing.assert_array_equal(pooled(FEATURES), np.float32(means))
    exact = [math.fsum([*(row * pooled(FEATURES).astype(float)).tolist(), bias]) for row, bias in zip(
        WEIGHT.astype(float), BIAS.astype(float), strict=True)]  # fmt: skip
    np.testing.assert_array_equal(logits_of(pooled(FEATURES), WEIGHT, BIAS), np.float32(exact))
    np.testing.assert_array_equal(logits_of(BIAS, None, BIAS), 2 * BIAS)


def test_maps_are_shuffled_along() -> None:
    order = shuffled_order(30, 5)
    maps = class_activation_maps(FEATURES[None], WEIGHT)[0]
    of_mixed = class_activation_maps(shuffle_cells(FEATURES, order)[None], WEIGHT)[0]
    np.testing.assert_allclose(of_mixed, shuffle_cells(maps, order), atol=1e-6)


def test_the_browser_pools_weighs_and_draws_the_same() -> None:
    flat, order = FEATURES.ravel().tolist(), shuffled_order(30, 9)
    [found] = answers("shuffling", "pooled", [[flat, 40, order]])
    np.testing.assert_array_equal(np.float32(found), pooled(FEATURES))
    calls = [[found, row.tolist(), float(bias)] for row, bias in zip(WEIGHT, BIAS, strict=True)]
    np.testing.assert_array_equal(
        np.float32(answers("shuffling", "logitOf", calls)), logits_of(pooled(FEATURES), WEIGHT, BIAS)
    )
    [drawn] = answers("shuffling", "mapOf", [[flat, WEIGHT[2].tolist()]])
    np.testing.assert_allclose(drawn, class_activation_maps(FEATURES[None], WEIGHT)[0, 2].ravel(), atol=1e-5)
    [mixed] = answers("shuffling", "shuffleCells", [[FEATURES[0].ravel().tolist(), order]])
    np.testing.assert_array_equal(np.float32(mixed), shuffle_cells(FEATURES[0], order).ravel())


def test_pieces_of_a_photo_go_where_their_cells_go() -> None:
    pixels = RANDOM.integers(0, 256, (8, 9, 3), dtype=np.uint8)
    order = shuffled_order(12, 3)
    mixed = shuffle_pieces(pixels, 4, 3, order)
    for at, source in enumerate(order):
        piece = mixed[at // 3 * 2 : at // 3 * 2 + 2, at % 3 * 3 : at % 3 * 3 + 3]
        np.testing.assert_array_equal(
            piece, pixels[source // 3 * 2 : source // 3 * 2 + 2, source % 3 * 3 : source % 3 * 3 + 3]
        )
