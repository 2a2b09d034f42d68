"""JPEG files whose end marker is missing, or stands too early: shown where all pixels are there, else refused."""

import re
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.corpus import Sample, broken, scene, shown
from tests.corpus_jpeg import EOI, JFIF, SIZE, blocks, calm, entropy, jpeg, large, planes_of, rgb_of, scan, segment
from tests.pictures import encoded

ENDS = {
    "nothing": b"",
    "half": b"\xff",
    "start": b"\xff\xd8",
    "line": b"\r\n",
    "zeroes": bytes(50),
    "text": b"text" * 9,
}
SUBSAMPLED = 2


def pictures() -> Iterator[tuple[str, Image.Image, dict[str, object]]]:
    """Pictures without grey in their corners, and how to save them."""
    colours = Image.fromarray(scene(12, 9)).resize((95, 70), Image.Resampling.BICUBIC)
    for name, options in {
        "baseline": {},
        "subsampled": {"subsampling": SUBSAMPLED},
        "restarts": {"restart_marker_blocks": 3},
        "progressive": {"progressive": True},
        "progressive-subsampled": {"progressive": True, "subsampling": SUBSAMPLED},
    }.items():
        yield name, colours, {"subsampling": 0, **options}
    yield "grey", colours.convert("L"), {}
    yield "cmyk", colours.convert("CMYK"), {}


def missing() -> Iterator[Sample]:
    """Without the marker, or with something else in its place."""
    for name, picture, options in pictures():
        data = encoded(picture, "JPEG", quality=98, **options)
        for end, tail in ENDS.items():
            yield shown(f"jpeg-end-{name}-{end}", data[:-2] + tail, np.asarray(picture.convert("RGB")), 10)
        yield broken(f"jpeg-end-{name}-60-bytes-missing", data[:-60])
        if options.get("progressive"):
            last = data.rindex(b"\xff\xda")
            yield broken(f"jpeg-end-{name}-before-last-scan", data[:last])
            yield broken(f"jpeg-end-{name}-in-header-of-last-scan", data[: last + 5])
    whole = jpeg(planes_of(calm()), JFIF, **SIZE)
    scans_in_table = segment(0xDB, b"\x01" + b"\xff\xda" * 32)
    misleading = jpeg(planes_of(calm()), JFIF, scans_in_table, tail=bytes(50), **SIZE)
    yield shown("jpeg-end-misleading-zeroes", misleading, large(rgb_of(calm())))
    one_of_three = scan(1, entropy(planes_of(blocks(channels=1)), 0))
    yield broken("jpeg-end-components-missing", whole[: whole.index(b"\xff\xda")] + one_of_three)


def early() -> Iterator[Sample]:
    """With the marker before the last rows, which decoders show grey; a picture that is grey is no such one."""
    for name, picture, options in pictures():
        if options.get("progressive"):
            continue
        data = encoded(picture, "JPEG", quality=98, **options)
        yield broken(f"jpeg-early-{name}-half", data[: len(data) // 2] + EOI)
        yield broken(f"jpeg-early-{name}-600-bytes-missing", data[:-600] + EOI)
        start = data.index(b"\xff\xda")
        yield broken(f"jpeg-early-{name}-header", data[: start + 2 + data[start + 3]] + EOI)
        frame = re.search(rb"\xff[\xc0\xc1]", data)
        assert frame is not None
        height = struct.pack(">H", picture.height + 40)
        yield broken(f"jpeg-early-{name}-taller", data[: frame.start() + 5] + height + data[frame.start() + 7 :])
    for restart in (0, 5):
        grey = jpeg(planes_of(np.full((4, 6, 3), 128, np.uint8)), JFIF, restart=restart, **SIZE)
        for end, data in {"": grey, "-without-end": grey[:-2], "-garbage": grey + b"garbage"}.items():
            yield shown(f"jpeg-early-grey-{restart}{end}", data, np.full((30, 44), 128), 0)


def samples() -> Iterator[Sample]:
    """All of them."""
    yield from missing()
    yield from early()
