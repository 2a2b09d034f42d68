"""How far a model goes by a mark that was planted: what is right with it and without, and where the evidence lies."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import fmean

import numpy as np

from bench.planted import Planted
from model.census import take_census
from model.classifier import Classifier, Explanation
from model.corrections import Marked, match_corrections, read_corrections
from model.dataset import Sample, read_dataset
from model.evidence import shares_of
from model.photos import read_photo

COLUMNS = ("", "no mark", "mark on its own class", "mark on the other class", "evidence in the marks")


@dataclass(frozen=True)
class Deceived:
    """Shares from 0 to 1.

    Attributes:
        plain: of the validation pictures that are right
        own: likewise, the mark on all of its own class, as in training
        wrong: likewise, the mark on all of the other class
        inside: of the evidence for the class of the marked pictures that lies in the marks, on average
    """

    plain: float
    own: float
    wrong: float
    inside: float

    def cells(self, name: str) -> tuple[str, ...]:
        """A row of a table with COLUMNS."""
        return (name, *(f"{value:.1%}" for value in astuple(self)))


def deceived(bundle: Path, planted: Planted) -> Deceived:
    """Ask a model about every validation picture, without the mark and with it, and about the marked pictures."""
    classifier = Classifier.open(bundle)
    plain, own, wrong = (
        _right(classifier, read_dataset(data).val) for data in (planted.data, planted.own, planted.wrong)
    )
    corrections = match_corrections(read_corrections(planted.corrections), take_census(read_dataset(planted.data)))
    return Deceived(plain, own, wrong, _inside(classifier, corrections.pictures))


def _right(classifier: Classifier, samples: Sequence[Sample]) -> float:
    return fmean(int(np.argmax(_explained(classifier, one).logits)) in one.labels for one in samples)


def _inside(classifier: Classifier, marked: Sequence[Marked]) -> float:
    found = []
    for one in marked:
        answer = _explained(classifier, one.sample)
        if answer.maps is not None and answer.grid is not None:
            found.append(shares_of(answer.maps[one.sample.labels[0]], one.parts(answer.grid)).given)
    return fmean(share for share in found if share is not None)


def _explained(classifier: Classifier, sample: Sample) -> Explanation:
    return classifier.explain([read_photo(sample.path.read_bytes())])[0]
