"""A stored photo at other scales over HTTP: the numbers, what is kept, what is foretold, the refusals."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from app.store import Store
from model.bundle import read_bundle
from model.cam import Array
from model.classifier import Classifier
from model.classifier import Explanation as ClassifierAnswer
from model.fusion import View, fuse
from model.geometry import Grid
from model.photos import Photo, read_photo
from model.rendering import Style, overlay
from model.scales import NAMES
from model.spec import SCALES, HeadKind
from tests.bundles import FIXED_SIDE, make_bundle
from tests.conftest import ClientMaker
from tests.explaining import EXPLANATIONS, explain
from tests.pictures import halves, picture

FIXED = (FIXED_SIDE, FIXED_SIDE)


def scales_url(explanation: Any, *parts: str) -> str:
    return "/".join([EXPLANATIONS, explanation["id"], "scales", *parts])


def at_scale(client: TestClient, explanation: Any, scale: Any, status: int = 201) -> Any:
    answer = client.post(scales_url(explanation), json={"scale": scale})
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(client: TestClient, explanation: Any, scale: Any) -> tuple[int, str]:
    answer = client.post(scales_url(explanation), json={"scale": scale})
    return answer.status_code, answer.json()["detail"]


def loaded(client: TestClient, url: str) -> Array:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return np.asarray(np.load(io.BytesIO(answer.content)), np.float32)


def stored_photo(client: TestClient, explanation: Any) -> Photo:
    copy = read_photo(client.get(explanation["image"]["url"]).content)
    return Photo(copy.image, copy.format, (explanation["image"]["width"], explanation["image"]["height"]))


def seen(network: Classifier, photo: Photo, scale: float, mirrored: bool = False) -> ClassifierAnswer:
    """A network's answer, asked without the server; of a mirror image that is made of the input."""
    prepared = network.prepare(photo, scale)
    if mirrored:
        prepared = type(prepared)(prepared.pixels[:, ::-1].copy(), prepared.photo_size, prepared.scale, 0)
    return network.answer([prepared])[0]


def sums_hold(found: Any, within: float) -> None:
    for prediction in found["predictions"]:
        assert prediction["residual"] == pytest.approx(
            np.mean(prediction["cam"]) + prediction["bias"] - prediction["logit"], abs=1e-6
        )
        assert abs(prediction["residual"]) <= within * max(1, abs(prediction["logit"]))


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Classifier]:
    """One of each head kind, one with a single logit, one of a fixed size that has maps; by name."""
    folder = tmp_path_factory.mktemp("networks")
    found = {kind.value: make_bundle(folder, name=kind.value, kind=kind.value) for kind in HeadKind}
    pair: dict[str, Any] = {"labels": ("car", "truck"), "activation": "sigmoid", "single_logit": True}
    found["single"] = make_bundle(folder, name="single", **pair)
    return {name: Classifier.open(path, 1) for name, path in found.items()} | {"fixed": fixed(folder)}


def fixed(folder: Path) -> Classifier:
    """With maps, and one input size."""
    made = Classifier.open(make_bundle(folder, name="fixed"), 1)
    preprocessing = made.spec.preprocessing.model_copy(update={"fixed_size": FIXED})
    made.spec = made.spec.model_copy(update={"preprocessing": preprocessing})
    object.__setattr__(made.bundle, "spec", made.spec)
    return made


@pytest.fixture
def everybody(make_client: ClientMaker, networks: dict[str, Classifier]) -> TestClient:
    return make_client(classifiers=list(networks.values()))


@pytest.mark.parametrize("kind", ["gap", "gap_norm", "conv", "sum", "gmp", "single"])
def test_a_scale_is_the_networks_own_answer_to_the_stored_copy(
    everybody: TestClient, networks: dict[str, Classifier], kind: str
) -> None:
    explanation = explain(everybody, model=kind)
    found = at_scale(everybody, explanation, 2)
    answer = seen(networks[kind], stored_photo(everybody, explanation), 2)
    assert answer.maps is not None
    assert answer.grid is not None
    assert (found["scale"], found["pixels"], found["exact"]) == (2, "stored", True)
    assert found["input"]["scale"] == 2
    assert (found["input"]["width"], found["input"]["height"]) == (answer.input_width, answer.input_height)
    assert found["grid"] == pytest.approx(vars(answer.grid))
    assert found["grid"]["columns"] >= 2 * explanation["grid"]["columns"]
    for prediction in found["predictions"]:
        index = prediction["index"]
        assert prediction["logit"] == pytest.approx(answer.logits[index], rel=1e-6)
        assert prediction["probability"] == pytest.approx(answer.probabilities[index], rel=1e-6)
        np.testing.assert_allclose(prediction["cam"], answer.maps[index], rtol=1e-6)
        assert prediction["logits"] == [prediction["logit"]]
        assert prediction["peak"]["value"] == np.max(prediction["cam"])
    sums_hold(found, 1e-4)
    np.testing.assert_allclose(loaded(everybody, found["cams_url"]), np.asarray(answer.maps), rtol=1e-6)
    scores = everybody.get(found["scores_url"]).json()
    np.testing.assert_allclose(scores["logits"], answer.logits, rtol=1e-6)
    np.testing.assert_allclose(scores["bias"], answer.bias, rtol=1e-6, atol=1e-7)
    assert found["timing_ms"]["passes"] == len(found["views"]) == 1
    assert "exact" in found["account"][0]


