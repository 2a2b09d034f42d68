"""After the learning: the network becomes a bundle, is judged as it will be served, and accounts for itself."""

import csv
import io
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.bundle import Bundle, write_bundle
from model.census import Census
from model.classifier import Classifier
from model.errors import NetworkError, TrainingError
from model.layers import LAYERS, Layer, read_layers
from model.manifest import METRICS, PICTURES, REPORT
from model.mended import Mended, mended_sentences
from model.metrics import Candidate, Counts, EpochFigures, Metrics, Stage
from model.preprocess import input_size
from model.runs import Note
from model.runtime import Runtime
from model.spec import ModelSpec, Pool
from model.training.base import TRUNK_SPEC, input_side, trunk_spec
from model.training.bundles import LIBRARIES
from model.training.export import trial_photos
from model.training.head_modules import ConnectedHead, TrainableHead
from model.training.judging import Judgement, calibration, class_figures, confusion, judge
from model.training.layers import layer_table
from model.training.mending import Mending, MendingJudge
from model.training.networks import build_shape, resolve
from model.training.preparation import Surroundings, Task, draft_of, trained_spec

LAYERS_SIDE = "layers_side"
AGREEMENT = 1e-3  # of the largest logit; between torch and the finished graph
HIDDEN = {
    "data",
    "out",
    "base",
    "corrections",
    "logs",
    "threads",
    "workers",
}  # paths and the machine: no part of the network


@dataclass(frozen=True)
class Trained:
    """A network that was chosen.

    Attributes:
        stage: what was trained of it last
        head: its head
        graph: its ONNX file
        state: its torch weights, for network.safetensors; None where there are none to go on from
        expected: the logits (B, K) that torch gives for inputs (B, H, W, 3)
        layers: its table of layers
        candidates: it, and what else might have been kept
        epochs: all that were run
        seconds: by stage
        mending: what to judge a correction by; None where nothing was corrected
    """

    stage: Stage
    head: TrainableHead
    graph: bytes
    state: Mapping[str, Tensor] | None
    expected: Callable[[npt.NDArray[np.uint8]], Tensor]
    layers: Sequence[Mapping[str, Any]]
    candidates: tuple[Candidate, ...]
    epochs: tuple[EpochFigures, ...]
    seconds: Mapping[str, float]
    mending: Mending | None = None


def finish(trained: Trained, task: Task, base: Bundle, census: Census, around: Surroundings) -> tuple[Bundle, float]:
    """Judge a network on the validation pictures and write its bundle; the bundle, and the accuracy.

    Raises:
        TrainingError: the graph does not answer as the trained network does
        BundleError: the bundle cannot be written
        DatasetError: the validation pictures are gone
    """
    spec = trained_spec(task, base.spec, trained.head)
    draft = draft_of(task, base, trained.head, trained.graph)
    runtime = Runtime(draft, task.plan.threads)
    _compare(runtime, trained, spec)
    classifier = Classifier(draft, runtime)
    classifier.probe()
    counting = around.counting("validate", stops=False)
    judgement = judge(classifier, census.dataset.val, task.objective("head"), around.max_megapixels, counting)
    metrics = _metrics(trained, task, base, census, judgement)
    if trained.mending is not None:
        metrics = metrics.model_copy(update={"mended": _mended(trained.mending, classifier, task, judgement, around)})
    accounts = {METRICS: metrics.model_dump_json(indent=1).encode(), PICTURES: pictures_table(task, census)}
    if around.draw_report:
        accounts[REPORT] = around.draw_report(metrics)
    bundle = write_bundle(
        task.plan.out,
        name=task.plan.out.name,
        graph=trained.graph,
        spec=spec,
        head=trained.head.numeric(),
        network=_weights(trained.state),
        provenance=_provenance(trained, task, base, census, metrics),
        accounts=accounts,
    )
    return bundle, judgement.accuracy


def _mended(mending: Mending, after: Classifier, task: Task, judgement: Judgement, around: Surroundings) -> Mended:
    """What a correction did, and say so."""
    objective, val = task.objective("head"), judgement.samples
    before = judge(mending.before, val, objective, around.max_megapixels)
    side_by_side = MendingJudge(mending, after, objective, around.max_megapixels)
    mended = side_by_side.judge(val, (before.accuracy, judgement.accuracy), len(task.pairs))
    for sentence in mended_sentences(mended):
        around.listener(Note(message=sentence))
    return mended


def _compare(runtime: Runtime, trained: Trained, spec: ModelSpec) -> None:
    """The graph's logits on noise with those of the trained head: what is written is what was trained.

    Raises:
        TrainingError: they are further apart than rounding explains
    """
    width, height = input_size(spec.preprocessing, 4, 3)
    photos = trial_photos(2, height, width)
    logits, _ = runtime.run(photos)
    with torch.no_grad():
        expected = trained.expected(photos).numpy()
    gap = float(np.abs(logits - expected).max())
    if not gap <= AGREEMENT * max(1.0, float(np.abs(expected).max())):
        raise TrainingError(f"the finished graph is not the network that was trained: its logits are {gap:.2g} off")


def _weights(state: Mapping[str, Tensor] | None) -> dict[str, npt.NDArray[Any]] | None:
    if state is None:
        return None
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in state.items()}


