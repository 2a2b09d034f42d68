"""Copies of a photo without metadata: one to keep, and a small one for lists."""

from model.container_webp import is_lossless
from model.photos import Photo, PhotoFile, encode_jpeg, fit_within, open_photo, shrink, shrink_to
from model.png import encode_png

STORED_SIDE = 2048
LOSSLESS_PIXELS = 512 * 512  # more cost time and room (docs/decisions/0129)
THUMBNAIL_SIDE = 320
THUMBNAIL_QUALITY = 80
ANY_SIZE = float("inf")


def stored_copy(file: PhotoFile, seen: Photo) -> bytes:
    """An upright picture without metadata, whose long side is at most STORED_SIDE.

    It is a JPEG file, or a PNG file where the upload is small and lossless: then its pixels are the upload's own.

    Args:
        file: the upload
        seen: what was decoded of it for the network; enough for the copy, or it is decoded again

    Raises:
        BrokenPhoto: damaged
    """
    size = fit_within(seen.size, STORED_SIDE)
    enough = seen.pixels.shape[1] >= size[0] and seen.pixels.shape[0] >= size[1]
    whole = seen if enough else file.read(lambda *_: size)
    pixels = shrink_to(whole.pixels, size)
    is_small = size == seen.size and seen.width * seen.height <= LOSSLESS_PIXELS
    return encode_png(pixels) if is_small and _is_lossless(file) else encode_jpeg(pixels)


def _is_lossless(file: PhotoFile) -> bool:
    """Whether an upload is of a kind that keeps pixels as they are."""
    return is_lossless(file.data) if file.format == "WEBP" else file.format != "JPEG"


def small_copy(photo: bytes) -> bytes:
    """A JPEG file of a stored photo whose long side is at most THUMBNAIL_SIDE."""
    pixels = open_photo(photo, ANY_SIZE).read(lambda *size: fit_within(size, THUMBNAIL_SIDE)).pixels
    return encode_jpeg(shrink(pixels, THUMBNAIL_SIDE), quality=THUMBNAIL_QUALITY)
