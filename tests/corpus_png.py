"""PNG files by hand: every colour type, depth and interlacing, and the chunks around them."""

import struct
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tests.corpus import Fate, Pixels, Sample, broken, scene, shown

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
Levels = npt.NDArray[np.integer]


def chunk(kind: bytes, content: bytes = b"", crc: int | None = None, length: int | None = None) -> bytes:
    """One chunk; with a wrong checksum or length where one is given."""
    size = len(content) if length is None else length
    check = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", size) + kind + content + struct.pack(">I", check)


def header(width: int, height: int, depth: int, colour: int, interlaced: int = 0) -> bytes:
    """The content of IHDR."""
    return struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)


def file(ihdr: bytes, *chunks: bytes) -> bytes:
    """A file from its header's content and whole chunks; IEND is added."""
    return SIGNATURE + chunk(b"IHDR", ihdr) + b"".join(chunks) + chunk(b"IEND")


def packed(levels: Levels, depth: int) -> npt.NDArray[np.uint8]:
    """Rows of samples, (H, W, C), as the bytes of a PNG's rows, (H, N)."""
    rows = levels.reshape(levels.shape[0], -1)
    if depth == 16:
        return rows.astype(">u2").view(np.uint8).reshape(rows.shape[0], -1)
    if depth == 8:
        return rows.astype(np.uint8)
    bits = (rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(rows.shape[0], -1).astype(np.uint8), axis=1)


