"""A network's layers as people read them: stage by stage, with sums, and what its head costs."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.schemas_models import LayerInfo
from app.text import gettext, ngettext, percent

SMALL = 2  # layers of a stage that stand with their neighbours
HIDDEN = 4096  # of VGG's two fully connected layers, each
FEW_LAYERS = 40  # shown unfolded


@dataclass(frozen=True)
class LayerGroup:
    """Layers that belong together.

    Attributes:
        title: what their names have in common
        counted: how many there are, in words
        layers: in the order of a forward pass
        shape: of what the last of them gives
        parameters: of all of them
        share: of the network's parameters, in percent, 0 to 100
        head: whether they are the head
    """

    title: str
    counted: str
    layers: tuple[LayerInfo, ...]
    shape: str
    parameters: int
    share: float
    head: bool


def shape_of(layer: LayerInfo) -> str:
    """32 × 112 × 112"""
    return " × ".join(f"{side:,}" for side in layer.shape)


def layer_groups(layers: Sequence[LayerInfo]) -> tuple[LayerGroup, ...]:
    """The layers in their order, stage by stage; the head is one of its own."""
    total = sum(layer.parameters for layer in layers)
    runs = [list(run) for _, run in groupby(layers, key=_stage)]
    return tuple(_group(run, total) for run in _joined(runs))


def _stage(layer: LayerInfo) -> tuple[bool, tuple[str, ...]]:
    parts = layer.name.split(".")
    return layer.head, () if layer.head else tuple(parts[:-1][:2] or parts)


def _joined(runs: Iterable[list[LayerInfo]]) -> Iterator[list[LayerInfo]]:
    """Small runs together with small neighbours, never the head's with others."""
    waiting: list[LayerInfo] = []
    for run in runs:
        if waiting and (len(run) > SMALL or run[0].head):
            yield waiting
            waiting = []
        if len(run) > SMALL or run[0].head:
            yield run
        else:
            waiting += run
    if waiting:
        yield waiting


def _group(layers: Sequence[LayerInfo], total: int) -> LayerGroup:
    parameters = sum(layer.parameters for layer in layers)
    return LayerGroup(
        title=gettext("Head") if layers[0].head else _title(layers),
        counted=ngettext("{count} layer", "{count} layers", len(layers)).format(count=len(layers)),
        layers=tuple(layers),
        shape=shape_of(layers[-1]),
        parameters=parameters,
        share=round(100 * parameters / total, 2) if total else 0.0,
        head=layers[0].head,
    )


def _title(layers: Sequence[LayerInfo]) -> str:
    names = list(dict.fromkeys(".".join(_stage(layer)[1]) for layer in layers))
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def head_sentences(layers: Sequence[LayerInfo], classes: int, flattened: bool) -> tuple[str, ...]:
    """What share of the network its head is, and what other heads on the same maps would cost.

    Args:
        layers: of the whole network
        classes: outputs of the head
        flattened: whether the head takes every cell of the maps by itself
    """
    _ = gettext
    total, head = sum(layer.parameters for layer in layers), sum(layer.parameters for layer in layers if layer.head)
    maps = next((layer for layer in reversed(layers) if not layer.head and len(layer.shape) == 3), None)
    if not total or maps is None or math.prod(maps.shape) == 0:
        return ()
    share = _("The head has {head} of the network’s {total} parameters: {share}.").format(
        head=f"{head:,}", total=f"{total:,}", share=percent(head / total)
    )
    flat = maps.size
    one, vgg = (flat + 1) * classes, (flat + 1) * HIDDEN + (HIDDEN + 1) * HIDDEN + (HIDDEN + 1) * classes
    if flattened:
        cheaper = _("It takes every cell of the last maps ({shape}) by itself. After averaging them over the picture, "
                    "one layer to its logits ({classes}) would need {pooled} parameters.")  # fmt: skip
        pooled = (maps.shape[0] + 1) * classes
        return share, cheaper.format(shape=shape_of(maps), classes=f"{classes:,}", pooled=f"{pooled:,}")
    dearer = _("Flattened instead, the last maps ({shape}) have {flat} numbers: one fully connected layer from those "
               "to its logits ({classes}) would need {one} parameters, and one with two layers of {hidden} between, as "
               "VGG has, {vgg}.")  # fmt: skip
    costs = dearer.format(
        shape=shape_of(maps), flat=f"{flat:,}", classes=f"{classes:,}", one=f"{one:,}", hidden=f"{HIDDEN:,}",
        vgg=f"{vgg:,}",
    )  # fmt: skip
    if head == 0:
        return share, costs
    times = _("That is {one} and {vgg} times this head.")
    return share, costs, times.format(one=f"{one / head:,.1f}", vgg=f"{vgg / head:,.0f}")
