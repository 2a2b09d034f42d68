"""PNG files, chunk by chunk: checked, and reduced to one picture's header, palette, transparency and data.

W3C, "PNG Specification (Third Edition)", sections 5, 11 and 13. As viewers do, what is wrong in a chunk that is not
critical costs that chunk alone; of an animation the picture outside of it is shown, which every viewer can.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from isal import isal_zlib
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from model.contents import MAX_PARTS, MAX_PROFILE_BYTES, Contents, Size, damaged, too_many_parts
from model.exif import orientation
from model.profiles import NUMBERED_CURVES, NUMBERED_PRIMARIES, SRGB, Primaries, matrix_profile

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}
CLEAR_BYTES = {GREY: 2, RGB: 6}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
USED = {b"PLTE", b"tRNS", b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM", b"eXIf"}
SRGB_GAMMA, MIN_GAMMA, MAX_GAMMA = 45_455, 5_000, 1_000_000
COLOURS = {  # cICP's numbers for primaries and curve, those that are not for HDR screens
    bytes([primaries_number, curve_number, 0, 1]): (primaries, curve)
    for primaries_number, primaries in NUMBERED_PRIMARIES.items()
    for curve_number, curve in NUMBERED_CURVES.items()
}
GREY_STEPS = {"L;2": 85, "L;4": 17}
MAX_SIDE = 2**31 - 1
DEFLATED_BYTES, INFLATED_BYTES = 2**14, 2**18  # worked on at a time


@dataclass
class _Chunks:
    """What is used of a file; `found` holds the first of each kind but IDAT."""

    header: bytes
    found: dict[bytes, bytes] = field(default_factory=dict)
    data: list[memoryview] = field(default_factory=list)


def read_png(file: bytes) -> Contents:
    """Take a PNG file apart.

    Args:
        file: the whole file; of its signature, bytes may have been changed

    Raises:
        BrokenPhoto: something that the pixels need is missing or wrong
    """
    if not file.startswith(SIGNATURE):
        raise damaged("PNG")
    chunks = _read_chunks(file)
    size, depth, colour, interlaced = _header(chunks.header)
    found = chunks.found
    palette = found.get(b"PLTE", b"")
    if not chunks.data or (colour == PALETTE and (not palette or len(palette) % 3)):
        raise damaged("PNG")
    parts = [chunk(b"IHDR", chunks.header)]
    if colour == PALETTE:
        parts.append(chunk(b"PLTE", palette[:768]))
    clear = found.get(b"tRNS", b"")
    if colour == PALETTE and clear:
        parts.append(chunk(b"tRNS", clear[: len(palette) // 3]))
    elif len(clear) == CLEAR_BYTES.get(colour):
        parts.append(chunk(b"tRNS", clear))
    head = SIGNATURE + b"".join(parts)
    length = sum(map(len, chunks.data))
    data = b"".join([head, _head(b"IDAT", length), *chunks.data, bytes(4), chunk(b"IEND", b"")])
    start = len(head) + 8

    def is_whole() -> bool:
        return _inflates_to(
            memoryview(data)[start : start + length], _raw_bytes(size, depth * CHANNELS[colour], interlaced)
        )

    return Contents(
        data,
        size,
        orientation(found.get(b"eXIf", b"")),
        _profile(found),
        is_whole=is_whole,
    )


def _read_chunks(file: bytes) -> _Chunks:
    """The chunks that are used, those that are not critical only where their checksums are right."""
    kept, behind, last = _Chunks(b""), False, b""
    for kind, view, is_right in _walk(memoryview(file)):
        if not kept.header:
            if kind != b"IHDR" or not is_right:
                raise damaged("PNG")
            kept.header = bytes(view)
        elif kind == b"IDAT" and not behind:
            if not is_right:
                raise damaged("PNG")
            kept.data.append(view)
        elif kind in USED and is_right and (not kept.data or kind == b"eXIf"):
            kept.found.setdefault(kind, bytes(view))
        elif kind not in USED and kind != b"IDAT" and not kind[0] & 0x20:
            raise damaged("PNG")
        behind = behind or (last == b"IDAT" != kind)
        last = kind
    return kept


def _walk(file: memoryview) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Every chunk up to IEND, (kind, content, whether its checksum is right); empty for what is not used.

    Behind the picture's data a file may end anywhere: everything that is shown has been read.
    """
    at, has_data = len(SIGNATURE), False
    for _ in range(MAX_PARTS):
        length, kind = int.from_bytes(file[at : at + 4]), bytes(file[at + 4 : at + 8])
        end = at + 12 + length
        if kind == b"IEND":
            return
        if end > len(file) or length > MAX_SIDE or not kind.isalpha():
            if has_data and kind != b"IDAT":
                return
            raise damaged("PNG")
        if kind in USED or not kind[0] & 0x20:
            body = file[at + 8 : end - 4]
            check = isal_zlib.crc32(body, isal_zlib.crc32(kind))
            yield kind, body, check == int.from_bytes(file[end - 4 : end])
        else:
            yield kind, file[:0], True
        has_data = has_data or kind == b"IDAT"
        at = end
    raise too_many_parts("PNG")


