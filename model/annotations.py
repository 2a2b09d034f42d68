"""Outlines as other tools read them: COCO's JSON, Pascal VOC's XML and a mask of indices.

    COCO    one file for any number of photos. bbox [left, top, width, height] and segmentation in photo pixels;
            a hole is cut into its polygon, for COCO's polygons have none. A category's id is the class's index + 1
    VOC     one file a photo. bndbox counts pixels from 1, the last ones included, as VOC does
    mask    the photo's size; 0 where nothing is, else the class's place among those asked for, from 1 on; where
            regions of several classes overlap, the first of these

static/js/annotations.js writes the same files; tests compare the two. Coordinates are rounded to hundredths.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model.contours import Outline, Point, Ring

HUNDRED = 100
NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


@dataclass(frozen=True)
class Region:
    """A connected region of strong evidence.

    Attributes:
        outline: where it lies
        share: which part of what speaks for the class lies in it, 0 to 1
    """

    outline: Outline
    share: float


@dataclass(frozen=True)
class ClassRegions:
    """A class and its regions on one photo, the largest first; `score` is its probability."""

    index: int
    label: str
    score: float
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class Method:
    """How regions were found.

    Attributes:
        model: id of the network's bundle
        scale: of the network's input, as a number or "fused"
        threshold: fraction of a map's maximum that they exceed
    """

    model: str
    scale: str
    threshold: float


@dataclass(frozen=True)
class Annotated:
    """A photo and what was found on it; width and height in pixels."""

    file_name: str
    width: int
    height: int
    classes: tuple[ClassRegions, ...]


def rounded(value: float) -> float:
    """To hundredths, halves up: as the browser does it."""
    return math.floor(value * HUNDRED + 0.5) / HUNDRED


def coco(photos: Sequence[Annotated], method: Method) -> dict[str, Any]:
    """COCO's object detection format, ready for JSON; its `info` says how all of them were found."""
    annotations: list[dict[str, Any]] = []
    labels: dict[int, str] = {}
    for number, photo in enumerate(photos, 1):
        for found in photo.classes:
            labels[found.index] = found.label
            for region in found.regions:
                annotations.append(_annotation(len(annotations) + 1, number, found, region))
    return {
        "info": {
            "description": "Camscope",
            "model": plain(method.model),
            "scale": method.scale,
            "threshold": method.threshold,
        },
        "images": [
            {"id": number, "file_name": plain(photo.file_name), "width": photo.width, "height": photo.height}
            for number, photo in enumerate(photos, 1)
        ],
        "annotations": annotations,
        "categories": [
            {"id": index + 1, "name": plain(labels[index]), "supercategory": ""} for index in sorted(labels)
        ],
    }


def _annotation(number: int, photo: int, found: ClassRegions, region: Region) -> dict[str, Any]:
    box = region.outline.box
    return {
        "id": number,
        "image_id": photo,
        "category_id": found.index + 1,
        "bbox": [box.left, box.top, box.right - box.left, box.bottom - box.top],
        "segmentation": [[rounded(place) for point in joined_rings(region.outline.rings) for place in point]],
        "area": rounded(region.outline.area),
        "iscrowd": 0,
        "score": found.score,
        "share": region.share,
    }


def joined_rings(rings: Sequence[Ring]) -> list[Point]:
    """One polygon of an outer ring and its holes, each joined by a cut to what lies left of it.

    The cut goes from a hole's leftmost point straight to the left, and back; with holes taken from left to right
    it crosses none of them.
    """
    polygon, *holes = map(list, rings)
    for hole in sorted(map(_from_left, holes)):
        after, cut = _left_of(polygon, hole[0])
        polygon[after + 1 : after + 1] = [cut, *hole, cut]
    return polygon


def _from_left(ring: Sequence[Point]) -> list[Point]:
    """A ring that begins, and ends, with its leftmost point."""
    left = min(range(len(ring)), key=ring.__getitem__)
    return [*ring[left:], *ring[: left + 1]]


def _left_of(polygon: Sequence[Point], point: Point) -> tuple[int, Point]:
    """Where a line from a point to the left first meets a polygon: after which of its points, and the place."""
    x, y = point
    best, after = -math.inf, 0
    for at, (one_x, one_y) in enumerate(polygon):
        other_x, other_y = polygon[(at + 1) % len(polygon)]
        if (one_y <= y) == (other_y <= y):
            continue
        meets = one_x + (other_x - one_x) * ((y - one_y) / (other_y - one_y))
        if best < meets <= x:
            best, after = meets, at
    return after, (best if math.isfinite(best) else polygon[after][0], y)


def voc(photo: Annotated) -> str:
    """Pascal VOC's annotation of one photo, as XML."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<annotation>",
        f"  <filename>{xml_text(photo.file_name)}</filename>",
        "  <source><database>Camscope</database></source>",
        f"  <size><width>{photo.width}</width><height>{photo.height}</height><depth>3</depth></size>",
        "  <segmented>0</segmented>",
    ]
    for found in photo.classes:
        for region in found.regions:
            box = region.outline.box
            lines += [
                "  <object>",
                f"    <name>{xml_text(found.label)}</name>",
                "    <pose>Unspecified</pose>",
                "    <truncated>0</truncated>",
                "    <difficult>0</difficult>",
                f"    <bndbox><xmin>{box.left + 1}</xmin><ymin>{box.top + 1}</ymin>",
                f"      <xmax>{box.right}</xmax><ymax>{box.bottom}</ymax></bndbox>",
                "  </object>",
            ]
    return "\n".join([*lines, "</annotation>", ""])


def plain(text: str) -> str:
    """Text without what no XML and no UTF-8 can hold; a replacement character stands for each."""
    return NO_XML.sub("\ufffd", text)


def xml_text(text: str) -> str:
    """Text as it may stand between two tags."""
    return "".join(ENTITIES.get(one, one) for one in plain(text))
