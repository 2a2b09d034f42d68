"""Which picture of a listing somebody means, by the name that they give it.

    1. the very file
    2. of the pictures with that name, or that name without its ending, the one with most folders in common with it,
       counted from the name upwards; of several with as many the one whose ending is the same, too

So a picture is found by its path within the data, however many folders lie around either, and by its name alone where
only one has it. Where two remain, none is meant.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath

from model.dataset import Sample

Rank = tuple[int, bool]


class Places:
    """Where pictures stand in a listing."""

    def __init__(self, samples: Sequence[Sample], beside: Sequence[Sample] = ()) -> None:
        """Know the names.

        Args:
            samples: the listing
            beside: pictures of the same data that are not in it, but may be meant
        """
        self._samples = len(samples)
        self._paths: dict[str, int] = {}
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._stems: dict[str, list[int]] = defaultdict(list)
        self._names: list[PurePosixPath] = []
        for number, sample in enumerate([*samples, *beside]):
            name = PurePosixPath(sample.name)
            self._paths[os.path.normpath(sample.path)] = number
            self._whole[sample.name].append(number)
            self._stems[name.stem].append(number)
            self._names.append(name)

    def is_beside(self, place: int) -> bool:
        """Whether a place is that of a picture which is not in the listing."""
        return place >= self._samples

    def of(self, name: str, path: Path | None = None) -> int | None:
        """The place of a picture, those beside the listing behind it; None where there is none, or more than one.

        Args:
            name: with or without folders and ending
            path: where it may lie
        """
        if path is not None and (place := self._paths.get(os.path.normpath(path))) is not None:
            return place
        if len(places := self._whole.get(name, [])) == 1:
            return places[0]
        meant = PurePosixPath(name)
        near = [*self._stems.get(meant.stem, []), *(self._stems.get(meant.name, []) if meant.suffix else [])]
        if len(near) < 2:
            return near[0] if near else None
        ranks = [_rank(meant, self._names[place]) for place in near]
        best = max(ranks)
        return near[ranks.index(best)] if ranks.count(best) == 1 else None


def _rank(meant: PurePosixPath, name: PurePosixPath) -> Rank:
    pairs = zip(reversed(meant.parts[:-1]), reversed(name.parts[:-1]), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)), meant.name == name.name
