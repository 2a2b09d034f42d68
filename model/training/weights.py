"""Networks with weights: through their own library's weights API, or from a file. Never random ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from model.errors import WeightsError
from model.manifest import first_line
from model.training.download import cached_file, download_url, downloading
from model.training.labels import IMAGENET_CLASSES, imagenet_labels
from model.training.networks import NetworkName, build, build_shape, create
from model.training.state_dict import StateDict, check_finite, fit, read_state_dict, sha256_of
from model.training.traits import Traits, torchvision_entries, traits_of

HASH_DIGITS = 8  # of a file's sha256, in the names that torchvision gives its files


@dataclass(frozen=True)
class WeightedNetwork:
    """A network with weights that mean something.

    Attributes:
        name: library and name
        network: in evaluation mode, on the CPU
        shape: the same on the meta device
        traits: what its weights say of their preprocessing
        source: where the weights come from, for the bundle's provenance
        labels: of its classes, where the weights' own library knows them
    """

    name: NetworkName
    network: nn.Module
    shape: nn.Module
    traits: Traits
    source: Mapping[str, Any]
    labels: tuple[str, ...] | None


def load_network(name: NetworkName, file: Path | None = None) -> WeightedNetwork:
    """A network with weights that mean something.

    Args:
        name: which
        file: of weights; default what the network's own library downloads, with its progress bar

    Raises:
        NetworkError: the network cannot be built
        WeightsError: the weights cannot be had or do not fit; says what to do
    """
    return _from_file(name, file) if file else _from_library(name)


def _from_library(name: NetworkName) -> WeightedNetwork:
    url, cached = download_url(name), cached_file(name)
    entry = torchvision_entries(name).DEFAULT if name.library == "torchvision" else None
    options: dict[str, Any] = {"weights": entry, "progress": True} if entry else {"pretrained": True}
    if cached:
        network = _from_cache(name, options, cached)
    else:
        with downloading(name, url):
            network = create(name, **options)
    file = cached or cached_file(name)
    check_finite(network.state_dict(), file or url)
    source = {"url": url, "file": file.name if file else None, "sha256": sha256_of(file) if file else None}
    return _weighted(name, network, entry, source)


def _from_cache(name: NetworkName, options: dict[str, Any], file: Path) -> nn.Module:
    if name.library == "timm":  # which would ask the hub first whether the file is still the newest
        options = {**options, "pretrained_cfg_overlay": {"file": str(file)}}
    try:
        return create(name, **options)
    except Exception as error:  # of a library that reads a file of its own
        raise WeightsError(f"{file}: {first_line(error)}; delete it, and it is downloaded anew") from error


def _from_file(name: NetworkName, file: Path) -> WeightedNetwork:
    state = read_state_dict(file)
    network = _fitted(name, state, file)
    sha256 = sha256_of(file)
    return _weighted(name, network, _recognised(name, sha256), {"file": file.name, "sha256": sha256})


def _fitted(name: NetworkName, state: StateDict, file: Path) -> nn.Module:
    classes = classes_in(name, state)
    network = build(name, classes)
    try:
        fit(network, state, file)
    except WeightsError:
        converted = _converted(name, state, classes) if name.library == "timm" else None
        if converted is None:
            raise
        return converted
    return network


def _converted(name: NetworkName, state: StateDict, classes: int | None) -> nn.Module | None:
    """What timm makes of weights in the form in which a network's authors published them, if anything."""
    options: dict[str, Any] = {"state_dict": state, "label_offset": 0}
    if classes is not None:
        options["num_classes"] = classes
    try:
        return create(name, pretrained=True, num_classes=classes, pretrained_cfg_overlay=options)
    except Exception:  # noqa: BLE001 (then they are not those either)
        return None


def classes_in(name: NetworkName, state: StateDict) -> int | None:
    """How many classes a state dict was made for; none where it has not this network's last layer.

    The last layer is where the network's shapes change with the number of classes.
    """
    few, many = (build_shape(name, classes).state_dict() for classes in (2, 3))
    for key, tensor in few.items():
        if tensor.shape != many[key].shape and key in state and state[key].ndim == tensor.ndim:
            return int(state[key].shape[0])
    return None


def _weighted(name: NetworkName, network: nn.Module, entry: Any, source: dict[str, Any]) -> WeightedNetwork:  # noqa: ANN401
    classes = classes_in(name, network.state_dict())
    known = getattr(network, "pretrained_cfg", {}).get("tag") if name.library == "timm" else entry
    return WeightedNetwork(
        name=name,
        network=network,
        shape=build_shape(name, classes),
        traits=traits_of(name, network, entry),
        source={**source, "known_as": str(known) if known else None},
        labels=imagenet_labels() if classes == IMAGENET_CLASSES else None,
    )


def _recognised(name: NetworkName, sha256: str) -> Any:  # noqa: ANN401 (torchvision is not typed)
    """The entry of torchvision's weights that a file is, by the digits that its address ends with."""
    if name.library != "torchvision":
        return None
    return next((entry for entry in torchvision_entries(name) if f"-{sha256[:HASH_DIGITS]}." in entry.url), None)
