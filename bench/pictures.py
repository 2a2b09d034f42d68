"""The photos that are measured with: real ones, cropped and scaled to a size, as JPEG files of a stated quality."""

import io
import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "static" / "examples"
SMALL = (500, 375)
LARGE = (4000, 3000)
QUALITY = 90
SUBSAMPLING = 2  # 4:2:0, what cameras write
SEED = 0


def sources(folder: Path | None) -> list[Path]:
    """JPEG files of a folder, at any depth; without one, the examples that come with Camscope."""
    found = sorted((folder or EXAMPLES).rglob("*.jpg"))
    if not found:
        raise SystemExit(f"{folder}: holds no .jpg file")
    return found


def jpegs(folder: Path | None, count: int, size: tuple[int, int] = SMALL) -> list[bytes]:
    """Different JPEG files of one size, the same ones every time: parts of real photos, in their shape.

    Args:
        folder: of the photos
        count: how many
        size: (width, height)
    """
    files = sources(folder)
    draw = random.Random(SEED)
    return [encode(part(files[place % len(files)], size, draw)) for place in range(count)]


def part(file: Path, size: tuple[int, int], draw: random.Random) -> Image.Image:
    """Most of a photo: a random part of the wanted shape, at the wanted size."""
    with Image.open(file) as opened:
        photo = opened.convert("RGB")
    shape = size[0] / size[1]
    width = min(photo.width, photo.height * shape) * draw.uniform(0.8, 1)
    height = width / shape
    left, top = draw.uniform(0, photo.width - width), draw.uniform(0, photo.height - height)
    return photo.resize(size, Image.Resampling.LANCZOS, box=(left, top, left + width, top + height))


def large_jpeg(folder: Path | None, size: tuple[int, int] = LARGE) -> bytes:
    """A photo of many megapixels, with detail down to the pixel: many photos side by side, each at its own size.

    One photo enlarged so far would be smooth, and decoded faster than what a camera gives.
    """
    across, down = -(-size[0] // SMALL[0]), -(-size[1] // SMALL[1])
    whole = Image.new("RGB", size)
    for place, file in enumerate(jpegs(folder, across * down)):
        with Image.open(io.BytesIO(file)) as tile:
            whole.paste(tile, (place % across * SMALL[0], place // across * SMALL[1]))
    return encode(whole)


def encode(image: Image.Image) -> bytes:
    """An image as the bytes of a JPEG file."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, subsampling=SUBSAMPLING)
    return file.getvalue()


def described(files: Sequence[bytes]) -> str:
    """What files were measured with, in words."""
    with Image.open(io.BytesIO(files[0])) as image:
        width, height = image.size
    kilobytes = sum(map(len, files)) / len(files) / 1e3
    return f"{len(files)} JPEG file(s) {width} x {height}, quality {QUALITY}, 4:2:0, {kilobytes:.0f} kB on average"
