"""A training from pictures to a bundle: on generated pictures and a tiny base, whose classes are colours."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.reports import draw_report
from model.bundle import Bundle
from model.cam import residual
from model.classifier import Classifier
from model.dataset import read_dataset
from model.errors import BundleError, DatasetError, NetworkError, TrainingError, WeightsError
from model.manifest import PICTURES
from model.metrics import Metrics, read_metrics
from model.photos import read_photo
from model.plan import Balance, Freeze, HeadChoice, Plan
from model.runs import Done, EpochDone, Event, Note, StageBegun, run_folder
from model.spec import Activation, HeadKind
from model.training.preparation import Surroundings
from model.training.recipe import train
from tests.bundles import make_bundle
from tests.shapes import LABELS, draw_pairs, finds_own, write_classes, write_splits, write_table

THREE = LABELS[:3]
Trainer = Callable[..., Bundle]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network without torch: five channels for colours."""
    return make_bundle(tmp_path_factory.mktemp("base"), name="colours")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of shapes, in train/ and val/."""
    return write_splits(tmp_path_factory.mktemp("shapes"), THREE, train=16, val=8, side=96)


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(cache_dir=tmp_path / "cache", draw_report=draw_report)


@pytest.fixture
def trained(base: Path, pictures: Path, around: Surroundings, tmp_path: Path) -> Trainer:
    """Train a head on the tiny base; what differs is given by name."""

    def run(data: Path = pictures, listener: Callable[[Event], None] | None = None, **options: object) -> Bundle:
        plan = Plan(
            **{  # type: ignore[arg-type]
                "data": data,
                "out": tmp_path / "models" / "shapes",
                "base": str(base),
                "freeze": Freeze.HEAD,
                "threads": 1,
                "head_epochs": 40,
                **options,
            }
        )
        bundle = train(plan, around if listener is None else replace(around, listener=listener))
        assert bundle is not None
        return bundle

    return run


def failing(*_: object) -> None:
    raise BundleError("no space left")


def metrics_of(bundle: Bundle) -> Metrics:
    metrics = read_metrics(bundle.path)
    assert metrics is not None
    return metrics


def classifier_of(bundle: Bundle) -> Classifier:
    return Classifier.open(bundle.path, threads=1)


def test_shapes_are_told_apart_and_each_map_points_at_its_own(trained: Trainer) -> None:
    bundle = trained()
    assert metrics_of(bundle).accuracy > 0.9
    classifier = classifier_of(bundle)
    pairs = draw_pairs(THREE, 100, seed=5, side=96)
    own = [finds_own(classifier.explain([drawing.photo])[0], bundle.spec.labels, drawing) for drawing in pairs]
    assert sum(own) >= 90


@pytest.mark.parametrize("choice", list(HeadChoice))
def test_every_head_trains_and_its_maps_add_up(trained: Trainer, choice: HeadChoice) -> None:
    bundle = trained(head=choice)
    kinds = {HeadChoice.CONV1X1: HeadKind.CONV, HeadChoice.NIN: HeadKind.CONV}
    assert bundle.spec.head is kinds.get(choice, HeadKind(choice.value) if choice.value in set(HeadKind) else None)
    assert bundle.spec.rectified == (choice is HeadChoice.NIN)
    assert metrics_of(bundle).accuracy > 0.8
    classifier = classifier_of(bundle)
    for drawing in draw_pairs(THREE, 3, side=200):
        explanation = classifier.explain([drawing.photo])[0]
        if choice is HeadChoice.FC:
            assert explanation.maps is None
            assert bundle.spec.preprocessing.fixed_size is not None
        else:
            assert explanation.maps is not None
            off = residual(np.asarray(explanation.maps), explanation.bias, explanation.logits)
            assert np.abs(off).max() < 1e-4 * max(1, np.abs(explanation.logits).max())


@pytest.mark.parametrize("choice", [HeadChoice.CONV1X1, HeadChoice.NIN, HeadChoice.FC, HeadChoice.GAP])
def test_a_trained_bundle_is_a_base_again_whatever_its_head(
    trained: Trainer, tmp_path: Path, choice: HeadChoice
) -> None:
    first = trained(head=choice)
    again = trained(base=str(first.path), out=tmp_path / "models" / "again")
    assert again.spec.head is HeadKind.GAP
    assert again.spec.channels == 5
    assert metrics_of(again).accuracy > 0.9
    assert metrics_of(again).base == first.id


def test_the_bundle_says_where_it_comes_from(trained: Trainer, pictures: Path) -> None:
    bundle = trained(seed=3)
    provenance = bundle.provenance
    assert provenance["base"]["name"] == "colours"
    assert provenance["training"]["seed"] == 3
    assert provenance["training"]["kept"] == "head"
    assert provenance["data"]["classes"]["disc"] == {"train": 16, "val": 8}
    assert provenance["metrics"]["accuracy"] == metrics_of(bundle).accuracy
    assert provenance["metrics"]["val"] == 24
    assert str(pictures.parent) not in json.dumps(dict(provenance))
    assert provenance["layers"][-1] == {
        "name": "head.linear", "kind": "Linear", "shape": [3], "size": 3, "parameters": 18, "head": True,
    }  # fmt: skip


def test_the_metrics_are_those_of_the_served_network(trained: Trainer, pictures: Path) -> None:
    bundle = trained(head_epochs=2)  # so that some are wrong
    metrics, classifier = metrics_of(bundle), classifier_of(bundle)
    confusion = np.zeros((3, 3), dtype=int)
    for sample in read_dataset(pictures).val:
        answer = classifier.explain([read_photo(sample.path.read_bytes())])[0]
        confusion[sample.labels[0], answer.logits.argmax()] += 1
    assert metrics.confusion == tuple(map(tuple, confusion.tolist()))
    assert metrics.accuracy == pytest.approx(confusion.trace() / 24)
    assert len(metrics.mistakes) == 24 - confusion.trace()
    for index, figures in enumerate(metrics.classes):
        assert figures.recall == pytest.approx(confusion[index, index] / 8)
        said = confusion[:, index].sum()
        assert figures.precision == (pytest.approx(confusion[index, index] / said) if said else None)


def test_which_picture_was_used_for_what_is_kept(trained: Trainer) -> None:
    bundle = trained()
    rows = list(csv.DictReader((bundle.path / "pictures.csv").read_text().splitlines()))
    splits = [row["split"] for row in rows]
    assert splits.count("val") == 24
    assert splits.count("train") + splits.count("held_out") == 48
    assert 6 <= splits.count("held_out") <= 12
    assert metrics_of(bundle).counts.train == 48  # the head learned from all of them in the end
    assert {row["label"] for row in rows} == set(THREE)


def test_the_report_and_the_metrics_lie_in_the_bundle_and_change_no_id(
    trained: Trainer, tmp_path: Path, around: Surroundings
) -> None:
    first = trained()
    second = trained(out=tmp_path / "models2" / "shapes")
    assert (first.path / "report.html").read_bytes().startswith(b"<!doctype html>")
    assert metrics_of(first).created_at <= metrics_of(second).created_at
    assert first.id == second.id  # the same seed, pictures and base


def test_another_seed_is_another_training(trained: Trainer, tmp_path: Path) -> None:
    assert trained().id != trained(seed=1, out=tmp_path / "models2" / "shapes").id


def test_several_labels_a_picture_take_sigmoids(trained: Trainer, tmp_path: Path) -> None:
    bundle = trained(data=write_table(tmp_path / "table", THREE, count=90, side=96))
    metrics = metrics_of(bundle)
    assert bundle.spec.activation is Activation.SIGMOID
    assert metrics.multi_label
    assert metrics.confusion is None
    assert metrics.accuracy > 0.7
    assert metrics.macro_f1 is not None
    assert metrics.macro_f1 > 0.85
    pair = draw_pairs(THREE, 1, seed=9, side=96)[0]
    answer = classifier_of(bundle).explain([pair.photo])[0]
    said = {bundle.spec.labels[index] for index in np.flatnonzero(answer.probabilities > 0.5)}
    assert said == set(pair.boxes)


def test_one_logit_tells_two_classes_apart(trained: Trainer, tmp_path: Path) -> None:
    data = write_splits(tmp_path / "two", THREE[:2], train=16, val=8, side=96)
    bundle = trained(data=data, single_logit=True, activation=Activation.SIGMOID)
    assert bundle.spec.outputs == 1
    assert bundle.spec.classes == 2
    assert metrics_of(bundle).accuracy > 0.9
    answer = classifier_of(bundle).explain([draw_pairs(THREE[:2], 1, side=96)[0].photo])[0]
    assert answer.logits[0] == -answer.logits[1]


def test_sigmoids_can_be_asked_for_with_one_label_a_picture(trained: Trainer) -> None:
    bundle = trained(activation=Activation.SIGMOID)
    assert bundle.spec.activation is Activation.SIGMOID
    assert metrics_of(bundle).confusion is not None
    assert metrics_of(bundle).accuracy > 0.9


@pytest.mark.parametrize("balance", [Balance.SAMPLING, Balance.WEIGHTS])
def test_rare_classes_are_found_where_balance_is_asked_for(trained: Trainer, tmp_path: Path, balance: Balance) -> None:
    data = write_splits(tmp_path / "uneven", THREE, train=4, val=8, side=96)
    write_classes(data / "train", THREE[:1], count=40, seed=7, side=96)
    recalls = [figures.recall for figures in metrics_of(trained(data=data, balance=balance)).classes]
    assert min(recall for recall in recalls if recall is not None) > 0.8


def test_without_validation_pictures_a_split_is_made_and_recorded(trained: Trainer, tmp_path: Path) -> None:
    bundle = trained(data=write_classes(tmp_path / "flat", THREE, count=20, side=96), val_share=0.25)
    assert bundle.provenance["data"]["split"] == "made"
    assert bundle.provenance["training"]["val_share"] == 0.25
    assert metrics_of(bundle).counts.val == 15


def test_a_picture_that_cannot_be_read_is_named_and_skipped(trained: Trainer, tmp_path: Path) -> None:
    data = write_splits(tmp_path / "some", THREE, train=8, val=4, side=96)
    (data / "train" / "disc" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    events: list[Event] = []
    metrics = metrics_of(trained(data=data, listener=events.append))
    assert metrics.counts.skipped == 1
    assert any("broken.png" in problem for problem in metrics.problems)
    assert any(isinstance(event, Note) and "broken.png" in event.message for event in events)


def test_what_happens_is_told_in_order(trained: Trainer) -> None:
    events: list[Event] = []
    bundle = trained(listener=events.append)
    stages = [event.stage for event in events if isinstance(event, StageBegun)]
    assert stages == ["check", "features", "head", "export", "validate"]
    notes = [event.message for event in events if isinstance(event, Note)]
    assert notes == ["48 pictures to learn from and 24 to judge by: disc 16 + 8, square 16 + 8, triangle 16 + 8."]
    assert [event.figures for event in events if isinstance(event, EpochDone)] == list(metrics_of(bundle).epochs)
    assert events[-1] == Done(path=str(bundle.path), bundle_id=bundle.id, accuracy=metrics_of(bundle).accuracy)


def test_features_are_computed_once(trained: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = trained()

    def no_network(*_: object) -> None:
        raise AssertionError("the network ran again")

    monkeypatch.setattr(Classifier, "features", no_network)
    assert trained(out=tmp_path / "models2" / "shapes").id == first.id


def test_a_picture_a_class_is_enough_to_begin_with(trained: Trainer, tmp_path: Path) -> None:
    data = write_splits(tmp_path / "one", THREE[:2], train=1, val=3, side=96)
    events: list[Event] = []
    bundle = trained(data=data, listener=events.append)
    assert metrics_of(bundle).counts.train == 2
    assert any(isinstance(event, Note) and "No training picture could be held out" in event.message for event in events)
    assert (bundle.path / PICTURES).read_text().count(",train,") == 2


def test_fully_connected_layers_are_listed_for_the_input_they_take(trained: Trainer) -> None:
    bundle = trained(head=HeadChoice.FC, image_size=128)
    side = bundle.spec.preprocessing.fixed_size
    assert side == (bundle.provenance["layers_side"],) * 2
    hidden = next(layer for layer in bundle.provenance["layers"] if layer["head"] and layer["parameters"])
    assert hidden["parameters"] == (5 * (side[0] // 16) ** 2 + 1) * 512


def test_pictures_that_changed_meanwhile_are_told_of(
    trained: Trainer, around: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_splits(tmp_path / "some", THREE[:2], train=6, val=3, side=96)
    events: list[Event] = []
    with monkeypatch.context() as broken:
        broken.setattr("model.training.recipe.finish", failing)
        with pytest.raises(BundleError):
            trained(data=data)
    (data / "train" / THREE[0] / "000.png").unlink()
    plan = Plan.model_validate_json((run_folder(tmp_path / "models" / "shapes") / "plan.json").read_bytes())
    train(plan, replace(around, listener=events.append), resume=True)
    assert any(isinstance(event, Note) and "others than when this training began" in event.message for event in events)


def test_an_existing_folder_is_never_overwritten(trained: Trainer, tmp_path: Path) -> None:
    (tmp_path / "models" / "shapes").mkdir(parents=True)
    with pytest.raises(BundleError, match="exists already"):
        trained()
    assert not run_folder(tmp_path / "models" / "shapes").exists()


def test_a_training_that_is_over_leaves_nothing_beside_its_bundle(trained: Trainer, tmp_path: Path) -> None:
    trained()
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["shapes"]


def test_too_many_features_for_the_limit_are_refused_before_the_work(
    trained: Trainer, around: Surroundings, pictures: Path, base: Path, tmp_path: Path
) -> None:
    plan = Plan(data=pictures, out=tmp_path / "models" / "x", base=str(base), freeze=Freeze.HEAD)
    with pytest.raises(DatasetError, match="CAMSCOPE_FEATURE_CACHE_GB"):
        train(plan, replace(around, feature_bytes=100))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"base": "no_such_network"}, NetworkError, "no network 'no_such_network'"),
        ({"base": "torchvision/vgg11"}, NetworkError, "flatten"),
        ({"base": "torchvision/resnet18"}, WeightsError, "camscope export torchvision/resnet18 --weights FILE"),
        ({"single_logit": True, "activation": Activation.SIGMOID}, TrainingError, "two classes apart; there are 3"),
        ({"freeze": Freeze.NONE}, TrainingError, "has no network.safetensors .* --freeze head"),
        ({"freeze": Freeze.AUTO, "precision": "12-bit"}, TrainingError, "cannot run like that: .*12-bit"),
        ({"freeze": Freeze.AUTO, "precision": "bf16-true"}, TrainingError, "none of 32-true, 16-mixed, bf16-mixed"),
        ({"freeze": Freeze.AUTO, "accelerator": "tpu"}, TrainingError, "cannot run like that"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    trained: Trainer, options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        trained(**options)


def test_without_torch_weights_the_head_alone_is_trained_and_that_is_said(trained: Trainer) -> None:
    events: list[Event] = []
    bundle = trained(freeze=Freeze.AUTO, listener=events.append)
    assert metrics_of(bundle).chosen == "head"
    assert any(isinstance(event, Note) and "head alone is trained" in event.message for event in events)


def test_a_stop_before_anything_is_learned_ends_without_a_bundle(
    trained: Trainer, around: Surroundings, tmp_path: Path
) -> None:
    around.stop.wish()
    with pytest.raises(KeyboardInterrupt):
        trained()
    assert not (tmp_path / "models" / "shapes").exists()


def test_a_stop_while_the_head_learns_keeps_the_best_so_far(trained: Trainer, around: Surroundings) -> None:
    def stop_after_three(event: Event) -> None:
        if isinstance(event, EpochDone) and event.figures.epoch == 3:
            around.stop.wish()

    metrics = metrics_of(trained(listener=stop_after_three, head_epochs=50))
    assert 3 <= len(metrics.epochs) <= 4


def test_another_size_of_input_is_another_grid(trained: Trainer) -> None:
    bundle = trained(image_size=192)
    assert bundle.spec.preprocessing.base_side == 192
    explanation = classifier_of(bundle).explain([draw_pairs(THREE, 1, side=96)[0].photo])[0]
    assert explanation.maps is not None
    assert explanation.maps.shape == (3, 12, 12)