def _header(body: bytes) -> tuple[Size, int, int, bool]:
    """(width, height), depth, colour type, and whether it is interlaced."""
    if len(body) != 13:
        raise damaged("PNG")
    width, height, depth, colour, compression, filters, interlaced = struct.unpack(">IIBBBBB", body)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and depth in DEPTHS.get(colour, ())):
        raise damaged("PNG")
    if compression or filters or interlaced > 1:
        raise damaged("PNG")
    return (width, height), depth, colour, bool(interlaced)


def _profile(found: dict[bytes, bytes]) -> bytes | None:
    """The profile of the colours, by the best description that can be read; none for sRGB."""
    if colours := COLOURS.get(found.get(b"cICP", b"")):
        return matrix_profile(*colours)
    if profile := _embedded(found.get(b"iCCP", b"")):
        return profile
    exponent = int.from_bytes(found.get(b"gAMA", b"")[:4])
    if b"sRGB" in found or not MIN_GAMMA <= exponent <= MAX_GAMMA:
        return None
    primaries = _primaries(found.get(b"cHRM", b""))
    if primaries == SRGB and abs(exponent - SRGB_GAMMA) <= SRGB_GAMMA // 20:
        return None
    return matrix_profile(primaries, (1e5 / exponent,))


def _embedded(body: bytes) -> bytes | None:
    """The profile of an iCCP chunk; none where it cannot be had."""
    name, _, rest = body.partition(b"\x00")
    if not name or rest[:1] != b"\x00":
        return None
    try:
        return zlib.decompressobj().decompress(rest[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return None


def _primaries(body: bytes) -> Primaries:
    """Those of a cHRM chunk; sRGB's where they are about that, or no colours can be made of them."""
    if len(body) != 32:
        return SRGB
    told = [number / 1e5 for number in struct.unpack(">8I", body)]
    white, red, green, blue = zip(told[::2], told[1::2], strict=True)
    primaries = Primaries(white, red, green, blue)
    usual = [number for point in (SRGB.white, SRGB.red, SRGB.green, SRGB.blue) for number in point]
    if max(abs(a - b) for a, b in zip(told, usual, strict=True)) < 0.01 or not primaries.is_possible:
        return SRGB
    return primaries


def _raw_bytes(size: Size, bits: int, interlaced: bool) -> int:
    """How long the data of all rows is, inflated."""
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(size[0] - left) // across), -(-(size[1] - top) // down)
        total += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
    return total


def _inflates_to(data: memoryview, wanted: int) -> bool:
    """Whether data has at least so many bytes, inflated; they are counted, not kept."""
    inflating, count = zlib.decompressobj(), 0
    try:
        for at in range(0, len(data), DEFLATED_BYTES):
            part: bytes | memoryview = data[at : at + DEFLATED_BYTES]
            while part and count < wanted:
                count += len(inflating.decompress(part, INFLATED_BYTES))
                part = inflating.unconsumed_tail
    except zlib.error:
        return False
    return count >= wanted


def _head(kind: bytes, length: int) -> bytes:
    return struct.pack(">I", length) + kind


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its length and its checksum."""
    return _head(kind, len(body)) + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def mend_clear_colour(image: Image.Image) -> None:
    """Bring a picture's transparent colour to 8 bits: Pillow does so with the pixels, but not with it.

    Call it before the pixels are loaded, while the file's own depth is known.
    """
    clear = image.info.get("transparency")
    depth = image.tile[0].args if isinstance(image, PngImageFile) and image.tile else None
    if depth == "RGB;16B" and isinstance(clear, tuple):
        image.info["transparency"] = tuple(level >> 8 for level in clear)
    elif depth in GREY_STEPS and isinstance(clear, int):
        image.info["transparency"] = min(clear * GREY_STEPS[depth], 255)
