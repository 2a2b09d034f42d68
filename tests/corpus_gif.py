"""GIF files by hand: screens, frames, palettes, interlacing, and extensions of every kind."""

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tests.corpus import WHITE, Fate, Pixels, Sample, broken, shown

Levels = npt.NDArray[np.integer]
PALETTE = np.random.default_rng(7).integers(0, 256, (256, 3), dtype=np.uint8)
NETSCAPE = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def blocks(data: bytes, size: int = 255) -> bytes:
    """Data in sub-blocks, and the empty one that ends them."""
    parts = (data[i : i + size] for i in range(0, len(data), size))
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\x00"


def lzw(indices: bytes, depth: int) -> bytes:
    """Variable-length codes as GIF has them; the table is cleared when it is full."""
    clear, end = 1 << depth, (1 << depth) + 1
    table = {bytes([i]): i for i in range(clear)}
    codes, width, now = [(clear, depth + 1)], depth + 1, b""
    for value in indices:
        longer = now + bytes([value])
        if longer in table:
            now = longer
            continue
        codes.append((table[now], width))
        table[longer] = len(table) + 2
        if len(table) + 2 > (1 << width) and width < 12:
            width += 1
        elif len(table) + 2 >= 4095:
            codes.append((clear, width))
            table, width = {bytes([i]): i for i in range(clear)}, depth + 1
        now = bytes([value])
    codes.append((table[now], width))
    codes.append((end, width))
    bits, filled, out = 0, 0, bytearray()
    for code, size in codes:
        bits |= code << filled
        filled += size
        while filled >= 8:
            out.append(bits & 255)
            bits, filled = bits >> 8, filled - 8
    return bytes(out) + (bytes([bits]) if filled else b"")


def screen(width: int, height: int, depth: int = 8, background: int = 0, colours: Pixels | None = PALETTE) -> bytes:
    """The header, with a global palette unless there is none."""
    flags = 0x80 | (depth - 1) if colours is not None else 0
    table = b"" if colours is None else colours[: 2**depth].tobytes()
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, background, 0) + table


def control(clear: int | None = None, disposal: int = 0) -> bytes:
    """A graphic control extension."""
    flags = disposal << 2 | (clear is not None)
    return b"!\xf9\x04" + struct.pack("<BHB", flags, 10, clear or 0) + b"\x00"


def frame(
    indices: Levels,
    left: int = 0,
    top: int = 0,
    depth: int = 8,
    interlaced: bool = False,
    colours: Pixels | None = None,
    block: int = 255,
) -> bytes:
    """An image, (H, W), with its own palette where one is given."""
    height, width = indices.shape
    flags = 0x40 * interlaced | (0x80 | (depth - 1) if colours is not None else 0)
    table = b"" if colours is None else colours[: 2**depth].tobytes()
    if interlaced:
        order = [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, height, step)]
        indices = indices[order]
    size = max(depth, 2)
    body = bytes([size]) + blocks(lzw(indices.astype(np.uint8).tobytes(), size), block)
    return b"," + struct.pack("<HHHHB", left, top, width, height, flags) + table + body


def drawing(width: int = 23, height: int = 17, depth: int = 8) -> Levels:
    """Indices into a palette, all of which occur where there is room."""
    return (np.arange(width * height) * 7 % 2**depth).reshape(height, width)


def stills() -> Iterator[Sample]:
    """Every depth, interlaced or not, with either palette."""
    for depth in range(1, 9):
        picture = drawing(depth=depth)
        for interlaced in (False, True):
            name = f"gif-{depth}{'-interlaced' * interlaced}"
            whole = frame(picture, depth=depth, interlaced=interlaced)
            yield shown(name, screen(23, 17, depth) + whole + b";", PALETTE[picture], 0)
            own = frame(picture, depth=depth, interlaced=interlaced, colours=PALETTE[::-1].copy())
            yield shown(f"{name}-own", screen(23, 17, depth, colours=None) + own + b";", PALETTE[::-1][picture], 0)
    picture = drawing()
    both = screen(23, 17) + frame(picture, colours=PALETTE[::-1].copy()) + b";"
    yield shown("gif-both-palettes", both, PALETTE[::-1][picture], 0)
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    yield shown("gif-grey", screen(23, 17, colours=grey) + frame(picture) + b";", picture, 0)
    black = np.array([[0, 0, 0], [255, 255, 255]], dtype=np.uint8)
    bits = drawing(depth=1)
    yield shown("gif-black-and-white", screen(23, 17, 1, colours=black) + frame(bits, depth=1) + b";", bits * 255, 0)
    yield shown("gif-87a", (screen(23, 17) + frame(picture) + b";").replace(b"89a", b"87a"), PALETTE[picture], 0)
    noise = np.random.default_rng(3).integers(0, 256, (90, 100))
    yield shown("gif-full-table", screen(100, 90) + frame(noise) + b";", PALETTE[noise], 0)
    yield shown("gif-one-pixel", screen(1, 1) + frame(drawing(1, 1)) + b";", PALETTE[:1][None], 0)
    none = screen(23, 17, colours=None)
    yield shown("gif-without-palette", none + frame(picture) + b";", picture * 0, 0)
    alpha = np.dstack([np.zeros((17, 23, 3)), np.where(picture == 35, 0, 255)])
    yield shown("gif-without-palette-clear", none + control(35) + frame(picture) + b";", alpha, 0)
    for block in (1, 7, 254):
        data = screen(23, 17) + frame(picture, block=block) + b";"
        yield shown(f"gif-blocks-of-{block}", data, PALETTE[picture], 0)


