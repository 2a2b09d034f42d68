"""Files of an evaluation's pictures, as the server and the report draw them: small copies, maps, means of clusters."""

import io

import numpy as np

from app.copies import ANY_SIZE
from app.errors import NotFound
from app.evaluation_opened import Opened
from model.errors import PhotoError
from model.evaluation.clusters import RASTER, Cluster
from model.evaluation.records import PictureRecord
from model.geometry import Grid
from model.photos import Pixels, read_photo
from model.png import encode_png
from model.rendering import Mode, Style, colour_map, overlay

STYLE = Style(grey=True)
MEAN_SIDE = 120
MEAN_STYLE = Style(Mode.POSITIVE, opacity=1.0, smooth=False)


def thumbnail_jpeg(opened: Opened, record: PictureRecord) -> bytes:
    """The small copy, a JPEG file.

    Raises:
        NotFound: there is none
    """
    try:
        return opened.folder.thumbnail(record.number).read_bytes()
    except OSError:
        raise _no_copy() from None


def map_npy(opened: Opened, record: PictureRecord) -> bytes:
    """The map of what was said, (rows, columns), float32, in logits.

    Raises:
        NotFound: there is no map
        Damaged: there was one
    """
    values = opened.map_of(record)
    if values is None:
        raise _no_map()
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def overlay_png(opened: Opened, record: PictureRecord) -> bytes:
    """The small copy with the map of what was said, a PNG file.

    Raises:
        NotFound: there is no map, or no small copy
        Damaged: there was a map
    """
    drawn = overlaid(opened, record)
    if drawn is None:
        raise _no_map()
    return encode_png(drawn)


def overlaid(opened: Opened, record: PictureRecord) -> Pixels | None:
    """The small copy with the map of what was said, on the map's own scale, (H, W, 3); None where there is no map.

    Raises:
        NotFound: there is no small copy
        Damaged: there was a map
    """
    values = opened.map_of(record)
    if values is None or record.grid is None:
        return None
    under = small_copy(opened, record)
    return overlay(under, values, Grid(**record.grid.model_dump()), STYLE, (record.width, record.height))


def small_copy(opened: Opened, record: PictureRecord) -> Pixels:
    """The small copy's pixels, (H, W, 3).

    Raises:
        NotFound: it is not there, or damaged
    """
    try:
        return read_photo(thumbnail_jpeg(opened, record), ANY_SIZE).pixels
    except PhotoError:
        raise _no_copy() from None


def mean_map(cluster: Cluster) -> bytes:
    """The mean map over the whole picture, drawn as a square PNG file."""
    values = np.array(cluster.mean, np.float32)
    pitch = MEAN_SIDE / RASTER
    grid = Grid(RASTER, RASTER, pitch, pitch, 0.0, 0.0)
    picture = colour_map(values, grid, MEAN_STYLE, (MEAN_SIDE, MEAN_SIDE), (MEAN_SIDE, MEAN_SIDE))
    return encode_png(picture)


def _no_copy() -> NotFound:
    return NotFound("This picture has no small copy.")


def _no_map() -> NotFound:
    return NotFound("This network has no exact map, so there is none to draw.")
