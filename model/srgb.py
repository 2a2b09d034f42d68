"""Pictures of any mode as 8-bit sRGB: 16 bits scaled, embedded profiles applied, transparency laid on white.

They come from model/photos.py, which distrusts them: whatever is raised here is a damaged picture there.
"""

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

BAND_PIXELS = 2**20
NO_USE = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
SRGB_COLOURS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))  # X, Y, Z under D50
COLOURS = {"GRAY": "L", "CMYK": "CMYK", "RGB": "RGB"}

ToSrgb = Callable[[Image.Image], Image.Image]
"""From a picture of any mode without transparency to RGB."""


def is_plain(image: Image.Image) -> bool:
    """Whether a loaded picture is 8-bit RGB without transparency as it is."""
    return image.mode == "RGB" and not _has_transparency(image)


def pixels_of(image: Image.Image, profile: bytes | None = None) -> npt.NDArray[np.uint8]:
    """A loaded picture, any mode, as sRGB on white, band by band.

    Args:
        image: the picture
        profile: the ICC profile that came with it; ignored where it is of no use

    Returns:
        (height, width, 3), as it is stored, not turned
    """
    to_srgb = _by_profile(image, profile) if profile else _as_it_is
    rows = max(1, BAND_PIXELS // image.width)
    if image.height <= rows:
        return np.asarray(_on_white(image, to_srgb))
    pixels = np.empty((image.height, image.width, 3), dtype=np.uint8)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        pixels[top : top + rows] = np.asarray(_on_white(band, to_srgb))
    return pixels


def _on_white(image: Image.Image, to_srgb: ToSrgb) -> Image.Image:
    """Any mode -> RGB: 16 bits scaled, colours converted, transparency laid on white."""
    image = _eight_bits(image)
    if not _has_transparency(image):
        return to_srgb(image)
    rgba = image.convert("RGBA")
    opaque = to_srgb(rgba.convert("RGB")).convert("RGBA")
    opaque.putalpha(rgba.getchannel("A"))
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), opaque).convert("RGB")


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


def _as_it_is(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")


def _by_profile(image: Image.Image, profile: bytes) -> ToSrgb:
    """From an embedded profile to sRGB; as it is where that is sRGB, or none for such a picture."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile[: int.from_bytes(profile[:4])]))
        mode = COLOURS.get(source.profile.xcolor_space.strip())
        if mode is None or mode not in _fitting(image) or _is_srgb(source):
            return _as_it_is
        if mode == "L":
            return _by_curve(source)
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except NO_USE:
        return _as_it_is
    return lambda image: _converted(image.convert(mode), transform)


def _is_srgb(source: ImageCms.ImageCmsProfile) -> bool:
    """Whether a profile says so, and its colours do not say otherwise."""
    if "sRGB" not in ImageCms.getProfileDescription(source):
        return False
    told = [source.profile.red_colorant, source.profile.green_colorant, source.profile.blue_colorant]
    pairs = zip((colour[0] for colour in told if colour), SRGB_COLOURS, strict=False)
    return all(abs(a - b) < 0.01 for colour, usual in pairs for a, b in zip(colour, usual, strict=True))


def _by_curve(source: ImageCms.ImageCmsProfile) -> ToSrgb:
    """For grey: every level by itself, since what the library makes of such a curve is wrong for dark ones."""
    exactly = ImageCms.Flags.NOOPTIMIZE
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "L", "RGB", flags=exactly)
    levels = np.asarray(_converted(Image.fromarray(np.arange(256, dtype=np.uint8)[None]), transform))
    table = levels[0].T.reshape(-1).tolist()
    return lambda image: _as_it_is(image).point(table)


def _fitting(image: Image.Image) -> tuple[str, ...]:
    """The modes in which a profile can tell the colours of a picture."""
    if image.mode == "CMYK":
        return ("CMYK",)
    return ("L", "RGB") if image.mode in ("1", "L", "LA", "I", "I;16", "I;16B") else ("RGB",)


def _converted(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    return _as_it_is(image) if converted is None else converted
