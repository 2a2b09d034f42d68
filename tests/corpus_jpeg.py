"""JPEG files by hand, of blocks each of one level, so that every pixel is known whatever the sampling."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.corpus import Fate, Pixels, Sample, broken, shown
from tests.corpus_png import exif, exif_bomb, turned
from tests.pictures import encoded

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
BASELINE, EXTENDED, PROGRESSIVE, LOSSLESS, ARITHMETIC = 0xC0, 0xC1, 0xC2, 0xC3, 0xC9
CATEGORIES = 16
Levels = npt.NDArray[np.integer]


def segment(marker: int, content: bytes = b"", length: int | None = None) -> bytes:
    """A marker with what belongs to it."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2 if length is None else length) + content


def adobe(transform: int) -> bytes:
    """Adobe's own segment: 0 as it is, 1 YCbCr, 2 YCCK."""
    return segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00" + bytes([transform]))


JFIF = segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")


@dataclass(frozen=True)
class Plane:
    """One component: its levels, one per block (DCT) or per pixel (lossless), and its sampling."""

    levels: Levels
    across: int = 1
    down: int = 1


class Bits:
    """Bits, most significant first, with JPEG's stuffed zeroes."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def put(self, value: int, width: int) -> None:
        if width:
            self._bits.append(f"{value:0{width}b}")

    def done(self) -> bytes:
        text = "".join(self._bits)
        text += "1" * (-len(text) % 8)
        self._bits = []
        return int(text or "0", 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")


def put_difference(bits: Bits, difference: int) -> None:
    """A DC difference: its category by the table of `tables`, then its bits."""
    category = abs(difference).bit_length()
    bits.put(category, 5)
    bits.put(difference if difference >= 0 else difference + 2**category - 1, category if category < 16 else 0)


def tables(classes: Sequence[int] = (0, 1)) -> bytes:
    """Huffman tables in which every symbol of DC has 5 bits; AC has the end of a block alone, in 1."""
    dc = bytes([0] * 4 + [CATEGORIES] + [0] * 11) + bytes(range(CATEGORIES))
    ac = bytes([1] + [0] * 15) + b"\x00"
    return b"".join(segment(0xC4, bytes([kind << 4]) + (dc, ac)[kind]) for kind in classes)


def entropy(planes: Sequence[Plane], restart: int, middle: int = 1024) -> bytes:
    """The scan of all components; levels are of 8 (or 12) bits, with the quantiser 8 one step each."""
    bits, out, before = Bits(), [], [0] * len(planes)
    rows, columns = planes[0].levels.shape[0] // planes[0].down, planes[0].levels.shape[1] // planes[0].across
    for number in range(rows * columns):
        if restart and number and number % restart == 0:
            out.append(bits.done() + bytes([0xFF, 0xD0 + (number // restart - 1) % 8]))
            before = [0] * len(planes)
        y, x = divmod(number, columns)
        for i, plane in enumerate(planes):
            for dy in range(plane.down):
                for dx in range(plane.across):
                    level = int(plane.levels[y * plane.down + dy, x * plane.across + dx]) - middle // 8
                    put_difference(bits, level - before[i])
                    bits.put(0, 1)
                    before[i] = level
    return b"".join(out) + bits.done()


def frame(kind: int, width: int, height: int, planes: Sequence[Plane], bits: int = 8, first_id: int = 1) -> bytes:
    """The frame header."""
    parts = b"".join(bytes([first_id + i, p.across << 4 | p.down, 0]) for i, p in enumerate(planes))
    return segment(kind, struct.pack(">BHHB", bits, height, width, len(planes)) + parts)


def scan(count: int, body: bytes, first_id: int = 1, end: bytes = b"\x00\x3f\x00") -> bytes:
    """A scan of all components."""
    parts = b"".join(bytes([first_id + i, 0]) for i in range(count))
    return segment(0xDA, bytes([count]) + parts + end) + body


def jpeg(
    planes: Sequence[Plane],
    *lead: bytes,
    width: int,
    height: int,
    kind: int = BASELINE,
    bits: int = 8,
    restart: int = 0,
    first_id: int = 1,
    tail: bytes = EOI,
) -> bytes:
    """A file of blocks of one level each."""
    quantiser = segment(0xDB, b"\x00" + bytes([8] * 64))
    every = segment(0xDD, struct.pack(">H", restart)) if restart else b""
    body = entropy(planes, restart, 1024 << (bits - 8))
    head = frame(kind, width, height, planes, bits, first_id) + tables() + every
    return SOI + b"".join(lead) + quantiser + head + scan(len(planes), body, first_id) + tail


def blocks(rows: int = 4, columns: int = 6, channels: int = 3) -> Pixels:
    """Levels of blocks, (rows, columns, channels): soft, and different in every corner."""
    y, x = np.mgrid[0:rows, 0:columns]
    planes = [60 + 25 * x, 220 - 40 * y, 70 + 15 * x + 20 * y, 40 + 10 * x + 30 * y]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8)


def large(levels: Pixels, width: int = 44, height: int = 30, side: int = 8) -> Pixels:
    """Blocks as pixels, cut to a size."""
    return levels.repeat(side, 0).repeat(side, 1)[:height, :width]


def rgb_of(ycc: npt.NDArray[np.integer]) -> Pixels:
    """Full-range BT.601, as JFIF has it."""
    y, cb, cr = (plane.astype(float) for plane in np.moveaxis(ycc, -1, 0))
    cb, cr = cb - 128, cr - 128
    planes = [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb]
    return np.clip(np.round(np.stack(planes, axis=-1)), 0, 255).astype(np.uint8)


def calm(rows: int = 4, columns: int = 6) -> Pixels:
    """YCbCr blocks whose colours all exist."""
    levels = blocks(rows, columns).astype(int)
    levels[..., 0] = levels[..., 0] // 2 + 60
    levels[..., 1:] = 128 + (levels[..., 1:] - 128) // 3
    return levels.astype(np.uint8)


def planes_of(levels: Pixels) -> list[Plane]:
    """Components without subsampling."""
    return [Plane(levels[..., i]) for i in range(levels.shape[-1])]


SIZE = {"width": 44, "height": 30}


def colours() -> Iterator[Sample]:
    """Every number of components, and what their colours are told to be."""
    grey, ycc, four = blocks(channels=1), calm(), blocks(channels=4)
    yield shown("jpeg-grey", jpeg(planes_of(grey), JFIF, **SIZE), large(grey[..., 0]))
    yield shown("jpeg-ycc", jpeg(planes_of(ycc), JFIF, **SIZE), large(rgb_of(ycc)))
    yield shown("jpeg-ycc-without-jfif", jpeg(planes_of(ycc), **SIZE), large(rgb_of(ycc)))
    yield shown("jpeg-ycc-adobe", jpeg(planes_of(ycc), adobe(1), **SIZE), large(rgb_of(ycc)))
    rgb = blocks()
    yield shown("jpeg-rgb-adobe", jpeg(planes_of(rgb), adobe(0), **SIZE), large(rgb))
    yield shown("jpeg-rgb-letters", jpeg_with_ids(rgb, b"RGB"), large(rgb))
    multiplied = (four[..., :3].astype(float) * four[..., 3:] / 255).round()
    yield shown("jpeg-cmyk-adobe", jpeg(planes_of(four), adobe(0), **SIZE), large(multiplied.astype(np.uint8)), 3)
    yield shown("jpeg-cmyk", jpeg(planes_of(four), **SIZE), large(multiplied.astype(np.uint8)), 3)
    ycck = np.dstack([ycc, four[..., 3]])
    told = rgb_of(ycc).astype(float)
    told = (255 - told) * four[..., 3:] / 255
    yield shown("jpeg-ycck", jpeg(planes_of(ycck), adobe(2), **SIZE), large(told.round().astype(np.uint8)), 3)
    two = blocks(channels=2)
    yield Sample("jpeg-two-components", jpeg(planes_of(two), **SIZE), Fate.BROKEN)


def jpeg_with_ids(levels: Pixels, ids: bytes) -> bytes:
    """Components with ids of one's own."""
    data = jpeg(planes_of(levels), **SIZE)
    for i, letter in enumerate(ids):
        data = data.replace(bytes([i + 1, 0x11, 0]), bytes([letter, 0x11, 0]))
    start = data.index(b"\xff\xda")
    head = bytearray(data[start : start + 14])
    head[5 : 5 + 2 * len(ids) : 2] = ids
    return data[:start] + bytes(head) + data[start + 14 :]


