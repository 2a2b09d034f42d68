"""From shuffled cells and covered parts to the JSON contract."""

from app.decimals import as_sent
from app.learn_cells import maps_of
from app.learn_flattened import SHUFFLES, Flattened, Learned
from app.learn_location import SHOWN, Covered, Shuffled
from app.learn_location_told import cover_told, flat_lines, pieces_told
from app.learn_visit import Looked, Picked
from app.schemas_learn_location import (
    CoveredInfo,
    FlattenedInfo,
    LearnedInfo,
    ShuffledClass,
    ShuffledInfo,
    SideInfo,
)
from model.cam import Array
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
    before, after = found.maps
    inside, outside = found.split
    return CoveredInfo(
        photo=picked.key,
        index=found.index,
        label=picked.entry.spec.labels[found.index],
        row=found.part.row,
        column=found.part.column,
        rows=found.part.rows,
        columns=found.part.columns,
        before=_side(found.still, found.index, before),
        after=_side(found.after, found.index, after),
        inside=inside,
        outside=outside,
        fill=mean_colour(found.still.input.pixels).tolist(),
        sentences=list(cover_told(found, picked.entry.spec.labels)),
    )


def _side(looked: Looked, index: int, values: Array) -> SideInfo:
    return SideInfo(
        logit=as_sent(looked.answer.logits[index]),
        probability=as_sent(looked.answer.probabilities[index]),
        map=as_sent(values),
    )


def flattened_info(picked: Picked, found: Flattened) -> FlattenedInfo:
    """The whole answer."""
    return FlattenedInfo(
        photo=picked.key,
        photos=list(found.names),
        shuffles=SHUFFLES,
        means=_learned(found.means),
        cells=_learned(found.cells),
        sentences=[[line.ordered, line.shuffled, line.lead] for line in flat_lines(found)],
    )


def _learned(one: Learned) -> LearnedInfo:
    return LearnedInfo(
        parameters=one.parameters,
        ordered=as_sent(one.ordered),
        shuffled=as_sent(one.shuffled),
        lead=one.lead,
        right=one.right,
    )
