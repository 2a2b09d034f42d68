"""The benchmark of places: which looks each way takes, whose head it is, and what boxes it is held against."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import localisation
from bench.boxed import LABELS, TABLE, boxed_photos
from bench.context import Context
from bench.square import write_square
from bench.ways import PRODUCT, TRIED, WHOLE, Owner, looks_at, made, peers_way, views_of
from model.boxes import read_boxes
from model.bundle import read_bundle
from model.classifier import Classifier
from model.photos import Photo
from model.scales import FUSED, passes_of
from model.spec import HeadKind
from tests.bundles import make_bundle

CLASSES = {"ant": 0, "bee": 2}  # red and blue, to the network of tests/bundles.py
SIZE = (256, 192)
TRAINING_TABLE = TABLE.with_name("boxes-hymenoptera-train.csv")


def with_a_spot(left: int, top: int, colour: tuple[int, int, int]) -> Image.Image:
    image = Image.new("RGB", SIZE, (70, 70, 70))
    image.paste(colour, (left, top, left + 80, top + 64))
    return image


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with red and blue spots, and beside it the table of where they are."""
    draw, lines = random.Random(0), ["path,label,left,top,right,bottom"]
    (tmp_path / "val").mkdir()
    for number in range(6):
        left, top, label = draw.randrange(170), draw.randrange(120), LABELS[number % 2]
        with_a_spot(left, top, (255, 0, 0) if label == "ant" else (0, 0, 255)).save(tmp_path / f"val/{number}.png")
        lines.append(f"val/{number}.png,{label},{left},{top},{left + 80},{top + 64}")
    (tmp_path / "boxes.csv").write_text("\n".join(lines))
    return tmp_path


@pytest.fixture
def context(tmp_path: Path) -> Context:
    bundle = make_bundle(tmp_path / "bundle")
    square = write_square(bundle, tmp_path / "square")
    return Context(
        rounds=1, threads=1, bundle=bundle, square=square, cache_dir=tmp_path, photos=None, training=None,
        scratch=tmp_path, order=random.Random(0), say=lambda _: None,
    )  # fmt: skip


@pytest.mark.parametrize(("table", "photos"), [(TABLE, 135), (TRAINING_TABLE, 85)])
def test_the_boxes_are_a_table_that_camscope_reads(table: Path, photos: int) -> None:
    found = read_boxes(table, LABELS)
    assert len(found) == photos
    assert {len(one.regions) for one in found} == {1}
    counts = Counter(len(regions) for one in found for regions in one.regions.values())
    assert max(counts) <= 6
    assert all({"ants": "ant", "bees": "bee"}[Path(one.name).parent.name] in one.regions for one in found)


def test_no_photo_is_both_chosen_by_and_reported() -> None:
    names = [{one.name for one in read_boxes(table, LABELS)} for table in (TABLE, TRAINING_TABLE)]
    assert not names[0] & names[1]


def test_photos_that_are_not_there_are_left_out(photos: Path) -> None:
    (photos / "val/0.png").unlink()
    found = boxed_photos(photos, photos / "boxes.csv")
    assert [one.name for one in found] == [f"val/{number}.png" for number in range(1, 6)]
    assert found[0].photo().size == SIZE
    assert not boxed_photos(photos / "val")


def test_fused_is_what_the_product_fuses(context: Context) -> None:
    assert tuple(WHOLE) == passes_of(read_bundle(context.bundle).spec.preprocessing, FUSED)
    assert all(set(passes) < set(WHOLE) for passes in TRIED.values())


def test_a_head_of_the_same_network_says_what_the_network_says(context: Context) -> None:
    classifier = Classifier.open(context.bundle, 1)
    photo = Photo(with_a_spot(20, 30, (255, 0, 0)), "PNG")
    looks = looks_at(classifier, photo)
    own, other = (views_of(looks, Owner(CLASSES, head), "ant") for head in (None, read_bundle(context.bundle).head))
    for one, two in zip(own.values(), other.values(), strict=True):
        np.testing.assert_allclose(one.logits, two.logits, atol=1e-4)
        np.testing.assert_allclose(one.maps, two.maps, atol=1e-4)
    ours, theirs = (made(views, PRODUCT["fused"], 0, photo) for views in (own, other))
    np.testing.assert_allclose(ours.placed.values, theirs.placed.values, atol=1e-4)
    assert ours.right is theirs.right


def test_the_peers_map_begins_at_zero_and_has_cells_over_the_whole_photo(context: Context) -> None:
    way = peers_way(Classifier.open(context.square, 1), Photo(with_a_spot(20, 30, (0, 0, 255)), "PNG"), CLASSES["bee"])
    assert way.placed.values.min() == 0
    assert way.placed.values.max() > 0
    grid = way.placed.grid
    assert (grid.columns * grid.cell_width, grid.rows * grid.cell_height) == pytest.approx(SIZE)


def test_every_way_is_measured_and_the_bars_are_differences(
    context: Context, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = read_bundle(context.bundle).head
    monkeypatch.setattr(localisation, "boxed_photos", lambda folder: boxed_photos(folder, folder / "boxes.csv"))
    monkeypatch.setattr(localisation, "embedded", lambda _: Owner(CLASSES))
    monkeypatch.setattr(
        localisation, "trained", lambda _context, _folder, name: Owner(CLASSES, replace(head, kind=HeadKind(name)))
    )
    result = localisation.run(replace(context, training=photos))
    names = [line.split("|")[1].strip() for line in result.lines[2:]]
    heads = [f"{kind} head, {way}" for kind in localisation.HEADS for way in ("scale 1", "fused")]
    assert names == [*PRODUCT, *TRIED, *heads, localisation.PEERS, localisation.CENTRE]
    assert set(result.details) == set(names)
    v2 = {name: result.details[name]["max_box_acc_v2"]["value"] for name in names}
    assert result.bars["localisation/fused-v2"] == pytest.approx(v2["fused"] - v2[localisation.PEERS], abs=1e-6)
    assert v2["scale 1"] > v2[localisation.CENTRE], "a spot of its own colour is found"
    assert "6 photos; thresholds from 2 of them" in result.notes[0]


def test_without_the_photos_nothing_is_measured(context: Context, tmp_path: Path) -> None:
    for training in (None, tmp_path):
        result = localisation.run(replace(context, training=training))
        assert not result.lines
        assert not result.bars
        assert "Not measured" in result.notes[0]
