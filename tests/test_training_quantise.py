"""`camscope export --int8`: convolutions in 8 bits, pooling and head in float, and what that changes is told."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from torch import nn
from typer.testing import CliRunner

from app.cli import app
from app.cli_models import row
from app.model_words import told
from model.bundle import NETWORK, Bundle, read_bundle, write_bundle
from model.classifier import Classifier
from model.errors import DatasetError, ModelError, NetworkError, TrainingError
from model.int8 import INT8, Int8, is_int8, read_int8
from model.photos import Photo
from model.spec import GridGeometry, HeadKind, Interpolation, ModelSpec, Preprocessing
from model.training.agreement import correlation, measure_speed
from model.training.base import with_own_maps
from model.training.calibration import MOST_CALIBRATED, MOST_JUDGED, calibration_inputs, views
from model.training.export import export_graph
from model.training.head_modules import build_head
from model.training.heads import numeric_head
from model.training.quantise import int8_graph, quantise
from model.training.sizes import Sizes
from model.training.surgery import replace_head
from model.training.traits import Traits
from tests.bundles import make_bundle

runner = CliRunner()
LABELS = ("cat", "dog", "bird")
CHANNELS, STRIDE = 24, 8


def tiny_network(seed: int = 0) -> nn.Module:
    """Three convolutions with ReLU6, one of them by channel, an average and a linear layer."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 16, 4, stride=4),
        nn.ReLU6(),
        nn.Conv2d(16, 16, 3, padding=1, groups=16),
        nn.ReLU6(),
        nn.Conv2d(16, CHANNELS, 2, stride=2),
        nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(CHANNELS, len(LABELS)),
    ).eval()


