"""BMP files: every header, depth and arrangement of bits that viewers show.

Pillow reads the common ones. This reads the others too, says what is transparent, and takes no longer for
runs (docs/decisions/0120-bmp-files-are-read-here.md). Microsoft, "Bitmap Storage"; IBM, "OS/2 Presentation
Manager", for its two headers.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.bmp_runs import unpacked, unpacked_colours
from model.contents import MAX_PROFILE_BYTES, Size, damaged
from model.errors import BrokenPhoto

FILE_BYTES, CORE_BYTES, INFO_BYTES = 14, 12, 40
OS2_SIZES = frozenset({*range(16, 65, 4), 42, 46}) - {INFO_BYTES, 52, 56}
HEADER_SIZES = OS2_SIZES | {CORE_BYTES, INFO_BYTES, 52, 56, 108, 124}
MAX_HEADER_BYTES = 255  # as far as a number is taken for one
RAW, RLE8, RLE4, BITFIELDS, JPEG, PNG, ALPHA_BITFIELDS = range(7)
RLE24 = -1  # which has JPEG's number in OS/2's files
FIVES, BYTES = (0x7C00, 0x3E0, 0x1F, 0), (0xFF0000, 0xFF00, 0xFF, 0)
ALPHA = 0xFF000000
ALPHA_HEADER = struct.pack("<4I", *BYTES[:3], ALPHA)
EMBEDDED = b"DEBM"
RAW_MODES = {1: "P;1", 2: "P;2", 4: "P;4", 8: "P"}
FAST = {(24, BYTES): ("RGB", "BGR"), (32, BYTES): ("RGB", "BGRX"), (16, FIVES): ("RGB", "BGR;15")}
BAND_PIXELS = 2**20
UNREAD = "This BMP picture is of a rare kind that is not read here; save it as PNG and try again."

Masks = tuple[int, int, int, int]


@dataclass(frozen=True)
class Bitmap:
    """A BMP file's header, checked; nothing of its pixels was read yet.

    Attributes:
        file: the whole file
        size: (width, height)
        profile: the embedded ICC profile, as it came
        start: where the pixels begin
        bits: per pixel
        compression: one of this module's numbers
        top_down: whether the first row is the uppermost
        palette: three bytes a colour
        masks: which bits are red, green, blue and alpha
    """

    file: bytes
    size: Size
    profile: bytes | None
    start: int
    bits: int
    compression: int
    top_down: bool
    palette: bytes
    masks: Masks

    @property
    def embedded(self) -> bytes | None:
        """The JPEG or PNG file that is the picture, where it is one."""
        return self.file[self.start :] if self.compression in (JPEG, PNG) else None

    def read(self) -> Image.Image:
        """Decode the pixels: P, RGB or RGBA.

        Raises:
            BrokenPhoto: there are too few of them
        """
        if self.compression in (RLE8, RLE4):
            return unpacked(self.file[self.start :], self.size, self.bits, self.palette)
        if self.compression == RLE24:
            return unpacked_colours(self.file[self.start :], self.size)
        width, height = self.size
        stride = (width * self.bits + 31) // 32 * 4
        body = memoryview(self.file)[self.start : self.start + stride * height]
        if len(body) < stride * (height - 1) + (width * self.bits + 7) // 8:
            raise damaged("BMP")
        body = body if len(body) == stride * height else memoryview(bytes(body).ljust(stride * height, b"\x00"))
        if self.bits <= 8:
            return self._paletted(body, stride)
        mode, raw_mode = FAST.get((self.bits, self.masks), ("", ""))
        if mode:
            return Image.frombytes(mode, self.size, body, "raw", raw_mode, stride, 1 if self.top_down else -1)
        return Image.fromarray(self._masked(body, stride))

    def _paletted(self, body: memoryview, stride: int) -> Image.Image:
        image = Image.frombytes("P", self.size, body, "raw", RAW_MODES[self.bits], stride, 1 if self.top_down else -1)
        image.putpalette(self.palette.ljust(768, b"\x00"))
        return image

    def _masked(self, body: memoryview, stride: int) -> npt.NDArray[np.uint8]:
        """(H, W, 3), or (H, W, 4) where a mask says so, band by band."""
        width, height = self.size
        masks = self.masks if self.masks[3] else self.masks[:3]
        rows = np.frombuffer(body, np.uint8).reshape(height, stride)[:, : width * self.bits // 8]
        pixels = np.empty((height, width, len(masks)), np.uint8)
        step = max(1, BAND_PIXELS // width)
        for top in range(0, height, step):
            values = _values(rows[top : top + step], width)
            for i, mask in enumerate(masks):
                pixels[top : top + step, :, i] = _levels(values, mask)
        return pixels if self.top_down else pixels[::-1]


def read_bitmap(file: bytes) -> Bitmap:
    """Read a BMP file's header.

    Args:
        file: the whole file, with BMP's signature

    Raises:
        BrokenPhoto: it makes no sense, or is of a kind that is not read
    """
    if len(file) < FILE_BYTES + CORE_BYTES:
        raise damaged("BMP")
    start, header_size = struct.unpack_from("<II", file, 10)
    if header_size not in HEADER_SIZES:
        raise damaged("BMP")
    header = file[FILE_BYTES : FILE_BYTES + header_size].ljust(min(header_size, 124), b"\x00")
    if header_size == CORE_BYTES:
        width, height, _, bits = struct.unpack_from("<HHHH", header, 4)
        compression, colours = RAW, 0
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", header, 4)
        compression, colours = struct.unpack_from("<I12xI", header.ljust(INFO_BYTES, b"\x00"), 16)
    if width <= 0 or height in (0, -(2**31)) or len(file) < FILE_BYTES + header_size:
        raise damaged("BMP")
    if compression == JPEG and header_size in OS2_SIZES:
        compression = RLE24
    _check_kind(bits, compression, header_size, height < 0)
    behind = FILE_BYTES + header_size
    masks, mask_bytes = _masks(file, header, bits, compression)
    palette = _palette(file, behind + mask_bytes, start, 3 if header_size == CORE_BYTES else 4, bits, colours)
    if start < behind:
        start = behind + mask_bytes + len(palette) // 3 * (3 if header_size == CORE_BYTES else 4)
    return Bitmap(
        file, (width, abs(height)), _profile(file, header), start, bits, compression, height < 0, palette, masks
    )


def _check_kind(bits: int, compression: int, header_size: int, top_down: bool) -> None:
    """Refuse what is not read.

    Raises:
        BrokenPhoto: the depth and the compression do not go together, or no viewer shows them
    """
    depths: dict[int, tuple[int, ...]] = {
        RAW: (1, 2, 4, 8, 16, 24, 32),
        RLE8: (8,),
        RLE4: (4,),
        BITFIELDS: (16, 24, 32),
        ALPHA_BITFIELDS: (16, 32),
        JPEG: (0, 24),
        PNG: (0, 24, 32),
    }
    if header_size in OS2_SIZES:
        depths = {RAW: (1, 2, 4, 8, 16, 24, 32), RLE8: (8,), RLE4: (4,), RLE24: (24,)}  # 3 is Huffman's code there
    if bits not in depths.get(compression, ()) or (top_down and compression in (RLE8, RLE4, RLE24)):
        raise BrokenPhoto(UNREAD)


def _masks(file: bytes, header: bytes, bits: int, compression: int) -> tuple[Masks, int]:
    """Red's, green's, blue's and alpha's bits, and how many bytes behind the header told them."""
    usual = FIVES if bits == 16 else BYTES
    if compression == RAW and bits == 32 and len(header) >= 108 and header[40:56] == ALPHA_HEADER:
        return (*BYTES[:3], ALPHA), 0
    if len(header) in OS2_SIZES or compression not in (BITFIELDS, ALPHA_BITFIELDS):
        return usual, 0
    outside = 0
    if len(header) == INFO_BYTES:
        outside = 16 if compression == ALPHA_BITFIELDS else 12
        header += file[FILE_BYTES + INFO_BYTES :][:outside]
    told = struct.unpack_from("<4I", header.ljust(INFO_BYTES + 16, b"\x00"), INFO_BYTES)
    masks = (told[0], told[1], told[2], told[3] if len(header) > 52 or outside == 16 else 0)
    used = [mask for mask in masks if mask]
    if not used:
        return usual, outside
    if any(not _is_solid(mask) or mask >> bits for mask in used) or sum(used) != int(np.bitwise_or.reduce(used)):
        raise BrokenPhoto(UNREAD)
    return masks, outside


def _is_solid(mask: int) -> bool:
    """Whether its bits are next to each other."""
    low = mask & -mask
    return (mask + low) & mask == 0


def _palette(file: bytes, at: int, start: int, entry: int, bits: int, colours: int) -> bytes:
    """Red, green and blue of each colour; no more than the bits can name, nor than there is room for."""
    if bits > 8 or bits == 0:
        return b""
    count = min(colours or 2**bits, 2**bits)
    if start > at:
        count = min(count, (start - at) // entry)
    table = np.frombuffer(file[at : at + count * entry], np.uint8)
    table = table[: len(table) // entry * entry].reshape(-1, entry)
    if not len(table):
        raise damaged("BMP")
    return table[:, 2::-1].tobytes()


def _profile(file: bytes, header: bytes) -> bytes | None:
    """The profile that a header of 124 bytes points to, inside the file."""
    if len(header) < 124 or header[56:60] != EMBEDDED:
        return None
    at, size = struct.unpack_from("<II", header, 112)
    profile = file[FILE_BYTES + at : FILE_BYTES + at + size]
    return profile if 0 < size <= MAX_PROFILE_BYTES and len(profile) == size else None


def _values(rows: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint32]:
    """Rows of bytes as one number a pixel, (H, W)."""
    count = rows.shape[1] // width
    values = rows[:, ::count].astype(np.uint32)
    for i in range(1, count):
        values |= rows[:, i::count].astype(np.uint32) << np.uint32(8 * i)
    return values


def _levels(values: npt.NDArray[np.uint32], mask: int) -> npt.NDArray[np.uint8]:
    """What a mask tells of values, 0 to 255; 0 everywhere where it is empty."""
    if not mask:
        return np.zeros(values.shape, np.uint8)
    shift, most = (mask & -mask).bit_length() - 1, 2 ** mask.bit_count() - 1
    bits = (values & np.uint32(mask)) >> np.uint32(shift)
    if most > 255:
        bits >>= np.uint32(mask.bit_count() - 8)
        most = 255
    table = np.round(np.arange(most + 1) * 255 / most).astype(np.uint8)
    levels: npt.NDArray[np.uint8] = table[bits]
    return levels
