"""A picture of an evaluation with its map over it, as the server draws it."""

from app.copies import ANY_SIZE
from app.errors import NotFound
from app.evaluation_opened import Opened
from model.evaluation.records import PictureRecord
from model.geometry import Grid
from model.photos import read_photo
from model.png import encode_png
from model.rendering import Style, overlay

STYLE = Style(grey=True)


def overlay_png(opened: Opened, record: PictureRecord) -> bytes:
    """The thumbnail with the map of what was said, a PNG file.

    Raises:
        NotFound: there is no map, or no thumbnail
    """
    values = opened.folder.map_of(record, "said")
    if values is None or record.grid is None:
        raise NotFound("This network has no exact map, so there is none to draw.")
    try:
        under = read_photo(opened.folder.thumbnail(record.number).read_bytes(), ANY_SIZE).pixels
    except OSError:
        raise NotFound("This picture has no small copy.") from None
    grid = Grid(**record.grid.model_dump())
    return encode_png(overlay(under, values, grid, STYLE, (record.width, record.height)))
