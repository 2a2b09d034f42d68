"""Two heads of the mirror images of one photo: what they learn, and what is left of it when cells are shuffled."""

import numpy as np
from fastapi.testclient import TestClient

from app.learn_flattened import SHUFFLES, VIEWS, _learned
from app.learn_visit import example_photo
from model.classifier import Classifier
from model.shuffling import pooled, shuffle_cells, shuffled_order
from model.small_heads import RIDGE

RANDOM = np.random.default_rng(3)


def by_least_squares(numbers: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Scores of what is seen (N, D), learned from numbers (M, D), by another way than model/small_heads.py."""
    middle = numbers.mean(axis=0)
    around, targets = numbers - middle, np.eye(len(numbers)) - 1 / len(numbers)
    ridge = RIDGE * (around**2).sum() / len(numbers)
    stacked = np.vstack([around, np.sqrt(ridge) * np.eye(numbers.shape[1])])
    answers = np.vstack([targets, np.zeros((numbers.shape[1], len(numbers)))])
    weight = np.linalg.lstsq(stacked, answers, rcond=None)[0]
    return np.asarray((seen - middle) @ weight + 1 / len(numbers))


def test_shuffling_breaks_a_head_of_cells_and_not_one_of_means() -> None:
    maps = np.maximum(RANDOM.normal(0, 1, (4, 12, 5, 6)), 0).astype(np.float32)
    order = shuffled_order(30, 7)
    means, cells = (_learned(maps, order, numbers) for numbers in (pooled, np.ravel))
    assert means.right == (SHUFFLES,) * 4
    np.testing.assert_array_equal(means.shuffled, means.ordered)
    assert means.knows == cells.knows == 4
    assert sum(cells.right) < SHUFFLES * 4 / 2  # guessing is right about once in four
    assert np.abs(cells.shuffled - np.eye(4)).max() > 0.5


def test_how_often_a_head_is_right_is_counted_over_all_shuffles() -> None:
    maps = RANDOM.normal(0, 1, (4, 3, 2, 3)).astype(np.float32)
    found = _learned(maps, shuffled_order(6, 1), np.ravel)
    flat = maps.reshape(4, -1).astype(float)
    right = np.zeros(4, dtype=int)
    for seed in range(1, SHUFFLES + 1):
        mixed = shuffle_cells(maps, shuffled_order(6, seed)).reshape(4, -1)
        right += by_least_squares(flat, mixed).argmax(axis=1) == np.arange(4)
    assert found.right == tuple(right.tolist())


def test_the_views_are_the_network_s_own_maps_of_the_photo_and_its_mirror_images(client: TestClient) -> None:
    told = client.get("/api/v1/learn/flattened", params={"photo": "rocket", "seed": 5}).json()
    assert told["views"] == [*VIEWS] == ["still", "mirrored", "upside-down", "turned"]
    classifier: Classifier = client.app.state.registry.classifier(client.app.state.registry.find(None))  # type: ignore[attr-defined]
    seen = classifier.prepare(example_photo("rocket"))
    pixels = seen.pixels
    maps = np.stack(
        [
            classifier.with_features()
            .answer([type(seen)(np.ascontiguousarray(view), seen.photo_size, seen.scale, 0.0)])[0]
            .maps.features
            for view in (pixels, pixels[:, ::-1], pixels[::-1], pixels[::-1, ::-1])
        ]
    )
    flat = maps.reshape(4, -1).astype(float)
    mixed = shuffle_cells(maps, shuffled_order(maps.shape[2] * maps.shape[3], 5)).reshape(4, -1)
    np.testing.assert_allclose(told["cells"]["ordered"], by_least_squares(flat, flat), atol=1e-4)
    np.testing.assert_allclose(told["cells"]["shuffled"], by_least_squares(flat, mixed), atol=1e-4)
    assert told["cells"]["parameters"] == 4 * flat.shape[1] + 4
    assert told["means"]["parameters"] == 4 * maps.shape[1] + 4
    assert told["means"]["shuffled"] == told["means"]["ordered"]
