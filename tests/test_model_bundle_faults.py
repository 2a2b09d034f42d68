"""Model folders made to do harm, by somebody who can compute hashes too: refused with file and reason, nothing run."""

import json
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from fastapi.testclient import TestClient
from onnx import TensorProto, helper, numpy_helper

from model.bundle import GRAPH, HEAD
from model.classifier import Classifier
from model.errors import BundleError
from model.manifest import MANIFEST, MAX_MANIFEST_BYTES
from tests.bundles import make_bundle, packed, reseal
from tests.conftest import ClientMaker

MODELS = "/api/v1/models"
Spoil = Callable[[Path], object]


def graph(change: Callable[[onnx.ModelProto], object]) -> Spoil:
    """Change the network."""

    def spoil(path: Path) -> None:
        network = onnx.load(path / GRAPH)
        change(network)
        (path / GRAPH).write_bytes(network.SerializeToString())
        reseal(path)

    return spoil


def tensor(network: onnx.ModelProto, name: str) -> TensorProto:
    return next(one for one in network.graph.initializer if one.name == name)


def filled(name: str, value: float) -> Spoil:
    """One number of a tensor of the network."""

    def change(network: onnx.ModelProto) -> None:
        values = numpy_helper.to_array(tensor(network, name)).copy()
        values.flat[0] = value
        tensor(network, name).CopyFrom(numpy_helper.from_array(values, name))

    return graph(change)


def elsewhere(location: str) -> Spoil:
    """Weights that are read from another file."""

    def change(network: onnx.ModelProto) -> None:
        weights = tensor(network, "w")
        weights.ClearField("raw_data")
        weights.data_location = TensorProto.EXTERNAL
        for key, value in {"location": location, "offset": "0", "length": "100"}.items():
            entry = weights.external_data.add()
            entry.key, entry.value = key, value

    return graph(change)


def unusual(spoil: Spoil) -> Spoil:
    """The same bytes as protobuf does not write, but reads."""

    def change(path: Path) -> None:
        spoil(path)
        content = (path / GRAPH).read_bytes()
        at = content.index(b"\x0a\x08location")
        size = content[at - 1] + 1
        longer = b"\x0a\x88\x00location"
        assert size < 128
        (path / GRAPH).write_bytes(content[: at - 1] + bytes([size]) + longer + content[at + 10 :])
        reseal(path)

    return change


def own_operator(network: onnx.ModelProto) -> None:
    network.graph.node.insert(0, helper.make_node("Run", ["image"], ["x"], domain="evil"))
    network.opset_import.append(helper.make_opsetid("evil", 1))


def too_much(network: onnx.ModelProto) -> None:
    network.graph.initializer.append(numpy_helper.from_array(np.array([10**13], dtype=np.int64), "much"))
    network.graph.node.insert(0, helper.make_node("ConstantOfShape", ["much"], ["huge"]))
    network.graph.output.append(helper.make_tensor_value_info("huge", TensorProto.FLOAT, None))
    tensor(network, "w").name, network.graph.node[-1].input[1] = "w2", "w2"


def manifest(change: Callable[[dict[str, Any]], object]) -> Spoil:
    """Change what the folder says of itself."""
    return lambda path: reseal(path, change)


def said(**changes: object) -> Spoil:
    return manifest(lambda told: told.update(changes))


def looks(**changes: object) -> Spoil:
    return manifest(lambda told: told["spec"]["preprocessing"].update(changes))


def grid(**changes: object) -> Spoil:
    return manifest(lambda told: told["spec"]["grid"].update(changes))


def written(content: bytes) -> Spoil:
    """Other bytes in place of the manifest."""
    return lambda path: (path / MANIFEST).write_bytes(content)


def head(header: bytes, body: bytes = b"", length: int | None = None) -> Spoil:
    """Other bytes in place of the head."""

    def spoil(path: Path) -> None:
        (path / HEAD).write_bytes(struct.pack("<Q", len(header) if length is None else length) + header + body)
        reseal(path)

    return spoil


def tensors(**entries: tuple[str, list[int], list[int]]) -> bytes:
    named = {name: dict(zip(("dtype", "shape", "data_offsets"), entry, strict=True)) for name, entry in entries.items()}
    return json.dumps(named).encode()


def linked(target: str) -> Spoil:
    """A link in place of the head; where it leads to a copy, the hash is right."""

    def spoil(path: Path) -> None:
        outside = path.parent / "outside"
        (path / HEAD).rename(outside)
        (path / HEAD).symlink_to(target or outside)

    return spoil


def pipe(path: Path) -> None:
    (path / HEAD).unlink()
    os.mkfifo(path / HEAD)


def piped_manifest(path: Path) -> None:
    (path / MANIFEST).unlink()
    os.mkfifo(path / MANIFEST)


def endless_manifest(path: Path) -> None:
    (path / MANIFEST).unlink()
    (path / MANIFEST).symlink_to("/dev/zero")


def huge_manifest(path: Path) -> None:
    os.truncate(path / MANIFEST, MAX_MANIFEST_BYTES + 1)


