"""Pictures of any mode as 8-bit sRGB: 16 bits scaled, embedded profiles applied, transparency laid on white.

They come from model/photos.py, which distrusts them: whatever is raised here is a damaged picture there.
"""

import io
import struct

import numpy as np
from PIL import Image, ImageCms

SrgbTransform = tuple[str, ImageCms.ImageCmsTransform]
METADATA_ERRORS = (SyntaxError, ValueError, KeyError, IndexError, TypeError, OSError, EOFError, struct.error)


def is_plain(image: Image.Image) -> bool:
    """Whether a loaded picture is 8-bit sRGB without transparency as it is."""
    return image.mode == "RGB" and not _has_transparency(image) and not image.info.get("icc_profile")


def on_white(image: Image.Image, to_srgb: SrgbTransform | None) -> Image.Image:
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


def srgb_transform(image: Image.Image) -> SrgbTransform | None:
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
        return image if image.mode == "RGB" else image.convert("RGB")
    mode, transform = to_srgb
    converted = ImageCms.applyTransform(image.convert(mode), transform)
    return image.convert("RGB") if converted is None else converted
