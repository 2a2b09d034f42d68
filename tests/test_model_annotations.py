"""Files for other tools: polygons with their holes cut in, boxes by each format's own counting, odd names."""

import io
import json
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import skimage.draw
from PIL import Image

from app.paths import STATIC_DIR
from model.annotations import Annotated, ClassRegions, Method, Region, coco, joined_rings, plain, voc, xml_text
from model.contours import Outline, outlines, signed_area
from model.enclosed import given_share
from model.masks import mask, mask_png, palette
from model.regions import Box
from tests import node
from tests.outlined import MAPS, Case, covering, random_map

ODD = "a <\"b\"> & ]]> 'c' Ägyptische Katze 고양이 \x01\x1f\ufffe \r\n\t.jpg"
METHOD = Method(ODD, "fused", 0.2)


def annotated(case: Case, threshold: float = 0.2, name: str = "cat.jpg", second: Case | None = None) -> Annotated:
    classes = []
    for index, label, (values, grid, photo) in [(285, "Egyptian cat", case), (3, ODD, second or case)]:
        regions = tuple(
            Region(one, given_share(values, one.rings, grid, photo) or 0.0)
            for one in outlines(values, grid, photo, threshold)
        )
        classes.append(ClassRegions(index, label, 0.61 if index else 0.25, regions))
    return Annotated(name, *case[2], tuple(classes))


def as_script(photo: Annotated) -> dict[str, Any]:
    """A photo as the scripts have it."""
    return {
        "fileName": photo.file_name,
        "width": photo.width,
        "height": photo.height,
        "classes": [
            {
                "index": one.index,
                "label": one.label,
                "score": one.score,
                "regions": [
                    {"box": vars(region.outline.box), "rings": region.outline.rings, "share": region.share}
                    for region in one.regions
                ],
            }
            for one in photo.classes
        ],
    }


def with_holes() -> Case:
    values, photo = np.ones((9, 9), dtype=np.float32), (93, 85)
    for row, column in [(2, 2), (2, 6), (5, 4), (7, 2)]:
        values[row, column] = -20
    return values, covering(9, 9, photo), photo


def test_a_polygon_has_its_holes_cut_in() -> None:
    case = with_holes()
    [outline] = outlines(*case)
    assert len(outline.rings) == 5
    polygon = joined_rings(outline.rings)
    assert signed_area(polygon) == pytest.approx(outline.area, abs=1e-9)
    filled = skimage.draw.polygon2mask(case[2][::-1], np.array(polygon)[:, ::-1] - 0.5)
    apart = np.zeros_like(filled)
    for ring in outline.rings:
        apart ^= skimage.draw.polygon2mask(case[2][::-1], np.array(ring)[:, ::-1] - 0.5)
    assert (filled != apart).mean() < 0.01
    assert not filled[int(2.5 * 85 / 9), int(2.5 * 93 / 9)]


def test_holes_beside_and_within_each_others_shadow_are_cut_in_without_crossing() -> None:
    values, grid, photo = random_map(13, 17, 11), covering(13, 17, (340, 260)), (340, 260)
    holes = 0
    for outline in outlines(values, grid, photo, 0):
        holes += len(outline.rings) - 1
        polygon = joined_rings(outline.rings)
        assert signed_area(polygon) == pytest.approx(outline.area, abs=1e-6)
        assert len(polygon) == sum(map(len, outline.rings)) + 3 * (len(outline.rings) - 1)
    assert holes >= 2


def test_coco_has_a_category_for_each_class_and_an_annotation_for_each_region() -> None:
    photo = annotated(MAPS["hills"])
    made = json.loads(json.dumps(coco([photo, annotated(MAPS["noise"], name="b.jpg")], METHOD)))
    assert made.keys() == {"info", "images", "annotations", "categories"}
    assert made["info"] == {"description": "Camscope", "model": plain(ODD), "scale": "fused", "threshold": 0.2}
    assert made["images"][0] == {"id": 1, "file_name": "cat.jpg", "width": 640, "height": 480}
    assert [one["id"] for one in made["categories"]] == [4, 286]
    assert made["categories"][1] == {"id": 286, "name": "Egyptian cat", "supercategory": ""}
    assert [one["id"] for one in made["annotations"]] == list(range(1, len(made["annotations"]) + 1))
    first, outline = made["annotations"][0], photo.classes[0].regions[0].outline
    box = outline.box
    assert first["bbox"] == [box.left, box.top, box.right - box.left, box.bottom - box.top]
    assert first["area"] == pytest.approx(outline.area, abs=0.005)
    assert (first["image_id"], first["category_id"], first["iscrowd"], first["score"]) == (1, 286, 0, 0.61)
    assert {one["image_id"] for one in made["annotations"]} == {1, 2}
    [polygon] = first["segmentation"]
    assert len(polygon) % 2 == 0
    assert len(polygon) >= 6
    xs, ys = polygon[::2], polygon[1::2]
    assert min(xs) == pytest.approx(box.left, abs=1)
    assert max(ys) == pytest.approx(box.bottom, abs=1)


