"""The identity mean(map) + bias = logit, for every head kind, against the network's own forward."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.bundle import read_bundle
from model.cam import (
    Array,
    ClassMaps,
    Head,
    class_activation_maps,
    explain_logits,
    keep_peaks,
    normalise_channels,
    residual,
)
from model.spec import HeadKind
from tests.bundles import make_bundle

EXACT_KINDS = ("gap", "gap_norm", "conv", "sum", "gmp")


def run_graph(folder: Path, kind: str, batch: int = 3) -> tuple[Array, Array, Head]:
    """The original network's own logits and features on seeded photos."""
    bundle = read_bundle(make_bundle(folder, kind=kind))
    photos = np.random.default_rng(1).integers(0, 256, (batch, 64, 96, 3), dtype=np.uint8)
    session = onnxruntime.InferenceSession(bundle.graph, providers=["CPUExecutionProvider"])
    logits, features = session.run(["logits", "features"], {"image": photos})
    return logits, features, bundle.head


def holds(maps: Array, bias: Array, logits: Array) -> bool:
    return bool((np.abs(residual(maps, bias, logits)) <= 1e-4 * np.maximum(1, np.abs(logits))).all())


@pytest.mark.parametrize("kind", EXACT_KINDS)
def test_mean_of_map_plus_bias_is_the_networks_own_logit(tmp_path: Path, kind: str) -> None:
    logits, features, head = run_graph(tmp_path, kind)
    maps, bias = explain_logits(features, head)
    assert maps.shape == (3, 5, 4, 6)
    assert bias.shape == logits.shape == (3, 5)
    assert maps.dtype == bias.dtype == np.float32
    assert holds(maps, bias, logits)


@pytest.mark.parametrize("kind", EXACT_KINDS)
def test_the_check_itself_fails_for_an_empty_map_and_for_a_shuffled_one(tmp_path: Path, kind: str) -> None:
    logits, features, head = run_graph(tmp_path, kind)
    maps, bias = explain_logits(features, head)
    assert not holds(np.zeros_like(maps), bias, logits)
    assert not holds(np.roll(maps, 1, axis=1), bias, logits)


def test_a_map_is_the_weighted_sum_of_the_feature_maps_written_out() -> None:
    generator = np.random.default_rng(2)
    features = generator.normal(size=(2, 3, 4, 5)).astype(np.float32)
    weight = generator.normal(size=(6, 3)).astype(np.float32)
    maps = class_activation_maps(features, weight)
    for b, k, y, x in np.ndindex(2, 6, 4, 5):
        assert maps[b, k, y, x] == pytest.approx(sum(weight[k, c] * features[b, c, y, x] for c in range(3)), abs=1e-5)


def test_maps_are_signed_and_not_rescaled() -> None:
    features = np.array([[[[1.0, -2.0]]]], dtype=np.float32)
    maps = class_activation_maps(features, np.array([[3.0], [-5.0]], dtype=np.float32))
    np.testing.assert_array_equal(maps[0, :, 0], [[3, -6], [-5, 10]])


def test_shuffled_cells_leave_every_logit_and_shuffle_the_map_along() -> None:
    generator = np.random.default_rng(3)
    features = generator.normal(size=(1, 8, 7, 9)).astype(np.float32)
    head = Head(HeadKind.GAP, generator.normal(size=(4, 8)).astype(np.float32), np.ones(4, dtype=np.float32))
    order = generator.permutation(63)
    shuffled = features.reshape(1, 8, 63)[:, :, order].reshape(features.shape)
    maps, _ = explain_logits(features, head)
    shuffled_maps, _ = explain_logits(shuffled, head)
    np.testing.assert_allclose(shuffled_maps.reshape(4, 63), maps.reshape(4, 63)[:, order], atol=1e-5)
    np.testing.assert_allclose(shuffled_maps.mean((2, 3)), maps.mean((2, 3)), atol=1e-5)


@given(arrays(np.float32, (2, 3, 4, 5), elements=st.floats(-100, 100, width=32)))
def test_a_channels_peak_carries_its_maximum(features: Array) -> None:
    peaks = keep_peaks(features)
    np.testing.assert_allclose(peaks.mean(axis=(2, 3)), features.max(axis=(2, 3)), rtol=1e-5, atol=1e-5)
    assert ((peaks != 0).sum(axis=(2, 3)) <= 1).all()


