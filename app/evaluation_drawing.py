"""Maps of an evaluation as the server and the report draw them: over a picture, and the mean of a cluster."""

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


def overlay_png(opened: Opened, record: PictureRecord) -> bytes:
    """The thumbnail with the map of what was said, a PNG file.

    Raises:
        NotFound: there is no map, or no thumbnail
    """
    drawn = overlaid(opened, record)
    if drawn is None:
        raise NotFound("This network has no exact map, so there is none to draw.")
    return encode_png(drawn)


def overlaid(opened: Opened, record: PictureRecord) -> Pixels | None:
    """The thumbnail with the map of what was said, on the map's own scale, (H, W, 3); None where there is no map.

    Raises:
        NotFound: there is no thumbnail
    """
    values = opened.folder.map_of(record, "said")
    if values is None or record.grid is None:
        return None
    under = small_copy(opened, record)
    return overlay(under, values, Grid(**record.grid.model_dump()), STYLE, (record.width, record.height))


def small_copy(opened: Opened, record: PictureRecord) -> Pixels:
    """The thumbnail's pixels, (H, W, 3).

    Raises:
        NotFound: it is not there, or damaged
    """
    try:
        return read_photo(opened.folder.thumbnail(record.number).read_bytes(), ANY_SIZE).pixels
    except (OSError, PhotoError):
        raise NotFound("This picture has no small copy.") from None


def mean_map(cluster: Cluster) -> bytes:
    """The mean map over the whole picture, drawn as a square PNG file."""
    values = np.array(cluster.mean, np.float32)
    pitch = MEAN_SIDE / RASTER
    grid = Grid(RASTER, RASTER, pitch, pitch, 0.0, 0.0)
    picture = colour_map(values, grid, MEAN_STYLE, (MEAN_SIDE, MEAN_SIDE), (MEAN_SIDE, MEAN_SIDE))
    return encode_png(picture)