def sampled() -> Iterator[Sample]:
    """Sampling factors; the colours are the same all over, so that how they are made finer does not matter."""
    for across, down in ((1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (4, 2), (2, 4), (3, 1)):
        luma = blocks(4 * down, 6 * across, 1)[..., 0] // 4 + 90
        cells = np.full((4, 6), 150), np.full((4, 6), 110)
        size = {"width": 44 * across, "height": 30 * down}
        data = jpeg([Plane(luma, across, down), *map(Plane, cells)], JFIF, **size)
        ycc = np.stack([luma, np.full_like(luma, 150), np.full_like(luma, 110)], axis=-1)
        yield shown(f"jpeg-sampling-{across}x{down}", data, large(rgb_of(ycc), **size))


def codings() -> Iterator[Sample]:
    """Ways of coding: restarts, progressive, extended, lossless, 12 bits, arithmetic, hierarchical."""
    ycc = calm()
    pixels = large(rgb_of(ycc))
    for restart in (1, 2, 5, 6, 1000):
        yield shown(f"jpeg-restart-{restart}", jpeg(planes_of(ycc), JFIF, restart=restart, **SIZE), pixels)
    yield shown("jpeg-extended", jpeg(planes_of(ycc), JFIF, kind=EXTENDED, **SIZE), pixels)
    smooth = Image.fromarray(blocks()).resize((60, 44), Image.Resampling.BICUBIC)
    for name, options in {
        "progressive": {"progressive": True},
        "optimised": {"optimize": True},
        "progressive-420": {"progressive": True, "subsampling": 2},
        "progressive-restart": {"progressive": True, "restart_marker_rows": 1},
    }.items():
        data = encoded(smooth, "JPEG", quality=98, **{"subsampling": 0, **options})
        yield shown(f"jpeg-{name}", data, np.asarray(smooth), 8)
    twelve = [Plane(plane.levels.astype(int) * 16) for plane in planes_of(blocks(channels=1))]
    yield Sample("jpeg-12-bits", jpeg(twelve, kind=EXTENDED, bits=12, **SIZE), Fate.BROKEN)
    grey = np.arange(40 * 30).reshape(30, 40) * 7 % 256
    yield Sample("jpeg-lossless", lossless(grey), Fate.ACCEPTED, np.stack([grey.astype(np.uint8)] * 3, -1), 0)
    for kind in (0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF, 0xC8):
        yield broken(f"jpeg-sof-{kind & 15}", jpeg(planes_of(ycc), JFIF, kind=kind, **SIZE))
    yield Sample("jpeg-arithmetic-mislabelled", jpeg(planes_of(ycc), JFIF, kind=ARITHMETIC, **SIZE), Fate.EITHER)
    for width, height in ((1, 1), (65_500, 1), (1, 65_500), (8, 8), (9, 17)):
        rows, columns = -(-height // 8), -(-width // 8)
        cells = np.arange(rows * columns).reshape(rows, columns) * 3 % 200 + 20
        strip = jpeg([Plane(cells)], JFIF, width=width, height=height)
        yield shown(f"jpeg-{width}x{height}", strip, large(cells.astype(np.uint8), width, height))


def lossless(grey: Levels) -> bytes:
    """Process 14: each sample less its left neighbour, Huffman-coded."""
    bits = Bits()
    for y, row in enumerate(grey):
        for x, value in enumerate(row):
            guess = row[x - 1] if x else (grey[y - 1, 0] if y else 128)
            put_difference(bits, int(value) - int(guess))
    height, width = grey.shape
    head = frame(LOSSLESS, width, height, [Plane(grey)]) + tables((0,))
    return SOI + head + scan(1, bits.done(), end=b"\x01\x00\x00") + EOI


def around_the_pixels() -> Iterator[Sample]:
    """Metadata, good and bad; padding; what stands behind the end."""
    ycc = calm()
    pixels = large(rgb_of(ycc))

    def with_lead(*lead: bytes, tail: bytes = EOI) -> bytes:
        return jpeg(planes_of(ycc), *lead, tail=tail, **SIZE)

    for orientation in range(10):
        for order in ("big", "little"):
            data = with_lead(JFIF, segment(0xE1, b"Exif\x00\x00" + exif(orientation, order)))
            yield shown(f"jpeg-exif-{orientation}-{order}", data, turned(pixels, orientation))
    first_exif = with_lead(segment(0xE1, b"Exif\x00\x00" + exif(6)))
    yield shown("jpeg-exif-without-jfif", first_exif, turned(pixels, 6))
    xmp = b'http://ns.adobe.com/xap/1.0/\x00<x tiff:Orientation="6"/>'
    half = exif(6)
    for name, lead in {
        "xmp-orientation": segment(0xE1, xmp),
        "exif-broken": segment(0xE1, b"Exif\x00\x00MM\x00*\xff\xff\xff\xff"),
        "exif-short": segment(0xE1, b"Exif"),
        "exif-empty": segment(0xE1, b"Exif\x00\x00"),
        "exif-no-orientation": segment(0xE1, b"Exif\x00\x00" + exif(6, count=0)),
        "exif-two-orientations": segment(0xE1, b"Exif\x00\x00" + exif(6, "little", 2)),
        "exif-cut": segment(0xE1, b"Exif\x00\x00" + half[:14]),
        "exif-bomb": b"".join(
            segment(0xE1, b"Exif\x00\x00" + exif_bomb(2**20)[i : i + 65_000]) for i in range(0, 2**20, 65_000)
        ),
        "comment": segment(0xFE, b"hello"),
        "comments": segment(0xFE, b"hello") * 3_000,
        "empty-app": segment(0xE5),
        "jfif-short": segment(0xE0, b"JFIF\x00"),
        "jfif-thumbnail": segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01\x00\x00\x00"),
        "photoshop-broken": segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\x00\x00\xff\xff\xff\xff"),
        "photoshop-short": segment(0xED, b"Photoshop 3.0\x008BIM\x03"),
        "profile-broken": segment(0xE2, b"ICC_PROFILE\x00\x01\x01garbage"),
        "profile-part-missing": segment(0xE2, b"ICC_PROFILE\x00\x02\x03garbage"),
        "profile-short": segment(0xE2, b"ICC_PROFILE\x00"),
        "mpf-broken": segment(0xE2, b"MPF\x00MM\x00*\xff\xff\xff\xff"),
        "mpf-empty": segment(0xE2, b"MPF\x00"),
        "flashpix": segment(0xE2, b"FPXR\x00garbage"),
        "adobe-short": segment(0xEE, b"Adobe\x00"),
        "fill-bytes": b"\xff" * 99 + segment(0xFE, b"x"),
        "many-apps": segment(0xEF, b"x") * 20_000,
    }.items():
        yield shown(f"jpeg-{name}", with_lead(JFIF, lead), pixels)
    yield shown("jpeg-trailing-garbage", with_lead(JFIF) + b"garbage" * 99, pixels)
    yield shown("jpeg-then-zip", with_lead(JFIF) + b"PK\x03\x04" + bytes(99), pixels)
    yield shown("jpeg-then-jpeg", with_lead(JFIF) + jpeg(planes_of(255 - ycc), JFIF, **SIZE), pixels)
    yield shown("jpeg-html-in-comment", with_lead(JFIF, segment(0xFE, b"<script>alert(1)</script>")), pixels)
    picture = Image.fromarray(pixels)
    for orientation in range(1, 9):
        tags = Image.Exif()
        tags[0x0112] = orientation
        data = encoded(picture, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20))], exif=tags, quality=98)
        yield shown(f"jpeg-mpo-{orientation}", data, turned(pixels, orientation), 40)


