"""Files that are large, and files that are made to take long or much memory; seconds to make, so not for every day."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests import corpus_bmp, corpus_gif, corpus_icc, corpus_jpeg, corpus_png, corpus_webp
from tests.corpus import Fate, Sample, scene
from tests.pictures import encoded

WIDTH, HEIGHT = 3000, 2000
UPLOAD_BYTES = 20 * 2**20


def _photo() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def large() -> Iterator[tuple[str, bytes]]:
    """Pictures of 6 megapixels, of every kind that is decoded in its own way."""
    pixels = _photo()
    picture, alpha = Image.fromarray(pixels), np.dstack([pixels, pixels[..., 0]])
    few, ink = picture.quantize(256), picture.convert("CMYK")
    profile, exif = corpus_icc.rgb_profile(), Image.Exif()
    exif[0x0112] = 6
    quick = {"lossless": True, "method": 0, "quality": 0}
    yield "jpeg", encoded(picture, "JPEG")
    yield "jpeg-progressive", encoded(picture, "JPEG", progressive=True, subsampling=0)
    yield "jpeg-turned-profile", encoded(picture, "JPEG", exif=exif, icc_profile=profile)
    yield "jpeg-cmyk-progressive", encoded(ink, "JPEG", progressive=True, icc_profile=corpus_icc.cmyk_profile())
    yield "png-profile-turned", encoded(picture, "PNG", compress_level=1, icc_profile=profile, exif=exif)
    yield "png-alpha", encoded(Image.fromarray(alpha), "PNG", compress_level=1)
    yield "png-grey-16", encoded(Image.fromarray(pixels[..., 0].astype(np.uint16) * 257), "PNG", compress_level=1)
    for colour, depth, interlaced in ((6, 16, 0), (6, 16, 1), (2, 8, 1), (3, 8, 0), (0, 1, 0)):
        extra = [corpus_png.chunk(b"PLTE", bytes(768)), corpus_png.chunk(b"tRNS", bytes(256))] if colour == 3 else []
        yield f"png-{colour}-{depth}-{interlaced}", black_png(WIDTH, HEIGHT, depth, colour, interlaced, *extra)
    yield "webp", encoded(picture, "WEBP", method=0)
    yield "webp-lossless-turned", encoded(Image.fromarray(alpha), "WEBP", icc_profile=profile, exif=exif, **quick)
    yield (
        "webp-animated",
        encoded(picture, "WEBP", method=0, save_all=True, append_images=[Image.fromarray(255 - pixels)]),
    )
    yield "gif-clear", encoded(few, "GIF", transparency=3)
    yield "gif-small-frame", corpus_gif.screen(WIDTH, HEIGHT) + corpus_gif.frame(corpus_gif.drawing()) + b";"
    yield "bmp", encoded(picture, "BMP")
    masks = corpus_bmp.WITH_ALPHA[32][3]
    head = corpus_bmp.info(WIDTH, HEIGHT, 32, 124, corpus_bmp.BITFIELDS, masks=masks)
    yield "bmp-masks", corpus_bmp.bmp(head, np.ascontiguousarray(alpha).tobytes())
    yield "bmp-runs", runs_file(WIDTH, HEIGHT, (b"\x02\x07" * (WIDTH // 2) + b"\x00\x00") * HEIGHT)
    yield "bmp-runs-none", runs_file(WIDTH, HEIGHT, b"\x00\x01")


def black_png(width: int, height: int, depth: int, colour: int, interlaced: int, *chunks: bytes) -> bytes:
    """A PNG that is all zeroes, and longer than it need be."""
    ihdr = corpus_png.header(width, height, depth, colour, interlaced)
    row = 1 + (width * depth * corpus_png.CHANNELS[colour] + 7) // 8
    return corpus_png.file(ihdr, *chunks, corpus_png.chunk(b"IDAT", zeroes(row * height + 2**20)))


def zeroes(count: int) -> bytes:
    """So many, deflated, a megabyte at a time."""
    packing, part = zlib.compressobj(1), bytes(2**20)
    return b"".join([packing.compress(part) for _ in range(count // 2**20 + 1)] + [packing.flush()])


def runs_file(width: int, height: int, codes: bytes, bits: int = 8) -> bytes:
    """A BMP of run-length codes."""
    kind = corpus_bmp.RLE8 if bits == 8 else corpus_bmp.RLE4
    head = corpus_bmp.info(width, height, bits, compression=kind)
    return corpus_bmp.bmp(head, codes, corpus_bmp.quads(corpus_bmp.COLOURS[: 2**bits]))


def _jpegs() -> Iterator[tuple[str, bytes]]:
    segment, small = corpus_jpeg.segment(0xEF), corpus_jpeg.planes_of(corpus_jpeg.calm())
    yield "segments", b"\xff\xd8" + segment * (UPLOAD_BYTES // 4)
    yield "zeroes-between", b"\xff\xd8\xff" + b"\xff\x00" * (UPLOAD_BYTES // 2)
    yield "fill", b"\xff\xd8" + b"\xff" * UPLOAD_BYTES
    yield "tables", corpus_jpeg.SOI + corpus_jpeg.tables() * 400_000
    yield "quantisers", corpus_jpeg.SOI + corpus_jpeg.segment(0xDB, bytes([0] + [1] * 64)) * 190_000
    flat = io.BytesIO()
    Image.new("RGB", (8000, 6200), (120, 50, 30)).save(flat, "JPEG", progressive=True)
    data = flat.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    for count in (9, 1000, 200_000):
        yield f"scans-{count}", data[:-2] + last * count + b"\xff\xd9"
    whole = corpus_jpeg.jpeg(small, **corpus_jpeg.SIZE)
    at = whole.index(b"\xff\xda") + 14
    yield "restarts", whole[:at] + b"\xff\xd0" * (UPLOAD_BYTES // 2) + whole[at:]


def _pngs() -> Iterator[tuple[str, bytes]]:
    rgb, chunk = scene(), corpus_png.chunk
    ihdr = corpus_png.header(23, 17, 8, 2)
    yield "chunks", corpus_png.png(rgb, 2, 8, chunk(b"tEXt") * (UPLOAD_BYTES // 12))
    yield "data-chunks", corpus_png.file(ihdr, chunk(b"IDAT") * (UPLOAD_BYTES // 12))
    yield (
        "data-chunks-190,000",
        corpus_png.file(ihdr, chunk(b"IDAT") * 190_000, chunk(b"IDAT", zlib.compress(corpus_png.raw(rgb, 8)))),
    )
    yield "exif", corpus_png.png(rgb, 2, 8, chunk(b"eXIf", corpus_png.exif_bomb(19 * 2**20)))
    yield "data-behind", corpus_png.file(ihdr, chunk(b"IDAT", zeroes(2**32)))
    short = zeroes(3000 * (1 + 7000 * 4))
    yield "rows-missing", corpus_png.file(corpus_png.header(7000, 7000, 8, 6), chunk(b"IDAT", short))
    huge = b"mluc" + bytes(4) + struct.pack(">II", 10**6, 12) + struct.pack(">2s2sII", b"en", b"US", 2, 28) * 10**6
    yield "profile-names", corpus_png.png(rgb, 2, 8, corpus_icc.iccp(corpus_icc.profile(b"RGB ", {b"desc": huge})))
    steps = b"curv" + bytes(4) + struct.pack(">I", 2**22) + bytes(2**23)
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), steps)
    yield "profile-curves", corpus_png.png(rgb, 2, 8, corpus_icc.iccp(corpus_icc.profile(b"RGB ", curves)))


def _gifs_and_webps() -> Iterator[tuple[str, bytes]]:
    start, picture = corpus_gif.screen(23, 17), corpus_gif.frame(corpus_gif.drawing())
    yield "gif-blocks", start + b"!\xfe" + b"\x01a" * (UPLOAD_BYTES // 2) + b"\x00" + picture
    yield "gif-extensions", start + b"!\xfe\x00" * (UPLOAD_BYTES // 3) + picture
    wide = corpus_gif.screen(7000, 7000) + b"," + struct.pack("<HHHHB", 0, 0, 7000, 7000, 0) + b"\x08"
    yield "gif-data-by-the-byte", wide + b"\x01\x00" * (UPLOAD_BYTES // 2)
    still, frame = corpus_webp.bitstream(scene()), corpus_webp.frame(scene(2, 2))
    yield (
        "webp-chunks",
        corpus_webp.riff(corpus_webp.extended(0), still, corpus_webp.chunk(b"abcd") * (UPLOAD_BYTES // 8)),
    )
    yield "webp-frames", corpus_webp.animated(corpus_webp.frame(scene()), frame * (UPLOAD_BYTES // len(frame)))
    exif = corpus_webp.chunk(b"EXIF", corpus_png.exif_bomb(19 * 2**20))
    yield "webp-exif", corpus_webp.riff(corpus_webp.extended(8), still, exif)


def _bmps() -> Iterator[tuple[str, bytes]]:
    yield "row-ends", runs_file(1, 49_000_000, b"\x00\x00" * (UPLOAD_BYTES // 2))
    yield "no-moves", runs_file(7000, 7000, b"\x00\x02\x00\x00" * (UPLOAD_BYTES // 4))
    yield "literals", runs_file(7000, 7000, b"\x00\x03abc\x00" * (UPLOAD_BYTES // 6))
    yield "one-row", runs_file(49_000_000, 1, b"\xff\x02" * (UPLOAD_BYTES // 2))
    yield "one-row-of-4", runs_file(49_000_000, 1, b"\xff\x02" * (UPLOAD_BYTES // 2), 4)


def bombs() -> Iterator[Sample]:
    """As much as an upload may have, of what costs most."""
    for prefix, makers in {"jpeg-": _jpegs, "png-": _pngs, "": _gifs_and_webps, "bmp-": _bmps}.items():
        for name, data in makers():
            yield Sample(f"{prefix}{name}", data, Fate.EITHER)