BIAS = ("F32", [5], [100, 120])
FOLDERS: dict[str, tuple[Spoil, str]] = {
    "a link out of the folder": (linked(""), f"{HEAD}: a link that leads out of its folder"),
    "a link to a device": (linked("/dev/zero"), f"{HEAD}: not a file"),
    "a link to nothing": (linked("nowhere"), f"{HEAD}: No such file"),
    "a pipe": (pipe, f"{HEAD}: not a file"),
    "a pipe as manifest": (piped_manifest, f"{MANIFEST}: not a file"),
    "an endless manifest": (endless_manifest, f"{MANIFEST}: not a file"),
    "a huge manifest": (huge_manifest, f"{MANIFEST}: larger than any manifest is"),
}
CONTENTS: dict[str, tuple[Spoil, str]] = {
    "NaN in the network": (filled("w", np.nan), "not a finite number"),
    "infinity early in the network": (filled("mix", np.inf), "not a finite number"),
    "weights in another file": (elsewhere("weights.bin"), f"{GRAPH}: keeps weights in another file"),
    "weights anywhere on the disk": (elsewhere("/etc/passwd"), f"{GRAPH}: keeps weights in another file"),
    "the same, in disguise": (unusual(elsewhere("weights.bin")), f"{GRAPH}: keeps weights in another file"),
    "an operator of its own": (graph(own_operator), f"{GRAPH}: cannot be loaded"),
    "more memory than there is": (graph(too_much), "could not answer"),
    "lists in lists": (written(b"[" * 100_000), f"{MANIFEST}: cannot be read"),
    "objects in objects": (written(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), f"{MANIFEST}: cannot be read"),
    "a provenance in a provenance": (
        manifest(lambda told: told.update(provenance={"x": json.loads("[" * 500 + "]" * 500)})), MANIFEST,
    ),
    "a number of 100,000 digits": (written(b'{"schema_version":' + b"9" * 100_000 + b"}"), f"{MANIFEST}: cannot"),
    "no text": (written(bytes(1000)), f"{MANIFEST}: cannot be read"),
    "another list": (written(b"[]"), f"{MANIFEST}: not a manifest"),
    "an older schema": (said(schema_version=0), "schema 0 is not 1"),
    "a newer schema": (said(schema_version=2), "schema 2 is not 1"),
    "no schema": (said(schema_version=None), "schema None is not 1"),
    "a schema that is nearly one": (said(schema_version=True), "schema True is not 1"),
    "a moment nowhere": (said(created_at="2026-01-01T00:00:00"), "created_at"),
    "a moment at the beginning of time": (said(created_at="0001-01-01T00:00:00+14:00"), "created_at"),
    "too few labels": (manifest(lambda told: told["spec"].update(labels=["a", "b"])), "do not match 2 labels"),
    "too many channels": (manifest(lambda told: told["spec"].update(channels=10**9)), f"{HEAD}: weight is"),
    "an input of any size": (looks(base_side=10**6, max_side=10**7), "base_side"),
    "an input without an end": (looks(base_side=10**30), "base_side"),
    "an input in huge steps": (looks(multiple=10**9, max_side=10**9), "multiple"),
    "cells without a size": (grid(stride_x=1e-300), "stride_x"),
    "cells beyond all bounds": (grid(stride_y=1e300, left=-1e308), "grid"),
    "a header longer than the file": (head(b"{}", length=2**63), f"{HEAD}: "),
    "a header longer than any": (head(b"{}", length=2**64 - 1), f"{HEAD}: "),
    "a header in a header": (head(b"[" * 50_000), f"{HEAD}: "),
    "tensors over each other": (head(tensors(weight=("F32", [5, 5], [20, 120]), bias=BIAS), bytes(120)), HEAD),
    "a tensor of negative size": (head(tensors(weight=("F32", [-5, 5], [0, 100]), bias=BIAS), bytes(120)), HEAD),
    "a tensor of all memory": (head(tensors(weight=("F32", [2**40, 2**40], [0, 100]), bias=BIAS), bytes(120)), HEAD),
    "a tensor of an unknown kind": (head(tensors(weight=("BF16", [5, 10], [0, 100]), bias=BIAS), bytes(120)), HEAD),
    "a pickle as head": (head(b"\x80\x04c__builtin__\nprint\n."), HEAD),
}  # fmt: skip


@pytest.mark.parametrize("kind", [*FOLDERS, *CONTENTS])
def test_it_is_refused_with_the_reason(tmp_path: Path, kind: str) -> None:
    spoil, reason = (FOLDERS | CONTENTS)[kind]
    path = make_bundle(tmp_path)
    spoil(path)
    with pytest.raises(BundleError, match=re.escape(reason)) as refusal:
        Classifier.open(path, threads=1)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.fixture
def client(make_client: ClientMaker) -> TestClient:
    return make_client()


@pytest.mark.parametrize("kind", CONTENTS)
def test_nor_is_it_taken_in_over_the_web(client: TestClient, tmp_path: Path, kind: str) -> None:
    spoil, _ = CONTENTS[kind]
    path = make_bundle(tmp_path, name="evil")
    spoil(path)
    before = client.get(MODELS).json()
    answer = client.post(MODELS, files={"archive": ("evil.zip", packed(path), "application/zip")})
    assert answer.status_code == 422, answer.text
    assert str(tmp_path) not in answer.text
    assert client.get(MODELS).json() == before
    assert client.get("/models", headers={"Accept": "text/html"}).status_code == 200


def test_a_link_within_the_folder_is_as_good_as_the_file(tmp_path: Path) -> None:
    path = make_bundle(tmp_path)
    (path / HEAD).rename(path / "moved")
    (path / HEAD).symlink_to("moved")
    assert Classifier.open(path, threads=1).spec.classes == 5


def test_a_word_of_the_network_is_no_reference_to_a_file(tmp_path: Path) -> None:
    path = make_bundle(tmp_path)
    graph(lambda network: setattr(network.graph.node[0], "name", "x/location/location"))(path)
    assert Classifier.open(path, threads=1).spec.classes == 5
