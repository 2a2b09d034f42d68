"""Weights from a file, read without running anything in it, and fitted strictly."""

import hashlib
import pickle
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

from model.errors import WeightsError
from model.manifest import first_line

StateDict = dict[str, Tensor]

PLAIN = (
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool,
)  # fmt: skip
WRAPPERS = ("state_dict", "model_state_dict", "model", "network", "net")
PREFIXES = ("module.", "_orig_mod.", "model.", "network.", "net.")
AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")  # heads that GoogLeNet and Inception have in training alone
OLD_DENSENET = re.compile(r"^(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)$")


def read_state_dict(path: Path) -> StateDict:
    """Read a file of weights: safetensors, or PyTorch's own format with tensors alone in it.

    Args:
        path: .safetensors, or anything `torch.load(weights_only=True)` reads

    Returns:
        tensors by name, without the wrappers and prefixes that training scripts add

    Raises:
        WeightsError: it cannot be read, holds something other than weights, or values that are
            not finite; the message names the file and why
    """
    if not path.is_file():
        raise WeightsError(f"{path}: no such file")
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickle(path)
    state = _plain_names(_unwrapped(content))
    if not state:
        raise WeightsError(f"{path}: holds no state dict, a table of names and tensors")
    _check_plain(state, path)
    check_finite(state, path)
    return state


def _check_plain(state: StateDict, path: Path) -> None:
    """Refuse tensors that are not what they seem: without numbers, of other kinds, or larger than what was saved."""
    for key, tensor in state.items():
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu" and tensor.dtype in PLAIN
        if not plain or tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise WeightsError(f"{path}: {key} is no plain tensor, with all its numbers in the file")


def check_finite(state: Mapping[str, Tensor], where: Path | str) -> None:
    """Refuse weights with a NaN or an infinity among them.

    Raises:
        WeightsError: there is one; the message says in which tensor
    """
    for key, tensor in state.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise WeightsError(f"{where}: {key} holds values that are not finite (NaN or infinity)")


def sha256_of(path: Path) -> str:
    """The sha256 of a file, as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fit(network: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Load weights into a network, strictly: every name, every shape.

    Args:
        network: to be filled
        state: tensors by name
        path: of the file, for the message

    Raises:
        WeightsError: something is missing, too much or of another shape
    """
    wanted = network.state_dict()
    counters = {key: wanted[key] for key in wanted if key.endswith("num_batches_tracked")}  # old files have none
    state = {**counters, **_fitting_names(state, wanted)}
    if missing := wanted.keys() - state.keys():
        raise WeightsError(f"{path}: not the weights of this network, {_some(missing)} missing")
    if unexpected := state.keys() - wanted.keys():
        raise WeightsError(f"{path}: not the weights of this network, it has no {_some(unexpected)}")
    for key, tensor in state.items():
        if tensor.shape != wanted[key].shape:
            found, needed = tuple(tensor.shape), tuple(wanted[key].shape)
            raise WeightsError(f"{path}: {key} has the shape {found}, the network needs {needed}")
    network.load_state_dict(state, strict=True)


def _read_safetensors(path: Path) -> object:
    try:
        return safetensors.torch.load_file(path)
    except Exception as error:  # what is wrong with a foreign file has many names
        raise WeightsError(f"{path}: is no readable safetensors file: {first_line(error)}") from error


def _read_pickle(path: Path) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles that it refuses a moment later
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path}: holds more than weights, and reading it could run code; save the network's state_dict() alone"
        ) from error
    except Exception as error:  # as above
        raise WeightsError(f"{path}: is no readable file of weights: {first_line(error)}") from error


def _unwrapped(content: object) -> StateDict:
    """The table of tensors in what a file held, under one of the names that training scripts use."""
    for _ in range(2):
        if not isinstance(content, Mapping):
            return {}
        inner = next((content[key] for key in WRAPPERS if isinstance(content.get(key), Mapping)), None)
        if inner is None:
            break
        content = inner
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        return {}
    return {str(key): value for key, value in content.items()}


def _plain_names(state: StateDict) -> StateDict:
    for prefix in PREFIXES:
        if state and all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): tensor for key, tensor in state.items()}
    return state


def _fitting_names(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> StateDict:
    """Without heads that training alone has, and in today's names."""
    found = {key: tensor for key, tensor in state.items() if key in wanted or not key.startswith(AUXILIARY)}
    renamed = {OLD_DENSENET.sub(r"\1\2", key): tensor for key, tensor in found.items()}
    return renamed if len(wanted.keys() & renamed.keys()) > len(wanted.keys() & found.keys()) else found


def _some(keys: Iterable[str]) -> str:
    first, *more = sorted(keys)
    return f"'{first}'" + (f" and {len(more)} more" if more else "")
