"""What a network is worth: every figure computed another way, every failure named."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchmetrics.functional.classification import (
    binary_calibration_error,
    multiclass_calibration_error,
    multiclass_f1_score,
    multilabel_f1_score,
)

from model.classifier import Classifier, Explanation
from model.dataset import Sample
from model.errors import DatasetError
from model.evaluation.calibration import reliability
from model.photos import Photo
from model.spec import Activation
from model.training.judging import (
    MOST_CONFUSED,
    Judgement,
    calibration,
    class_figures,
    confusion,
    judge,
)
from model.training.mistakes import MISTAKES, THUMBNAIL_SIDE, WorstMistakes
from model.training.objective import Objective
from tests.bundles import LABELS, make_bundle
from tests.pictures import BLUE, GREEN, RED, picture

SOFTMAX, SIGMOID = Activation.SOFTMAX, Activation.SIGMOID
MEGAPIXELS = 50


def random_judgement(objective: Objective, classes: int = 4, size: int = 200) -> Judgement:
    """Answers of a network that is often right, to pictures of which one class is rare."""
    generator = torch.Generator().manual_seed(0)
    scores = 2 * torch.randn((size, classes), generator=generator)
    if objective.single_logit:
        scores = torch.stack([scores[:, 0], -scores[:, 0]], dim=1)
    if objective.multi_label:
        targets = ((scores + torch.randn(scores.shape, generator=generator)) > 0).float()
    else:
        best = (scores + 2 * torch.randn(scores.shape, generator=generator)).argmax(dim=1)
        targets = torch.nn.functional.one_hot(best, scores.shape[1]).float()
    softmax = objective.activation is SOFTMAX
    return Judgement(
        samples=tuple(Sample(Path(str(index)), str(index), (0,)) for index in range(size)),
        scores=scores,
        targets=targets,
        losses=objective.score_losses(scores, targets),
        right=objective.score_right(scores, targets),
        probabilities=scores.double().softmax(dim=1) if softmax else scores.double().sigmoid(),
        mistakes=(),
        multi_label=objective.multi_label,
    )


def judgement_of(said: Sequence[int], true: Sequence[int], classes: int) -> Judgement:
    """Answers with one label each."""
    scores = torch.nn.functional.one_hot(torch.tensor(said), classes).float()
    targets = torch.nn.functional.one_hot(torch.tensor(true), classes).float()
    return Judgement((), scores, targets, scores.sum(dim=1), scores.argmax(1) == targets.argmax(1), scores, (), False)


OBJECTIVES = [
    Objective(SOFTMAX),
    Objective(SIGMOID),
    Objective(SIGMOID, multi_label=True),
    Objective(SIGMOID, single_logit=True),
]
IDS = ["softmax", "sigmoid", "several", "single logit"]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=IDS)
def test_class_figures_are_what_counting_gives(objective: Objective) -> None:
    judgement = random_judgement(objective)
    classes = judgement.targets.shape[1]
    labels = [f"class {index}" for index in range(classes)]
    figures = class_figures(judgement, labels, range(10, 10 + classes))
    for index, one in enumerate(figures):
        pairs = [(said_is(judgement, row, index), bool(judgement.targets[row, index])) for row in range(200)]
        hits, said, true = pairs.count((True, True)), sum(said for said, _ in pairs), sum(is_it for _, is_it in pairs)
        assert (one.label, one.train, one.val) == (labels[index], 10 + index, true)
        assert one.precision == pytest.approx(hits / said)
        assert one.recall == pytest.approx(hits / true)
        assert one.f1 == pytest.approx(2 / (said / hits + true / hits))


def said_is(judgement: Judgement, row: int, index: int) -> bool:
    scores = judgement.scores[row].tolist()
    return scores[index] > 0 if judgement.multi_label else scores[index] == max(scores)


def test_mean_f1_is_what_torchmetrics_makes_it() -> None:
    several, single = random_judgement(OBJECTIVES[2]), random_judgement(OBJECTIVES[0])
    labels, train = ["a", "b", "c", "d"], [1, 1, 1, 1]
    mean = np.mean([one.f1 for one in class_figures(several, labels, train)])
    expected = multilabel_f1_score(several.probabilities, several.targets.int(), num_labels=4)
    assert mean == pytest.approx(float(expected), rel=1e-5)
    mean = np.mean([one.f1 for one in class_figures(single, labels, train)])
    expected = multiclass_f1_score(single.scores, single.targets.argmax(dim=1), num_classes=4, average="macro")
    assert mean == pytest.approx(float(expected), rel=1e-5)


def test_class_that_is_never_said_counts_as_nothing_found() -> None:
    judgement = judgement_of([0, 0, 0, 3], [0, 0, 1, 0], 4)
    zero, missed, absent, wrong = class_figures(judgement, "abcd", [5] * 4)
    assert (zero.precision, zero.recall, zero.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (missed.precision, missed.recall, missed.f1) == (None, 0.0, 0.0)
    assert (absent.precision, absent.recall, absent.f1) == (None, None, None)
    assert (wrong.precision, wrong.recall, wrong.f1) == (0.0, None, 0.0)
    assert (missed.val, absent.val) == (1, 0)


def test_confusion_has_true_classes_in_rows() -> None:
    said, true = [0, 1, 1, 2, 0, 1], [0, 0, 1, 1, 0, 3]
    table = confusion(judgement_of(said, true, 4))
    expected = np.zeros((4, 4), dtype=int)
    np.add.at(expected, (true, said), 1)
    assert table == tuple(map(tuple, expected.tolist()))


def test_no_table_of_confusion_is_made_where_it_would_be_huge_or_mean_nothing() -> None:
    assert confusion(judgement_of([1], [0], MOST_CONFUSED)) is not None
    assert confusion(judgement_of([1], [0], MOST_CONFUSED + 1)) is None
    assert confusion(random_judgement(Objective(SIGMOID, multi_label=True))) is None


@pytest.mark.parametrize("objective", [OBJECTIVES[0], OBJECTIVES[3]], ids=["softmax", "single logit"])
def test_calibration_error_is_what_torchmetrics_makes_it(objective: Objective) -> None:
    judgement = random_judgement(objective)
    probabilities, classes = judgement.probabilities, judgement.targets.shape[1]
    expected = multiclass_calibration_error(
        probabilities, judgement.targets.argmax(dim=1), num_classes=classes, n_bins=10, norm="l1"
    )
    assert calibration(judgement).ece == pytest.approx(float(expected), abs=1e-6)


def test_calibration_of_several_labels_is_each_labels_yes_or_no() -> None:
    judgement = random_judgement(OBJECTIVES[2])
    probabilities, targets = judgement.probabilities.flatten(), judgement.targets.flatten()
    sure = torch.where(probabilities >= 0.5, probabilities, 1 - probabilities)
    right = ((probabilities >= 0.5) == (targets > 0)).int()
    found = calibration(judgement)
    assert found.ece == pytest.approx(float(binary_calibration_error(sure, right, n_bins=10, norm="l1")), abs=1e-6)
    assert sum(one.count for one in found.bins) == 800
    assert sum(one.count for one in found.bins[:5]) == 0


def test_bins_are_as_wide_hold_everything_and_empty_ones_say_nothing() -> None:
    confidence = np.array([0.0, 0.05, 0.1, 0.95, 1.0, 1.0])
    found = reliability(confidence, np.array([False, True, True, True, True, False]))
    assert [one.count for one in found.bins] == [3, 0, 0, 0, 0, 0, 0, 0, 0, 3]
    assert [(one.lower, one.upper) for one in found.bins] == [(n / 10, (n + 1) / 10) for n in range(10)]
    assert found.bins[0].confidence == pytest.approx(0.05)
    assert found.bins[0].accuracy == pytest.approx(2 / 3)
    assert found.bins[1].confidence is None
    assert found.bins[1].accuracy is None
    assert found.ece == pytest.approx(0.5 * (2 / 3 - 0.05) + 0.5 * (2.95 / 3 - 2 / 3))


@pytest.mark.parametrize(("right", "expected"), [(True, 0.0), (False, 1.0)])
def test_calibration_error_reaches_both_its_ends(right: bool, expected: float) -> None:
    assert reliability(np.ones(7), np.full(7, right)).ece == expected


# judge: a tiny network that knows colours


def samples_of(folder: Path, *pictures: tuple[tuple[int, int, int], int]) -> list[Sample]:
    """Files of one colour, each said to be of a class."""
    samples = []
    for number, (colour, label) in enumerate(pictures):
        path = folder / f"{number}.jpg"
        path.write_bytes(picture(colour, (96 + 16 * number, 64)))
        samples.append(Sample(path, path.name, (label,)))
    return samples


def test_network_is_judged_as_it_is_served(tmp_path: Path, classifier: Classifier) -> None:
    samples = samples_of(tmp_path, (RED, 0), (GREEN, 1), (BLUE, 0), (RED, 0))
    told: list[tuple[int, int]] = []
    judgement = judge(classifier, samples, Objective(SOFTMAX), MEGAPIXELS, lambda *at: told.append(at))
    assert judgement.right.tolist() == [True, True, False, True]
    assert judgement.accuracy == 0.75
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for row, sample in enumerate(samples):
        pixels = np.asarray(Image.open(sample.path))
        answer = classifier.explain([Photo(pixels, "JPEG")])[0]
        np.testing.assert_array_equal(judgement.scores[row], answer.logits)
        np.testing.assert_allclose(judgement.probabilities[row], answer.probabilities, atol=1e-6)
        assert float(judgement.losses[row]) == pytest.approx(-np.log(answer.probabilities[sample.labels[0]]), rel=1e-4)
    assert [one.path for one in judgement.mistakes] == ["2.jpg"]


def test_picture_that_cannot_be_read_is_left_out(tmp_path: Path, classifier: Classifier) -> None:
    samples = samples_of(tmp_path, (RED, 0), (GREEN, 1), (BLUE, 2), (RED, 0), (BLUE, 0))
    samples[0].path.unlink()
    samples[1].path.write_bytes(b"GIF89a nothing")
    samples[3].path.write_bytes(picture(RED, (2000, 1001)))
    judgement = judge(classifier, samples, Objective(SOFTMAX), max_megapixels=2)
    assert judgement.samples == (samples[2], samples[4])
    assert judgement.right.tolist() == [True, False]
    assert judgement.targets.argmax(dim=1).tolist() == [2, 0]


def test_accuracy_is_a_share_of_the_pictures_to_the_last_digit() -> None:
    assert judgement_of([0, 1, 1], [0, 1, 0], 2).accuracy == 2 / 3
    assert judgement_of([0] * 9, [0] * 7 + [1] * 2, 2).accuracy == 7 / 9


def test_no_picture_left_is_an_error(tmp_path: Path, classifier: Classifier) -> None:
    samples = samples_of(tmp_path, (RED, 0), (GREEN, 1))
    for sample in samples:
        sample.path.unlink()
    with pytest.raises(DatasetError, match=r"None of the validation pictures can be read any more\."):
        judge(classifier, samples, Objective(SOFTMAX), MEGAPIXELS)


def test_single_logit_is_judged_as_two_classes(tmp_path: Path) -> None:
    path = make_bundle(tmp_path, labels=("red", "other"), activation="sigmoid", single_logit=True)
    samples = samples_of(tmp_path, (RED, 0), (BLUE, 1), (BLUE, 0))
    judgement = judge(Classifier.open(path, 1), samples, Objective(SIGMOID, single_logit=True), MEGAPIXELS)
    assert judgement.scores.shape == (3, 2)
    assert torch.equal(judgement.scores[:, 0], -judgement.scores[:, 1])
    torch.testing.assert_close(judgement.probabilities.sum(dim=1), torch.ones(3, dtype=torch.double))
    assert judgement.right.tolist() == [True, True, False]
    assert confusion(judgement) == ((1, 1), (0, 1))


def test_several_labels_are_right_together(tmp_path: Path) -> None:
    path = make_bundle(tmp_path, labels=LABELS, activation="sigmoid")
    answer = Classifier.open(path, 1).explain([Photo(np.full((64, 96, 3), RED, np.uint8), "PNG")])[0]
    said = tuple(int(index) for index in np.flatnonzero(answer.logits > 0))
    (sample,) = samples_of(tmp_path, (RED, 0))
    other = Sample(sample.path, "other", tuple(sorted({*said} ^ {1})))
    same = Sample(sample.path, "same", said)
    objective = Objective(SIGMOID, multi_label=True)
    judgement = judge(Classifier.open(path, 1), [same, other], objective, MEGAPIXELS)
    assert judgement.right.tolist() == [True, False]
    assert [one.path for one in judgement.mistakes] == ["other"]


# the worst mistakes


def answered(classifier: Classifier, logits: Tensor) -> Explanation:
    """An answer with these logits, on any picture."""
    answer = classifier.explain([Photo(np.full((64, 96, 3), RED, np.uint8), "PNG")])[0]
    values = logits.numpy().astype(np.float32)
    fields = {**vars(answer), "logits": values, "probabilities": np.exp(values) / np.exp(values).sum()}
    return Explanation(**fields)


def test_worst_mistakes_are_kept_worst_first(classifier: Classifier) -> None:
    worst, photo = WorstMistakes(Objective(SOFTMAX)), Photo(np.zeros((64, 96, 3), np.uint8), "PNG")
    logits = 3 * torch.randn((100, 5), generator=torch.Generator().manual_seed(0))
    for row, values in enumerate(logits):
        worst.consider(Sample(Path("x"), str(row), (0,)), photo, answered(classifier, values))
    losses = torch.nn.functional.cross_entropy(logits, torch.zeros(100, dtype=torch.long), reduction="none")
    wrong = [row for row in range(100) if int(logits[row].argmax()) != 0]
    expected = sorted(wrong, key=lambda row: -float(losses[row]))[:MISTAKES]
    kept = worst.mistakes()
    assert MISTAKES == 24 < len(wrong)
    assert [one.path for one in kept] == [str(row) for row in expected]
    assert [one.loss for one in kept] == pytest.approx([float(losses[row]) for row in expected])
    assert [one.said for one in kept] == [int(logits[row].argmax()) for row in expected]


def test_of_equal_mistakes_the_first_are_kept(classifier: Classifier) -> None:
    worst, photo = WorstMistakes(Objective(SOFTMAX)), Photo(np.zeros((64, 96, 3), np.uint8), "PNG")
    answer = answered(classifier, torch.tensor([0.0, 1, 0, 0, 0]))
    for row in range(30):
        worst.consider(Sample(Path("x"), str(row), (0,)), photo, answer)
    assert [one.path for one in worst.mistakes()] == [str(row) for row in range(MISTAKES)]


def test_what_is_right_is_no_mistake(classifier: Classifier) -> None:
    worst, photo = WorstMistakes(Objective(SOFTMAX)), Photo(np.zeros((64, 96, 3), np.uint8), "PNG")
    worst.consider(Sample(Path("x"), "x", (1,)), photo, answered(classifier, torch.tensor([0.9, 1, 0, 0, 0])))
    assert worst.mistakes() == ()


def test_mistake_shows_both_maps_where_they_lie_on_the_thumbnail(tmp_path: Path, classifier: Classifier) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (960, 480), RED).save(path)
    sample = Sample(path, "large.png", (2,))
    (mistake,) = judge(classifier, [sample], Objective(SOFTMAX), MEGAPIXELS).mistakes
    answer = classifier.explain([Photo(np.full((480, 960, 3), RED, np.uint8), "PNG")])[0]
    assert answer.maps is not None
    assert (mistake.true, mistake.said, mistake.shown) == ((2,), 0, 2)
    assert mistake.probability == pytest.approx(float(answer.probabilities[0]))
    assert mistake.probability_shown == pytest.approx(float(answer.probabilities[2]))
    np.testing.assert_allclose(mistake.said_cam, answer.maps[0], atol=1e-5)
    np.testing.assert_allclose(mistake.true_cam, answer.maps[2], atol=1e-5)
    thumbnail = Image.open(io.BytesIO(base64.b64decode(mistake.thumbnail)))
    assert thumbnail.size == (mistake.width, mistake.height) == (THUMBNAIL_SIDE, THUMBNAIL_SIDE // 2)
    assert mistake.grid is not None
    assert mistake.grid.cell_width * mistake.grid.columns == pytest.approx(320)
    assert mistake.grid.cell_height * mistake.grid.rows == pytest.approx(160)


def test_head_without_maps_has_mistakes_without_maps(tmp_path: Path) -> None:
    network = Classifier.open(make_bundle(tmp_path, kind="fc"), 1)
    samples = samples_of(tmp_path, (RED, 2))
    (mistake,) = judge(network, samples, Objective(SOFTMAX), MEGAPIXELS).mistakes
    assert (mistake.grid, mistake.said_cam, mistake.true_cam) == (None, None, None)


def test_label_that_is_not_there_is_a_mistake_without_a_true_map(classifier: Classifier) -> None:
    worst = WorstMistakes(Objective(SIGMOID, multi_label=True))
    photo = Photo(np.zeros((64, 96, 3), np.uint8), "PNG")
    worst.consider(Sample(Path("x"), "x", ()), photo, answered(classifier, torch.tensor([-1.0, 2, -1, -1, -1])))
    (mistake,) = worst.mistakes()
    assert (mistake.said, mistake.shown, mistake.true_cam, mistake.probability_shown) == (1, None, None, None)


def test_picture_whose_label_was_only_missed_says_nothing_that_is_not_there(classifier: Classifier) -> None:
    worst = WorstMistakes(Objective(SIGMOID, multi_label=True))
    photo = Photo(np.zeros((64, 96, 3), np.uint8), "PNG")
    worst.consider(
        Sample(Path("a.png"), "a.png", (0, 1)), photo, answered(classifier, torch.tensor([3.0, -1, -4, -4, -4]))
    )
    (mistake,) = worst.mistakes()
    assert (mistake.said, mistake.shown) == (0, 1)