def _metrics(trained: Trained, task: Task, base: Bundle, census: Census, judgement: Judgement) -> Metrics:
    counts = [count.train for count in census.counts]
    figures = class_figures(judgement, task.labels, counts)
    known = [one.f1 for one in figures if one.f1 is not None]
    return Metrics(
        name=task.plan.out.name,
        base=base.id,
        head=task.plan.head.value,
        created_at=datetime.now(UTC),
        labels=task.labels,
        multi_label=task.multi_label,
        accuracy=judgement.accuracy,
        macro_f1=sum(known) / len(known) if known else None,
        loss=float(judgement.losses.mean()),
        chosen=trained.stage,
        candidates=trained.candidates,
        counts=Counts(
            train=len(task.pictures if trained.stage == "head" else task.train),
            held_out=len(task.held_out),
            val=len(judgement.samples),
            skipped=census.skipped + len(census.dataset.val) - len(judgement.samples),
        ),
        classes=figures,
        confusion=confusion(judgement),
        calibration=calibration(judgement),
        epochs=trained.epochs,
        mistakes=judgement.mistakes,
        problems=census.problems,
        settings=task.plan.model_dump(mode="json", exclude=HIDDEN),
        seconds={stage: round(seconds, 3) for stage, seconds in trained.seconds.items()},
    )


def _provenance(trained: Trained, task: Task, base: Bundle, census: Census, metrics: Metrics) -> dict[str, Any]:
    return {
        "architecture": base.spec.architecture,
        "weights": base.provenance.get("weights"),
        "base": {"id": base.id, "name": base.name},
        "training": metrics.settings | {"kept": trained.stage, "seconds": metrics.seconds},
        "data": {
            "name": task.plan.data.resolve().name,
            "split": census.dataset.split,
            "counts": metrics.counts.model_dump(),
            "classes": {one.label: {"train": one.train, "val": one.val} for one in census.counts},
        },
        "metrics": {"accuracy": metrics.accuracy, "loss": metrics.loss, "val": metrics.counts.val}
        | ({} if metrics.macro_f1 is None else {"macro_f1": metrics.macro_f1}),
        "made_with": {library: version(library) for library in (*LIBRARIES, "lightning")}
        | {"python": platform.python_version()},
        "export": base.provenance.get("export"),
        TRUNK_SPEC: trunk_spec(base.spec).model_dump(mode="json"),
        LAYERS: list(trained.layers),
        LAYERS_SIDE: layers_side(base, trained.head),
        "parameters": sum(int(layer["parameters"]) for layer in trained.layers),
    }


def pictures_table(task: Task, census: Census) -> bytes:
    """Which picture was used for what, as CSV: path, label, split, sha256."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["path", "label", "split", "sha256"])
    held_out = {task.pictures[index].name for index in set(task.held_out) - set(task.train)}
    for part, samples in (("train", task.pictures), ("val", census.dataset.val)):
        for sample in samples:
            split = "held_out" if part == "train" and sample.name in held_out else part
            label = "|".join(task.labels[index] for index in sample.labels)
            table.writerow([sample.name, label, split, census.sha256[sample.path]])
    return file.getvalue().encode()


def layers_of(base: Bundle, head: TrainableHead) -> list[dict[str, Any]]:
    """The base's table of layers up to its last maps, and the head's rows.

    Args:
        base: made here or by `export`
        head: for its maps
    """
    side, grid = layers_side(base, head), base.spec.grid
    if grid is None:
        raise TrainingError(f"{base.path}: says nothing of where its maps lie")
    cells = (
        head.cells if isinstance(head, ConnectedHead) else (round(side / grid.stride_y), round(side / grid.stride_x))
    )
    body = [layer for layer in _base_layers(base, side) if not layer.head]
    rows = layer_table(_OnMaps(head, cells), 1, "head")
    if head.pool is not Pool.MAPS:
        pooling = Layer(
            name="pool", kind=f"global {head.pool}", shape=(head.channels,), size=head.channels, parameters=0, head=True
        )
        rows = [pooling.model_dump(mode="json"), *rows]
    return [*(layer.model_dump(mode="json") for layer in body), *rows]


def layers_side(base: Bundle, head: TrainableHead) -> int:
    """Of the square input that the table of layers is for: the base's, but for a head that takes one size alone."""
    side: int | None = base.provenance.get(LAYERS_SIDE)
    return input_side(base.spec) if side is None or isinstance(head, ConnectedHead) else side


def _base_layers(base: Bundle, side: int) -> Sequence[Layer]:
    """The base's table of layers, for a square input of another side where it can be had."""
    known = read_layers(base.provenance)
    if side == base.provenance.get(LAYERS_SIDE):
        return known
    try:
        rows = layer_table(build_shape(resolve(base.spec.architecture)), side)
    except (NetworkError, RuntimeError, NotImplementedError):  # no network by that name, or one that has to compute
        return known
    return [Layer.model_validate(row) for row in rows]


class _OnMaps(nn.Module):
    """A head at work on maps of no content, whatever image it is given."""

    def __init__(self, head: TrainableHead, cells: tuple[int, int]) -> None:
        super().__init__()
        self.head = head
        self._shape = (1, head.channels, *cells)

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.head(torch.zeros(self._shape, device=image.device))
        return logits
