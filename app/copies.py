"""Copies of a photo without metadata: one to keep, and a small one for lists."""

from model.photos import Photo, PhotoFile, encode_jpeg, fit_within, open_photo, shrink, shrink_to

STORED_SIDE = 2048
THUMBNAIL_SIDE = 320
THUMBNAIL_QUALITY = 80
ANY_SIZE = float("inf")


def stored_copy(file: PhotoFile, seen: Photo) -> bytes:
    """A JPEG file, upright, whose long side is at most STORED_SIDE.

    Args:
        file: the upload
        seen: what was decoded of it for the network; enough for the copy, or it is decoded again

    Raises:
        BrokenPhoto: damaged
    """
    size = fit_within(seen.size, STORED_SIDE)
    enough = seen.pixels.shape[1] >= size[0] and seen.pixels.shape[0] >= size[1]
    whole = seen if enough else file.read(lambda *_: size)
    return encode_jpeg(shrink_to(whole.pixels, size))


def small_copy(photo: bytes) -> bytes:
    """A JPEG file of a stored photo whose long side is at most THUMBNAIL_SIDE."""
    pixels = open_photo(photo, ANY_SIZE).read(lambda *size: fit_within(size, THUMBNAIL_SIDE)).pixels
    return encode_jpeg(shrink(pixels, THUMBNAIL_SIDE), quality=THUMBNAIL_QUALITY)
