"""Another head on a graph: it answers as torch does on the graph's own maps, and nothing of the old head stays."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from model.bundle import Bundle, read_bundle
from model.cam import Array
from model.classifier import Classifier
from model.errors import TrainingError
from model.photos import Photo
from model.plan import HeadChoice
from model.runtime import FEATURES, LOGITS, Runtime
from model.spec import Activation, HeadKind, Interpolation
from model.training.export import export_graph
from model.training.head_modules import AverageHead, MlpconvHead, TrainableHead, build_head
from model.training.sizes import Sizes
from model.training.surgery import TRUNK, replace_head
from model.training.traits import Traits
from tests.bundles import CELL, FIXED_SIDE, make_bundle
from tests.torch_networks import calibrated

CHANNELS, OUTPUTS = 5, 3
CELLS = (FIXED_SIDE // CELL, FIXED_SIDE // CELL)
SHAPES = ((1, FIXED_SIDE, FIXED_SIDE), (2, 48, 96), (3, 112, 80))
OWN_MAPS = (HeadChoice.CONV1X1, HeadChoice.NIN)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Bundle]:
    folder = tmp_path_factory.mktemp("bases")
    return {kind: read_bundle(make_bundle(folder, name=kind, kind=kind)) for kind in HeadKind}


def made(
    choice: HeadChoice, base: Bundle, *, seed: int = 0, softmax: bool = True, channels: int = CHANNELS
) -> TrainableHead:
    """A head as if it had learned."""
    torch.manual_seed(seed)
    head = build_head(choice, channels, OUTPUTS, cells=CELLS, softmax=softmax, learned=base.head)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(torch.randn(parameter.shape), alpha=0.5)
    return head.eval()


def photos(shape: tuple[int, int, int]) -> np.ndarray:
    """Noise, (B, H, W, 3)."""
    return np.random.default_rng(sum(shape)).integers(0, 256, (*shape, 3), dtype=np.uint8)


def with_head(base: Bundle, head: TrainableHead, graph: bytes) -> Bundle:
    """The base, as if it had been written with this head."""
    own = head.kind is HeadKind.CONV
    spec = base.spec.model_copy(
        update={
            "labels": ("a", "b", "c"),
            "outputs": OUTPUTS,
            "head": head.kind,
            "channels": 0 if head.kind is HeadKind.FC else OUTPUTS if own else head.channels,
            "rectified": isinstance(head, MlpconvHead) and head.rectified,
            "grid": None if head.kind is HeadKind.FC else base.spec.grid,
        }
    )
    return replace(base, spec=spec, head=head.numeric(), graph=graph)


def run(bundle: Bundle, batch: np.ndarray) -> tuple[Array, Array | None]:
    return Runtime(bundle, 1).run(batch)


def assert_answers_as_torch_does(base: Bundle, head: TrainableHead, shapes: tuple[tuple[int, int, int], ...]) -> bytes:
    """The graph with the head gives its logits on the base's maps; the graph."""
    graph = replace_head(base.graph, head)
    changed = with_head(base, head, graph)
    for shape in shapes:
        batch = photos(shape)
        _, maps = run(base, batch)
        with torch.no_grad():
            expected = head(torch.from_numpy(maps)).numpy()
        logits, features = run(changed, batch)
        np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)
        assert logits.std() > 1e-3
        if head.kind not in (HeadKind.CONV, HeadKind.FC):
            np.testing.assert_array_equal(features, maps)
    return graph


@pytest.mark.parametrize("choice", HeadChoice)
@pytest.mark.parametrize("kind", ["gap", "gap_norm", "sum", "gmp"])
def test_graph_answers_as_the_head_does_in_torch(bases: Mapping[str, Bundle], kind: str, choice: HeadChoice) -> None:
    base = bases[kind]
    shapes = tuple((batch, FIXED_SIDE, FIXED_SIDE) for batch in (1, 3)) if choice is HeadChoice.FC else SHAPES
    assert_answers_as_torch_does(base, made(choice, base), shapes)


@pytest.mark.parametrize("choice", [choice for choice in HeadChoice if choice is not HeadChoice.FC])
@pytest.mark.parametrize("softmax", [True, False])
def test_map_accounts_for_the_logit_when_it_is_served(
    bases: Mapping[str, Bundle], choice: HeadChoice, softmax: bool
) -> None:
    base = bases["gap_norm"]
    head = made(choice, base, softmax=softmax)
    bundle = with_head(base, head, replace_head(base.graph, head))
    if not softmax:
        bundle = replace(bundle, spec=bundle.spec.model_copy(update={"activation": Activation.SIGMOID}))
    classifier = Classifier(bundle, Runtime(bundle, 1))
    classifier.probe()
    answer = classifier.explain([Photo(photos((1, 64, 96))[0], "PNG")])[0]
    assert answer.maps is not None
    np.testing.assert_allclose(
        np.asarray(answer.maps).mean(axis=(1, 2)) + answer.bias, answer.logits, rtol=1e-3, atol=1e-3
    )


def test_fully_connected_head_gives_no_maps(bases: Mapping[str, Bundle]) -> None:
    graph = onnx.load_from_string(replace_head(bases["gap"].graph, made(HeadChoice.FC, bases["gap"])))
    assert [output.name for output in graph.graph.output] == [LOGITS]


