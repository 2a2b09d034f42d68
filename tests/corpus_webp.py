"""WebP files: pixels by Pillow's encoder, lossless so that they are known; the container around them by hand."""

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.corpus import Fate, Pixels, Sample, broken, scene, shown
from tests.corpus_png import exif, exif_bomb, turned
from tests.pictures import encoded

ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x04, 0x02


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """One chunk, filled up to an even length."""
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    """A file of whole chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def extended(flags: int, width: int = 23, height: int = 17) -> bytes:
    """The chunk that says what else there is, and the canvas."""
    return chunk(
        b"VP8X", struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )


def bitstream(pixels: Pixels, **options: object) -> bytes:
    """The chunks that hold the pixels: VP8L, or VP8 and perhaps ALPH."""
    data = encoded(Image.fromarray(pixels), "WEBP", **{"lossless": True, "exact": True, **options})
    body = data[12:]
    return body[18:] if body.startswith(b"VP8X") else body


def frame(pixels: Pixels, left: int = 0, top: int = 0, flags: int = 0) -> bytes:
    """An animation's frame, at even coordinates."""
    height, width = pixels.shape[:2]
    place = [number.to_bytes(3, "little") for number in (left // 2, top // 2, width - 1, height - 1, 100)]
    return chunk(b"ANMF", b"".join(place) + bytes([flags]) + bitstream(pixels))


def animated(*frames: bytes, background: int = 0, width: int = 23, height: int = 17, flags: int = ALPHA_FLAG) -> bytes:
    """A file of frames."""
    control = chunk(b"ANIM", struct.pack("<IH", background, 0))
    return riff(extended(ANIMATION_FLAG | flags, width, height), control, *frames)


def stills() -> Iterator[Sample]:
    """Lossless, lossy, with and without alpha, in either container."""
    rgb, rgba = scene(), scene(channels=4)
    yield shown("webp-lossless", riff(bitstream(rgb)), rgb, 0)
    yield shown("webp-lossless-alpha", riff(bitstream(rgba)), rgba)
    yield shown("webp-lossless-extended", riff(extended(0), bitstream(rgb)), rgb, 0)
    yield shown("webp-alpha-extended", riff(extended(ALPHA_FLAG), bitstream(rgba)), rgba)
    large = np.asarray(Image.fromarray(scene(6, 5)).resize((320, 240), Image.Resampling.BICUBIC))
    for method in (0, 6):
        yield shown(
            f"webp-lossy-{method}", riff(bitstream(large, lossless=False, quality=95, method=method)), large, 16
        )
    alpha = np.dstack([large, np.repeat(np.linspace(0, 255, 320).astype(np.uint8)[None], 240, 0)])
    lossy = bitstream(alpha, lossless=False, quality=95, exact=True)
    yield shown("webp-lossy-alpha", riff(extended(ALPHA_FLAG, 320, 240), lossy), alpha, 16)
    palette = np.asarray(Image.fromarray(rgb).quantize(4).convert("RGB"))
    yield shown("webp-few-colours", riff(bitstream(palette)), palette, 0)
    for width, height in ((1, 1), (16_383, 1), (1, 16_383)):
        strip = scene(width, height)
        yield shown(f"webp-{width}x{height}", riff(bitstream(strip)), strip, 0)


def around_the_pixels() -> Iterator[Sample]:
    """Metadata, good and bad; garbage; sizes that lie."""
    rgb = scene()
    pixels, whole = bitstream(rgb), riff(bitstream(rgb))
    for orientation in range(10):
        for lead in (b"", b"Exif\x00\x00"):
            data = riff(extended(EXIF_FLAG), pixels, chunk(b"EXIF", lead + exif(orientation)))
            name = f"webp-exif-{orientation}{'-with-lead' * bool(lead)}"
            yield shown(name, data, turned(rgb, orientation), 0)
    for name, extra in {
        "exif-broken": chunk(b"EXIF", b"MM\x00*\xff\xff\xff\xff"),
        "exif-empty": chunk(b"EXIF"),
        "exif-bomb": chunk(b"EXIF", exif_bomb(2**20)),
        "xmp": chunk(b"XMP ", b'<x tiff:Orientation="6"/>'),
        "xmp-broken": chunk(b"XMP ", b"\xff\xfe<"),
        "xmp-bomb": chunk(b"XMP ", b"<a>" * 300_000),
        "unknown": chunk(b"abcd", b"odd"),
        "many-unknown": chunk(b"abcd", b"odd") * 50_000,
    }.items():
        yield shown(f"webp-{name}", riff(extended(EXIF_FLAG | XMP_FLAG), pixels, extra), rgb, 0)
    before = riff(extended(ICC_FLAG), chunk(b"ICCP", b"garbage"), pixels)
    yield shown("webp-profile-broken", before, rgb, 0)
    yield shown("webp-trailing-garbage", whole + b"garbage" * 99, rgb, 0)
    yield shown("webp-then-zip", whole + b"PK\x03\x04" + bytes(98), rgb, 0)
    yield Sample("webp-flags-lie", riff(extended(0xFF), pixels), Fate.EITHER, rgb, 0)
    yield Sample("webp-size-0", riff(pixels, size=0), Fate.EITHER, rgb, 0)
    yield Sample("webp-size-huge", riff(pixels, size=2**32 - 10), Fate.EITHER, rgb, 0)
    yield Sample("webp-size-odd", riff(pixels, size=len(whole) - 9), Fate.EITHER, rgb, 0)


def animations() -> Iterator[Sample]:
    """The first frame, on its canvas, over nothing whatever the background."""
    rgb, rgba, small = scene(), scene(channels=4), scene(9, 7)
    yield shown("webp-animated", animated(frame(rgb), frame(255 - rgb)), rgb, 0)
    yield shown("webp-animated-one", animated(frame(rgb)), rgb, 0)
    yield shown("webp-animated-alpha", animated(frame(rgba), frame(rgba), background=0xFF0000FF), rgba)
    canvas = np.full((17, 23, 3), 255, dtype=np.uint8)
    canvas[4:11, 6:15] = small
    yield shown("webp-animated-small-frame", animated(frame(small, 6, 4), frame(rgb)), canvas, 0)
    coloured = animated(frame(small, 6, 4), frame(rgb), background=0xFF00FF00)
    yield shown("webp-animated-background", coloured, canvas, 0)
    for name, frames in {"one": [frame(small, 6, 4)], "two": [frame(small, 6, 4), frame(rgb)]}.items():
        for background in (0, 0xFF00FF00):
            data = animated(*frames, background=background, flags=0)
            yield shown(f"webp-animated-without-alpha-{name}-{background}", data, canvas, 0)
    unannounced = animated(frame(rgba), frame(rgb), flags=0)
    yield shown("webp-animated-alpha-not-announced", unannounced, rgba)
    turned_by = animated(frame(rgb), frame(255 - rgb), chunk(b"EXIF", exif(6)), flags=ALPHA_FLAG | EXIF_FLAG)
    yield shown("webp-animated-exif", turned_by, turned(rgb, 6), 0)
    many = animated(frame(rgb), *[frame(small)] * 2_000)
    yield shown("webp-many-frames", many, rgb, 0)
    yield broken("webp-animated-none", animated())
    yield broken("webp-animated-outside", animated(frame(rgb, 10, 10)))
    for missing in (1, 30, len(frame(255 - rgb)) - 1):
        cut = animated(frame(rgb), frame(255 - rgb)[:-missing])
        yield shown(f"webp-animated-cut-{missing}", cut, rgb, 0)
    yield broken("webp-animated-first-cut", animated(frame(rgb)[:-30]))
    garbage = animated(frame(rgb), frame(255 - rgb)[:60].ljust(len(frame(255 - rgb)), b"x"))
    yield shown("webp-animated-garbage", garbage, rgb, 0)
    yield shown("webp-animated-then-zeroes", animated(frame(rgb), frame(rgb)) + bytes(2**21), rgb, 0)


def floods() -> Iterator[Sample]:
    """More pixels than are taken."""
    still = bitstream(scene())
    yield broken("webp-flood-canvas", riff(extended(0, 2**24, 2**24), still))
    yield broken("webp-flood-canvas-2", riff(extended(0, 16_383, 16_383), still))
    yield broken("webp-flood-animated", animated(frame(scene()), width=60_000, height=60_000))
    yield broken("webp-flood-animated-2", animated(frame(scene()), width=16_000, height=16_000))
    lossless = b"\x2f" + (16_382 | 16_382 << 14).to_bytes(4, "little") + bytes(99)
    yield broken("webp-flood-lossless", riff(chunk(b"VP8L", lossless)))
    lossy = b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 16_383, 16_383) + bytes(99)
    yield broken("webp-flood-lossy", riff(chunk(b"VP8 ", lossy)))


def wrong() -> Iterator[Sample]:
    """No picture can be had of these."""
    rgb = scene()
    yield broken("webp-header-alone", b"RIFF\x04\x00\x00\x00WEBP")
    yield broken("webp-no-chunk", riff())
    yield broken("webp-unknown-first", riff(chunk(b"abcd", b"1234")))
    yield broken("webp-extended-alone", riff(extended(0)))
    yield broken("webp-canvas-differs", riff(extended(0, 99, 99), bitstream(rgb)))
    yield broken("webp-alpha-alone", riff(extended(ALPHA_FLAG), chunk(b"ALPH", bytes(9))))
    yield broken("webp-lossless-version", riff(chunk(b"VP8L", b"\x2f\x16\x00\x04\xe0" + bytes(30))))
    yield broken("webp-lossy-of-0", riff(chunk(b"VP8 ", b"\x10\x00\x00\x9d\x01\x2a" + bytes(40))))


def samples() -> Iterator[Sample]:
    """All of them."""
    for part in (stills, around_the_pixels, animations, floods, wrong):
        yield from part()
