"""Small photographs made on the spot."""

import io

from PIL import Image

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 30), (25, 30, 210)


def picture(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (96, 64), kind: str = "JPEG") -> bytes:
    """A file of one colour."""
    return encoded(Image.new("RGB", size, colour), kind)


def halves(
    left: tuple[int, int, int] = RED, right: tuple[int, int, int] = BLUE, size: tuple[int, int] = (192, 96)
) -> bytes:
    """A PNG file whose left and right differ, so that its maps do too."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return encoded(image, "PNG")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """A picture's file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
