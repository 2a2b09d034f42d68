"""Section 2: the maps of the best five classes and of all, over the map of the best one, on the whole job."""

from collections.abc import Callable

import numpy as np

from bench.context import Context
from bench.mapped import mapped
from bench.pictures import described, jpegs
from bench.racing import timed
from bench.results import Result, Row
from model.classifier import Classifier
from model.photos import open_photo
from model.scores import top_classes

ONE, FIVE, ALL = "the best class", "the best 5", "all {}"


def run(context: Context) -> Result:
    """JPEG to maps, at the embedded network's own input."""
    classifier = Classifier.open(context.bundle, context.threads)
    files = jpegs(context.photos, 1)
    every = ALL.format(f"{classifier.spec.classes:,}")
    jobs = {
        ONE: maps_of(classifier, files[0], 1),
        FIVE: maps_of(classifier, files[0], 5),
        every: maps_of(classifier, files[0], classifier.spec.classes),
    }
    race = context.race({name: timed(job) for name, job in jobs.items()})
    rows = []
    for name in jobs:
        low, high = race.quartiles(name)
        rows.append(Row(name, race.median(name) * 1e3, "ms", race.ratio(name, ONE), ONE, low * 1e3, high * 1e3))
    return Result(
        title="Maps of more classes: JPEG to maps",
        rows=rows,
        bars={"classes/all": race.ratio(every, ONE)},
        notes=[f"Input: {described(files)}; the network's own input size."],
    )


def maps_of(classifier: Classifier, data: bytes, count: int) -> Callable[[], object]:
    """From the bytes of a photo to the maps of its best classes, (count, h, w)."""

    def explain() -> np.ndarray:
        [found] = classifier.explain([open_photo(data)])
        if count == classifier.spec.classes:
            return np.asarray(found.maps)
        return mapped(found)[0][top_classes(found.logits, count)]

    return explain
