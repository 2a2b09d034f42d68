"""Pictures to fine-tune on: random parts, maybe mirrored, to learn from; whole ones, as served, to choose by."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning import LightningDataModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import InterpolationMode, v2

from model.dataset import Sample
from model.errors import PhotoError, TrainingError
from model.photos import Least, Photo, open_photo
from model.plan import Plan
from model.preprocess import enough, input_size, prepare
from model.sessions import usable_cores
from model.spec import Interpolation, Preprocessing
from model.training.objective import targets_of
from model.training.order import AlikeBatches, Draw, EpochOrder
from model.training.pairs import Pair, choose
from model.training.trainers import Loader

SMALLEST_PART = 0.25  # of a picture's area that a training crop shows
MOST_WORKERS = 8
PAIR_SHARE = 0.25  # of the pictures of a step that bring a pair with them
COLOUR = 0.2  # by how much brightness, contrast and saturation vary
MODES = {Interpolation.BILINEAR: InterpolationMode.BILINEAR, Interpolation.BICUBIC: InterpolationMode.BICUBIC}

log = logging.getLogger("camscope.training")


@dataclass(frozen=True)
class Pictures:
    """What a network is fine-tuned on.

    Attributes:
        train: to learn from
        held_out: to choose by
        train_targets: 1 where a picture is of a class, (N, K)
        held_out_targets: likewise
        sizes: (width, height) of each, in pixels
        weights: how often to draw each training picture, (N,); none for each once an epoch
        max_megapixels: a larger one is left out
        pairs: to say the same of both pictures; those held out, altered, are to choose by
    """

    train: Sequence[Sample]
    held_out: Sequence[Sample]
    train_targets: Tensor
    held_out_targets: Tensor
    sizes: Mapping[Path, tuple[int, int]]
    weights: Tensor | None
    max_megapixels: float
    pairs: Sequence[Pair] = ()


class RandomParts(Dataset[tuple[Tensor, ...]]):
    """Random parts of the training pictures, (side, side, 3) uint8, with their targets.

    Where there are pairs, one comes with some of them: the same part of both its pictures, and which of the
    scores are to stay as they are.

    Epoch, seed and picture alone decide what is drawn, whichever process draws it. A picture that
    cannot be read any more is named, and another one stands in.
    """

    def __init__(self, pictures: Pictures, preprocessing: Preprocessing, side: int, seed: int) -> None:
        self._samples, self._targets = pictures.train, pictures.train_targets
        self._seed, self._max_megapixels = seed, pictures.max_megapixels
        self._pairs = [pair for pair in pictures.pairs if not pair.held_out] or pictures.pairs
        self._enough = enough(preprocessing)
        self._augment = v2.Compose(
            [
                v2.RandomResizedCrop(
                    side, scale=(SMALLEST_PART, 1.0), interpolation=MODES[preprocessing.interpolation], antialias=True
                ),
                v2.RandomHorizontalFlip(),
                v2.ColorJitter(COLOUR, COLOUR, COLOUR),
            ]
        )

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, draw: Draw) -> tuple[Tensor, ...]:
        rng = np.random.default_rng((self._seed, draw.epoch, draw.picture, len(self._pairs)))
        if self._pairs and rng.random() < PAIR_SHARE:
            return (*self._own(draw), *self._pair(self._pairs[choose(self._pairs, 2, rng)[rng.integers(2)]], draw))
        return self._own(draw)

    def _own(self, draw: Draw) -> tuple[Tensor, Tensor]:
        for place in range(len(self._samples)):
            index = (draw.picture + place) % len(self._samples)
            try:
                photo = _read(self._samples[index], self._max_megapixels, self._enough)
            except (PhotoError, OSError) as error:
                log.warning("left out of this epoch: %s: %s", self._samples[index].name, error)
                continue
            part = self._part(torch.from_numpy(photo.pixels.copy()), Draw(draw.epoch, index))
            return part, self._targets[index]
        raise TrainingError("none of the training pictures can be read any more")

    def _pair(self, pair: Pair, draw: Draw) -> tuple[Tensor, Tensor, Tensor]:
        """One part of both pictures, which are this training's own files."""
        both = np.stack([_read(one, self._max_megapixels, self._enough).pixels for one in (pair.before, pair.after)])
        before, after = self._part(torch.from_numpy(both), draw)
        wrong = torch.zeros(self._targets.shape[1])
        wrong[list(pair.wrong)] = 1
        return before, after, wrong

    def _part(self, pixels: Tensor, draw: Draw) -> Tensor:
        """A random part of a picture (H, W, 3), or the same one of several (B, H, W, 3)."""
        with torch.random.fork_rng(devices=[]):
            entropy = np.random.SeedSequence((self._seed, draw.epoch, draw.picture))
            torch.manual_seed(int(entropy.generate_state(1, np.uint32)[0]))
            part: Tensor = self._augment(pixels.movedim(-1, -3))
        return part.movedim(-3, -1).contiguous()


