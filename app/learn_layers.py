"""The room of layers: a photo's way through the network, and through a small one that is counted by hand."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from app.answers_learn import strongest
from app.answers_models import layers_of, layers_side
from app.contexts_learn import Named
from app.contexts_learn_layers import ByHand, Counted, Stage
from app.insides import Inside
from app.layer_groups import LayerGroup, head_sentences, layer_groups, shape_of
from app.learn_numbers import factor, grid, short, written
from app.learn_pictures import sheet_picture
from app.registry import Entry
from app.schemas_models import LayerInfo
from app.sentences import sentence
from app.text import fixed, gettext, signed
from model.cam import Array
from model.detection import FILTERS, correlate, kernel_of
from model.parameter_counts import Connections, SmallNetwork, Step, connections, counted
from model.taps import Tap, chosen

MAPS, STAGES = 6, 8  # maps of a layer that are shown, and layers
SEEN = (2, 2)  # the cell of the example whose sum is written out
SEVEN = np.array(
    [[0] * 7, [0, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0, 0],
     [0, 0, 1, 0, 0, 0, 0], [0] * 7], dtype=np.float32,
)  # fmt: skip


class SmallAsked(BaseModel):
    """The sizes of the small network, as fields of the query; what they mean says model/parameter_counts.py."""

    model_config = ConfigDict(frozen=True)

    side: int = Field(32, ge=1, le=512)
    channels: int = Field(3, ge=1, le=64)
    kernel: int = Field(5, ge=1, le=31)
    first: int = Field(8, ge=1, le=1024)
    second: int = Field(16, ge=1, le=1024)
    wide: int = Field(120, ge=1, le=10000)
    narrow: int = Field(84, ge=1, le=10000)
    classes: int = Field(10, ge=1, le=10000)
    filters: int = Field(6, ge=1, le=1024)

    @property
    def network(self) -> SmallNetwork:
        """All but the filters of the convolution that stands alone."""
        return SmallNetwork(**self.model_dump(include=set(asdict(SmallNetwork()))))


def walk(inside: Inside, layers: Sequence[LayerInfo]) -> tuple[Stage, ...]:
    """Some layers at work, each with its strongest maps.

    Args:
        inside: the network at work
        layers: all it has, in the order of a forward pass; none where it does not tell them
    """
    stages, before = [], 0
    shown = chosen(inside.taps, STAGES)
    for tap, values in zip(inside.taps, inside.activations, strict=True):
        if tap not in shown:
            continue
        until = _place(layers, tap.name)
        stages.append(_stage(tap, values, _cost(layers[before:until], until, len(layers))))
        before = max(before, until)
    return tuple(stages)


def _stage(tap: Tap, values: Array, cost: str) -> Stage:
    maps = values[strongest(values, MAPS)]
    told = gettext("The {count} maps of “{name}” that differ most from place to place")
    return Stage(
        name=tap.name,
        kind=_kind(tap.operation),
        cost=cost,
        channels=values.shape[0],
        rows=values.shape[1],
        columns=values.shape[2],
        size=values.size,
        zeros=float(np.mean(values == 0)),
        picture=sheet_picture(maps, MAPS, told.format(count=len(maps), name=tap.name)),
        legend=_legend(maps),
    )


def _kind(operation: str) -> str:
    """The last step of a layer, in a word; as ONNX calls it where there is none."""
    _ = gettext
    kinds = {
        "Clip": _("activation"), "Relu": _("activation"), "HardSwish": _("activation"), "Sigmoid": _("activation"),
        "Mul": _("activation"), "Conv": _("convolution"), "Add": _("sum with a shortcut"), "MaxPool": _("pooling"),
        "AveragePool": _("pooling"), "Concat": _("maps put together"), "LayerNormalization": _("normalisation"),
        "BatchNormalization": _("normalisation"),
    }  # fmt: skip
    return kinds.get(operation, operation)


def _place(layers: Sequence[LayerInfo], name: str) -> int:
    """How many layers there are up to one, or to the last of a block; 0 where it is not among them."""
    return max((at for at, one in enumerate(layers, 1) if f"{one.name}.".startswith(f"{name}.")), default=0)


def _cost(passed: Sequence[LayerInfo], until: int, count: int) -> str:
    if not passed:
        return ""
    told = gettext("Layer {until} of {count}; {parameters} parameters since the picture before")
    parameters = sum(one.parameters for one in passed)
    return told.format(until=f"{until:,}", count=f"{count:,}", parameters=f"{parameters:,}")


def _legend(maps: Array) -> str:
    """What the strongest colour of maps stands for."""
    full = float(np.abs(maps).max(initial=0))
    if float(maps.min(initial=0)) < 0:
        return gettext("reddest: {full}, bluest: {least}").format(full=signed(full), least=signed(-full))
    return gettext("brightest: {full}").format(full=fixed(full))


def small_layers(network: SmallNetwork) -> tuple[Counted, ...]:
    """The small network's layers; none where a window does not fit."""
    try:
        counts = counted(network)
    except ValueError:
        return ()
    return tuple(
        Counted(_title(one.step), " × ".join(f"{side:,}" for side in one.shape), one.size, one.parameters, one.account)
        for one in counts
    )


