"""JPEG files, segment by segment: the first picture alone, its profile, and how it is turned.

ITU-T T.81, annex B; JFIF and Adobe's segment, which say what the components are, stay where they are.
"""

import re
import struct
from dataclasses import replace
from functools import partial

from model.contents import MAX_PARTS, MAX_PROFILE_BYTES, Contents, Size, damaged, too_many_parts
from model.errors import BrokenPhoto
from model.exif import LEAD, orientation
from model.missing_rows import reaches_its_end

START, END, SCAN = 0xD8, 0xD9, 0xDA
APP0, APP1, APP2, APP14, COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
APPS = range(APP0, APP0 + 16)
LOSSLESS, PROGRESSIVE, ARITHMETIC = 0xC3, (0xC2, 0xCA), (0xC9, 0xCA)
FRAMES = {0xC0, 0xC1, 0xC2, LOSSLESS, 0xC9, 0xCA}
# Hierarchical ones, arithmetic lossless, JPEG-LS.
OTHER_FRAMES = {0xC5, 0xC6, 0xC7, 0xC8, 0xCB, 0xCD, 0xCE, 0xCF, 0xDE, 0xF7}
PROFILE = b"ICC_PROFILE\x00"
JFIF_BYTES, ADOBE_BYTES = 14, 12
BETWEEN = {0xC4, 0xCC, SCAN, 0xDB, 0xDC, 0xDD, COMMENT, *APPS}  # what may stand between scans
MIN_SCANS, MAX_SCANS, MAX_SCANNED_PIXELS = 20, 1000, 1e9
MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")  # those that have a content, and the beginning and the end
BETWEEN_SCANS = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


def read_jpeg(file: bytes) -> Contents:
    """Take a JPEG file apart, up to its pixels.

    Args:
        file: the whole file, with JPEG's signature

    Raises:
        BrokenPhoto: there is no picture before the end, or one of a kind that is not read
    """
    parts, profile = [b"\xff\xd8"], dict[int, bytes]()
    size, turn, at, frame = None, 0, 2, (0, 0)
    for _ in range(MAX_PARTS):
        marker, at = _next_marker(file, at)
        body = _body(file, at)
        at += 2 + len(body)
        if marker == SCAN:
            break
        if marker in FRAMES:
            size, frame = _size(body), (marker, body[5])
        elif marker in OTHER_FRAMES:
            raise BrokenPhoto("This JPEG picture is coded in a way that is not read here; save it as a usual one.")
        elif marker == APP1 and body.startswith(LEAD):
            turn = turn or orientation(body)
        elif marker == APP2 and body.startswith(PROFILE) and len(body) > len(PROFILE) + 2:
            profile.setdefault(body[12], body)
        if _is_needed(marker, body):
            parts.append(bytes([0xFF, marker]) + file[at - 2 - len(body) : at])
    else:
        raise too_many_parts("JPEG")
    if size is None:
        raise damaged("JPEG")
    if _has_more_scans(frame, body):
        _check_scans(file, at, size)
    start = sum(map(len, parts))
    parts.append(file[at - 4 - len(body) :])
    data = b"".join(parts)
    contents = Contents(data, size, turn or 1, _joined(profile), shrinks=frame[0] != LOSSLESS)
    return replace(contents, is_whole=partial(_is_whole, data, start, frame), ended=partial(_ended, data, start))


def _ended(data: bytes, start: int) -> bytes:
    """A file with an end marker where its data ends."""
    return data[: _scans(data, start)[1]] + bytes([0xFF, END])


def _is_whole(data: bytes, start: int, frame: tuple[int, int]) -> bool:
    """Whether all that is shown is there, though the end marker or the last pixels are not.

    Raises:
        BrokenPhoto: it ends inside a segment
        OSError: it cannot be decoded
    """
    scans, end = _scans(data, start)
    has_end = data[end : end + 2] == bytes([0xFF, END])
    if frame[0] in ARITHMETIC:  # which leaves out zeroes at its end, so that a decoder reads on in whole pictures too
        return has_end
    return (has_end or _has_all(scans, frame)) and reaches_its_end(data[:end].rstrip(b"\xff"))


