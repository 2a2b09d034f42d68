"""Before anything is learned: the pictures are looked at, the base is opened, its features are computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import Tensor

from model.bundle import Bundle
from model.census import Census, take_census
from model.classifier import Classifier
from model.dataset import Sample, read_dataset, split_samples
from model.errors import TrainingError
from model.features import FeatureCache, Features
from model.findings import counted, shown_name
from model.metrics import Metrics, Stage
from model.plan import Balance, HeadChoice, Plan
from model.runs import Listener, Note, Progress, RunStage
from model.runtime import Runtime
from model.spec import Activation, HeadKind, ModelSpec
from model.training.base import input_side, open_base
from model.training.callbacks import Stop
from model.training.head_modules import HEADS, TrainableHead, build_head
from model.training.objective import Objective, balanced_class_weights, balanced_picture_weights, targets_of
from model.training.pairs import Pair
from model.training.run_folder import Parts

SMOOTHING: Mapping[Stage, float] = {"head": 0.0, "network": 0.1}
MOST_COUNTED = 20  # classes, in one sentence
MOST_HELD_OUT = 5000  # pictures; more would not choose better, and every epoch judges them


@dataclass(frozen=True)
class Surroundings:
    """What a training needs beside its plan.

    Attributes:
        cache_dir: for bundles made from weights, and for features
        feature_bytes: most that the features kept may take
        max_megapixels: a larger picture is left out
        listener: told how it goes
        stop: a wish to stop, and to keep the best so far
        draw_report: from the metrics, a page to look at; none where nobody draws
    """

    cache_dir: Path
    feature_bytes: int = 10**10
    max_megapixels: float = 50
    listener: Listener = lambda _: None
    stop: Stop = field(default_factory=Stop)
    draw_report: Callable[[Metrics], bytes] | None = None

    def counting(self, stage: RunStage, stops: bool = True) -> Callable[[int, int], None]:
        """Tell how many of a stage's pictures are done; a stop that is wished for ends it with KeyboardInterrupt."""

        def count(done: int, total: int) -> None:
            if stops and self.stop:
                raise KeyboardInterrupt
            self.listener(Progress(stage=stage, done=done, total=total))

        return count


@dataclass(frozen=True)
class Task:
    """What is to be learned, of which pictures.

    Attributes:
        plan: what was asked for, with the activation that the labels need
        labels: of the classes
        multi_label: whether a picture may have several
        pictures: all training pictures
        targets: 1 where a picture is of a class, (N, K)
        train: indices of those to learn from
        held_out: indices of those to choose by
        pairs: pictures and themselves altered, which the network is to say the same of
    """

    plan: Plan
    labels: tuple[str, ...]
    multi_label: bool
    pictures: tuple[Sample, ...]
    targets: Tensor
    train: tuple[int, ...]
    held_out: tuple[int, ...]
    pairs: tuple[Pair, ...] = ()

    @classmethod
    def of_parts(cls, plan: Plan, parts: Parts) -> "Task":
        """The task that another process has set."""
        pictures = (*parts.train, *parts.held_out)
        return cls(
            plan=_fitting(plan, parts.multi_label),
            labels=parts.labels,
            multi_label=parts.multi_label,
            pictures=pictures,
            targets=targets_of(pictures, len(parts.labels)),
            train=tuple(range(len(parts.train))),
            held_out=tuple(range(len(parts.train), len(pictures))),
            pairs=parts.pairs,
        )

    def parts(self, sizes: Mapping[Path, tuple[int, int]]) -> Parts:
        """What another process needs of it; sizes are (width, height) of each picture."""
        train = tuple(self.pictures[index] for index in self.train)
        held_out = tuple(self.pictures[index] for index in self.held_out)
        own = {one.path: sizes[one.path] for one in self.samples}
        return Parts(self.labels, self.multi_label, train, held_out, own, self.pairs)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All training pictures, then both pictures of every pair."""
        return (*self.pictures, *(one for pair in self.pairs for one in (pair.before, pair.after)))

    @property
    def outputs(self) -> int:
        """Logits of the head."""
        return 1 if self.plan.single_logit else len(self.labels)

    def objective(self, stage: Stage) -> Objective:
        """What a stage is trained towards."""
        weighted = self.plan.balance is Balance.WEIGHTS
        return Objective(
            activation=self.plan.activation,
            single_logit=self.plan.single_logit,
            multi_label=self.multi_label,
            smoothing=SMOOTHING[stage],
            class_weights=balanced_class_weights(self.targets) if weighted else None,
        )

    def picture_weights(self) -> Tensor | None:
        """How often to draw each picture, (N,); none for each once."""
        return balanced_picture_weights(self.targets) if self.plan.balance is Balance.SAMPLING else None

    def head(self, base: Bundle, cells: tuple[int, int] | None) -> TrainableHead:
        """A fresh head for a base's maps, of `cells` rows and columns."""
        return build_head(
            self.plan.head,
            base.spec.channels,
            self.outputs,
            cells=cells,
            softmax=self.plan.activation is Activation.SOFTMAX,
            learned=base.head,
        )


