"""Section 3: many decoded photos at once, against the bare batched forward."""

from bench.bare import bare_turns, side_by_side
from bench.context import Context
from bench.mapped import mapped
from bench.pictures import described, jpegs
from bench.racing import Race, timed
from bench.results import Result, Row
from model.classifier import Classifier
from model.photos import Photo, read_photo
from model.scores import top_classes

PHOTOS = 64
OURS = "Camscope"


def run(context: Context) -> Result:
    """Photos per second, at the embedded network's own input."""
    classifier = Classifier.open(context.bundle, context.threads)
    files = jpegs(context.photos, PHOTOS)
    photos = [read_photo(data) for data in files]
    bare = bare_turns(context.bundle, files, context.threads)
    beside = f"{context.threads} bare sessions of one thread side by side"
    race = context.race(
        {
            OURS: timed(lambda: explain(classifier, photos), PHOTOS),
            **bare,
            beside: side_by_side(context.bundle, files, context.threads),
        }
    )
    best = race.best(list(bare))
    return Result(
        title=f"{PHOTOS} decoded photos to their best classes and maps",
        rows=[rate_row(race, name, best) for name in (OURS, *bare, beside)],
        bars={"batched/bare": race.ratio(best, OURS)},
        notes=[
            f"Input: {described(files)}, decoded before; resizing for the network is part of {OURS}'s time.",
            f"The yardstick is the bare forward at its best: {best}.",
            "The last row is for information: it is no batched forward, and each answer takes longer.",
        ],
        details={"best": best},
    )


def explain(classifier: Classifier, photos: list[Photo]) -> list[object]:
    """What a user asks for: of each photo, the best class and its map."""
    found = classifier.explain(photos)
    return [mapped(one)[0][top_classes(one.logits, 1)] for one in found]


def rate_row(race: Race, name: str, best: str) -> Row:
    """A contestant's line, from seconds per photo."""
    quick, slow = race.quartiles(name)
    return Row(name, 1 / race.median(name), "photos/s", race.ratio(best, name), best, 1 / slow, 1 / quick)
