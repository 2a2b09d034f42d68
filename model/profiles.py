"""ICC profiles of colours that a file describes by numbers: where its red, green, blue and white lie, and a curve.

ICC.1:2010, sections 7.2, 9.2.47 and 10.16; the adaptation to D50 is Bradford's. The numbers are those of ITU-T H.273,
tables 2 and 3, the curves of video those of the screens that it is seen on (ITU-R BT.1886), as in browsers.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Matrix = npt.NDArray[np.float64]

D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
HEADER_BYTES, ENTRY_BYTES = 128, 12


@dataclass(frozen=True)
class Primaries:
    """CIE 1931 x and y of white, red, green and blue."""

    white: Point
    red: Point
    green: Point
    blue: Point

    @property
    def is_possible(self) -> bool:
        """Whether colours can be made of them."""
        points = (self.white, self.red, self.green, self.blue)
        if not all(0 <= x <= 1 and 0 < y <= 1 for x, y in points):
            return False
        return abs(float(np.linalg.det(_columns(self)))) > 1e-3


D65 = (0.3127, 0.3290)
SRGB = Primaries(D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = Primaries(D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
BT2020 = Primaries(D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
NTSC = Primaries((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08))
PAL = Primaries(D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06))
SMPTE_C = Primaries(D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
CINEMA_P3 = Primaries((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
EBU_3213 = Primaries(D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077))
NUMBERED_PRIMARIES = {
    1: SRGB, 4: NTSC, 5: PAL, 6: SMPTE_C, 7: SMPTE_C, 9: BT2020, 11: CINEMA_P3, 12: DISPLAY_P3, 22: EBU_3213
}  # fmt: skip
NUMBERED_CURVES = {
    **dict.fromkeys((1, 6, 14, 15), (2.4,)), 4: (2.2,), 5: (2.8,), 8: (1.0,), 13: SRGB_CURVE
}  # fmt: skip


def matrix_profile(primaries: Primaries, curve: tuple[float, ...]) -> bytes:
    """Describe a screen by a matrix and one curve.

    Args:
        primaries: possible ones
        curve: from levels to light: an exponent alone, or five numbers, as SRGB_CURVE

    Returns:
        a profile of version 4
    """
    to_d50 = _adaptation(_xyz(primaries.white)) @ _to_xyz(primaries)
    curve_kind = 0 if len(curve) == 1 else 3
    curve_tag = b"para" + bytes(4) + struct.pack(">HH", curve_kind, 0) + _fixed(*curve)
    text = "described by numbers".encode("utf-16-be")
    tags = {
        b"desc": b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text,
        b"wtpt": b"XYZ " + bytes(4) + _fixed(*D50),
        **{name: b"XYZ " + bytes(4) + _fixed(*to_d50[:, i]) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve_tag),
    }
    return _profile(tags)


def _xyz(point: Point) -> Matrix:
    """Of that hue, with Y = 1."""
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _columns(primaries: Primaries) -> Matrix:
    return np.stack([_xyz(point) for point in (primaries.red, primaries.green, primaries.blue)], axis=-1)


def _to_xyz(primaries: Primaries) -> Matrix:
    """From light of the three to XYZ, so that all of each is white."""
    columns = _columns(primaries)
    matrix: Matrix = columns * np.linalg.solve(columns, _xyz(primaries.white))
    return matrix


def _adaptation(white: Matrix) -> Matrix:
    """What makes this white D50's."""
    gains = (BRADFORD @ D50) / (BRADFORD @ white)
    matrix: Matrix = np.linalg.solve(BRADFORD, gains[:, None] * BRADFORD)
    return matrix


def _fixed(*numbers: float) -> bytes:
    """Numbers in 16.16 bits."""
    return struct.pack(f">{len(numbers)}i", *(round(float(number) * 65536) for number in numbers))


def _profile(tags: dict[bytes, bytes]) -> bytes:
    """A file of tags, each on a multiple of four bytes."""
    table, body = struct.pack(">I", len(tags)), b""
    start = HEADER_BYTES + 4 + ENTRY_BYTES * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s12x4s", start + len(body), bytes(4), 0x04200000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head.ljust(68, b"\x00") + _fixed(*D50) + bytes(HEADER_BYTES - 80) + table + body
