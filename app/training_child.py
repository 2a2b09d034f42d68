"""What a training's process is started with."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.schemas_trainings import Asked
from model.runs import run_folder


@dataclass(frozen=True)
class Order:
    """What a training process is told.

    Attributes:
        data: folder or table of labelled pictures
        out: the new model folder
        base: the model folder, or the network, to begin from
        events: the file to write events to
        asked: the rest
        threads: of the processor
        corrections: the table of what was asked to be corrected, where anything was
    """

    data: Path
    out: Path
    base: str
    events: Path
    asked: Asked
    threads: int
    corrections: Path | None = None


Command = Callable[[Order], Sequence[str]]


def train_command(order: Order) -> list[str]:
    """`camscope train`, as a module of this very Python."""
    asked = order.asked
    words = [sys.executable, "-m", "app", "train", str(order.data), "--out", str(order.out)]
    words += ["--events", str(order.events), "--with-parent", str(os.getpid())]
    words += ["--threads", str(order.threads), "--base", order.base]
    words += ["--head", asked.head, "--loss", asked.loss, "--freeze", asked.freeze, "--balance", asked.balance]
    words += ["--seed", str(asked.seed)]
    if asked.corrections:
        words += ["--corrections", str(order.corrections)]
    if asked.single_logit:
        words.append("--single-logit")
    for option in ("epochs", "image_size", "batch_size", "lr"):
        if (value := getattr(asked, option)) is not None:
            words += [f"--{option.replace('_', '-')}", str(value)]
    if run_folder(order.out).exists():
        words.append("--resume")
    return words
