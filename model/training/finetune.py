"""Stage two: all of the network, end to end, with augmentation; the best epoch by pictures held out."""

import math
from dataclasses import dataclass
from pathlib import Path
from zipfile import is_zipfile

import torch
from lightning import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from model.errors import TrainingError
from model.manifest import first_line
from model.metrics import EpochFigures
from model.plan import Plan
from model.runs import Listener
from model.spec import ModelSpec
from model.training.base import input_side, traits_of_spec
from model.training.callbacks import Stop, StopOnWish, Teller
from model.training.export import PhotoNetwork
from model.training.head_fit import head_paces
from model.training.learner import HELD_OUT_LOSS, Learner, Pace
from model.training.objective import Objective
from model.training.photo_data import PictureLoaders, Pictures
from model.training.processes import processes
from model.training.trainers import UNADORNED, quiet
from model.training.trunk import HeadedNetwork

EPOCHS = 10
LR = 1e-3
BODY_SHARE = 0.1  # of the head's rate
WEIGHT_DECAY = 1e-2
CLIP = 1.0
LONGEST_MEMORY = 0.9999
PRECISIONS = ("32-true", "16-mixed", "bf16-mixed")


@dataclass(frozen=True)
class NetworkFit:
    """What fine-tuning came to; the network has the best epoch's weights.

    Attributes:
        epoch: the best; 0 where none was finished
        held_out_loss: at that epoch
        held_out_accuracy: likewise
        figures: of all epochs
    """

    epoch: int
    held_out_loss: float
    held_out_accuracy: float
    figures: tuple[EpochFigures, ...]


def fit_network(
    network: HeadedNetwork,
    larger: float,
    pictures: Pictures,
    plan: Plan,
    spec: ModelSpec,
    objective: Objective,
    folder: Path,
    listener: Listener,
    stop: Stop,
) -> NetworkFit:
    """Fine-tune a network, on whatever devices the plan names; goes on where checkpoints of it are found.

    Args:
        network: with the base's trunk and the head that was trained on it
        larger: than usual the head's first weights are (model.training.head_fit)
        pictures: to learn from and to choose by
        plan: what was asked for
        spec: of the base; its preprocessing is the network's
        objective: what it is trained towards
        folder: for checkpoints and logs
        listener: told each epoch's figures
        stop: looked at after every step

    Raises:
        TrainingError: devices or precision are not to be had, or have too little memory
    """
    side, epochs = input_side(spec), plan.epochs or EPOCHS
    loaders = PictureLoaders(pictures, plan, spec.preprocessing, side)
    pace = _paces(network, larger, side, plan.lr or LR)
    learner = Learner(PhotoNetwork(network, traits_of_spec(spec)), objective, pace, seed=plan.seed)
    teller = Teller("network", epochs, listener)
    best = ModelCheckpoint(
        folder / "checkpoints",
        filename="best",
        monitor=HELD_OUT_LOSS,
        save_last=True,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    averaging = EMAWeightAveraging(decay=memory(len(pictures.train) // (plan.batch_size * processes(plan))))
    patience = EarlyStopping(HELD_OUT_LOSS, patience=plan.patience, check_on_train_epoch_end=True)
    trainer = _trainer(plan, epochs, folder, [averaging, teller, patience, StopOnWish(stop), best])
    with quiet():
        try:
            trainer.fit(learner, loaders, ckpt_path=last_checkpoint(folder), weights_only=True)
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f"the device has too little memory: delete {folder}, and ask for a smaller --batch-size or --image-size"
            ) from error
    return _best_of(learner, best, teller)


def check_devices(plan: Plan) -> None:
    """Find out before the work whether its devices and precision are to be had.

    Raises:
        TrainingError: they are not; the message says why
    """
    if plan.precision not in PRECISIONS:  # the others leave the network itself in another precision than it is served
        raise TrainingError(f"the training cannot run like that: {plan.precision!r} is none of {', '.join(PRECISIONS)}")
    _trainer(plan, 1, None, [])


def memory(steps: int) -> float:
    """The decay of the running average of weights: it reaches back an epoch of `steps`, or ten steps."""
    return min(1 - 1 / max(steps, 10), LONGEST_MEMORY)


def last_checkpoint(folder: Path) -> Path | None:
    """Where a training that was interrupted can go on; a file that a power cut left in half is none."""
    file = folder / "checkpoints" / "last.ckpt"
    return file if is_zipfile(file) else None


def _trainer(plan: Plan, epochs: int, folder: Path | None, callbacks: list[Callback]) -> Trainer:
    with quiet():
        try:
            return Trainer(
                accelerator=plan.accelerator,
                devices=int(plan.devices) if plan.devices.lstrip("-").isdigit() else plan.devices,
                num_nodes=plan.num_nodes,
                precision=plan.precision,  # type: ignore[arg-type]  # Lightning checks it
                max_epochs=epochs,
                logger=folder is not None
                and [log(plan.logs or folder, "logs", version="") for log in (CSVLogger, TensorBoardLogger)],
                enable_checkpointing=folder is not None,
                callbacks=callbacks,
                gradient_clip_val=CLIP,
                use_distributed_sampler=False,
                **UNADORNED,
            )
        except Exception as error:  # of Lightning, with a dozen types: it names the option
            raise TrainingError(f"the training cannot run like that: {first_line(error)}") from error


def _best_of(learner: Learner, best: ModelCheckpoint, teller: Teller) -> NetworkFit:
    """Give the network the weights of the best checkpoint."""
    file = Path(best.best_model_path)
    if not teller.figures or not file.is_file():  # in all processes but the first, too
        return NetworkFit(0, math.inf, 0.0, tuple(teller.figures))
    state = torch.load(file, map_location="cpu", weights_only=True)["state_dict"]
    learner.load_state_dict(state)
    learner.cpu().eval()
    figures = min(teller.figures, key=lambda figures: figures.held_out_loss)
    return NetworkFit(figures.epoch, figures.held_out_loss, figures.held_out_accuracy, tuple(teller.figures))


def _paces(network: HeadedNetwork, larger: float, side: int, lr: float) -> list[Pace]:
    """The head at its rate, what feeds it at a tenth; the old head stays out of it."""
    body = network.trunk.used_parameters(side)
    network.requires_grad_(False)
    for parameter in (*body.values(), *network.head.parameters()):
        parameter.requires_grad_(True)
    return [Pace(list(body.values()), lr * BODY_SHARE, WEIGHT_DECAY), *head_paces(network.head, lr, larger)]
