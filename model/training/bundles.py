"""From a network with its weights to a bundle."""

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from model.bundle import Bundle, refuse_existing, write_bundle
from model.errors import NetworkError, WeightsError
from model.spec import Activation, GridGeometry, ModelSpec, Preprocessing
from model.training.export import OPSET, TOLERANCE, Graph, export_graph
from model.training.heads import numeric_head
from model.training.layers import describe_layers
from model.training.receptive import grid_geometry
from model.training.sizes import Sizes, measure_sizes, seams
from model.training.weights import WeightedNetwork

LIBRARIES = ("torch", "torchvision", "timm", "onnx", "onnxruntime")

Report = Callable[[str], None]


def make_bundle(
    path: Path,
    weighted: WeightedNetwork,
    *,
    name: str,
    labels: Sequence[str] | None = None,
    activation: Activation = Activation.SOFTMAX,
    report: Report = lambda _: None,
) -> Bundle:
    """Export a network into a new model folder.

    Args:
        path: the folder; an existing one is refused
        weighted: the network, with its weights
        name: of the bundle
        labels: one per class; default those that the weights' own library knows. Of a network with
            one logit the first label's logit is that one, the second's its negative
        activation: softmax for one label per picture, sigmoid for several; one logit takes sigmoid
        report: told what is being done, in a few words

    Raises:
        NetworkError: the network has no exact maps or cannot be exported
        WeightsError: there are no labels, or not as many as classes
        BundleError: the folder exists or cannot be written
    """
    refuse_existing(path)
    try:
        return _make(path, weighted, name, labels, activation, report)
    except NetworkError as error:
        raise NetworkError(f"{weighted.name}: {error}") from error


def _make(
    path: Path,
    weighted: WeightedNetwork,
    name: str,
    labels: Sequence[str] | None,
    activation: Activation,
    report: Report,
) -> Bundle:
    report("measuring its maps")
    seam_at, side = seams(weighted.shape, weighted.network), weighted.traits.crop_side
    sizes = measure_sizes(seam_at, side)
    labels = _checked_labels(weighted, labels, seam_at(side, side).classes)
    grid = grid_geometry(weighted.network, sizes)
    report("exporting and comparing with the original")
    graph = export_graph(weighted.network, weighted.traits, sizes)
    report("writing")
    return write_bundle(
        path,
        name=name,
        graph=graph.content,
        spec=_spec(weighted, labels, activation, sizes, graph, grid),
        head=numeric_head(graph.seam),
        network=_weights(weighted.network),
        provenance=_provenance(weighted, graph),
    )


def _checked_labels(weighted: WeightedNetwork, labels: Sequence[str] | None, classes: int) -> tuple[str, ...]:
    labels = tuple(labels or weighted.labels or ())
    needed = max(classes, 2)  # a single logit stands for two classes
    if not labels:
        raise WeightsError(f"{weighted.name}: nothing says what its {needed} classes are called; give --labels FILE")
    if len(labels) != needed:
        raise WeightsError(f"{weighted.name}: {len(labels)} labels do not fit its {needed} classes")
    return labels


def _spec(
    weighted: WeightedNetwork,
    labels: tuple[str, ...],
    activation: Activation,
    sizes: Sizes,
    graph: Graph,
    grid: GridGeometry,
) -> ModelSpec:
    traits, seam = weighted.traits, graph.seam
    base_side = max(traits.resize_side, sizes.min_side)
    return ModelSpec(
        architecture=weighted.name.architecture,
        labels=labels,
        activation=Activation.SIGMOID if seam.classes == 1 else activation,
        outputs=seam.classes,
        head=seam.kind,
        channels=seam.channels,
        rectified=seam.rectified,
        preprocessing=Preprocessing(
            mean=traits.mean,
            std=traits.std,
            interpolation=traits.interpolation,
            multiple=sizes.multiple,
            base_side=base_side,
            min_side=sizes.min_side,
            max_side=4 * base_side,
            fixed_size=(graph.fixed_side, graph.fixed_side) if graph.fixed_side else None,
            transform_input=bool(getattr(weighted.network, "transform_input", False)),
        ),
        grid=grid,
    )


def _weights(network: nn.Module) -> dict[str, np.ndarray[Any, Any]]:
    return {key: tensor.detach().cpu().contiguous().numpy() for key, tensor in network.state_dict().items()}


def _provenance(weighted: WeightedNetwork, graph: Graph) -> dict[str, Any]:
    return {
        "architecture": weighted.name.architecture,
        "weights": dict(weighted.source),
        "made_with": {library: version(library) for library in LIBRARIES} | {"python": platform.python_version()},
        "export": {
            "opset": OPSET,
            "fixed_side": graph.fixed_side,
            "tolerance": TOLERANCE,
            "largest_difference": graph.deviation * TOLERANCE,
        },
        **describe_layers(weighted.shape, weighted.network, graph.fixed_side or weighted.traits.crop_side),
    }
