"""One picture asked about again and again: without its first cells, with only these, with only its evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from model.cam import Array
from model.classifier import Classifier
from model.counterfactual import alter, counts, fill_of, first_cells
from model.coverage import Cells, Double, pixels_of
from model.dataset import Sample
from model.errors import InferenceError, ModelError
from model.evaluation.faithfulness import FILL, STEPS, Answers, AskedAgain
from model.evaluation.orders import orders_of, seen_through
from model.evaluation.records import PictureRecord
from model.geometry import Grid
from model.photos import Photo, Pixels, open_photo
from model.preprocess import enough, no_finer


@dataclass(frozen=True)
class Chosen:
    """A picture and what was seen of it."""

    record: PictureRecord
    sample: Sample


@dataclass(frozen=True)
class Asker:
    """Asks about pictures again; keeps nothing, and may be called from several threads.

    Attributes:
        classifier: the network, whose head keeps locations
        max_megapixels: larger pictures are left out
        seed: of the order by chance
        batch: photos that share a pass
    """

    classifier: Classifier
    max_megapixels: float
    seed: int
    batch: int

    def ask(self, one: Chosen) -> AskedAgain:
        """Everything that is asked of one picture; what befalls it is its own."""
        try:
            return self._ask(one, self.photo(one.sample))
        except (ModelError, OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
            return AskedAgain(number=one.record.number, said=one.record.said, problem=f"'{one.record.path}': {why}")

    def photo(self, sample: Sample) -> Photo:
        """A picture, no finer than it helps: every altered one begins with these pixels.

        Raises:
            PhotoError, OSError: it cannot be read
        """
        least = enough(self.classifier.spec.preprocessing)
        photo = open_photo(sample.path.read_bytes(), self.max_megapixels).read(least)
        return Photo(no_finer(photo.pixels, least(*photo.size)), photo.format, photo.size)

    def _ask(self, one: Chosen, photo: Photo) -> AskedAgain:
        said = one.record.said
        [whole] = self.classifier.answer([self.classifier.prepare(photo)])
        if whole.maps is None or whole.grid is None:
            raise InferenceError("The network gave no maps.")
        values = whole.maps[said]
        numbers = counts(values.size, STEPS)
        orders = orders_of(values, whole.grid, photo.size, (self.seed, one.record.number))
        first = partial(first_cells, shape=values.shape)
        kept: list[Double | Array] = [np.zeros(values.shape)]
        for order in orders.values():
            kept += [1 - first(order, count) for count in numbers[1:-1]]
            kept += [first(order, count) for count in numbers[1:-1]]
            kept.append(seen_through(values, order))
        none, *rest = self._probabilities(photo, whole.grid, kept, said)
        all_of_it, inner = _checked(whole.probabilities, said), len(numbers) - 2
        told = {}
        for name in orders:
            own, rest = rest[: 2 * inner + 1], rest[2 * inner + 1 :]
            told[name] = Answers(
                deletion=(all_of_it, *own[:inner], none),
                insertion=(none, *own[inner : 2 * inner], all_of_it),
                kept=own[-1],
            )
        return AskedAgain(
            number=one.record.number, said=said, shares=tuple(count / values.size for count in numbers), orders=told
        )

    def _probabilities(self, photo: Photo, grid: Grid, kept: Sequence[Double | Array], said: int) -> list[float]:
        """The class's probability with only parts of the cells kept, each (rows, columns); the rest is filled."""
        found: list[float] = []
        waiting = []
        for pixels in _altered(photo, grid, kept):
            waiting.append(self.classifier.prepare(Photo(pixels, photo.format, photo.size)))
            if len(waiting) == self.batch or len(found) + len(waiting) == len(kept):
                found += [_checked(answer.probabilities, said) for answer in self.classifier.answer(waiting)]
                waiting = []
        return found


def _altered(photo: Photo, grid: Grid, kept: Sequence[Double | Array]) -> Iterator[Pixels]:
    pixels = photo.pixels
    fill = fill_of(pixels, FILL)
    size = (pixels.shape[1], pixels.shape[0])
    for parts in kept:
        yield alter(pixels, fill, pixels_of(Cells(1 - parts), grid, size, photo.size))


def _checked(probabilities: Array, said: int) -> float:
    """A class's probability.

    Raises:
        InferenceError: it is none
    """
    value = float(probabilities[said])
    if not np.isfinite(value):
        raise InferenceError("The network's answer to this photo is not finite.")
    return min(1.0, max(0.0, value))
