"""Maps made where the network runs: the same answers, on the device that every machine has."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from model.bundle import read_bundle
from model.cam import residual
from model.classifier import Classifier, Explanation
from model.device_maps import GRAPH, DeviceMaps, pays
from model.errors import InferenceError
from model.host_memory import HostMemory
from model.photos import Photo
from model.runtime import PREFERRED_PROVIDERS, PROCESSOR, Runtime
from model.spec import HeadKind
from tests.bundles import make_bundle

CUDA = PREFERRED_PROVIDERS[0]


def on_device(path: Path, memory: HostMemory | None = None) -> Classifier:
    """As on a GPU: its maps are made beside the network, which here runs on the processor."""
    bundle = read_bundle(path)
    runtime = Runtime(bundle)
    classifier = Classifier(bundle, runtime)
    assert classifier._device_maps is None
    weight, bias = bundle.head.linear()
    if bundle.spec.single_logit:
        weight, bias = np.concatenate([weight, -weight]), np.concatenate([bias, -bias])
    classifier._device_maps = DeviceMaps(runtime, weight, bias, memory)
    return classifier


def photos(count: int) -> list[Photo]:
    draw = np.random.default_rng(0)
    return [Photo(draw.integers(0, 256, (90, 120, 3), dtype=np.uint8), "PNG") for _ in range(count)]


def answers(classifier: Classifier, count: int) -> list[Explanation]:
    return classifier.answer([classifier.prepare(one) for one in photos(count)])


@pytest.mark.parametrize("count", [1, 2, 9])
def test_the_answers_are_those_of_maps_made_on_the_host(tmp_path: Path, count: int) -> None:
    path = make_bundle(tmp_path)
    for there, here in zip(answers(on_device(path), count), answers(Classifier.open(path), count), strict=True):
        assert there.maps is not None
        assert here.maps is not None
        np.testing.assert_allclose(there.logits, here.logits, atol=1e-5)
        np.testing.assert_allclose(there.maps, here.maps, atol=1e-5)
        np.testing.assert_array_equal(there.bias, here.bias)
        np.testing.assert_array_equal(there.maps[[3, 0]], np.asarray(there.maps)[[3, 0]])
        assert there.grid == here.grid
        assert np.abs(residual(np.asarray(there.maps), there.bias, there.logits)).max() < 1e-5


def test_a_single_logit_speaks_for_two_classes_there_too(tmp_path: Path) -> None:
    path = make_bundle(tmp_path, labels=("car", "truck"), activation="sigmoid", single_logit=True)
    [found] = answers(on_device(path), 1)
    assert found.maps is not None
    np.testing.assert_array_equal(found.maps[1], -found.maps[0])
    assert found.logits[1] == -found.logits[0]
    assert np.abs(residual(np.asarray(found.maps), found.bias, found.logits)).max() < 1e-5


@pytest.mark.parametrize("factor", [(1.1, 1), (1, 2)])
def test_the_probe_finds_a_head_that_is_not_the_networks(tmp_path: Path, factor: tuple[float, float]) -> None:
    path = make_bundle(tmp_path)
    classifier = on_device(path)
    classifier.probe()
    weight, bias = (values * by for values, by in zip(read_bundle(path).head.linear(), factor, strict=True))
    classifier._device_maps = DeviceMaps(classifier._runtime, weight.astype(np.float32), bias.astype(np.float32))
    with pytest.raises(InferenceError, match="misses the logit"):
        classifier.probe()


def test_an_answer_keeps_its_maps_while_others_are_made(tmp_path: Path) -> None:
    taken: list[np.ndarray] = []

    def allocate(size: int) -> int:
        taken.append(np.zeros(size, np.uint8))
        return taken[-1].ctypes.data

    classifier = on_device(make_bundle(tmp_path), HostMemory(allocate))
    first = answers(classifier, 2)
    before = [np.array(one.maps) for one in first]
    for count in (1, 2, 3):
        answers(classifier, count)
    for one, maps in zip(first, before, strict=True):
        np.testing.assert_array_equal(one.maps, maps)
    held = len(taken)
    for _ in range(5):
        answers(classifier, 2)
    assert len(taken) == held


def test_values_that_are_not_finite_are_found_in_the_logits(tmp_path: Path) -> None:
    path = make_bundle(tmp_path)
    classifier = on_device(path)
    weight, bias = read_bundle(path).head.linear()
    classifier._device_maps = DeviceMaps(classifier._runtime, weight, bias * np.float32(np.nan))
    with pytest.raises(InferenceError, match="not a finite number"):
        answers(classifier, 1)


def test_one_feature_that_is_not_finite_leaves_no_logit_finite(tmp_path: Path) -> None:
    weight = np.zeros((5, 5), np.float32)
    there = DeviceMaps(Runtime(read_bundle(make_bundle(tmp_path))), weight, np.zeros(5, np.float32))
    for value in (np.nan, np.inf, -np.inf):
        features = np.zeros((1, 5, 2, 3), np.float32)
        features[0, 3, 1, 1] = value
        logits, _ = there._weigh(onnxruntime.OrtValue.ortvalue_from_numpy(features))
        assert not np.isfinite(logits).any()


def test_a_pass_that_fails_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = on_device(make_bundle(tmp_path))
    monkeypatch.setattr(classifier._runtime._session, "run_with_iobinding", None)
    with pytest.raises(InferenceError, match="could not answer"):
        answers(classifier, 1)
    classifier = on_device(make_bundle(tmp_path / "other"))
    classifier._device_maps = DeviceMaps(classifier._runtime, np.ones((5, 4), np.float32), np.ones(5, np.float32))
    with pytest.raises(InferenceError, match="could not be computed"):
        answers(classifier, 1)
    assert not classifier._device_maps._turn.locked()


def test_large_batches_are_put_together_by_several_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = on_device(make_bundle(tmp_path))._device_maps
    assert there is not None
    monkeypatch.setattr("model.device_maps.SMALL_BYTES", 0)
    draw = np.random.default_rng(0)
    for count in (1, 3, 4, 9):
        inputs = [draw.integers(0, 256, (20, 30, 3), dtype=np.uint8) for _ in range(count)]
        np.testing.assert_array_equal(there.stack(inputs), np.stack(inputs))


def test_threads_that_ask_at_once_get_their_own_answers(tmp_path: Path) -> None:
    classifier = on_device(make_bundle(tmp_path))
    prepared = [classifier.prepare(one) for one in photos(6)]
    expected = [np.array(classifier.answer([one])[0].maps) for one in prepared]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda one: classifier.answer([one])[0].maps, prepared * 5))
    for maps, wanted in zip(found, expected * 5, strict=True):
        np.testing.assert_allclose(maps, wanted, atol=1e-5)


def test_the_graph_is_a_linear_head_and_nothing_else() -> None:
    features, weight, bias, logits, maps = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        for name in ("features", "weight", "bias", "logits", "maps")
    )
    nodes = [
        helper.make_node("MatMul", ["weight", "features"], ["maps"]),
        helper.make_node("ReduceMean", ["features"], ["pooled"], axes=[2], keepdims=0),
        helper.make_node("Gemm", ["pooled", "weight", "bias"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(nodes, "head", [features, weight, bias], [logits, maps])
    wanted = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    assert GRAPH.read_bytes() == wanted.SerializeToString()


def test_without_location_nothing_stays_there(tmp_path: Path) -> None:
    bundle = read_bundle(make_bundle(tmp_path, kind="fc"))
    with pytest.raises(ValueError, match="no feature maps"):
        Runtime(bundle).features_there(np.zeros((1, 64, 64, 3), np.uint8))


def test_maps_are_made_there_on_a_gpu_of_a_plain_head_whose_classes_are_few() -> None:
    def weight(classes: int) -> np.ndarray:
        return np.ones((classes, 8), np.float32)

    assert pays(CUDA, HeadKind.GAP, weight(2))
    assert pays(CUDA, HeadKind.GAP, weight(8))
    assert not pays(CUDA, HeadKind.GAP, weight(9))
    assert not pays(CUDA, HeadKind.GMP, weight(2))
    assert not pays(PROCESSOR, HeadKind.GAP, weight(2))
    assert not pays("SomeOtherExecutionProvider", HeadKind.GAP, weight(2))


def test_a_gpu_makes_the_maps_of_what_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.classifier.pays", lambda _, kind, __: kind is HeadKind.GAP)
    assert Classifier.open(make_bundle(tmp_path / "gap"))._device_maps
    assert not Classifier.open(make_bundle(tmp_path / "gmp", kind="gmp"))._device_maps


def test_networks_share_what_is_page_locked_and_take_turns(tmp_path: Path) -> None:
    one, two = (on_device(make_bundle(tmp_path / name))._device_maps for name in ("one", "two"))
    assert one is not None
    assert two is not None
    assert one._memory is two._memory
    assert one._turn is two._turn
