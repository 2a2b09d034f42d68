"""From a network to a graph: what ONNX Runtime answers is what torch answers, or there is no graph."""

import logging
from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from model.errors import NetworkError
from model.spec import HeadKind, Interpolation
from model.training.export import PhotoNetwork, export_graph, trial_photos
from model.training.heads import cut
from model.training.padding import with_static_padding
from model.training.sizes import Sizes, measure_sizes, seams
from model.training.traits import Traits
from tests.test_training_heads import HEADS, Xyzzy
from tests.torch_networks import calibrate, calibrated, natural_batch

TRAITS = Traits((0.4, 0.5, 0.6), (0.2, 0.3, 0.25), Interpolation.BICUBIC, crop_side=224, resize_side=256)
SHAPES = ((1, 224, 256), (2, 64, 320), (8, 96, 96))


def sizes_of(network: nn.Module) -> Sizes:
    import copy

    return measure_sizes(seams(copy.deepcopy(network).to("meta"), network), TRAITS.crop_side)


def assert_same_answers(
    content: bytes, network: nn.Module, traits: Traits, shapes: tuple[tuple[int, int, int], ...]
) -> None:
    """ONNX Runtime's logits and features against torch's, with a normalisation written here anew."""
    session = onnxruntime.InferenceSession(content)
    mean, std = np.array(traits.mean, dtype=np.float32), np.array(traits.std, dtype=np.float32)
    for shape in shapes:
        photos = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
        image = torch.from_numpy((photos.astype(np.float32) / 255 - mean) / std).permute(0, 3, 1, 2)
        features, logits = session.run(["features", "logits"], {"image": photos})
        with torch.no_grad():
            assert_close(logits, network(image).numpy())
            assert_close(features, cut(network, image).features.numpy())


def assert_close(actual: np.ndarray, expected: np.ndarray) -> None:
    """Equal to 1e-4, as a part of the largest value: so large are the rounding errors of either runtime."""
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4 * max(1, float(np.abs(expected).max())))


@pytest.mark.parametrize("kind", HEADS)
def test_graph_answers_as_the_network_at_every_size_and_batch(kind: str) -> None:
    network = calibrate(Xyzzy(HEADS[kind][1]).eval())
    graph = export_graph(network, TRAITS, sizes_of(network))
    assert graph.fixed_side is None
    assert graph.seam.kind is HEADS[kind][0]
    assert_same_answers(graph.content, network, TRAITS, SHAPES)


def test_graph_is_one_file_with_the_promised_inputs_and_outputs() -> None:
    import onnx

    network = calibrate(Xyzzy(HEADS["mean"][1]).eval())
    proto = onnx.load_from_string(export_graph(network, TRAITS, sizes_of(network)).content)
    onnx.checker.check_model(proto, full_check=True)
    assert not [tensor.name for tensor in proto.graph.initializer if tensor.external_data]
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    (photos,) = session.get_inputs()
    assert (photos.name, photos.type, photos.shape) == ("image", "tensor(uint8)", ["batch", "height", "width", 3])
    outputs = {output.name: (output.type, output.shape) for output in session.get_outputs()}
    assert outputs["features"] == ("tensor(float)", ["batch", 12, "rows", "columns"])
    assert outputs["logits"][0] == "tensor(float)"


class Stubborn(nn.Module):
    """A network that writes the size it was traced with into the graph, as Swin does."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Xyzzy(HEADS["mean"][1])

    def forward(self, image: Tensor) -> Tensor:
        height = int(image.shape[2])
        return self.body(image * (1 + height / 1000))


def test_graph_that_is_wrong_at_other_sizes_is_made_for_one(caplog: pytest.LogCaptureFixture) -> None:
    network = calibrate(Stubborn().eval())
    with caplog.at_level(logging.WARNING):
        graph = export_graph(network, TRAITS, sizes_of(network))
    assert graph.fixed_side == 224
    assert "made for one" in caplog.text
    assert_same_answers(graph.content, network, TRAITS, ((1, 224, 224), (5, 224, 224)))


def test_pooling_window_that_fits_one_size_gives_a_graph_for_that_size() -> None:
    network = calibrate(Xyzzy(lambda n, x: n.d(nn.functional.avg_pool2d(x, 28).flatten(1))).eval(), side=224)
    sizes = sizes_of(network)
    assert (sizes.fixed_side, sizes.stride_x) == (224, 8)
    graph = export_graph(network, TRAITS, sizes)
    assert graph.fixed_side == 224
    assert_same_answers(graph.content, network, TRAITS, ((1, 224, 224), (3, 224, 224)))


class Forgetful(nn.Module):
    """A network that answers otherwise while it is exported."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Xyzzy(HEADS["mean"][1])

    def forward(self, image: Tensor) -> Tensor:
        return self.body(image * 2 if torch.jit.is_tracing() else image)


