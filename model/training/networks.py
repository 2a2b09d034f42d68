"""The networks that torchvision and timm know by name."""

import difflib
import importlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import torch
from torch import nn

from model.errors import NetworkError
from model.manifest import first_line

Library = Literal["torchvision", "timm"]
LIBRARIES: tuple[Library, ...] = get_args(Library)


@dataclass(frozen=True)
class NetworkName:
    """A network of one library, such as timm's resnet50."""

    library: Library
    name: str

    @property
    def architecture(self) -> str:
        """Library and name in one, such as "timm/resnet50"."""
        return f"{self.library}/{self.name}"

    def __str__(self) -> str:
        return self.architecture


@cache
def known_networks(library: Library) -> Sequence[str]:
    """All classification networks of a library, in alphabetical order."""
    package = _package(library)
    if library == "torchvision":
        return tuple(sorted(package.models.list_models(module=package.models)))
    return tuple(package.list_models())


def resolve(text: str, library: Library | None = None) -> NetworkName:
    """The network that a name means; of two libraries that have it, torchvision.

    Args:
        text: "resnet50", or with its library "timm/resnet50"; for timm also with the tag of its
            weights, "resnet50.a1_in1k"
        library: look in this one alone

    Raises:
        NetworkError: neither has it; the message names some that are close
    """
    prefix, slash, name = text.partition("/")
    if slash and prefix in LIBRARIES:
        if library not in (None, prefix):
            raise NetworkError(f"'{text}' is not in {library}")
        return resolve(name, prefix)
    libraries = (library,) if library else LIBRARIES
    for candidate in libraries:
        if text.partition(".")[0] in known_networks(candidate) and ("." not in text or candidate == "timm"):
            return NetworkName(candidate, text)
    close = _close_names(text, libraries)
    hint = f"; close names: {', '.join(close)}" if close else "; 'camscope networks' lists them"
    raise NetworkError(f"no network '{text}' in {' or '.join(libraries)}{hint}")


def _close_names(text: str, libraries: Sequence[Library]) -> list[str]:
    names = {name: None for library in libraries for name in known_networks(library)}
    return difflib.get_close_matches(text, names, n=4, cutoff=0.7)


def create(name: NetworkName, **options: object) -> nn.Module:
    """Let a network's library make it, with the library's own options, and raise what the library raises.

    Returns:
        the network in evaluation mode
    """
    package = _package(name.library)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torchvision about its own defaults, of timm about its own renamings
        if name.library == "torchvision":
            return as_evaluated(package.models.get_model(name.name, **{"weights": None, **options}))
        return as_evaluated(package.create_model(name.name, **{"pretrained": False, **options}))


def build(name: NetworkName, classes: int | None = None) -> nn.Module:
    """A network with random weights, in evaluation mode; only its shape means anything.

    Args:
        name: which
        classes: K; default what the library gives it

    Raises:
        NetworkError: the library cannot build it with so many classes
    """
    try:
        return create(name, **({} if classes is None else {"num_classes": classes}))
    except Exception as error:  # what a library raises while it builds is its own affair
        raise NetworkError(f"{name}: cannot be built: {first_line(error)}") from error


def build_shape(name: NetworkName, classes: int | None = None) -> nn.Module:
    """The same on the meta device: shapes without values, at once.

    Raises:
        NetworkError: as above
    """
    try:
        with torch.device("meta"):
            return build(name, classes)
    except NetworkError:  # a few compute with their own weights while they are built
        return build(name, classes).to("meta")


def _package(library: Library) -> Any:  # noqa: ANN401 (neither library is typed)
    """One of the two, loaded when it is asked for: timm alone takes a second or two."""
    return importlib.import_module(library)


def as_evaluated(network: nn.Module) -> nn.Module:
    """Evaluation mode, without what torchvision's GoogLeNet and Inception carry for training alone.

    Their input scaling is on: the weights that exist were trained with it, and a state dict
    cannot say so.
    """
    for auxiliary in ("aux1", "aux2", "AuxLogits"):
        if hasattr(network, auxiliary) and hasattr(network, "aux_logits"):
            setattr(network, auxiliary, None)
    for flag, value in (("aux_logits", False), ("transform_input", True)):
        if hasattr(network, flag):
            setattr(network, flag, value)
    return network.eval().requires_grad_(False)
