"""Ways to unlearn a planted reason, on the very same features: which of them works is measured, not believed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch

from bench.planted import Planted
from model.cam import Array
from model.census import take_census
from model.classifier import Classifier
from model.corrections import match_corrections, read_corrections
from model.coverage import Double
from model.dataset import Sample, read_dataset
from model.features import Features
from model.geometry import Grid
from model.photos import Photo, read_photo
from model.preprocess import input_size, prepare
from model.spec import Activation, Pool
from model.training.head_fit import HeadTask, refit_head
from model.training.head_modules import AverageHead
from model.training.objective import Objective, targets_of
from model.training.pairs import Pair, PairMaker

EPOCHS = 60
SEEDS = 2


@dataclass(frozen=True)
class Right:
    """Shares of the validation pictures that are right: as they are, and with the mark on the other class."""

    plain: float
    wrong: float


class _Rows:
    """Pooled features in memory, as a head learns from them."""

    pool = Pool.AVERAGE

    def __init__(self, rows: Sequence[Array]) -> None:
        self._rows = np.stack(rows).astype(np.float32)
        self._rows.flags.writeable = False

    def __len__(self) -> int:
        return len(self._rows)

    def shape(self, _index: int) -> tuple[int, ...]:
        """(C,)."""
        return self._rows.shape[1:]

    def pooled(self, index: int) -> Array:
        """(C,)."""
        return cast(Array, self._rows[index])

    def matrix(self) -> Array:
        """(N, C)."""
        return self._rows


class Comparison:
    """What each way makes of planted pictures.

    Args:
        bundle: of the network whose features are learned from
        planted: pictures
        scratch: a folder of its own
    """

    def __init__(self, bundle: Path, planted: Planted, scratch: Path) -> None:
        self._classifier = Classifier.open(bundle)
        census = take_census(read_dataset(planted.data))
        self._labels = census.dataset.labels
        self._corrections = match_corrections(read_corrections(planted.corrections), census)
        maker = PairMaker(scratch, self._classifier.spec.preprocessing, 50, self._labels)
        self._train, self._val = census.dataset.train, census.dataset.val
        self._pairs = maker.make(self._corrections, self._train, frozenset(), seed=0)
        wrong = read_dataset(planted.wrong).val
        self._rows = [self._pooled(one) for one in self._train]
        self._judged = [(np.stack([self._pooled(one) for one in part]), part) for part in (self._val, wrong)]
        self._sides = [(self._pooled(pair.before), self._pooled(pair.after)) for pair in self._pairs]
        self._inside = [self._within(one.sample, one.parts) for one in self._corrections.pictures]

    def run(self) -> Mapping[str, Right]:
        """Every way, by name."""
        cut = [place for place, pair in enumerate(self._pairs) if not pair.pasted]
        pasted = [place for place, pair in enumerate(self._pairs) if pair.pasted]
        repeated = cut * (len(self._train) // len(self._labels) // len(cut))
        return {
            "no correction": self._right([], []),
            "cut pictures learned, too, as often as their class": self._right(repeated, []),
            "pasted pictures learned, too": self._right(pasted, []),
            "both learned, too": self._right([*repeated, *pasted], []),
            "evidence inside the marks is 0": self._right([], None),
            "same answer, cut out": self._right([], cut),
            "same answer, pasted": self._right([], pasted),
            "same answer, cut out and pasted (what Camscope does)": self._right([], [*cut, *pasted]),
        }

    def _right(self, learned: Sequence[int], paired: Sequence[int] | None) -> Right:
        """Some pairs' altered pictures are learned from, of some the same answer is asked; None: none inside marks."""
        rows = [*self._rows, *(self._sides[place][1] for place in learned)]
        samples = [*self._train, *(self._pairs[place].after for place in learned)]
        if paired is None:
            sides = [(inside, np.zeros_like(inside)) for inside in self._inside]
            pairs = [self._pairs[0]] * len(sides)
        else:
            sides, pairs = [self._sides[place] for place in paired], [self._pairs[place] for place in paired]
        rows += [row for both in sides for row in both]
        samples += [one for pair in pairs for one in (pair.before, pair.after)]
        shares = np.mean([self._of_seed(rows, samples, pairs, seed) for seed in range(SEEDS)], axis=0)
        return Right(*(float(share) for share in shares))

    def _of_seed(
        self, rows: Sequence[Array], samples: Sequence[Sample], pairs: Sequence[Pair], seed: int
    ) -> tuple[float, ...]:
        objective, classes = Objective(Activation.SOFTMAX), len(self._labels)
        task = HeadTask(
            make=lambda: AverageHead(len(rows[0]), classes),
            features=cast(Features, _Rows(rows)),
            targets=targets_of(samples, classes),
            objective=objective,
            epochs=EPOCHS,
            seed=seed,
            pairs=pairs,
        )
        head = refit_head(task, EPOCHS)
        with torch.no_grad():
            said = [(head.classify(torch.from_numpy(rows)), part) for rows, part in self._judged]
        return tuple(float(objective.right(logits, targets_of(part, classes)).float().mean()) for logits, part in said)

    def _pooled(self, sample: Sample) -> Array:
        return np.asarray(self._maps(sample)[0].mean((1, 2)))

    def _within(self, sample: Sample, parts: Callable[[Grid], Double]) -> Array:
        maps, photo = self._maps(sample)
        grid = self._classifier.explain([photo])[0].grid
        if grid is None:
            raise ValueError("the network gives no maps")
        return np.asarray((maps * parts(grid)).mean((1, 2)), dtype=np.float32)

    def _maps(self, sample: Sample) -> tuple[Array, Photo]:
        photo = read_photo(sample.path.read_bytes())
        preprocessing = self._classifier.spec.preprocessing
        size = input_size(preprocessing, photo.width, photo.height)
        return self._classifier.features(prepare(photo, preprocessing, size)[None])[0], photo
