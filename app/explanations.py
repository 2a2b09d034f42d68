"""What Camscope is asked for: explain a photo, find, list, draw and delete explanations.

The API and the pages call this and nothing below it. What they get is the JSON contract's
own records (app/schemas.py); app/answers.py makes them.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app import answers
from app.batching import InferenceQueue
from app.classes import chosen
from app.database import BundleRow, ExplanationRow
from app.disconnects import unless_gone
from app.drawing import Drawing, draw
from app.errors import NotFound, NotReady, Unusable
from app.folders import PHOTO
from app.pictures import pictures
from app.questions import Question, Wish, question
from app.registry import Registry
from app.schemas import Explanation, ExplanationPage, Scores
from app.store import Numbers, Store
from app.telemetry import Metrics
from app.uploads import Uploads
from model.classifier import Explanation as ClassifierAnswer
from model.errors import InferenceError
from model.photos import Photo
from model.spec import ModelSpec

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
class _Result:
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


class Explainer:
    """Answers requests about explanations; all it knows is in the store and the registry."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        uploads: Uploads,
        queue: InferenceQueue,
        metrics: Metrics,
        reuse_across_owners: bool = True,
    ) -> None:
        """Put the parts together.

        Args:
            store: explanations on disk
            registry: the bundles there are
            uploads: decodes photos
            queue: leads to the network
            metrics: counts and times
            reuse_across_owners: whether anybody's identical photo answers, or one's own only
        """
        self._store = store
        self._registry = registry
        self._uploads = uploads
        self._queue = queue
        self._metrics = metrics
        self._reuse_across_owners = reuse_across_owners
        self._specs: dict[str, ModelSpec] = {}

    async def explain(self, request: Request, image: UploadFile, wish: Wish, owner: str) -> Explanation:
        """Explain an uploaded photo, and keep the answer unless the wish says otherwise.

        The same bytes, bundle and scale again are not computed again: their numbers are found. All the work
        is done while holding a place in the queue, so that who finds none is refused before any.

        Args:
            request: given up when its client leaves
            image: the upload
            wish: what to explain
            owner: whose explanation it will be

        Raises:
            AppError, ModelError: 400, 413, 415, 422, 429, 503, 507
        """
        started = time.perf_counter()
        asked = await run_in_threadpool(question, wish, self._registry)
        with self._queue.place():
            sha256 = await self._uploads.digest(image)
            result = await run_in_threadpool(self._found, asked, sha256, owner)
            if result is not None:
                try:
                    return await run_in_threadpool(self._finish, result, asked, owner, started)
                except FileNotFoundError:
                    pass  # deleted between finding and copying: compute it again
            result = await unless_gone(request, self._computed(image, asked, sha256))
            return await run_in_threadpool(self._finish, result, asked, owner, started)

    def find(self, explanation_id: str) -> Explanation:
        """A stored explanation, whoever asks. Blocking, like all that follow: call it from a plain `def` route."""
        row = self._store.find(explanation_id)
        return answers.explanation(row, self.network(row.bundle), self.numbers(explanation_id))

    def numbers(self, explanation_id: str) -> Numbers:
        """Every class's logit, probability, bias and map."""
        try:
            return self._store.numbers(self._store.find(explanation_id).id)
        except FileNotFoundError:
            raise NotFound("This explanation has just been deleted.") from None

    def scores(self, explanation_id: str) -> Scores:
        """Every class's logit, probability and bias."""
        return answers.scores(self.numbers(explanation_id))

    def spec(self, key: str) -> ModelSpec:
        """What a bundle's outputs mean, by id or name; also of one that is gone but explained something."""
        if (row := self._store.find_bundle(key)) is not None:
            return self.network(row).spec
        try:
            return self._registry.find(key).spec
        except (Unusable, NotReady):
            raise NotFound("There is no such model.") from None

    def history(self, owner: str, limit: int = 20, cursor: str | None = None) -> ExplanationPage:
        """An owner's explanations, newest first."""
        rows, following = self._store.history(owner, limit, cursor)
        items = [answers.summary(row, self.network(row.bundle)) for row in rows]
        return ExplanationPage(items=items, next=following)

    def owns(self, explanation_id: str, owner: str) -> bool:
        """Whether this owner may delete it."""
        return self._store.find(explanation_id).owner == owner

    def delete(self, explanation_id: str, owner: str) -> None:
        """Delete an owner's explanation with everything of it; NotFound for anybody else."""
        self._store.delete(explanation_id, owner)

    def file(self, explanation_id: str, name: str) -> Path:
        """One of an explanation's files: PHOTO, THUMBNAIL or CAMS."""
        return self._store.file(self._store.find(explanation_id).id, name)

    def draw(self, explanation_id: str, drawing: Drawing) -> bytes:
        """A map as a PNG file.

        Raises:
            NotFound: no such explanation, or a network without maps
            Unusable: no such class
        """
        row, numbers = self._store.find(explanation_id), self.numbers(explanation_id)
        grid = answers.grid_of(row)
        if numbers.maps is None or grid is None:
            raise NotFound("This network has no exact map, so there is none to draw.")
        return draw(drawing, numbers.maps, grid, self.file(explanation_id, PHOTO), answers.size_of(row))

    def network(self, bundle: BundleRow) -> answers.Model:
        """The bundle of a stored explanation; parsed once, for bundles never change."""
        spec = self._specs.get(bundle.id)
        if spec is None:
            spec = self._specs[bundle.id] = ModelSpec.model_validate_json(json.dumps(bundle.spec))
        return answers.Model(bundle.id, bundle.name, spec)

    def _found(self, asked: Question, sha256: str, owner: str) -> _Result | None:
        """The numbers of the same bytes, bundle and scale, where somebody (or this owner) has asked before."""
        whose = None if self._reuse_across_owners else owner
        same = self._store.find_same(sha256, asked.entry.id, asked.scale, whose)
        if same is None:
            return None
        try:
            numbers = self._store.numbers(same.id)
        except FileNotFoundError:
            return None
        row = ExplanationRow(**{name: getattr(same, name) for name in SAME_COLUMNS}, timing=dict.fromkeys(STAGES, 0.0))
        return _Result(row, numbers, same.id, same.predictions)

    async def _computed(self, image: UploadFile, asked: Question, sha256: str) -> _Result:
        """Decode the photo and ask the network; the caller holds a place in the queue."""
        entered = time.perf_counter()
        async with self._uploads.slot:
            started = time.perf_counter()
            photo = await self._uploads.photo(image)
            decoded_ms = (time.perf_counter() - started) * 1e3
            classifier = await run_in_threadpool(self._registry.classifier, asked.entry)
            answer, files = await asyncio.gather(
                self._queue.submit(classifier, photo, asked.scale), self._pictures(photo, asked)
            )
        explained = answer.explanation
        timing = {
            "decode": decoded_ms + explained.timing.preprocess_ms,
            "queue": (started - entered) * 1e3 + answer.queue_ms,
            "forward": explained.timing.forward_ms,
            "cam": explained.timing.cam_ms,
        }
        for stage, ms in timing.items():
            self._metrics.stages.labels(stage).observe(ms / 1e3)
        row = answers.computed_row(explained, photo, sha256, asked.entry.id)
        row.timing = timing
        return _Result(row, finite_numbers(explained), files)

    async def _pictures(self, photo: Photo, asked: Question) -> Mapping[str, bytes]:
        """What is kept of the photo, made while the network is busy with it."""
        return await self._uploads.run(pictures, photo) if asked.store else {}

    def _finish(self, result: _Result, asked: Question, owner: str, started: float) -> Explanation:
        """Put the answer together, and keep it where that was asked for: files first, then the row.

        Raises:
            FileNotFoundError: the explanation whose numbers were found has been deleted
        """
        row, entry = result.row, asked.entry
        row.id, row.owner, row.created_at = "", owner, datetime.now(UTC)
        row.predictions = answers.choices(
            row, result.numbers, chosen(result.numbers.logits, asked.top_k, asked.extra), result.known
        )
        if asked.store:
            row.id = self._store.new_id()
            if isinstance(result.source, str):
                self._store.copy_files(result.source, row.id)
            else:
                self._store.write_files(row.id, {**result.source, **result.numbers.files()})
        row.timing = {**row.timing, "total": (time.perf_counter() - started) * 1e3}
        if asked.store:
            spec = entry.spec.model_dump(mode="json")
            self._store.add(row, {"id": entry.id, "name": entry.name, "spec": spec, "created_at": entry.created_at})
        source = "found" if isinstance(result.source, str) else "computed"
        self._metrics.explanations.labels(str(asked.store).lower(), source).inc()
        return answers.explanation(row, answers.Model(entry.id, entry.name, entry.spec), result.numbers)


def finite_numbers(explained: ClassifierAnswer) -> Numbers:
    """The numbers of an explanation.

    Raises:
        InferenceError: some are not finite
    """
    numbers = Numbers(explained.logits, explained.probabilities, explained.bias, explained.maps)
    parts = (numbers.logits, numbers.probabilities, numbers.bias, numbers.maps)
    if not all(np.isfinite(part).all() for part in parts if part is not None):
        raise InferenceError("The network's answer to this photo is not finite, so there is nothing to explain.")
    return numbers
