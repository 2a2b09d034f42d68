"""The use-case: ask for a training, see how it goes, stop it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.errors import Unusable
from app.jobs import EVENTS
from app.lending import check_within
from app.owned_jobs import OwnedJobs
from app.registry import Entry
from app.rows import TrainingRow
from app.schemas_trainings import MOST_CORRECTIONS, Asked, ClassCount, Training
from app.training_corrections import write_corrections
from app.training_feed import Seen
from app.training_offer import TrainingOffer, training_offer
from app.training_public import public_event
from model.dataset import Dataset, label_counts, read_dataset
from model.errors import DatasetError
from model.int8 import is_int8
from model.runs import Event, run_folder
from model.spec import Activation


class Trainings(OwnedJobs[TrainingRow, Training]):
    """Trainings, for their owners; what is forgotten of one is not its model."""

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
        row = TrainingRow(**self._begun(owner), name=asked.name, asked=asked.model_dump(mode="json"))
        with self._lining_up(row) as folder:
            row.counts = self._counts(asked, self._lend(asked, base, row), row)
            if asked.corrections:
                write_corrections(asked.corrections, folder)
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

    def events_file(self, training_id: str, owner: str) -> Path:
        """Where an owner's training writes its events."""
        return self.folder(training_id, owner) / EVENTS

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

    def _counts(self, asked: Asked, path: Path, row: TrainingRow) -> list[dict[str, object]]:
        """Each class's number of pictures.

        Raises:
            Unusable: they cannot be trained on, or not as asked
        """
        try:
            data = read_dataset(path, seed=asked.seed)
        except DatasetError as error:
            raise Unusable(self._public(str(error), row)) from error
        _check_fit(asked, data)
        if asked.folder is not None:
            check_within(data, self._settings.training_folders)
        counts = label_counts(data.samples)
        return [{"label": label, "pictures": counts[index]} for index, label in enumerate(data.labels)]

    def _told(self, row: TrainingRow, standing: dict[str, Any], seen: Seen) -> Training:
        return Training(
            **standing,
            asked=Asked.model_validate(row.asked),
            counts=[ClassCount.model_validate(count) for count in row.counts],
            seconds_left=None if standing["state"].ended else seen.seconds_left,
            epochs=list(seen.epochs.values()),
            epochs_planned=seen.epochs_planned,
            model=row.bundle_id,
            events_url=f"{standing['url']}/events",
        )


def _check_fit(asked: Asked, data: Dataset) -> None:
    if data.multi_label and asked.loss is not Activation.SIGMOID:
        raise Unusable("'loss': some pictures have several labels; ask for sigmoid.")
    if asked.single_logit and len(data.labels) != 2:
        raise Unusable(f"'single_logit' takes two classes; there are {len(data.labels):,}.")