def filtered(rows: npt.NDArray[np.uint8], step: int, kinds: Sequence[int]) -> bytes:
    """Rows with their filters: the kinds in turn."""
    if not any(kinds):
        return np.pad(rows, ((0, 0), (1, 0))).tobytes()
    lines, above = [], np.zeros(rows.shape[1], dtype=int)
    for y, row in enumerate(rows.astype(int)):
        left = np.concatenate([np.zeros(step, int), row[:-step]]) if step < len(row) else np.zeros_like(row)
        corner = np.concatenate([np.zeros(step, int), above[:-step]]) if step < len(row) else np.zeros_like(row)
        guess = left + above - corner
        near = [np.abs(guess - left), np.abs(guess - above), np.abs(guess - corner)]
        paeth = np.where((near[0] <= near[1]) & (near[0] <= near[2]), left, np.where(near[1] <= near[2], above, corner))
        kind = kinds[y % len(kinds)]
        minus = (0, left, above, (left + above) // 2, paeth)[kind]
        lines.append(bytes([kind]) + ((row - minus) % 256).astype(np.uint8).tobytes())
        above = row
    return b"".join(lines)


def raw(levels: Levels, depth: int, interlaced: bool = False, kinds: Sequence[int] = (0,)) -> bytes:
    """What is to be compressed for samples, (H, W, C)."""
    step = max(1, levels.shape[-1] * depth // 8)
    passes = [levels[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [levels]
    return b"".join(filtered(packed(part, depth), step, kinds) for part in passes if part.size)


def png(
    levels: Levels,
    colour: int,
    depth: int,
    *chunks: bytes,
    interlaced: bool = False,
    kinds: Sequence[int] = (0,),
    after: Sequence[bytes] = (),
) -> bytes:
    """A file of samples, (H, W, C); the chunks stand before its data, `after` behind."""
    height, width = levels.shape[:2]
    body = zlib.compress(raw(levels, depth, interlaced, kinds))
    return file(header(width, height, depth, colour, interlaced), *chunks, chunk(b"IDAT", body), *after)


def samples_of(colour: int, depth: int, width: int = 23, height: int = 17) -> Levels:
    """Samples with every level that the depth has, (H, W, C)."""
    channels = CHANNELS[colour]
    values = np.random.default_rng(depth * 10 + colour).integers(0, 2**depth, (height, width, channels))
    values[0, 0], values[0, -1] = 0, 2**depth - 1
    return values


def palette(depth: int) -> Pixels:
    """(2**depth, 3)."""
    return np.random.default_rng(depth).integers(0, 256, (2**depth, 3), dtype=np.uint8)


def seen(levels: Levels, colour: int, depth: int) -> Pixels:
    """Samples as levels of 0 to 255: (H, W), (H, W, 3) or (H, W, 4)."""
    if colour == PALETTE:
        return palette(depth)[levels[..., 0]]
    scaled = levels * 255 / (2**depth - 1)
    if colour == GREY:
        return scaled[..., 0]
    return scaled if colour in (RGB, RGBA) else scaled[..., [0, 0, 0, 1]]


def kinds_of_pixels() -> Iterator[Sample]:
    """Every colour type and depth, interlaced or not, and every filter."""
    for colour, depths in DEPTHS.items():
        for depth in depths:
            levels = samples_of(colour, depth)
            plte = [chunk(b"PLTE", palette(depth).tobytes())] if colour == PALETTE else []
            for interlaced in (False, True):
                name = f"png-{colour}-{depth}{'-interlaced' * interlaced}"
                data = png(levels, colour, depth, *plte, interlaced=interlaced, kinds=(0, 1, 2, 3, 4))
                yield shown(name, data, seen(levels, colour, depth))
    for kind in range(5):
        yield shown(f"png-filter-{kind}", png(scene(), RGB, 8, kinds=(kind,)), scene())
    for side in range(1, 10):
        for interlaced in (False, True):
            small = samples_of(RGB, 8, side, 10 - side)
            name = f"png-{side}x{10 - side}{'-interlaced' * interlaced}"
            yield shown(name, png(small, RGB, 8, interlaced=interlaced), small)
    for width, height in ((65_500, 1), (1, 65_500), (1, 1)):
        strip = samples_of(GREY, 8, width, height)
        yield shown(f"png-{width}x{height}", png(strip, GREY, 8), strip[..., 0])


def transparency() -> Iterator[Sample]:
    """Every way in which a PNG has transparent parts."""
    for colour, depths in {GREY: (1, 2, 4, 8, 16), RGB: (8, 16)}.items():
        for depth in depths:
            for interlaced in (False, True):
                levels = samples_of(colour, depth)
                clear = levels[3, 4]
                pixels = seen(levels, colour, depth)
                pixels = np.stack([pixels] * 3, axis=-1) if colour == GREY else pixels
                alpha = np.where((levels == clear).all(-1), 0, 255)
                data = png(levels, colour, depth, chunk(b"tRNS", clear.astype(">u2").tobytes()), interlaced=interlaced)
                name = f"png-clear-{colour}-{depth}{'-interlaced' * interlaced}"
                yield shown(name, data, np.dstack([pixels, alpha]))
    for depth in DEPTHS[PALETTE]:
        levels = samples_of(PALETTE, depth)
        for count in {1, 2, 2**depth}:
            alphas = np.full(2**depth, 255)
            alphas[:count] = np.linspace(0, 200, count)
            plte = chunk(b"PLTE", palette(depth).tobytes())
            data = png(levels, PALETTE, depth, plte, chunk(b"tRNS", bytes(alphas[:count].astype(np.uint8))))
            yield shown(f"png-clear-palette-{depth}-{count}", data, np.dstack([seen(levels, 3, depth), alphas[levels]]))
    rgb, plte = scene(), chunk(b"PLTE", palette(4).tobytes())
    yield shown("png-suggested-palette", png(rgb, RGB, 8, plte), rgb)
    few = samples_of(PALETTE, 4)
    few %= 5
    data = png(few, PALETTE, 4, chunk(b"PLTE", palette(4)[:5].tobytes()))
    yield shown("png-short-palette", data, palette(4)[few[..., 0]])
    back = chunk(b"bKGD", struct.pack(">3H", 255, 255, 0))
    yield shown("png-background", png(scene(channels=4), RGBA, 8, back), scene(channels=4))


def exif(orientation: int, order: str = "big", count: int = 1) -> bytes:
    """A TIFF block with that orientation alone, so many times."""
    mark, pack = (b"MM\x00*", ">") if order == "big" else (b"II*\x00", "<")
    entry = struct.pack(f"{pack}HHIHH", 0x0112, 3, count, orientation, 0)
    return mark + struct.pack(f"{pack}IH", 8, 1) + entry + bytes(4)


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """Stored pixels as that EXIF orientation wants them shown."""
    turn = {
        2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).swapaxes(0, 1), 8: np.rot90,
    }.get(orientation, lambda a: a)  # fmt: skip
    return np.ascontiguousarray(turn(pixels))


def around_the_pixels() -> Iterator[Sample]:
    """Metadata, good and bad, that changes nothing, or turns the picture."""
    rgb = scene()
    for orientation in range(10):
        for order in ("big", "little"):
            data = png(rgb, RGB, 8, chunk(b"eXIf", exif(orientation, order)))
            yield shown(f"png-exif-{orientation}-{order}", data, turned(rgb, orientation))
    yield shown("png-exif-behind", png(rgb, RGB, 8, after=[chunk(b"eXIf", exif(6))]), turned(rgb, 6))
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    itxt = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp
    harmless = {
        "xmp-orientation": chunk(b"iTXt", itxt),
        "text": chunk(b"tEXt", b"Comment\x00caf\xe9"),
        "text-zip": chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(b"a" * 1000)),
        "text-zip-broken": chunk(b"zTXt", b"Comment\x00\x00garbage"),
        "text-zip-method": chunk(b"zTXt", b"Comment\x00\x07" + zlib.compress(b"a")),
        "text-without-end": chunk(b"iTXt", b"Comment"),
        "text-not-utf8": chunk(b"iTXt", b"Comment\x00\x00\x00\x00\x00\xff\xfe\xfd"),
        "text-empty": chunk(b"tEXt"),
        "exif-raw": chunk(b"zTXt", b"Raw profile type exif\x00\x00" + zlib.compress(b"\nexif\n 4\n4d4d002a")),
        "exif-broken": chunk(b"eXIf", b"MM\x00*\xff\xff\xff\xff"),
        "exif-empty": chunk(b"eXIf"),
        "exif-no-orientation": chunk(b"eXIf", exif(6, count=0)),
        "exif-two-orientations": chunk(b"eXIf", exif(6, count=2)),
        "unknown": chunk(b"xyZz", b"something"),
        "unknown-odd-name": chunk(b"xyzz", b"something"),
        "wrong-crc-text": chunk(b"tEXt", b"Comment\x00a", crc=1),
        "wrong-crc-time": chunk(b"tIME", bytes(7), crc=1),
        "wrong-crc-exif": chunk(b"eXIf", exif(6), crc=1),
        "short-phys": chunk(b"pHYs", b"\x00"),
        "short-gama": chunk(b"gAMA", b"\x00"),
        "short-chrm": chunk(b"cHRM", b"\x00" * 31),
        "empty-srgb": chunk(b"sRGB"),
        "srgb": chunk(b"sRGB", b"\x00"),
        "short-actl": chunk(b"acTL", b"\x00"),
        "actl-of-none": chunk(b"acTL", struct.pack(">II", 0, 0)),
        "actl-alone": chunk(b"acTL", struct.pack(">II", 2, 0)),
        "profile-broken": chunk(b"iCCP", b"name\x00\x00garbage"),
        "profile-method": chunk(b"iCCP", b"name\x00\x05" + zlib.compress(b"x" * 200)),
        "profile-empty": chunk(b"iCCP"),
        "gama-of-srgb": chunk(b"gAMA", struct.pack(">I", 45455)),
        "gama-zero": chunk(b"gAMA", bytes(4)),
        "empty-private": chunk(b"prIv"),
    }
    for name, extra in harmless.items():
        yield shown(f"png-{name}", png(rgb, RGB, 8, extra), rgb)
    for kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"acTL", b"fcTL", b"tIME"):
        behind = png(rgb, RGB, 8, after=[chunk(kind, b"\x00")])
        yield shown(f"png-odd-{kind.decode()}-behind", behind, rgb)


def bombs() -> Iterator[Sample]:
    """Files that grow when they are read, in what is not their pixels."""
    rgb, mib = scene(), 2**20
    big = zlib.compress(bytes(64 * mib), 9)
    for name, extra in {
        "ztxt": chunk(b"zTXt", b"a\x00\x00" + big),
        "itxt": chunk(b"iTXt", b"a\x00\x01\x00\x00\x00" + big),
        "iccp": chunk(b"iCCP", b"a\x00\x00" + big),
        "exif": chunk(b"eXIf", exif_bomb(mib)),
        "many-ztxt": chunk(b"zTXt", b"a\x00\x00" + zlib.compress(bytes(mib - 1), 9)) * 100,
        "xmp": chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + b"<a>" * 300_000),
        "many-text": chunk(b"tEXt", b"a\x00b") * 50_000,
    }.items():
        yield shown(f"png-bomb-{name}", png(rgb, RGB, 8, extra), rgb)