@pytest.mark.parametrize("kind", ["gap", "gap_norm", "conv", "sum", "gmp", "single"])
def test_fused_is_the_mean_of_all_scales_and_their_mirror_images(
    everybody: TestClient, networks: dict[str, Classifier], kind: str
) -> None:
    explanation = explain(everybody, model=kind)
    found = at_scale(everybody, explanation, "fused")
    photo = stored_photo(everybody, explanation)
    views = []
    for scale in SCALES:
        for mirrored in (False, True):
            one = seen(networks[kind], photo, scale, mirrored)
            views.append(View(scale, mirrored, one.logits, one.bias, np.asarray(one.maps), one.grid))
    fused = fuse(views, (192, 96))
    assert fused.maps is not None
    maps = loaded(everybody, found["cams_url"])
    np.testing.assert_allclose(maps, fused.maps, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        everybody.get(found["scores_url"]).json()["logits"], np.mean([one.logits for one in views], axis=0), rtol=1e-5
    )
    assert [(view["scale"], view["mirrored"]) for view in found["views"]] == [(v.scale, v.mirrored) for v in views]
    for view in found["views"]:
        assert view["residual"] < 1e-3
    for prediction in found["predictions"]:
        assert prediction["logit"] == pytest.approx(np.mean(prediction["logits"]), rel=1e-5, abs=1e-6)
        np.testing.assert_allclose(prediction["logits"], [one.logits[prediction["index"]] for one in views], rtol=1e-5)
        off = maps[prediction["index"]].mean(dtype=np.float64) + prediction["bias"] - prediction["logit"]
        assert prediction["residual"] == pytest.approx(off, abs=1e-4)
    assert (found["scale"], found["exact"], found["timing_ms"]["passes"]) == ("fused", False, 8)
    assert found["grid"] == pytest.approx(vars(Grid(*maps.shape[1:], 192 / maps.shape[2], 96 / maps.shape[1], 0, 0)))
    times = found["timing_ms"]
    assert times["forward"] == pytest.approx(sum(view["forward"] for view in found["views"]), abs=0.01)
    assert times["decode"] + times["queue"] + times["forward"] + times["cam"] >= times["total"] - 0.01
    assert found["account"][0].startswith("Each of the 8 looks is exact")
    assert ("grow" in found["account"][-1]) == (kind == "sum")


def test_what_was_computed_once_is_kept_and_answered_without_the_network(client: TestClient) -> None:
    explanation = explain(client)
    answer = client.post(scales_url(explanation), json={"scale": "fused"})
    assert answer.status_code == 201
    assert answer.headers["location"] == answer.json()["url"] == scales_url(explanation, "fused")
    queue = client.app.state.readiness._queue  # type: ignore[attr-defined]
    places = [queue.place() for _ in range(queue.places)]
    for place in places:
        place.__enter__()
    assert refused(client, explanation, 2)[0] == 429
    assert at_scale(client, explanation, "fused", status=200) == answer.json()
    assert client.get(answer.json()["url"]).json() == answer.json()
    for place in places:
        place.__exit__(None, None, None)


def test_the_explanations_own_scale_is_the_explanation(client: TestClient) -> None:
    explanation = explain(client, scale="1.5", classes="dark")
    found = at_scale(client, explanation, 1.5, status=200)
    assert found["pixels"] == "uploaded"
    assert (found["grid"], found["input"]) == (explanation["grid"], explanation["input"])
    for one, other in zip(found["predictions"], explanation["predictions"], strict=True):
        for name in ("index", "label", "probability", "logit", "bias", "residual", "cam", "peak", "box"):
            assert one[name] == other[name]
    np.testing.assert_array_equal(loaded(client, found["cams_url"]), loaded(client, explanation["cams_url"]))
    assert client.get(found["scores_url"]).json() == client.get(f"{EXPLANATIONS}/{explanation['id']}/scores").json()
    assert at_scale(client, explanation, 1)["pixels"] == "stored"