def test_voc_counts_pixels_from_one_and_takes_any_name() -> None:
    photo = annotated(MAPS["hills"], name=ODD)
    found = ElementTree.fromstring(voc(photo).encode())
    assert found.findtext("filename") == plain(ODD)
    assert [found.findtext(f"size/{name}") for name in ("width", "height", "depth")] == ["640", "480", "3"]
    objects = found.findall("object")
    assert {one.findtext("name") for one in objects} == {"Egyptian cat", plain(ODD)}
    box = photo.classes[0].regions[0].outline.box
    corners = [int(objects[0].findtext(f"bndbox/{name}") or "") for name in ("xmin", "ymin", "xmax", "ymax")]
    assert corners == [box.left + 1, box.top + 1, box.right, box.bottom]


def test_what_no_xml_can_hold_is_replaced() -> None:
    assert plain("a\x00b\ud800c\uffff") == "a\ufffdb\ufffdc\ufffd"
    assert plain("𝔞 고양이\n") == "𝔞 고양이\n"
    assert xml_text("<a & b>\r") == "&lt;a &amp; b&gt;&#13;"


def test_a_mask_has_the_place_of_the_class_at_each_pixel() -> None:
    first, second = MAPS["hills"], (MAPS["hills"][0][::-1].copy(), *MAPS["hills"][1:])
    photo = annotated(first, second=second)
    found = mask(photo)
    assert found.shape == (480, 640)
    alone = mask(Annotated("", 640, 480, photo.classes[:1]))
    assert ((found == 1) == (alone == 1)).all()
    assert set(np.unique(found)) == {0, 1, 2}
    areas = [sum(region.outline.area for region in one.regions) for one in photo.classes]
    assert (alone == 1).sum() == pytest.approx(areas[0], rel=0.002)
    picture = Image.open(io.BytesIO(mask_png(photo)))
    assert picture.mode == "P"
    assert (np.asarray(picture) == found).all()
    colours = np.array(picture.getpalette()).reshape(-1, 3)
    assert colours.tolist() == [list(one) for one in palette()]


def test_a_box_that_is_the_photo_masks_all_of_it() -> None:
    whole = Outline(Box(0, 0, 7, 5, 0.2), (((0, 0), (7, 0), (7, 5), (0, 5)),))
    photo = Annotated("x", 7, 5, (ClassRegions(0, "x", 1.0, (Region(whole, 1.0),)),))
    assert (mask(photo) == 1).all()


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.6])
def test_the_browser_makes_the_same_files(threshold: float) -> None:
    photos = [annotated(MAPS[name], threshold, name=f"{name}{ODD}") for name in MAPS]
    photos.append(annotated(with_holes(), threshold))
    scripts = [as_script(photo) for photo in photos]
    [made] = node.answers("annotations", "coco", [[scripts, vars(METHOD)]])
    assert made == json.loads(json.dumps(coco(photos, METHOD)))
    assert node.answers("annotations", "voc", [[one] for one in scripts]) == [voc(photo) for photo in photos]


def test_a_mask_has_the_colours_that_the_page_has() -> None:
    tokens = (STATIC_DIR / "css" / "tokens.css").read_text()
    colours = re.findall(r"--region-\d: #(..)(..)(..);", tokens)
    assert palette()[1 : len(colours) + 1] == [tuple(int(part, 16) for part in colour) for colour in colours]
    assert palette()[len(colours) + 1] == palette()[1]


def test_the_browser_makes_the_same_mask() -> None:
    second = (MAPS["hills"][0][:, ::-1].copy(), *MAPS["hills"][1:])
    photos = [annotated(MAPS["hills"], second=second), annotated(MAPS["tiny photo"], 0), annotated(with_holes())]
    for photo, pixels, parts in zip(
        photos,
        node.answers("mask", "mask", [[as_script(one)] for one in photos]),
        node.answers("mask", "maskPng", [[as_script(one)] for one in photos]),
        strict=True,
    ):
        assert pixels == mask(photo).ravel().tolist()
        picture = Image.open(io.BytesIO(b"".join(bytes(part) for part in parts)))
        assert (np.asarray(picture) == mask(photo)).all()
        assert picture.getpalette() == [part for colour in palette() for part in colour]
