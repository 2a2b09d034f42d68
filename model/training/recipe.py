"""A training from the plan to the bundle: `train`.

1. The pictures are looked at; the base's features are computed once, by the serving runtime, and kept.
2. The head alone learns from them: seconds. Its epoch is chosen by pictures held out, never by the
   validation set; then it learns anew from all training pictures.
3. Unless the plan says otherwise, the network is unfrozen and learns end to end, beginning with that head
   (the one that has not seen the pictures held out). The better of the two by those pictures is kept.
4. The graph of the one that is kept is judged on the validation set as it will be served, and written.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
from torch import Tensor

from model.bundle import NETWORK, Bundle, refuse_existing
from model.errors import TrainingError
from model.features import Features
from model.metrics import Candidate
from model.plan import Freeze, Plan
from model.runs import Done, Note, RunStage, StageBegun
from model.runtime import Runtime
from model.training.base import HEAD_PREFIX, export_trunk, load_trunk, network_state, traits_of_spec
from model.training.export import PhotoNetwork
from model.training.finetune import NetworkFit, check_devices, fit_network
from model.training.finishing import Trained, finish, layers_of
from model.training.head_fit import HeadTask, enlargement, fit_head, refit_head
from model.training.mending import Mending, compared, mark_wrong
from model.training.objective import targets_of
from model.training.photo_data import Pictures
from model.training.preparation import Surroundings, Task, compute_features, prepare_base, set_task, take_stock
from model.training.processes import is_first
from model.training.run_folder import Parts, RunFolder, SavedHead
from model.training.surgery import replace_head
from model.training.trunk import HeadedNetwork

WAIT_S = 3600.0
POLL_S = 0.5


def train(plan: Plan, around: Surroundings, resume: bool = False) -> Bundle | None:
    """Train a network on labelled pictures and write its bundle.

    Args:
        plan: what is asked for
        around: where features are kept, who is told
        resume: go on where a training of this bundle was interrupted

    Returns:
        the bundle; None in all processes but the first, where several train together

    Raises:
        DatasetError: the pictures cannot be trained on
        TrainingError: the training cannot begin or go on
        BundleError, NetworkError, WeightsError: the base cannot be had, or the bundle not be written
        KeyboardInterrupt: a stop was wished for before there was anything to keep
    """
    if plan.threads:
        torch.set_num_threads(plan.threads)
    folder = RunFolder(plan.out)
    if not is_first():
        _join(plan, around, folder)
        return None
    refuse_existing(plan.out)
    if plan.freeze is not Freeze.HEAD:
        check_devices(plan)
    with folder.held(plan, resume):
        bundle, accuracy = _Training(plan, around, folder).run()
        folder.remove()
    around.listener(Done(path=str(bundle.path), bundle_id=bundle.id, accuracy=accuracy))
    return bundle


def _join(plan: Plan, around: Surroundings, folder: RunFolder) -> None:
    """Take part in the fine-tuning that the first process leads, on this or another machine."""
    end = time.monotonic() + WAIT_S
    while (parts := folder.load_parts()) is None or (saved := folder.load_head()) is None:
        if time.monotonic() > end:
            raise TrainingError(f"{folder.path}: the first process has not come to the fine-tuning")
        time.sleep(POLL_S)
    _fine_tune(Task.of_parts(plan, parts), parts, prepare_base(plan, around), saved, around, folder)


class _Training:
    """One training, step by step; the folder keeps what is done of it."""

    def __init__(self, plan: Plan, around: Surroundings, folder: RunFolder) -> None:
        self._plan, self._around, self._folder = plan, around, folder
        self._seconds: dict[str, float] = {}

    def run(self) -> tuple[Bundle, float]:
        """The bundle, and its accuracy on the validation set."""
        plan = self._plan
        with self._stage("check"):
            census = take_stock(plan, self._around)
            task = set_task(plan, census)
            base = prepare_base(plan, self._around)
            if plan.freeze is Freeze.NONE and not (base.path / NETWORK).is_file():
                raise TrainingError(f"{base.path} has no {NETWORK} to go on training from; --freeze head does without")
            altered = self._folder.path / "altered"
            task, census, corrections = mark_wrong(task, census, base.spec.preprocessing, self._around, altered)
            if set(task.held_out) & set(task.train):
                self._tell("No training picture could be held out to choose by: more than one of a class are needed.")
        self._share(task.parts(census.sizes))
        with self._stage("features"):
            features = compute_features(task, base, census, self._around)
        mending: Mending | None = None
        with features:
            with self._stage("head"):
                saved = self._folder.load_head() or self._learn_head(task, base, features)
                if corrections is not None:
                    plain = _head_task(replace(task, pairs=()), base, features, saved.cells)
                    mending = compared(corrections, task, base, plain, self._around)
            network, fit = None, None
            if self._goes_on(base):
                with self._stage("network"):
                    parts = task.parts(census.sizes)
                    network, fit = _fine_tune(task, parts, base, saved, self._around, self._folder)
            if network is None or fit is None or not self._is_kept(fit, saved.candidate):
                with self._stage("export"):
                    trained = self._with_head(task, base, features, saved, fit)
            else:
                with self._stage("export"):
                    trained = self._with_network(base, network, saved, fit)
        with self._stage("validate"):
            return finish(replace(trained, mending=mending), task, base, census, self._around)

    def _share(self, parts: Parts) -> None:
        """Say what all processes must agree on, and where that has changed since the training began."""
        before = self._folder.load_parts()
        self._folder.save_parts(parts)
        if before is not None and before != parts:
            self._tell("The pictures are others than when this training began: it goes on with those there are now.")

    def _goes_on(self, base: Bundle) -> bool:
        """Whether the network is fine-tuned after its head has learned."""
        if self._plan.freeze is Freeze.AUTO and not (base.path / NETWORK).is_file():
            self._tell(f"{base.name} has no {NETWORK} to go on training from: the head alone is trained.")
            return False
        return self._plan.freeze is not Freeze.HEAD and not self._around.stop

    def _learn_head(self, task: Task, base: Bundle, features: Features) -> SavedHead:
        shape = features.shape(0)
        cells = (shape[1], shape[2]) if base.spec.preprocessing.fixed_size and len(shape) == 3 else (0, 0)
        learning = _head_task(task, base, features, cells)
        fit = fit_head(learning, task.train, task.held_out, self._around.listener, self._around.stop)
        if not fit.epoch:
            if self._around.stop:
                raise KeyboardInterrupt
            raise TrainingError("the head learns nothing: its loss is no finite number; are the base's features sound?")
        candidate = Candidate(
            stage="head",
            epoch=fit.epoch,
            held_out_loss=fit.held_out_loss,
            held_out_accuracy=fit.held_out_accuracy,
        )
        larger = enlargement(learning.make(), features)
        saved = SavedHead(dict(fit.head.state_dict()), cells, larger, candidate, fit.figures)
        self._folder.save_head(saved)
        return saved

    def _is_kept(self, fit: NetworkFit, head: Candidate) -> bool:
        """Whether the fine-tuned network is better than the head alone, by the pictures held out; and say so."""
        if not fit.epoch:
            self._tell("Fine-tuning ended before its first epoch: the head alone is kept.")
            return False
        better = fit.held_out_loss < head.held_out_loss
        figures = (
            f"on the pictures held out its loss is {fit.held_out_loss:.3f} (accuracy {fit.held_out_accuracy:.1%}), "
            f"that of the head alone {head.held_out_loss:.3f} ({head.held_out_accuracy:.1%})"
        )
        if self._plan.freeze is Freeze.NONE:
            self._tell(f"The fine-tuned network is kept, as asked; {figures}.")
            return True
        kept = "The fine-tuned network is kept" if better else "The head alone is kept, fine-tuning was no better"
        self._tell(f"{kept}: {figures}.")
        return better

    def _with_head(
        self, task: Task, base: Bundle, features: Features, saved: SavedHead, fit: NetworkFit | None
    ) -> Trained:
        """The base's graph with the head, which learns anew from all training pictures."""
        head = refit_head(_head_task(task, base, features, saved.cells), saved.candidate.epoch)
        runtime = Runtime(base, task.plan.threads)

        def expected(photos: npt.NDArray[np.uint8]) -> Tensor:
            _, maps = runtime.run(photos)
            logits: Tensor = head(torch.from_numpy(maps))
            return logits

        file = base.path / NETWORK
        state = None
        if file.is_file():
            state = {name: one for name, one in safetensors.torch.load_file(file).items() if HEAD_PREFIX not in name}
            state |= {HEAD_PREFIX + name: one for name, one in head.state_dict().items()}
        return Trained(
            stage="head",
            head=head,
            graph=replace_head(base.graph, head),
            state=state,
            expected=expected,
            layers=layers_of(base, head),
            candidates=_candidates(saved, fit),
            epochs=(*saved.figures, *(fit.figures if fit else ())),
            seconds=self._seconds,
        )

    def _with_network(self, base: Bundle, network: HeadedNetwork, saved: SavedHead, fit: NetworkFit) -> Trained:
        """The fine-tuned network, exported anew."""
        head = network.head
        return Trained(
            stage="network",
            head=head,
            graph=export_trunk(network.trunk, head, base.spec),
            state=network_state(network.trunk, head, base.spec),
            expected=lambda photos: PhotoNetwork(network, traits_of_spec(base.spec))(torch.from_numpy(photos)),
            layers=layers_of(base, head),
            candidates=_candidates(saved, fit),
            epochs=(*saved.figures, *fit.figures),
            seconds=self._seconds,
        )

    @contextmanager
    def _stage(self, stage: RunStage) -> Iterator[None]:
        self._around.listener(StageBegun(stage=stage))
        begun = time.monotonic()
        yield
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.monotonic() - begun

    def _tell(self, message: str) -> None:
        self._around.listener(Note(message=message))


