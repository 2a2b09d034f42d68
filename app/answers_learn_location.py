"""From shuffled cells and covered parts to the JSON contract."""

from collections.abc import Iterable, Sequence

from app.decimals import all_as_sent, as_sent
from app.learn_cells import maps_of
from app.learn_cover import Covered
from app.learn_cover_told import account, cover_told
from app.learn_flattened import SHUFFLES, VIEWS, Flattened, Learned
from app.learn_flattened_told import flat_told
from app.learn_location import SHOWN, Shuffled
from app.learn_location_told import pieces_told
from app.learn_visit import Looked, Picked
from app.schemas_learn_location import (
    ClassesInfo,
    CoveredInfo,
    FlattenedInfo,
    KnownClass,
    LearnedInfo,
    PartInfo,
    ShuffledClass,
    ShuffledInfo,
    SideInfo,
)
from model.cam import Array
from model.classifier import Explanation
from model.scores import top_classes
from model.shifting import mean_colour


def shuffled_info(picked: Picked, found: Shuffled) -> ShuffledInfo:
    """The whole answer."""
    labels, answer, pieces = picked.entry.spec.labels, found.still.answer, found.pieces.answer
    _, rows, columns = maps_of(answer).shape
    return ShuffledInfo(
        photo=picked.key,
        rows=rows,
        columns=columns,
        order=list(found.order),
        means=found.vector.size,
        means_same=found.same,
        logits_same=int((found.ordered == found.shuffled).sum()),
        classes=[
            ShuffledClass(
                index=index,
                label=labels[index],
                logit=as_sent(answer.logits[index]),
                ordered=as_sent(found.ordered[index]),
                shuffled=as_sent(found.shuffled[index]),
                pieces=as_sent(pieces.logits[index]),
                probability=as_sent(answer.probabilities[index]),
                pieces_probability=as_sent(pieces.probabilities[index]),
            )
            for index in top_classes(answer.logits, min(SHOWN, len(labels)))
        ],
        sentences=[pieces_told(found, labels)],
    )


def covered_info(picked: Picked, found: Covered) -> CoveredInfo:
    """The whole answer."""
    labels, (before, after) = picked.entry.spec.labels, found.maps
    inside, outside = (PartInfo(before=part[0], after=part[1]) for part in found.shares)
    return CoveredInfo(
        photo=picked.key,
        index=found.index,
        label=labels[found.index],
        cells=list(found.cells),
        before=_side(found.still, found.index, before),
        after=_side(found.after, found.index, after),
        inside=inside,
        outside=outside,
        fill=mean_colour(found.still.input.pixels).tolist(),
        sentences=cover_told(found, labels),
        lines=[[line.title, line.before, line.after, line.change] for line in account(found, labels)],
    )


def _side(looked: Looked, index: int, values: Array) -> SideInfo:
    return SideInfo(
        logit=as_sent(looked.answer.logits[index]),
        probability=as_sent(looked.answer.probabilities[index]),
        map=as_sent(values),
    )


def classes_info(picked: Picked, looked: Looked) -> ClassesInfo:
    """The whole answer."""
    labels = picked.entry.spec.labels
    return ClassesInfo(photo=picked.key, classes=known_classes(looked.answer, labels, range(len(labels))))


def known_classes(answer: Explanation, labels: Sequence[str], indexes: Iterable[int]) -> list[KnownClass]:
    """What a network says of some classes."""
    chosen = list(indexes)
    numbers = all_as_sent(*(values[chosen] for values in (answer.logits, answer.bias, answer.probabilities)))
    return [
        KnownClass(index=index, label=labels[index], logit=logit, bias=bias, probability=probability)
        for index, logit, bias, probability in zip(chosen, *numbers, strict=True)
    ]


def flattened_info(picked: Picked, found: Flattened) -> FlattenedInfo:
    """The whole answer."""
    return FlattenedInfo(
        photo=picked.key,
        views=list(VIEWS),
        shuffles=SHUFFLES,
        means=_learned(found.means),
        cells=_learned(found.cells),
        sentences=[flat_told(found)],
    )


def _learned(one: Learned) -> LearnedInfo:
    return LearnedInfo(
        parameters=one.parameters,
        ordered=as_sent(one.ordered),
        shuffled=as_sent(one.shuffled),
        right=list(one.right),
    )
