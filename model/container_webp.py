"""WebP files: how large the canvas is, and its first frame.

libwebp reads the file by itself; of an animation it gets the first frame alone, as it refuses one that is cut
anywhere. Pillow holds on to its two canvases until the picture is closed, while it makes two copies of the frame; here
they go before the second (docs/decisions/0119-only-what-pixels-need-is-read.md). Google, "WebP Container
Specification".
"""

import struct
from collections.abc import Iterator

from PIL import Image

from model.contents import MAX_PARTS, Contents, damaged

EXTENDED, LOSSY, LOSSLESS = b"VP8X", b"VP8 ", b"VP8L"
START_CODE = b"\x9d\x01\x2a"
SIDE_BITS = 0x3FFF
CONTROL, FRAME = b"ANIM", b"ANMF"
ANIMATION, ALPHA = 0x02, 0x10
BESIDE = {b"ICCP": 0x20, b"EXIF": 0x08}  # chunks that are used, and what announces them
HEADER_BYTES, EXTENDED_BYTES = 12, 10


def read_webp(file: bytes) -> Contents:
    """Find the size of the canvas, which is made when a file is opened.

    Args:
        file: the whole file, with RIFF's signature

    Raises:
        BrokenPhoto: it does not begin with a picture
    """
    kind = file[12:16]
    if kind == EXTENDED and len(file) >= 30:
        size = 1 + int.from_bytes(file[24:27], "little"), 1 + int.from_bytes(file[27:30], "little")
    elif kind == LOSSY and file[23:26] == START_CODE and len(file) >= 30:
        size = int.from_bytes(file[26:28], "little") & SIDE_BITS, int.from_bytes(file[28:30], "little") & SIDE_BITS
    elif kind == LOSSLESS and len(file) >= 25:
        sides = int.from_bytes(file[21:25], "little")
        size = 1 + (sides & SIDE_BITS), 1 + (sides >> 14 & SIDE_BITS)
    else:
        raise damaged("WebP")
    return Contents(_first_frame(file) if kind == EXTENDED and file[20] & ANIMATION else file, size)


def is_lossless(file: bytes) -> bool:
    """Whether the first picture of a WebP file is a lossless one; a guess where it is damaged."""
    lossy, lossless = file.find(LOSSY, HEADER_BYTES), file.find(LOSSLESS, HEADER_BYTES)
    return lossless >= 0 and not 0 <= lossy < lossless


def _first_frame(file: bytes) -> bytes:
    """An animation of one frame, with the chunks beside it; what it does not cover of its canvas is clear.

    Raises:
        BrokenPhoto: that frame is cut
    """
    found = dict[bytes, bytes]()
    for kind, chunk, is_cut in _chunks(file):
        if kind == FRAME and is_cut and FRAME not in found:
            raise damaged("WebP")
        if not is_cut:
            found.setdefault(kind, chunk)
    if FRAME not in found:
        return file
    flags = ANIMATION | ALPHA | sum(flag for kind, flag in BESIDE.items() if kind in found)
    extended = struct.pack("<4sII", EXTENDED, EXTENDED_BYTES, flags) + file[24:30]
    body = b"".join([b"WEBP", extended, *(found.get(kind, b"") for kind in (b"ICCP", CONTROL, FRAME, b"EXIF"))])
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """The chunks that are used, each its kind, the whole of it, filled up to an even length, and whether it is cut."""
    at = HEADER_BYTES
    for _ in range(MAX_PARTS):
        if at + 8 > len(file):
            return
        kind, length = file[at : at + 4], int.from_bytes(file[at + 4 : at + 8], "little")
        end = at + 8 + length
        if kind in (CONTROL, FRAME, *BESIDE):
            yield kind, file[at:end] + bytes(length % 2), end > len(file)
        at = end + length % 2


def decode_webp(opened: Image.Image) -> Image.Image:
    """Decode the first frame, on its canvas.

    Args:
        opened: a file whose canvas is not too large, as Pillow opens it

    Returns:
        RGB or RGBA; where Pillow's insides are not those that are known here, what it makes of the file

    Raises:
        EOFError: it is broken
    """
    get_next = getattr(opened, "_get_next", None)
    if get_next is None:
        opened.load()
        return opened
    frame = get_next()[0]
    opened._decoder = None  # type: ignore[attr-defined] # noqa: SLF001
    return Image.frombytes(opened.mode, opened.size, frame, "raw", opened.rawmode)  # type: ignore[attr-defined]
