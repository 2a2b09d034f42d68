"""Photos in, explanations out: exact, for every class, whoever shares the batch."""

from pathlib import Path

import numpy as np
import pytest

from model.cam import residual
from model.classifier import MAX_BATCH, Classifier, Explanation
from model.errors import InferenceError
from model.photos import Photo
from model.scores import activate, top_classes
from model.spec import Activation
from tests.bundles import LABELS, make_bundle


def photo(width: int, height: int, seed: int = 0) -> Photo:
    return Photo(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8), "PNG")


def plain(colour: tuple[int, int, int]) -> Photo:
    return Photo(np.full((60, 90, 3), colour, dtype=np.uint8), "PNG")


@pytest.fixture
def classifier(tmp_path: Path) -> Classifier:
    return Classifier.open(make_bundle(tmp_path))


@pytest.mark.parametrize("kind", ["gap", "gap_norm", "conv", "sum", "gmp", "fc"])
def test_a_red_photo_is_red_for_every_head(tmp_path: Path, kind: str) -> None:
    classifier = Classifier.open(make_bundle(tmp_path, kind=kind))
    for colour, label in [((250, 0, 0), "red"), ((0, 250, 0), "green"), ((0, 0, 250), "blue")]:
        [explanation] = classifier.explain([plain(colour)])
        assert LABELS[top_classes(explanation.logits, 1)[0]] == label


@pytest.mark.parametrize("scale", [1, 1.5, 2, 3])
@pytest.mark.parametrize("size", [(500, 375), (1, 1), (65500, 1), (1, 3000)])
def test_every_map_accounts_for_its_logit_at_every_scale_and_shape(
    classifier: Classifier, size: tuple[int, int], scale: float
) -> None:
    [found] = classifier.explain([photo(*size)], scale)
    assert found.maps is not None
    assert found.grid is not None
    assert found.maps.shape == (5, found.grid.rows, found.grid.columns)
    assert np.abs(residual(np.asarray(found.maps), found.bias, found.logits)).max() < 1e-5
    assert found.grid.columns * found.grid.cell_width == pytest.approx(size[0])
    assert found.grid.rows * found.grid.cell_height == pytest.approx(size[1])


def equal(first: Explanation, second: Explanation) -> bool:
    assert first.maps is not None
    assert second.maps is not None
    return (
        np.allclose(first.logits, second.logits, atol=1e-5)
        and np.allclose(np.asarray(first.maps), np.asarray(second.maps), atol=1e-5)
        and first.grid == second.grid
    )


def test_answers_come_in_the_order_of_the_photos_whoever_shares_the_batch(classifier: Classifier) -> None:
    photos = [photo(90 + 40 * (i % 3), 90, seed=i) for i in range(2 * MAX_BATCH + 3)]
    together = classifier.explain(photos)
    alone = [classifier.explain([one])[0] for one in photos]
    assert all(equal(a, b) for a, b in zip(together, alone, strict=True))
    assert not equal(together[0], together[3])


def test_no_photos_no_answers(classifier: Classifier) -> None:
    assert classifier.explain([]) == []


def test_a_network_without_location_has_no_map(tmp_path: Path) -> None:
    [found] = Classifier.open(make_bundle(tmp_path, kind="fc")).explain([photo(90, 60)], scale=2)
    assert found.maps is None
    assert found.grid is None
    assert (found.input_width, found.input_height, found.scale) == (64, 64, 1)


def test_a_single_logit_speaks_for_two_classes(tmp_path: Path) -> None:
    path = make_bundle(tmp_path, labels=("car", "truck"), activation="sigmoid", single_logit=True)
    [found] = Classifier.open(path).explain([plain((250, 0, 0))])
    assert found.maps is not None
    assert found.logits[1] == -found.logits[0]
    assert found.probabilities.sum() == pytest.approx(1)
    np.testing.assert_array_equal(found.maps[1], -found.maps[0])
    assert np.abs(residual(np.asarray(found.maps), found.bias, found.logits)).max() < 1e-5


def test_sigmoid_answers_each_label_for_itself(tmp_path: Path) -> None:
    [found] = Classifier.open(make_bundle(tmp_path, activation="sigmoid")).explain([plain((250, 0, 0))])
    np.testing.assert_allclose(found.probabilities, 1 / (1 + np.exp(-found.logits.astype(np.float64))), rtol=1e-6)


@pytest.mark.filterwarnings("error")
def test_probabilities_stay_finite_for_huge_logits() -> None:
    logits = np.array([1e4, -1e4, 0], dtype=np.float32)
    np.testing.assert_array_equal(activate(logits, Activation.SOFTMAX), [1, 0, 0])
    np.testing.assert_array_equal(activate(logits, Activation.SIGMOID), [1, 0, 0.5])


def test_classes_are_ordered_by_score_and_equals_by_index() -> None:
    assert top_classes(np.array([1, 3, 3, 2], dtype=np.float32), 3) == [1, 2, 3]
    assert top_classes(np.array([1, 2], dtype=np.float32), 0) == []


def test_an_answer_that_is_not_finite_is_no_answer(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    def nan(*_: object) -> list[np.ndarray]:
        return [np.full((1, 5), np.nan, np.float32), np.zeros((1, 5, 8, 12), np.float32)]

    monkeypatch.setattr(classifier._runtime, "_session", type("Session", (), {"run": nan})())
    with pytest.raises(InferenceError, match="not a finite number"):
        classifier.explain([photo(90, 60)])
    with pytest.raises(InferenceError, match="not a finite number"):
        classifier.probe()
