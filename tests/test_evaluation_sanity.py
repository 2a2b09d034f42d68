"""Networks that forget: what is redrawn, how alike maps are, and that the steps are the same however often."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from skimage.metrics import structural_similarity as reference

from model.bundle import GRAPH, read_bundle
from model.cam import class_activation_maps
from model.classifier import Classifier
from model.evaluation.cascade import cascade, layer_count, layers_of, others, redrawn, redrawn_head
from model.evaluation.likeness import laid_out, rank_correlation, structural_similarity
from model.evaluation.sanity import HEAD, MOST_STEPS, SHUFFLED, Original, Spoiler, at_layers, sanity_figures
from model.geometry import Grid
from model.photos import Photo
from tests.bundles import make_bundle
from tests.evaluations import square


def originals(classifier: Classifier, count: int = 3) -> list[Original]:
    found = []
    for number, label in enumerate(("red", "green", "blue")[:count]):
        prepared = classifier.prepare(Photo(square(label), "PNG"))
        [answer] = classifier.answer([prepared])
        assert answer.maps is not None
        assert answer.grid is not None
        said = int(answer.logits.argmax())
        found.append(Original(number, said, prepared, answer.maps[said], answer.grid))
    return found


def spoiler(path: Path, count: int = 3) -> Spoiler:
    classifier = Classifier.open(path, threads=1)
    return Spoiler(classifier, originals(classifier, count), seed=0, workers=1, threads=1)


def slow_ranks(values: np.ndarray) -> np.ndarray:
    flat = values.ravel()
    return np.array([(flat < one).sum() + ((flat == one).sum() - 1) / 2 for one in flat])


def test_ranks_correlate_as_by_counting() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        one, other = generator.integers(-4, 5, (2, 5, 7)).astype(np.float32)
        slow = np.corrcoef(slow_ranks(one), slow_ranks(other))[0, 1]
        assert rank_correlation(one, other) == pytest.approx(slow)
    assert rank_correlation(one, one**3) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)
    assert rank_correlation(one, np.full_like(one, 3)) == 0


def test_structures_are_as_similar_as_the_reference_says() -> None:
    generator = np.random.default_rng(0)
    for shape in ((40, 60), (17, 13)):
        one, other = generator.uniform(-1, 1, (2, *shape))
        for second in (other, one, -one, 0.7 * one + 0.2 * other, np.zeros(shape)):
            wanted = reference(one, second, data_range=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
            assert structural_similarity(one, second) == pytest.approx(wanted)


def test_maps_are_compared_on_the_photo_with_zero_where_it_was() -> None:
    values = np.array([[0, 5], [-10, 0]], np.float32)
    laid = laid_out(values, Grid(2, 2, 50, 40, 0, 0), (100, 80))
    assert laid.shape == (179, 224)
    assert (laid.min(), laid[0, 0]) == (-1, 0)
    assert laid.max() == pytest.approx(0.5)
    assert not laid_out(np.zeros((2, 2), np.float32), Grid(2, 2, 50, 40, 0, 0), (100, 80)).any()


def graph_of(*nodes: onnx.NodeProto, **tensors: np.ndarray) -> onnx.GraphProto:
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, None)
    result = helper.make_tensor_value_info("features", TensorProto.FLOAT, None)
    stored = [numpy_helper.from_array(value, name) for name, value in tensors.items()]
    return helper.make_graph(list(nodes), "network", [image], [result], stored)


def test_a_layer_is_a_kernel_and_what_stands_between_it_and_the_next_one() -> None:
    eight = np.arange(8, dtype=np.float32)
    kernel = eight.reshape(2, 4)
    constant = helper.make_node("Constant", [], ["second"], value=numpy_helper.from_array(kernel + 1))
    graph = graph_of(
        helper.make_node("Sub", ["image", "mean"], ["centred"]),
        helper.make_node("Conv", ["centred", "first", "bias"], ["a"], name="one"),
        helper.make_node("BatchNormalization", ["a", "gamma", "beta", "mu", "sigma"], ["b"]),
        helper.make_node("Mul", ["b", "half"], ["c"]),
        constant,
        helper.make_node("Transpose", ["second"], ["turned"]),
        helper.make_node("MatMul", ["c", "turned"], ["d"], name="two"),
        helper.make_node("DequantizeLinear", ["third", "steps"], ["wide"]),
        helper.make_node("Conv", ["d", "wide"], ["features"], name="three"),
        helper.make_node("Gemm", ["features", "head"], ["logits"], name="head"),
        mean=eight, first=kernel, bias=eight, gamma=eight, beta=eight, mu=eight, sigma=eight,
        half=np.float32(0.5), third=kernel.astype(np.int8), steps=eight, head=kernel,
    )  # fmt: skip
    found = [(one.name, [tensor.name for tensor in one.tensors]) for one in layers_of(graph)]
    assert found == [
        ("three", ["third"]),
        ("two", ["second"]),
        ("one", ["first", "bias", "gamma", "beta", "mu", "sigma"]),
    ]


def test_what_is_redrawn_has_the_same_spread_and_has_learned_nothing() -> None:
    generator = np.random.default_rng(0)
    kernel = generator.normal(0.1, 0.02, (64, 32, 3, 3)).astype(np.float32)
    drawn = redrawn(kernel, generator)
    assert (drawn.shape, drawn.dtype) == (kernel.shape, kernel.dtype)
    assert (drawn.mean(), drawn.std()) == (
        pytest.approx(kernel.mean(), rel=0.01),
        pytest.approx(kernel.std(), rel=0.02),
    )
    assert abs(np.corrcoef(kernel.ravel(), drawn.ravel())[0, 1]) < 0.05
    vector = generator.random(50).astype(np.float32)
    assert sorted(redrawn(vector, generator)) == sorted(vector)
    small = redrawn(np.full((9, 9), 120, np.int8) + np.arange(9, dtype=np.int8) - 1, generator)
    assert small.dtype == np.int8
    assert not redrawn(np.zeros((3, 3), np.float32), generator).any()


def test_a_head_forgets_its_weights_and_keeps_its_kind(tmp_path: Path) -> None:
    for kind in ("gap", "gap_norm", "conv"):
        head = read_bundle(make_bundle(tmp_path, name=kind, kind=kind)).head
        spoiled = redrawn_head(head, 0)
        assert spoiled.kind == head.kind
        assert spoiled.eps == head.eps
        if head.weight is None:
            assert spoiled == head
        else:
            assert spoiled.weight is not None
            assert spoiled.weight.shape == head.weight.shape
            assert not np.isclose(spoiled.weight, head.weight).all()


@pytest.mark.parametrize("classes", [2, 3, 1000])
def test_each_class_gets_another_ones_row(classes: int) -> None:
    other = others(classes, 0)
    assert sorted(other) == list(range(classes))
    assert all(index != place for place, index in enumerate(other))


def test_a_step_is_the_same_however_it_is_come_to(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).normal(size=(3, 4, 4)).astype(np.float32)
    graph = graph_of(
        *(
            helper.make_node("MatMul", [before, kernel], [after])
            for before, kernel, after in (("image", "a", "x"), ("x", "b", "y"), ("y", "c", "features"))
        ),
        a=weights[0], b=weights[1], c=weights[2],
    )  # fmt: skip
    content = helper.make_model(graph).SerializeToString()
    assert layer_count(content) == 3
    one_by_one, at_once = list(cascade(content, [1, 2, 3], 0)), list(cascade(content, [3], 0))
    assert one_by_one[-1] == at_once[0]
    first = onnx.load_model_from_string(one_by_one[0][1]).graph.initializer
    kept = {tensor.name: numpy_helper.to_array(tensor) for tensor in first}
    assert (kept["a"] == weights[0]).all()
    assert (kept["b"] == weights[1]).all()
    assert not np.isclose(kept["c"], weights[2]).any()


def test_of_many_layers_some_are_compared_and_the_last_one_always() -> None:
    assert at_layers(3) == [1, 2, 3]
    many = at_layers(400)
    assert (len(many), many[-1]) == (MOST_STEPS, 400)
    assert many == sorted(set(many))
    assert at_layers(0) == []


def test_spoiled_maps_are_those_of_a_slow_computation(bundle_path: Path) -> None:
    asked = spoiler(bundle_path)
    shuffled, head, layer = asked.steps(0)
    assert [(one.layers, one.of) for one in (shuffled, head, layer)] == [(0, 2), (1, 2), (2, 2)]
    assert (shuffled.name, head.name) == (SHUFFLED, HEAD)
    bundle = read_bundle(bundle_path)
    assert bundle.head.weight is not None
    weight = redrawn_head(bundle.head, 0).weight
    assert weight is not None
    [(_, graph)] = cascade((bundle_path / GRAPH).read_bytes(), [1], 0)
    rows = bundle.head.weight[others(5, 0)]
    for step, network, used in ((shuffled, bundle.graph, rows), (head, bundle.graph, weight), (layer, graph, weight)):
        session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
        for one, rank in zip(asked.originals, step.rank, strict=True):
            [features] = session.run(["features"], {"image": one.prepared.pixels[None]})
            values = class_activation_maps(features, used)[0, one.said]
            assert rank == pytest.approx(rank_correlation(one.values, values), abs=1e-6)


def test_gone_on_with_it_comes_to_the_same(bundle_path: Path) -> None:
    asked = spoiler(bundle_path, 2)
    whole = list(asked.steps(0))
    for done in range(4):
        assert list(asked.steps(done)) == whole[done:]


def test_heads_without_rows_forget_with_their_first_layer(tmp_path: Path) -> None:
    asked = spoiler(make_bundle(tmp_path, kind="conv"))
    steps = list(asked.steps(0))
    assert [one.layers for one in steps] == [0, 1, 2]
    found = sanity_figures(steps)
    assert found is not None
    assert found.layers == 2
    assert [one.layers for one in found.steps] == [1, 2]


def test_a_network_that_gives_no_numbers_any_more_has_no_maps(tmp_path: Path) -> None:
    asked = spoiler(make_bundle(tmp_path, nan_where_black=True))
    black = asked.classifier.prepare(Photo(Image.new("RGB", (64, 64)), "PNG"))
    broken = replace(asked.originals[0], prepared=black)
    found = sanity_figures(list(replace(asked, originals=[broken]).steps(0)))
    assert found is not None
    assert found.shuffled.rank is None
    assert found.shuffled.maps == 0
