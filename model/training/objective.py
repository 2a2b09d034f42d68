"""What a network is trained towards: the loss, and when an answer counts as right."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from model.dataset import Sample
from model.spec import Activation


@dataclass(frozen=True)
class Objective:
    """Cross-entropy, by softmax over the classes or by a sigmoid for each.

    Targets are (B, K), 1 where a picture is of a class and 0 elsewhere.

    Attributes:
        activation: softmax for one label per picture, sigmoid for several
        single_logit: one output z for two classes, z and -z
        multi_label: whether a picture may have several labels
        smoothing: share of each target that is spread over all classes
        class_weights: factors of the classes' losses, (K,); none for equal ones
    """

    activation: Activation
    single_logit: bool = False
    multi_label: bool = False
    smoothing: float = 0.0
    class_weights: Tensor | None = None

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of a batch, smoothed and weighted; a scalar."""
        weights = None if self.class_weights is None else self.class_weights.to(logits.device)
        losses = self._losses(logits, self._smoothed(targets))
        if weights is not None:
            losses = losses * (targets * weights).sum(dim=1) / targets.sum(dim=1).clamp(min=1)
        return losses.mean()

    def plain_losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Each picture's loss as it is, to judge by: neither smoothed nor weighted; (B,)."""
        return self._losses(logits, targets)

    def change(self, before: Tensor, after: Tensor, wrong: Tensor) -> Tensor:
        """By how much scores differ between pictures that should have the same ones; a scalar, in squared logits.

        A softmax takes what all classes have in common for nothing, and so does this.

        Args:
            before: logits (P, K)
            after: of the same pictures otherwise, likewise
            wrong: 1 for the classes that are to stay as they are, else 0, (P, K)
        """
        apart = self.scores(before.float()) - self.scores(after.float())
        if self.activation is Activation.SOFTMAX:
            apart = apart - apart.mean(dim=1, keepdim=True)
        return ((apart.square() * wrong).sum(dim=1) / wrong.sum(dim=1)).mean()

    def right(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Which answers are right: the best class, or of several labels the whole set; (B,) bool."""
        scores = self.scores(logits)
        if self.multi_label:
            return ((scores > 0) == (targets > 0)).all(dim=1)
        return targets.gather(1, scores.argmax(dim=1, keepdim=True)).squeeze(1) > 0

    def score_losses(self, scores: Tensor, targets: Tensor) -> Tensor:
        """`plain_losses`, from what `scores` gives."""
        return self.plain_losses(scores[:, :1] if self.single_logit else scores, targets)

    def score_right(self, scores: Tensor, targets: Tensor) -> Tensor:
        """`right`, from what `scores` gives."""
        return self.right(scores[:, :1] if self.single_logit else scores, targets)

    def scores(self, logits: Tensor) -> Tensor:
        """Logits of all classes, (B, K)."""
        return torch.cat([logits, -logits], dim=1) if self.single_logit else logits

    def _losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        logits = logits.float()
        if self.activation is Activation.SOFTMAX:
            return functional.cross_entropy(logits, targets, reduction="none")
        if self.single_logit:
            targets = targets[:, :1]
        return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)

    def _smoothed(self, targets: Tensor) -> Tensor:
        if not self.smoothing:
            return targets
        return targets * (1 - self.smoothing) + self.smoothing / targets.shape[1]


def targets_of(samples: Sequence[Sample], classes: int) -> Tensor:
    """1 where a picture is of a class, 0 elsewhere: (N, K) float32."""
    targets = torch.zeros(len(samples), classes)
    for row, sample in enumerate(samples):
        targets[row, list(sample.labels)] = 1
    return targets


def balanced_class_weights(targets: Tensor) -> Tensor:
    """Weights that let every class count alike: N / (K n_k), (K,), for n_k pictures of class k."""
    counts = targets.sum(dim=0)
    return len(targets) / (targets.shape[1] * counts.clamp(min=1))


def balanced_picture_weights(targets: Tensor) -> Tensor:
    """How often to draw each picture so that every class is drawn alike: (N,); of several labels the rarest counts."""
    weights = balanced_class_weights(targets)
    return (targets * weights).amax(dim=1)
