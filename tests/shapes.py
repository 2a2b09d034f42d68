"""Generated pictures with boxes: textured shapes on textured grounds, seeded, learned in seconds.

A picture of one shape trains; any saliency finds a lone shape, so held-out pictures carry two of different classes.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.classifier import Explanation
from model.geometry import resize_map
from model.photos import Photo
from tests.pictures import encoded

SIDE = 160
Mask = npt.NDArray[np.bool_]
Field = npt.NDArray[np.float64]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Drawing:
    """A picture and what is on it.

    Attributes:
        pixels: (side, side, 3), 8-bit RGB
        boxes: (left, top, right, bottom) of each label's shape, right and bottom excluded
    """

    pixels: npt.NDArray[np.uint8]
    boxes: dict[str, Box]

    @property
    def photo(self) -> Photo:
        """As a classifier takes it."""
        return Photo(self.pixels, "PNG")

    @property
    def file(self) -> bytes:
        """A PNG file."""
        return encoded(Image.fromarray(self.pixels), "PNG")


def _disc(x: Field, y: Field) -> Mask:
    return x**2 + y**2 <= 1


def _square(x: Field, y: Field) -> Mask:
    return np.maximum(abs(x), abs(y)) <= 0.88


def _triangle(x: Field, y: Field) -> Mask:
    return (y <= 0.9) & (y >= 2 * abs(x) - 0.95)


def _cross(x: Field, y: Field) -> Mask:
    return (np.minimum(abs(x), abs(y)) <= 0.34) & (np.maximum(abs(x), abs(y)) <= 1)


def _ring(x: Field, y: Field) -> Mask:
    return (x**2 + y**2 <= 1) & (x**2 + y**2 >= 0.3)


# shape, colour, and the wave of its stripes: radians a pixel across and down
SHAPES = {
    "disc": (_disc, (215, 60, 50), (0.0, 0.9)),
    "square": (_square, (60, 110, 215), (0.6, -0.6)),
    "triangle": (_triangle, (60, 180, 75), (0.35, 0.35)),
    "cross": (_cross, (225, 185, 45), (0.9, 0.0)),
    "ring": (_ring, (165, 70, 190), (1.1, 0.4)),
}
LABELS = tuple(SHAPES)


def draw(labels: Sequence[str], rng: np.random.Generator, side: int = SIDE) -> Drawing:
    """A picture with one shape anywhere, or two shapes, one in each half, that do not touch.

    Args:
        labels: of the shapes, different ones
        rng: where everything else comes from
        side: of the picture, in pixels
    """
    pixels = _ground(rng, side)
    upright = bool(rng.integers(2))
    boxes = {}
    for place, label in enumerate(rng.permutation(list(labels))):
        radius = side * rng.uniform(0.15, 0.2)
        along = rng.uniform(radius, side - radius)
        across = along if len(labels) == 1 else side * (0.25 + 0.5 * place)
        centre = (across, along) if upright or len(labels) == 1 else (along, across)
        if len(labels) == 1:
            centre = (across, rng.uniform(radius, side - radius))
        boxes[str(label)] = _paint(pixels, str(label), centre, radius, rng)
    return Drawing(np.clip(pixels, 0, 255).astype(np.uint8), boxes)


def draw_singles(label: str, count: int, seed: int = 0, side: int = SIDE) -> list[Drawing]:
    """Pictures of one shape each."""
    rng = np.random.default_rng([seed, LABELS.index(label)])
    return [draw([label], rng, side) for _ in range(count)]


def draw_pairs(labels: Sequence[str], count: int, seed: int = 0, side: int = SIDE) -> list[Drawing]:
    """Pictures of two shapes of different classes, every pair of classes in turn."""
    rng = np.random.default_rng([seed, 1000])
    pairs = list(combinations(labels, 2))
    return [draw(pairs[index % len(pairs)], rng, side) for index in range(count)]


def write_classes(
    root: Path, labels: Sequence[str] = LABELS[:3], count: int = 20, seed: int = 0, side: int = SIDE
) -> Path:
    """A folder of class folders, with `count` pictures of one shape in each; returns it."""
    for label in labels:
        _write(root / label, draw_singles(label, count, seed, side))
    return root


def write_splits(
    root: Path, labels: Sequence[str] = LABELS[:3], train: int = 20, val: int = 10, seed: int = 0, side: int = SIDE
) -> Path:
    """A folder with train/ and val/, and so many pictures a class in each; returns it."""
    write_classes(root / "train", labels, train, 2 * seed, side)
    write_classes(root / "val", labels, val, 2 * seed + 1, side)
    return root


def write_table(
    root: Path, labels: Sequence[str] = LABELS[:3], count: int = 60, seed: int = 0, side: int = SIDE
) -> Path:
    """A multi-label table of pictures with one shape or two, turn about; returns the CSV file."""
    rng = np.random.default_rng([seed, 2000])
    pairs = draw_pairs(labels, count // 2, seed, side)
    singles = [draw([labels[index % len(labels)]], rng, side) for index in range(count - count // 2)]
    drawings = [*pairs, *singles]
    names = _write(root / "pictures", drawings)
    rows = [[f"pictures/{name}", "|".join(sorted(one.boxes))] for name, one in zip(names, drawings, strict=True)]
    return _write_csv(root / "shapes.csv", ["path", "label"], rows)


def write_pairs(
    root: Path, labels: Sequence[str] = LABELS[:3], count: int = 30, seed: int = 0, side: int = SIDE
) -> Path:
    """Pictures of two shapes, and a table of their boxes: path,label,left,top,right,bottom; returns the CSV file."""
    drawings = draw_pairs(labels, count, seed, side)
    names = _write(root / "pairs", drawings)
    rows = [
        [f"pairs/{name}", label, *map(str, box)]
        for name, one in zip(names, drawings, strict=True)
        for label, box in one.boxes.items()
    ]
    return _write_csv(root / "boxes.csv", ["path", "label", "left", "top", "right", "bottom"], rows)


def finds_own(explanation: Explanation, labels: Sequence[str], drawing: Drawing) -> bool:
    """Whether, of two shapes, each one's class gives more to its own than to the other: mean evidence in the box.

    Args:
        explanation: of the drawing's photo
        labels: of the network's classes
        drawing: with two shapes
    """
    assert explanation.maps is not None
    assert explanation.grid is not None
    own: dict[str, dict[str, float]] = {}
    side = drawing.pixels.shape[0]
    for label in drawing.boxes:
        cam = explanation.maps[list(labels).index(label)]
        drawn = resize_map(cam, explanation.grid, (side, side), (side, side))
        own[label] = {
            shape: float(drawn[top:bottom, left:right].mean())
            for shape, (left, top, right, bottom) in drawing.boxes.items()
        }
    return all(means[label] == max(means.values()) for label, means in own.items())


def _ground(rng: np.random.Generator, side: int) -> Field:
    """Pale blurred blotches under fine noise, a new grey each time: (side, side, 3)."""
    coarse = Image.fromarray(rng.integers(90, 170, (6, 6, 3), dtype=np.uint8))
    blotches = np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float64)
    grey = blotches.mean(axis=2, keepdims=True)
    return grey + 0.25 * (blotches - grey) + rng.normal(0, 12, (side, side, 1))


def _paint(pixels: Field, label: str, centre: tuple[float, float], radius: float, rng: np.random.Generator) -> Box:
    shape, colour, wave = SHAPES[label]
    down, across = np.mgrid[: pixels.shape[0], : pixels.shape[1]] + 0.5
    mask = shape((across - centre[0]) / radius, (down - centre[1]) / radius)
    stripes = np.sin(wave[0] * across + wave[1] * down + rng.uniform(0, 2 * np.pi))
    texture = 45 * stripes + rng.normal(0, 8, mask.shape)
    tint = np.array(colour) + rng.uniform(-15, 15, 3)
    pixels[mask] = (tint + texture[:, :, None])[mask]
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _write(folder: Path, drawings: Sequence[Drawing]) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{index:03}.png" for index in range(len(drawings))]
    for name, drawing in zip(names, drawings, strict=True):
        (folder / name).write_bytes(drawing.file)
    return names


def _write_csv(file: Path, header: list[str], rows: list[list[str]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return file
