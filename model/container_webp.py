"""WebP files: how large the canvas is; libwebp reads the rest by itself.

Google, "WebP Container Specification".
"""

from model.contents import Contents, damaged

EXTENDED, LOSSY, LOSSLESS = b"VP8X", b"VP8 ", b"VP8L"
START_CODE = b"\x9d\x01\x2a"
SIDE_BITS = 0x3FFF


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
    return Contents(file, size)
