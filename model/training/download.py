"""Weights from the net: whose address they have, whether it answers, and no waiting for one that does not."""

import importlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import torch

from model.errors import WeightsError
from model.manifest import first_line
from model.training.networks import NetworkName
from model.training.reach import why_unreachable
from model.training.traits import torchvision_entries

ANSWER_SECONDS = 3.0  # from looking up the name to the first byte of an answer
STALL_SECONDS = 30.0  # without a single byte, once a download runs; a slow one may take as long as it likes
SAFETENSORS = "model.safetensors"


def download_url(name: NetworkName) -> str:
    """Where a network's default weights are.

    Raises:
        WeightsError: its library has none
    """
    if name.library == "torchvision":
        return str(torchvision_entries(name).DEFAULT.url)
    repository, filename, url = _timm_source(name)
    if repository:
        return str(importlib.import_module("huggingface_hub").hf_hub_url(repository, filename))
    if url:
        return url
    raise WeightsError(f"{name}: timm has no weights for it; give yours with --weights FILE")


def cached_file(name: NetworkName) -> Path | None:
    """The file of a network's default weights, where it was downloaded before."""
    if name.library == "torchvision":
        file = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(download_url(name)).path).name
        return file if file.is_file() else None
    repository, filename, _ = _timm_source(name)
    if not repository:
        return None
    found = importlib.import_module("huggingface_hub").try_to_load_from_cache(repository, filename)
    return Path(found) if isinstance(found, str) else None


def _timm_source(name: NetworkName) -> tuple[str, str, str]:
    """Repository on the hub, file there, and address elsewhere; empty where there is none."""
    configuration = importlib.import_module("timm").get_pretrained_cfg(name.name)
    repository = getattr(configuration, "hf_hub_id", None) or ""
    filename = getattr(configuration, "hf_hub_filename", None) or SAFETENSORS
    return repository, filename, getattr(configuration, "url", None) or ""


@contextmanager
def downloading(name: NetworkName, url: str) -> Iterator[None]:
    """Around a library's own download: refuse at once where nobody answers, and never hang.

    Raises:
        WeightsError: the address does not answer, or the download breaks off; says what to do
    """
    host = urlsplit(url).hostname
    advice = f"fetch {url} elsewhere and give it with --weights FILE"
    if reason := why_unreachable(url, ANSWER_SECONDS):
        raise WeightsError(
            f"{name}: its weights are not on this machine and {host} cannot be reached ({reason}); {advice}"
        )
    if name.library == "timm":  # plain HTTPS: the hub client's own transfer protocol talks to further hosts
        importlib.import_module("huggingface_hub.constants").HF_HUB_DISABLE_XET = True  # type: ignore[attr-defined]
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)
    try:
        yield
    except Exception as error:  # of urllib, of two download clients, of the file system
        raise WeightsError(
            f"{name}: its weights could not be had from {host}: {first_line(error)}; {advice}"
        ) from error
    finally:
        socket.setdefaulttimeout(before)