def _title(step: Step) -> str:
    """As scripts call it, too."""
    match step:
        case Step.INPUT:
            return sentence("learn-step-input")
        case Step.CONVOLUTION:
            return sentence("learn-step-convolution")
        case Step.POOLING:
            return sentence("learn-step-pooling")
        case Step.DENSE:
            return sentence("learn-step-dense")
        case Step.SOFTMAX:
            return sentence("learn-step-softmax")


def connected(asked: SmallAsked) -> Connections | None:
    """The convolution beside a dense layer; None where a filter does not fit."""
    try:
        return connections(asked.side, asked.channels, asked.kernel, asked.filters)
    except ValueError:
        return None


def filters() -> tuple[Named, ...]:
    """The filters one can choose, the first one first."""
    _ = gettext
    titles = {
        "left-right": _("lighter to the right"),
        "right-left": _("lighter to the left"),
        "top-bottom": _("lighter downwards"),
        "bottom-top": _("lighter upwards"),
        "spot": _("lighter than its surroundings"),
    }
    return tuple(Named(name, titles[name]) for name in FILTERS)


def by_hand() -> ByHand:
    """One filter over a few numbers, with one cell's sum written out."""
    kernel = kernel_of(next(iter(FILTERS)))
    found, (y, x) = correlate(SEVEN, kernel), SEEN
    window = SEVEN[y : y + 3, x : x + 3]
    terms = [
        f"{factor(weight)} · {factor(value)}"
        for weight, value in zip(kernel.ravel().tolist(), window.ravel().tolist(), strict=True)
    ]
    grids = (
        grid(gettext("Photo"), SEVEN, (y, x, y + 3, x + 3)),
        grid(gettext("Filter"), kernel),
        grid(gettext("What comes out"), found, (y, x, y + 1, x + 1)),
    )
    return ByHand(written(SEVEN), filters(), grids, f"{' + '.join(terms)} = {short(float(found[y, x]))}")


def whole_network(entry: Entry) -> tuple[tuple[LayerGroup, ...], tuple[str, ...], str | None]:
    """The network's layers stage by stage, what its head costs, and its first layer beside a dense one."""
    layers = layers_of(entry)
    flattened = not entry.spec.exact
    return (
        layer_groups(layers),
        head_sentences(layers, entry.spec.outputs, flattened),
        _first_as_dense(layers, layers_side(entry)),
    )


def _first_as_dense(layers: Sequence[LayerInfo], side: int | None) -> str | None:
    if not layers or side is None or not layers[0].parameters:
        return None
    first, inputs = layers[0], 3 * side * side
    told = gettext(
        "Its first layer, “{name}”, makes {outputs} numbers ({shape}) of the {inputs} of a photo with {parameters} "
        "parameters. A dense layer between the same numbers would need {dense} weights."
    )
    return told.format(
        name=first.name,
        outputs=f"{first.size:,}",
        shape=shape_of(first),
        inputs=f"{inputs:,}",
        parameters=f"{first.parameters:,}",
        dense=f"{inputs * first.size:,}",
    )
