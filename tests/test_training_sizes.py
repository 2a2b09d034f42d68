"""What a network takes and where its cells lie, found by trying."""

import pytest
import torch
from torch import Tensor, nn

from model.errors import NetworkError
from model.training.networks import build, build_shape, resolve
from model.training.receptive import first_centre, grid_geometry
from model.training.sizes import Sizes, measure_sizes, seams
from model.training.zoo import inspect_network


class Layers(nn.Module):
    """Some layers, then the plainest head."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.head = nn.LazyLinear(5)
        self.eval()
        with torch.no_grad():
            self(torch.zeros(1, 3, 256, 256))

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.layers(image).mean((2, 3)))


def measured(network: nn.Module, side: int = 224) -> Sizes:
    import copy

    return measure_sizes(seams(copy.deepcopy(network).to("meta"), network), side)


def test_padded_network_tiles_its_input() -> None:
    network = Layers(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.MaxPool2d(3, 2, 1))
    sizes = measured(network)
    assert sizes == Sizes(multiple=4, min_side=4, fixed_side=None, stride_x=4, stride_y=4, tiled=True)
    grid = grid_geometry(network, sizes)
    assert (grid.left, grid.top, grid.stride_x, grid.stride_y) == (0, 0, 4, 4)


def test_unpadded_network_begins_where_its_first_cell_looks() -> None:
    # 5 pixels, a step of 2: the first cell looks at 0..4. Three of those, a step of 2: at 0..8, centre 4.5.
    network = Layers(nn.Conv2d(3, 4, 5, stride=2), nn.ReLU(), nn.MaxPool2d(3, 2))
    sizes = measured(network)
    assert (sizes.stride_x, sizes.tiled, sizes.min_side) == (4, False, 12)
    assert first_centre(network, sizes) == (4.5, 4.5)
    grid = grid_geometry(network, sizes)
    assert (grid.left, grid.top) == (2.5, 2.5)


def test_axes_may_differ() -> None:
    sizes = measured(Layers(nn.Conv2d(3, 4, (3, 7), stride=(2, 4), padding=(1, 3))))
    assert (sizes.stride_y, sizes.stride_x, sizes.multiple, sizes.tiled) == (2, 4, 4, True)


def test_network_for_one_size_says_so() -> None:
    class Strict(Layers):
        def forward(self, image: Tensor) -> Tensor:
            assert image.shape[2:] in {(224, 224), (256, 256)}
            return super().forward(image)

    sizes = measured(Strict(nn.Conv2d(3, 4, 32, stride=32)))
    assert (sizes.fixed_side, sizes.min_side, sizes.stride_x) == (224, 224, 32)


def test_network_that_takes_some_sizes_alone_is_for_the_one_it_is_known_for() -> None:
    class Blocks(Layers):  # as attention within blocks of a fixed size has it
        def forward(self, image: Tensor) -> Tensor:
            assert image.shape[2] % 128 == image.shape[3] % 128 == 0
            return super().forward(image)

    assert measured(Blocks(nn.Conv2d(3, 4, 32, stride=32)), side=256).fixed_side == 256


def test_network_whose_maps_never_grow_is_for_the_size_it_is_known_for() -> None:
    sizes = measured(Layers(nn.AdaptiveAvgPool2d(7), nn.Conv2d(3, 4, 1)))
    assert (sizes.fixed_side, sizes.stride_x) == (224, 32)


def test_stride_need_not_be_a_power_of_two() -> None:
    sizes = measured(Layers(nn.Conv2d(3, 4, 14, stride=14)))
    assert (sizes.stride_x, sizes.stride_y, sizes.multiple, sizes.tiled) == (14, 14, 14, True)


def test_map_of_a_single_cell_is_refused() -> None:
    with pytest.raises(NetworkError, match="a single cell at 224 x 224"):
        measured(Layers(nn.Conv2d(3, 4, 224, stride=224)))


def test_network_that_takes_nothing_of_the_kind_is_refused() -> None:
    with pytest.raises(NetworkError, match="does not take pictures of 8 x 8"):
        measured(Layers(nn.Conv2d(3, 4, 32)), side=8)


@pytest.mark.parametrize(
    ("name", "centre"),
    [
        ("torchvision/squeezenet1_1", 15.5),  # 3 by 2 unpadded, then 1 + 2 + 4 + 8 pixels from four halvings
        pytest.param("torchvision/inception_v3", 37.5, marks=pytest.mark.slow),
        ("torchvision/resnet18", 0.5),  # padded alike on both sides, so that the first cell looks at the corner
    ],
)
def test_first_cell_looks_where_arithmetic_says(name: str, centre: float) -> None:
    network = build(resolve(name))
    sizes = measure_sizes(seams(build_shape(resolve(name))), 224)
    assert first_centre(network, sizes) == (centre, centre)


@pytest.mark.slow
def test_inception_is_no_thirty_second_of_its_input() -> None:
    facts = inspect_network(resolve("inception_v3"))
    assert (facts.rows, facts.columns, facts.traits.crop_side) == (8, 8, 299)
    assert (facts.sizes.multiple, facts.sizes.min_side, facts.sizes.tiled) == (32, 96, False)


@pytest.mark.parametrize(
    ("name", "channels", "grid", "multiple"),
    [
        ("resnet18", 512, (7, 7), 32),
        ("timm/tf_efficientnet_lite0", 1280, (7, 7), 32),
        ("squeezenet1_1", 1000, (13, 13), 16),
    ],
)
def test_facts_of_known_networks(name: str, channels: int, grid: tuple[int, int], multiple: int) -> None:
    facts = inspect_network(resolve(name))
    assert (facts.channels, facts.classes, (facts.rows, facts.columns)) == (channels, 1000, grid)
    assert (facts.sizes.multiple, facts.sizes.min_side) == (multiple, 32)


def test_refusal_names_the_network() -> None:
    with pytest.raises(NetworkError, match=r"^torchvision/alexnet: the network flattens"):
        inspect_network(resolve("alexnet"))