def _scans(data: bytes, start: int) -> tuple[list[bytes], int]:
    """The content of every scan's header, and where the last scan ends."""
    scans, at = list[bytes](), start
    while found := BETWEEN_SCANS.search(data, at):
        if data[found.end() - 1] not in BETWEEN:
            return scans, found.start()
        body = _body(data, found.end())
        if data[found.end() - 1] == SCAN:
            scans.append(body)
        at = found.end() + 2 + len(body)
    return scans, len(data)


def _has_all(scans: list[bytes], frame: tuple[int, int]) -> bool:
    """Whether scans bring all of a frame's coefficients to their last bit."""
    complete = set[tuple[int, int]]()
    for scan in scans:
        count = scan[0]
        first, last, bits = scan[1 + 2 * count : 4 + 2 * count] if frame[0] in PROGRESSIVE else (0, 63, 0)
        if not bits & 15:
            complete.update((scan[1 + 2 * i], k) for i in range(count) for k in range(first, min(last, 63) + 1))
    return len(complete) == 64 * frame[1]


def _next_marker(file: bytes, at: int) -> tuple[int, int]:
    """The marker that follows, and where its content begins; what is between is skipped, as decoders do."""
    found = MARKER.search(file, at)
    if found is None or file[found.end() - 1] in (START, END):
        raise damaged("JPEG")
    return file[found.end() - 1], found.end()


def _body(file: bytes, at: int) -> bytes:
    """What a segment has behind its length."""
    length = int.from_bytes(file[at : at + 2])
    if length < 2 or at + length > len(file):
        raise damaged("JPEG")
    return file[at + 2 : at + length]


def _size(body: bytes) -> Size:
    """(width, height) by a frame's header."""
    if len(body) < 6:
        raise damaged("JPEG")
    bits, height, width, components = struct.unpack_from(">BHHB", body)
    if bits == 12:
        raise BrokenPhoto("This JPEG picture has 12 bits per sample, which are not read; save it with 8 and try again.")
    if not width or not height or components not in (1, 3, 4):
        raise damaged("JPEG")
    return width, height


def _is_needed(marker: int, body: bytes) -> bool:
    """Whether a segment says anything of the pixels."""
    if marker == APP0:
        return body.startswith(b"JFIF\x00") and len(body) >= JFIF_BYTES
    if marker == APP14:
        return body.startswith(b"Adobe") and len(body) >= ADOBE_BYTES
    return marker not in APPS and marker != COMMENT


def _joined(parts: dict[int, bytes]) -> bytes | None:
    """A profile from its numbered parts; none where some are missing."""
    if not parts or set(parts) != set(range(1, next(iter(parts.values()))[13] + 1)):
        return None
    profile = b"".join(parts[number][14:] for number in sorted(parts))
    return profile if len(profile) <= MAX_PROFILE_BYTES else None


def _has_more_scans(frame: tuple[int, int], scan: bytes) -> bool:
    """Whether a decoder goes on after the first scan, by the frame's kind and number of components."""
    return frame[0] in PROGRESSIVE or scan[0] < frame[1]


def _check_scans(file: bytes, at: int, size: Size) -> None:
    """Refuse a picture that goes over its pixels again and again: every scan takes about as long as decoding one.

    Raises:
        BrokenPhoto: it does
    """
    most = max(MIN_SCANS, min(MAX_SCANS, int(MAX_SCANNED_PIXELS / (size[0] * size[1]))))
    if file.count(b"\xff\xda", at) < most:
        return
    scans = 1
    while scans <= most:
        found = BETWEEN_SCANS.search(file, at)
        if found is None or file[found.end() - 1] == END:
            return
        scans += file[found.end() - 1] == SCAN
        at = found.end() + int.from_bytes(file[found.end() : found.end() + 2])
    raise BrokenPhoto(f"This JPEG picture has more than {most:,} scans; save it again and try once more.")