def test_graph_that_is_not_the_network_is_never_given_out() -> None:
    network = calibrate(Forgetful().eval())
    with pytest.raises(NetworkError, match="the graph is not the network"):
        export_graph(network, TRAITS, sizes_of(network))


def test_network_that_cannot_be_exported_is_refused_in_one_line() -> None:
    network = calibrate(Xyzzy(lambda n, x: n.d(torch.special.i0e(x).mean((2, 3)))).eval())
    with pytest.raises(NetworkError, match="the network cannot be exported: ") as refusal:
        export_graph(network, TRAITS, sizes_of(network))
    assert "\n" not in str(refusal.value)


def same_padded(kind: str) -> nn.Module:
    from timm.layers.conv2d_same import Conv2dSame
    from timm.layers.pool2d_same import AvgPool2dSame, MaxPool2dSame
    from timm.layers.std_conv import ScaledStdConv2dSame, StdConv2dSame

    layers: dict[str, Callable[[], nn.Module]] = {
        "convolution": lambda: Conv2dSame(3, 4, 5, stride=2, dilation=1),
        "dilated convolution": lambda: Conv2dSame(3, 4, 3, stride=1, dilation=2),
        "standardised convolution": lambda: StdConv2dSame(3, 4, 3, stride=2, padding="SAME"),
        "scaled convolution": lambda: ScaledStdConv2dSame(3, 4, 3, stride=2, padding="SAME"),
        "maximum": lambda: MaxPool2dSame(3, 2),
        "average": lambda: AvgPool2dSame(3, 2),
        "even kernel": lambda: Conv2dSame(3, 4, 4, stride=4),
    }
    return nn.Sequential(layers[kind]())


@pytest.mark.parametrize(
    "kind",
    [
        "convolution",
        "dilated convolution",
        "standardised convolution",
        "scaled convolution",
        "maximum",
        "average",
        "even kernel",
    ],
)
def test_static_padding_is_same_padding_where_sides_are_multiples(kind: str) -> None:
    layer = same_padded(kind)
    image = natural_batch((2, 3, 16, 24)) - 3  # all below zero: a padding of zeros would win every maximum
    with torch.no_grad():
        expected = layer(image)
        torch.testing.assert_close(with_static_padding(layer)(image), expected)
        torch.testing.assert_close(layer(image), expected)  # the original is as it was


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "fixed_side"),
    [
        ("torchvision/squeezenet1_1", HeadKind.CONV, None),
        ("torchvision/inception_v3", HeadKind.GAP, None),
        ("torchvision/shufflenet_v2_x1_0", HeadKind.GAP, None),
        ("torchvision/swin_t", HeadKind.GAP, 224),
        ("timm/convnext_atto", HeadKind.GAP_NORM, None),
        ("timm/regnetx_002", HeadKind.GAP, None),
    ],
)
def test_known_networks_become_graphs(name: str, kind: HeadKind, fixed_side: int | None) -> None:
    network = calibrated(name)
    sizes = sizes_of(network)
    graph = export_graph(network, TRAITS, sizes)
    assert (graph.seam.kind, graph.fixed_side) == (kind, fixed_side)
    smallest = (8, sizes.min_side, sizes.min_side)
    shapes = ((1, 224, 224), (2, 224, 224)) if fixed_side else ((1, 224, 256), (2, sizes.min_side, 320), smallest)
    assert_same_answers(graph.content, network, TRAITS, shapes)


def test_photos_are_normalised_inside_the_graph() -> None:
    photos = trial_photos(2, 32, 64)
    expected = (photos / 255 - np.array(TRAITS.mean)) / np.array(TRAITS.std)
    actual = PhotoNetwork(nn.Identity(), TRAITS).normalised(torch.from_numpy(photos))
    np.testing.assert_allclose(actual.numpy(), expected.transpose(0, 3, 1, 2), atol=1e-5)
