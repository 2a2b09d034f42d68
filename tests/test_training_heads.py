"""The head of a network, found on its graph: exact where it is accepted, a plain sentence where not."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from model.cam import explain_logits, residual
from model.errors import NetworkError
from model.spec import HeadKind
from model.training.heads import Seam, cut, numeric_head
from model.training.networks import build_shape, resolve
from tests.torch_networks import calibrate, calibrated, natural_batch

NETWORKS = {
    "torchvision/resnet18": "gap", "torchvision/resnet50": "gap", "torchvision/resnext50_32x4d": "gap",
    "torchvision/wide_resnet50_2": "gap", "torchvision/regnet_y_400mf": "gap", "torchvision/densenet121": "gap",
    "torchvision/googlenet": "gap", "torchvision/inception_v3": "gap", "torchvision/mobilenet_v2": "gap",
    "torchvision/efficientnet_b0": "gap", "torchvision/efficientnet_v2_s": "gap",
    "torchvision/shufflenet_v2_x1_0": "gap", "torchvision/mnasnet1_0": "gap", "torchvision/squeezenet1_1": "conv",
    "torchvision/convnext_tiny": "gap_norm", "torchvision/swin_t": "gap", "timm/tf_efficientnet_lite0": "gap",
    "timm/resnet26d": "gap", "timm/resnetv2_50": "gap", "timm/regnetx_002": "gap", "timm/mobilenetv2_100": "gap",
    "timm/convnext_atto": "gap_norm", "timm/rexnet_100": "gap",
}  # fmt: skip
SHAPES = ((1, 3, 224, 224), (1, 3, 256, 192), (3, 3, 224, 224))


class Xyzzy(nn.Module):
    """A network whose names say nothing, with any head."""

    def __init__(self, head: Callable[["Xyzzy", Tensor], Tensor], classes: int = 7) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 8, 5, stride=4, padding=2)
        self.b = nn.BatchNorm2d(8)
        self.c = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.d = nn.Linear(12, classes)
        self.e = nn.Conv2d(12, classes, 1)
        self.f = nn.LayerNorm(12)
        self.g = nn.Linear(12, 12)
        self.h = nn.Linear(12 * 28 * 28, classes)
        self.head = head

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self, self.c(torch.relu(self.b(self.a(image)))))


def within_tolerance(maps: np.ndarray, bias: np.ndarray, logits: np.ndarray) -> bool:
    return bool((np.abs(residual(maps, bias, logits)) <= 1e-4 * np.maximum(1, np.abs(logits))).all())


def assert_exact(network: nn.Module, shape: tuple[int, int, int, int]) -> Seam:
    """The identity, against the untouched forward pass; and that it is no empty check."""
    image = natural_batch(shape, seed=5)
    with torch.no_grad():
        logits = network(image).numpy()
        seam = cut(network, image)
    head = numeric_head(seam)
    maps, bias = explain_logits(seam.features.numpy(), head)
    assert within_tolerance(maps, bias, logits)
    assert not within_tolerance(np.zeros_like(maps), bias, logits)
    assert not within_tolerance(np.roll(maps, 1, axis=1), np.roll(bias, 1, axis=1), logits)
    return seam


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_mean_of_map_plus_bias_is_the_logit(name: str) -> None:
    network = calibrated(name)
    for shape in SHAPES:
        seam = assert_exact(network, shape)
        assert (seam.kind, seam.rectified) == (NETWORKS[name], NETWORKS[name] == "conv")
        assert not seam.whole_at_this_size


HEADS: dict[str, tuple[HeadKind, Callable[[Xyzzy, Tensor], Tensor]]] = {
    "adaptive average": (HeadKind.GAP, lambda n, x: n.d(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))),
    "mean": (HeadKind.GAP, lambda n, x: n.d(x.mean((2, 3)))),
    "two means": (HeadKind.GAP, lambda n, x: n.d(x.mean(3).mean(2))),
    "mean over joined axes": (HeadKind.GAP, lambda n, x: n.d(x.flatten(2).mean(-1))),
    "tokens of maps": (HeadKind.GAP, lambda n, x: n.d(x.flatten(2).transpose(1, 2).mean(1))),
    "channels last": (HeadKind.GAP, lambda n, x: n.d(x.permute(0, 2, 3, 1).mean((1, 2)))),
    "convolution after": (HeadKind.GAP, lambda n, x: n.e(x.mean((2, 3), keepdim=True)).flatten(1)),
    "no bias": (HeadKind.GAP, lambda n, x: x.mean((2, 3)) @ n.d.weight.t()),
    "bias added": (HeadKind.GAP, lambda n, x: x.mean((2, 3)) @ n.d.weight.t() + n.d.bias),
    "pooled, channels last": (HeadKind.GAP, lambda n, x: n.d(x.mean((2, 3))[:, None, None])[:, 0, 0]),
    "norm": (HeadKind.GAP_NORM, lambda n, x: n.d(n.f(x.mean((2, 3))))),
    "norm without terms": (HeadKind.GAP_NORM, lambda n, x: n.d(nn.functional.layer_norm(x.mean((2, 3)), (12,)))),
    "sum": (HeadKind.SUM, lambda n, x: n.d(x.sum((2, 3)))),
    "maximum": (HeadKind.GMP, lambda n, x: n.d(x.amax((2, 3)))),
    "adaptive maximum": (HeadKind.GMP, lambda n, x: n.d(nn.functional.adaptive_max_pool2d(x, 1).flatten(1))),
    "maximum over joined axes": (HeadKind.GMP, lambda n, x: n.d(x.flatten(2).max(-1).values)),
    "convolution before": (HeadKind.CONV, lambda n, x: n.e(x).mean((2, 3))),
    "convolution and ReLU before": (HeadKind.CONV, lambda n, x: torch.relu(n.e(x)).mean((2, 3))),
    "linear before, channels last": (HeadKind.CONV, lambda n, x: n.d(x.permute(0, 2, 3, 1)).mean((1, 2))),
    "convolution before a maximum": (HeadKind.GMP, lambda n, x: n.e(x).amax((2, 3))),
    "convolution before a sum": (HeadKind.SUM, lambda n, x: n.e(x).sum((2, 3))),
    "dropout": (HeadKind.GAP, lambda n, x: n.d(nn.functional.dropout(x.mean((2, 3)), 0.5, n.training))),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADS)
def test_every_way_to_write_a_head_is_found_and_exact(kind: str) -> None:
    network = calibrate(Xyzzy(HEADS[kind][1]).eval())
    for shape in SHAPES:
        seam = assert_exact(network, shape)
        assert seam.kind is HEADS[kind][0]
        assert seam.rectified == ("ReLU" in kind)
        assert seam.features.shape[2:] == (shape[2] // 8, shape[3] // 8)


REFUSALS: dict[str, tuple[str, Callable[[Xyzzy, Tensor], Tensor]]] = {
    "activation": (r"has an activation \(ReLU\)", lambda n, x: n.d(torch.relu(x.mean((2, 3))))),
    "softmax": (r"has an activation \(softmax\)", lambda n, x: n.d(x.mean((2, 3))).softmax(1)),
    "two layers": (r"has 2 fully connected layers after the pooling, so", lambda n, x: n.d(n.g(x.mean((2, 3))))),
    "two layers, activation": (r"2 fully .* \(GELU\)", lambda n, x: n.d(nn.functional.gelu(n.g(x.mean((2, 3)))))),
    "flattened": (r"flattens its 28 x 28 feature maps", lambda n, x: n.h(x.flatten(1))),
    "two poolings": (r"combines several poolings", lambda n, x: n.d(x.mean((2, 3)) + x.amax((2, 3)))),
    "scaled": (r"a step \('mul'\)", lambda n, x: n.d(x.mean((2, 3))) * 2),
    "norm of a sum": (r"a step \('native_layer_norm'\)", lambda n, x: n.d(n.f(x.sum((2, 3))))),
    "part of the maps": (r"window that does not cover", lambda n, x: n.d(nn.functional.avg_pool2d(x, 20)[:, :, 0, 0])),
    "corner": (r"flattens its 28 x 28", lambda n, x: n.d(x[:, :, 0, 0])),
    "no head": (r"ends in pooled features", lambda _, x: torch.relu(x + x).mean((2, 3))),
    "weights from the picture": (r"no map accounts", lambda _, x: x.mean((2, 3)) @ x[0].flatten(1)),
    "tokens": (r"sequence of tokens", lambda n, x: n.d(n.f(x.flatten(2).transpose(1, 2))[:, 0])),
    "two answers": (r"one row of logits per picture", lambda n, x: (n.d(x.mean((2, 3))), x)),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSALS)
def test_any_other_head_is_refused_in_one_sentence(kind: str) -> None:
    pattern, head = REFUSALS[kind]
    with pytest.raises(NetworkError, match=pattern) as refusal, torch.no_grad():
        cut(Xyzzy(head).eval(), natural_batch((2, 3, 224, 224)))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("torchvision/vgg16", "flattens its 7 x 7 feature maps"),
        ("torchvision/alexnet", "flattens its 6 x 6 feature maps"),
        ("torchvision/mobilenet_v3_small", r"2 fully connected layers .* an activation \(Hardswish\) between"),
        ("torchvision/vit_b_16", "sequence of tokens"),
        ("timm/mixer_s16_224", "sequence of tokens"),
        ("timm/caformer_s18", "2 fully connected layers"),
    ],
)
def test_networks_without_exact_maps_are_refused_from_their_shapes_alone(name: str, reason: str) -> None:
    with pytest.raises(NetworkError, match=reason), torch.no_grad():
        cut(build_shape(resolve(name)), torch.empty(2, 3, 224, 224, device="meta"))


@pytest.mark.parametrize("pooling", ["avgmax", "catavgmax"])
def test_average_and_maximum_together_are_refused(pooling: str) -> None:
    import timm

    network = timm.create_model("resnet18", global_pool=pooling).eval()
    with pytest.raises(NetworkError, match="combines several poolings"), torch.no_grad():
        cut(network, natural_batch((2, 3, 224, 224)))


def test_fixed_window_counts_only_where_it_covers_the_maps() -> None:
    network = calibrate(Xyzzy(lambda n, x: n.d(nn.functional.avg_pool2d(x, 28).flatten(1))).eval(), side=224)
    assert assert_exact(network, (2, 3, 224, 224)).whole_at_this_size
    with pytest.raises(NetworkError, match="does not cover"), torch.no_grad():
        cut(network, natural_batch((2, 3, 256, 256)))


def test_features_carry_gradients_to_the_picture() -> None:
    image = natural_batch((1, 3, 64, 64)).requires_grad_()
    cut(calibrate(Xyzzy(HEADS["mean"][1]).eval()), image).features[..., 3, 3].sum().backward()
    assert image.grad is not None
    assert image.grad.abs().max() > 0
