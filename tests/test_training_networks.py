"""Names of networks, and what is set on them that no weights can say."""

import pytest

from model.errors import NetworkError
from model.training.networks import NetworkName, build, build_shape, known_networks, resolve


@pytest.mark.parametrize(
    ("text", "library", "architecture"),
    [
        ("resnet50", None, "torchvision/resnet50"),
        ("resnet50", "timm", "timm/resnet50"),
        ("timm/resnet50", None, "timm/resnet50"),
        ("torchvision/resnet50", None, "torchvision/resnet50"),
        ("resnet26d", None, "timm/resnet26d"),
        ("resnet50.a1_in1k", None, "timm/resnet50.a1_in1k"),
    ],
)
def test_name_means_one_network(text: str, library: str | None, architecture: str) -> None:
    assert resolve(text, library).architecture == architecture  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "library", "message"),
    [
        ("resnet50x", None, "close names: .*resnet50"),
        ("zzzzzzzz", None, "'camscope networks' lists them"),
        ("resnet26d", "torchvision", "no network 'resnet26d' in torchvision"),
        ("timm/resnet50", "torchvision", "not in torchvision"),
        ("", None, "no network ''"),
    ],
)
def test_unknown_name_is_refused_with_help(text: str, library: str | None, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        resolve(text, library)  # type: ignore[arg-type]


def test_lists_hold_classification_alone() -> None:
    assert "resnet50" in known_networks("torchvision")
    assert "fcn_resnet50" not in known_networks("torchvision")
    assert "tf_efficientnet_lite0" in known_networks("timm")


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_input_scaling_outside_the_weights_is_on(name: str) -> None:
    network = build(resolve(name))
    assert network.transform_input is True
    assert not [key for key in network.state_dict() if key.startswith(("aux", "Aux"))]


def test_networks_are_built_for_any_number_of_classes_and_never_train() -> None:
    for name in (NetworkName("torchvision", "resnet18"), NetworkName("timm", "resnet18")):
        network = build(name, classes=3)
        assert network.fc.out_features == 3
        assert not any(module.training for module in network.modules())
        assert not any(parameter.requires_grad for parameter in network.parameters())


def test_shapes_are_built_even_where_the_meta_device_is_refused() -> None:
    assert {parameter.device.type for parameter in build_shape(resolve("regnet_y_400mf")).parameters()} == {"meta"}


def test_network_that_cannot_be_built_is_named() -> None:
    with pytest.raises(NetworkError, match=r"timm/resnet18\.nosuchtag: cannot be built: "):
        build(resolve("timm/resnet18.nosuchtag"))
