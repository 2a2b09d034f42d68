"""A network up to its feature maps: exactly those that its head was found on, however its code is written."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from model.errors import NetworkError
from model.spec import HeadKind
from model.training.head_modules import AverageHead
from model.training.heads import cut
from model.training.networks import build, resolve
from model.training.trunk import HeadedNetwork, Trunk
from tests.test_training_heads import Xyzzy
from tests.torch_networks import calibrate, calibrated, head_parameters, natural_batch

SIDE = 128
SHAPES = ((2, 3, SIDE, SIDE), (1, 3, 160, 224))
NETWORKS = (
    "torchvision/densenet121",  # pools by a function
    "torchvision/swin_t",  # channels last
    "torchvision/squeezenet1_1",  # a convolution before the pooling
    "timm/convnext_atto",  # normalises what is pooled
    "torchvision/efficientnet_b0",  # pools in every block, too
    "torchvision/regnet_y_400mf",  # pools maps of the last shape, too
    "torchvision/shufflenet_v2_x1_0",  # mean()
    "torchvision/googlenet",  # has a part for training alone
    "torchvision/resnet18",
    "torchvision/mobilenet_v2",
    "timm/tf_efficientnet_lite0",
    "timm/regnetx_002",
    "timm/rexnet_100",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_trunk_gives_the_maps_that_the_head_was_found_on(name: str) -> None:
    network = calibrated(name)
    trunk = Trunk(network, SIDE)
    with torch.no_grad():
        for shape in SHAPES:
            image = natural_batch(shape, seed=5)
            expected = cut(network, image).features
            assert torch.equal(trunk(image), expected)
            assert expected.abs().max() > 0
    assert trunk.used_parameters(SIDE).keys() == dict(network.named_parameters()).keys() - old_head(network)
    assert_learns(trunk)


def old_head(network: nn.Module) -> set[str]:
    """The parameters that the logits depend on and the maps do not, or neither."""
    seam = cut(network, natural_batch((1, 3, SIDE, SIDE)))
    last = head_parameters(network, seam)
    behind = {name for name, one in network.named_parameters() if any(one is known for known in last)}
    if seam.kind is HeadKind.CONV:  # the maps are the classes' own
        return set()
    return behind | ({"head.norm.weight", "head.norm.bias"} if seam.kind is HeadKind.GAP_NORM else set())


def assert_learns(trunk: Trunk) -> None:
    """In training mode, gradients come to every parameter that is used, and to no other."""
    used = trunk.used_parameters(SIDE)
    trunk.train().requires_grad_(True)
    torch.manual_seed(0)
    features = trunk(natural_batch((4, 3, SIDE, SIDE), seed=6))
    (features * torch.randn(features.shape)).sum().backward()
    touched = {name for name, parameter in trunk.network.named_parameters() if parameter.grad is not None}
    assert touched == used.keys()
    idle = [name for name, one in used.items() if one.grad is not None and not one.grad.any()]
    assert len(idle) <= len(used) // 20  # what lies behind a ReLU that is zero now


def small(head: Callable[[Xyzzy, Tensor], Tensor]) -> Xyzzy:
    """A network of a few weights with any head."""
    torch.manual_seed(0)
    return Xyzzy(head).eval()


@pytest.mark.parametrize(
    "head",
    [
        lambda n, x: n.d(x.mean((2, 3))),
        lambda n, x: n.d(torch.mean(x, dim=(2, 3))),
        lambda n, x: n.d(x.sum((2, 3))),
        lambda n, x: n.d(x.amax((2, 3))),
        lambda n, x: n.d(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)),
        lambda n, x: n.d(n.f(x.mean((2, 3)))),
        lambda n, x: n.d(x.permute(0, 2, 3, 1).mean((1, 2))),
        lambda n, x: n.d((x * torch.sigmoid(x.mean((2, 3), keepdim=True))).mean((2, 3))),
    ],
    ids=["mean", "function", "sum", "maximum", "adaptive", "normalised", "channels last", "gated before"],
)
def test_any_way_to_pool_is_found(head: Callable[[Xyzzy, Tensor], Tensor]) -> None:
    network = small(head)
    trunk = Trunk(network, 64)
    image = natural_batch((2, 3, 96, 64), seed=1)
    with torch.no_grad():
        assert torch.equal(trunk(image), cut(network, image).features)
        assert trunk(image).shape == (2, 12, 12, 8)


def test_maps_of_one_cell_while_searching_mislead_nobody() -> None:
    network = calibrated("torchvision/resnet18")
    image = natural_batch((2, 3, 128, 160), seed=1)
    with torch.no_grad():
        assert torch.equal(Trunk(network, 32)(image), cut(network, image).features)


def test_sum_over_everything_is_no_pooling() -> None:
    trunk = Trunk(small(lambda n, x: n.d((x / (1 + x.abs().sum())).mean((2, 3)))), 64)
    assert trunk(natural_batch((1, 3, 64, 64))).shape == (1, 12, 8, 8)


def test_batch_of_one_and_of_many_are_left_alike() -> None:
    trunk = Trunk(small(lambda n, x: n.d(x.mean((2, 3)))), 64)
    images = natural_batch((5, 3, 64, 64))
    with torch.no_grad():
        singly = torch.cat([trunk(image[None]) for image in images])
        torch.testing.assert_close(trunk(images), singly)


def test_headed_network_answers_for_its_head_on_the_maps() -> None:
    network = calibrated("torchvision/resnet18")
    head = AverageHead(512, 3)
    nn.init.normal_(head.linear.weight)
    image = natural_batch((2, 3, SIDE, 160), seed=2)
    with torch.no_grad():
        features = cut(network, image).features
        expected = features.mean((2, 3)) @ head.linear.weight.T + head.linear.bias
        torch.testing.assert_close(HeadedNetwork(Trunk(network, SIDE), head)(image), expected)


def test_looking_for_used_parameters_changes_nothing() -> None:
    network = calibrate(small(lambda n, x: n.d(x.mean((2, 3)))), side=64)
    network.a.weight.requires_grad_(False)
    network.c.weight.requires_grad_(True)
    before = {name: one.clone() for name, one in network.state_dict().items()}
    flags = {name: one.requires_grad for name, one in network.named_parameters()}
    used = Trunk(network, 64).used_parameters(64)
    assert {name.partition(".")[0] for name in used} == {"a", "b", "c"}
    assert {name: one.requires_grad for name, one in network.named_parameters()} == flags
    assert all(torch.equal(one, before[name]) for name, one in network.state_dict().items())
    assert all(one.grad is None for one in network.parameters())


@pytest.mark.parametrize("name", ["torchvision/vgg11", "torchvision/mobilenet_v3_small"])
def test_network_without_an_exact_head_is_refused(name: str) -> None:
    with pytest.raises(NetworkError, match="the network"):
        Trunk(build(resolve(name)), 224)


def test_pass_that_never_pools_is_an_error_not_a_wrong_answer() -> None:
    network = small(lambda n, x: n.d(x.mean((2, 3))))
    trunk = Trunk(network, 64)
    network.head = lambda n, x: n.e(x).flatten(1)
    with pytest.raises(NetworkError, match="did not come to its pooling"):
        trunk(natural_batch((1, 3, 64, 64)))
