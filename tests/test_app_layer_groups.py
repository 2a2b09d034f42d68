"""Layers stage by stage: none is lost, sums add up, and what another head would cost is right."""

from itertools import pairwise

import pytest
from torch import nn

from app.layer_groups import LayerGroup, head_sentences, layer_groups
from app.schemas_models import LayerInfo
from model.training.layers import layer_table
from model.training.networks import build_shape, resolve


def layers_of(name: str) -> list[LayerInfo]:
    return [LayerInfo.model_validate(row) for row in layer_table(build_shape(resolve(name)), 224)]


def titles(groups: tuple[LayerGroup, ...]) -> list[str]:
    return [group.title for group in groups]


@pytest.mark.parametrize("name", ["timm/tf_efficientnet_lite0", "resnet18", "densenet121", "squeezenet1_1", "vgg11"])
def test_every_layer_is_in_one_group_and_shares_add_up(name: str) -> None:
    layers = layers_of(name)
    groups = layer_groups(layers)
    assert [layer for group in groups for layer in group.layers] == layers
    assert sum(group.parameters for group in groups) == sum(layer.parameters for layer in layers)
    assert sum(group.share for group in groups) == pytest.approx(100, abs=0.01 * len(groups))
    assert [group.head for group in groups].count(True) == 1
    assert groups[-1].title == "Head"
    assert len(groups) < 30


def test_stages_are_called_by_what_their_names_share() -> None:
    groups = layer_groups(layers_of("timm/tf_efficientnet_lite0"))
    stages = [f"blocks.{number}" for number in range(7)]
    assert titles(groups) == ["conv_stem … bn1", *stages, "conv_head … bn2", "Head"]
    assert groups[1].shape == "16 × 112 × 112"
    assert groups[1].counted == "5 layers"


def test_no_layers_are_no_groups() -> None:
    assert layer_groups([]) == ()
    assert head_sentences([], 5, flattened=False) == ()


def count(*sides: int) -> int:
    """Parameters of fully connected layers, as torch counts them."""
    layers = [nn.Linear(first, second, device="meta") for first, second in pairwise(sides)]
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


def test_what_a_flattened_head_would_cost_is_what_torch_counts() -> None:
    share, dearer, times = head_sentences(layers_of("timm/tf_efficientnet_lite0"), 1000, flattened=False)
    assert share == "The head has 1,281,000 of the network’s 4,652,008 parameters: 27.5%."
    flat = 1280 * 7 * 7
    assert f"{count(flat, 1000):,} parameters" in dearer
    assert f"as VGG has, {count(flat, 4096, 4096, 1000):,}." in dearer
    assert times == "That is 49.0 and 217 times this head."


def test_of_a_flattened_head_it_is_told_what_averaging_would_cost() -> None:
    share, cheaper = head_sentences(layers_of("vgg11"), 1000, flattened=True)
    assert share.startswith("The head has 123,642,856 of the network’s 132,863,336")
    assert f"would need {count(512, 1000):,} parameters." in cheaper


def test_a_head_without_parameters_is_compared_with_nothing() -> None:
    maps = LayerInfo(name="conv", kind="Conv2d", shape=[4, 3, 3], size=36, parameters=112, head=False)
    pool = LayerInfo(name="pool", kind="AdaptiveAvgPool2d", shape=[4], size=4, parameters=0, head=True)
    share, costs = head_sentences([maps, pool], 4, flattened=False)
    assert "0 of the network’s 112 parameters: 0.0%" in share
    assert f"need {count(36, 4):,} parameters" in costs
