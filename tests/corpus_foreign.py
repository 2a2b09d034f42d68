"""Files that are no picture of an accepted kind, however they are named; and pictures behind what is none."""

import gzip
import io
import zipfile
from collections.abc import Iterator

from PIL import Image

from tests.corpus import Fate, Sample, scene
from tests.pictures import encoded

BEGINNINGS = {
    "tiff-little": b"II*\x00\x08\x00\x00\x00",
    "tiff-big": b"MM\x00*\x00\x00\x00\x08",
    "tiff-64": b"II+\x00\x08\x00\x00\x00",
    "raw-canon": b"II*\x00\x10\x00\x00\x00CR\x02\x00",
    "jpeg-xr": b"II\xbc\x01",
    "psd": b"8BPS\x00\x01" + bytes(6),
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "heif": b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic",
    "avif": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1",
    "mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00",
    "jpeg-xl": b"\xff\x0a" + bytes(30),
    "jpeg-xl-boxed": b"\x00\x00\x00\x0cJXL \r\n\x87\n",
    "jpeg-2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    "jpeg-2000-stream": b"\xff\x4f\xff\x51",
    "icon": b"\x00\x00\x01\x00\x01\x00\x10\x10",
    "cursor": b"\x00\x00\x02\x00\x01\x00\x10\x10",
    "mng": b"\x8aMNG\r\n\x1a\n",
    "jng": b"\x8bJNG\r\n\x1a\n",
    "qoi": b"qoif\x00\x00\x00\x01",
    "exr": b"v/1\x01\x02\x00\x00\x00",
    "hdr": b"#?RADIANCE\n",
    "fits": b"SIMPLE  =                    T",
    "dds": b"DDS |\x00\x00\x00",
    "wmf": b"\xd7\xcd\xc6\x9a\x00\x00",
    "xpm": b"/* XPM */\nstatic char *x[] = {",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "svg-xml": b'<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg"/>',
    "svg-mark": b'\xef\xbb\xbf<svg xmlns="http://www.w3.org/2000/svg"/>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "zip": b"PK\x03\x04" + bytes(26),
    "rar": b"Rar!\x1a\x07\x00",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "wave": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "avi": b"RIFF\x24\x00\x00\x00AVI LIST",
    "riff": b"RIFF",
    "mp3": b"ID3\x03\x00",
    "elf": b"\x7fELF\x02\x01\x01",
    "exe": b"MZ\x90\x00",
    "pickle": b"\x80\x04\x95\x00\x00\x00\x00",
    "json": b'{"image": "x"}',
    "text": b"hello",
    "text-like-bmp": b"BM is how this text begins",
    "unicode": "fotografía".encode("utf-16"),
    "empty": b"",
    "one-byte": b"\xff",
    "two-bytes": b"\xff\xd8",
    "zeroes": bytes(1000),
    "png-of-7-bits": b"\x09PNG\r\n\x1a\n",
    "gif-of-another-year": b"GIF88a\x01\x00\x01\x00",
}


def samples() -> Iterator[Sample]:
    """All of them."""
    for name, data in BEGINNINGS.items():
        yield Sample(f"foreign-{name}", data, Fate.UNSUPPORTED)
        if data:
            yield Sample(f"foreign-{name}-longer", data + bytes(3000), Fate.UNSUPPORTED)
    picture = Image.fromarray(scene(48, 32))
    for kind in (
        "TIFF",
        "PPM",
        "ICO",
        "TGA",
        "PCX",
        "SGI",
        "DDS",
        "ICNS",
        "JPEG2000",
        "AVIF",
        "PDF",
        "EPS",
        "DIB",
        "SPIDER",
    ):
        yield Sample(
            f"foreign-{kind.lower()}-whole",
            encoded(picture.convert("F") if kind == "SPIDER" else picture, kind),
            Fate.UNSUPPORTED,
        )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("photo.png", encoded(picture, "PNG"))
    yield Sample("foreign-zip-of-photos", archive.getvalue(), Fate.UNSUPPORTED)
    yield Sample("foreign-gzip-of-a-photo", gzip.compress(encoded(picture, "PNG")), Fate.UNSUPPORTED)
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP"):
        for name, lead in {"newline": b"\n", "mark": b"\xef\xbb\xbf", "garbage": b"garbage" * 9}.items():
            yield Sample(f"foreign-{name}-then-{kind.lower()}", lead + encoded(picture, kind), Fate.UNSUPPORTED)
