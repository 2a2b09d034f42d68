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
from model.training.order import AlikeBatches, Draw, EpochOrder
from model.training.trainers import Loader

SMALLEST_PART = 0.25  # of a picture's area that a training crop shows
MOST_WORKERS = 8
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
    """

    train: Sequence[Sample]
    held_out: Sequence[Sample]
    train_targets: Tensor
    held_out_targets: Tensor
    sizes: Mapping[Path, tuple[int, int]]
    weights: Tensor | None
    max_megapixels: float


class RandomParts(Dataset[tuple[Tensor, Tensor]]):
    """Random parts of the training pictures, (side, side, 3) uint8, with their targets.

    Epoch, seed and picture alone decide what is drawn, whichever process draws it. A picture that
    cannot be read any more is named, and another one stands in.
    """

    def __init__(self, pictures: Pictures, preprocessing: Preprocessing, side: int, seed: int) -> None:
        self._samples, self._targets = pictures.train, pictures.train_targets
        self._seed, self._max_megapixels = seed, pictures.max_megapixels
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

    def __getitem__(self, draw: Draw) -> tuple[Tensor, Tensor]:
        for place in range(len(self._samples)):
            index = (draw.picture + place) % len(self._samples)
            try:
                photo = _read(self._samples[index], self._max_megapixels, self._enough)
            except (PhotoError, OSError) as error:
                log.warning("left out of this epoch: %s: %s", self._samples[index].name, error)
                continue
            return self._part(photo, Draw(draw.epoch, index)), self._targets[index]
        raise TrainingError("none of the training pictures can be read any more")

    def _part(self, photo: Photo, draw: Draw) -> Tensor:
        with torch.random.fork_rng(devices=[]):
            entropy = np.random.SeedSequence((self._seed, draw.epoch, draw.picture))
            torch.manual_seed(int(entropy.generate_state(1, np.uint32)[0]))
            part: Tensor = self._augment(torch.from_numpy(photo.pixels.copy()).permute(2, 0, 1))
        return part.permute(1, 2, 0).contiguous()


class WholePictures(Dataset[tuple[Tensor, Tensor]]):
    """The held-out pictures, whole, as serving shows them to the network: (height, width, 3) uint8, and targets."""

    def __init__(self, pictures: Pictures, preprocessing: Preprocessing) -> None:
        self._samples, self._targets = pictures.held_out, pictures.held_out_targets
        self._preprocessing, self._max_megapixels = preprocessing, pictures.max_megapixels
        self._enough = enough(preprocessing)
        self._inputs = [input_size(preprocessing, *pictures.sizes[sample.path]) for sample in pictures.held_out]

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
        return self._loader(self._parts, batch_size=size, sampler=order, drop_last=len(order) > size)

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