def partly_covered() -> Iterator[Sample]:
    """Frames smaller than the screen, or larger, and transparency: what nothing was drawn on is clear."""
    small = drawing(9, 7)
    canvas = np.full((17, 23, 3), WHITE, dtype=np.uint8)
    canvas[4:11, 5:14] = PALETTE[small]
    for name, lead in {
        "": b"",
        "-background": b"",
        "-disposal-2": control(disposal=2),
        "-disposal-3": control(disposal=3),
        "-clear-unused": control(clear=255),
    }.items():
        start = screen(23, 17, background=9 if name == "-background" else 0)
        yield shown(f"gif-small-frame{name}", start + lead + frame(small, 5, 4) + b";", canvas, 0)
    own = frame(small, 5, 4, colours=PALETTE[::-1].copy())
    other = canvas.copy()
    other[4:11, 5:14] = PALETTE[::-1][small]
    yield shown("gif-small-frame-own-palette", screen(23, 17) + own + b";", other, 0)
    picture = drawing()
    alpha = np.where(picture == 35, 0, 255)
    for disposal in range(4):
        data = screen(23, 17) + control(35, disposal) + frame(picture) + b";"
        yield shown(f"gif-clear-disposal-{disposal}", data, np.dstack([PALETTE[picture], alpha]), 0)
    all_clear = screen(23, 17) + control(7) + frame(np.full((17, 23), 7)) + b";"
    yield shown("gif-all-clear", all_clear, np.full((17, 23), WHITE), 0)
    for size in ((9, 7), (0, 0), (23, 0), (1, 17)):
        yield shown(f"gif-screen-{size[0]}x{size[1]}", screen(*size) + frame(picture) + b";", PALETTE[picture], 0)
    outside = np.full((21, 28, 3), WHITE, dtype=np.uint8)
    outside[4:, 5:] = PALETTE[picture]
    yield shown("gif-frame-over-the-edge", screen(9, 7) + frame(picture, 5, 4) + b";", outside, 0)
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    greys = np.full((17, 23), WHITE, dtype=np.uint8)
    greys[4:11, 5:14] = small
    yield shown("gif-small-frame-grey", screen(23, 17, colours=grey) + frame(small, 5, 4) + b";", greys, 0)
    alpha = np.where(small == 14, 0, 255)
    clear = np.dstack([np.stack([small] * 3, -1), alpha])
    data = screen(9, 7, colours=grey) + control(14) + frame(small) + b";"
    yield shown("gif-grey-clear", data, clear, 0)


