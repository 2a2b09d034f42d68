"""From bytes to an upright 8-bit sRGB photo, or a refusal: the one place where bytes are distrusted.

Serving, training and evaluation all decode here.
"""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.bmp import CORE_BYTES, MAX_HEADER_BYTES, read_bitmap
from model.container_gif import read_gif
from model.container_jpeg import read_jpeg
from model.container_png import mend_clear_colour, read_png
from model.container_webp import decode_webp, read_webp
from model.contents import Contents, Size, damaged
from model.errors import OversizedPhoto, PhotoError, UnsupportedPhoto
from model.exif import SIDEWAYS, TURNS, orientation
from model.missing_rows import may_lack_rows
from model.srgb import is_plain, pixels_of

Pixels = npt.NDArray[np.uint8]
Least = Callable[[int, int], Size]
"""From an upright photo's (width, height) to the one it suffices to decode."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
ACCEPTED = "JPEG, PNG, WebP, GIF or BMP"
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".gif", ".bmp"})
SNIFFED_BYTES = 32
MAX_SIDE = 65_535
CONTAINERS: dict[str, Callable[[bytes], Contents]] = {
    "JPEG": read_jpeg,
    "PNG": read_png,
    "GIF": read_gif,
    "WEBP": read_webp,
}

# read_photo counts the pixels itself, from the header, against the caller's own limit.
Image.MAX_IMAGE_PIXELS = None
# Pillow warns of odd metadata, which is the sender's affair and not worth a line in the log.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class Photo:
    """An upright photo, whole or decoded smaller; never changes.

    Attributes:
        format: what the bytes were: JPEG, PNG, WEBP, GIF or BMP
        size: (width, height) of the whole photo, in pixels
    """

    def __init__(self, picture: Pixels | Image.Image, format: str, size: Size | None = None) -> None:  # noqa: A002
        """Take pixels.

        Args:
            picture: upright, 8-bit sRGB: (rows, columns, 3), or a picture of mode RGB, which becomes the photo's own
            format: what the bytes were
            size: (width, height) of the whole photo; default the picture's
        """
        self._picture = picture
        self.format = format
        if size is None:
            size = picture.size if isinstance(picture, Image.Image) else (picture.shape[1], picture.shape[0])
        self.size = size

    @property
    def pixels(self) -> Pixels:
        """(rows, columns, 3), 8-bit sRGB, transparency laid on white, read-only."""
        if isinstance(self._picture, Image.Image):
            self._picture = pixels_of(self._picture)
            self._picture.flags.writeable = False
        return self._picture

    @property
    def image(self) -> Image.Image:
        """The same for Pillow; not to be written to."""
        picture = self._picture
        return picture if isinstance(picture, Image.Image) else Image.fromarray(picture)

    @property
    def width(self) -> int:
        """Of the whole photo, in pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Of the whole photo, in pixels."""
        return self.size[1]


@dataclass(frozen=True)
class PhotoFile:
    """A picture's bytes, of an accepted kind; nothing of it is decoded yet.

    Attributes:
        data: the whole file
        format: JPEG, PNG, WEBP, GIF or BMP
        max_megapixels: more than this many million pixels are refused
    """

    data: bytes
    format: str
    max_megapixels: float

    def read(self, least: Least | None = None) -> Photo:
        """Decode the picture once: first frame, upright, sRGB, 8 bits, transparency on white.

        Args:
            least: what suffices; a JPEG is then decoded at 1/1, 1/2, 1/4 or 1/8 of its sides, the smallest
                that does. Default: whole

        Raises:
            OversizedPhoto: too many pixels
            BrokenPhoto: damaged
        """
        try:
            return _decode(self, least)
        except PhotoError:
            raise
        except Exception as error:
            # Pillow's decoders raise whatever they stumble over; to the sender all of it is one thing.
            raise damaged(self.format) from error


def sniff(data: bytes) -> str | None:
    """The accepted format that the first bytes announce, though they may be damaged; none for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG") or data[12:16] == b"IHDR":
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(b"BM") and CORE_BYTES <= int.from_bytes(data[14:18], "little") <= MAX_HEADER_BYTES:
        return "BMP"
    return None


def is_picture_file(file: Path) -> bool:
    """Whether a file of a folder is meant as a picture: it is named like one, or begins like one."""
    if file.suffix.lower() in SUFFIXES:
        return True
    try:
        with file.open("rb") as stream:
            return sniff(stream.read(SNIFFED_BYTES)) is not None
    except OSError:
        return False


def open_photo(data: bytes, max_megapixels: float = 50.0) -> PhotoFile:
    """Take a file for a picture, by its content, never by its name.

    Args:
        data: the whole file
        max_megapixels: more than this many million pixels are refused when it is read

    Raises:
        UnsupportedPhoto: not an accepted kind of picture
    """
    if not data:
        raise UnsupportedPhoto("The file is empty.")
    kind = sniff(data)
    if kind is None:
        raise UnsupportedPhoto(f"This is not a picture of an accepted kind ({ACCEPTED}).")
    return PhotoFile(data, kind, max_megapixels)


