"""What a finished network is worth: the validation pictures, answered as they will be when it is served."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from model.cam import Array
from model.classifier import Classifier
from model.dataset import Sample
from model.errors import DatasetError, PhotoError
from model.evaluation.calibration import reliability
from model.metrics import Calibration, ClassFigures, Mistake
from model.photos import Least, Photo, open_photo
from model.preprocess import enough
from model.sessions import usable_cores
from model.spec import Activation
from model.threads import map_ahead
from model.training.mistakes import WorstMistakes
from model.training.objective import Objective, targets_of

MOST_CONFUSED = 2000  # classes; a table of more is larger than all else that is told of a network


@dataclass(frozen=True)
class Judgement:
    """A network's answers to the validation pictures.

    Attributes:
        samples: those that could be read
        scores: logits of all classes, (N, K)
        targets: 1 where a picture is of a class, (N, K)
        losses: each picture's cross-entropy, (N,)
        right: whether the best class, or of several labels the whole set, is the true one, (N,)
        probabilities: (N, K)
        mistakes: the worst, worst first
        multi_label: whether a picture may have several
    """

    samples: tuple[Sample, ...]
    scores: Tensor
    targets: Tensor
    losses: Tensor
    right: Tensor
    probabilities: Tensor
    mistakes: tuple[Mistake, ...]
    multi_label: bool

    @property
    def accuracy(self) -> float:
        """The share of pictures that is right."""
        return float(self.right.double().mean())


def judge(
    classifier: Classifier,
    samples: Sequence[Sample],
    objective: Objective,
    max_megapixels: float,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Judgement:
    """Let a network answer labelled pictures.

    Args:
        classifier: the network, as it is served
        samples: labelled pictures
        objective: what it was trained towards; says what is right
        max_megapixels: a larger picture is left out
        progress: called with pictures done and in all

    Raises:
        DatasetError: none of the pictures can be read
    """
    classes, worst = classifier.spec.classes, WorstMistakes(objective)
    read: list[Sample] = []
    scores: list[Array] = []
    least = enough(classifier.spec.preprocessing)
    photos = map_ahead(lambda sample: _read(sample, max_megapixels, least), samples, usable_cores())
    for number, (sample, photo) in enumerate(zip(samples, photos, strict=True), start=1):
        if photo is not None:
            answer = classifier.explain([photo])[0]
            read.append(sample)
            scores.append(answer.logits)
            worst.consider(sample, photo, answer)
        progress(number, len(samples))
    if not read:
        raise DatasetError("None of the validation pictures can be read any more.")
    logits, targets = torch.from_numpy(np.stack(scores)), targets_of(read, classes)
    softmax = objective.activation is Activation.SOFTMAX
    return Judgement(
        samples=tuple(read),
        scores=logits,
        targets=targets,
        losses=objective.score_losses(logits, targets),
        right=objective.score_right(logits, targets),
        probabilities=logits.double().softmax(dim=1) if softmax else logits.double().sigmoid(),
        mistakes=worst.mistakes(),
        multi_label=objective.multi_label,
    )


def class_figures(judgement: Judgement, labels: Sequence[str], train: Sequence[int]) -> tuple[ClassFigures, ...]:
    """Each class's precision, recall and F1.

    Args:
        judgement: of the validation pictures
        labels: of the classes
        train: pictures that each class was learned from
    """
    said = _said(judgement)
    true = judgement.targets > 0
    hits = (said & true).sum(dim=0).tolist()
    figures = []
    for index, label in enumerate(labels):
        said_it, val = int(said[:, index].sum()), int(true[:, index].sum())
        figures.append(
            ClassFigures(
                label=label,
                train=train[index],
                val=val,
                precision=_share(hits[index], said_it),
                recall=_share(hits[index], val),
                f1=_share(2 * hits[index], said_it + val),
            )
        )
    return tuple(figures)


def confusion(judgement: Judgement) -> tuple[tuple[int, ...], ...] | None:
    """Pictures by true class (rows) and by what was said (columns), K x K; None of several labels or too many."""
    if judgement.multi_label or judgement.targets.shape[1] > MOST_CONFUSED:
        return None
    best, true = judgement.scores.argmax(dim=1), judgement.targets.argmax(dim=1)
    matrix = multiclass_confusion_matrix(best, true, num_classes=judgement.targets.shape[1])
    return tuple(tuple(int(count) for count in row) for row in matrix.tolist())


def calibration(judgement: Judgement) -> Calibration:
    """Whether it is as often right as it is sure: of what was said, or of several labels each one's yes or no."""
    if judgement.multi_label:
        sure = judgement.probabilities.flatten()
        said = sure >= 0.5
        confidence = torch.where(said, sure, 1 - sure)
        right = said == (judgement.targets.flatten() > 0)
    else:
        confidence, best = judgement.probabilities.max(dim=1)
        right = judgement.targets.gather(1, best[:, None]).squeeze(1) > 0
    return reliability(confidence.numpy(), right.numpy())


def _said(judgement: Judgement) -> Tensor:
    """What the network said, (N, K) bool: the best class, or of several labels all that are more likely than not."""
    if judgement.multi_label:
        return judgement.scores > 0
    best = judgement.scores.argmax(dim=1, keepdim=True)
    return torch.zeros_like(judgement.scores, dtype=torch.bool).scatter(1, best, value=True)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _read(sample: Sample, max_megapixels: float, least: Least) -> Photo | None:
    try:
        return open_photo(sample.path.read_bytes(), max_megapixels).read(least)
    except (PhotoError, OSError):
        return None