@pytest.fixture(scope="module")
def float_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A small seeded network as a bundle, its features exposed."""
    folder = tmp_path_factory.mktemp("float")
    network = tiny_network()
    traits = Traits(
        mean=(0.5,) * 3, std=(0.25,) * 3, interpolation=Interpolation.BILINEAR, crop_side=64, resize_side=64
    )
    sizes = Sizes(multiple=STRIDE, min_side=STRIDE, fixed_side=None, stride_x=STRIDE, stride_y=STRIDE, tiled=True)
    graph = export_graph(network, traits, sizes)
    return write_bundle(
        folder / "tiny",
        name="tiny",
        graph=graph.content,
        spec=ModelSpec(
            architecture="test/tiny",
            labels=LABELS,
            outputs=len(LABELS),
            head=HeadKind.GAP,
            channels=CHANNELS,
            rectified=True,
            preprocessing=Preprocessing(
                mean=traits.mean, std=traits.std, multiple=STRIDE, base_side=64, min_side=STRIDE, max_side=256
            ),
            grid=GridGeometry(stride_x=STRIDE, stride_y=STRIDE),
        ),
        head=numeric_head(graph.seam),
        network={key: tensor.numpy() for key, tensor in network.state_dict().items()},
        provenance={"weights": {"file": "seeded"}, "metrics": {"accuracy": 0.9}},
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Small pictures of some structure, of several shapes, no two alike."""
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(1)
    for number in range(20):
        coarse = generator.integers(0, 256, (3 + number % 3, 4, 3), dtype=np.uint8)
        size = (64 + 8 * (number % 4), 64)
        Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def int8_bundle(float_bundle: Bundle, pictures: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    out = tmp_path_factory.mktemp("int8") / "out"
    return quantise(float_bundle, out, pictures, name="tiny-int8", called="pictures")


def photos(count: int = 5) -> Iterator[Photo]:
    generator = np.random.default_rng(2)
    for number in range(count):
        small = Image.fromarray(generator.integers(0, 256, (5, 5, 3), dtype=np.uint8))
        yield Photo(np.asarray(small.resize((90 + 20 * number, 80), Image.Resampling.BICUBIC)), "PNG")


def operations(bundle: Bundle) -> list[str]:
    """Those that are run, once ONNX Runtime has put them together."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(bundle.path.parent / "run.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(bundle.graph, options, providers=["CPUExecutionProvider"])
    return [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]


def test_convolutions_run_in_int8_and_the_head_in_float(int8_bundle: Bundle) -> None:
    found = operations(int8_bundle)
    assert found.count("QLinearConv") == 3
    assert not {"Conv", "FusedConv"} & set(found)
    assert {"GlobalAveragePool", "Gemm"} <= set(found)
    assert not {name for name in found if name.startswith("QLinear")} - {"QLinearConv"}


def test_mean_of_map_plus_bias_is_the_logit_of_its_own_features(int8_bundle: Bundle) -> None:
    classifier = Classifier.open(int8_bundle.path)
    for scale in (1, 1.5, 3):
        for explanation in classifier.explain(list(photos()), scale):
            maps = np.asarray(explanation.maps)
            np.testing.assert_allclose(maps.mean((1, 2)) + explanation.bias, explanation.logits, atol=1e-5)


def test_batch_answers_as_each_photo_alone(int8_bundle: Bundle) -> None:
    classifier = Classifier.open(int8_bundle.path)
    same = [next(photos(1))] * 9
    alone = classifier.explain(same[:1])[0]
    for explanation in classifier.explain(same):
        np.testing.assert_allclose(explanation.logits, alone.logits, atol=1e-5)


def test_int8_is_near_float(float_bundle: Bundle, int8_bundle: Bundle) -> None:
    before, after = (Classifier.open(one.path).explain(list(photos())) for one in (float_bundle, int8_bundle))
    for one, two in zip(before, after, strict=True):
        assert np.abs(one.logits - two.logits).max() < 0.05
        assert (one.logits != two.logits).any()


def test_provenance_tells_what_was_measured(float_bundle: Bundle, int8_bundle: Bundle) -> None:
    found = read_int8(int8_bundle.provenance)
    assert found is not None
    assert (found.original, found.original_name) == (float_bundle.id, "tiny")
    assert found.calibration.source == "pictures"
    assert (found.calibration.pictures, found.calibration.inputs) == (10, 10)
    assert (found.agreement.pictures, found.agreement.inputs) == (10, 10)
    assert found.agreement.same_class >= 0.9
    assert found.agreement.logit_difference < 0.05
    assert found.agreement.map_correlation is not None
    assert found.agreement.map_correlation_low is not None
    assert 0.95 < found.agreement.map_correlation_low <= found.agreement.map_correlation <= 1
    assert found.speed.alone > 0
    assert int8_bundle.provenance["weights"] == {"file": "seeded"}
    assert "metrics" not in int8_bundle.provenance
    assert not (int8_bundle.path / NETWORK).exists()
    assert not is_int8(float_bundle.provenance)
    assert read_int8(float_bundle.provenance) is None


def test_people_are_told(int8_bundle: Bundle, float_bundle: Bundle) -> None:
    assert row(int8_bundle)[3] == "exact maps, int8"
    assert row(float_bundle)[3] == "exact maps"
    [sentence] = [one for one in told(int8_bundle.provenance) if "int8" in one]
    assert "Beside tiny, on 10 pictures, it names the same class in" in sentence
    assert "maps correlate" in sentence
    assert any("int8" in one for one in told({INT8: "anything"}))


def test_same_pictures_give_the_same_graph(float_bundle: Bundle, pictures: list[Path]) -> None:
    inputs, _ = calibration_inputs(pictures, float_bundle.spec.preprocessing)
    assert int8_graph(float_bundle, inputs.views) == int8_graph(float_bundle, inputs.views)


def test_log_is_left_as_it_was(float_bundle: Bundle, pictures: list[Path]) -> None:
    inputs, _ = calibration_inputs(pictures, float_bundle.spec.preprocessing)
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    int8_graph(float_bundle, inputs.views)
    assert (root.level, list(root.handlers)) == before


def test_int8_again_is_refused(int8_bundle: Bundle, pictures: list[Path], tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="in int8 already"):
        quantise(int8_bundle, tmp_path / "out", pictures, name="twice", called="pictures")
    assert not (tmp_path / "out").exists()


def test_nothing_is_trained_from_int8(int8_bundle: Bundle) -> None:
    with pytest.raises(TrainingError, match="train the float model"):
        with_own_maps(int8_bundle)


@pytest.mark.parametrize("kind", ["conv1x1", "nin"])
def test_convolutions_of_the_head_stay_float(kind: str, float_bundle: Bundle, pictures: list[Path]) -> None:
    head = build_head(kind, CHANNELS, len(LABELS))
    spec = float_bundle.spec.model_copy(update={"head": HeadKind.CONV, "channels": len(LABELS)})
    bundle = replace(float_bundle, graph=replace_head(float_bundle.graph, head), spec=spec, head=head.numeric())
    inputs, _ = calibration_inputs(pictures, spec.preprocessing)
    found = operations(replace(bundle, graph=int8_graph(bundle, inputs.views)))
    assert found.count("QLinearConv") == 3
    assert len([name for name in found if name in ("Conv", "FusedConv")]) == {"conv1x1": 1, "nin": 2}[kind]


def test_network_without_maps_is_quantised_too(pictures: list[Path], tmp_path: Path) -> None:
    source = read_bundle(make_bundle(tmp_path, kind="fc"))
    made = quantise(source, tmp_path / "out", pictures, name="flat", called="pictures")
    found = read_int8(made.provenance)
    assert found is not None
    assert found.agreement.map_correlation is None
    assert found.agreement.same_class >= 0.8


@pytest.mark.parametrize("kind", ["gap", "gap_norm", "sum", "gmp", "conv"])
def test_every_kind_of_head_keeps_the_identity(kind: str, pictures: list[Path], tmp_path: Path) -> None:
    source = read_bundle(make_bundle(tmp_path, kind=kind))
    if kind == "conv":  # its other convolution is the network's own
        assert sum(node.op_type == "Conv" for node in onnx.load_from_string(source.graph).graph.node) == 2
    made = quantise(source, tmp_path / "out", pictures, name="small", called="pictures")
    Classifier.open(made.path).probe()


def test_one_logit_is_judged_by_its_sign(pictures: list[Path], tmp_path: Path) -> None:
    source = read_bundle(make_bundle(tmp_path, labels=("red", "other"), activation="sigmoid", single_logit=True))
    found = read_int8(quantise(source, tmp_path / "out", pictures, name="one", called="pictures").provenance)
    assert found is not None
    assert found.agreement.logit_correlation is None
    assert found.agreement.same_class >= 0.8


# Pictures


def test_no_picture_both_calibrates_and_judges(float_bundle: Bundle, pictures: list[Path], tmp_path: Path) -> None:
    twice = tmp_path / "again.png"
    twice.write_bytes(pictures[0].read_bytes())
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    first, second = calibration_inputs([*pictures, twice, broken], float_bundle.spec.preprocessing)
    assert (first.pictures, second.pictures) == (10, 10)
    kept = {view.tobytes() for view in first.views}
    assert not kept & {view.tobytes() for view in second.views}


def test_many_pictures_are_capped(float_bundle: Bundle, tmp_path: Path) -> None:
    files = []
    for number in range(MOST_CALIBRATED + MOST_JUDGED + 3):
        files.append(tmp_path / f"{number}.bmp")
        Image.new("RGB", (8, 8), (number, 0, 0)).save(files[-1])
    first, second = calibration_inputs(files, float_bundle.spec.preprocessing)
    assert (first.pictures, second.pictures) == (MOST_CALIBRATED, MOST_JUDGED)


def test_few_pictures_are_seen_in_several_views(float_bundle: Bundle, pictures: list[Path]) -> None:
    first, second = calibration_inputs(pictures[:3], float_bundle.spec.preprocessing)
    assert (first.pictures, second.pictures) == (1, 2)
    assert (len(first.views), len(second.views)) == (10, 20)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (30, 20)])
def test_views_are_parts_of_the_picture(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    found = views(pixels)
    assert len(found) == 10
    np.testing.assert_array_equal(found[0], pixels)
    np.testing.assert_array_equal(found[1], pixels[:, ::-1])
    assert all(min(view.shape[:2]) >= 1 and view.flags.c_contiguous for view in found)


def test_one_picture_is_too_few(float_bundle: Bundle, pictures: list[Path]) -> None:
    with pytest.raises(DatasetError, match="two at least"):
        calibration_inputs(pictures[:1], float_bundle.spec.preprocessing)


# The measures


def test_correlation_is_pearsons() -> None:
    one, two = np.random.default_rng(0).normal(size=(2, 40)).astype(np.float32)
    assert correlation(one, two) == pytest.approx(np.corrcoef(one, two)[0, 1], abs=1e-6)
    assert correlation(one, one) == pytest.approx(1)
    assert correlation(one, np.full(40, 2.5, np.float32)) is None


def test_speed_is_float_over_int8() -> None:
    class Sleeper:
        def __init__(self, seconds: float) -> None:
            self.seconds = seconds

        def run(self, batch: np.ndarray) -> None:
            import time

            time.sleep(self.seconds)

    speed = measure_speed(Sleeper(0.04), Sleeper(0.02), (32, 24), rounds=3)  # long beside what a busy machine adds
    assert 1.4 < speed.alone < 2.6
    assert (speed.width, speed.height) == (32, 24)


# The command


def export(*arguments: object) -> tuple[int, str, BaseException | None]:
    done = runner.invoke(app, ["export", *map(str, arguments)])
    return done.exit_code, done.output, done.exception


def test_model_folder_is_exported_in_int8(float_bundle: Bundle, pictures: list[Path], tmp_path: Path) -> None:
    status, said, _ = export(float_bundle.path, "--int8", "--calibrate", pictures[0].parent, "-o", tmp_path / "out")
    assert status == 0, said
    bundle = read_bundle(tmp_path / "out")
    assert bundle.name == "tiny-int8"
    assert bundle.id in said
    assert "calibrated on 10 pictures of pictures" in said.replace("pictures0", "pictures")
    assert "On 10 others it names the class that tiny names in" in said
    assert "So few say little" in said


def test_without_a_folder_the_examples_calibrate_and_that_is_said(float_bundle: Bundle, tmp_path: Path) -> None:
    status, said, _ = export(float_bundle.path, "--int8", "--out", tmp_path / "out", "--name", "mine")
    assert status == 0, said
    found = read_int8(read_bundle(tmp_path / "out").provenance)
    assert isinstance(found, Int8)
    assert found.calibration.source == "Camscope's example photos"
    assert found.calibration.source in said
    assert (found.calibration.pictures, found.agreement.pictures) == (2, 2)
    assert "On 20 views of 2 others it names the class that tiny names in" in said
    [sentence] = [one for one in told(read_bundle(tmp_path / "out").provenance) if "int8" in one]
    assert "on 20 views of 2 pictures, it names" in sentence


@pytest.mark.parametrize("what", ["missing", "empty", "one", "file"])
def test_folder_without_pictures_is_refused(
    what: str, float_bundle: Bundle, pictures: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    if what != "missing":
        folder.mkdir()
    if what == "one":
        (folder / "one.png").write_bytes(pictures[0].read_bytes())
    if what == "file":
        folder = pictures[0]
    status, _, error = export(float_bundle.path, "--int8", "--calibrate", folder, "-o", tmp_path / "out")
    assert status == 1
    assert isinstance(error, ModelError)
    assert str(folder) in str(error) or "two at least" in str(error)
    assert not (tmp_path / "out").exists()


def test_calibrate_needs_int8(tmp_path: Path) -> None:
    status, said, _ = export("resnet18", "--calibrate", tmp_path, "-o", tmp_path / "out")
    assert status == 2
    assert "goes with --int8" in said


@pytest.mark.slow
def test_network_of_a_library_is_exported_in_int8_on_the_way(pictures: list[Path], tmp_path: Path) -> None:
    from tests.torch_networks import calibrated

    torch.save(calibrated("resnet18").state_dict(), tmp_path / "weights.pth")
    arguments = ("resnet18", "--weights", tmp_path / "weights.pth", "--int8", "--calibrate", pictures[0].parent)
    status, said, _ = export(*arguments, "-o", tmp_path / "out")
    assert status == 0, said
    bundle = read_bundle(tmp_path / "out")
    assert (bundle.name, bundle.spec.architecture) == ("resnet18-int8", "torchvision/resnet18")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "weights.pth"]