def exif_bomb(size: int) -> bytes:
    """A TIFF block whose 65,535 entries each claim nearly all of it."""
    entry = np.zeros(65_535, dtype=np.dtype([("tag", ">u2"), ("type", ">u2"), ("count", ">u4"), ("at", ">u4")]))
    entry["tag"], entry["type"], entry["count"], entry["at"] = np.arange(65_535), 7, size - 16, 8
    block = b"MM\x00*" + struct.pack(">IH", 8, 65_535) + entry.tobytes()
    return block.ljust(size, b"\x00")


def curve(light: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """sRGB's levels, 0 to 255, of light from 0 to 1."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


P3_TO_SRGB = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]])
CHRM_P3 = struct.pack(">8I", 31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
CHRM_SRGB = struct.pack(">8I", 31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)


NUMBERED = {  # ITU-T H.273's numbers of primaries: white, red, green and blue, in 1/100,000; and an exponent
    1: ((31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000), 2.4),
    4: ((31_000, 31_600, 67_000, 33_000, 21_000, 71_000, 14_000, 8_000), 2.2),
    5: ((31_270, 32_900, 64_000, 33_000, 29_000, 60_000, 15_000, 6_000), 2.2),
    6: ((31_270, 32_900, 63_000, 34_000, 31_000, 59_500, 15_500, 7_000), 2.2),
    7: ((31_270, 32_900, 63_000, 34_000, 31_000, 59_500, 15_500, 7_000), 2.2),
    11: ((31_400, 35_100, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000), 2.2),
    22: ((31_270, 32_900, 63_000, 34_000, 29_500, 60_500, 15_500, 7_700), 2.2),
}


def _seen_by(points: Sequence[int], light: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Light of those primaries, (H, W, 3), as sRGB's levels; white stays white."""
    to_xyz = [_light_of(points), _light_of((31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000))]
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    here, there = (cone @ matrix for matrix in to_xyz)
    adapted = np.diag(there.sum(1) / here.sum(1)) @ here
    return curve(light @ (np.linalg.inv(there) @ adapted).T)


def _light_of(points: Sequence[int]) -> npt.NDArray[np.floating]:
    """From red, green and blue to XYZ."""
    white, *columns = ([x / y, 1, (1e5 - x - y) / y] for x, y in zip(points[::2], points[1::2], strict=True))
    primaries = np.transpose(columns)
    matrix: npt.NDArray[np.floating] = primaries * np.linalg.solve(primaries, white)
    return matrix


def described_colours() -> Iterator[Sample]:
    """gAMA, cHRM, sRGB and cICP: what viewers apply, and which of them counts."""
    levels = np.arange(256).reshape(16, 16, 1)
    rgb = np.repeat(levels, 3, axis=-1)
    for exponent in (100_000, 55_556, 35_714):
        gama = chunk(b"gAMA", struct.pack(">I", exponent))
        light = (rgb / 255) ** (1e5 / exponent)
        yield shown(f"png-gamma-{exponent}", png(rgb, RGB, 8, gama), curve(light), 3)
        yield shown(f"png-gamma-{exponent}-grey", png(levels, GREY, 8, gama), curve(light), 3)
        both = png(rgb, RGB, 8, gama, chunk(b"sRGB", b"\x00"))
        yield shown(f"png-gamma-{exponent}-and-srgb", both, rgb, 0)
    soft = scene() // 2 + 60
    gama = chunk(b"gAMA", struct.pack(">I", 45_455))
    usual = png(soft, RGB, 8, gama, chunk(b"cHRM", CHRM_SRGB))
    yield shown("png-gamma-and-primaries-of-srgb", usual, soft, 0)
    yield shown("png-primaries-alone", png(soft, RGB, 8, chunk(b"cHRM", CHRM_P3)), soft, 0)
    wide = curve((soft / 255) ** 2.2 @ P3_TO_SRGB.T)
    yield shown("png-primaries-of-p3", png(soft, RGB, 8, gama, chunk(b"cHRM", CHRM_P3)), wide, 3)
    numbered = chunk(b"cICP", bytes([12, 13, 0, 1]))
    light = np.where(soft <= 10, soft / 255 / 12.92, ((soft / 255 + 0.055) / 1.055) ** 2.4)
    yield shown("png-cicp-p3", png(soft, RGB, 8, numbered), curve(light @ P3_TO_SRGB.T), 3)
    yield shown("png-cicp-srgb", png(soft, RGB, 8, chunk(b"cICP", bytes([1, 13, 0, 1]))), soft, 2)
    for number, (points, exponent) in NUMBERED.items():
        chrm = struct.pack(">8I", *points)
        gama = chunk(b"gAMA", struct.pack(">I", round(1e5 / exponent)))
        same = _seen_by(points, (soft / 255) ** exponent)
        for curve_number in (4,) if exponent == 2.2 else (1, 6, 14, 15):
            told = chunk(b"cICP", bytes([number, curve_number, 0, 1]))
            yield shown(f"png-cicp-{number}-{curve_number}", png(soft, RGB, 8, told), same, 3)
        yield shown(f"png-cicp-{number}-by-points", png(soft, RGB, 8, gama, chunk(b"cHRM", chrm)), same, 3)
    impossible = chunk(b"cHRM", bytes(32))
    yield shown("png-primaries-impossible", png(soft, RGB, 8, gama, impossible), soft, 0)


def animations() -> Iterator[Sample]:
    """APNG: the picture that a viewer without animation shows, whatever the animation's chunks say."""
    rgb, other = scene(), 255 - scene()
    size = struct.pack(">II", 23, 17)
    timing = struct.pack(">HHBB", 1, 10, 0, 0)
    control = chunk(b"acTL", struct.pack(">II", 2, 0))

    def frame(number: int, at: bytes = bytes(8), of: bytes = size) -> bytes:
        return chunk(b"fcTL", struct.pack(">I", number) + of + at + timing)

    later = chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(raw(other, 8)))
    yield shown("png-animated", png(rgb, RGB, 8, control, frame(0), after=[frame(1), later]), rgb)
    yield shown("png-animated-default-apart", png(rgb, RGB, 8, control, after=[frame(0), later]), rgb)
    yield shown("png-animated-sequence", png(rgb, RGB, 8, control, frame(7), after=[frame(3), later]), rgb)
    outside = frame(1, struct.pack(">II", 20, 20))
    yield shown("png-animated-outside", png(rgb, RGB, 8, control, frame(0), after=[outside, later]), rgb)
    yield shown("png-animated-cut", png(rgb, RGB, 8, control, frame(0), after=[frame(1), later[:-20]]), rgb)
    flood = frame(0, of=struct.pack(">II", 2**31 - 1, 2**31 - 1))
    yield shown("png-animated-flood", png(rgb, RGB, 8, control, flood), rgb)


