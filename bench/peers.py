"""pytorch-grad-cam and TorchCAM on the same weights, each used as its own guide shows.

Each has a copy of the network, in evaluation mode, so that nobody pays for another's hooks; the object that
computes maps is made once, outside the timing. What their guides leave to the user is done as cheaply as
it can be: the photo by Pillow, at the network's input size, normalised by torchvision.
"""

import copy
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.image import show_cam_on_image
from torch import Tensor, nn
from torchcam import methods
from torchcam.utils import overlay_mask
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import to_pil_image

from model.spec import Preprocessing
from model.training.default import load_default

Map = npt.NDArray[np.float32]
LAST_MAPS, LAST_LAYER = "bn2", "classifier"  # of timm's tf_efficientnet_lite0


def load_network() -> nn.Module:
    """The embedded network in torch, its weights loaded as Camscope's exporter loads them.

    It is as timm gives a network to anybody: in evaluation mode here, its weights ready for gradients.
    """
    return load_default().network.eval().requires_grad_(True)


def limit_threads(threads: int) -> None:
    """As many threads for torch and OpenCV as for everybody else; to be called before anything is computed."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)


@dataclass(frozen=True)
class Explained:
    """A peer's answer: the photo, its best class, that class's map at the photo's size, 0 to 1."""

    photo: Image.Image
    best: int
    values: Map


@dataclass(frozen=True)
class Peer:
    """One method of one library.

    Attributes:
        explain: the bytes of a photo -> what was made of it
        overlay: that -> a coloured picture, (H, W, 3) uint8, by the library's own function
    """

    explain: Callable[[bytes], Explained]
    overlay: Callable[[Explained], npt.NDArray[np.uint8]]


class Reader:
    """From bytes to the network's input: the photo, and the tensor (1, 3, side, side)."""

    def __init__(self, preprocessing: Preprocessing, side: int) -> None:
        self._side = side
        self._normalise = v2.Compose(
            [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(preprocessing.mean, preprocessing.std)]
        )

    def photo(self, data: bytes) -> tuple[Image.Image, Tensor]:
        """The photo decoded, and the network's input; Camscope's own resampling, so that all see the same."""
        photo = Image.open(io.BytesIO(data)).convert("RGB")
        resized = photo.resize((self._side, self._side), Image.Resampling.BICUBIC)
        tensor: Tensor = self._normalise(resized)[None]
        return photo, tensor


def grad_cam_peers(network: nn.Module, reader: Reader) -> dict[str, Peer]:
    """GradCAM, GradCAM++ and EigenCAM of pytorch-grad-cam, by the names of the table."""
    return {
        f"grad-cam {name}": _grad_cam(method, copy.deepcopy(network), reader)
        for name, method in (("GradCAM", GradCAM), ("GradCAM++", GradCAMPlusPlus), ("EigenCAM", EigenCAM))
    }


def _grad_cam(method: type[BaseCAM], network: nn.Module, reader: Reader) -> Peer:
    """https://github.com/jacobgil/pytorch-grad-cam, "Using from code as a library"."""
    cam = method(model=network, target_layers=[network.get_submodule(LAST_MAPS)])

    def explain(data: bytes) -> Explained:
        photo, tensor = reader.photo(data)
        values = cam(input_tensor=tensor, targets=None)[0]  # None: each picture's best class
        best = int(cam.outputs.argmax())
        return Explained(photo, best, cv2.resize(values, photo.size))

    return Peer(explain, _grad_cam_overlay)


def _grad_cam_overlay(explained: Explained) -> npt.NDArray[np.uint8]:
    pixels = np.asarray(explained.photo, dtype=np.float32) / 255
    drawn: npt.NDArray[np.uint8] = show_cam_on_image(pixels, explained.values, use_rgb=True)
    return drawn


def torchcam_peers(network: nn.Module, reader: Reader) -> dict[str, Peer]:
    """CAM, GradCAM and LayerCAM of TorchCAM, by the names of the table."""
    return {
        f"TorchCAM {name}": _torchcam(name, copy.deepcopy(network), reader) for name in ("CAM", "GradCAM", "LayerCAM")
    }


def torchcam_extractor(name: str, network: nn.Module) -> methods.CAM | methods.GradCAM | methods.LayerCAM:
    """One of TorchCAM's extractors, its hooks registered."""
    last_layer = {"fc_layer": LAST_LAYER} if name == "CAM" else {}
    return getattr(methods, name)(network, target_layer=LAST_MAPS, **last_layer)


def _torchcam(name: str, network: nn.Module, reader: Reader) -> Peer:
    """https://frgfm.github.io/torch-cam, "Quick start"; CAM needs no gradients, as its docstring says."""
    extractor = torchcam_extractor(name, network)

    def explain(data: bytes) -> Explained:
        photo, tensor = reader.photo(data)
        with torch.inference_mode(name == "CAM"):
            scores = network(tensor)
        best = scores.squeeze(0).argmax().item()
        [values] = extractor(best, scores)
        mask = to_pil_image(values.squeeze(0), mode="F")
        return Explained(photo, best, np.asarray(mask.resize(photo.size, Image.Resampling.BICUBIC)))

    return Peer(explain, _torchcam_overlay)


def _torchcam_overlay(explained: Explained) -> npt.NDArray[np.uint8]:
    return np.asarray(overlay_mask(explained.photo, Image.fromarray(explained.values), alpha=0.5))


def all_peers(network: nn.Module, reader: Reader) -> Mapping[str, Peer]:
    """Every method that is measured."""
    return {**grad_cam_peers(network, reader), **torchcam_peers(network, reader)}


def raw_cam(network: nn.Module, reader: Reader, data: bytes) -> tuple[int, Map]:
    """The best class and its map as TorchCAM computes it, neither rectified nor rescaled, (h, w)."""
    extractor = torchcam_extractor("CAM", copy.deepcopy(network))
    with torch.inference_mode():
        scores = extractor.model(reader.photo(data)[1])
    best = int(scores.argmax())
    [values] = extractor(best, scores, normalized=False)
    return best, values.squeeze(0).numpy()
