"""What is said of pictures, counted by scikit-learn and by us, is what torchmetrics counts."""

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import top_k_accuracy_score
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_calibration_error,
    multiclass_confusion_matrix,
    multiclass_f1_score,
    multiclass_precision,
    multiclass_recall,
)

from model.evaluation.bootstrap import intervals, mean_of, weighted_mean
from model.evaluation.calibration import BINS, reliability
from model.evaluation.classification import MATRIX_CLASSES, Answers, classification_figures
from model.evaluation.looking import cross_entropy
from model.evaluation.records import PictureRecord
from model.scores import activate, top_classes
from model.spec import Activation

CLASSES = 7
LABELS = tuple(f"class {index}" for index in range(CLASSES))


def scores(count: int, classes: int = CLASSES, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are right more often than not, (count, classes), and the true classes."""
    generator = np.random.default_rng(seed)
    true = generator.integers(0, classes, count)
    logits = generator.normal(0, 1.5, (count, classes)).astype(np.float32)
    logits[np.arange(count), true] += 1.5
    return logits, true


def record(number: int, logits: np.ndarray, true: tuple[int, ...]) -> PictureRecord:
    top = top_classes(logits, 5)
    probabilities = activate(logits, Activation.SOFTMAX)
    return PictureRecord(
        number=number,
        path=f"{number}.jpg",
        width=1,
        height=1,
        true=true,
        said=top[0],
        top=tuple((index, float(probabilities[index])) for index in top),
        probability=float(probabilities[top[0]]),
        probability_true=float(probabilities[true[0]]),
        margin=float(logits[top[0]] - logits[top[1]]),
        loss=cross_entropy(logits, true, Activation.SOFTMAX),
        right=top[0] in true,
        grid=None,
        maps=None,
    )


def answers(logits: np.ndarray, true: np.ndarray) -> Answers:
    return Answers.of(
        [record(number, row, (int(one),)) for number, (row, one) in enumerate(zip(logits, true, strict=False))]
    )


def test_shares_are_those_of_torchmetrics() -> None:
    logits, true = scores(400)
    found = classification_figures(answers(logits, true), LABELS)
    said, target = torch.from_numpy(logits), torch.from_numpy(true)

    def each(function: object) -> np.ndarray:
        return function(said, target, num_classes=CLASSES, average="none").numpy()  # type: ignore[operator]

    assert found.accuracy == pytest.approx(float(multiclass_accuracy(said, target, CLASSES, average="micro")))
    top5 = multiclass_accuracy(said, target, CLASSES, average="micro", top_k=5)
    assert found.top5 == pytest.approx(float(top5)) == pytest.approx(top_k_accuracy_score(true, logits, k=5))
    assert [one.precision for one in found.classes] == pytest.approx(each(multiclass_precision), abs=1e-6)
    assert [one.recall for one in found.classes] == pytest.approx(each(multiclass_recall), abs=1e-6)
    assert [one.f1 for one in found.classes] == pytest.approx(each(multiclass_f1_score), abs=1e-6)
    assert found.macro_f1 == pytest.approx(float(multiclass_f1_score(said, target, CLASSES)), abs=1e-6)
    assert np.array(found.confusion.matrix).tolist() == multiclass_confusion_matrix(said, target, CLASSES).tolist()
    assert found.loss == pytest.approx(float(torch.nn.functional.cross_entropy(said, target)), abs=1e-5)


def test_calibration_is_that_of_torchmetrics_and_of_scikit_learn() -> None:
    logits, true = scores(500, seed=1)
    one = answers(logits, true)
    found = reliability(one.confidence, one.right)
    told = multiclass_calibration_error(torch.from_numpy(logits), torch.from_numpy(true), CLASSES, n_bins=BINS)
    assert found.ece == pytest.approx(float(told), abs=1e-6)
    accuracy, confidence = calibration_curve(one.right, one.confidence, n_bins=BINS)
    filled = [part for part in found.bins if part.count]
    assert [part.accuracy for part in filled] == pytest.approx(accuracy)
    assert [part.confidence for part in filled] == pytest.approx(confidence)


def test_a_picture_of_several_classes_is_right_with_any_of_them() -> None:
    logits = np.array([0, 4, 3, 0, 0, 0, 0], np.float32)
    found = classification_figures(Answers.of([record(0, logits, (2, 1)), record(1, logits, (3, 2))]), LABELS)
    assert found.accuracy == 0.5
    assert found.confusion.counts == ((1, 1, 1), (3, 1, 1))
    assert found.top5 == 1


def test_classes_that_are_only_said_do_not_lower_the_mean_f1() -> None:
    logits = np.full((4, CLASSES), 0, np.float32)
    logits[:3, 0] = logits[3, 6] = 5
    found = classification_figures(answers(logits, np.zeros(4, np.int64)), LABELS)
    assert [(one.label, one.pictures, one.recall) for one in found.classes] == [
        ("class 0", 4, 0.75),
        ("class 6", 0, None),
    ]
    assert found.macro_f1 == pytest.approx(6 / 7)


def test_of_many_classes_there_are_counts_and_no_matrix() -> None:
    classes = MATRIX_CLASSES + 1
    logits, _ = scores(classes, classes)
    found = classification_figures(answers(logits, np.arange(classes)), [str(index) for index in range(classes)])
    assert found.confusion.matrix is None
    assert sum(count for _, _, count in found.confusion.counts) == classes


def test_of_five_classes_the_first_five_are_no_feat() -> None:
    logits, true = scores(30, 5)
    found = classification_figures(answers(logits, true), LABELS[:5])
    assert found.top5 is None
    assert found.intervals.top5 is None


def test_one_picture_is_enough() -> None:
    logits, true = scores(1)
    found = classification_figures(answers(logits, true), LABELS)
    assert found.accuracy in found.intervals.accuracy
    assert found.intervals.accuracy[1] - found.intervals.accuracy[0] > 0.5


def test_intervals_hold_the_true_share_nineteen_times_of_twenty() -> None:
    generator = np.random.default_rng(3)
    held = 0
    for round_number in range(200):
        sample = (generator.random(80) < 0.7).astype(np.float64)
        measure = mean_of(sample, seed=round_number)
        assert measure is not None
        held += measure.interval[0] <= 0.7 <= measure.interval[1]
    assert 180 <= held <= 199


@pytest.mark.parametrize("hits", [0, 7, 10])
def test_shares_of_pictures_lie_where_wilson_has_them_also_where_all_or_none_are(hits: int) -> None:
    measure = mean_of(np.array([1.0] * hits + [0.0] * (10 - hits)))
    assert measure is not None
    expected = binomtest(hits, 10).proportion_ci(method="wilson")
    assert measure.interval == pytest.approx((expected.low, expected.high), abs=1e-6)
    assert (measure.value, measure.pictures) == (hits / 10, 10)


def test_the_same_seed_gives_the_same_interval_and_what_is_unknown_does_not_count() -> None:
    values = np.array([0.0, 1.0, np.nan, 1.0])
    assert mean_of(values) == mean_of(values)
    assert mean_of(values) == mean_of(np.array([0.0, 1.0, 1.0]))
    assert mean_of(np.array([np.nan])) is None
    known = np.array([0.25, 0.75])
    [[low, high]] = intervals(2, lambda weights: [weighted_mean(known, weights)])
    assert (low, high) == (0.25, 0.75)


def test_weights_are_resamples() -> None:
    seen: list[int] = []
    intervals(10, lambda weights: [seen.append(int(weights.sum())) or 0.0], resamples=20)
    assert seen == [10] * 20


@pytest.mark.parametrize("activation", list(Activation))
def test_losses_are_those_of_torch(activation: Activation) -> None:
    logits = np.array([80, -3, 2, 0.5], np.float32)
    given = torch.from_numpy(logits)
    if activation is Activation.SOFTMAX:
        expected = torch.nn.functional.cross_entropy(given[None], torch.tensor([2]))
    else:
        targets = torch.tensor([0.0, 1, 1, 0])
        expected = torch.nn.functional.binary_cross_entropy_with_logits(given, targets)
    assert cross_entropy(logits, (2, 1), activation) == pytest.approx(float(expected), rel=1e-6)
