"""The hidden folder of a training under way: what was asked for, what is done already, and who is at it."""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from model.dataset import Sample
from model.durable import write_synced
from model.errors import TrainingError
from model.metrics import Candidate, EpochFigures
from model.plan import Plan
from model.runs import run_folder
from model.training.pairs import Pair

PLAN, HEAD, HEAD_FIGURES, PARTS, LOCK = "plan.json", "head.safetensors", "head.json", "parts.json", "lock"
MAY_DIFFER = {"logs", "threads", "workers", "devices", "num_nodes", "accelerator", "data", "out"}


class SavedHead(NamedTuple):
    """The head alone, learned.

    Attributes:
        state: its weights, of the best epoch
        cells: rows and columns of the maps it was made for; (0, 0) where any will do
        larger: than usual its first weights are, since the features are smaller (model.training.head_fit)
        candidate: how it was judged, and after which epoch
        figures: of all its epochs
    """

    state: dict[str, Tensor]
    cells: tuple[int, int]
    larger: float
    candidate: Candidate
    figures: tuple[EpochFigures, ...]


class Parts(NamedTuple):
    """What all processes of a training must agree on.

    Attributes:
        labels: of the classes
        multi_label: whether a picture may have several
        train: pictures to learn from
        held_out: pictures to choose by
        sizes: (width, height) of each, in pixels, the pairs' among them
        pairs: pictures and themselves altered, which the network is to say the same of
    """

    labels: tuple[str, ...]
    multi_label: bool
    train: tuple[Sample, ...]
    held_out: tuple[Sample, ...]
    sizes: Mapping[Path, tuple[int, int]]
    pairs: tuple[Pair, ...] = ()


class RunFolder:
    """A training's folder.

    Args:
        out: the bundle that will come of it
    """

    def __init__(self, out: Path) -> None:
        self.path = run_folder(out)

    @contextmanager
    def held(self, plan: Plan, resume: bool) -> Iterator[None]:
        """Hold the folder alone, for this plan.

        Args:
            plan: what is asked for
            resume: go on where something is left; else a left-over is refused

        Raises:
            TrainingError: another process is at it, or something was learned there: to go on from, or by another plan
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / LOCK).open("w")
        except OSError as error:
            raise TrainingError(f"{self.path}: cannot be written: {error.strerror}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise TrainingError(f"{plan.out} is being trained already, by another process") from None
            self._check(plan, resume)
            try:
                yield
            except BaseException:
                if not (self.path / HEAD_FIGURES).is_file():  # nothing to go on from
                    self.remove()
                raise

    def _check(self, plan: Plan, resume: bool) -> None:
        file = self.path / PLAN
        if not (self.path / HEAD_FIGURES).is_file():  # nothing was learned that could be lost
            (self.path / PARTS).unlink(missing_ok=True)
        elif file.is_file():
            if not resume:
                raise TrainingError(
                    f"an unfinished training of {plan.out.name} lies in {self.path}: go on with --resume, or delete it"
                )
            before, now = self._plan_before(file), plan.model_dump(mode="json")
            changed = [name for name in now if name not in MAY_DIFFER and before.get(name) != now[name]]
            if changed:
                raise TrainingError(
                    f"the unfinished training in {self.path} was asked for with another {', '.join(changed)}: "
                    "ask for the same, or delete it"
                )
        self._write(PLAN, plan.model_dump_json().encode())

    def _plan_before(self, file: Path) -> dict[str, Any]:
        try:
            plan: dict[str, Any] = dict(json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise TrainingError(f"the unfinished training in {self.path} is damaged: delete it") from error
        return plan

    def remove(self) -> None:
        """The bundle is there: nothing of this is needed any more."""
        shutil.rmtree(self.path, ignore_errors=True)

    def save_head(self, saved: SavedHead) -> None:
        """Keep the head; what is told of it is written last, and says that all of it is there."""
        told = {
            "cells": saved.cells,
            "larger": saved.larger,
            "candidate": saved.candidate.model_dump(),
            "figures": [figures.model_dump() for figures in saved.figures],
        }
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in saved.state.items()}
        self._write(HEAD, safetensors.torch.save(state))
        self._write(HEAD_FIGURES, json.dumps(told).encode())

    def load_head(self) -> SavedHead | None:
        """The head, where it is done; one that is damaged takes seconds to learn anew."""
        file = self.path / HEAD_FIGURES
        if not file.is_file():
            return None
        try:
            told = json.loads(file.read_bytes())
            rows, columns = told["cells"]
            return SavedHead(
                safetensors.torch.load((self.path / HEAD).read_bytes()),
                (rows, columns),
                told["larger"],
                Candidate.model_validate(told["candidate"]),
                tuple(EpochFigures.model_validate(figures) for figures in told["figures"]),
            )
        except (OSError, ValueError, TypeError, KeyError, SafetensorError):
            return None

    def save_parts(self, parts: Parts) -> None:
        """Tell the other processes what to agree on.

        Raises:
            TrainingError: a training that is resumed here had other classes
        """
        before = self.load_parts()
        if before and before[:2] != parts[:2]:
            raise TrainingError(
                f"the unfinished training in {self.path} had other classes, {', '.join(before.labels)}: "
                "train on those, or delete it"
            )
        samples = {"train": parts.train, "held_out": parts.held_out}
        samples |= {
            "before": tuple(one.before for one in parts.pairs),
            "after": tuple(one.after for one in parts.pairs),
        }
        rows: dict[str, Any] = {
            name: [[str(one.path), one.name, one.labels, parts.sizes[one.path]] for one in those]
            for name, those in samples.items()
        }
        rows["pairs"] = [[pair.wrong, pair.pasted, pair.held_out] for pair in parts.pairs]
        told = {"labels": parts.labels, "multi_label": parts.multi_label, **rows}
        self._write(PARTS, json.dumps(told).encode())

    def load_parts(self) -> Parts | None:
        """The same, where the first process has said it."""
        file = self.path / PARTS
        if not file.is_file():
            return None
        try:
            told = json.loads(file.read_bytes())
            sizes: dict[Path, tuple[int, int]] = {}
            samples: dict[str, list[Sample]] = {"train": [], "held_out": [], "before": [], "after": []}
            for name, group in samples.items():
                for path, shown, numbers, (width, height) in told.get(name, ()):
                    group.append(Sample(Path(path), shown, tuple(numbers)))
                    sizes[Path(path)] = (width, height)
            labels, multi_label = tuple(told["labels"]), told["multi_label"]
            rows = zip(samples["before"], samples["after"], told.get("pairs", ()), strict=True)
            pairs = tuple(Pair(before, after, tuple(wrong), *which) for before, after, (wrong, *which) in rows)
        except (AttributeError, ValueError, TypeError, KeyError):  # damaged: the first process says it anew
            return None
        return Parts(labels, multi_label, tuple(samples["train"]), tuple(samples["held_out"]), sizes, pairs)

    def _write(self, name: str, content: bytes) -> None:
        """A file that is there whole or not at all."""
        draft = self.path / f".{name}.draft"
        draft.unlink(missing_ok=True)
        write_synced(draft, content)
        draft.replace(self.path / name)
