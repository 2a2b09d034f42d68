"""From what is marked on an evaluation's pictures to a training that unlearns it.

A network must not learn from the pictures that it is judged by. Marks on these are used to judge the correction; the
marks to learn from are on the pictures to learn from, whose evaluation is one of its own.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import Unusable
from app.evaluation_notes import read_notes
from app.evaluations import Evaluations
from app.jobs import JobState
from app.schemas_evaluations import AskedEvaluation, Evaluation
from app.schemas_trainings import MOST_CORRECTIONS, Asked, WrongReason
from model.plan import Freeze


@dataclass(frozen=True)
class Mending:
    """What somebody marked on the pictures of an evaluation, and of the others of its model on the same set.

    Attributes:
        evaluations: all of them
        evaluation: the one in question
        owner: who asks
    """

    evaluations: Evaluations
    evaluation: Evaluation
    owner: str

    @property
    def kin(self) -> list[Evaluation]:
        """Those of this person's of the same model on the same set, not failed, this one among them; newest first."""
        mine = [one for one in self.evaluations.all_of(self.owner) if one.yours]
        bad = (JobState.FAILED, JobState.CANCELLED)
        return [one for one in mine if one.state not in bad and _subject(one) == _subject(self.evaluation)]

    @property
    def judges(self) -> bool:
        """Whether its pictures are those to judge by, so that nothing may be learned from them."""
        return _judges(self.evaluations, self.evaluation, self.owner)

    @property
    def teaches(self) -> bool:
        """Whether something is marked that may be learned from."""
        return any(not _judges(self.evaluations, one, self.owner) for one in self._marked())

    def learned(self) -> Evaluation | AskedEvaluation:
        """The evaluation of the pictures to learn from, or what to ask for to have it."""
        asked = self.evaluation.asked.model_copy(update={"model": self.evaluation.model, "split": "train"})
        there = (one for one in self.kin if one.asked.split == "train")
        return next(there, asked)

    def asked(self, name: str, freeze: Freeze) -> Asked:
        """The training: from the model that was judged, of the set.

        Args:
            name: of the new model
            freeze: what of the network learns

        Raises:
            Unusable: nothing is marked that may be learned from, or too much
        """
        if not self.teaches and self.judges:
            raise Unusable(
                "A model must not learn from validation pictures: mark the same wrong reasons on training pictures, "
                "too."
            )
        if not self.teaches:
            raise Unusable("Mark what is a wrong reason on some pictures first.")
        corrections = tuple(self._reasons())
        if len(corrections) > MOST_CORRECTIONS:
            raise Unusable(f"A training takes up to {MOST_CORRECTIONS:,} marks; there are more.")
        return Asked(
            name=name,
            dataset=self.evaluation.asked.dataset,
            folder=self.evaluation.asked.folder,
            base=self.evaluation.model,
            freeze=freeze,
            corrections=corrections,
        )

    def _marked(self) -> list[Evaluation]:
        done = [one for one in self.kin if one.state is JobState.DONE]
        return [one for one in done if read_notes(self.evaluations.folder(one.id, self.owner)).marks]

    def _reasons(self) -> Iterator[WrongReason]:
        for one in self._marked():
            for number, drawn in sorted(read_notes(self.evaluations.folder(one.id, self.owner)).marks.items()):
                content = hashlib.sha256(self.evaluations.photo(one.id, self.owner, number)).hexdigest()
                for mark in drawn:
                    yield WrongReason(picture=content, **mark.model_dump())


def _subject(one: Evaluation) -> tuple[object, ...]:
    return one.model, one.asked.dataset, one.asked.folder, one.asked.labels


def _judges(evaluations: Evaluations, one: Evaluation, owner: str) -> bool:
    return evaluations.open(one.id, owner).metrics.settings.split == "val"
