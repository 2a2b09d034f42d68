"""Weights: from files that are read with suspicion, from libraries that may not be reachable, never random."""

import json
import pickle
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from model.errors import WeightsError
from model.training import download, reach
from model.training.labels import imagenet_labels, read_labels
from model.training.networks import NetworkName, build, create, resolve
from model.training.state_dict import fit, read_state_dict
from model.training.weights import classes_in, load_network
from tests.torch_networks import calibrated

SMALL = resolve("timm/resnet10t")
State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    return build(SMALL).state_dict()


def saved(folder: Path, content: object, name: str = "weights.pth") -> Path:
    path = folder / name
    torch.save(content, path)
    return path


def same_weights(network: nn.Module, state: State) -> bool:
    return all(torch.equal(tensor, state[key]) for key, tensor in network.state_dict().items())


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": state},
        lambda state: {"model_state_dict": {f"module.{key}": tensor for key, tensor in state.items()}},
        lambda state: {f"_orig_mod.{key}": tensor for key, tensor in state.items()},
        lambda state: {"state_dict": {f"model.{key}": tensor for key, tensor in state.items()}, "loops": [1, 2]},
        lambda state: {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in state.items()},
        lambda state: {key: tensor for key, tensor in state.items() if "num_batches" not in key},
    ],
    ids=["plain", "wrapped", "model", "parallel", "compiled", "lightning", "half", "old"],
)
def test_file_is_read_as_training_scripts_write_it(
    wrap: Callable[[State], object], state: State, tmp_path: Path
) -> None:
    loaded = load_network(SMALL, saved(tmp_path, wrap(state)))
    for key, tensor in loaded.network.state_dict().items():
        torch.testing.assert_close(tensor, state[key], rtol=1e-3, atol=1e-3, check_dtype=False)
        assert tensor.dtype == state[key].dtype
    assert loaded.labels == imagenet_labels()
    assert loaded.source["file"] == "weights.pth"
    assert len(loaded.source["sha256"]) == 64