def take_stock(plan: Plan, around: Surroundings) -> Census:
    """Look at every picture, and name what cannot be used.

    Raises:
        DatasetError: nothing there that can be trained on
        TrainingError: the labels do not go with what is asked for
    """
    dataset = read_dataset(plan.data, seed=plan.seed, val_share=plan.val_share)
    if plan.single_logit and (len(dataset.labels) != 2 or dataset.multi_label):
        raise TrainingError(f"a single logit tells two classes apart; there are {len(dataset.labels)}")
    census = take_census(dataset, around.max_megapixels, plan.threads, around.counting("check"))
    for sentence in (_counts(census), *census.problems):
        around.listener(Note(message=sentence))
    return census


def _counts(census: Census) -> str:
    """How many pictures there are, in all and of each class, as training + validation."""
    dataset, most = census.dataset, census.counts[:MOST_COUNTED]
    each = ", ".join(f"{shown_name(count.label)} {count.train} + {count.val}" for count in most)
    more = len(census.counts) - len(most)
    rest = f", and {counted(more, 'more class', 'more classes')}" if more else ""
    return f"{len(dataset.train)} pictures to learn from and {len(dataset.val)} to judge by: {each}{rest}."


def set_task(plan: Plan, census: Census) -> Task:
    """Decide which training pictures are held out to choose by."""
    dataset = census.dataset
    pictures = dataset.train
    share = min(plan.held_out_share, MOST_HELD_OUT / len(pictures))
    _, chosen = split_samples(pictures, plan.seed + 1, share)
    kept = {sample.name for sample in chosen}
    held_out = tuple(index for index, sample in enumerate(pictures) if sample.name in kept)
    train = tuple(index for index, sample in enumerate(pictures) if sample.name not in kept)
    everything = tuple(range(len(pictures)))
    return Task(
        plan=_fitting(plan, dataset.multi_label),
        labels=dataset.labels,
        multi_label=dataset.multi_label,
        pictures=pictures,
        targets=targets_of(pictures, len(dataset.labels)),
        train=train,
        held_out=held_out or everything,  # of one picture a class none can be spared
    )


def prepare_base(plan: Plan, around: Surroundings) -> Bundle:
    """The base, taking the input that the plan asks for.

    Raises:
        TrainingError: it takes one size of input alone, and the plan asks for another
        BundleError, NetworkError, WeightsError: it cannot be had
    """
    base = open_base(plan.base, around.cache_dir, lambda step: around.listener(Note(message=f"{plan.base}: {step}")))
    preprocessing = base.spec.preprocessing
    if plan.image_size is not None:
        if preprocessing.fixed_size:
            raise TrainingError(f"{plan.base} takes {preprocessing.fixed_size[0]} pixels a side and no other size")
        side = max(plan.image_size, preprocessing.min_side)
        preprocessing = preprocessing.model_copy(update={"base_side": side, "max_side": 4 * side})
    spec = base.spec.model_copy(update={"preprocessing": preprocessing})
    if plan.head is HeadChoice.FC and not preprocessing.fixed_size:
        side = input_side(spec)
        spec = spec.model_copy(update={"preprocessing": preprocessing.model_copy(update={"fixed_size": (side, side)})})
    return replace(base, spec=spec)


def compute_features(task: Task, base: Bundle, census: Census, around: Surroundings) -> Features:
    """What the head learns from: the training pictures and the pairs through the base, computed once and kept.

    Raises:
        DatasetError: they would take more room than is allowed or there
        TrainingError: a picture is too small for the network, or the cache cannot be written
    """
    folder = around.cache_dir / "features"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        classifier = Classifier(base, Runtime(base, task.plan.threads))
        return FeatureCache(folder, around.feature_bytes).compute(
            classifier,
            census,
            task.samples,
            HEADS[task.plan.head].pool,
            workers=task.plan.threads,
            progress=around.counting("features"),
        )
    except OSError as error:
        raise TrainingError(f"{folder}: the features cannot be kept: {error.strerror or error}") from error


def trained_spec(task: Task, base: ModelSpec, head: TrainableHead) -> ModelSpec:
    """What the trained network takes, and what its answers mean."""
    own_maps = head.kind is HeadKind.CONV
    channels = task.outputs if own_maps else head.channels if head.kind is not HeadKind.FC else 0
    return ModelSpec.model_validate(
        base.model_copy(
            update={
                "labels": task.labels,
                "activation": task.plan.activation,
                "outputs": task.outputs,
                "head": head.kind,
                "channels": channels,
                "rectified": bool(getattr(head, "rectified", False)),
                "grid": None if head.kind is HeadKind.FC else base.grid,
            }
        ).model_dump()
    )


def draft_of(task: Task, base: Bundle, head: TrainableHead, graph: bytes) -> Bundle:
    """A trained network as it will be served; nothing is written."""
    spec = trained_spec(task, base.spec, head)
    return replace(base, name=task.plan.out.name, spec=spec, head=head.numeric(), graph=graph, provenance={})


def _fitting(plan: Plan, multi_label: bool) -> Plan:
    """Several labels per picture go with sigmoids, whatever was asked for."""
    return plan.model_copy(update={"activation": Activation.SIGMOID}) if multi_label else plan
