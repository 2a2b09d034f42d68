"""Pairs of pictures that differ in what is marked alone: a network should say the same of both.

    cut       a marked picture, and itself with its mean colour in place of the marks
    pasted    a picture of other classes, and itself with what is marked on another one, at the same place

What a mark does to the features is measured, so, with all the cells that see it and on grounds that it never lay on.
Both pictures of a pair are files, no larger than learning from them takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.census import Census, look
from model.corrections import Corrections, Marked, donors
from model.counterfactual import Fill, fill_of
from model.dataset import Sample
from model.photos import Pixels, fit_within, open_photo, shrink_to
from model.png import encode_png
from model.preprocess import enough
from model.sessions import usable_cores
from model.spec import Preprocessing
from model.threads import map_ahead

PASTES = 8  # for each marked picture
FEWEST_PASTES, MOST_PASTES = 64, 512


@dataclass(frozen=True)
class Pair:
    """Two pictures that differ in what is marked alone.

    Attributes:
        before: with its labels
        after: with the same ones
        wrong: indices of the classes whose scores must not change
        pasted: whether a mark was put there; else it was cut out
        held_out: whether it is to choose by; else to learn from
    """

    before: Sample
    after: Sample
    wrong: tuple[int, ...]
    pasted: bool
    held_out: bool


class _Wish(NamedTuple):
    """A pair to be made: which picture, with the marks of which one; its own are cut out."""

    place: int
    sample: Sample
    marks: Marked

    @property
    def pasted(self) -> bool:
        return self.sample != self.marks.sample


@dataclass(frozen=True)
class PairMaker:
    """Makes pairs.

    Attributes:
        folder: for their files
        preprocessing: of the network that is to learn from them
        max_megapixels: of pictures
        labels: of the classes
    """

    folder: Path
    preprocessing: Preprocessing
    max_megapixels: float
    labels: tuple[str, ...]

    def make(
        self, corrections: Corrections, pictures: Sequence[Sample], held_out: frozenset[Path], seed: int
    ) -> tuple[Pair, ...]:
        """Pairs of all marked pictures to learn from, and of some others.

        Args:
            corrections: what is marked
            pictures: to learn from, those held out among them
            held_out: of these
            seed: of which others get which marks
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        wishes = _wishes([one for one in corrections.pictures if one.learned], pictures, seed)
        return tuple(map_ahead(lambda wish: self._pair(wish, held_out), wishes, usable_cores()))

    def _pair(self, wish: _Wish, held_out: frozenset[Path]) -> Pair:
        sample, marks = wish.sample, wish.marks
        pixels = self._pixels(sample)
        size = (pixels.shape[1], pixels.shape[0])
        by = shrink_to(self._pixels(marks.sample), size) if wish.pasted else fill_of(pixels, Fill.MEAN)
        kind = f"with the marks of {marks.sample.name}" if wish.pasted else "without its marks"
        before, after = (
            replace(sample, path=self.folder / f"{wish.place:04}-{name}.png", name=f"{sample.name} {told}")
            for name, told in (("before", "as it is"), ("after", kind))
        )
        _write(before.path, pixels)
        _write(after.path, marks.replaced(pixels, by))
        return Pair(before, after, marks.classes(self.labels), wish.pasted, sample.path in held_out)

    def _pixels(self, sample: Sample) -> Pixels:
        """Of a picture, at most as large as the network can make use of."""
        least = enough(self.preprocessing)
        photo = open_photo(sample.path.read_bytes(), self.max_megapixels).read(least)
        return shrink_to(photo.pixels, fit_within(photo.size, max(least(*photo.size))))


def _wishes(marked: Sequence[Marked], pictures: Sequence[Sample], seed: int) -> list[_Wish]:
    """Every marked picture without its marks, and others with them, each with those of the next that is unlike it."""
    wishes = [_Wish(place, one.sample, one) for place, one in enumerate(marked)]
    most = len(wishes) + min(max(PASTES * len(marked), FEWEST_PASTES), MOST_PASTES)
    own = {one.sample.path for one in marked}
    for turn, index in enumerate(np.random.default_rng(seed).permutation(len(pictures))):
        sample = pictures[index]
        unlike = [] if sample.path in own else donors(marked, sample.labels)
        if unlike and len(wishes) < most:
            wishes.append(_Wish(len(wishes), sample, unlike[turn % len(unlike)]))
    return wishes


def _write(file: Path, pixels: Pixels) -> None:
    """A picture that is there whole or not at all: a training that goes on makes the same ones again."""
    draft = file.with_suffix(".draft")
    draft.write_bytes(encode_png(pixels))
    draft.replace(file)


def with_files(census: Census, pairs: Sequence[Pair], max_megapixels: float) -> Census:
    """A census that knows the pairs' files, too."""
    seen = {one.path: look(one.path, max_megapixels) for pair in pairs for one in (pair.before, pair.after)}
    return replace(
        census,
        sha256={**census.sha256, **{path: one.sha256 for path, one in seen.items()}},
        sizes={**census.sizes, **{path: one.size for path, one in seen.items()}},
    )


def choose(pairs: Sequence[Pair], count: int, rng: np.random.Generator) -> list[int]:
    """Places of pairs to learn from together, of both kinds as many where there are both; one may come twice.

    Args:
        pairs: one at least
        count: how many are wanted
        rng: decides
    """
    kinds = [[place for place, pair in enumerate(pairs) if pair.pasted is pasted] for pasted in (False, True)]
    there = [kind for kind in kinds if kind]
    return [int(rng.choice(there[turn % len(there)])) for turn in range(count)]
