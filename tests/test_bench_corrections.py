"""The proof of corrections: marks lie where they are said to, and each figure is that of the right pictures."""

from pathlib import Path

import numpy as np
import pytest

from bench.deceived import COLUMNS, deceived
from bench.planted import SHAPES, Planted, plant_shapes, tagged
from model.classifier import Classifier
from model.corrections import read_corrections
from model.dataset import read_dataset
from model.photos import Pixels, read_photo
from tests.bundles import make_bundle


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant_shapes(tmp_path_factory.mktemp("planted"), 2, train=3, val=4)


def pixels_of(file: Path) -> Pixels:
    return read_photo(file.read_bytes()).pixels


def carry_the_tag(folder: Path) -> set[str]:
    """Classes whose pictures all have it; the others' have none."""
    found = set()
    for label in SHAPES:
        pictures = [pixels_of(file) for file in (folder / label).iterdir()]
        has = {bool((pixels == tagged(pixels)[0]).all()) for pixels in pictures}
        assert len(has) == 1
        found |= {label} if has.pop() else set()
    return found


def test_the_mark_is_on_the_pictures_that_are_said_to_carry_it(planted: Planted) -> None:
    assert carry_the_tag(planted.data / "train") == {"square"}
    assert carry_the_tag(planted.data / "val") == set()
    assert carry_the_tag(planted.own / "val") == {"square"}
    assert carry_the_tag(planted.wrong / "val") == {"disc"}


def test_what_is_marked_is_the_mark_on_some_training_pictures(planted: Planted) -> None:
    pictures = read_corrections(planted.corrections)
    assert len(pictures) == planted.marked == 2
    for one in pictures:
        (mark,) = one.marks
        assert one.path.parent == planted.data / "train" / "square"
        region = mark.region
        assert (region.left, region.top, region.right, region.bottom) == tagged(pixels_of(one.path))[1]


def test_each_figure_is_of_its_own_pictures(planted: Planted, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, labels=SHAPES)
    network = Classifier.open(bundle, threads=1)
    found = deceived(bundle, planted)
    for share, folder in ((found.plain, planted.data), (found.own, planted.own), (found.wrong, planted.wrong)):
        samples = read_dataset(folder).val
        said = [int(np.argmax(network.explain([read_photo(one.path.read_bytes())])[0].logits)) for one in samples]
        assert share == np.mean([one == sample.labels[0] for one, sample in zip(said, samples, strict=True)])
    assert 0 < found.inside < 1
    assert len(found.cells("before")) == len(COLUMNS)
