"""Files of one picture of an evaluation: its small copy, its map, and the two together."""

import io

import numpy as np

from app.copies import ANY_SIZE
from app.errors import NotFound
from app.evaluation_opened import Opened
from model.evaluation.records import PictureRecord
from model.geometry import Array, Grid
from model.photos import read_photo
from model.png import encode_png
from model.rendering import Style, overlay

STYLE = Style(grey=True)


def thumbnail_jpeg(opened: Opened, record: PictureRecord) -> bytes:
    """The small copy.

    Raises:
        NotFound: there is none
    """
    try:
        return opened.folder.thumbnail(record.number).read_bytes()
    except OSError:
        raise NotFound("This picture has no small copy.") from None


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
    values, grid = _map_of(opened, record)
    under = read_photo(thumbnail_jpeg(opened, record), ANY_SIZE).pixels
    return encode_png(overlay(under, values, grid, STYLE, (record.width, record.height)))


def _map_of(opened: Opened, record: PictureRecord) -> tuple[Array, Grid]:
    values = opened.map_of(record)
    if values is None or record.grid is None:
        raise NotFound("This network has no exact map, so there is none to draw.")
    return values, Grid(**record.grid.model_dump())