def test_safetensors_are_read(state: State, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    safetensors.torch.save_file(state, path)
    assert same_weights(load_network(SMALL, path).network, state)


class Trap:
    """A pickle that makes a file when it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.trace,))


@pytest.mark.parametrize("wrapped", [False, True])
def test_code_in_a_file_is_refused_and_never_run(wrapped: bool, tmp_path: Path, state: State) -> None:
    trace, path = tmp_path / "ran", tmp_path / "trap.pth"
    if wrapped:
        torch.save({"state_dict": state, "extra": Trap(trace)}, path)
    else:
        path.write_bytes(pickle.dumps(Trap(trace)))
    with pytest.raises(WeightsError, match=r"trap\.pth: holds more than weights, and reading it could run code"):
        load_network(SMALL, path)
    assert not trace.exists()
    pickle.loads(pickle.dumps(Trap(trace)))
    assert trace.exists()  # the trap is one


def _without(state: State, key: str) -> State:
    return {name: tensor for name, tensor in state.items() if name != key}


BAD = {
    "missing": (lambda s: _without(s, "bn1.weight"), r"not the weights of this network, 'bn1\.weight' missing"),
    "more missing": (lambda s: {"fc.weight": s["fc.weight"]}, r"' and \d+ more missing"),
    "unexpected": (lambda s: {**s, "extra.weight": s["bn1.weight"]}, r"it has no 'extra\.weight'"),
    "shape": (
        lambda s: {**s, "bn1.weight": torch.ones(5)},
        r"bn1\.weight has the shape \(5,\), the network needs \(64,\)",
    ),
    "nan": (lambda s: {**s, "bn1.bias": torch.full((64,), torch.nan)}, r"bn1\.bias holds values that are not finite"),
    "infinity": (
        lambda s: {**s, "fc.bias": torch.full((1000,), torch.inf)},
        r"fc\.bias holds values that are not finite",
    ),
    "larger than the file": (
        lambda s: {**s, "bn1.bias": torch.ones(1).expand(10**12)},
        r"bn1\.bias is no plain tensor",
    ),
    "sparse": (lambda s: {**s, "bn1.bias": torch.ones(64).to_sparse()}, r"bn1\.bias is no plain tensor"),
    "without numbers": (lambda s: {**s, "bn1.bias": torch.ones(64, device="meta")}, r"bn1\.bias is no plain tensor"),
    "complex": (lambda s: {**s, "bn1.bias": torch.ones(64, dtype=torch.complex64)}, r"bn1\.bias is no plain tensor"),
    "no table": (lambda s: s["fc.bias"], "holds no state dict"),
    "a list": (lambda s: [s["fc.bias"]], "holds no state dict"),
    "empty": (lambda _: {}, "holds no state dict"),
    "numbers": (lambda _: {"state_dict": {"a": 1}}, "holds no state dict"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_weights_are_refused_with_file_and_reason(kind: str, state: State, tmp_path: Path) -> None:
    spoil, message = BAD[kind]
    with pytest.raises(WeightsError, match=rf"weights\.pth: .*{message}") as refusal:
        load_network(SMALL, saved(tmp_path, spoil(state)))
    assert "\n" not in str(refusal.value)


def tensors(header: bytes, body: bytes = b"", said: int | None = None) -> bytes:
    """A safetensors file, whatever its header says."""
    return struct.pack("<Q", len(header) if said is None else said) + header + body


def shaped(*shape: int, end: int = 256) -> bytes:
    entry = {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}
    return json.dumps({"bn1.weight": entry}).encode()


@pytest.mark.parametrize(
    "content",
    [
        tensors(b"{}", said=2**63),
        tensors(b"{}", said=2**64 - 1),
        tensors(b"[" * 100_000),
        tensors(b"\xff" * 100),
        tensors(shaped(10**12), bytes(256)),
        tensors(shaped(2**32, 2**32, end=0)),
        tensors(shaped(64)),
        tensors(shaped(64), bytes(10_000)),
        tensors(shaped(-64), bytes(256)),
        tensors(shaped(64).replace(b"F32", b"F33"), bytes(256)),
        tensors(shaped(64).replace(b"F32", b"F4"), bytes(256)),
        pickle.dumps({"bn1.weight": 1}),
    ],
)
def test_a_safetensors_header_that_lies_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"weights\.safetensors: ") as refusal:
        load_network(SMALL, path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["weights.pth", "weights.pt", "weights.safetensors", "weights"])
@pytest.mark.parametrize("content", [b"", b"no weights at all", b"PK\x03\x04" + bytes(100)])
def test_broken_file_is_refused_with_its_name(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=name):
        read_state_dict(tmp_path / name)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.pth: no such file"):
        load_network(SMALL, tmp_path / "none.pth")


def test_cut_file_is_refused(state: State, tmp_path: Path) -> None:
    path = saved(tmp_path, state)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsError, match=r"weights\.pth: is no readable file of weights"):
        load_network(SMALL, path)


@pytest.mark.parametrize("name", ["resnet18", "timm/resnet10t", "squeezenet1_1", "densenet121"])
def test_number_of_classes_is_the_files(name: str, tmp_path: Path) -> None:
    network = resolve(name)
    state = build(network, classes=7).state_dict()
    assert classes_in(network, state) == 7
    loaded = load_network(network, saved(tmp_path, state))
    assert same_weights(loaded.network, state)
    assert loaded.labels is None  # seven classes of whatever it was trained on


def test_old_names_of_densenet_are_known(tmp_path: Path) -> None:
    network = resolve("densenet121")
    state = build(network).state_dict()
    old = {re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", key): tensor for key, tensor in state.items()}
    assert old.keys() != state.keys()
    assert same_weights(load_network(network, saved(tmp_path, old)).network, state)


@pytest.mark.slow
def test_heads_for_training_alone_may_be_in_the_file(tmp_path: Path) -> None:
    import torchvision

    full = torchvision.models.googlenet(weights=None, aux_logits=True, init_weights=False)
    loaded = load_network(resolve("googlenet"), saved(tmp_path, full.state_dict()))
    assert same_weights(loaded.network, full.state_dict())
    assert loaded.network.transform_input is True


def test_authors_names_are_converted_by_timm(tmp_path: Path) -> None:
    network = resolve("timm/convnext_atto")
    state = build(network).state_dict()
    published = {
        key.replace("stem.", "downsample_layers.0.").replace("head.norm.", "norm.").replace("head.fc.", "head."): tensor
        for key, tensor in state.items()
    }
    assert not published.keys() & {"stem.0.weight", "head.fc.weight"}
    assert same_weights(load_network(network, saved(tmp_path, {"model": published})).network, state)


@pytest.fixture
def silent_address() -> Iterator[str]:
    """An address that takes connections and never says a word, like a net that loses every packet."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/weights.pth"


@pytest.fixture
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)


def assert_told_within_five_seconds(name: NetworkName, message: str) -> None:
    started = time.perf_counter()
    with pytest.raises(WeightsError, match=message) as refusal:
        load_network(name)
    assert time.perf_counter() - started < 5
    assert "--weights FILE" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["resnet18", "timm/resnet18"])
