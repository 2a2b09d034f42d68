"""The pace of a head: by the size of what its first weights meet, whatever network the features come from."""

from typing import cast

import numpy as np
import pytest
import torch

from model.cam import Array, Head
from model.features import Features
from model.plan import HeadChoice
from model.spec import HeadKind, Pool
from model.training.head_fit import USUAL_SIZE, enlargement
from model.training.head_modules import build_head

CHANNELS = 32
NORMALISED = Head(
    kind=HeadKind.GAP_NORM,
    weight=np.zeros((2, CHANNELS), np.float32),
    bias=np.zeros(2, np.float32),
    gamma=np.full(CHANNELS, 0.7, np.float32),
    beta=np.zeros(CHANNELS, np.float32),
    eps=1e-12,
)


class Kept:
    """Averages of 600 pictures, as large as wanted."""

    pool = Pool.AVERAGE

    def __init__(self, size: float) -> None:
        values = np.random.default_rng(0).normal(0, 1, (600, CHANNELS))
        self._rows = (size * values / np.sqrt(np.square(values).mean())).astype(np.float32)
        self._rows.flags.writeable = False

    def __len__(self) -> int:
        return len(self._rows)

    def pooled(self, index: int) -> Array:
        return cast(Array, self._rows[index])


def enlarged(size: float, learned: Head | None = None) -> float:
    return enlargement(build_head(HeadChoice.GAP, CHANNELS, 2, learned=learned), cast(Features, Kept(size)))


@pytest.mark.parametrize("size", [0.01, USUAL_SIZE, 40.0])
def test_weights_that_meet_small_features_begin_larger(size: float) -> None:
    assert enlarged(size) == pytest.approx(USUAL_SIZE / size, rel=0.05)


@pytest.mark.parametrize("size", [0.01, USUAL_SIZE, 40.0])
def test_behind_a_normalisation_the_features_size_does_not_matter(size: float) -> None:
    assert enlarged(size, NORMALISED) == pytest.approx(USUAL_SIZE / 0.7, rel=0.01)


def test_features_that_are_all_zero_give_a_pace_all_the_same() -> None:
    assert enlarged(0.0) == pytest.approx(USUAL_SIZE / 1e-6)
    assert torch.isfinite(torch.tensor(enlarged(0.0, NORMALISED)))