def floods() -> Iterator[Sample]:
    """More pixels than are taken."""
    ycc = planes_of(calm())
    for width, height in ((65_535, 65_535), (20_000, 20_000), (65_500, 800)):
        yield broken(f"jpeg-flood-{width}x{height}", jpeg(ycc, JFIF, width=width, height=height))
        yield broken(
            f"jpeg-flood-progressive-{width}x{height}", jpeg(ycc, JFIF, width=width, height=height, kind=PROGRESSIVE)
        )


def wrong() -> Iterator[Sample]:
    """No picture can be had of these."""
    ycc = planes_of(calm())
    whole = jpeg(ycc, JFIF, **SIZE)
    for width, height in ((0, 30), (44, 0), (0, 0)):
        yield broken(f"jpeg-size-{width}x{height}", jpeg(ycc, JFIF, width=width, height=height))
    yield broken("jpeg-markers-alone", b"\xff\xd8\xff\xd9")
    yield broken("jpeg-fill-alone", b"\xff\xd8" + b"\xff" * 999)
    yield broken("jpeg-jfif-alone", SOI + JFIF + EOI)
    yield broken("jpeg-without-frame", SOI + JFIF + whole[whole.index(b"\xff\xda") :])
    yield broken("jpeg-without-scan", whole[: whole.index(b"\xff\xda")] + EOI)
    garbled = jpeg(planes_of(calm(12, 18)), JFIF, width=140, height=90).replace(tables(), b"")
    yield Sample("jpeg-without-huffman", garbled, Fate.EITHER)  # the usual tables stand in
    yield broken("jpeg-without-quantiser", whole.replace(segment(0xDB, b"\x00" + bytes([8] * 64)), b""))
    at = whole.index(b"\xff\xc0")
    for bits in (0, 1, 7, 9, 16, 255):
        yield broken(f"jpeg-precision-{bits}", whole[: at + 4] + bytes([bits]) + whole[at + 5 :])
    for count in (0, 5, 10, 255):
        yield broken(f"jpeg-components-{count}", whole[: at + 9] + bytes([count]) + whole[at + 10 :])
    for factors in (0x00, 0x51, 0x15, 0xFF):
        yield broken(f"jpeg-factors-{factors:02x}", whole[: at + 11] + bytes([factors]) + whole[at + 12 :])
    for length in (0, 1, 2, 65_535):
        yield broken(
            f"jpeg-frame-length-{length}", whole.replace(b"\xff\xc0\x00\x11", b"\xff\xc0" + struct.pack(">H", length))
        )
    yield broken("jpeg-two-frames", SOI + frame(BASELINE, 44, 30, ycc) + whole[2:])
    yield broken(
        "jpeg-huffman-overfull", whole.replace(tables(), segment(0xC4, b"\x00" + bytes([255] * 16) + bytes(4080)))
    )


def samples() -> Iterator[Sample]:
    """All of them."""
    for part in (colours, sampled, codings, around_the_pixels, floods, wrong):
        yield from part()