@pytest.mark.usefixtures("no_cache")
def test_address_that_never_answers_is_given_up(
    name: str, silent_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.training.weights.download_url", lambda _: silent_address)
    assert_told_within_five_seconds(resolve(name), r"127\.0\.0\.1 cannot be reached \((no answer within 3|timed out)")


@pytest.mark.parametrize("address", ["10.255.255.1", "192.0.2.1"])
@pytest.mark.usefixtures("no_cache")
def test_net_that_swallows_packets_is_given_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.training.weights.download_url", lambda _: f"http://{address}/weights.pth")
    assert_told_within_five_seconds(resolve("resnet18"), rf"{re.escape(address)}")


@pytest.mark.usefixtures("no_cache")
def test_name_that_is_never_resolved_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        threading.Event().wait(10)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.5)
    assert_told_within_five_seconds(resolve("resnet18"), r"cannot be reached \(no answer within 0\.5 seconds\)")


@pytest.mark.usefixtures("no_cache")
def test_refused_connection_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.training.weights.download_url", lambda _: "http://127.0.0.1:9/weights.pth")
    assert_told_within_five_seconds(resolve("resnet18"), "Connection refused")


class SlowHost(threading.Thread):
    """A host that answers at once and then sends a file in pieces, or stops half-way."""

    def __init__(self, content: bytes, pause: float, stops: bool = False) -> None:
        super().__init__(daemon=True)
        self.content, self.pause, self.stops = content, pause, stops
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/resnet10t-{'0' * 8}.pth"
        self.closing = threading.Event()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                asked = connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self.content))
                if not asked.startswith(b"HEAD"):
                    self._send(connection)

    def _send(self, connection: socket.socket) -> None:
        step = -(-len(self.content) // 8)
        for start in range(0, len(self.content), step):
            if self.stops and start:
                self.closing.wait(20)
                return
            connection.sendall(self.content[start : start + step])
            time.sleep(self.pause)


def test_slow_download_is_not_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(download, "STALL_SECONDS", 1.0)
    host = SlowHost(bytes(80_000), pause=0.2)
    host.start()
    target = tmp_path / "file"
    with download.downloading(SMALL, host.url):
        torch.hub.download_url_to_file(host.url, str(target), progress=False)
    host.listener.close()
    assert target.read_bytes() == host.content
    assert socket.getdefaulttimeout() is None


def test_download_that_stops_half_way_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "STALL_SECONDS", 0.5)
    host = SlowHost(bytes(80_000), pause=0, stops=True)
    host.start()
    started = time.perf_counter()
    gone = pytest.raises(WeightsError, match=r"could not be had from 127\.0\.0\.1: timed out; fetch .*--weights FILE")
    with gone, download.downloading(SMALL, host.url):
        torch.hub.download_url_to_file(host.url, str(tmp_path / "file"), progress=False)
    assert time.perf_counter() - started < 5
    host.closing.set()
    host.listener.close()


def test_address_of_no_known_kind_is_unreachable() -> None:
    assert reach.why_unreachable("nonsense://host/", 1) is not None


@pytest.mark.slow
def test_downloaded_weights_come_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    network, entry = calibrated("squeezenet1_1"), "squeezenet1_1-b8a52dc0.pth"
    (tmp_path / "checkpoints").mkdir()
    torch.save(network.state_dict(), tmp_path / "checkpoints" / entry)
    loaded = load_network(resolve("squeezenet1_1"))
    assert same_weights(loaded.network, network.state_dict())
    assert loaded.source["known_as"] == "SqueezeNet1_1_Weights.IMAGENET1K_V1"
    assert loaded.traits.resize_side == 256


def test_cached_timm_weights_need_no_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: State) -> None:
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(state, path)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: str(path))
    loaded = load_network(SMALL)
    assert same_weights(loaded.network, state)
    assert loaded.source["known_as"] == "c3_in1k"


def test_spoilt_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"spoilt")
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: str(path))
    with pytest.raises(WeightsError, match=r"model\.safetensors: .*delete it"):
        load_network(SMALL)


def test_network_without_weights_anywhere_says_so() -> None:
    with pytest.raises(WeightsError, match="timm has no weights for it; give yours with --weights FILE"):
        load_network(resolve("timm/vovnet39a"))


def test_labels_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes("\ufeffEgyptian cat\r\n Åland \n고양이\n\n".encode())
    assert read_labels(path) == ("Egyptian cat", "Åland", "고양이")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cat\n\ndog\n", "line 2 is no label"),
        (b"", "line 1 is no label"),
        (b"cat\n" + b"x" * 201, "line 2 is no label"),
        (b"cat\x1b[2J", "line 1 is no label"),
        (b"\xff\xfe", "is no text in UTF-8"),
    ],
)
def test_bad_labels_are_refused_with_the_line(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"labels\.txt: {message}"):
        read_labels(path)


def test_fit_keeps_what_it_was_given(state: State, tmp_path: Path) -> None:
    before = dict(state)
    fit(create(SMALL), state, tmp_path)
    assert state == before
