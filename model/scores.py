"""Scores of classes: logits, what they say in probabilities, and which are highest."""

import numpy as np

from model.cam import Array
from model.spec import Activation


def both_signs(values: Array) -> Array:
    """One logit z, its bias or its map (B, 1, ...) as two classes, z and -z (B, 2, ...)."""
    return np.concatenate([values, -values], axis=1)


def activate(logits: Array, activation: Activation) -> Array:
    """Logits (..., K) to probabilities (..., K), computed in double precision."""
    wide = logits.astype(np.float64)
    if activation is Activation.SIGMOID:
        exponent = np.exp(-np.abs(wide))
        return np.where(wide >= 0, 1 / (1 + exponent), exponent / (1 + exponent)).astype(np.float32)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)


def top_classes(logits: Array, count: int) -> list[int]:
    """The classes with the highest scores, best first; of equals, the lower index.

    Args:
        logits: (K,); they order classes like probabilities, without ties from rounding to 1 or 0
        count: 0 to K
    """
    return [int(index) for index in np.argsort(-logits, kind="stable")[:count]]