def test_the_classes_that_were_explained_are_told_at_every_scale(make_client: ClientMaker, tmp_path: Path) -> None:
    labels = tuple("abcdefgh")
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, labels=labels), 1)])
    explanation = explain(client, top_k="8")
    for scale in (2, "fused"):
        found = at_scale(client, explanation, scale)["predictions"]
        assert sorted(prediction["label"] for prediction in found) == list(labels)
        probabilities = [prediction["probability"] for prediction in found[:5]]
        assert probabilities == sorted(probabilities, reverse=True)


def test_of_many_classes_twenty_are_told_and_all_are_in_the_files(make_client: ClientMaker, tmp_path: Path) -> None:
    labels = tuple(f"class {number}" for number in range(30))
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, labels=labels), 1)])
    found = at_scale(client, explain(client, top_k="30"), 2)
    assert len(found["predictions"]) == 20
    assert len(client.get(found["scores_url"]).json()["logits"]) == len(loaded(client, found["cams_url"])) == 30


def test_nothing_is_there_before_it_was_asked_for(client: TestClient) -> None:
    explanation = explain(client)
    heatmap = f"{EXPLANATIONS}/{explanation['id']}/heatmap.png?class=0&scale=2"
    urls = [scales_url(explanation, "2", *part) for part in ((), ("scores",), ("cams.npy",))]
    for url in (*urls, heatmap):
        answer = client.get(url)
        assert answer.status_code == 404, url
        assert "send a POST to" in answer.json()["detail"]
    at_scale(client, explanation, 2)
    for url in (*urls, heatmap):
        assert client.get(url).status_code == 200, url


