"""Files of one picture of an evaluation: its small copy, its map, the two together; and the mean map of a cluster."""

import io

import numpy as np

from app.copies import ANY_SIZE
from app.errors import NotFound
from app.evaluation_opened import Opened
from model.errors import PhotoError
from model.evaluation.clusters import RASTER, Cluster
from model.evaluation.records import PictureRecord
from model.geometry import Array, Grid
from model.photos import Pixels, read_photo
from model.png import encode_png
from model.rendering import Mode, Style, colour_map, overlay

STYLE = Style(grey=True)
MEAN_SIDE = 120
MEAN_STYLE = Style(Mode.POSITIVE, opacity=1.0, smooth=False)


def thumbnail_jpeg(opened: Opened, record: PictureRecord) -> bytes:
    """The small copy.

    Raises:
        NotFound: there is none
    """
    try:
        return opened.folder.thumbnail(record.number).read_bytes()
    except OSError:
        raise NotFound("This picture has no small copy.") from None


def small_copy(opened: Opened, record: PictureRecord) -> Pixels:
    """Its pixels, (H, W, 3).

    Raises:
        NotFound: there is none, or it is damaged
    """
    try:
        return read_photo(thumbnail_jpeg(opened, record), ANY_SIZE).pixels
    except PhotoError:
        raise NotFound("This picture's small copy is damaged.") from None


def map_npy(opened: Opened, record: PictureRecord) -> bytes:
    """The map of what was said, (rows, columns), float32, in logits.

    Raises:
        NotFound: there is no map
        Damaged: there was one
    """
    stream = io.BytesIO()
    np.save(stream, _map_of(opened, record)[0])
    return stream.getvalue()


def overlay_png(opened: Opened, record: PictureRecord) -> bytes:
    """The small copy with the map of what was said.

    Raises:
        NotFound: there is no map, or no small copy
        Damaged: there was a map
    """
    return encode_png(overlaid(opened, record))


def overlaid(opened: Opened, record: PictureRecord) -> Pixels:
    """The same as pixels, (H, W, 3); the map on its own scale.

    Raises:
        NotFound: there is no map, or no small copy
        Damaged: there was a map
    """
    values, grid = _map_of(opened, record)
    return overlay(small_copy(opened, record), values, grid, STYLE, (record.width, record.height))


def mean_map(cluster: Cluster) -> bytes:
    """The mean map over the whole picture, drawn as a square PNG file."""
    values = np.array(cluster.mean, np.float32)
    pitch = MEAN_SIDE / RASTER
    grid = Grid(RASTER, RASTER, pitch, pitch, 0.0, 0.0)
    picture = colour_map(values, grid, MEAN_STYLE, (MEAN_SIDE, MEAN_SIDE), (MEAN_SIDE, MEAN_SIDE))
    return encode_png(picture)


def _map_of(opened: Opened, record: PictureRecord) -> tuple[Array, Grid]:
    values = opened.map_of(record)
    if values is None or record.grid is None:
        raise NotFound("This network has no exact map, so there is none to draw.")
    return values, Grid(**record.grid.model_dump())
