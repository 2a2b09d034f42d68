"""A network that is right for the wrong reason learns not to be: on generated pictures with a planted tag."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from app.reports import draw_report
from bench.planted import Planted, plant_shapes
from model.census import take_census
from model.corrections import match_corrections, read_corrections
from model.dataset import read_dataset
from model.errors import DatasetError
from model.mended import Mended
from model.metrics import Metrics, read_metrics
from model.photos import read_photo
from model.plan import Freeze, HeadChoice, Plan
from model.runs import run_folder
from model.spec import Activation, HeadKind
from model.training.objective import Objective, targets_of
from model.training.order import Draw
from model.training.pairs import Pair, PairMaker, choose
from model.training.photo_data import Pictures, RandomParts, WholePictures, with_pairs
from model.training.preparation import Surroundings
from model.training.recipe import train
from model.training.run_folder import Parts, RunFolder
from tests.bundles import make_bundle, make_spec

MARKED = 6
GAIN = 0.2


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant_shapes(tmp_path_factory.mktemp("planted"), MARKED, train=30, val=30)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network without torch: five channels for colours."""
    return make_bundle(tmp_path_factory.mktemp("base"), name="colours")


def corrected(planted: Planted, folder: Path, **options: object) -> Metrics:
    plan = {"data": planted.data, "out": folder / "mended", "corrections": planted.corrections, "threads": 1}
    plan |= {"freeze": Freeze.HEAD, **options}
    bundle = train(Plan.model_validate(plan), Surroundings(folder / "cache", draw_report=draw_report))
    assert bundle is not None
    metrics = read_metrics(bundle.path)
    assert metrics is not None
    return metrics


def mended_of(metrics: Metrics) -> Mended:
    assert metrics.mended is not None
    return metrics.mended


def test_accuracy_without_the_mark_rises_by_twenty_points(
    planted: Planted, embedded_path: Path, tmp_path: Path
) -> None:
    metrics = corrected(planted, tmp_path, base=str(embedded_path), head_epochs=40)
    mended = mended_of(metrics)
    before, after = mended.before, mended.after
    assert before.accuracy_pasted is not None
    assert after.accuracy_pasted is not None
    assert before.inside is not None
    assert after.inside is not None
    assert after.accuracy - before.accuracy >= GAIN
    assert after.accuracy_pasted - before.accuracy_pasted >= GAIN
    assert after.accuracy_cut > before.accuracy_cut
    assert after.inside < before.inside / 2
    assert (mended.began, mended.pictures, mended.marks) == ("head", MARKED, MARKED)
    assert metrics.accuracy == after.accuracy
    report = (tmp_path / "mended" / "report.html").read_text()
    assert report.count("in the marks</figcaption>") == 2 * MARKED


def test_a_model_that_knows_the_classes_is_what_before_is_of(planted: Planted, base: Path, tmp_path: Path) -> None:
    first = corrected(planted, tmp_path, base=str(base), out=tmp_path / "first", corrections=None)
    again = mended_of(corrected(planted, tmp_path, base=str(tmp_path / "first")))
    assert first.mended is None
    assert again.began == "base"
    assert again.before.accuracy == first.accuracy


@pytest.mark.parametrize("head", [HeadChoice.NIN, HeadChoice.FC, HeadChoice.GMP])
def test_every_kind_of_head_can_be_corrected(planted: Planted, base: Path, tmp_path: Path, head: HeadChoice) -> None:
    mended = mended_of(corrected(planted, tmp_path, base=str(base), head=head, head_epochs=3))
    assert mended.pairs > MARKED
    assert (mended.after.inside is None) == (head is HeadChoice.FC)


def test_nothing_of_a_correction_is_left_beside_the_model(planted: Planted, base: Path, tmp_path: Path) -> None:
    metrics = corrected(planted, tmp_path, base=str(base), head_epochs=3)
    assert not run_folder(tmp_path / "mended").exists()
    assert "corrections" not in metrics.settings
    older = json.loads(metrics.model_dump_json())
    del older["mended"]
    assert Metrics.model_validate(older).mended is None


def test_marks_of_no_picture_end_the_training_before_it_begins(planted: Planted, base: Path, tmp_path: Path) -> None:
    table = tmp_path / "marks.csv"
    table.write_text("path,left,top,right,bottom\nnowhere.png,0,0,9,9\n")
    with pytest.raises(DatasetError, match=r"nowhere\.png"):
        corrected(replace(planted, corrections=table), tmp_path, base=str(base))


