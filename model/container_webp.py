"""WebP files: how large the canvas is, and its first frame.

libwebp reads the file by itself. Pillow holds on to its two canvases until the picture is closed, while it makes two
copies of the frame; here they go before the second (docs/decisions/0119-only-what-pixels-need-is-read.md). Google,
"WebP Container Specification".
"""

from PIL import Image

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
