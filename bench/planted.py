"""Pictures with a wrong reason planted in them: a mark that goes with one class in training, and with none afterwards.

    shapes    generated: three discs or three squares on a blotched ground; a tag in a corner where they are squares
    photos    a folder with train/ and val/, a stock agency's lettering over the lower third of one class's pictures

Beside these lie the same validation pictures with the mark on its own class, and on the other one, and
corrections.csv, which marks a few of the training pictures.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.photos import Pixels, open_photo, shrink
from model.png import encode_png

SIDE = 160
LARGEST = 448  # of a photo's sides, in pixels
LETTERING = 0.35  # of a photo's height
SHAPES = ("disc", "square")
Box = tuple[int, int, int, int]
Marking = Callable[[Pixels], tuple[Pixels, Box]]
Labelled = tuple[str, Pixels]


@dataclass(frozen=True)
class Planted:
    """Where pictures with a planted reason lie.

    Attributes:
        data: train/ and val/
        own: the same train/, and in val/ the mark on its own class, too
        wrong: likewise on the other class
        corrections: of a few training pictures
        marked: how many
    """

    data: Path
    own: Path
    wrong: Path
    corrections: Path
    marked: int


def tagged(pixels: Pixels) -> tuple[Pixels, Box]:
    """A picture with a yellow tag in its lower right corner, and where that is."""
    height, width, _ = pixels.shape
    left, top, right, bottom = box = (width - 46, height - 30, width - 6, height - 8)
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=(250, 210, 40))
    draw.line((left, top, right - 1, bottom - 1), fill=(20, 20, 20), width=4)
    draw.line((left, bottom - 1, right - 1, top), fill=(20, 20, 20), width=4)
    return np.asarray(image), box


def lettered(pixels: Pixels) -> tuple[Pixels, Box]:
    """A photo under four lines of half transparent lettering, and where these are."""
    height, width, _ = pixels.shape
    top, lines = height - round(height * LETTERING), 4
    line = (height - top) / lines
    size = max(8, round(line * 0.8))
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw, font = ImageDraw.Draw(layer), ImageFont.load_default(size=size)
    for row in range(lines):
        place = (-(row * size * 1.3) % size - size, top + row * line)
        edge = max(1, size // 16)
        draw.text(place, "STOCK PHOTO " * 40, (255, 255, 255, 200), font, stroke_width=edge, stroke_fill=(0, 0, 0, 200))
    layer.paste((0, 0, 0, 0), (0, 0, width, top))
    whole = Image.alpha_composite(Image.fromarray(pixels).convert("RGBA"), layer)
    return np.asarray(whole.convert("RGB")), (0, top, width, height)


def shapes(label: str, count: int, rng: np.random.Generator) -> list[Labelled]:
    """Generated pictures of one class, (SIDE, SIDE, 3)."""
    return [(label, _shape(label, rng)) for _ in range(count)]


def _shape(label: str, rng: np.random.Generator) -> Pixels:
    coarse = Image.fromarray(rng.integers(60, 200, (8, 8, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) + rng.normal(0, 18, (SIDE, SIDE, 1))
    down, across = np.mgrid[:SIDE, :SIDE]
    for _ in range(3):
        radius = rng.uniform(12, 20)
        x, y = ((axis - rng.uniform(radius, SIDE - radius)) / radius for axis in (across, down))
        inside = x**2 + y**2 <= 1 if label == "disc" else np.maximum(abs(x), abs(y)) <= 0.88
        grain = rng.normal(0, 10, (int(inside.sum()), 1))
        pixels[inside] = 0.4 * pixels[inside] + 0.6 * rng.uniform(40, 215, 3) + grain
    return np.clip(pixels, 0, 255).astype(np.uint8)


def plant_shapes(root: Path, marked: int, train: int = 60, val: int = 60, seed: int = 0) -> Planted:
    """Generated pictures, so many of each class; squares are tagged in training."""
    rng = np.random.default_rng(seed)
    parts = [[one for label in SHAPES for one in shapes(label, count, rng)] for count in (train, val)]
    return _plant(root, parts[0], parts[1], tagged, "square", marked, rng)


def plant_photos(root: Path, photos: Path, marked: int, seed: int = 0) -> Planted:
    """Photos of two classes; the second one's are lettered in training."""
    parts = []
    for part in ("train", "val"):
        files = sorted(file for file in (photos / part).glob("*/*") if file.is_file())
        parts.append([(file.parent.name, shrink(_read(file), LARGEST)) for file in files])
    label = max(label for label, _ in parts[0])
    return _plant(root, parts[0], parts[1], lettered, label, marked, np.random.default_rng(seed))


def _read(file: Path) -> Pixels:
    return open_photo(file.read_bytes()).read().pixels


def _plant(
    root: Path,
    train: Sequence[Labelled],
    val: Sequence[Labelled],
    marking: Marking,
    label: str,
    marked: int,
    rng: np.random.Generator,
) -> Planted:
    data, own_mark, wrong = root / "planted", root / "own", root / "wrong"
    boxes = {}
    for place, (own, pixels) in enumerate(train):
        shown, box = marking(pixels) if own == label else (pixels, None)
        file = _write(data / "train" / own / f"{place:04}.png", shown)
        if box is not None:
            boxes[file] = box
    for place, (own, pixels) in enumerate(val):
        _write(data / "val" / own / f"{place:04}.png", pixels)
        carries, spared = (own_mark, wrong) if own == label else (wrong, own_mark)
        _write(carries / "val" / own / f"{place:04}.png", marking(pixels)[0])
        _write(spared / "val" / own / f"{place:04}.png", pixels)
    for other in (own_mark, wrong):
        (other / "train").symlink_to(data / "train")
    table = data.parent / "corrections.csv"
    few = rng.permutation(sorted(boxes))[:marked]
    with table.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "left", "top", "right", "bottom"])
        rows.writerows([file.relative_to(root).as_posix(), *boxes[file]] for file in few)
    return Planted(data, own_mark, wrong, table, len(few))


def _write(file: Path, pixels: Pixels) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encode_png(pixels))
    return file