@pytest.fixture
def pairs(planted: Planted, tmp_path: Path) -> tuple[Pair, ...]:
    census = take_census(read_dataset(planted.data))
    corrections = match_corrections(read_corrections(planted.corrections), census)
    preprocessing = make_spec(HeadKind.GAP, census.dataset.labels).preprocessing
    maker = PairMaker(tmp_path / "altered", preprocessing, 50, census.dataset.labels)
    pictures = census.dataset.train
    return maker.make(corrections, pictures, frozenset(one.path for one in pictures[:10]), seed=0)


def test_pairs_are_cut_from_marked_pictures_and_pasted_onto_others(pairs: tuple[Pair, ...]) -> None:
    cut, pasted = ([pair for pair in pairs if pair.pasted is kind] for kind in (False, True))
    assert len(cut) == MARKED
    assert {pair.before.labels for pair in cut} == {(1,)}
    assert {pair.before.labels for pair in pasted} == {(0,)}
    assert all(pair.after.labels == pair.before.labels for pair in pairs)
    assert any(pair.held_out for pair in pasted)


def test_the_pictures_of_a_pair_differ_in_the_mark_alone(pairs: tuple[Pair, ...]) -> None:
    for pair in pairs[:2] + pairs[-2:]:
        before, after = (read_photo(one.path.read_bytes()).pixels for one in (pair.before, pair.after))
        height, width, _ = before.shape
        changed = (before != after).any(axis=2)
        assert changed.any()
        rows, columns = np.nonzero(changed)
        assert rows.min() >= height * 0.8
        assert columns.min() >= width * 0.7


def test_both_kinds_of_pairs_are_drawn_alike(pairs: tuple[Pair, ...]) -> None:
    drawn = choose(pairs, 40, np.random.default_rng(0))
    assert sum(pairs[place].pasted for place in drawn) == 20
    assert choose(pairs[:1], 3, np.random.default_rng(0)) == [0, 0, 0]


def test_a_change_is_counted_for_the_wrong_classes_alone() -> None:
    before, after = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 2.0, 6.0]])
    sigmoid, softmax = Objective(Activation.SIGMOID), Objective(Activation.SOFTMAX)
    assert sigmoid.change(before, after, torch.tensor([[1.0, 1.0, 0.0]])) == 0
    assert sigmoid.change(before, after, torch.tensor([[0.0, 0.0, 1.0]])) == 9
    assert softmax.change(before, after, torch.ones(1, 3)) == pytest.approx((1 + 1 + 4) / 3)
    assert softmax.change(before, before + 5, torch.ones(1, 3)) == 0


def test_a_batch_may_bring_pairs_with_some_of_its_pictures() -> None:
    part, target, wrong = torch.zeros(4, 4, 3), torch.zeros(2), torch.ones(2)
    assert [len(one) for one in with_pairs([(part, target), (part, target)])] == [2, 2]
    assert [len(one) for one in with_pairs([(part, target), (part, target, part, part, wrong)])] == [2, 2, 1, 1, 1]


def test_another_process_reads_the_same_pairs(pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "models" / "mended")
    folder.path.mkdir(parents=True)
    sizes = {one.path: (9, 9) for pair in pairs for one in (pair.before, pair.after)}
    parts = Parts(("disc", "square"), False, (), (), sizes, pairs)
    folder.save_parts(parts)
    assert folder.load_parts() == parts


@pytest.fixture
def pictures(pairs: tuple[Pair, ...]) -> Pictures:
    """Of pairs whose two pictures are one and the same."""
    same = tuple(replace(pair, after=pair.before) for pair in pairs)
    own = [pair.before for pair in pairs]
    sizes = {one.path: (160, 160) for one in own}
    return Pictures(own, own[:2], targets_of(own, 2), targets_of(own[:2], 2), sizes, None, 50, same)


def test_both_pictures_of_a_pair_show_the_same_part(pictures: Pictures) -> None:
    parts = RandomParts(pictures, make_spec(HeadKind.GAP, ("disc", "square")).preprocessing, 64, seed=0)
    drawn = [parts[Draw(epoch, 0)] for epoch in range(40)]
    brought = [one for one in drawn if len(one) > 2]
    assert 0 < len(brought) < len(drawn)
    for _, _, before, after, wrong in brought:
        assert torch.equal(before, after)
        assert wrong.tolist() == [1, 1]


def test_altered_pictures_that_are_held_out_are_chosen_by(pictures: Pictures) -> None:
    whole = WholePictures(pictures, make_spec(HeadKind.GAP, ("disc", "square")).preprocessing)
    held_out = sum(pair.held_out for pair in pictures.pairs)
    assert held_out > 0
    assert len(whole) == 2 + held_out
