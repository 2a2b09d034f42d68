"""Pictures whose data ends early, which their decoders fill up with something and call whole."""

import hashlib
import io

from PIL import Image

END = b"\xff\xd9"
TURNS = bytes([0x2A, 0x55, 0x93, 0x6D]) * 64
# Data that goes on and on, whichever restart is waited for.
FILL = TURNS + b"".join(bytes([0xFF, restart]) + TURNS for restart in range(0xD0, 0xD8))
NOTHING, LAST_PIXELS, BAND_ROWS = frozenset({127, 128, 129}), 4, 256


def may_lack_rows(image: Image.Image, kind: str) -> bool:
    """Whether rows may be missing, by a look at the last pixels.

    Args:
        image: decoded, nothing done to its colours
        kind: JPEG, where what is missing is grey; else PNG, where it is as empty as before decoding, and
            rows may come in another order
    """
    if kind == "JPEG":
        corner = image.crop((max(0, image.width - LAST_PIXELS), image.height - 1, *image.size))
        return NOTHING.issuperset(corner.tobytes())
    last = image.crop((0, image.height - 1, *image.size))
    return bool(image.info.get("interlace")) or not last.tobytes().strip(b"\x00")


def reaches_its_end(jpeg: bytes) -> bool:
    """Whether a JPEG file has the data of all its pixels; it costs decoding it twice.

    A decoder that has all does not read on; one that waits for more takes what it finds.

    Args:
        jpeg: the file up to the end of its data, Huffman-coded

    Raises:
        OSError: it cannot be decoded
    """
    return _digest(jpeg + END) == _digest(jpeg + FILL + END)


def _digest(jpeg: bytes) -> bytes:
    """What is the same for the same pixels."""
    digest = hashlib.blake2b()
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        image.load()
        for top in range(0, image.height, BAND_ROWS):
            digest.update(image.crop((0, top, image.width, min(top + BAND_ROWS, image.height))).tobytes())
    return digest.digest()
