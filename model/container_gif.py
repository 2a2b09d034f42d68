"""GIF files: the first picture alone, with its palette and its clear colour.

CompuServe, "Graphics Interchange Format, Version 89a". What the picture does not cover of its screen is clear.
"""

import struct

from model.contents import Contents, damaged, too_many_parts

HEADER_BYTES, DESCRIPTOR_BYTES = 13, 9
HAS_PALETTE, PALETTE_BITS, INTERLACED = 0x80, 0x07, 0x40
EXTENSION, CONTROL, PICTURE = 0x21, 0xF9, 0x2C
HAS_CLEAR = 0x01
MAX_BLOCKS = 1_000_000
NO_COLOURS = bytes(768)  # which browsers show where a file has no palette
NO_CODE_BITS = 255  # which Pillow refuses; it takes 0 for something


def read_gif(file: bytes) -> Contents:
    """Take a GIF file apart, up to its first picture.

    Args:
        file: the whole file, with GIF's signature

    Raises:
        BrokenPhoto: it has no picture
    """
    if len(file) < HEADER_BYTES:
        raise damaged("GIF")
    screen = struct.unpack_from("<HH", file, 6)
    palette = _palette(file, HEADER_BYTES, file[10])
    control, at = _first_picture(file, HEADER_BYTES + len(palette))
    if at + DESCRIPTOR_BYTES >= len(file):
        raise damaged("GIF")
    left, top, width, height, flags = struct.unpack_from("<HHHHB", file, at)
    at += DESCRIPTOR_BYTES
    own = _palette(file, at, flags)
    at += len(own)
    if not width or not height or at >= len(file):
        raise damaged("GIF")
    code_bits = file[at] if 1 <= file[at] <= 8 else NO_CODE_BITS
    used = own or palette or NO_COLOURS
    bits = HAS_PALETTE | (len(used) // 3).bit_length() - 2
    parts = [b"GIF89a", struct.pack("<HHBBB", width, height, bits, 0, 0), used, control]
    parts += [struct.pack("<BHHHHB", PICTURE, 0, 0, width, height, flags & INTERLACED)]
    parts += [bytes([code_bits]), file[at + 1 :], b"\x00;"]
    size = max(screen[0], left + width), max(screen[1], top + height)
    return Contents(b"".join(parts), size, place=None if size == (width, height) else (left, top))


def _palette(file: bytes, at: int, flags: int) -> bytes:
    """The colours, three bytes each, that a header's flags announce."""
    return file[at : at + (6 << (flags & PALETTE_BITS))] if flags & HAS_PALETTE else b""


def _first_picture(file: bytes, at: int) -> tuple[bytes, int]:
    """The last control extension before the first picture, and where that picture's descriptor begins."""
    control, parts = b"", 0
    while at + 2 < len(file) and file[at] != PICTURE:
        if file[at] != EXTENSION or parts > MAX_BLOCKS:
            raise damaged("GIF")
        if file[at + 1] == CONTROL and file[at + 2] == 4:
            control = file[at : at + 7] + b"\x00" if file[at + 3] & HAS_CLEAR else b""
        at += 2
        while at < len(file) and (length := file[at]):
            at, parts = at + 1 + length, parts + 1
            if parts > MAX_BLOCKS:
                raise too_many_parts("GIF")
        at, parts = at + 1, parts + 1
    return control, at + 1
