"""A logit taken apart into channels: the identity for every head kind, and the sums written out."""

from pathlib import Path

import numpy as np
import pytest

from model.cam import Array, explain_logits, linear_features
from model.channels import Sign, Weighed, strongest
from tests.test_model_cam import run_graph

WEIGHED_KINDS = ("gap", "gap_norm", "sum", "gmp")


def made_up(seed: int = 0) -> Weighed:
    generator = np.random.default_rng(seed)
    features = generator.gamma(1, 1, (20, 3, 4)).astype(np.float32)
    weight = generator.normal(size=(6, 20)).astype(np.float32)
    bias = generator.normal(size=6).astype(np.float32)
    return Weighed(features, weight, bias, (weight @ features.mean(axis=(1, 2)) + bias).astype(np.float32))


def weighed(folder: Path, kind: str, photo: int = 1) -> tuple[Weighed, Array]:
    logits, features, head = run_graph(folder, kind)
    brought, bias = linear_features(features, head)
    maps, _ = explain_logits(features, head)
    return Weighed(brought[photo], head.linear()[0], bias[photo], logits[photo]), maps[photo]


@pytest.mark.parametrize("kind", WEIGHED_KINDS)
@pytest.mark.parametrize("sign", Sign)
@pytest.mark.parametrize("versus", [None, 3])
def test_contributions_and_bias_add_up_to_the_networks_own_logit(
    tmp_path: Path, kind: str, sign: Sign, versus: int | None
) -> None:
    one, _ = weighed(tmp_path, kind)
    for index in range(5):
        found = one.account(index, versus, count=2, sign=sign)
        margin = one.logits[index] - (0 if versus is None else one.logits[versus])
        assert found.logit == pytest.approx(margin, abs=1e-5)
        listed = sum(channel.contribution for channel in found.channels)
        assert listed + found.rest.contribution + found.bias == pytest.approx(found.logit, abs=1e-3)
        assert found.residual == pytest.approx(listed + found.rest.contribution + found.bias - found.logit, abs=1e-9)
        assert found.given - found.taken + found.bias == pytest.approx(found.logit, abs=1e-3)
        assert len(found.channels) + found.rest.channels == 5


@pytest.mark.parametrize("kind", WEIGHED_KINDS)
def test_the_channels_maps_add_up_to_the_classs_map(tmp_path: Path, kind: str) -> None:
    one, maps = weighed(tmp_path, kind)
    for index in range(5):
        found = one.account(index, count=5)
        np.testing.assert_allclose(sum(channel.map for channel in found.channels), maps[index], atol=1e-4)
    margin = one.account(0, 3, count=5)
    np.testing.assert_allclose(sum(channel.map for channel in margin.channels), maps[0] - maps[3], atol=1e-4)


def test_a_channels_map_has_its_contribution_as_mean_and_both_are_weight_times_activation() -> None:
    one = made_up()
    for channel in one.account(2, count=20).channels:
        plane = one.features[channel.index]
        assert channel.activation == pytest.approx(plane.mean(), rel=1e-5)
        assert channel.weight == one.weight[2, channel.index]
        assert channel.contribution == pytest.approx(float(one.weight[2, channel.index] * plane.mean()), rel=1e-5)
        assert channel.map.mean() == pytest.approx(channel.contribution, rel=1e-4, abs=1e-6)
        np.testing.assert_allclose(channel.map, one.weight[2, channel.index] * plane, rtol=1e-5)


def test_the_strongest_come_first_and_the_rest_is_all_others() -> None:
    one = made_up()
    contributions = one.weight[4].astype(np.float64) * one.features.mean(axis=(1, 2), dtype=np.float64)
    given = one.account(4, count=3, sign=Sign.GIVEN)
    assert [channel.index for channel in given.channels] == list(np.argsort(-contributions)[:3])
    taken = one.account(4, count=3, sign=Sign.TAKEN)
    assert [channel.index for channel in taken.channels] == list(np.argsort(contributions)[:3])
    both = one.account(4, count=3)
    assert [channel.index for channel in both.channels] == list(np.argsort(-np.abs(contributions))[:3])
    for found in (given, taken, both):
        listed = [channel.index for channel in found.channels]
        assert found.rest.channels == 17
        assert found.rest.contribution == pytest.approx(np.delete(contributions, listed).sum())


def test_more_than_there_are_is_all_there_are_and_what_brings_nothing_is_not_listed() -> None:
    contributions = np.array([0.5, -2, 0, 0.5])
    assert strongest(contributions, 10, Sign.BOTH) == [1, 0, 3]
    assert strongest(contributions, 10, Sign.GIVEN) == [0, 3]
    assert strongest(contributions, 10, Sign.TAKEN) == [1]
    assert strongest(contributions, 1, Sign.GIVEN) == [0]
    assert strongest(np.zeros(3), 3, Sign.BOTH) == []


def test_a_photo_that_excites_nothing_has_its_bias_alone() -> None:
    nothing = Weighed(np.zeros((2, 1, 1), np.float32), np.ones((3, 2), np.float32), *np.full((2, 3), 0.5, np.float32))
    found = nothing.account(1)
    assert (found.channels, found.given, found.taken, found.bias, found.residual) == ((), 0, 0, 0.5, 0)
    assert (found.rest.channels, found.rest.contribution) == (2, 0)


def test_against_itself_there_is_nothing_to_account_for() -> None:
    found = made_up().account(1, versus=1)
    assert (found.channels, found.logit, found.bias, found.residual) == ((), 0, 0, 0)


def test_numbers_of_different_heads_are_refused() -> None:
    features = np.zeros((2, 1, 1), np.float32)
    with pytest.raises(ValueError, match="not of one head"):
        Weighed(features, np.ones((3, 4), np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="not of one head"):
        Weighed(features, np.ones((3, 2), np.float32), np.zeros(2, np.float32), np.zeros(3, np.float32))
    with pytest.raises(IndexError):
        made_up().account(6)
