"""Whatever bytes there are: a photo comes out of them, or one of the three refusals."""

import struct

from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.errors import BrokenPhoto, OversizedPhoto, UnsupportedPhoto
from model.exif import orientation
from model.photos import Photo, open_photo, read_photo, sniff
from tests.corpus_damage import whole
from tests.corpus_icc import iccp, rgb_profile
from tests.corpus_png import RGB, exif, png, scene
from tests.corpus_png import chunk as png_chunk

MAGICS = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "GIF": b"GIF89a",
    "WEBP": b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00",
    "BMP": b"BM" + bytes(12) + b"\x28\x00\x00\x00",
}
WHOLE = whole()
CAP = 1.0  # megapixels


def checked(data: bytes) -> Photo | None:
    """The photo, whose pixels are made, or none for a refusal; nothing else may be raised."""
    try:
        photo = read_photo(data, CAP)
    except (UnsupportedPhoto, OversizedPhoto, BrokenPhoto):
        return None
    assert photo.pixels.shape == (photo.height, photo.width, 3)
    assert photo.width * photo.height <= CAP * 1e6
    assert photo.format == sniff(data)
    return photo


@settings(max_examples=300, deadline=None)
@given(magic=st.sampled_from(sorted(MAGICS)), rest=st.binary(max_size=600))
def test_anything_behind_a_signature_is_read_or_refused(magic: str, rest: bytes) -> None:
    data = MAGICS[magic] + rest
    assert sniff(data) == magic
    checked(data)


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(WHOLE)),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.binary(max_size=12)), min_size=1, max_size=5),
)
def test_an_edited_picture_is_read_or_refused(name: str, edits: list[tuple[float, int, bytes]]) -> None:
    data = WHOLE[name]
    for where, gone, new in edits:
        at = int(where * len(data))
        data = data[:at] + new + data[at + gone :]
    checked(data)


NUMBERS = st.one_of(st.integers(0, 300), st.sampled_from([2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1]))


@settings(max_examples=300, deadline=None)
@given(
    fields=st.tuples(*[NUMBERS] * 9),
    size=st.sampled_from([12, 16, 40, 42, 52, 56, 64, 108, 124]),
    bits=st.sampled_from([0, 1, 2, 4, 8, 16, 24, 32]),
    compression=st.integers(0, 7),
    masks=st.tuples(*[st.integers(0, 2**32 - 1)] * 4),
    body=st.binary(max_size=900),
)
def test_any_numbers_in_a_bmp_header_are_read_or_refused(
    fields: tuple[int, ...], size: int, bits: int, compression: int, masks: tuple[int, ...], body: bytes
) -> None:
    width, height, offset, colours, planes, image_bytes, *profile = fields
    head = struct.pack(
        "<IIIHHIIIIII", size, width, height, planes % 2**16, bits, compression, image_bytes, 0, 0, colours, 0
    )
    head += struct.pack("<4I", *masks) + b"DEBM" + bytes(52) + struct.pack("<II", profile[0], profile[1])
    checked(b"BM" + struct.pack("<IHHI", 0, 0, 0, offset) + head.ljust(size, b"\x00")[:size] + body)


@settings(max_examples=200, deadline=None)
@given(block=st.binary(max_size=200))
@example(block=exif(6))
def test_any_exif_block_gives_an_orientation(block: bytes) -> None:
    for data in (block, b"MM\x00*" + block, b"II*\x00\x08\x00\x00\x00" + block, b"Exif\x00\x00" + exif(6)[:8] + block):
        assert 1 <= orientation(data) <= 8


@settings(max_examples=60, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=6))
def test_any_profile_leaves_a_picture_or_converts_it(edits: list[tuple[int, int]]) -> None:
    profile = bytearray(rgb_profile())
    for at, value in edits:
        profile[at % len(profile)] = value
    photo = checked(png(scene(), RGB, 8, iccp(bytes(profile))))
    assert photo is not None
    assert photo.size == (23, 17)


@settings(max_examples=60, deadline=None)
@given(numbers=st.lists(st.integers(0, 2**32 - 1), min_size=8, max_size=8), gamma=st.integers(0, 2**32 - 1))
def test_any_described_colours_leave_a_picture_or_convert_it(numbers: list[int], gamma: int) -> None:
    chunks = png_chunk(b"gAMA", struct.pack(">I", gamma)), png_chunk(b"cHRM", struct.pack(">8I", *numbers))
    photo = checked(png(scene(), RGB, 8, *chunks))
    assert photo is not None


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(sorted(WHOLE)), least=st.tuples(st.integers(1, 200), st.integers(1, 200)))
def test_a_smaller_decode_is_of_the_same_photo(name: str, least: tuple[int, int]) -> None:
    full, less = read_photo(WHOLE[name]), open_photo(WHOLE[name]).read(lambda *_: least)
    assert full.size == less.size
    rows, columns, _ = less.pixels.shape
    assert columns >= min(least[0], full.width)
    assert rows >= min(least[1], full.height)
