"""From a network's numbers to the answer that is given, and to what is kept of it."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app import answers
from app.chains import then
from app.classes import chosen
from app.decoding import Input, Rest
from app.metrics import Metrics
from app.numbers import Numbers, finite_numbers, numbers_of
from app.passes import Answer
from app.questions import Question
from app.rows import ExplanationRow
from app.schemas import Explanation
from app.store import Store

STAGES = ("decode", "queue", "forward", "cam")
SAME_COLUMNS = (
    "bundle_id",
    "photo_sha256",
    "photo_width",
    "photo_height",
    "stored_width",
    "stored_height",
    "scale",
    "input_width",
    "input_height",
    "stretch",
    "grid",
)


@dataclass(frozen=True)
class Result:
    """An explanation before it is kept.

    Attributes:
        row: what the database would hold of it; as yet without id, owner and predictions
        numbers: all classes
        source: the pictures to keep; or, where the numbers were found, the id of the explanation that has them
        known: what that explanation keeps of the classes it was asked for
    """

    row: ExplanationRow
    numbers: Numbers
    source: Mapping[str, bytes] | str
    known: Sequence[answers.Choice] = ()


def computed(seen: Input, answer: Answer, made: Rest, asked: Question, entered: float) -> Result:
    """What the network said of a photo, and where the time went."""
    explained, (sha256, pictures) = answer.explanation, made
    row = answers.computed_row(explained, seen.prepared.photo_size, sha256, asked.entry.id)
    row.timing = {
        "decode": seen.decode_ms,
        "queue": (seen.started - entered) * 1e3 + answer.queue_ms,
        "forward": explained.timing.forward_ms,
        "cam": explained.timing.cam_ms,
    }
    return Result(row, numbers_of(explained), pictures)


def found(same: ExplanationRow, numbers: Numbers) -> Result:
    """What an explanation says that is kept already, of the same photo; it took no time."""
    row = ExplanationRow(**{name: getattr(same, name) for name in SAME_COLUMNS}, timing=dict.fromkeys(STAGES, 0.0))
    return Result(row, numbers, same.id, same.predictions)


class Finishing:
    """Puts answers together, and begins to keep them."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics

    def finish(
        self, result: Result, asked: Question, owner: str, started: float
    ) -> tuple[Explanation, Future[None] | None]:
        """Put the answer together, and begin to keep it where that was asked for: files first, then the row.

        Args:
            result: what was computed or found
            asked: the question
            owner: whose explanation it will be
            started: when the request came, by time.perf_counter

        Returns:
            the answer, which is true once it is kept; and what raises FileNotFoundError where the explanation whose
            numbers were found has been deleted. None where nothing is kept

        Raises:
            InferenceError: some numbers are not finite
        """
        indices = chosen(result.numbers.logits, asked.top_k, asked.extra)
        if not isinstance(result.source, str):
            result = self._looked_at(result, None if asked.store else indices)
        row, numbers, entry = result.row, result.numbers, asked.entry
        row.id, row.owner, row.created_at = "", owner, datetime.now(UTC)
        row.predictions = answers.choices(row, numbers, indices, result.known)
        row.timing = {**row.timing, "total": (time.perf_counter() - started) * 1e3}
        kept = self._keep(row, asked, result) if asked.store else None
        return answers.explanation(row, answers.Model(entry.id, entry.name, entry.spec), numbers), kept

    def _looked_at(self, result: Result, wanted: Sequence[int] | None) -> Result:
        """The result with the maps computed of the classes that are wanted; None: of all."""
        began = time.perf_counter()
        numbers = finite_numbers(result.numbers, wanted)
        timing = {**result.row.timing, "cam": result.row.timing["cam"] + (time.perf_counter() - began) * 1e3}
        for stage, ms in timing.items():
            self._metrics.stages.labels(stage).observe(ms / 1e3)
        result.row.timing = timing
        return replace(result, numbers=numbers)

    def _keep(self, row: ExplanationRow, asked: Question, result: Result) -> Future[None]:
        """Begin to keep an explanation, under an id of its own."""
        row.id, entry = self._store.new_id(), asked.entry
        spec = entry.spec.model_dump(mode="json")
        bundle = {"id": entry.id, "name": entry.name, "spec": spec, "created_at": entry.created_at}
        source = result.source if isinstance(result.source, str) else {**result.source, **result.numbers.files()}
        return self._store.keep(row, source, bundle)


def once_kept(finished: tuple[Explanation, Future[None] | None]) -> Future[Explanation]:
    """An answer, as soon as it is true: when it is kept, or at once where nothing is."""
    answer, kept = finished
    told: Future[Explanation] = Future()
    if kept is None:
        told.set_result(answer)
        return told
    return then(kept, lambda _: once_kept((answer, None)))
