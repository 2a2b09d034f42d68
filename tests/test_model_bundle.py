"""Model folders: written whole or not at all, read with suspicion."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from model.bundle import GRAPH, HEAD, read_bundle, write_bundle
from model.cam import Head
from model.classifier import Classifier
from model.errors import BundleError
from model.manifest import MANIFEST
from model.spec import HeadKind, ModelSpec
from tests.bundles import make_bundle, make_graph, make_spec, reseal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_bundle(tmp_path)


def test_a_bundle_comes_back_as_it_was_written(path: Path) -> None:
    bundle = read_bundle(path)
    graph, tensors = make_graph(HeadKind.GAP, 5)
    assert bundle.name == "tiny"
    assert bundle.graph == graph
    assert bundle.spec == make_spec(HeadKind.GAP, bundle.spec.labels)
    np.testing.assert_array_equal(bundle.head.linear()[0], tensors["w"].T)
    assert bundle.provenance == {"source": "made for tests"}


def test_the_id_is_the_name_and_the_hash_of_what_decides_an_answer(tmp_path: Path) -> None:
    first, second = read_bundle(make_bundle(tmp_path / "a")), read_bundle(make_bundle(tmp_path / "b"))
    other = read_bundle(make_bundle(tmp_path / "c", labels=("red", "green", "blue", "bright", "murky")))
    assert first.id == second.id
    assert first.id.startswith("tiny-")
    assert len(first.id) == len("tiny-") + 12
    assert other.id != first.id


@pytest.mark.parametrize("kind", ["gap", "gap_norm", "conv", "sum", "gmp", "fc"])
def test_every_head_kind_is_stored_and_loaded(tmp_path: Path, kind: str) -> None:
    assert Classifier.open(make_bundle(tmp_path, kind=kind)).bundle.head.kind == kind


@pytest.mark.parametrize("file", [GRAPH, HEAD, MANIFEST])
def test_one_flipped_byte_anywhere_is_refused_with_the_file_named(path: Path, file: str) -> None:
    content = (path / file).read_bytes()
    for position in np.random.default_rng(0).integers(0, len(content), 30).tolist():
        flipped = bytearray(content)
        flipped[position] ^= 0x01
        (path / file).write_bytes(flipped)
        if file == MANIFEST and json_equal(flipped, content):
            continue
        with pytest.raises(BundleError, match=file):
            read_bundle(path)


def json_equal(first: bytes, second: bytes) -> bool:
    try:
        return bool(json.loads(first) == json.loads(second))
    except ValueError:
        return False


@pytest.mark.parametrize("file", [GRAPH, HEAD, MANIFEST])
def test_a_missing_or_truncated_file_is_refused_with_the_file_named(path: Path, file: str) -> None:
    content = (path / file).read_bytes()
    (path / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(BundleError, match=file):
        read_bundle(path)
    (path / file).unlink()
    with pytest.raises(BundleError, match=file):
        read_bundle(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"nowhere: no such folder"):
        read_bundle(tmp_path / "nowhere")


def test_a_newer_schema_is_refused(path: Path) -> None:
    reseal(path, lambda manifest: manifest.update(schema_version=2))
    with pytest.raises(BundleError, match="schema 2 is not 1"):
        read_bundle(path)


def test_labels_that_do_not_match_the_outputs_are_refused(path: Path) -> None:
    reseal(path, lambda manifest: manifest["spec"].update(labels=["red", "green"]))
    with pytest.raises(BundleError, match="5 outputs do not match 2 labels"):
        read_bundle(path)


def test_a_file_outside_the_folder_is_refused(path: Path) -> None:
    reseal(path, lambda manifest: manifest["files"].update({"../secret": "0" * 64}))
    with pytest.raises(BundleError, match="is not a plain file name"):
        read_bundle(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(path: Path, bad: float) -> None:
    tensors = safetensors.numpy.load_file(path / HEAD)
    tensors["weight"][2, 3] = bad
    safetensors.numpy.save_file(tensors, path / HEAD)
    reseal(path)
    with pytest.raises(BundleError, match="weight is not finite"):
        read_bundle(path)


def test_a_head_of_another_shape_is_refused(path: Path) -> None:
    safetensors.numpy.save_file({"weight": np.ones((4, 5), np.float32), "bias": np.ones(4, np.float32)}, path / HEAD)
    reseal(path)
    with pytest.raises(BundleError, match=r"weight is \(4, 5\), not \(5, 5\)"):
        read_bundle(path)


@pytest.mark.parametrize("tensors", [{}, {"weight": np.ones((5, 5), np.float32)}, {"pickle": np.ones(1, np.float32)}])
def test_a_head_file_with_other_tensors_is_refused(path: Path, tensors: dict[str, np.ndarray]) -> None:
    safetensors.numpy.save_file(tensors, path / HEAD)
    reseal(path)
    with pytest.raises(BundleError, match=HEAD):
        read_bundle(path)


def test_a_head_that_is_not_the_graphs_fails_the_probe(path: Path) -> None:
    tensors = safetensors.numpy.load_file(path / HEAD)
    tensors["weight"] = np.ascontiguousarray(tensors["weight"][::-1])
    safetensors.numpy.save_file(tensors, path / HEAD)
    reseal(path)
    with pytest.raises(BundleError, match="head and graph disagree"):
        Classifier.open(path)


def test_a_graph_that_is_none_is_refused(path: Path) -> None:
    (path / GRAPH).write_bytes(b"not a network")
    reseal(path)
    with pytest.raises(BundleError, match=r"model\.onnx: cannot be loaded"):
        Classifier.open(path)


def test_a_graph_without_feature_maps_is_refused(tmp_path: Path, path: Path) -> None:
    flat = make_bundle(tmp_path, name="flat", kind="fc")
    shutil.copy(flat / GRAPH, path / GRAPH)
    reseal(path)
    with pytest.raises(BundleError, match="has no output 'features'"):
        Classifier.open(path)


def test_an_existing_folder_is_never_overwritten(path: Path) -> None:
    before = (path / MANIFEST).read_bytes()
    with pytest.raises(BundleError, match="exists already"):
        make_bundle(path.parent)
    assert (path / MANIFEST).read_bytes() == before


@pytest.mark.parametrize("name", ["", "../up", "a b", ".hidden", "x" * 101])
def test_a_name_that_is_no_plain_name_is_refused(tmp_path: Path, name: str) -> None:
    graph, _ = make_graph(HeadKind.CONV, 5)
    spec = make_spec(HeadKind.CONV, ("a", "b", "c", "d", "e"))
    with pytest.raises(BundleError, match="not a usable name"):
        write_bundle(
            tmp_path / "x", name=name, graph=graph, spec=spec, head=Head(HeadKind.CONV), network=None, provenance={}
        )
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_would_be_refused_is_not_written(tmp_path: Path) -> None:
    graph, _ = make_graph(HeadKind.GAP, 5)
    head = Head(HeadKind.GAP, np.full((5, 5), np.nan, np.float32), np.zeros(5, np.float32))
    with pytest.raises(BundleError, match="not finite"):
        write_bundle(
            tmp_path / "bad", name="bad", graph=graph, spec=make_spec(HeadKind.GAP, ("a", "b", "c", "d", "e")),
            head=head, network=None, provenance={},
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == [], "nothing half done is left behind"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("model.durable.os.fsync", full)
    with pytest.raises(BundleError, match="No space left on device"):
        make_bundle(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_all_weights_travel_along_and_are_checked(tmp_path: Path) -> None:
    graph, tensors = make_graph(HeadKind.CONV, 5)
    path = tmp_path / "full"
    spec = make_spec(HeadKind.CONV, ("a", "b", "c", "d", "e"))
    write_bundle(path, name="full", graph=graph, spec=spec, head=Head(HeadKind.CONV), network=tensors, provenance={})
    stored = safetensors.numpy.load_file(path / "network.safetensors")
    np.testing.assert_array_equal(stored["mix"], tensors["mix"])
    (path / "network.safetensors").write_bytes(b"")
    with pytest.raises(BundleError, match=r"network\.safetensors: its sha256"):
        read_bundle(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"outputs": 1}, "a single logit needs two labels"),
        ({"grid": None}, "needs a grid"),
        ({"head": "fc"}, "fixed_size is missing"),
        ({"head": "conv", "channels": 4}, "one map per output"),
        ({"labels": ["one"]}, "at least 2"),
        ({"surprise": 1}, "not permitted"),
    ],
)
def test_a_spec_that_contradicts_itself_is_refused(change: dict[str, object], reason: str) -> None:
    good = make_spec(HeadKind.GAP, ("a", "b", "c")).model_dump()
    with pytest.raises(ValueError, match=reason):
        ModelSpec.model_validate(good | change)
