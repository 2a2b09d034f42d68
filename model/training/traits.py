"""What a network's weights say about themselves: how they were trained and judged."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from model.spec import Interpolation, Triple
from model.training.networks import NetworkName


@dataclass(frozen=True)
class Traits:
    """The weights' own account of their preprocessing.

    Attributes:
        mean: per RGB channel, in units of 0..1
        std: the same
        interpolation: how pictures were resized
        crop_side: of the square that the network was judged on, in pixels
        resize_side: what a picture's shorter side was brought to before, in pixels; at this size
            things are as large as the network knows them
    """

    mean: Triple
    std: Triple
    interpolation: Interpolation
    crop_side: int
    resize_side: int


def traits_of(name: NetworkName, network: nn.Module, entry: Any = None) -> Traits:  # noqa: ANN401
    """The traits of a network's weights.

    Args:
        name: of the network
        network: timm's carry their account themselves
        entry: of torchvision's weights, one of the network's `WeightsEnum`; default the library's default
    """
    if name.library == "torchvision":
        return _of_transforms((entry or torchvision_entries(name).DEFAULT).transforms())
    configuration: Mapping[str, Any] = network.pretrained_cfg  # type: ignore[assignment]
    return _of_configuration(configuration)


def torchvision_entries(name: NetworkName) -> Any:  # noqa: ANN401 (torchvision is not typed)
    """All weights that torchvision has for a network, as its `WeightsEnum`."""
    return importlib.import_module("torchvision.models").get_model_weights(name.name)


def _of_transforms(preset: Any) -> Traits:  # noqa: ANN401 (torchvision is not typed)
    return Traits(
        mean=_triple(preset.mean),
        std=_triple(preset.std),
        interpolation=_interpolation(preset.interpolation.value),
        crop_side=int(preset.crop_size[0]),
        resize_side=int(preset.resize_size[0]),
    )


def _of_configuration(configuration: Mapping[str, Any]) -> Traits:
    crop_side = int(configuration["input_size"][-1])
    return Traits(
        mean=_triple(configuration["mean"]),
        std=_triple(configuration["std"]),
        interpolation=_interpolation(configuration["interpolation"]),
        crop_side=crop_side,
        resize_side=round(crop_side / float(configuration.get("crop_pct") or 1)),
    )


def _triple(values: Any) -> Triple:  # noqa: ANN401 (a list or a tuple, from either library)
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _interpolation(name: str) -> Interpolation:
    return Interpolation.BILINEAR if name == "bilinear" else Interpolation.BICUBIC
