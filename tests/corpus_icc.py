"""Files with ICC profiles by hand: right ones, broken ones, and such as describe another kind of picture."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tests import corpus_bmp, corpus_jpeg, corpus_png, corpus_webp
from tests.corpus import Pixels, Sample, scene, shown
from tests.corpus_png import GREY, PALETTE, RGB, RGBA, chunk, curve

D50 = (0.9642, 1.0, 0.8249)
P3_COLUMNS = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
SRGB_COLUMNS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139))
LINEAR = b"curv" + bytes(8)


def fixed(*numbers: float) -> bytes:
    """Numbers in 16.16 bits."""
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def exponent(value: float) -> bytes:
    """A curve that is a power."""
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


def xyz(numbers: tuple[float, ...]) -> bytes:
    """A tag of one colour."""
    return b"XYZ " + bytes(4) + fixed(*numbers)


def profile(
    space: bytes,
    tags: dict[bytes, bytes],
    kind: bytes = b"mntr",
    between: bytes = b"XYZ ",
    name: bytes = b"made for tests",
) -> bytes:
    """A profile of version 2."""
    text = b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name + b"\x00"
    tags = {b"desc": text.ljust(90 + len(name) + 1, b"\x00"), b"wtpt": xyz(D50), b"cprt": b"text" + bytes(5), **tags}
    start, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for key, content in tags.items():
        table += key + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s12x4s", start + len(body), bytes(4), 0x02100000, kind, space, between, b"acsp")
    return head.ljust(68, b"\x00") + fixed(*D50) + bytes(48) + table + body


def rgb_profile(
    columns: tuple[tuple[float, ...], ...] = P3_COLUMNS, power: float = 2.2, name: bytes = b"wide"
) -> bytes:
    """A matrix and a curve; by default Display P3's colours with a power of 2.2."""
    keys = {b"rXYZ": columns[0], b"gXYZ": columns[1], b"bXYZ": columns[2]}
    tags = {key: xyz(column) for key, column in keys.items()}
    return profile(b"RGB ", {**tags, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), exponent(power))}, name=name)


def grey_profile(power: float) -> bytes:
    """A curve alone."""
    return profile(b"GRAY", {b"kTRC": exponent(power)})


def cmyk_profile() -> bytes:
    """A table of two steps per ink: white paper, inks as screens have them, but yellow is green."""
    corners = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    light = (1 - corners[:, :3]) * (1 - corners[:, 3:])
    light = np.where(corners[:, 2:3] * (1 - corners[:, 3:]), light * [0, 1, 0], light)
    lab = np.stack([lab_of(row) for row in light])
    stored = np.round(np.stack([lab[:, 0] * 2.55, lab[:, 1] + 128, lab[:, 2] + 128], axis=-1)).clip(0, 255)
    ramp = bytes(range(256))
    head = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table = head + ramp * 4 + stored.astype(np.uint8).tobytes() + ramp * 3
    return profile(b"CMYK", {b"A2B0": table, b"A2B1": table}, kind=b"prtr", between=b"Lab ")


def lab_of(light: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """CIE L*, a*, b* of sRGB's light, adapted to D50."""
    to_xyz = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7139]])
    ratio = (to_xyz @ light) / D50
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def iccp(content: bytes) -> bytes:
    """A profile as PNG has it."""
    return chunk(b"iCCP", b"name\x00\x00" + zlib.compress(content))


def app2(content: bytes, size: int = 65_000) -> bytes:
    """A profile as JPEG has it, in numbered parts."""
    parts = [content[i : i + size] for i in range(0, len(content), size)]
    return b"".join(
        corpus_jpeg.segment(0xE2, b"ICC_PROFILE\x00" + bytes([i + 1, len(parts)]) + part)
        for i, part in enumerate(parts)
    )


def wide(pixels: npt.NDArray[np.floating] | Pixels) -> npt.NDArray[np.floating]:
    """What `rgb_profile()` says of levels."""
    return curve((np.asarray(pixels) / 255) ** 2.2 @ corpus_png.P3_TO_SRGB.T)


