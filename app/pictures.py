"""What is kept of a photo: an upright copy without metadata, and a small one for lists."""

from app.answers import STORED_SIDE
from app.folders import PHOTO, THUMBNAIL
from model.photos import Photo, encode_jpeg, shrink

THUMBNAIL_SIDE = 320
THUMBNAIL_QUALITY = 80


def pictures(photo: Photo) -> dict[str, bytes]:
    """The files of a photo: PHOTO and THUMBNAIL."""
    copy = shrink(photo.pixels, STORED_SIDE)
    small = shrink(copy, THUMBNAIL_SIDE)
    return {PHOTO: encode_jpeg(copy), THUMBNAIL: encode_jpeg(small, quality=THUMBNAIL_QUALITY)}