def read_photo(data: bytes, max_megapixels: float = 50.0) -> Photo:
    """Decode a whole picture once: first frame, upright, sRGB, 8 bits, transparency on white.

    The kind is told by content, never by name. Pixels are counted from the header before
    anything is decoded. An embedded ICC profile other than sRGB is converted to sRGB; a profile
    or EXIF block that cannot be read is ignored, as viewers do.

    Args:
        data: the whole file
        max_megapixels: more than this many million pixels are refused

    Raises:
        UnsupportedPhoto: not an accepted kind of picture
        OversizedPhoto: too many pixels
        BrokenPhoto: damaged
    """
    return open_photo(data, max_megapixels).read()


def _decode(file: PhotoFile, least: Least | None) -> Photo:
    """The picture, of which beside Pillow's own copy, of 4 bytes a pixel, there are 3 for the result and one band."""
    if file.format == "BMP":
        return _decode_bitmap(file, least)
    contents = CONTAINERS[file.format](file.data)
    _check_size(contents.size, file.max_megapixels)
    try:
        return _decode_contents(file.format, contents, least)
    except OSError:
        if contents.ended is None or contents.is_whole is None:
            raise
    if not contents.is_whole():  # asked where nothing decoded is held any more
        raise damaged(file.format)
    return _decode_contents(file.format, replace(contents, data=contents.ended(), is_whole=None), least)


def _decode_contents(kind: str, contents: Contents, least: Least | None) -> Photo:
    with Image.open(io.BytesIO(contents.data), formats=(kind,)) as opened:
        if contents.place is None and opened.size != contents.size:
            raise damaged(kind)  # its pixels were counted by other numbers
        if kind == "WEBP":
            turn, profile = orientation(opened.info.get("exif", b"")), opened.info.get("icc_profile")
            return _upright(decode_webp(opened), "WEBP", replace(contents, orientation=turn, profile=profile))
        mend_clear_colour(opened)
        if least is not None and contents.shrinks:
            sideways = contents.orientation in SIDEWAYS
            opened.draft(None, _swapped(least(*_swapped(opened.size, sideways)), sideways))
        opened.load()
        if contents.is_whole is not None and may_lack_rows(opened, kind):
            if contents.ended is not None:
                raise OSError("its data may end early")
            if not contents.is_whole():
                raise damaged(kind)
        return _upright(opened, kind, contents)


def _decode_bitmap(file: PhotoFile, least: Least | None) -> Photo:
    """A BMP picture; what its pixels are may be a whole JPEG or PNG file."""
    bitmap = read_bitmap(file.data)
    if bitmap.embedded is not None:
        inside = PhotoFile(bitmap.embedded, sniff(bitmap.embedded) or "", file.max_megapixels)
        if inside.format not in ("JPEG", "PNG"):
            raise damaged("BMP")
        photo = inside.read(least)
        return Photo(photo.pixels, "BMP", photo.size)
    _check_size(bitmap.size, file.max_megapixels)
    return _upright(bitmap.read(), "BMP", Contents(b"", bitmap.size, profile=bitmap.profile))


def _upright(image: Image.Image, kind: str, contents: Contents) -> Photo:
    """A decoded picture as it is to be seen."""
    whole, turn = contents.size, contents.orientation
    if turn == 1 and not (contents.profile or contents.place) and is_plain(image):
        return Photo(image, kind, whole)
    pixels = pixels_of(image, contents.profile)
    if contents.place is not None:
        left, top = contents.place
        canvas = np.full((whole[1], whole[0], 3), 255, dtype=np.uint8)
        canvas[top : top + image.height, left : left + image.width] = pixels
        pixels = canvas
    pixels = np.ascontiguousarray(TURNS[turn](pixels))
    pixels.flags.writeable = False
    return Photo(pixels, kind, _swapped(whole, turn in SIDEWAYS))


def _swapped(size: Size, swap: bool) -> Size:
    return (size[1], size[0]) if swap else size


def _check_size(size: tuple[int, int], max_megapixels: float) -> None:
    if max(size) > MAX_SIDE:  # to resize such takes memory for every pixel of a side, times the smaller one's
        raise OversizedPhoto(f"This picture is {size[0]:,} x {size[1]:,}; at most {MAX_SIDE:,} a side are accepted.")
    megapixels = size[0] * size[1] / 1e6
    if megapixels > max_megapixels:
        raise OversizedPhoto(
            f"This picture has {megapixels:,.1f} megapixels ({size[0]:,} x {size[1]:,}); "
            f"at most {max_megapixels:g} are accepted. Make it smaller and try again."
        )


def fit_within(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """(width, height) shrunk, never enlarged, so that the long side is at most max_side; at least 1 x 1."""
    shrink = min(1.0, max_side / max(size))
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))


def shrink(pixels: Pixels, max_side: int) -> Pixels:
    """A copy of (H, W, 3) whose long side is at most max_side pixels."""
    return shrink_to(pixels, fit_within((pixels.shape[1], pixels.shape[0]), max_side))


def shrink_to(pixels: Pixels, size: Size) -> Pixels:
    """(H, W, 3) as (width, height): a copy, unless it has that size already."""
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    image = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(image)


def encode_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """(H, W, 3) -> a JPEG file without any metadata."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0 if quality >= 90 else 2)
    return file.getvalue()
