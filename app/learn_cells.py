"""What a photo's cells say, for the rooms and the API: the maps that a head weighs, its rows, the photo in pieces."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from app.errors import Unusable
from model.bundle import Bundle
from model.cam import Array, ClassMaps
from model.classifier import Explanation
from model.photos import Pixels
from model.preprocess import Prepared
from model.shuffling import shuffle_pieces

NO_PLACE = "This network flattens its maps: no cell of them has a part in the score that can be told. Take another one."


def maps_of(answer: Explanation) -> ClassMaps:
    """An answer's maps, with what they are made of.

    Raises:
        Unusable: the network keeps no location
    """
    if answer.maps is None:
        raise Unusable(NO_PLACE)
    return answer.maps


def rows_of(bundle: Bundle, classes: Sequence[int]) -> Array:
    """Rows of a network's head, (N, C): what it weighs its maps with for each class.

    Raises:
        Unusable: the network keeps no location, or has no such class
    """
    if not bundle.spec.exact:
        raise Unusable(NO_PLACE)
    count = len(bundle.spec.labels)
    if any(not 0 <= index < count for index in classes):
        raise Unusable(f"'class' takes 0 to {count - 1}.")
    weight = bundle.class_weight
    return np.eye(count, dtype=np.float32)[list(classes)] if weight is None else weight[list(classes)]


def in_pieces(seen: Prepared, shape: tuple[int, int], order: Sequence[int]) -> Prepared:
    """What the network saw, cut into as many pieces as a map has cells, in another order."""
    rows, columns = shape
    height, width = seen.pixels.shape[:2]
    pixels = shuffle_pieces(divisible(seen.pixels, rows, columns, height // rows, width // columns), *shape, order)
    if pixels.shape != seen.pixels.shape:
        pixels = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))
    return replace(seen, pixels=pixels, preprocess_ms=0.0)


def divisible(pixels: Pixels, rows: int, columns: int, high: int, wide: int) -> Pixels:
    """A photo as so many pieces of high x wide pixels; the very pixels where they fit."""
    size = columns * wide, rows * high
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