def oddly_put() -> Iterator[Sample]:
    """Whole pictures in files that a careless reader would refuse."""
    rgb = scene()
    whole, body = png(rgb, RGB, 8), zlib.compress(raw(rgb, 8))
    ihdr = header(23, 17, 8, RGB)
    split = [chunk(b"IDAT", body[i : i + 1]) for i in range(len(body))]
    yield shown("png-data-by-the-byte", file(ihdr, *split), rgb)
    yield shown("png-data-empty-chunks", file(ihdr, chunk(b"IDAT"), chunk(b"IDAT", body), chunk(b"IDAT")), rgb)
    yield shown("png-without-end", whole[:-12], rgb)
    yield shown("png-end-cut", whole[:-5], rgb)
    yield shown("png-trailing-garbage", whole + b"garbage" * 99, rgb)
    yield shown("png-then-zip", whole + b"PK\x03\x04" + bytes(99), rgb)
    yield shown("png-then-png", whole + png(255 - rgb, RGB, 8), rgb)
    yield shown("png-stored", file(ihdr, chunk(b"IDAT", zlib.compress(raw(rgb, 8), 0))), rgb)
    yield shown("png-surplus-data", file(ihdr, chunk(b"IDAT", zlib.compress(raw(rgb, 8) + bytes(99)))), rgb)
    yield shown("png-data-behind-stream", file(ihdr, chunk(b"IDAT", body + b"garbage")), rgb)


