"""`camscope evaluate --boxes --masks` as a person types it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from model.evaluation.folder import EvaluationFolder
from tests.bundles import make_bundle
from tests.evaluations import BOX, SIZE, camscope, metrics_of, write_boxes, write_masks, write_squares

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of three pictures, one of them shown in another's colour."""
    return write_squares(tmp_path_factory.mktemp("data") / "squares", wrong=1)


@pytest.mark.slow
def test_with_boxes_it_says_whether_the_network_looks_at_the_right_place(
    bundle_path: Path, data: Path, tmp_path: Path
) -> None:
    boxes = write_boxes(tmp_path / "boxes.csv", data)
    assert camscope(bundle_path, data, "--out", tmp_path / "out", "--boxes", boxes) == 0
    found = metrics_of(tmp_path / "out").localisation
    assert found is not None
    assert list(found.scales) == ["1", "1.5", "2", "3", "fused"]
    assert (found.pictures, found.chosen_on, found.thresholds) == (9, 3, 100)
    area = (BOX[2] - BOX[0]) * (BOX[3] - BOX[1]) / (SIZE[0] * SIZE[1])
    assert found.covered == pytest.approx(area)
    for name, measures in found.scales.items():
        assert measures.max_box_acc is not None
        assert measures.gt_known is not None
        assert measures.top1 is not None
        assert measures.energy is not None
        assert measures.gt_known.value == measures.max_box_acc.value
        assert measures.top1.value <= measures.gt_known.value
        assert measures.pixel_ap is None
        assert measures.energy.value > area, name
    box = found.baselines["box"]
    assert (box.ious["0.5"].value, box.ious["0.7"].value) == (1, 0)  # 2,464 of 3,680 pixels: every square is beside it
    assert found.baselines["centre"].raster is None
    assert [one.top1 for one in found.baselines.values()] == [None, None]
    look = found.scales["1"]
    assert look.max_box_acc is not None
    assert look.pointing is not None
    assert look.max_box_acc.pictures == found.pictures - found.chosen_on
    assert look.max_box_acc.reference_pictures == look.pointing.pictures == found.pictures
    for record in EvaluationFolder(tmp_path / "out").pictures():
        assert record.boxes == (BOX,)
        assert record.evidence is not None
        assert record.evidence.inside is not None


@pytest.mark.slow
def test_with_masks_pixels_are_measured_and_no_boxes(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    masks = write_masks(tmp_path / "masks", data)
    assert camscope(bundle_path, data, "--out", tmp_path / "out", "--masks", masks, "--scales", "1, fused") == 0
    found = metrics_of(tmp_path / "out").localisation
    assert found is not None
    assert list(found.scales) == ["1", "fused"]
    assert list(found.baselines) == ["centre"]
    for measures in found.scales.values():
        assert measures.max_box_acc is None
        assert measures.pixel_ap is not None
        assert measures.pixel_ap.value > found.covered


def test_boxes_and_masks_are_measured_together_each_on_the_pictures_that_have_them(
    bundle_path: Path, data: Path, tmp_path: Path
) -> None:
    boxes, masks = write_boxes(tmp_path / "boxes.csv", data), write_masks(tmp_path / "masks", data)
    words = (bundle_path, data, "--scales", "1", "--boxes", boxes)
    assert camscope(*words, "--out", tmp_path / "boxed") == 0
    (masks / "red" / "1.png").unlink()
    rows = boxes.read_text().splitlines()
    boxes.write_text("\n".join(row for row in rows if "blue/2.png" not in row))
    assert camscope(*words, "--masks", masks, "--out", tmp_path / "both") == 0
    alone, both = (metrics_of(tmp_path / out).localisation for out in ("boxed", "both"))
    assert alone is not None
    assert both is not None
    assert (both.pictures, both.chosen_on) == (9, 3)
    measures = both.scales["1"]
    assert measures.max_box_acc is not None
    assert measures.pixel_ap is not None
    assert measures.energy is not None
    assert alone.scales["1"].energy is not None
    assert measures.energy.value == pytest.approx(alone.scales["1"].energy.value)
    assert list(both.baselines) == ["centre", "box"]
    problems = metrics_of(tmp_path / "both").problems
    assert "1 picture has no box and does not count there: 'blue/2.png'." in problems
    assert "1 picture has no mask and does not count there: 'red/1.png'." in problems


def test_a_bad_mask_leaves_its_picture_to_the_accuracy(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    masks = write_masks(tmp_path / "masks", data)
    (masks / "red" / "1.png").write_bytes(b"no picture")
    Image.new("L", SIZE).save(masks / "blue" / "2.png")
    assert camscope(bundle_path, data, "--out", tmp_path / "out", "--masks", masks, "--scales", "1") == 0
    found = metrics_of(tmp_path / "out")
    assert found.data.pictures == 9
    assert found.localisation is not None
    assert found.localisation.pictures == 7
    assert found.problems == (
        "What is drawn on 1 picture cannot be read or is of another shape, and does not count: 'red/1.png'.",
        "The mask of 1 picture is empty and does not count: 'blue/2.png'.",
    )


def test_of_a_sample_nothing_is_said_of_the_boxes_of_others(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    boxes = write_boxes(tmp_path / "boxes.csv", data)
    words = (bundle_path, data, "--boxes", boxes, "--scales", "1", "--limit", 4, "--out", tmp_path / "out")
    assert camscope(*words) == 0
    found = metrics_of(tmp_path / "out")
    assert found.problems == ()
    assert found.localisation is not None
    assert found.localisation.pictures == 4


def test_maps_are_the_same_whether_there_are_boxes_or_not(bundle_path: Path, data: Path, tmp_path: Path) -> None:
    boxes = write_boxes(tmp_path / "boxes.csv", data)
    assert camscope(bundle_path, data, "--out", tmp_path / "with", "--boxes", boxes) == 0
    assert camscope(bundle_path, data, "--out", tmp_path / "without") == 0
    one, other = metrics_of(tmp_path / "with"), metrics_of(tmp_path / "without")
    assert one.classification == other.classification
    assert other.localisation is None
    assert (tmp_path / "with" / "maps.bin").read_bytes() == (tmp_path / "without" / "maps.bin").read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--boxes", "boxes.txt"], "no table of boxes"),
        (["--scales", "1,4"], "not '4'"),
        (["--masks", "nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    options: Sequence[str], told: str, bundle_path: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert camscope(bundle_path, data, "--out", tmp_path / "out", *options) in (1, 2)
    assert told in " ".join(capsys.readouterr().err.split())


def test_a_network_without_maps_has_none_to_lie_in_boxes(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = write_boxes(tmp_path / "boxes.csv", data)
    assert camscope(make_bundle(tmp_path, kind="fc"), data, "--out", tmp_path / "out", "--boxes", boxes) == 1
    assert "has no maps" in capsys.readouterr().err


def test_it_does_not_go_on_with_other_boxes(
    bundle_path: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = write_boxes(tmp_path / "boxes.csv", data)
    words = (bundle_path, data, "--out", tmp_path / "out", "--boxes", boxes, "--scales", "1", "--resume")
    assert camscope(*words) == 0
    assert camscope(*words) == 0
    boxes.write_text(boxes.read_text().replace("72,52", "70,50"))
    assert camscope(*words) == 1
    assert "another question (other pictures" in capsys.readouterr().err