def test_of_equal_peaks_the_first_carries_all() -> None:
    peaks = keep_peaks(np.ones((1, 1, 2, 2), dtype=np.float32))
    np.testing.assert_array_equal(peaks[0, 0], [[4, 0], [0, 0]])


def test_an_all_negative_channel_peaks_at_its_least_negative_cell() -> None:
    peaks = keep_peaks(np.array([[[[-3.0, -1.0]]]], dtype=np.float32))
    np.testing.assert_array_equal(peaks[0, 0], [[0, -2]])


def test_normalised_cells_average_to_the_layer_norm_of_the_pooled_vector() -> None:
    generator = np.random.default_rng(4)
    features = generator.normal(2, 3, size=(2, 16, 3, 3)).astype(np.float32)
    gamma, beta = generator.normal(size=(2, 16)).astype(np.float32)
    head = Head(HeadKind.GAP_NORM, np.eye(16, dtype=np.float32), np.zeros(16, np.float32), gamma, beta, 1e-6)
    pooled = features.mean((2, 3), dtype=np.float64)
    wanted = (pooled - pooled.mean(1, keepdims=True)) / np.sqrt(pooled.var(1, keepdims=True) + 1e-6) * gamma
    np.testing.assert_allclose(normalise_channels(features, head).mean((2, 3)), wanted, atol=1e-5)
    maps, bias = explain_logits(features, head)
    np.testing.assert_allclose(maps.mean((2, 3)) + bias, wanted + beta, atol=1e-5)


def test_fully_connected_layers_leave_no_map() -> None:
    with pytest.raises(ValueError, match="no map"):
        explain_logits(np.zeros((1, 3, 2, 2), dtype=np.float32), Head(HeadKind.FC))


def test_features_and_head_that_disagree_are_refused() -> None:
    with pytest.raises(ValueError, match="3 feature maps do not fit a head of 4"):
        class_activation_maps(np.zeros((1, 3, 2, 2), dtype=np.float32), np.zeros((5, 4), dtype=np.float32))


def test_a_head_holds_what_its_kind_needs_and_nothing_else() -> None:
    weight, bias = np.zeros((2, 3), np.float32), np.zeros(2, np.float32)
    with pytest.raises(ValueError, match="has weight"):
        Head(HeadKind.GAP, None, bias)
    with pytest.raises(ValueError, match="has no weight"):
        Head(HeadKind.CONV, weight, bias)
    with pytest.raises(ValueError, match="has gamma"):
        Head(HeadKind.GAP_NORM, weight, bias)
    with pytest.raises(ValueError, match=r"are not \(K, C\)"):
        Head(HeadKind.GAP, weight, np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="gamma and beta"):
        Head(HeadKind.GAP_NORM, weight, bias, bias, bias, 1e-6)


def test_maps_are_the_same_looked_at_one_by_one_in_part_or_all_together() -> None:
    generator = np.random.default_rng(4)
    features = generator.normal(size=(7, 3, 4)).astype(np.float32)
    weight = generator.normal(size=(5, 7)).astype(np.float32)
    everything = class_activation_maps(features[None], weight)[0]
    lazy = ClassMaps(features, weight)
    assert lazy[[]].shape == (0, 3, 4)
    assert lazy.shape == (5, 3, 4)
    assert len(lazy) == 5
    np.testing.assert_allclose(lazy[2], everything[2], atol=1e-5)
    np.testing.assert_allclose(lazy[[4, 0]], everything[[4, 0]], atol=1e-5)
    np.testing.assert_array_equal(np.asarray(lazy), everything)
    np.testing.assert_array_equal(lazy[[4, 0]], everything[[4, 0]])
    assert lazy[[]].shape == (0, 3, 4)
    with pytest.raises(IndexError):
        lazy[5]


def test_maps_that_come_out_of_the_graph_are_shown_as_they_are() -> None:
    features = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    lazy = ClassMaps(features, None)
    np.testing.assert_array_equal(np.asarray(lazy), features)
    np.testing.assert_array_equal(lazy[1], features[1])
    np.testing.assert_array_equal(lazy[[1]], features[[1]])
