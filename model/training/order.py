"""In which order pictures are seen: the same for a seed and an epoch, wherever a training is begun or resumed."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Sampler


class Draw(NamedTuple):
    """A picture's index, and the epoch it is drawn for: together they decide its augmentation."""

    epoch: int
    picture: int


class EpochOrder(Sampler[Draw]):
    """All pictures once an epoch in random order, or as many drawn by weight; every process gets its share.

    Args:
        size: how many pictures there are
        seed: of the order
        weights: how often to draw each, (N,); none for each once
        rank: which of the processes this is
        world: how many processes share an epoch; the last pictures are left out to make the shares equal;
            where there are fewer pictures than processes, some have the same one
    """

    def __init__(self, size: int, seed: int, weights: Tensor | None = None, rank: int = 0, world: int = 1) -> None:
        self._size, self._seed, self._weights = size, seed, weights
        self._rank, self._world = rank, world
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next; Lightning does."""
        self._epoch = epoch

    def __len__(self) -> int:
        return max(self._size // self._world, 1)

    def __iter__(self) -> Iterator[Draw]:
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + self._epoch)
        if self._weights is None:
            order = torch.randperm(self._size, generator=generator)
        else:
            order = torch.multinomial(self._weights.double(), self._size, replacement=True, generator=generator)
        if self._size < self._world:  # a process without a picture would keep all others waiting
            order = order.repeat(-(-self._world // self._size))
        share = order[self._rank :: self._world][: len(self)]
        return iter([Draw(self._epoch, int(picture)) for picture in share])


class AlikeBatches(Sampler[list[Any]]):
    """Batches of pictures of one shape, in an order as random as that allows.

    Args:
        sampler: the order; Lightning tells it the epoch under this very name
        shape: of a picture
        size: of a batch at most
    """

    def __init__(self, sampler: Iterable[Draw | int], shape: Callable[[int], Hashable], size: int) -> None:
        self.sampler = sampler
        self._shape, self._size = shape, size

    def __len__(self) -> int:
        counts = Counter(self._shape(_picture(draw)) for draw in self.sampler)
        return sum(-(-count // self._size) for count in counts.values())

    def __iter__(self) -> Iterator[list[Draw | int]]:
        waiting: dict[Hashable, list[Draw | int]] = {}
        for draw in self.sampler:
            batch = waiting.setdefault(self._shape(_picture(draw)), [])
            batch.append(draw)
            if len(batch) == self._size:
                yield batch
                del waiting[self._shape(_picture(draw))]
        yield from waiting.values()


def _picture(draw: Draw | int) -> int:
    return draw.picture if isinstance(draw, Draw) else draw