def _head_task(task: Task, base: Bundle, features: Features, cells: tuple[int, int]) -> HeadTask:
    return HeadTask(
        make=lambda: task.head(base, cells),
        features=features,
        targets=targets_of(task.samples, len(task.labels)),
        objective=task.objective("head"),
        epochs=task.plan.head_epochs,
        seed=task.plan.seed,
        picture_weights=task.picture_weights(),
        pairs=task.pairs,
    )


def _fine_tune(
    task: Task, parts: Parts, base: Bundle, saved: SavedHead, around: Surroundings, folder: RunFolder
) -> tuple[HeadedNetwork, NetworkFit]:
    """All of the network, beginning with the head that was learned; alike in every process."""
    head = task.head(base, saved.cells)
    head.load_state_dict(saved.state)
    network = HeadedNetwork(load_trunk(base), head)
    weights = task.picture_weights()
    pictures = Pictures(
        train=parts.train,
        held_out=parts.held_out,
        train_targets=task.targets[list(task.train)],
        held_out_targets=task.targets[list(task.held_out)],
        sizes=parts.sizes,
        weights=None if weights is None else weights[list(task.train)],
        max_megapixels=around.max_megapixels,
        pairs=task.pairs,
    )
    fit = fit_network(
        network,
        saved.larger,
        pictures,
        task.plan,
        base.spec,
        task.objective("network"),
        folder.path,
        around.listener,
        around.stop,
    )
    return network, fit


def _candidates(saved: SavedHead, fit: NetworkFit | None) -> tuple[Candidate, ...]:
    if fit is None or not fit.epoch:
        return (saved.candidate,)
    network = Candidate(
        stage="network",
        epoch=fit.epoch,
        held_out_loss=fit.held_out_loss,
        held_out_accuracy=fit.held_out_accuracy,
    )
    return saved.candidate, network
