"""From an upright photo to the array a network sees: the whole picture, nothing cropped away."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.photos import Photo
from model.spec import Interpolation, Preprocessing

RESAMPLING = {
    Interpolation.BILINEAR: Image.Resampling.BILINEAR,
    Interpolation.BICUBIC: Image.Resampling.BICUBIC,
}


def input_size(preprocessing: Preprocessing, width: int, height: int, scale: float = 1) -> tuple[int, int]:
    """The input that a photo gets: its own shape, sides rounded to what the network takes.

    The area is about (base_side x scale) squared; then each side is rounded to the nearest
    multiple and kept between min_side and max_side x scale.

    Args:
        preprocessing: what the network takes
        width: of the photo, in pixels
        height: of the photo, in pixels
        scale: more than 1 for a larger input and a finer grid

    Returns:
        (width, height), in input pixels
    """
    if preprocessing.fixed_size:
        return preprocessing.fixed_size
    side = preprocessing.base_side * scale
    shape = math.sqrt(width / height)
    return _rounded(side * shape, preprocessing, scale), _rounded(side / shape, preprocessing, scale)


def _rounded(length: float, preprocessing: Preprocessing, scale: float) -> int:
    multiple = preprocessing.multiple
    lowest = math.ceil(preprocessing.min_side / multiple)
    highest = max(lowest, int(preprocessing.max_side * scale) // multiple)
    return min(max(math.floor(length / multiple + 0.5), lowest), highest) * multiple


def stretch(photo_size: tuple[int, int], input_size: tuple[int, int]) -> float:
    """By how much rounding the sides changed the photo's shape: 0 not at all, 0.1 by a tenth, below 1."""
    ratio = (input_size[0] / input_size[1]) / (photo_size[0] / photo_size[1])
    return 1 - min(ratio, 1 / ratio)


def prepare(photo: Photo, preprocessing: Preprocessing, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The whole photo at the size the network is to see, (height, width, 3), 8 bits, antialiased.

    Normalisation is the graph's.
    """
    image = Image.fromarray(photo.pixels)
    return np.asarray(image.resize(size, RESAMPLING[preprocessing.interpolation]))
