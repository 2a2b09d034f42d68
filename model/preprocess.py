"""From an upright photo to the array a network sees: the whole picture, nothing cropped away."""

import math
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.photos import Least, Photo, PhotoFile, Pixels, shrink_to
from model.spec import Interpolation, Preprocessing

RESAMPLING = {
    Interpolation.BILINEAR: Image.Resampling.BILINEAR,
    Interpolation.BICUBIC: Image.Resampling.BICUBIC,
}
DECODED_MARGIN = 2


@dataclass(frozen=True)
class Prepared:
    """One photo as the network is to see it.

    Attributes:
        pixels: the input, (height, width, 3), 8 bits
        photo_size: (width, height) of the upright photo
        scale: of the input, as it was asked for
        preprocess_ms: what making it took, in milliseconds
    """

    pixels: Pixels
    photo_size: tuple[int, int]
    scale: float
    preprocess_ms: float


class _Second:
    """A second thread for the resize of a photo that is alone."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Take a new one: a process that was forked has the old one's name alone."""
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="resize")


_second = _Second()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_second.renew)


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


def enough(preprocessing: Preprocessing, scale: float = 1) -> Least:
    """What suffices of a photo to make its input of; can be sent to another process.

    Twice the input's sides: what is finer is averaged away when the input is made.
    """
    return partial(_decoded_size, preprocessing, scale)


def _decoded_size(preprocessing: Preprocessing, scale: float, width: int, height: int) -> tuple[int, int]:
    wide, high = input_size(preprocessing, width, height, scale)
    return DECODED_MARGIN * wide, DECODED_MARGIN * high


def no_finer(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """A photo's pixels, at most of a size (width, height); what is finer is averaged away when the input is made."""
    return shrink_to(pixels, size) if pixels.shape[1] > size[0] and pixels.shape[0] > size[1] else pixels


def stretch(photo_size: tuple[int, int], input_size: tuple[int, int]) -> float:
    """By how much rounding the sides changed the photo's shape: 0 not at all, 0.1 by a tenth, below 1."""
    ratio = (input_size[0] / input_size[1]) / (photo_size[0] / photo_size[1])
    return 1 - min(ratio, 1 / ratio)


def prepare(
    photo: Photo, preprocessing: Preprocessing, size: tuple[int, int], alone: bool = False
) -> npt.NDArray[np.uint8]:
    """The whole photo at the size the network is to see, (height, width, 3), 8 bits, antialiased.

    Normalisation is the graph's.

    Args:
        photo: upright
        preprocessing: what the network takes
        size: (width, height) of the input
        alone: whether nothing else keeps the cores busy; the resize then has two of them
    """
    return _resized(photo.image, size, RESAMPLING[preprocessing.interpolation], alone)


def prepared_for(
    preprocessing: Preprocessing, photo: Photo | PhotoFile, scale: float = 1, alone: bool = False
) -> Prepared:
    """Bring a photo to the size that a network is to see; what does not need the network.

    Args:
        preprocessing: what the network takes
        photo: a photo, or a file that is then decoded no larger than it helps
        scale: of the input, one of model.spec.SCALES
        alone: whether nothing else keeps the cores busy, so that this photo may have two of them

    Raises:
        OversizedPhoto, BrokenPhoto: the file cannot be used
    """
    started = time.perf_counter()
    if isinstance(photo, PhotoFile):
        photo = photo.read(enough(preprocessing, scale))
    size = input_size(preprocessing, photo.width, photo.height, scale)
    pixels = prepare(photo, preprocessing, size, alone)
    return Prepared(pixels, (photo.width, photo.height), scale, (time.perf_counter() - started) * 1e3)


def _resized(
    image: Image.Image, size: tuple[int, int], resampling: Image.Resampling, alone: bool
) -> npt.NDArray[np.uint8]:
    """Resize the upper and the lower half apart: the same pixels, whether by one thread or by two.

    For a single photo this is, beside the network, the largest part of the time, and Pillow takes one core for it.
    """
    width, height = size
    half = height // 2
    border = image.height * half / height
    upper = partial(image.resize, (width, half), resampling, (0, 0, image.width, border))
    lower = partial(image.resize, (width, height - half), resampling, (0, border, image.width, image.height))
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    pixels[:half], pixels[half:] = map(np.asarray, _both(upper, lower) if alone else (upper(), lower()))
    return pixels


def _both(upper: Callable[[], Image.Image], lower: Callable[[], Image.Image]) -> tuple[Image.Image, Image.Image]:
    """What two functions give: at the same time, if the second thread begins before the first has ended."""
    try:
        waiting = _second.pool.submit(lower)
    except RuntimeError:  # the program is ending, and begins no threads any more
        return upper(), lower()
    first = upper()
    return first, lower() if waiting.cancel() else waiting.result()
