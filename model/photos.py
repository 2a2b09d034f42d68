"""From bytes to an upright 8-bit sRGB photo, or a refusal: the one place where bytes are distrusted.

Serving, training and evaluation all decode here.
"""

import io
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngImageFile

from model.errors import BrokenPhoto, OversizedPhoto, UnsupportedPhoto

Pixels = npt.NDArray[np.uint8]
SrgbTransform = tuple[str, ImageCms.ImageCmsTransform]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
ACCEPTED = "JPEG, PNG, WebP, GIF or BMP"
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".gif", ".bmp"})
SNIFFED_BYTES = 32
BMP_HEADER_SIZES = (12, 16, 40, 52, 56, 64, 108, 124)
EXIF_ORIENTATION = 0x0112
BAND_PIXELS = 2**20
TURNS: dict[int, Callable[[Pixels], Pixels]] = {  # what makes pixels of an EXIF orientation upright
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels[::-1].swapaxes(0, 1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
}
GREY_STEPS = {"L;2": 85, "L;4": 17}
METADATA_ERRORS = (SyntaxError, ValueError, KeyError, IndexError, TypeError, OSError, EOFError, struct.error)

# read_photo counts the pixels itself, from the header, against the caller's own limit.
Image.MAX_IMAGE_PIXELS = None
# Pillow warns of odd metadata, which is the sender's affair and not worth a line in the log.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@dataclass(frozen=True)
class Photo:
    """An upright photo.

    Attributes:
        pixels: (height, width, 3), 8-bit sRGB, transparency laid on white, read-only
        format: what the bytes were: JPEG, PNG, WEBP, GIF or BMP
    """

    pixels: Pixels
    format: str

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])


def sniff(data: bytes) -> str | None:
    """The accepted format that the first bytes announce, none for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in BMP_HEADER_SIZES:
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


def read_photo(data: bytes, max_megapixels: float = 50.0) -> Photo:
    """Decode a picture once: first frame, upright, sRGB, 8 bits, transparency on white.

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
    if not data:
        raise UnsupportedPhoto("The file is empty.")
    kind = sniff(data)
    if kind is None:
        raise UnsupportedPhoto(f"This is not a picture of an accepted kind ({ACCEPTED}).")
    try:
        pixels, orientation = _decode(data, kind, max_megapixels)
    except OversizedPhoto:
        raise
    except Exception as error:
        # Pillow's decoders raise whatever they stumble over; to the sender all of it is one thing.
        raise BrokenPhoto(f"This {kind} picture is damaged and cannot be read.") from error
    pixels = np.ascontiguousarray(TURNS[orientation](pixels))
    pixels.flags.writeable = False
    return Photo(pixels, kind)


def _decode(data: bytes, kind: str, max_megapixels: float) -> tuple[Pixels, int]:
    """Pixels (height, width, 3) as they are stored, and the EXIF orientation that makes them upright.

    Beside Pillow's own copy, of 4 bytes a pixel, there are 3 for the result and one band of rows.
    """
    with Image.open(io.BytesIO(data), formats=(kind,)) as image:
        _check_size(image.size, max_megapixels)
        _mend_clear_colour(image)
        image.load()
        _check_size(image.size, max_megapixels)
        to_srgb = _srgb_transform(image)
        pixels = np.empty((image.height, image.width, 3), dtype=np.uint8)
        rows = max(1, BAND_PIXELS // image.width)
        for top in range(0, image.height, rows):
            band = image.crop((0, top, image.width, min(top + rows, image.height)))
            pixels[top : top + rows] = np.asarray(_on_white(band, to_srgb))
        return pixels, _orientation(image)


def _check_size(size: tuple[int, int], max_megapixels: float) -> None:
    megapixels = size[0] * size[1] / 1e6
    if megapixels > max_megapixels:
        raise OversizedPhoto(
            f"This picture has {megapixels:,.1f} megapixels ({size[0]:,} x {size[1]:,}); "
            f"at most {max_megapixels:g} are accepted. Make it smaller and try again."
        )


def _mend_clear_colour(image: Image.Image) -> None:
    """Bring a PNG's transparent colour to 8 bits: Pillow does so with the pixels, but not with it.

    Call it before the pixels are loaded, while the file's own depth is known.
    """
    clear = image.info.get("transparency")
    depth = image.tile[0].args if isinstance(image, PngImageFile) and image.tile else None
    if depth == "RGB;16B" and isinstance(clear, tuple):
        image.info["transparency"] = tuple(level >> 8 for level in clear)
    elif depth in GREY_STEPS and isinstance(clear, int):
        image.info["transparency"] = min(clear * GREY_STEPS[depth], 255)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none that can be read."""
    try:
        orientation = image.getexif().get(EXIF_ORIENTATION, 1)
    except METADATA_ERRORS:
        return 1
    return orientation if orientation in TURNS else 1


def _on_white(image: Image.Image, to_srgb: SrgbTransform | None) -> Image.Image:
    """Any mode -> RGB: 16 bits scaled, profile applied, transparency laid on white."""
    image = _eight_bits(image)
    if not _has_transparency(image):
        return _to_srgb(image, to_srgb)
    rgba = image.convert("RGBA")
    colours = _to_srgb(rgba.convert("RGB"), to_srgb).convert("RGBA")
    colours.putalpha(rgba.getchannel("A"))
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), colours).convert("RGB")


def _has_transparency(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey, which convert() would clip at 255, to its upper eight bits."""
    if not image.mode.startswith("I"):
        return image
    levels = np.asarray(image)
    if levels.dtype != np.uint16:
        levels = np.clip(levels, 0, 0xFFFF).astype(np.uint16)
    grey = Image.fromarray((levels >> 8).astype(np.uint8))
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        grey.putalpha(Image.fromarray(np.where(levels == clear, 0, 255).astype(np.uint8)))
    return grey


def _srgb_transform(image: Image.Image) -> SrgbTransform | None:
    """From an embedded profile to sRGB; none where there is no profile, or one that is sRGB or of no use."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return None
        mode = {"GRAY": "L", "CMYK": "CMYK"}.get(source.profile.xcolor_space.strip(), "RGB")
        if "CMYK" in (mode, image.mode) and mode != image.mode:
            return None
        return mode, ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, *METADATA_ERRORS):
        return None


def _to_srgb(image: Image.Image, to_srgb: SrgbTransform | None) -> Image.Image:
    """A picture without transparency in sRGB; without a profile it is taken to be that."""
    if to_srgb is None:
        return image.convert("RGB")
    mode, transform = to_srgb
    converted = ImageCms.applyTransform(image.convert(mode), transform)
    return image.convert("RGB") if converted is None else converted


def fit_within(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """(width, height) shrunk, never enlarged, so that the long side is at most max_side; at least 1 x 1."""
    shrink = min(1.0, max_side / max(size))
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))


def shrink(pixels: Pixels, max_side: int) -> Pixels:
    """A copy of (H, W, 3) whose long side is at most max_side pixels."""
    size = fit_within((pixels.shape[1], pixels.shape[0]), max_side)
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    image = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(image)


def encode_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """(H, W, 3) -> a JPEG file without any metadata."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0 if quality >= 90 else 2)
    return file.getvalue()


def encode_png(pixels: Pixels, level: int = 4) -> bytes:
    """(H, W, 3 or 4) -> a PNG file without any metadata; level is zlib's, 0 to 9."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=level)
    return file.getvalue()
