"""The folder of a training under way: held by one, for one plan; what lies in it is whole or not there."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from model.dataset import Sample
from model.errors import TrainingError
from model.metrics import Candidate, EpochFigures
from model.plan import Balance, Freeze, HeadChoice, Plan
from model.training.run_folder import HEAD, HEAD_FIGURES, MAY_DIFFER, PARTS, PLAN, Parts, RunFolder, SavedHead

CANDIDATE = Candidate(stage="head", epoch=3, held_out_loss=0.25, held_out_accuracy=0.75)
FIGURES = EpochFigures(stage="head", epoch=1, train_loss=0.5, held_out_loss=0.25, held_out_accuracy=1.0, seconds=0.1)
SAVED = SavedHead(
    {"linear.weight": torch.randn(3, 5), "linear.bias": torch.randn(3)}, (4, 6), 1.5, CANDIDATE, (FIGURES,)
)
CHANGES: dict[str, object] = {
    "base": "timm/resnet50", "head": HeadChoice.NIN, "activation": "sigmoid", "freeze": Freeze.HEAD, "epochs": 3,
    "head_epochs": 7, "lr": 0.5, "image_size": 64, "batch_size": 3, "seed": 1, "val_share": 0.5,
    "held_out_share": 0.5, "patience": 1, "balance": Balance.WEIGHTS, "precision": "bf16-mixed",
    "corrections": Path("marks.csv"),
}  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(data=tmp_path / "data", out=tmp_path / "models" / "shapes")


@pytest.fixture
def folder(plan: Plan) -> RunFolder:
    """A folder that was begun, and that nobody holds any more."""
    folder = RunFolder(plan.out)
    with folder.held(plan, resume=False):
        pass
    return folder


@pytest.fixture
def learned(folder: RunFolder) -> RunFolder:
    """The same, where a head has learned."""
    folder.save_head(SAVED)
    return folder


def hold(plan: Plan, resume: bool = True) -> None:
    with RunFolder(plan.out).held(plan, resume):
        pass


def fail(folder: RunFolder, plan: Plan, error: type[BaseException], learned: bool) -> None:
    with folder.held(plan, resume=False):
        if learned:
            folder.save_head(SAVED)
        raise error


def test_folder_is_hidden_beside_the_model_and_made_when_it_is_held(plan: Plan) -> None:
    folder = RunFolder(plan.out)
    assert folder.path == plan.out.parent / ".shapes.training"
    assert not folder.path.exists()
    with folder.held(plan, resume=False):
        assert (folder.path / PLAN).is_file()
    folder.remove()
    assert not folder.path.exists()
    folder.remove()


def test_only_one_holds_a_folder(plan: Plan) -> None:
    with RunFolder(plan.out).held(plan, resume=False):
        for resume in (True, False):
            with pytest.raises(TrainingError, match="is being trained already, by another process"):
                hold(plan, resume)
    hold(plan)


def test_another_process_cannot_hold_it_either(plan: Plan) -> None:
    script = (
        "import sys; from pathlib import Path; from model.plan import Plan\n"
        "from model.training.run_folder import RunFolder\n"
        "from model.errors import TrainingError\n"
        "plan = Plan(data=Path(sys.argv[1]), out=Path(sys.argv[2]))\n"
        "try:\n"
        "    with RunFolder(plan.out).held(plan, True): print('held')\n"
        "except TrainingError as error: print(error)\n"
    )
    command = [sys.executable, "-c", script, str(plan.data), str(plan.out)]
    with RunFolder(plan.out).held(plan, resume=False):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "being trained already" in done.stdout
    hold(plan)


def test_error_inside_lets_go_of_the_folder(plan: Plan) -> None:
    with pytest.raises(ZeroDivisionError), RunFolder(plan.out).held(plan, resume=False):
        _ = 1 / 0
    hold(plan)


@pytest.mark.parametrize("error", [TrainingError, KeyboardInterrupt])
def test_what_fails_leaves_its_folder_only_where_something_was_learned(plan: Plan, error: type[BaseException]) -> None:
    folder = RunFolder(plan.out)
    with pytest.raises(error):
        fail(folder, plan, error, learned=False)
    assert not folder.path.exists()
    with pytest.raises(error):
        fail(folder, plan, error, learned=True)
    assert folder.load_head() is not None


def test_left_over_is_refused_without_resume(plan: Plan, learned: RunFolder) -> None:
    with pytest.raises(TrainingError, match=r"unfinished training of shapes .* go on with --resume, or delete it"):
        hold(plan, resume=False)
    learned.remove()
    hold(plan, resume=False)


@pytest.mark.parametrize("resume", [True, False])
def test_what_failed_before_anything_was_learned_is_in_nobodys_way(plan: Plan, folder: RunFolder, resume: bool) -> None:
    folder.save_parts(Parts(("cat", "dog"), False, (), (), {}))
    other = plan.model_copy(update={"base": "timm/resnet50"})
    with folder.held(other, resume):
        folder.save_parts(Parts(("hen", "fox"), False, (), (), {}))
    assert Plan.model_validate_json((folder.path / PLAN).read_bytes()) == other


def test_resume_begins_where_there_is_nothing_to_go_on_from(plan: Plan) -> None:
    hold(plan, resume=True)
    assert (RunFolder(plan.out).path / PLAN).is_file()


@pytest.mark.parametrize("name", CHANGES)
def test_resume_with_another_plan_is_refused_and_names_what_differs(plan: Plan, learned: RunFolder, name: str) -> None:
    other = Plan.model_validate({**plan.model_dump(), name: CHANGES[name]})
    with pytest.raises(TrainingError, match=f"was asked for with another {name}: ask for the same, or delete it"):
        hold(other)
    hold(plan)


def test_what_is_the_machines_may_differ(plan: Plan, learned: RunFolder) -> None:
    machine = {
        "threads": 1,
        "workers": 0,
        "devices": "1",
        "num_nodes": 2,
        "accelerator": "cpu",
        "data": Path("moved"),
        "logs": Path("kept"),
    }
    hold(Plan.model_validate({**plan.model_dump(), **machine}))
    assert {*machine, "out"} == MAY_DIFFER
    assert {*machine, "out", *CHANGES, "single_logit"} == Plan.model_fields.keys()


def test_two_differences_are_both_named(plan: Plan, learned: RunFolder) -> None:
    with pytest.raises(TrainingError, match="another batch_size, seed"):
        hold(plan.model_copy(update={"seed": 5, "batch_size": 2}))


@pytest.mark.parametrize("damaged", ["", "{", "[1]", "null"])
def test_damaged_plan_is_named(plan: Plan, learned: RunFolder, damaged: str) -> None:
    (learned.path / PLAN).write_text(damaged)
    with pytest.raises(TrainingError, match="is damaged: delete it"):
        hold(plan)


def test_folder_that_cannot_be_made_is_named(plan: Plan) -> None:
    plan.out.parent.mkdir(parents=True)
    RunFolder(plan.out).path.write_text("a file")
    with pytest.raises(TrainingError, match="cannot be written"):
        hold(plan)


def test_head_comes_back_as_it_was_kept(folder: RunFolder) -> None:
    assert folder.load_head() is None
    folder.save_head(SAVED)
    loaded = folder.load_head()
    assert loaded is not None
    assert loaded[1:] == SAVED[1:]
    assert loaded.state.keys() == SAVED.state.keys()
    assert all(torch.equal(loaded.state[name], one) for name, one in SAVED.state.items())


def test_head_of_any_layout_is_kept(folder: RunFolder) -> None:
    weight = torch.randn(5, 3).T.requires_grad_(True)
    folder.save_head(SAVED._replace(state={"weight": weight}))
    loaded = folder.load_head()
    assert loaded is not None
    assert torch.equal(loaded.state["weight"], weight)


def test_head_kept_again_takes_the_place_of_the_first(folder: RunFolder) -> None:
    folder.save_head(SAVED)
    folder.save_head(SAVED._replace(larger=2.5))
    loaded = folder.load_head()
    assert loaded is not None
    assert loaded.larger == 2.5


def test_weights_without_what_is_told_of_them_are_no_head(folder: RunFolder) -> None:
    folder.save_head(SAVED)
    (folder.path / HEAD_FIGURES).unlink()
    assert folder.load_head() is None


@pytest.mark.parametrize("name", [HEAD, HEAD_FIGURES])
@pytest.mark.parametrize("end", [0, 1, 20, -1, None])
def test_half_a_head_is_none(folder: RunFolder, name: str, end: int | None) -> None:
    folder.save_head(SAVED)
    file = folder.path / name
    content = file.read_bytes()
    file.unlink()
    if end is not None:
        file.write_bytes(content[:end])
    assert folder.load_head() is None


def test_draft_that_a_killed_process_left_harms_nobody(folder: RunFolder, plan: Plan) -> None:
    for name in (PLAN, HEAD, HEAD_FIGURES, PARTS):
        (folder.path / f".{name}.draft").write_bytes(b"half")
    assert folder.load_head() is None
    assert folder.load_parts() is None
    hold(plan)
    folder.save_head(SAVED)
    assert folder.load_head() is not None
    assert {file.name for file in folder.path.glob(".*.draft")} == {f".{PARTS}.draft"}


def test_parts_come_back_as_they_were_told(folder: RunFolder, tmp_path: Path) -> None:
    assert folder.load_parts() is None
    samples = [Sample(tmp_path / f"{name}.jpg", name, (0, 1)) for name in ("a", "ü b", "c")]
    sizes = {sample.path: (10 + place, 20) for place, sample in enumerate(samples)}
    parts = Parts(("cat", "dog|no"), True, tuple(samples[:2]), (samples[2],), sizes)
    folder.save_parts(parts)
    assert folder.load_parts() == parts
    folder.save_parts(parts._replace(held_out=tuple(samples)))
    loaded = folder.load_parts()
    assert loaded is not None
    assert loaded.held_out == tuple(samples)


@pytest.mark.parametrize(
    "change", [{"labels": ("cat", "dog", "hen")}, {"labels": ("dog", "cat")}, {"multi_label": True}]
)
def test_training_goes_on_with_its_own_classes_alone(folder: RunFolder, change: dict[str, Any]) -> None:
    parts = Parts(("cat", "dog"), False, (), (), {})
    folder.save_parts(parts)
    with pytest.raises(TrainingError, match="had other classes, cat, dog: train on those, or delete it"):
        folder.save_parts(parts._replace(**change))
    assert folder.load_parts() == parts


@pytest.mark.parametrize("damaged", ["", "{", "[]", "{}", '{"train": [[1]]}'])
def test_damaged_parts_are_told_anew(folder: RunFolder, damaged: str) -> None:
    parts = Parts(("cat", "dog"), False, (), (), {})
    (folder.path / PARTS).write_text(damaged)
    assert folder.load_parts() is None
    folder.save_parts(parts)
    assert folder.load_parts() == parts
