"""Fine-tuning, as far as it can be tested without: where it goes on, and what it reports instead of crashing."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from model.errors import TrainingError
from model.plan import Plan
from model.training import finetune
from model.training.finetune import last_checkpoint


def test_a_training_goes_on_from_a_whole_checkpoint_alone(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints" / "last.ckpt"
    assert last_checkpoint(tmp_path) is None
    file.parent.mkdir()
    torch.save({"epoch": 3, "state_dict": {"weight": torch.zeros(1000)}}, file)
    assert last_checkpoint(tmp_path) == file
    whole = file.read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 30):
        file.write_bytes(whole[:length])
        assert last_checkpoint(tmp_path) is None


def test_too_little_memory_is_told_with_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("tried to allocate 20 GiB")

    anything: Any = SimpleNamespace(train=[1, 2], preprocessing=None)
    for name in ("PictureLoaders", "Learner", "PhotoNetwork", "_paces", "input_side", "traits_of_spec"):
        monkeypatch.setattr(finetune, name, lambda *_, **__: None)
    monkeypatch.setattr(finetune, "_trainer", lambda *_: SimpleNamespace(fit=fit))
    plan = Plan(data=tmp_path / "data", out=tmp_path / "out")
    with pytest.raises(TrainingError, match="a smaller --batch-size or --image-size"):
        finetune.fit_network(anything, 1.0, anything, plan, anything, anything, tmp_path, print, anything)
