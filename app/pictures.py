"""What is kept of a photo: an upright copy without metadata, and, once somebody looks at it, a small one for lists."""

import logging
from pathlib import Path

from app.answers import STORED_SIDE
from app.errors import NotFound
from app.folders import PHOTO, THUMBNAIL
from app.store import Store
from model.photos import Photo, PhotoFile, encode_jpeg, fit_within, open_photo, shrink, shrink_to

THUMBNAIL_SIDE = 320
THUMBNAIL_QUALITY = 80
ANY_SIZE = float("inf")

log = logging.getLogger("camscope.pictures")


def pictures(file: PhotoFile, seen: Photo) -> dict[str, bytes]:
    """The files of a photo: PHOTO alone.

    Args:
        file: the upload
        seen: what was decoded of it for the network; enough for the copy, or it is decoded again

    Raises:
        BrokenPhoto: damaged
    """
    size = fit_within(seen.size, STORED_SIDE)
    enough = seen.pixels.shape[1] >= size[0] and seen.pixels.shape[0] >= size[1]
    whole = seen if enough else file.read(lambda *_: size)
    return {PHOTO: encode_jpeg(shrink_to(whole.pixels, size))}


def thumbnail(store: Store, explanation_id: str) -> Path:
    """The small copy of a known explanation's photo, made if this is the first time; the photo if that fails.

    Raises:
        NotFound: the explanation was deleted meanwhile
    """
    try:
        return store.file(explanation_id, THUMBNAIL)
    except NotFound:
        photo = store.file(explanation_id, PHOTO)
    try:
        store.add_file(explanation_id, THUMBNAIL, small_copy(photo.read_bytes()))
    except FileNotFoundError:
        raise NotFound("This explanation has just been deleted.") from None
    except OSError as error:
        log.warning("a thumbnail is not kept: %s", error)
        return photo
    return store.file(explanation_id, THUMBNAIL)


def small_copy(photo: bytes) -> bytes:
    """A JPEG file of a stored photo whose long side is at most THUMBNAIL_SIDE."""
    pixels = open_photo(photo, ANY_SIZE).read(lambda *size: fit_within(size, THUMBNAIL_SIDE)).pixels
    return encode_jpeg(shrink(pixels, THUMBNAIL_SIDE), quality=THUMBNAIL_QUALITY)