def around_the_pixels() -> Iterator[Sample]:
    """Extensions and garbage that change nothing."""
    picture = drawing()
    start, body, pixels = screen(23, 17), frame(picture), PALETTE[picture]
    for name, extra in {
        "comment": b"!\xfe" + blocks(b"hello" * 99),
        "comments": (b"!\xfe" + blocks(b"hello")) * 50,
        "empty-comment": b"!\xfe\x00",
        "application": NETSCAPE,
        "netscape-short": b"!\xff\x0bNETSCAPE2.0\x01\x01\x00",
        "application-xmp": b"!\xff\x0bXMP DataXMP" + b'<x tiff:Orientation="6"/>' + bytes(range(255, -1, -1)) + b"\x00",
        "unknown-extension": b"!\x77" + blocks(bytes(300)),
        "two-controls": control(3) + control(None),
    }.items():
        yield shown(f"gif-{name}", start + extra + body + b";", pixels, 0)
    for name, extra in {
        "control-of-3": b"!\xf9\x03\x00\x00\x00\x00",
        "control-empty": b"!\xf9\x00",
        "zeroes": bytes(3),
    }.items():
        yield Sample(f"gif-{name}", start + extra + body + b";", Fate.EITHER, pixels, 0)
    later = frame(255 - picture)
    yield shown("gif-animated", start + NETSCAPE + control() + body + control() + later + b";", pixels, 0)
    yield shown("gif-animated-cut", start + control() + body + control() + later[:-30], pixels, 0)
    yield shown("gif-animated-garbage", start + body + b"garbage", pixels, 0)
    yield shown("gif-many-frames", start + body + (control() + frame(picture[:1, :1])) * 10_000 + b";", pixels, 0)
    yield shown("gif-without-end", start + body, pixels, 0)
    yield shown("gif-trailing-garbage", start + body + b";" + b"garbage" * 99, pixels, 0)
    yield shown("gif-then-zip", start + body + b";PK\x03\x04" + bytes(99), pixels, 0)
    yield shown("gif-then-html", start + body + b";<script>alert(1)</script>", pixels, 0)
    indices = picture.astype(np.uint8).tobytes()
    no_end = lzw(indices, 8)[:-1]
    without = b"," + struct.pack("<HHHHB", 0, 0, 23, 17, 0) + b"\x08" + blocks(no_end)
    yield Sample("gif-without-end-code", start + without + b";", Fate.EITHER, pixels, 0)
    longer = b"," + struct.pack("<HHHHB", 0, 0, 23, 17, 0) + b"\x08" + blocks(lzw(indices + bytes(99), 8))
    yield shown("gif-surplus-pixels", start + longer + b";", pixels, 0)
    flood = b"," + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x08\x00"
    yield shown("gif-later-flood", start + body + flood + b";", pixels, 0)
    few = screen(23, 17, 4) + frame(picture % 16, depth=8) + b";"
    yield shown("gif-larger-codes-than-palette", few, PALETTE[picture % 16], 0)


def bombs() -> Iterator[Sample]:
    """Long before the picture."""
    picture = drawing()
    start, end = screen(23, 17), frame(picture) + b";"
    yield shown("gif-bomb-comment", start + b"!\xfe" + blocks(bytes(2**22)) + end, PALETTE[picture], 0)
    bytewise = start + b"!\xfe" + b"\x01a" * 400_000 + b"\x00" + end
    yield shown("gif-bomb-comment-bytewise", bytewise, PALETTE[picture], 0)
    yield shown("gif-bomb-extensions", start + b"!\xfe\x00" * 300_000 + end, PALETTE[picture], 0)


def floods() -> Iterator[Sample]:
    """More pixels than are taken."""
    tiny = b"GIF89a" + struct.pack("<HH", 9000, 9000) + b"\x80\x00\x00" + bytes(6)
    tiny += b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x00;"
    yield broken("gif-flood-screen", tiny)
    yield broken("gif-flood-largest", screen(65_535, 65_535) + frame(drawing()) + b";")
    yield broken("gif-flood-frame", screen(1, 1) + b"," + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x08\x00;")
    yield broken("gif-flood-corner", screen(1, 1) + frame(drawing(), 65_500, 65_500) + b";")


def wrong() -> Iterator[Sample]:
    """No picture can be had of these."""
    start, body = screen(23, 17), frame(drawing())
    yield broken("gif-header-alone", start[:13])
    yield broken("gif-short-header", b"GIF89a\x01")
    yield broken("gif-without-frame", start + b";")
    yield broken("gif-comment-alone", start + b"!\xfe" + blocks(b"a") + b";")
    yield broken("gif-frame-of-0", start + b"," + bytes(9) + b"\x08\x00;")
    yield broken("gif-frame-of-0-rows", start + b"," + struct.pack("<HHHHB", 0, 0, 9, 0, 0) + b"\x08\x00;")
    yield broken("gif-codes-of-0", start + body[:10] + b"\x00" + body[11:] + b";")
    yield broken("gif-codes-of-12", start + body[:10] + b"\x0c" + body[11:] + b";")
    yield broken("gif-codes-of-255", start + body[:10] + b"\xff" + body[11:] + b";")
    yield broken("gif-no-data", start + body[:11] + b"\x00;")
    yield broken(
        "gif-few-pixels", start + frame(drawing()[:5]).replace(b"\x17\x00\x05\x00", b"\x17\x00\x11\x00") + b";"
    )
    bad = blocks(b"\xff" * 300)
    yield broken("gif-codes-not-in-table", start + body[:11] + bad + b";")


def samples() -> Iterator[Sample]:
    """All of them."""
    for part in (stills, partly_covered, around_the_pixels, bombs, floods, wrong):
        yield from part()
