"""Scores of a stored photo, channel by channel, over HTTP."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.channel_accounts import CHANNELS
from app.store import Store
from model.cam import Array
from model.classifier import Classifier
from model.spec import HeadKind
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.explaining import EXPLANATIONS, explain
from tests.pictures import halves
from tests.test_app_scales import no_reserve, no_space, stored_photo
from tests.test_model_device_maps import on_device

WEIGHED = ("gap", "gap_norm", "sum", "gmp", "single")


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Classifier]:
    folder = tmp_path_factory.mktemp("networks")
    found = {kind.value: make_bundle(folder, name=kind.value, kind=kind.value) for kind in HeadKind}
    pair: dict[str, Any] = {"labels": ("car", "truck"), "activation": "sigmoid", "single_logit": True}
    found["single"] = make_bundle(folder, name="single", **pair)
    return {name: Classifier.open(path, 1) for name, path in found.items()}


@pytest.fixture
def everybody(make_client: ClientMaker, networks: dict[str, Classifier]) -> TestClient:
    return make_client(classifiers=list(networks.values()))


def ask(client: TestClient, explanation: Any, status: int = 200, **query: Any) -> Any:
    answer = client.get(f"{EXPLANATIONS}/{explanation['id']}/channels", params={"class": 0, **query})
    assert answer.status_code == status, answer.text
    return answer.json()


def adds_up(found: Any) -> None:
    parts = [channel["contribution"] for channel in found["channels"]]
    total = sum(parts) + found["rest"]["contribution"] + found["bias"] - found["logit"]
    assert found["residual"] == pytest.approx(total, abs=1e-9)
    assert abs(total) <= 1e-4 * max(1, abs(found["logit"]))
    assert found["given"] - found["taken"] + found["bias"] == pytest.approx(found["logit"], rel=1e-4, abs=1e-4)
    assert len(parts) + found["rest"]["channels"] == found["total"]
    for channel in found["channels"]:
        assert np.mean(channel["map"]) == pytest.approx(channel["contribution"], rel=1e-5, abs=1e-6)
        assert channel["weight"] * channel["activation"] == pytest.approx(channel["contribution"], rel=1e-5)


@pytest.mark.parametrize("kind", WEIGHED)
def test_channels_rest_and_bias_add_up_to_the_logit_and_their_maps_to_the_map(
    everybody: TestClient, networks: dict[str, Classifier], kind: str
) -> None:
    explanation = explain(everybody, model=kind)
    [answer] = networks[kind].explain([stored_photo(everybody, explanation)])
    assert answer.maps is not None
    assert answer.grid is not None
    for index in range(len(answer.logits)):
        for query in ({}, {"count": 2}, {"sign": "given"}, {"sign": "taken", "count": 1}):
            found = ask(everybody, explanation, **{"class": index}, **query)
            adds_up(found)
            assert found["logit"] == pytest.approx(answer.logits[index], rel=1e-5, abs=1e-6)
            assert found["bias"] == pytest.approx(answer.bias[index], rel=1e-5, abs=1e-6)
        every = ask(everybody, explanation, **{"class": index})
        added: Array = np.sum([channel["map"] for channel in every["channels"]], axis=0)
        np.testing.assert_allclose(added, answer.maps[index], atol=1e-4)
        assert every["grid"] == pytest.approx(vars(answer.grid))
        assert (every["total"], every["chosen"]["index"], every["versus"]) == (5, index, None)


@pytest.mark.parametrize("kind", WEIGHED)
def test_against_another_class_they_add_up_to_the_margin(
    everybody: TestClient, networks: dict[str, Classifier], kind: str
) -> None:
    explanation = explain(everybody, model=kind)
    [answer] = networks[kind].explain([stored_photo(everybody, explanation)])
    assert answer.maps is not None
    found = ask(everybody, explanation, versus=1)
    adds_up(found)
    assert found["logit"] == pytest.approx(answer.logits[0] - answer.logits[1], rel=1e-5, abs=1e-5)
    assert found["versus"]["label"] == networks[kind].spec.labels[1]
    added: Array = np.sum([channel["map"] for channel in found["channels"]], axis=0)
    np.testing.assert_allclose(added, answer.maps[0] - answer.maps[1], atol=1e-4)


def test_the_network_is_asked_once_for_all_classes(client: TestClient, settings: Any) -> None:
    explanation = explain(client)
    first = ask(client, explanation)
    [path] = settings.data_dir.glob(f"explanations/*/{explanation['id']}/{CHANNELS}")
    queue = client.app.state.readiness._queue  # type: ignore[attr-defined]
    places = [queue.place() for _ in range(queue.places)]
    for place in places:
        place.__enter__()
    assert ask(client, explanation) == first
    assert ask(client, explanation, **{"class": 3})["chosen"]["label"] == "bright"
    path.unlink()
    assert "try again" in ask(client, explanation, status=429)["detail"]
    for place in places:
        place.__exit__(None, None, None)
    assert ask(client, explanation) == first
    for damage in (b"of no use", b"", path.read_bytes()[:200]):
        path.unlink()
        path.write_bytes(damage)
        assert ask(client, explanation) == first
    assert client.delete(f"{EXPLANATIONS}/{explanation['id']}").status_code == 204
    assert not path.parent.exists()
    ask(client, explanation, status=404)


def test_signs_and_counts_say_which_are_listed(everybody: TestClient) -> None:
    client, explanation = everybody, explain(everybody, model="gap_norm")
    both = [channel["contribution"] for channel in ask(client, explanation, count=64)["channels"]]
    assert both == sorted(both, key=abs, reverse=True)
    given = [channel["contribution"] for channel in ask(client, explanation, sign="given")["channels"]]
    taken = [channel["contribution"] for channel in ask(client, explanation, sign="taken")["channels"]]
    assert len(both) == len(given) + len(taken)
    assert given == sorted((one for one in both if one > 0), reverse=True)
    assert taken == sorted(one for one in both if one < 0)
    assert given
    assert taken


def test_a_finer_explanation_has_finer_channels(client: TestClient) -> None:
    explanation = explain(client, halves(size=(4000, 1000)), scale="2")
    found = ask(client, explanation, count=1)
    assert found["grid"] == explanation["grid"]
    assert found["input"] == explanation["input"]
    assert np.shape(found["channels"][0]["map"]) == (explanation["grid"]["rows"], explanation["grid"]["columns"])


def test_where_no_channels_are_behind_the_maps_that_is_said(everybody: TestClient) -> None:
    assert "itself" in ask(everybody, explain(everybody, model="conv"), status=404)["detail"]
    assert "no exact map" in ask(everybody, explain(everybody, model="fc"), status=404)["detail"]


def test_what_makes_no_sense_is_refused(client: TestClient) -> None:
    explanation = explain(client)
    wrong: list[dict[str, Any]] = [{"class": 5}, {"class": -1}, {"class": "red"}, {"versus": 5}, {"count": 0}]
    wrong += [{"count": 65}, {"sign": "all"}, {"count": "nan"}]
    for query in wrong:
        ask(client, explanation, status=422, **query)
    assert ask(client, explanation, versus=0)["channels"] == []


def test_a_model_that_is_gone_cannot_be_asked(make_client: ClientMaker, tmp_path: Path) -> None:
    before = make_client()
    explanation = explain(before)
    ask(before, explanation)
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, name="other", labels=("a", "b")), 1)])
    assert "not here any more" in ask(client, explanation, status=404)["detail"]


def test_without_room_on_the_disk_the_answer_is_as_good(
    client: TestClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    explanation = explain(client)
    with monkeypatch.context() as patched:
        patched.setattr(Store, "add_file", no_space)
        first = ask(client, explanation)
    with monkeypatch.context() as patched:
        no_reserve(client, patched)
        assert ask(client, explanation) == first
    client.app.state.disk.look()  # type: ignore[attr-defined]
    assert not list(settings.data_dir.rglob(CHANNELS))
    assert ask(client, explanation) == first
    assert len(list(settings.data_dir.rglob(CHANNELS))) == 1


def test_a_network_whose_maps_a_gpu_makes_tells_of_its_channels_too(
    make_client: ClientMaker, bundle_path: Path
) -> None:
    client = make_client(classifiers=[on_device(bundle_path)])
    explanation = explain(client)
    found = ask(client, explanation)
    adds_up(found)
    assert found["total"] == 5
    assert found["channels"]