def floods() -> Iterator[Sample]:
    """More pixels than are taken."""
    for side in (13_000, 30_000, 2**31 - 1):
        body = chunk(b"IDAT", zlib.compress(bytes(min((side // 8 + 1) * side, 2**24)), 9))
        yield Sample(f"png-flood-{side}", file(header(side, side, 1, GREY), body), Fate.BROKEN)
    for width, height in ((65_536, 1), (1, 65_536), (49_000_000, 1)):
        strip = chunk(b"IDAT", zlib.compress(bytes((width // 8 + 2) * height), 9))
        yield broken(f"png-flood-{width}x{height}", file(header(width, height, 1, GREY), strip))
    yield Sample("png-flood-rgba", file(header(65_000, 65_000, 16, RGBA), chunk(b"IDAT", b"x")), Fate.BROKEN)


def wrong() -> Iterator[Sample]:
    """No picture can be had of these."""
    rgb = scene()
    ihdr, body = header(23, 17, 8, RGB), zlib.compress(raw(rgb, 8))
    data = chunk(b"IDAT", body)
    for width, height in ((0, 17), (23, 0), (0, 0), (2**31, 17), (23, 2**32 - 1)):
        yield broken(f"png-size-{width}x{height}", file(header(width, height, 8, RGB), data))
    for depth, colour in ((0, 0), (3, 0), (32, 0), (4, 2), (1, 4), (16, 3), (8, 1), (8, 5), (8, 7), (8, 255)):
        yield broken(f"png-depth-{depth}-colour-{colour}", file(header(23, 17, depth, colour), data))
    yield broken("png-compression", file(ihdr[:10] + b"\x01" + ihdr[11:], data))
    yield broken("png-filter-method", file(ihdr[:11] + b"\x01" + ihdr[12:], data))
    yield broken("png-interlacing", file(ihdr[:12] + b"\x02", data))
    yield broken("png-without-data", file(ihdr))
    yield broken("png-empty-data", file(ihdr, chunk(b"IDAT")))
    yield broken("png-signature-alone", SIGNATURE)
    whole = file(ihdr, data)
    for at in range(len(SIGNATURE)):
        yield broken(f"png-signature-byte-{at}", whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1 :])
    yield broken("png-of-7-bits", bytes(byte & 0x7F for byte in whole))
    yield broken("png-of-windows-lines", whole.replace(b"\r\n", b"\n", 1))
    yield broken("png-of-unix-lines", whole.replace(b"\n", b"\r\n"))
    yield broken("png-without-header", SIGNATURE + data + chunk(b"IEND"))
    yield broken("png-short-header", SIGNATURE + chunk(b"IHDR", ihdr[:12]) + data + chunk(b"IEND"))
    yield broken("png-crc-header", SIGNATURE + chunk(b"IHDR", ihdr, crc=0) + data + chunk(b"IEND"))
    yield broken("png-crc-data", file(ihdr, chunk(b"IDAT", body, crc=0)))
    yield broken("png-few-rows", file(ihdr, chunk(b"IDAT", zlib.compress(raw(rgb[:9], 8)))))
    yield broken("png-adler", file(ihdr, chunk(b"IDAT", body[:-4] + b"\x00\x00\x00\x00")))
    yield broken("png-deflate", file(ihdr, chunk(b"IDAT", b"\x78\x9c" + b"\xff" * 99)))
    yield broken("png-filter-5", file(ihdr, chunk(b"IDAT", zlib.compress(b"\x05" + raw(rgb, 8)[1:]))))
    for length in (0, 1, len(body) - 1, len(body) + 1, 2**31 - 1, 2**32 - 1):
        yield broken(f"png-length-{length}", file(ihdr, chunk(b"IDAT", body, length=length)))
    indices = samples_of(PALETTE, 8)
    yield broken("png-without-palette", png(indices, PALETTE, 8))
    yield broken("png-apple", SIGNATURE + chunk(b"CgBI", b"\x50\x00\x20\x06") + file(ihdr, data)[8:])


def samples() -> Iterator[Sample]:
    """All of them."""
    parts = (kinds_of_pixels, transparency, around_the_pixels, bombs, described_colours, animations, oddly_put)
    for part in (*parts, floods, wrong):
        yield from part()
