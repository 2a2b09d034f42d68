"""A network as a table of layers: nothing learned is left out or counted twice."""

import pytest
import torch
from torch import Tensor, nn

from model.layers import Layer, read_layers
from model.training.layers import describe_layers, layer_table
from model.training.networks import build_shape, resolve

LITE0_PARAMETERS = 4_652_008  # of EfficientNet-Lite0, as published with its weights


def table(name: str, side: int = 224) -> list[Layer]:
    return [Layer.model_validate(row) for row in layer_table(build_shape(resolve(name)), side)]


def test_the_embedded_network_has_its_published_parameters() -> None:
    rows = table("timm/tf_efficientnet_lite0")
    assert sum(row.parameters for row in rows) == LITE0_PARAMETERS
    assert rows[0] == Layer(
        name="conv_stem", kind="Conv2d", shape=(32, 112, 112), size=401_408, parameters=864, head=False
    )
    head = [row for row in rows if row.head]
    assert [row.kind for row in head] == ["AdaptiveAvgPool2d", "Flatten", "Linear"]
    assert head[-1].parameters == 1280 * 1000 + 1000


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("torchvision/resnet18", 513_000),
        ("torchvision/squeezenet1_1", 513_000),  # a convolution to the classes' maps, before the pooling
        ("torchvision/densenet121", 1_025_000),
        ("torchvision/convnext_tiny", 769_000 + 1536),  # with its normalisation; has parameters outside of layers
        ("torchvision/vgg11", 123_642_856),
        ("torchvision/swin_t", 769_000),  # has maps with channels last, and attention
    ],
)
def test_parameters_add_up_to_what_the_library_says(name: str, head: int) -> None:
    from torchvision import models

    rows = table(name)
    published = models.get_model_weights(name.partition("/")[2]).DEFAULT.meta["num_params"]
    assert sum(row.parameters for row in rows) == published
    assert sum(row.parameters for row in rows if row.head) == head


def test_a_batch_normalisation_is_called_so_whoever_varies_it() -> None:
    kinds = {row.kind for row in table("timm/tf_efficientnet_lite0")}
    assert {"Conv2d", "BatchNorm2d", "ReLU6", "Linear"} <= kinds
    assert not [kind for kind in kinds if kind.endswith(("Act2d", "Same"))]


class Odd(nn.Module):
    """A layer used twice, one used inside another alone, one that does nothing, one never used, and a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.nothing = nn.Sequential(nn.Identity(), nn.Sequential())
        self.attention = nn.MultiheadAttention(3, 1, batch_first=True)
        self.unused = nn.Linear(2, 2)
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, image: Tensor) -> Tensor:
        maps = self.nothing(self.conv(self.conv(image)))
        rows = maps.flatten(2).transpose(1, 2) * self.scale
        attended: Tensor = self.attention(rows, rows, rows)[0]
        return attended.mean(1)


def test_what_is_used_again_or_from_outside_is_counted_once() -> None:
    network = Odd()
    rows = [Layer.model_validate(row) for row in layer_table(network, 8)]
    assert [(row.name, row.parameters) for row in rows] == [
        ("Odd", 1 + 6),  # its own scale, and the layer that is never called
        ("conv", 84),
        ("conv", 0),
        ("attention", 48),
    ]
    assert sum(row.parameters for row in rows) == sum(parameter.numel() for parameter in network.parameters())
    assert rows[-1].shape == (64, 3)
    assert rows[-1].size == 64 * 3


def test_a_head_may_be_named() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Sequential(nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1)))
    assert [row["head"] for row in layer_table(network, 8)] == [False, False, False, True]
    assert [row["head"] for row in layer_table(network, 8, head="1")] == [False, True, True, True]


def test_a_network_is_left_as_it_was() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 3))
    layer_table(network, 8)
    assert not network[0]._forward_hooks
    with pytest.raises(RuntimeError):
        layer_table(nn.Sequential(nn.Linear(5, 5)), 8)


class OnlyReal(nn.Module):
    """Asks a tensor for its value, which the meta device does not have."""

    def forward(self, image: Tensor) -> Tensor:
        return image * float(image.sum())


def test_what_the_meta_device_cannot_do_is_done_with_the_network_itself() -> None:
    said = describe_layers(OnlyReal().to("meta"), OnlyReal(), 8)
    assert said == {"layers": layer_table(OnlyReal(), 8), "layers_side": 8, "parameters": 0}


def test_a_damaged_table_is_no_table() -> None:
    assert read_layers({}) == ()
    assert read_layers({"layers": [{"name": 1}]}) == ()
    assert len(read_layers({"layers": layer_table(OnlyReal(), 8)})) == 1
