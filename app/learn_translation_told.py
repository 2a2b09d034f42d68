"""The room of translation in words, pictures and curves."""

from collections.abc import Sequence

import numpy as np

from app.answers import grid_info
from app.contexts_learn import Named, Picture
from app.contexts_learn_translation import LayerLine, MovedShown
from app.decimals import as_sent
from app.insides import Inside
from app.learn_pictures import photo_picture
from app.learn_translation import LayerMoved, Moved, ShiftAsked
from app.learn_visit import Picked
from app.schemas_learn_translation import MovedInfo, MovedLayer, MovedSide
from app.sentences import sentence
from app.text import fixed, gettext, percent, plain
from model.rendering import Mode, Style, limit, overlay
from model.shifting import Edge, mean_colour

OVER = Style(grey=True)


def edges() -> tuple[Named, ...]:
    """What may come in."""
    return (
        Named(Edge.AROUND, gettext("the photo’s other side")),
        Named(Edge.FILL, gettext("the photo’s mean colour")),
    )


def moved_shown(found: Moved, labels: Sequence[str]) -> MovedShown:
    """The photo before and after it was moved."""
    both, full = (found.still, found.moved), strongest(found)
    titles = gettext("The map over the photo"), gettext("The map over the photo that was moved")
    before, after = (_picture(inside, found.index, title, full) for inside, title in zip(both, titles, strict=True))
    return MovedShown(
        before,
        after,
        told(found, labels),
        "" if full is None else sentence("learn-limit", limit=fixed(full)),
        tuple(layer_line(layer) for layer in found.layers),
    )


def strongest(found: Moved) -> float | None:
    """What the strongest colour of both maps stands for, in logits; None where there are none."""
    maps = [inside.maps[found.index] for inside in (found.still, found.moved) if inside.maps is not None]
    return limit(np.stack(maps), Mode.SIGNED) if maps else None


def _picture(inside: Inside, index: int, alt: str, full: float | None) -> Picture:
    if inside.maps is None or inside.grid is None:
        return photo_picture(inside.pixels, alt)
    return photo_picture(overlay(inside.pixels, inside.maps[index], inside.grid, OVER, inside.photo_size, full), alt)


def layer_line(layer: LayerMoved) -> LayerLine:
    """A layer's line of the table."""
    cells = " / ".join(fixed(part, 0 if part.is_integer() else 2) for part in layer.cells)
    between = not all(part.is_integer() for part in layer.cells)
    stride = plain(round(layer.stride, 2))
    return LayerLine(layer.name, stride, cells, between, fixed(layer.along, 3), fixed(layer.stayed, 3))


def told(found: Moved, labels: Sequence[str]) -> str:
    """What became of the score."""
    index, before, after = found.index, found.still, found.moved
    return sentence(
        "learn-moved",
        label=labels[index],
        logit=fixed(float(before.logits[index])),
        now=fixed(float(after.logits[index])),
        before=percent(float(before.probabilities[index])),
        after=percent(float(after.probabilities[index])),
        first=labels[int(after.logits.argmax())],
    )


def moved_info(picked: Picked, found: Moved, asked: ShiftAsked) -> MovedInfo:
    """The whole answer, as JSON."""
    labels = picked.entry.spec.labels
    return MovedInfo(
        photo=picked.key,
        right=asked.right,
        down=asked.down,
        edge=asked.edge,
        width=found.still.input_width,
        height=found.still.input_height,
        grid=None if found.still.grid is None else grid_info(found.still.grid),
        strongest=strongest(found),
        fill=mean_colour(found.still.pixels).tolist(),
        index=found.index,
        label=labels[found.index],
        before=_side(found.still, found.index),
        after=_side(found.moved, found.index),
        first=labels[int(found.moved.logits.argmax())],
        layers=[
            MovedLayer(
                name=layer.name,
                stride=layer.stride,
                cells_right=layer.cells[0],
                cells_down=layer.cells[1],
                along=layer.along,
                stayed=layer.stayed,
            )
            for layer in found.layers
        ],
        sentences=[told(found, labels)],
    )


def _side(inside: Inside, index: int) -> MovedSide:
    return MovedSide(
        logit=as_sent(inside.logits[index]),
        probability=as_sent(inside.probabilities[index]),
        map=None if inside.maps is None else as_sent(inside.maps[index]),
    )