def test_a_heatmap_at_a_scale_is_drawn_of_its_map(client: TestClient) -> None:
    explanation = explain(client)
    found = at_scale(client, explanation, 3)
    first = found["predictions"][0]
    heatmap = f"{first['heatmap_url']}&legend=false"
    answer = client.get(heatmap)
    drawn = np.asarray(Image.open(io.BytesIO(answer.content)))
    grid = Grid(**found["grid"])
    under = stored_photo(client, explanation).pixels
    np.testing.assert_array_equal(
        drawn, overlay(under, np.array(first["cam"], np.float32), grid, Style(opacity=0.7), (192, 96))
    )
    plain = client.get(f"{EXPLANATIONS}/{explanation['id']}/heatmap.png?class={first['index']}&legend=false")
    assert plain.content != answer.content
    assert plain.headers["etag"] != answer.headers["etag"]
    assert client.get(heatmap, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_the_file_of_maps_is_not_sent_to_who_has_it(client: TestClient) -> None:
    found = at_scale(client, explain(client), 3)
    answer = client.get(found["cams_url"])
    assert client.get(found["cams_url"], headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    other = client.get(found["cams_url"].replace("/3/", "/1/"))
    assert other.headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize("kind", ["fc", "fixed"])
def test_a_network_of_one_input_size_has_one_scale_and_its_mirror_image(everybody: TestClient, kind: str) -> None:
    explanation = explain(everybody, model=kind)
    offered = everybody.get(scales_url(explanation)).json()["items"]
    assert [(offer["scale"], offer["passes"], offer["width"]) for offer in offered] == [(1, 1, 64), ("fused", 2, 64)]
    same = at_scale(everybody, explanation, 3, status=200)
    assert (same["scale"], same["input"]["scale"]) == (1, 1)
    assert "one input size" in same["account"][-1]
    assert same["predictions"][0]["logit"] == explanation["predictions"][0]["logit"]
    fused = at_scale(everybody, explanation, "fused")
    assert [(view["scale"], view["mirrored"]) for view in fused["views"]] == [(1, False), (1, True)]
    assert everybody.get(scales_url(explanation, "2")).json() == same
    if kind == "fixed":
        sums_hold(fused, 1e-4)


def test_a_network_without_maps_has_scores_alone(everybody: TestClient, networks: dict[str, Classifier]) -> None:
    explanation = explain(everybody, model="fc")
    found = at_scale(everybody, explanation, "fused")
    assert (found["grid"], found["cams_url"], found["exact"]) == (None, None, False)
    first = found["predictions"][0]
    assert [first[name] for name in ("cam", "peak", "box", "bias", "residual", "heatmap_url")] == [None] * 6
    views = [seen(networks["fc"], stored_photo(everybody, explanation), 1, mirrored) for mirrored in (False, True)]
    assert first["logit"] == pytest.approx(np.mean([one.logits[first["index"]] for one in views]), rel=1e-5)
    assert found["views"][0]["rows"] is None
    answer = everybody.get(scales_url(explanation, "fused", "cams.npy"))
    assert (answer.status_code, "no exact map" in answer.json()["detail"]) == (404, True)


def test_a_photo_larger_than_its_copy_keeps_its_own_coordinates(client: TestClient) -> None:
    explanation = explain(client, halves(size=(4000, 1000)))
    for scale in (2, "fused"):
        grid = at_scale(client, explanation, scale)["grid"]
        assert grid["columns"] * grid["cell_width"] == pytest.approx(4000)
        assert grid["rows"] * grid["cell_height"] == pytest.approx(1000)


@pytest.mark.parametrize("size", [(301, 500), (2000, 40), (16, 16)])
def test_what_is_foretold_is_what_comes(client: TestClient, size: tuple[int, int]) -> None:
    explanation = explain(client, halves(size=size))
    foretold = client.get(scales_url(explanation)).json()["items"]
    assert [offer["scale"] for offer in foretold] == [1, 1.5, 2, 3, "fused"]
    assert [offer["passes"] for offer in foretold] == [1, 1, 1, 1, 8]
    assert [offer["known"] for offer in foretold] == [True, False, False, False, False]
    assert [offer["measured_ms"] is None for offer in foretold] == [False, True, True, True, True]
    for offer in foretold:
        found = at_scale(client, explanation, offer["scale"], 200 if offer["known"] else 201)
        assert offer["url"] == found["url"]
        assert offer["grid"] == {name: found["grid"][name] for name in ("rows", "columns")}
        assert (offer["width"], offer["height"]) == (found["input"]["width"], found["input"]["height"])
    pixels = [offer["width"] * offer["height"] for offer in foretold[:4]]
    for offer, ratio in zip(foretold, [one / pixels[0] for one in (*pixels, 2 * sum(pixels))], strict=True):
        assert offer["estimated_ms"] == pytest.approx(explanation["timing_ms"]["forward"] * ratio, abs=0.01, rel=0.01)
    after = client.get(scales_url(explanation)).json()["items"]
    assert all(offer["known"] and offer["measured_ms"] > 0 for offer in after)
    assert [offer["grid"] for offer in after] == [offer["grid"] for offer in foretold]


def test_a_photo_whose_numbers_were_found_is_estimated_by_the_last_one_computed(client: TestClient) -> None:
    computed = explain(client)
    found = explain(client)
    assert found["timing_ms"]["forward"] == 0
    wanted = [offer["estimated_ms"] for offer in client.get(scales_url(computed)).json()["items"]]
    offers = client.get(scales_url(found)).json()["items"]
    assert [offer["estimated_ms"] for offer in offers] == wanted
    assert offers[0]["measured_ms"] is None
    assert client.delete(f"{EXPLANATIONS}/{computed['id']}").status_code == 204
    assert [offer["estimated_ms"] for offer in client.get(scales_url(found)).json()["items"]] == [None] * 5


def test_a_slow_first_pass_foretells_nothing(client: TestClient) -> None:
    photos = [explain(client, halves(size=size)) for size in ((64, 64), (96, 64), (64, 96), (128, 64))]
    least = min(one["timing_ms"]["forward"] / (one["input"]["width"] * one["input"]["height"]) for one in photos)
    for photo in photos:
        for offer in client.get(scales_url(photo)).json()["items"][:4]:
            assert offer["estimated_ms"] == pytest.approx(least * offer["width"] * offer["height"], abs=0.01, rel=0.02)


def test_what_is_kept_counts_and_goes_with_the_explanation(client: TestClient, settings: Any) -> None:
    explanation = explain(client)
    [folder] = (settings.data_dir / "explanations").glob(f"*/{explanation['id']}")
    store: Store = client.app.state.explainer._store  # type: ignore[attr-defined]
    before = store.find(explanation["id"]).bytes
    for name in NAMES[1:]:
        at_scale(client, explanation, name if name == "fused" else float(name))
    added = list(folder.glob("scale-*"))
    assert len(added) == 8
    store.measure()
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert store.find(explanation["id"]).bytes == size > (before or 0)
    assert client.delete(f"{EXPLANATIONS}/{explanation['id']}").status_code == 204
    assert not folder.exists()
    for url in (scales_url(explanation), scales_url(explanation, "2"), scales_url(explanation, "fused", "cams.npy")):
        assert client.get(url).status_code == 404
    assert refused(client, explanation, 2) == (404, "There is no such explanation; it may have been deleted.")


def test_what_cannot_be_read_any_more_is_computed_again(client: TestClient, settings: Any) -> None:
    explanation = explain(client)
    found = at_scale(client, explanation, 2)
    for name in ("scale-2.npz", "scale-2-cams.npy"):
        [path] = settings.data_dir.glob(f"explanations/*/{explanation['id']}/{name}")
        for damage in (b"", b"\0" * 100, path.read_bytes()[:200], None):
            path.unlink()
            if damage is not None:
                path.write_bytes(damage)
            assert client.get(found["url"]).status_code == 404
            again = at_scale(client, explanation, 2)
            assert again["predictions"] == found["predictions"]
            assert client.get(found["cams_url"]).status_code == 200


def test_what_is_kept_stays_readable_when_the_model_is_gone(make_client: ClientMaker, tmp_path: Path) -> None:
    before = make_client()
    explanation = explain(before)
    found = at_scale(before, explanation, 2)
    other = Classifier.open(make_bundle(tmp_path, name="other", labels=("a", "b")), 1)
    client = make_client(classifiers=[other])
    assert client.get(found["url"]).json() == found
    assert at_scale(client, explanation, 2, status=200) == found
    assert at_scale(client, explanation, 1, status=200)["pixels"] == "uploaded"
    assert [offer["known"] for offer in client.get(scales_url(explanation)).json()["items"]][:3] == [True, False, True]
    status, detail = refused(client, explanation, 3)
    assert (status, "not here any more" in detail) == (404, True)


def test_other_scales_are_refused(client: TestClient) -> None:
    explanation = explain(client)
    for scale in (0, 4, -1, 1e300, 10**400, "4", "2", "", "Fused", True, None, [2], {"scale": 2}, "NaN"):
        assert refused(client, explanation, scale) == (422, "'scale' takes 1, 1.5, 2, 3, fused."), scale


def test_a_body_that_is_no_wish_is_refused(client: TestClient) -> None:
    url = scales_url(explain(client))
    values = ['{"scale": NaN}', '{"scale": Infinity}', "{}", '{"scale": 2, "more": 1}']
    malformed = ["[]", "2", "", '{"scale": 2', "[" * 100_000]
    for body, status in [(body, 422) for body in values] + [(body, 400) for body in malformed]:
        answer = client.post(url, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, (body[:30], answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_of_another_scale_is_refused(client: TestClient) -> None:
    explanation = explain(client)
    for name in ("5", "2.0", "Fused", "nan"):
        assert client.get(scales_url(explanation, name)).json()["detail"] == "'scale' takes 1, 1.5, 2, 3, fused."
        heatmap = f"{EXPLANATIONS}/{explanation['id']}/heatmap.png?class=0&scale={name}"
        assert client.get(heatmap).status_code == 422


def test_a_full_disk_keeps_nothing_and_says_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    explanation = explain(client)
    assert isinstance(client.app, FastAPI)
    with monkeypatch.context() as patched:
        no_reserve(client, patched)
        assert refused(client, explanation, 2)[0] == 507
    client.app.state.disk.look()
    with monkeypatch.context() as patched:
        patched.setattr(Store, "add_file", no_space)
        assert refused(client, explanation, 2)[0] == 507
    at_scale(client, explanation, 2)


def no_reserve(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have less room on the disk than is to stay free."""
    disk = client.app.state.disk  # type: ignore[attr-defined]
    monkeypatch.setattr(disk, "reserve_bytes", 2**62)
    disk.look()


def no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_photo_that_is_deleted_meanwhile_is_a_404(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    explanation = explain(client)
    add = Store.add_file

    def after_its_deletion(store: Store, explanation_id: str, name: str, content: bytes) -> None:
        client.delete(f"{EXPLANATIONS}/{explanation['id']}")
        add(store, explanation_id, name, content)

    monkeypatch.setattr(Store, "add_file", after_its_deletion)
    assert refused(client, explanation, 2) == (404, "This explanation has just been deleted.")


def test_an_answer_that_is_not_finite_is_refused(make_client: ClientMaker, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, nan_where_black=True)
    assert read_bundle(bundle).spec.exact
    client = make_client(classifiers=[Classifier.open(bundle, 1)])
    explanation = explain(client, picture())
    [photo] = Path(client.app.state.settings.data_dir).glob(f"explanations/*/{explanation['id']}/photo.jpg")  # type: ignore[attr-defined]
    photo.write_bytes(picture((0, 0, 0)))
    assert refused(client, explanation, 2)[0] == 503
    assert client.get(scales_url(explanation, "2")).status_code == 404
