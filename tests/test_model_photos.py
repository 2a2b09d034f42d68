"""Bytes in, upright sRGB pixels out, or a refusal that says why."""

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from model.container_webp import decode_webp
from model.errors import BrokenPhoto, OversizedPhoto, UnsupportedPhoto
from model.exif import ORIENTATION
from model.photos import encode_jpeg, fit_within, read_photo, shrink
from model.png import encode_png

CHELSEA = data.chelsea()
SMALL = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def encoded(image: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG by hand, for what Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_lossless_kinds_come_out_as_they_went_in(kind: str) -> None:
    photo = read_photo(encoded(SMALL, kind, **({"lossless": True} if kind == "WEBP" else {})))
    np.testing.assert_array_equal(photo.pixels, SMALL)
    assert (photo.format, photo.width, photo.height) == (kind, 7, 5)


def test_a_jpeg_comes_out_as_pillow_decodes_it() -> None:
    file = encoded(CHELSEA, "JPEG", quality=95)
    photo = read_photo(file)
    np.testing.assert_array_equal(photo.pixels, np.asarray(Image.open(io.BytesIO(file))))
    assert photo.format == "JPEG"


def test_the_pixels_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        read_photo(encoded(SMALL, "PNG")).pixels[0, 0] = 0


def test_a_phones_multi_picture_jpeg_gives_its_first_picture() -> None:
    first, second = Image.fromarray(CHELSEA), Image.new("RGB", (20, 20), "blue")
    file = encoded(first, "MPO", save_all=True, append_images=[second])
    photo = read_photo(file)
    assert (photo.width, photo.height, photo.format) == (451, 300, "JPEG")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
    photo = read_photo(encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True))
    assert photo.pixels.shape == (6, 8, 3)
    assert (photo.pixels == (255, 0, 0)).all()


TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    0: lambda a: a, 1: lambda a: a, 9: lambda a: a,
    2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: np.rot90,
}  # fmt: skip


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_every_exif_orientation_comes_out_upright(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    coarse = SMALL.repeat(16, 0).repeat(16, 1)
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {"lossless": True}
    photo = read_photo(encoded(coarse, kind, exif=exif, **options))
    wanted = TURNS[orientation](coarse)
    assert photo.pixels.shape == wanted.shape
    centre = (slice(8, None, 16), slice(8, None, 16))
    np.testing.assert_allclose(photo.pixels[centre].astype(int), wanted[centre], atol=6 if kind == "JPEG" else 0)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_an_exif_block_that_cannot_be_read_is_ignored() -> None:
    photo = read_photo(encoded(CHELSEA, "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff garbage"))
    assert photo.width == 451


def test_transparency_is_laid_on_white() -> None:
    rgba = np.zeros((1, 3, 4), dtype=np.uint8)
    rgba[0, 1] = (200, 0, 0, 128)
    rgba[0, 2] = (10, 20, 30, 255)
    photo = read_photo(encoded(rgba, "PNG"))
    np.testing.assert_allclose(photo.pixels[0].astype(int), [[255] * 3, [227, 127, 127], [10, 20, 30]], atol=1)


def test_grey_with_transparency_is_laid_on_white() -> None:
    image = Image.new("LA", (2, 1), (0, 0))
    image.putpixel((1, 0), (40, 255))
    np.testing.assert_array_equal(read_photo(encoded(image, "PNG")).pixels[0], [[255] * 3, [40] * 3])


def test_a_palettes_transparent_colour_is_white() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    for kind in ("PNG", "GIF"):
        pixels = read_photo(encoded(image, kind, transparency=1)).pixels
        np.testing.assert_array_equal(pixels[0], [[255, 0, 0], [255, 255, 255]])


def test_a_transparent_colour_of_a_plain_png_is_white() -> None:
    image = Image.new("RGB", (2, 1), (1, 2, 3))
    image.putpixel((1, 0), (9, 9, 9))
    pixels = read_photo(encoded(image, "PNG", transparency=(1, 2, 3))).pixels
    np.testing.assert_array_equal(pixels[0], [[255, 255, 255], [9, 9, 9]])


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    levels = np.array([[0, 256, 0x1234, 0x8000, 0xFFFF]], dtype=np.uint16)
    pixels = read_photo(encoded(levels, "PNG")).pixels
    np.testing.assert_allclose(pixels[0, :, 0].astype(int), levels[0] / 257, atol=1)


def test_sixteen_bit_grey_with_a_transparent_level_is_laid_on_white() -> None:
    rows = b"\x00" + struct.pack(">2H", 0x1234, 0x4000)
    file = png(2, 1, 16, 0, rows, chunk(b"tRNS", struct.pack(">H", 0x1234)))
    np.testing.assert_array_equal(read_photo(file).pixels[0, :, 0], [255, 0x40])


@pytest.mark.parametrize(("depth", "level"), [(1, 1), (2, 1), (4, 5), (8, 77)])
def test_a_transparent_grey_of_any_depth_is_laid_on_white(depth: int, level: int) -> None:
    rows = b"\x00" + bytes([level << (8 - depth)]) + (bytes(1) if depth == 8 else b"")
    file = png(2, 1, depth, 0, rows, chunk(b"tRNS", struct.pack(">H", level)))
    np.testing.assert_array_equal(read_photo(file).pixels[0], [[255] * 3, [0] * 3])


def test_a_transparent_colour_of_sixteen_bits_is_laid_on_white() -> None:
    rows = b"\x00" + struct.pack(">6H", 0x1234, 0x4567, 0x89AB, 0x3400, 0x6700, 0xAB00)
    file = png(2, 1, 16, 2, rows, chunk(b"tRNS", struct.pack(">3H", 0x1234, 0x4567, 0x89AB)))
    np.testing.assert_array_equal(read_photo(file).pixels[0], [[255] * 3, [0x34, 0x67, 0xAB]])


def test_sixteen_bit_colour_is_scaled() -> None:
    rows = b"\x00" + struct.pack(">3H", 0xFFFF, 0x8000, 0x00FF)
    np.testing.assert_allclose(read_photo(png(1, 1, 16, 2, rows)).pixels[0, 0].astype(int), [255, 128, 1], atol=1)


def test_cmyk_comes_out_in_its_colours() -> None:
    ink = Image.new("RGB", (16, 16), (250, 20, 20)).convert("CMYK")
    pixels = read_photo(encoded(ink, "JPEG", quality=100)).pixels
    np.testing.assert_allclose(pixels[8, 8].astype(int), (250, 20, 20), atol=6)


def test_one_bit_pictures_are_black_and_white() -> None:
    image = Image.new("1", (2, 1))
    image.putpixel((1, 0), 1)
    np.testing.assert_array_equal(read_photo(encoded(image, "PNG")).pixels[0], [[0] * 3, [255] * 3])


def display_profile() -> bytes:
    """A profile with red and green exchanged: sRGB's own matrix, its first two columns the other way round."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {}
    for i in range(int.from_bytes(raw[128:132], "big")):
        entry = 132 + 12 * i
        tags[bytes(raw[entry : entry + 4])] = entry
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    raw[red + 4 : red + 12], raw[green + 4 : green + 12] = raw[green + 4 : green + 12], raw[red + 4 : red + 12]
    return bytes(raw).replace(b"s\x00R\x00G\x00B", b"t\x00e\x00s\x00t").replace(b"sRGB", b"test")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_other_than_srgb_is_converted(mode: str) -> None:
    image = Image.new("RGB", (4, 4), (255, 0, 0)).convert(mode)
    pixels = read_photo(encoded(image, "PNG", icc_profile=display_profile())).pixels
    assert pixels[0, 0, 1] > 200, "the profile's red is green"
    assert pixels[0, 0, 0] < 60


def test_an_srgb_profile_leaves_every_pixel_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(read_photo(encoded(SMALL, "PNG", icc_profile=profile)).pixels, SMALL)


@pytest.mark.parametrize("profile", [b"", b"x", b"\x00" * 4096, display_profile()[:200]])
def test_a_profile_that_cannot_be_read_is_ignored(profile: bytes) -> None:
    np.testing.assert_array_equal(read_photo(encoded(SMALL, "PNG", icc_profile=profile)).pixels, SMALL)


def test_a_webp_reader_that_is_not_known_here_is_left_to_pillow() -> None:
    with Image.open(io.BytesIO(encoded(SMALL, "PNG"))) as image:
        np.testing.assert_array_equal(np.asarray(decode_webp(image)), SMALL)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"BM is how this text begins", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7",
        b"PK\x03\x04", b"II*\x00\x08\x00\x00\x00", b"8BPS\x00\x01", b"\x00\x00\x00\x18ftypheic",
        b"RIFF\x00\x00\x00\x00WAVE", b"\xff\xd8", encoded(SMALL, "TIFF"), encoded(SMALL, "PPM"), encoded(SMALL, "ICO"),
    ],
)  # fmt: skip
def test_what_is_no_accepted_picture_is_refused_by_content(content: bytes) -> None:
    with pytest.raises(UnsupportedPhoto, match=r"accepted kind|empty"):
        read_photo(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_truncated_picture_is_broken_or_whole_never_half(kind: str, tenth: int) -> None:
    file = encoded(CHELSEA, kind)
    cut = file[: len(file) * tenth // 10]
    with pytest.raises((BrokenPhoto, UnsupportedPhoto)):
        read_photo(cut)


def test_a_wrong_checksum_is_broken() -> None:
    file = bytearray(encoded(CHELSEA, "PNG"))
    file[len(file) // 2] ^= 0xFF
    with pytest.raises(BrokenPhoto, match="This PNG picture is damaged"):
        read_photo(bytes(file))


def test_pixel_floods_are_refused_from_the_header_alone() -> None:
    flood = png(13000, 13000, 1, 0, b"\x00")
    with pytest.raises(OversizedPhoto, match=r"169\.0 megapixels \(13,000 x 13,000\); at most 50"):
        read_photo(flood)
    gif = (
        b"GIF89a"
        + struct.pack("<HH", 9000, 9000)
        + b"\x80\x00\x00"
        + bytes(6)
        + b",\x00\x00\x00\x00\x01\x00\x01\x00\x00;"
    )
    with pytest.raises(OversizedPhoto, match=r"81\.0 megapixels"):
        read_photo(gif)


def test_the_pixel_limit_is_the_callers() -> None:
    file = encoded(CHELSEA, "JPEG")
    assert read_photo(file, max_megapixels=451 * 300 / 1e6).width == 451
    with pytest.raises(OversizedPhoto):
        read_photo(file, max_megapixels=0.135)


@pytest.mark.parametrize("size", [(1, 1), (65500, 1), (1, 65500)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_extreme_shapes_are_read(size: tuple[int, int], kind: str) -> None:
    photo = read_photo(encoded(Image.new("RGB", size, "red"), kind))
    assert (photo.width, photo.height) == size


def test_a_text_chunk_bomb_is_left_out() -> None:
    bomb = chunk(b"zTXt", b"a\x00\x00" + zlib.compress(bytes(200 * 2**20), 9))
    rows = b"\x00\x00\x00\x00"
    assert read_photo(png(1, 1, 8, 2, rows, bomb)).size == (1, 1)


def test_copies_carry_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    photo = read_photo(encoded(CHELSEA, "JPEG", exif=exif, comment=b"secret"))
    for copy in (encode_jpeg(photo.pixels), encode_png(photo.pixels)):
        with Image.open(io.BytesIO(copy)) as image:
            assert dict(image.getexif()) == {}
            assert not {"comment", "exif", "icc_profile"} & image.info.keys()
            assert image.size == (451, 300)


def test_a_copy_is_shrunk_to_its_long_side_and_never_enlarged() -> None:
    assert fit_within((4000, 3000), 2048) == (2048, 1536)
    assert fit_within((65500, 1), 2048) == (2048, 1)
    assert fit_within((10, 20), 2048) == (10, 20)
    assert shrink(CHELSEA, 100).shape == (67, 100, 3)
    assert shrink(CHELSEA, 451) is CHELSEA


LARGE = (4000, 3000)


def large(kind: str) -> Image.Image:
    match kind:
        case "rgba":
            return Image.new("RGBA", LARGE, (20, 30, 40, 128))
        case "grey of 16 bits":
            return Image.fromarray(np.full(LARGE[::-1], 30000, np.uint16))
        case "palette":
            image = Image.new("P", LARGE)
            image.putpalette([255, 0, 0] * 256)
            image.info["transparency"] = 0
            return image
    return Image.new("RGB", LARGE, (20, 30, 40))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rgb", "rgba", "grey of 16 bits", "palette", "turned"])
def test_decoding_takes_less_than_twelve_bytes_a_pixel(kind: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    if kind == "turned":
        exif[ORIENTATION] = 6
    file = tmp_path / "large.png"
    large(kind).save(file, compress_level=1, exif=exif)
    script = f"""
import re
from pathlib import Path
from model.photos import read_photo

def peak_kb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

data = Path({str(file)!r}).read_bytes()
before = peak_kb()
photo = read_photo(data)
print((peak_kb() - before) * 1024 / (photo.width * photo.height))
"""
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert 3 < float(done.stdout) < 12