@pytest.mark.parametrize("choice", [*OWN_MAPS, HeadChoice.FC])
@pytest.mark.parametrize("later", HeadChoice)
def test_graph_takes_another_head_later(bases: Mapping[str, Bundle], choice: HeadChoice, later: HeadChoice) -> None:
    base = bases["gap"]
    head = made(later, base, seed=1)
    between = replace_head(base.graph, made(choice, base))
    again, directly = replace_head(between, head), replace_head(base.graph, head)
    batch = photos((2, FIXED_SIDE, FIXED_SIDE))
    for one, other in zip(*(run(with_head(base, head, graph), batch) for graph in (again, directly)), strict=True):
        np.testing.assert_array_equal(one, other)
    assert names(again) == names(directly)


def names(graph: bytes) -> set[str]:
    """Of the constants."""
    return {tensor.name for tensor in onnx.load_from_string(graph).graph.initializer}


def test_constants_of_the_old_head_are_dropped(bases: Mapping[str, Bundle]) -> None:
    base = bases["gap_norm"]
    assert {"w", "b", "gamma", "beta", "axes", "mix", "shift"} == names(base.graph)
    small = replace_head(base.graph, made(HeadChoice.SUM, base))
    assert names(small) == {"mix", "shift", "camscope_head.axes", "camscope_head.weight", "camscope_head.bias"}
    torch.manual_seed(0)
    large = replace_head(small, build_head(HeadChoice.FC, CHANNELS, OUTPUTS, cells=(16, 16)))
    assert len(large) > len(small) + 4 * 512 * 16 * 16 * CHANNELS
    assert len(replace_head(large, made(HeadChoice.SUM, base))) == len(small)


def test_maps_of_the_classes_can_feed_a_head_too(bases: Mapping[str, Bundle]) -> None:
    base = bases["conv"]
    assert_answers_as_torch_does(base, made(HeadChoice.GAP, base), SHAPES)


def test_constant_of_the_network_that_is_called_like_the_heads_is_kept(bases: Mapping[str, Bundle]) -> None:
    base = bases["gap"]
    proto = onnx.load_from_string(base.graph)
    for tensor in proto.graph.initializer:
        tensor.name = {"mix": "head.weight", "shift": "head.bias"}.get(tensor.name, tensor.name)
    for node in proto.graph.node:
        node.input[:] = [{"mix": "head.weight", "shift": "head.bias"}.get(name, name) for name in node.input]
    renamed = replace(base, graph=proto.SerializeToString())
    assert_answers_as_torch_does(renamed, made(HeadChoice.GAP, base), SHAPES)


def test_graph_that_is_given_is_left_alone(bases: Mapping[str, Bundle]) -> None:
    before = bytes(bases["gap"].graph)
    replace_head(bases["gap"].graph, made(HeadChoice.NIN, bases["gap"]))
    assert bases["gap"].graph == before


def test_graph_without_maps_is_refused(bases: Mapping[str, Bundle]) -> None:
    proto = onnx.load_from_string(bases["fc"].graph)
    for node in proto.graph.node:
        node.output[:] = ["hidden" if name == FEATURES else name for name in node.output]
        node.input[:] = ["hidden" if name == FEATURES else name for name in node.input]
    with pytest.raises(TrainingError, match="no feature maps"):
        replace_head(proto.SerializeToString(), made(HeadChoice.GAP, bases["gap"]))


@pytest.mark.parametrize("choice", [HeadChoice.GAP, HeadChoice.SUM, HeadChoice.GMP])
def test_head_for_other_maps_is_refused(bases: Mapping[str, Bundle], choice: HeadChoice) -> None:
    head = build_head(choice, CHANNELS + 2, OUTPUTS)
    with pytest.raises(TrainingError, match="does not fit"):
        replace_head(bases["gap"].graph, head)


def test_head_that_has_no_form_as_a_graph_is_refused(bases: Mapping[str, Bundle]) -> None:
    class Other(TrainableHead):
        kind = HeadKind.GAP

        def classify(self, kept: Tensor) -> Tensor:
            return kept

    with pytest.raises(TrainingError, match="Other has no form as a graph"):
        replace_head(bases["gap"].graph, Other(CHANNELS, OUTPUTS))


def test_constants_are_the_heads_own_values(bases: Mapping[str, Bundle]) -> None:
    head = AverageHead(CHANNELS, OUTPUTS)
    nn.init.normal_(head.linear.weight)
    proto = onnx.load_from_string(replace_head(bases["gap"].graph, head))
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}
    assert any(np.array_equal(value, head.linear.weight.detach().numpy()) for value in values.values())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "channels"), [("timm/convnext_atto", 320)])
def test_exported_network_takes_every_head(name: str, channels: int, bases: Mapping[str, Bundle]) -> None:
    network = calibrated(name)
    traits = Traits((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), Interpolation.BILINEAR, 128, 128)
    graph = export_graph(network, traits, Sizes(32, 64, None, 32, 32, tiled=True))
    spec = bases["gap"].spec.model_copy(update={"outputs": 1000, "channels": channels})
    base = replace(bases["gap"], spec=spec, graph=graph.content)
    for choice in HeadChoice:
        head = build_head(choice, channels, OUTPUTS, cells=(4, 4))
        with torch.no_grad():
            for parameter in head.parameters():
                parameter.add_(torch.randn(parameter.shape), alpha=channels**-0.5)
        shapes = ((1, 128, 128), (2, 128, 128)) if choice is HeadChoice.FC else ((1, 128, 128), (2, 96, 160))
        changed = assert_answers_as_torch_does(base, head.eval(), shapes)
        assert (TRUNK in {name for node in onnx.load_from_string(changed).graph.node for name in node.output}) == (
            choice in OWN_MAPS
        )
