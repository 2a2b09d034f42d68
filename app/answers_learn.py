"""From what a network's layers gave to the JSON contract, and to arrays."""

import numpy as np

from app.answers import Model
from app.decimals import as_sent
from app.errors import NotFound, Unusable
from app.insides import Inside
from app.learn_visit import Picked
from app.looks import Input
from app.schemas_learn import ActivationInfo, AnswerInfo, LayersInfo
from model.cam import Array
from model.detection import brightness
from model.scores import top_classes

PHOTO = "photo"  # what the layer is called that is no layer, but what the network saw, in grey
MOST_STRONGEST = 16
TOP = 5


def layers_info(picked: Picked, inside: Inside) -> LayersInfo:
    """The whole answer."""
    entry = picked.entry
    return LayersInfo(
        photo=picked.key,
        model=Model(entry.id, entry.name, entry.spec).info(),
        input=Input(inside.input_width, inside.input_height, inside.scale, inside.stretch).info(),
        layers=[
            _activation(tap.name, tap.operation, values)
            for tap, values in zip(inside.taps, inside.activations, strict=True)
        ],
        predictions=predictions(inside, entry.spec.labels),
    )


def predictions(inside: Inside, labels: tuple[str, ...]) -> list[AnswerInfo]:
    """The most probable classes."""
    return [
        AnswerInfo(
            index=index,
            label=labels[index],
            probability=as_sent(inside.probabilities[index]),
            logit=as_sent(inside.logits[index]),
        )
        for index in top_classes(inside.logits, min(TOP, len(labels)))
    ]


def _activation(name: str, operation: str, values: Array) -> ActivationInfo:
    channels, rows, columns = values.shape
    minimum, maximum, mean = as_sent([values.min(), values.max(), values.mean(dtype=np.float64)])
    return ActivationInfo(
        name=name,
        operation=operation,
        channels=channels,
        rows=rows,
        columns=columns,
        size=values.size,
        minimum=minimum,
        maximum=maximum,
        mean=mean,
        zeros=float(np.mean(values == 0)),
        strongest=strongest(values, MOST_STRONGEST),
    )


def strongest(maps: Array, count: int) -> list[int]:
    """The channels of maps (C, rows, columns) that differ most from place to place, in that order."""
    spread = maps.reshape(len(maps), -1).std(axis=1)
    return [int(at) for at in np.argsort(-spread, kind="stable")[:count]]


def maps_of(inside: Inside, layer: str, first: int, count: int) -> Array:
    """Some of a layer's maps, (channels, rows, columns).

    Args:
        inside: of the network
        layer: its name; PHOTO for the photo's brightness, from 0 to 1
        first: the first channel
        count: how many at most

    Raises:
        NotFound: there is no such layer
        Unusable: there are not so many channels
    """
    if layer == PHOTO:
        maps = brightness(inside.pixels)[None]
    else:
        known = {tap.name: values for tap, values in zip(inside.taps, inside.activations, strict=True)}
        if layer not in known:
            raise NotFound("This network has no such layer to look at; /api/v1/learn/layers lists those it has.")
        maps = known[layer]
    if first >= len(maps):
        raise Unusable(f"'first' takes 0 to {len(maps) - 1}, for this layer has {len(maps)} maps.")
    return maps[first : first + count]
