"""From what is marked on an evaluation's pictures to a training that unlearns it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.errors import Unusable
from app.schemas_evaluations import Evaluation, Mark
from app.schemas_trainings import MOST_CORRECTIONS, Asked, WrongReason


def asked_of(
    evaluation: Evaluation, marks: Mapping[int, Sequence[Mark]], photo: Callable[[int], bytes], name: str
) -> Asked:
    """The training: on the pictures that were judged by, from the model that was judged.

    Args:
        evaluation: of the model
        marks: by the picture's number
        photo: the file of a picture
        name: of the new model

    Raises:
        Unusable: nothing is marked, or too much
    """
    corrections = tuple(_reasons(marks, photo))
    if not corrections:
        raise Unusable("Mark what is a wrong reason on some pictures first.")
    if len(corrections) > MOST_CORRECTIONS:
        raise Unusable(f"A training takes up to {MOST_CORRECTIONS:,} marks; there are more.")
    place = {"dataset": evaluation.asked.dataset, "folder": evaluation.asked.folder}
    return Asked.model_validate({"name": name, "base": evaluation.model, "corrections": corrections} | place)


def _reasons(marks: Mapping[int, Sequence[Mark]], photo: Callable[[int], bytes]) -> Iterator[WrongReason]:
    for number, drawn in sorted(marks.items()):
        content = hashlib.sha256(photo(number)).hexdigest()
        for mark in drawn:
            yield WrongReason(picture=content, **mark.model_dump())
