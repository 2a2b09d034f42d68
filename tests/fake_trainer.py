"""Stands in for `camscope train`: says what a trainer says, resumes as one does, and misbehaves as it is told."""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.training_child import Order
from model.manifest import bundle_id, read_manifest
from model.metrics import EpochFigures
from model.runs import Done, EpochDone, Failed, Note, Progress, StageBegun, append_event, run_folder

ROOT = Path(__file__).resolve().parent.parent


def command(
    bundle: Path, behaviour: str = "work", epochs: int = 3, pause_s: float = 0.02
) -> Callable[[Order], list[str]]:
    """What starts one: it makes a copy of a bundle, after so many epochs."""

    def words(order: Order) -> list[str]:
        options = {
            "behaviour": behaviour, "epochs": epochs, "pause": pause_s, "bundle": str(bundle), "out": str(order.out),
            "events": str(order.events), "data": str(order.data), "words": order.asked.model_dump(mode="json"),
        }  # fmt: skip
        script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.fake_trainer import main; main()"
        return [sys.executable, "-c", script, "--order", json.dumps(options)]

    return words


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--order", type=json.loads)
    order = parser.parse_args().order
    Trainer(order, Path(order["out"]), Path(order["events"])).run()


class Trainer:
    """A training whose only result is a copy."""

    def __init__(self, order: dict[str, object], out: Path, events: Path) -> None:
        self.order, self.out, self.events = order, out, events
        self.folder = run_folder(out)
        self.told: int | None = None
        self.parent = os.getppid()
        signal.signal(signal.SIGINT, self.tell)
        signal.signal(signal.SIGTERM, signal.SIG_IGN if order["behaviour"] == "deaf" else self.tell)

    def tell(self, number: int, _: object) -> None:
        self.told = number

    def run(self) -> None:
        self.folder.mkdir(exist_ok=True)
        alone = self.folder / "alone"
        if alone.exists() and lives(int(alone.read_text())):
            (self.out.parent / "two at once").touch()
        alone.write_text(str(os.getpid()))
        sys.stdout.write(f"working for {self.out.name} at priority {os.nice(0)}")
        sys.stdout.write(f" with {os.environ['OMP_NUM_THREADS']} threads\n")
        sys.stdout.flush()
        behaviour = self.order["behaviour"]
        if behaviour == "crash":
            sys.exit(3)
        if behaviour == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        append_event(self.events, StageBegun(stage="check"))
        append_event(self.events, Note(message=f"{self.order['data']}/x.jpg: cannot be read."))
        if behaviour == "fail":
            append_event(self.events, Failed(message=f"{self.order['data']}: nothing to learn."))
            sys.exit(1)
        self.work()

    def work(self) -> None:
        checkpoint = self.folder / "checkpoint"
        append_event(self.events, StageBegun(stage="head"))
        epochs = int(str(self.order["epochs"]))
        for epoch in range(int(checkpoint.read_text()) + 1 if checkpoint.exists() else 1, epochs + 1):
            append_event(self.events, Progress(stage="head", done=epoch - 1, total=epochs))
            self.rest()
            figures = EpochFigures(
                stage="head", epoch=epoch, train_loss=1 / epoch, held_out_loss=1, held_out_accuracy=0.5, seconds=0.1
            )
            append_event(self.events, EpochDone(figures=figures, epochs=epochs, seconds_left=epochs - epoch))
            checkpoint.write_text(str(epoch))
            if self.order["behaviour"] == "kill later" and epoch > 1:
                os.kill(os.getpid(), signal.SIGKILL)
            if self.told == signal.SIGINT:
                break
        shutil.copytree(str(self.order["bundle"]), self.out)
        made = bundle_id(read_manifest(self.out))
        append_event(self.events, Done(path=str(self.out), bundle_id=made, accuracy=0.75))
        shutil.rmtree(self.folder)

    def rest(self) -> None:
        end = time.monotonic() + float(str(self.order["pause"]))
        while time.monotonic() < end and self.told is None:
            time.sleep(0.01)
            if os.getppid() != self.parent and self.order["behaviour"] != "orphan":
                sys.exit(143)
        if self.told == signal.SIGTERM:
            sys.exit(143)


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
