"""How a photo is turned, from its EXIF block; nothing else of it is read.

A general reader copies what every entry claims to have, and a block of a megabyte can claim some of it 65,535 times
(docs/decisions/0119-only-what-pixels-need-is-read.md). CIPA DC-008, section 4.6.
"""

import struct
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

ORIENTATION = 0x0112
LEAD = b"Exif\x00\x00"
BYTE_ORDERS = {b"II*\x00": "<", b"MM\x00*": ">"}
ENTRY_BYTES = 12
SHORT, LONG = 3, 4
TURNS: dict[int, Callable[[Pixels], Pixels]] = {  # what makes pixels of an orientation upright
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels[::-1].swapaxes(0, 1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
}
SIDEWAYS = (5, 6, 7, 8)  # of them: those that swap width and height


def orientation(block: bytes) -> int:
    """The orientation that a block asks for.

    Args:
        block: a TIFF block, behind EXIF's lead or not, of whatever content

    Returns:
        1 to 8; 1 where there is none that can be read
    """
    block = block.removeprefix(LEAD)
    order = BYTE_ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        return 1
    (start,) = struct.unpack_from(f"{order}I", block, 4)
    if start + 2 > len(block):
        return 1
    (count,) = struct.unpack_from(f"{order}H", block, start)
    end = start + 2 + count * ENTRY_BYTES
    entries = block[start + 2 : min(end, len(block))]
    for tag, kind, number, short in struct.iter_unpack(f"{order}HHIHxx", entries[: len(entries) // 12 * 12]):
        if tag == ORIENTATION and kind == SHORT and number == 1:
            return short if 1 <= short <= 8 else 1
    return 1
