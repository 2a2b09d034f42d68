"""The use-case: ask for a training, see how it goes, stop it."""

import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.answers import API
from app.config import Settings
from app.dataset_store import TABLE, DatasetStore
from app.errors import Unusable
from app.job_runner import Runner
from app.jobs import BASE, DATA, EVENTS
from app.lending import allowed_folder, check_within, lend_model
from app.registry import Entry, Registry
from app.rows import TrainingRow
from app.schemas_trainings import (
    MOST_CORRECTIONS,
    Asked,
    ClassCount,
    StageProgress,
    Training,
    TrainingPage,
    TrainingState,
)
from app.training_corrections import write_corrections
from app.training_feed import Feeds, Seen
from app.training_offer import TrainingOffer, training_offer
from app.training_public import public, public_event
from app.training_store import TrainingStore
from model.dataset import Dataset, label_counts, read_dataset
from model.durable import sync_folder, sync_tree
from model.errors import DatasetError
from model.int8 import is_int8
from model.runs import Event, run_folder
from model.spec import Activation


class Trainings:
    """Trainings, for their owners; every method blocks and may be called from any thread."""

    def __init__(
        self,
        store: TrainingStore,
        datasets: DatasetStore,
        registry: Registry,
        runner: Runner[TrainingRow],
        settings: Settings,
    ) -> None:
        """Put the parts together.

        Args:
            store: keeps them
            datasets: the pictures to train on
            registry: the models to begin from
            runner: starts them
            settings: what is allowed
        """
        self._store = store
        self._datasets = datasets
        self._registry = registry
        self._runner = runner
        self._settings = settings
        self._feeds = Feeds()

    @property
    def offer(self) -> TrainingOffer:
        """Whether trainings are taken."""
        return training_offer(self._settings)

    def start(self, asked: Asked, owner: str) -> Training:
        """Put a training in line; what can be known to fail is refused now.

        Raises:
            NotAllowed, NotReady: this server does not train
            NotFound: no such pictures of theirs
            Unusable: a value that cannot be used, or pictures that cannot be trained on
            Busy: the line is full
            OSError: no space
        """
        self.offer.require()
        self._check_name(asked.name)
        asked = self._with_corrections(asked, owner)
        base = self._base(asked.base)
        row = TrainingRow(
            id=secrets.token_hex(16), owner=owner, name=asked.name, state=TrainingState.WAITING,
            created_at=datetime.now(UTC), asked=asked.model_dump(mode="json"), base=str(base.path), starts=0, reached=0,
        )  # fmt: skip
        folder = self._store.folder(row.id)
        try:
            row.base = str(lend_model(base, folder / BASE, self._settings.models_folder))
            data, row.data = self._data(asked, owner, folder)
            row.counts = self._counts(asked, data, row)
            if asked.corrections:
                write_corrections(asked.corrections, folder)
            if folder.exists():
                sync_tree(folder)
                sync_folder(self._store.root)
            self._store.add(row, self._settings.max_waiting_trainings)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._runner.wake()
        return self.find(row.id, owner)

    def _with_corrections(self, asked: Asked, owner: str) -> Asked:
        """What is asked, with what another training was to unlearn.

        Raises:
            NotFound: no such training of theirs
            Unusable: these are too many together
        """
        if asked.corrections_of is None:
            return asked
        others = self.find(asked.corrections_of, owner).asked.corrections
        together = tuple(dict.fromkeys((*asked.corrections, *others)))
        if len(together) > MOST_CORRECTIONS:
            raise Unusable(f"A training takes up to {MOST_CORRECTIONS:,} marks; there are more.")
        return asked.model_copy(update={"corrections": together, "corrections_of": None})

    def find(self, training_id: str, owner: str) -> Training:
        """How an owner's training stands; NotFound for anybody else."""
        return self._answer(self._store.find(training_id, owner), self._store.line())

    def all_of(self, owner: str) -> TrainingPage:
        """An owner's, newest first."""
        line = self._store.line()
        return TrainingPage(items=[self._answer(row, line) for row in self._store.all_of(owner)])

    def stop(self, training_id: str, owner: str, keep: bool) -> Training:
        """Tell an owner's training to stop; one that has ended stays as it is."""
        self._store.stop(training_id, owner, keep)
        self._runner.wake()
        return self.find(training_id, owner)

    def forget(self, training_id: str, owner: str) -> None:
        """Delete what is known of an owner's training that has ended; its model stays."""
        self._store.forget(training_id, owner)

    def events_file(self, training_id: str, owner: str) -> Path:
        """Where an owner's training writes its events."""
        return self._store.folder(self._store.find(training_id, owner).id) / EVENTS

    def teller(self, training_id: str, owner: str) -> Callable[[Event], Event]:
        """Makes of an event of an owner's training what they may read."""
        row = self._store.find(training_id, owner)
        return lambda event: public_event(event, row, self._settings)

    def is_over(self, training_id: str, owner: str, place: int) -> bool:
        """Whether an owner's training has ended and who is at this place in its events has heard so."""
        file = self.events_file(training_id, owner)
        size = file.stat().st_size if file.exists() else 0
        return self.find(training_id, owner).state.ended and place > size

    def _check_name(self, name: str) -> None:
        out = self._settings.models_folder / name
        taken = out.exists() or any(entry.name.casefold() == name.casefold() for entry in self._registry.entries())
        if taken:
            raise Unusable(f"'name': there is a model '{name}' already; choose another name.")
        if run_folder(out).exists():
            raise Unusable(f"'name': a model '{name}' is being trained already; choose another name.")

    def _base(self, key: str | None) -> Entry:
        try:
            base = self._registry.find(key)
        except Unusable as error:
            raise Unusable(error.detail.replace("'model'", "'base'", 1)) from None
        if is_int8(base.provenance):
            raise Unusable(f"'base': {base.name} runs in int8, so nothing can learn through it; train its float model.")
        return base

    def _data(self, asked: Asked, owner: str, folder: Path) -> tuple[Path, str]:
        """The pictures' folder or table, and the same as it is kept."""
        if asked.dataset is not None:
            self._datasets.lend(asked.dataset, owner, folder / DATA)
            return folder / DATA / TABLE, f"{DATA}/{TABLE}"
        path = allowed_folder(asked.folder or "", self._settings.training_folders)
        return path, str(path)

    def _counts(self, asked: Asked, path: Path, row: TrainingRow) -> list[dict[str, object]]:
        """Each class's number of pictures.

        Raises:
            Unusable: they cannot be trained on, or not as asked
        """
        try:
            data = read_dataset(path, seed=asked.seed)
        except DatasetError as error:
            raise Unusable(public(str(error), row, self._settings)) from error
        _check_fit(asked, data)
        if asked.folder is not None:
            check_within(data, self._settings.training_folders)
        counts = label_counts(data.samples)
        return [{"label": label, "pictures": counts[index]} for index, label in enumerate(data.labels)]

    def _answer(self, row: TrainingRow, line: list[str]) -> Training:
        seen = self._feeds.of(self._store.folder(row.id) / EVENTS).refresh()
        state = TrainingState(row.state)
        url = f"{API}/trainings/{row.id}"
        return Training(
            id=row.id,
            name=row.name,
            state=state,
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            position=line.index(row.id) + 1 if row.id in line else None,
            stopping=row.wish is not None and not state.ended,
            asked=Asked.model_validate(row.asked),
            counts=[ClassCount.model_validate(count) for count in row.counts],
            stage=seen.stage,
            progress=_progress(seen),
            seconds_left=None if state.ended else seen.seconds_left,
            epochs=list(seen.epochs.values()),
            epochs_planned=seen.epochs_planned,
            problems=[public(note, row, self._settings) for note in seen.notes],
            accuracy=row.accuracy,
            model=row.bundle_id,
            error=row.error,
            url=url,
            events_url=f"{url}/events",
            page_url=f"/trainings/{row.id}",
        )


def _check_fit(asked: Asked, data: Dataset) -> None:
    if data.multi_label and asked.loss is not Activation.SIGMOID:
        raise Unusable("'loss': some pictures have several labels; ask for sigmoid.")
    if asked.single_logit and len(data.labels) != 2:
        raise Unusable(f"'single_logit' takes two classes; there are {len(data.labels):,}.")


def _progress(seen: Seen) -> StageProgress | None:
    now = seen.progress
    if now is None:
        return None
    return StageProgress(stage=now.stage, done=now.done, total=now.total, seconds_left=now.seconds_left)
