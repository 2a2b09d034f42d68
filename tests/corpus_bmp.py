"""BMP files by hand: every header, depth, compression and arrangement of bits."""

import struct
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.corpus import Fate, Pixels, Sample, broken, scene, shown
from tests.pictures import encoded

RAW, RLE8, RLE4, BITFIELDS, JPEG, PNG, ALPHA_BITFIELDS = 0, 1, 2, 3, 4, 5, 6
RLE24 = 4  # under OS/2's headers
COLOURS = np.random.default_rng(5).integers(0, 256, (256, 3), dtype=np.uint8)
GREYS = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
Levels = npt.NDArray[np.integer]
SRGB_TAG, LINKED_TAG = 0x73524742, 0x4C494E4B


def padded(rows: npt.NDArray[np.uint8], bottom_up: bool = True) -> bytes:
    """Rows of bytes, (H, N), each filled up to four bytes, the last one first."""
    full = np.zeros((rows.shape[0], (rows.shape[1] + 3) // 4 * 4), dtype=np.uint8)
    full[:, : rows.shape[1]] = rows
    return (full[::-1] if bottom_up else full).tobytes()


def words(values: Levels, bits: int) -> npt.NDArray[np.uint8]:
    """Pixel values, (H, W), of so many bits, as bytes of rows."""
    if bits >= 8:
        wide = np.ascontiguousarray(values.astype("<u4")).view(np.uint8).reshape(*values.shape, 4)
        return np.ascontiguousarray(wide[..., : bits // 8]).reshape(values.shape[0], -1)
    unpacked = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(unpacked.reshape(values.shape[0], -1).astype(np.uint8), axis=1)


def info(
    width: int,
    height: int,
    bits: int,
    size: int = 40,
    compression: int = RAW,
    colours: int = 0,
    masks: Sequence[int] = (),
    planes: int = 1,
    image_bytes: int = 0,
    tag: int = SRGB_TAG,
) -> bytes:
    """A header of that size; masks that do not fit stand behind it."""
    if size == 12:
        return struct.pack("<IHHHH", 12, width, height, planes, bits)
    fields = (size, width, height, planes, bits, compression, image_bytes, 2835, 2835, colours, 0)
    head = struct.pack("<IiiHHIIIIII", *fields)[:size]
    inside = [*masks, 0, 0, 0, 0][:4]
    if size in (64, 16):
        return head.ljust(size, b"\x00")
    if size >= 108:
        head += struct.pack("<4II", *inside, tag) + bytes(48)
    elif size >= 52:
        head += struct.pack("<4I", *inside)
    return head[:size].ljust(size, b"\x00") if size > 40 else head + struct.pack(f"<{len(masks)}I", *masks)


def quads(colours: Pixels, size: int = 4) -> bytes:
    """A palette, blue first."""
    table = np.zeros((len(colours), size), dtype=np.uint8)
    table[:, :3] = colours[:, ::-1]
    return table.tobytes()


def bmp(head: bytes, body: bytes, colours: bytes = b"", gap: bytes = b"", offset: int | None = None) -> bytes:
    """A file of a header, a palette and the pixels' bytes."""
    start = 14 + len(head) + len(colours) + len(gap)
    at = start if offset is None else offset
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, at) + head + colours + gap + body


def drawing(bits: int, width: int = 23, height: int = 17) -> Levels:
    """Indices of so many bits."""
    return (np.arange(width * height) * 7 % 2**bits).reshape(height, width)


def packed(pixels: Pixels, masks: Sequence[int]) -> Levels:
    """Levels of 0 to 255, (H, W, C), as one value per pixel, the highest bits of each in its mask."""
    values = np.zeros(pixels.shape[:2], dtype=np.int64)
    for plane, mask in zip(np.moveaxis(pixels, -1, 0).astype(np.int64), masks, strict=False):
        if mask:
            width, shift = mask.bit_count(), (mask & -mask).bit_length() - 1
            levels = np.round(plane / 255 * (2**width - 1)).astype(np.int64)
            values |= levels << shift
    return values


def rounded(pixels: Pixels, masks: Sequence[int]) -> npt.NDArray[np.float64]:
    """What such bits can tell of levels."""
    planes = []
    for plane, mask in zip(np.moveaxis(pixels, -1, 0), masks, strict=False):
        most = 2 ** mask.bit_count() - 1
        planes.append(np.round(plane / 255 * most) / most * 255 if most else np.zeros_like(plane, float))
    return np.stack(planes, axis=-1)


def palettes() -> Iterator[Sample]:
    """1, 2, 4 and 8 bits, under every header, and palettes of odd lengths."""
    for bits in (1, 2, 4, 8):
        picture = drawing(bits)
        for size in (12, 16, 40, 52, 56, 64, 108, 124):
            table = quads(COLOURS[: 2**bits], 3 if size == 12 else 4)
            data = bmp(info(23, 17, bits, size), padded(words(picture, bits)), table)
            yield shown(f"bmp-{bits}-header-{size}", data, COLOURS[picture], 0)
        grey = bmp(info(23, 17, bits), padded(words(picture, bits)), quads(GREYS[: 2**bits]))
        yield shown(f"bmp-{bits}-grey", grey, picture, 0)
        top_down = bmp(info(23, -17, bits), padded(words(picture, bits), False), quads(COLOURS[: 2**bits]))
        yield shown(f"bmp-{bits}-top-down", top_down, COLOURS[picture], 0)
        few = 2**bits * 3 // 4 or 1
        some = picture % few
        data = bmp(info(23, 17, bits, colours=few), padded(words(some, bits)), quads(COLOURS[:few]))
        yield shown(f"bmp-{bits}-few-colours", data, COLOURS[some], 0)
        gap = bmp(info(23, 17, bits), padded(words(picture, bits)), quads(COLOURS[: 2**bits]), bytes(100))
        yield shown(f"bmp-{bits}-gap", gap, COLOURS[picture], 0)
    bits, picture = drawing(1), drawing(8)
    for name, pair in {"black-white": (0, 255), "white-black": (255, 0)}.items():
        table = np.array([[pair[0]] * 3, [pair[1]] * 3], dtype=np.uint8)
        data = bmp(info(23, 17, 1), padded(words(bits, 1)), quads(table))
        yield shown(f"bmp-1-{name}", data, table[bits], 0)
    one = bmp(info(23, 17, 1, colours=1), padded(words(bits * 0, 1)), quads(COLOURS[:1]))
    yield shown("bmp-1-one-colour", one, COLOURS[bits * 0], 0)
    over = bmp(info(23, 17, 8, colours=300), padded(words(picture, 8)), quads(np.vstack([COLOURS, COLOURS[:44]])))
    yield shown("bmp-8-oversized-palette", over, COLOURS[picture], 0)
    beyond = bmp(info(23, 17, 8, colours=100), padded(words(picture, 8)), quads(COLOURS[:100]))
    black = np.vstack([COLOURS[:100], np.zeros((156, 3), np.uint8)])
    yield shown("bmp-8-index-beyond-palette", beyond, black[picture], 0)
    os2 = bmp(info(23, 17, 8, 12), padded(words(picture % 252, 8)), quads(COLOURS[:252], 3))
    yield shown("bmp-8-os2-short-palette", os2, COLOURS[picture % 252], 0)
    sized = info(23, 17, 8, image_bytes=1)
    yield shown("bmp-8-wrong-image-size", bmp(sized, padded(words(picture, 8)), quads(COLOURS)), COLOURS[picture], 0)


def direct() -> Iterator[Sample]:
    """16, 24 and 32 bits without and with masks."""
    rgb = scene()
    for size in (12, 40, 52, 56, 64, 108, 124):
        for bits, masks in {16: FIVES, 24: (0xFF0000, 0xFF00, 0xFF), 32: (0xFF0000, 0xFF00, 0xFF)}.items():
            if size == 12 and bits != 24:
                continue
            data = bmp(info(23, 17, bits, size), padded(words(packed(rgb, masks), bits)))
            yield shown(f"bmp-{bits}-header-{size}", data, rounded(rgb, masks))
    down = bmp(info(23, -17, 24), padded(words(packed(rgb, (0xFF0000, 0xFF00, 0xFF)), 24), False))
    yield shown("bmp-24-top-down", down, rgb, 0)
    suggested = bmp(info(23, 17, 24, colours=9), padded(words(packed(rgb, (0xFF0000, 0xFF00, 0xFF)), 24)), bytes(36))
    yield shown("bmp-24-palette", suggested, rgb, 0)


FIVES = (0x7C00, 0x3E0, 0x1F)
LAYOUTS = {
    16: [FIVES, (0xF800, 0x7E0, 0x1F), (0xF00, 0xF0, 0xF), (0x1F, 0x3E0, 0x7C00), (0x6, 0x8, 0x1),
         (0xC000, 0x3800, 0x700), (0xF, 0xF0, 0xF00)],
    32: [(0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000), (0xFF000000, 0xFF0000, 0xFF00),
         (0xF0000000, 0xF000000, 0xF00000), (0x3FF00000, 0xFFC00, 0x3FF), (0xFFC00000, 0x3FF000, 0xFFC),
         (0xFE000000, 0x1FE0000, 0x1FC00), (0xFFF, 0xFF000, 0xFF000000)],
}  # fmt: skip
WITH_ALPHA = {
    16: [(0xF00, 0xF0, 0xF, 0xF000), (0x7C00, 0x3E0, 0x1F, 0x8000), (0xF000, 0xF00, 0xF0, 0xF)],
    32: [(0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
         (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000),
         (0xFE000000, 0x1FE0000, 0x1F000, 0xF00)],
}  # fmt: skip


def masked() -> Iterator[Sample]:
    """Bits in every order, with alpha and without."""
    for name, layouts, sizes in (("masks", LAYOUTS, (40, 52, 56, 108, 124)), ("alpha", WITH_ALPHA, (56, 108, 124))):
        for bits, number, size in product((16, 32), range(8), sizes):
            if number < len(layouts[bits]):
                masks = layouts[bits][number]
                pixels = scene(channels=len(masks))
                head = info(23, 17, bits, size, BITFIELDS, masks=masks)
                data = bmp(head, padded(words(packed(pixels, masks), bits)))
                yield shown(f"bmp-{bits}-{name}-{number}-header-{size}", data, rounded(pixels, masks))
    rgb, rgba, four = scene(), scene(channels=4), WITH_ALPHA[32][0]
    values = padded(words(packed(rgba, four), 32))
    yield shown("bmp-32-unused-byte", bmp(info(23, 17, 32), values), rgb, 0)
    yield shown("bmp-32-alpha-bitfields", bmp(info(23, 17, 32, 40, ALPHA_BITFIELDS, masks=four), values), rgba)
    none = scene(channels=4)
    none[..., 3] = 0
    clear = padded(words(packed(none, four), 32))
    yield shown("bmp-32-alpha-all-0", bmp(info(23, 17, 32, 124, BITFIELDS, masks=four), clear), none)
    for number, colours in enumerate(((0xFF0000, 0, 0), (0, 0xFF00, 0xFF), (0, 0, 0))):
        some = (*colours, 0xFF000000)
        data = bmp(info(23, 17, 32, 124, BITFIELDS, masks=some), padded(words(packed(rgba, some), 32)))
        yield shown(f"bmp-32-alpha-of-some-colours-{number}", data, rounded(rgba, some))
    for size in (52, 56, 108, 124):
        seen = rgba if size >= 108 else rgb
        yield shown(f"bmp-32-raw-alpha-header-{size}", bmp(info(23, 17, 32, size, masks=four), values), seen)


def files_inside() -> Iterator[Sample]:
    """Pixels that are a whole JPEG or PNG file."""
    rgb = scene()
    for bits in (0, 24):
        inside = encoded(Image.fromarray(rgb), "PNG")
        yield shown(f"bmp-png-inside-{bits}", bmp(info(23, 17, bits, compression=PNG), inside), rgb, 0)
        photo = encoded(Image.fromarray(rgb), "JPEG", quality=98, subsampling=0)
        yield shown(f"bmp-jpeg-inside-{bits}", bmp(info(23, 17, bits, compression=JPEG), photo), rgb, 20)
    nested = bmp(
        info(23, 17, 0, compression=PNG), bmp(info(23, 17, 0, compression=PNG), encoded(Image.fromarray(rgb), "PNG"))
    )
    yield broken("bmp-bmp-inside", nested)
    yield broken("bmp-png-inside-cut", bmp(info(23, 17, 0, compression=PNG), inside[:200]))


def runs() -> Iterator[Sample]:
    """RLE8 and RLE4."""
    eight, four = drawing(8), drawing(4)
    for name, absolute in {"runs": False, "absolute": True}.items():
        for bits, picture in ((8, eight), (4, four)):
            kind = RLE8 if bits == 8 else RLE4
            body = b"".join(rle(row, bits, absolute) + b"\x00\x00" for row in picture[::-1]) + b"\x00\x01"
            head = info(23, 17, bits, compression=kind, image_bytes=len(body))
            data = bmp(head, body, quads(COLOURS[: 2**bits]))
            yield shown(f"bmp-rle{bits}-{name}", data, COLOURS[picture], 0)
            grey = bmp(head, body, quads(GREYS[: 2**bits]))
            yield shown(f"bmp-rle{bits}-{name}-grey", grey, picture, 0)
            unended = bmp(head, body[:-2], quads(COLOURS[: 2**bits]))
            yield shown(f"bmp-rle{bits}-{name}-without-end", unended, COLOURS[picture], 0)
    skips = b"\x05\x07\x00\x02\x03\x02\x04\x09\x00\x00\x00\x02\x00\x05\x03\x0a\x00\x01"
    rows = np.zeros((17, 23, 3), dtype=np.uint8)
    rows[16, :5], rows[14, 8:12], rows[8, :3] = COLOURS[7], COLOURS[9], COLOURS[10]
    data = bmp(info(23, 17, 8, compression=RLE8, image_bytes=len(skips)), skips, quads(COLOURS))
    yield shown("bmp-rle8-skips", data, rows, 0)
    wide = b"\xff\x03" * 17 + b"\x00\x01"
    data = bmp(
        info(300, 2, 8, compression=RLE8, image_bytes=len(wide)), b"\xff\x03\x2d\x04\x00\x00" * 2, quads(COLOURS)
    )
    yield shown("bmp-rle8-long-runs", data, COLOURS[np.repeat([[3] * 255 + [4] * 45], 2, 0)], 0)


def colour_runs() -> Iterator[Sample]:
    """OS/2's RLE24: runs, literals, and pixels left out."""
    rgb = scene()
    head = info(23, 17, 24, 64, RLE24)
    rows = [row[:, ::-1] for row in rgb[::-1]]
    runs = b"".join(b"".join(b"\x01" + bytes(pixel) for pixel in row) + b"\x00\x00" for row in rows)
    literals = b"".join(b"\x00\x17" + row.tobytes() + b"\x00\x00\x00" for row in rows)
    for name, body in {"runs": runs, "literals": literals}.items():
        yield shown(f"bmp-rle24-{name}", bmp(head, body + b"\x00\x01"), rgb, 0)
        yield shown(f"bmp-rle24-{name}-without-end", bmp(head, body), rgb, 0)
        yield broken(f"bmp-rle24-{name}-cut", bmp(head, body[:-60]))
    skips = b"\x05\x01\x02\x03\x00\x02\x03\x02\x04\x04\x05\x06\x00\x00\x00\x02\x00\x05\x03\x07\x08\x09\x00\x01"
    drawn = np.zeros((17, 23, 3), dtype=np.uint8)
    drawn[16, :5], drawn[14, 8:12], drawn[8, :3] = (3, 2, 1), (6, 5, 4), (9, 8, 7)
    yield shown("bmp-rle24-skips", bmp(head, skips), drawn, 0)
    over = bmp(info(3, 1, 24, 64, RLE24), b"\xff\x01\x02\x03")
    yield shown("bmp-rle24-over-the-edge", over, [[[3, 2, 1]] * 3], 0)
    long = b"".join(bytes([2, i % 256, 7, i // 256]) for i in range(5000)) + b"\x00\x01"
    numbers = np.arange(10_000) // 2
    wide = np.stack([numbers // 256, np.full(10_000, 7), numbers % 256], axis=-1)
    yield shown("bmp-rle24-long-row", bmp(info(10_000, 1, 24, 64, RLE24), long), wide[None], 0)
    yield broken("bmp-rle24-top-down", bmp(info(23, -17, 24, 64, RLE24), runs))
    yield broken("bmp-rle24-escapes", bmp(info(9, 9, 24, 64, RLE24), b"\x00\x02\x00\x00" * 600_000))


def rle_file(picture: Levels) -> bytes:
    """A file of 8-bit runs."""
    body = b"".join(rle(row, 8, False) + b"\x00\x00" for row in picture[::-1]) + b"\x00\x01"
    return bmp(info(picture.shape[1], picture.shape[0], 8, compression=RLE8), body, quads(COLOURS))


def masks_file(pixels: Pixels) -> bytes:
    """A file of 32 bits with alpha, (H, W, 4)."""
    masks = WITH_ALPHA[32][3]
    head = info(pixels.shape[1], pixels.shape[0], 32, 124, BITFIELDS, masks=masks)
    return bmp(head, padded(words(packed(pixels, masks), 32)))


def rle(row: Levels, bits: int, absolute: bool) -> bytes:
    """One row, in runs of one or two pixels, or literally."""
    if bits == 8 and not absolute:
        return b"".join(bytes([1, value]) for value in row)
    if bits == 8:
        return bytes([0, len(row), *row]) + bytes(len(row) % 2)
    pairs = [(int(row[i]), int(row[i + 1]) if i + 1 < len(row) else 0) for i in range(0, len(row), 2)]
    content = bytes(high << 4 | low for high, low in pairs)
    if absolute:
        return bytes([0, len(row)]) + content + bytes(len(content) % 2)
    counts = [2] * (len(row) // 2) + [1] * (len(row) % 2)
    return b"".join(bytes([count, byte]) for count, byte in zip(counts, content, strict=True))


def around_the_pixels() -> Iterator[Sample]:
    """Wrong numbers that nobody needs, and garbage."""
    rgb = scene()
    body = padded(words(packed(rgb, (0xFF0000, 0xFF00, 0xFF)), 24))
    whole = bmp(info(23, 17, 24), body)
    yield shown("bmp-file-size-0", whole[:2] + bytes(4) + whole[6:], rgb, 0)
    yield shown("bmp-file-size-huge", whole[:2] + b"\xff" * 4 + whole[6:], rgb, 0)
    yield shown("bmp-reserved", whole[:6] + b"\xff" * 4 + whole[10:], rgb, 0)
    yield shown("bmp-trailing-garbage", whole + b"garbage" * 99, rgb, 0)
    yield shown("bmp-then-zip", whole + b"PK\x03\x04" + bytes(99), rgb, 0)
    yield shown("bmp-density-0", whole[:38] + bytes(8) + whole[46:], rgb, 0)
    yield shown("bmp-density-huge", whole[:38] + b"\xff" * 8 + whole[46:], rgb, 0)
    yield shown("bmp-planes-0", bmp(info(23, 17, 24, planes=0), body), rgb, 0)
    yield shown("bmp-one-pixel", bmp(info(1, 1, 24), b"\x03\x02\x01\x00"), np.array([[[1, 2, 3]]]), 0)
    for tag in (0, LINKED_TAG, 0x4D424544):
        yield shown(f"bmp-colour-space-{tag}", bmp(info(23, 17, 24, 124, tag=tag), body), rgb, 0)


def floods() -> Iterator[Sample]:
    """More pixels than are taken."""
    for width, height, bits in ((30_000, 30_000, 1), (2**31 - 1, 2**31 - 1, 32), (2**31 - 1, 1, 8), (9000, -9000, 24)):
        yield broken(f"bmp-flood-{width}x{height}", bmp(info(width, height, bits), bytes(99), quads(COLOURS)))
    rle_flood = info(60_000, 60_000, 8, compression=RLE8)
    yield broken("bmp-flood-rle", bmp(rle_flood, b"\x00\x01", quads(COLOURS)))
    yield broken("bmp-flood-colours", bmp(info(23, 17, 8, colours=2**32 - 1), bytes(99), quads(COLOURS), offset=2**31))


def wrong() -> Iterator[Sample]:
    """No picture can be had of these."""
    rgb = scene()
    body = padded(words(packed(rgb, (0xFF0000, 0xFF00, 0xFF)), 24))
    whole = bmp(info(23, 17, 24), body)
    for width, height in ((0, 17), (23, 0), (-23, 17), (-(2**31), -(2**31))):
        yield broken(f"bmp-size-{width}x{height}", bmp(info(width, height, 24), body))
    for bits in (0, 3, 5, 12, 48, 128, 65_535):
        yield broken(f"bmp-bits-{bits}", bmp(info(23, 17, bits), body))
    for compression in (7, 10, 11, 12, 13, 99, 2**32 - 1):
        yield broken(f"bmp-compression-{compression}", bmp(info(23, 17, 24, compression=compression), body))
    yield broken("bmp-rle8-of-24-bits", bmp(info(23, 17, 24, compression=RLE8), body))
    yield broken("bmp-short", bmp(info(23, 17, 24), body[:-200]))
    yield broken("bmp-header-alone", bmp(info(23, 17, 24), b""))
    yield broken("bmp-offset-beyond", bmp(info(23, 17, 24), body, offset=2**31))
    yield broken("bmp-masks-missing", bmp(info(23, 17, 32, compression=BITFIELDS), b"")[:54])
    yield broken(
        "bmp-masks-overlap", bmp(info(23, 17, 16, compression=BITFIELDS, masks=(0xFF, 0xFF, 0xFF)), bytes(999))
    )
    yield broken("bmp-mask-with-hole", bmp(info(23, 17, 16, compression=BITFIELDS, masks=(5, 2, 8)), bytes(999)))
    cut = bmp(info(23, 17, 8, compression=RLE8), b"\x17\x05\x00\x00" * 9, quads(COLOURS))
    yield Sample("bmp-rle8-cut", cut, Fate.EITHER)
    for number, stream in enumerate((b"\xff\x03" * 99, b"\x00\x02\xff\xff\x05\x05", b"\x00\xff\x01")):
        data = bmp(info(23, 17, 8, compression=RLE8), stream, quads(COLOURS))
        yield Sample(f"bmp-rle8-wild-{number}", data, Fate.EITHER)
    yield Sample(
        "bmp-rle8-top-down",
        bmp(info(23, -17, 8, compression=RLE8), b"\x17\x05\x00\x00" * 17, quads(COLOURS)),
        Fate.EITHER,
    )
    yield Sample("bmp-planes-2", bmp(info(23, 17, 24, planes=2), body), Fate.EITHER)
    yield Sample("bmp-64", bmp(info(23, 17, 64), bytes(23 * 17 * 8)), Fate.EITHER)
    for size in (13, 17, 57, 66, 128, 200):
        yield broken(f"bmp-header-{size}", whole[:14] + struct.pack("<I", size) + whole[18:])
    for size in (0, 11, 256, 2**31):
        yield Sample(f"bmp-header-{size}", whole[:14] + struct.pack("<I", size) + whole[18:], Fate.UNSUPPORTED)


def samples() -> Iterator[Sample]:
    """All of them."""
    for part in (palettes, direct, masked, files_inside, runs, colour_runs, around_the_pixels, floods, wrong):
        yield from part()
