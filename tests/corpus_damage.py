"""Whole pictures, cut and changed: truncations, flipped bits, lengths and bytes that are wrong."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests import corpus_bmp, corpus_gif, corpus_jpeg, corpus_png
from tests.corpus import Fate, Sample, scene
from tests.pictures import encoded

SIZE = (96, 64)
WILD = (0x00, 0x01, 0x7F, 0x80, 0xFF)


def whole() -> dict[str, bytes]:
    """Pictures of every format and way of coding, by name; each name begins with its format's."""
    picture = Image.fromarray(scene(12, 8)).resize(SIZE, Image.Resampling.BICUBIC)
    pixels = np.asarray(picture)
    alpha = picture.convert("RGBA")
    alpha.putalpha(picture.getchannel("G"))
    few = picture.quantize(32)
    rle = corpus_bmp.rle_file(corpus_bmp.drawing(8))
    return {
        "jpeg": encoded(picture, "JPEG"),
        "jpeg-progressive": encoded(picture, "JPEG", progressive=True),
        "jpeg-grey": encoded(picture.convert("L"), "JPEG"),
        "jpeg-cmyk": encoded(picture.convert("CMYK"), "JPEG"),
        "jpeg-restarts": encoded(picture, "JPEG", restart_marker_rows=1),
        "jpeg-blocks": corpus_jpeg.jpeg(
            corpus_jpeg.planes_of(corpus_jpeg.calm()), corpus_jpeg.JFIF, **corpus_jpeg.SIZE
        ),
        "png": encoded(picture, "PNG"),
        "png-alpha": encoded(alpha, "PNG"),
        "png-palette": encoded(few, "PNG", transparency=3),
        "png-interlaced": corpus_png.png(pixels, corpus_png.RGB, 8, interlaced=True, kinds=(1, 4)),
        "png-grey-16": corpus_png.png(pixels[..., :1].astype(int) * 257, corpus_png.GREY, 16, kinds=(2,)),
        "gif": encoded(few, "GIF"),
        "gif-interlaced": corpus_gif.screen(23, 17)
        + corpus_gif.control(3)
        + corpus_gif.frame(corpus_gif.drawing(), interlaced=True)
        + b";",
        "gif-animated": encoded(few, "GIF", save_all=True, append_images=[few.rotate(90)]),
        "webp": encoded(picture, "WEBP"),
        "webp-lossless": encoded(picture, "WEBP", lossless=True),
        "webp-alpha": encoded(alpha, "WEBP"),
        "webp-animated": encoded(picture, "WEBP", save_all=True, append_images=[picture.rotate(180)]),
        "bmp": encoded(picture, "BMP"),
        "bmp-palette": encoded(few, "BMP"),
        "bmp-runs": rle,
        "bmp-masks": corpus_bmp.masks_file(scene(23, 17, 4)),
    }


def truncated() -> Iterator[Sample]:
    """Every picture, cut at every tenth: refused, unless all of what is shown lies before (an animation's first)."""
    for name, data in whole().items():
        for tenth in range(1, 10):
            fate = Fate.EITHER if "animated" in name else Fate.REFUSED
            yield Sample(f"{name}-cut-{tenth}", data[: len(data) * tenth // 10], fate)


def flipped(count: int, seed: int = 0) -> Iterator[Sample]:
    """So many changed files of every format: from one to eight bits of one of its pictures, turned over."""
    for kind in ("jpeg", "png", "gif", "webp", "bmp"):
        rng = np.random.default_rng([seed, ord(kind[0]), ord(kind[-1])])
        sources = [(name, data) for name, data in whole().items() if name.split("-")[0] == kind]
        for number in range(count):
            name, data = sources[number % len(sources)]
            changed = bytearray(data)
            among = min(len(data), 64) if number % 3 == 0 else len(data)  # a third of them in the header
            for at, bit in zip(rng.integers(0, among, 8), rng.integers(0, 8, 8 if number % 2 else 1), strict=False):
                changed[at] ^= 1 << bit
            yield Sample(f"{name}-flipped-{number}", bytes(changed), Fate.EITHER)


def overwritten(step: int) -> Iterator[Sample]:
    """Every so many-th byte of the beginning, with wild values."""
    for name, data in whole().items():
        for at in range(2, min(len(data), 120), step):
            for value in WILD:
                changed = data[:at] + bytes([value]) + data[at + 1 :]
                yield Sample(f"{name}-byte-{at}-{value}", changed, Fate.EITHER)


def spliced() -> Iterator[Sample]:
    """Pieces left out, put in twice, and mixed with those of another picture."""
    sources = list(whole().items())
    for i, (name, data) in enumerate(sources):
        third = len(data) // 3
        yield Sample(f"{name}-without-middle", data[:third] + data[2 * third :], Fate.EITHER)
        yield Sample(f"{name}-middle-twice", data[: 2 * third] + data[third:], Fate.EITHER)
        yield Sample(f"{name}-zeroes", data[:third] + bytes(third) + data[2 * third :], Fate.EITHER)
        other = sources[(i + 5) % len(sources)][1]
        yield Sample(f"{name}-with-another", data[:third] + other[len(other) // 3 :], Fate.EITHER)
