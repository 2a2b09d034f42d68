"""That servers which are timed side by side compute the same map."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from bench.results import Disagreement
from bench.uploads import ask

CAM_AGREES = 0.999
GRADCAM_AGREES = 0.99  # its map has 8 bits, and another library's resizing
Map = npt.NDArray[np.float32]


def check_rivals(ours: str, gradcam: str, torchcam: str, files: Sequence[bytes]) -> list[str]:
    """Ask all three about the same photos: the same best class, and Camscope's map is theirs.

    TorchCAM's is that from 0 to 1; GradCAM's what is positive of it, at the input's size.

    Returns:
        what was found, in sentences

    Raises:
        Disagreement: somebody computes something else
    """
    cams, gradcams = [], []
    for file in files:
        best = ask(ours, file)["predictions"][0]
        ours_map = np.array(best["cam"], np.float32)
        theirs = {"CAM": ask(torchcam, file), "GradCAM": ask(gradcam, file)}
        for name, answer in theirs.items():
            if answer["label"] != best["label"]:
                raise Disagreement(f"{name} sees {answer['label']!r}, Camscope {best['label']!r}")
        cams.append(correlation(ours_map, np.array(theirs["CAM"]["map"], np.float32)))
        decoded = gradcam_map(theirs["GradCAM"])
        gradcams.append(correlation(enlarged(np.maximum(ours_map, 0), decoded.shape), decoded))
    if min(cams) < CAM_AGREES or min(gradcams) < GRADCAM_AGREES:
        raise Disagreement(f"maps differ: correlation with TorchCAM {min(cams):.4f}, with grad-cam {min(gradcams):.4f}")
    return [
        (
            f"The apps' maps are Camscope's: correlation at least {min(cams):.5f} with TorchCAM's, "
            f"{min(gradcams):.4f} with grad-cam's (8 bits), over {len(files)} photos."
        )
    ]


def correlation(one: Map, other: Map) -> float:
    """Pearson's, of two maps of one shape."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def gradcam_map(answer: dict[str, Any]) -> Map:
    """The map of the app with grad-cam, (height, width), 0 to 255."""
    return np.frombuffer(base64.b64decode(answer["map"]), np.uint8).reshape(answer["shape"]).astype(np.float32)


def enlarged(values: Map, shape: tuple[int, ...]) -> Map:
    """A map (h, w) at another shape, (height, width): bilinear between the cells' centres."""
    image = Image.fromarray(values).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(image, np.float32)
