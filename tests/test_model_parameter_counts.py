"""What layers cost: the numbers of the textbook, of torch's own layers, and of the browser."""

from dataclasses import asdict

import pytest

from model.parameter_counts import Count, SmallNetwork, connections, counted, remaining
from tests.node import answers

NETWORKS = [SmallNetwork(), SmallNetwork(side=28, channels=1), SmallNetwork(64, 3, 3, 10, 20, 30, 40, 5)]


def test_the_small_network_costs_what_the_textbook_says() -> None:
    counts = counted(SmallNetwork())
    assert [count.parameters for count in counts] == [0, 608, 0, 3216, 0, 48120, 10164, 850]
    assert [count.size for count in counts] == [3072, 6272, 1568, 1600, 400, 120, 84, 10]
    assert [count.shape for count in counts[:3]] == [(32, 32, 3), (28, 28, 8), (14, 14, 8)]


@pytest.mark.parametrize("network", NETWORKS)
def test_an_account_comes_to_the_parameters(network: SmallNetwork) -> None:
    for count in counted(network):
        if count.account:
            assert eval(count.account.replace("×", "*").replace(",", "")) == count.parameters


@pytest.mark.parametrize("network", NETWORKS)
def test_torchs_own_layers_have_as_many(network: SmallNetwork) -> None:
    from torch import nn, zeros

    layers = nn.Sequential(
        nn.Conv2d(network.channels, network.first, network.kernel), nn.MaxPool2d(2),
        nn.Conv2d(network.first, network.second, network.kernel), nn.MaxPool2d(2),
        nn.Flatten(), nn.LazyLinear(network.wide), nn.Linear(network.wide, network.narrow),
        nn.Linear(network.narrow, network.classes),
    )  # fmt: skip
    assert layers(zeros(1, network.channels, network.side, network.side)).shape == (1, network.classes)
    learned = [sum(values.numel() for values in layer.parameters()) for layer in layers]
    counts = [count.parameters for count in counted(network)]
    assert learned == [*counts[1:5], 0, *counts[5:]]


def as_sent(count: Count) -> dict[str, object]:
    return {**asdict(count), "shape": list(count.shape), "size": count.size}


def test_the_browser_counts_the_same() -> None:
    found = answers("counts", "counted", [[asdict(network)] for network in NETWORKS])
    assert found == [[as_sent(count) for count in counted(network)] for network in NETWORKS]
    [none] = answers("counts", "counted", [[asdict(SmallNetwork(side=9))]])
    assert none is None
    with pytest.raises(ValueError, match="too small"):
        counted(SmallNetwork(side=9))


def test_a_convolution_shares_what_a_dense_layer_would_learn_for_each_place() -> None:
    count = connections(32, 3, 5, 6)
    assert (count.inputs, count.outputs, count.seen) == (3072, 4704, 75)
    assert count.dense == 3072 * 4704 == 14_450_688
    assert count.sparse == 352_800
    assert count.shared == 456
    [found] = answers("counts", "connections", [[{"side": 32, "channels": 3, "kernel": 5, "filters": 6}]])
    told = ("inputs", "outputs", "seen", "dense", "sparse", "shared")
    assert found == {name: getattr(count, name) for name in told}
    with pytest.raises(ValueError, match="larger"):
        connections(4, 3, 5, 6)
    assert answers("counts", "connections", [[{"side": 4, "channels": 3, "kernel": 5, "filters": 6}]]) == [None]


@pytest.mark.parametrize("window", [1, 2, 7, 10, 89])
def test_what_filters_leave_of_a_photo(window: int) -> None:
    count = remaining(96, 8, 400, window)
    assert (count.found, count.detected) == (89, 3_168_400)
    [found] = answers("counts", "remaining", [[{"side": 96, "kernel": 8, "filters": 400, "window": window}]])
    assert found == asdict(count)
    assert count.condensed == 400 * len(range(0, 89 - window + 1, window)) ** 2


@pytest.mark.parametrize(("kernel", "window"), [(97, 1), (8, 90)])
def test_what_does_not_fit_leaves_nothing(kernel: int, window: int) -> None:
    with pytest.raises(ValueError, match="larger"):
        remaining(96, kernel, 400, window)
    assert answers("counts", "remaining", [[{"side": 96, "kernel": kernel, "filters": 1, "window": window}]]) == [None]
