"""Whether maps hang on what a network has learned: they are compared with those of the network as it forgets.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps". The class is what was said, the photo and the cells stay.

    shuffled     each class gets what another one has of the head: whether maps tell classes apart
    steps        the head redrawn (one without rows is the last layer itself), then more and more of the layers below
                 it (model.evaluation.cascade)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from model.bundle import Bundle, read_bundle
from model.cam import Array
from model.classifier import Classifier
from model.coverage import Size
from model.errors import InferenceError, ModelError
from model.evaluation.bootstrap import signed_mean_of
from model.evaluation.cascade import cascade, layer_count, others, redrawn_head
from model.evaluation.figures import Mean, SanityFigures, Spoiling
from model.evaluation.likeness import laid_out, rank_correlation, structural_similarity
from model.figures import Count
from model.geometry import Grid
from model.preprocess import Prepared
from model.runtime import Runtime
from model.spec import Record
from model.threads import map_ahead

MOST_STEPS = 24  # a network has up to some hundred layers, and each step is a network that all photos go through
HEAD, SHUFFLED = "head", "shuffled"


class Spoiled(Record):
    """A line of sanity.jsonl: how like the original maps those of a spoiled network are, picture by picture.

    Attributes:
        layers: how many were redrawn
        name: of the last one; SHUFFLED where none was and the head's rows were
        pictures: their numbers
        rank: correlations of the cells; None where a picture has no finite map any more
        ssim: structural similarities, likewise
        of: how many layers the network has
    """

    layers: Count
    name: str
    pictures: tuple[Count, ...]
    rank: tuple[float | None, ...]
    ssim: tuple[float | None, ...]
    of: Count


@dataclass(frozen=True)
class Original:
    """A picture, ready for any network of the same input, and its map as it should be.

    Attributes:
        number: of the picture
        said: the class that is looked at
        prepared: what the network sees
    """

    number: int
    said: int
    prepared: Prepared
    values: Array
    grid: Grid

    @property
    def size(self) -> Size:
        """(width, height) of the photo."""
        return self.prepared.photo_size

    @cached_property
    def laid(self) -> Array:
        """The map on the photo, as it is compared."""
        return laid_out(self.values, self.grid, self.size).astype(np.float32)


@dataclass(frozen=True)
class Spoiler:
    """Spoils a network step by step, and compares.

    Attributes:
        classifier: the network, whose head keeps locations
        originals: the pictures
        seed: of what is drawn
        workers: pictures at the same time
        threads: of one forward pass
        progress: is told after each picture how many comparisons are done, and how many there will be
    """

    classifier: Classifier
    originals: Sequence[Original]
    seed: int
    workers: int
    threads: int
    progress: Callable[[int, int], None] = field(default=lambda _done, _total: None)

    def steps(self, done: int) -> Iterator[Spoiled]:
        """What each step comes to, but for the first ones that are done already."""
        bundle = read_bundle(self.classifier.bundle.path)
        has_rows = bundle.head.weight is not None
        below = layer_count(bundle.graph)
        at, whole = at_layers(below), below + has_rows
        first = 1 + has_rows
        told = partial(self._step, of=whole, total=first + len(at))
        if done < 1:
            yield told(None, 0, SHUFFLED, done=0)
        bundle = replace(bundle, head=redrawn_head(bundle.head, self.seed))
        if done < first and has_rows:
            yield told(bundle, 1, HEAD, done=1)
        for place, (count, (name, graph)) in enumerate(
            zip(at, cascade(bundle.graph, at, self.seed), strict=True), first
        ):
            if place >= done:
                yield told(replace(bundle, graph=graph), count + has_rows, name, done=place)

    def _step(self, bundle: Bundle | None, layers: int, name: str, of: int, total: int, done: int) -> Spoiled:
        """Compare the maps of one spoiled network; without one, those of other classes."""
        if bundle is None:
            look = partial(_map_of, self.classifier, others(len(self.classifier.spec.labels), self.seed))
        else:
            look = partial(_map_of, Classifier(bundle, Runtime(bundle, self.threads)), None)
        ranks, similarities = [], []
        for values, one in zip(map_ahead(look, self.originals, self.workers), self.originals, strict=True):
            ranks.append(None if values is None else rank_correlation(one.values, values))
            similarities.append(None if values is None else _similarity(one, values))
            self.progress(done * len(self.originals) + len(ranks), total * len(self.originals))
        return Spoiled(
            layers=layers,
            name=name,
            pictures=tuple(one.number for one in self.originals),
            rank=tuple(ranks),
            ssim=tuple(similarities),
            of=of,
        )


def at_layers(count: int) -> list[int]:
    """After how many redrawn layers maps are compared: after each, or evenly where there are many."""
    steps = min(count, MOST_STEPS)
    return [round((step + 1) * count / steps) for step in range(steps)]


def sanity_figures(lines: Sequence[Spoiled], seed: int = 0) -> SanityFigures | None:
    """What the steps come to; None of none.

    Args:
        lines: of them
        seed: of the resamples
    """
    if not lines or not lines[0].pictures:
        return None
    shuffled, *steps = [_figures(line, seed) for line in lines]
    return SanityFigures(
        pictures=len(lines[0].pictures),
        layers=lines[0].of,
        shuffled=shuffled,
        steps=tuple(steps),
    )


def _figures(line: Spoiled, seed: int) -> Spoiling:
    return Spoiling(
        layers=line.layers,
        name=line.name,
        rank=_mean(line.rank, seed),
        ssim=_mean(line.ssim, seed),
        maps=sum(one is not None for one in line.rank),
    )


def _mean(values: Sequence[float | None], seed: int) -> Mean | None:
    return signed_mean_of(np.array([np.nan if one is None else one for one in values], np.float64), seed)


def _map_of(classifier: Classifier, others_of: Sequence[int] | None, one: Original) -> Array | None:
    """A picture's map of the class that was said, or of the one whose row it got; None where it is not finite."""
    try:
        [answer] = classifier.answer([one.prepared], alone=False)
        if answer.maps is None:
            return None
        values = answer.maps[one.said if others_of is None else others_of[one.said]]
    except (InferenceError, ModelError):
        return None
    return values if np.isfinite(values).all() else None


def _similarity(one: Original, values: Array) -> float:
    return structural_similarity(one.laid.astype(np.float64), laid_out(values, one.grid, one.size))