def with_pairs(items: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """A batch: inputs and targets, and of the pairs, where some came with them, before, after and wrong."""
    own = [torch.stack(values) for values in zip(*(item[:2] for item in items), strict=True)]
    pairs = [item[2:] for item in items if len(item) > 2]
    return (*own, *(torch.stack(values) for values in zip(*pairs, strict=True)))


class WholePictures(Dataset[tuple[Tensor, ...]]):
    """The held-out pictures, whole, as serving shows them to the network: (height, width, 3) uint8, and targets."""

    def __init__(self, pictures: Pictures, preprocessing: Preprocessing) -> None:
        altered = [pair.after for pair in pictures.pairs if pair.held_out]
        self._samples = [*pictures.held_out, *altered]
        self._targets = torch.cat([pictures.held_out_targets, targets_of(altered, pictures.held_out_targets.shape[1])])
        self._preprocessing, self._max_megapixels = preprocessing, pictures.max_megapixels
        self._enough = enough(preprocessing)
        self._inputs = [input_size(preprocessing, *pictures.sizes[sample.path]) for sample in self._samples]

    def __len__(self) -> int:
        return len(self._samples)

    def shape(self, index: int) -> tuple[int, int]:
        """(width, height) of a picture's input."""
        return self._inputs[index]

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        size = self._inputs[index]
        try:
            photo = _read(self._samples[index], self._max_megapixels, self._enough)
        except (PhotoError, OSError) as error:
            log.warning("judged as black: %s: %s", self._samples[index].name, error)
            pixels: Any = np.zeros((size[1], size[0], 3), dtype=np.uint8)
        else:
            pixels = prepare(photo, self._preprocessing, size).copy()
        return torch.from_numpy(pixels), self._targets[index]


class PictureLoaders(LightningDataModule):
    """Batches of them, each process its share of the training pictures and all of those held out."""

    def __init__(self, pictures: Pictures, plan: Plan, preprocessing: Preprocessing, side: int) -> None:
        super().__init__()
        self._plan, self._weights = plan, pictures.weights
        self._parts = RandomParts(pictures, preprocessing, side, plan.seed)
        self._whole = WholePictures(pictures, preprocessing)

    def train_dataloader(self) -> Loader:
        """Batches to learn from."""
        trainer, size = self._trainer(), self._plan.batch_size
        order = EpochOrder(len(self._parts), self._plan.seed, self._weights, trainer.global_rank, trainer.world_size)
        return self._loader(
            self._parts, batch_size=size, sampler=order, drop_last=len(order) > size, collate_fn=with_pairs
        )

    def val_dataloader(self) -> Loader:
        """Batches to choose by, of one shape each."""
        batches = AlikeBatches(range(len(self._whole)), self._whole.shape, self._plan.batch_size)
        return self._loader(self._whole, batch_sampler=batches)

    def _loader(self, dataset: Any, **options: Any) -> Loader:  # noqa: ANN401 (the loader's own)
        on_cpu = self._trainer().strategy.root_device.type == "cpu"
        workers = self._plan.workers
        if workers is None:  # the cores are torch's own where it runs on them
            workers = 0 if on_cpu else min(usable_cores(), MOST_WORKERS)
        return DataLoader(
            dataset,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=not on_cpu,
            multiprocessing_context="forkserver" if workers else None,
            **options,
        )

    def _trainer(self) -> Trainer:
        if self.trainer is None:
            raise RuntimeError("the loaders are asked for outside a fit")
        return self.trainer


def _read(sample: Sample, max_megapixels: float, least: Least) -> Photo:
    return open_photo(sample.path.read_bytes(), max_megapixels).read(least)