def right() -> Iterator[Sample]:
    """Profiles that describe their pictures."""
    soft = scene() // 2 + 60
    p3 = rgb_profile()
    yield shown("icc-png", corpus_png.png(soft, RGB, 8, iccp(p3)), wide(soft), 3)
    rgba = np.dstack([soft, scene(channels=4)[..., 3]])
    seen = np.dstack([wide(soft), rgba[..., 3]])
    yield shown("icc-png-alpha", corpus_png.png(rgba, RGBA, 8, iccp(p3)), seen, 3)
    indices = corpus_png.samples_of(PALETTE, 8)
    colours = np.random.default_rng(1).integers(80, 170, (256, 3), dtype=np.uint8)
    plte = chunk(b"PLTE", colours.tobytes())
    yield shown(
        "icc-png-palette", corpus_png.png(indices, PALETTE, 8, iccp(p3), plte), wide(colours[indices[..., 0]]), 3
    )
    deep = soft.astype(int) * 257
    yield shown("icc-png-16", corpus_png.png(deep, RGB, 16, iccp(p3)), wide(soft), 3)
    levels = np.arange(256).reshape(16, 16, 1)
    for power in (1.0, 1.8):
        light = curve((levels[..., 0] / 255) ** power)
        yield shown(f"icc-png-grey-{power}", corpus_png.png(levels, GREY, 8, iccp(grey_profile(power))), light, 3)
    cells = corpus_jpeg.blocks() // 2 + 60
    for size in (65_000, 200):
        lead = (corpus_jpeg.adobe(0), app2(p3, size))
        photo = corpus_jpeg.jpeg(corpus_jpeg.planes_of(cells), *lead, **corpus_jpeg.SIZE)
        yield shown(f"icc-jpeg-parts-of-{size}", photo, corpus_jpeg.large(wide(cells)), 4)
    grey = corpus_jpeg.blocks(channels=1)
    photo = corpus_jpeg.jpeg(corpus_jpeg.planes_of(grey), app2(grey_profile(1.0)), **corpus_jpeg.SIZE)
    yield shown("icc-jpeg-of-grey", photo, corpus_jpeg.large(curve(grey[..., 0] / 255)), 3)
    webp = corpus_webp.riff(corpus_webp.extended(0x20), corpus_webp.chunk(b"ICCP", p3), corpus_webp.bitstream(soft))
    yield shown("icc-webp", webp, wide(soft), 3)
    body = corpus_bmp.padded(np.ascontiguousarray(soft[..., ::-1]).reshape(17, -1))
    head = bytearray(corpus_bmp.info(23, 17, 24, 124, tag=0x4D424544))
    struct.pack_into("<II", head, 112, 124 + len(body), len(p3))
    yield shown("icc-bmp", corpus_bmp.bmp(bytes(head), body + p3), wide(soft), 3)
    srgb = rgb_profile(SRGB_COLUMNS, 2.2, b"sRGB IEC61966-2.1")
    yield shown("icc-srgb", corpus_png.png(soft, RGB, 8, iccp(srgb)), soft, 0)
    named = rgb_profile(name=b"sRGB, it says")
    yield shown("icc-named-srgb", corpus_png.png(soft, RGB, 8, iccp(named)), wide(soft), 3)
    yield shown("icc-png-huge", corpus_png.png(soft, RGB, 8, iccp(p3 + bytes(2**24))), wide(soft), 3)


def of_ink() -> Iterator[Sample]:
    """CMYK: no ink is white, cyan is cyan, and yellow is as green as the profile says."""
    inks = np.array(
        [[[255, 255, 255, 255]] * 2, [[0, 255, 255, 255]] * 2, [[255, 255, 0, 255]] * 2, [[255, 255, 255, 0]] * 2]
    )
    colours = np.array([[[255, 255, 255]] * 2, [[0, 255, 255]] * 2, [[0, 255, 0]] * 2, [[0, 0, 0]] * 2])
    for name, lead in {"adobe": corpus_jpeg.adobe(0), "plain": b""}.items():
        data = corpus_jpeg.jpeg(corpus_jpeg.planes_of(inks), lead, app2(cmyk_profile()), width=16, height=32)
        yield shown(f"icc-cmyk-{name}", data, corpus_jpeg.large(colours.astype(np.uint8), 16, 32), 10)


def wrong() -> Iterator[Sample]:
    """Profiles of no use, which change nothing."""
    soft = scene() // 2 + 60
    p3 = rgb_profile()
    lab = profile(b"Lab ", {b"A2B0": LINEAR}, kind=b"abst", between=b"Lab ")
    for name, content in {
        "cut": p3[:300],
        "header-alone": p3[:128],
        "zeroes": bytes(1000),
        "noise": np.random.default_rng(0).bytes(3000),
        "lab": lab,
        "grey": grey_profile(1.0),
        "cmyk": cmyk_profile(),
        "no-tags": profile(b"RGB ", {}),
        "many-tags": p3[:128] + struct.pack(">I", 2**31) + p3[132:],
        "bomb": bytes(2**25),
    }.items():
        yield shown(f"icc-png-{name}", corpus_png.png(soft, RGB, 8, iccp(content)), soft, 0)
        if len(content) < 2**20:
            lead = (corpus_jpeg.adobe(0), app2(content))
            cells = corpus_jpeg.blocks()
            photo = corpus_jpeg.jpeg(corpus_jpeg.planes_of(cells), *lead, **corpus_jpeg.SIZE)
            yield shown(f"icc-jpeg-{name}", photo, corpus_jpeg.large(cells), 2)
    levels = np.arange(256).reshape(16, 16, 1)
    yield shown("icc-png-grey-cmyk", corpus_png.png(levels, GREY, 8, iccp(cmyk_profile())), levels[..., 0], 0)
    four = corpus_jpeg.blocks(channels=4)
    seen = four[..., :3] * (four[..., 3:] / 255)
    for name, content in {"rgb": p3, "grey": grey_profile(1.0)}.items():
        photo = corpus_jpeg.jpeg(corpus_jpeg.planes_of(four), app2(content), **corpus_jpeg.SIZE)
        yield shown(f"icc-jpeg-cmyk-{name}", photo, corpus_jpeg.large(seen.round().astype(np.uint8)), 3)


def samples() -> Iterator[Sample]:
    """All of them."""
    for part in (right, of_ink, wrong):
        yield from part()
