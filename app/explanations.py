"""What Camscope is asked for: explain a photo, find, list, draw and delete explanations.

The API and the pages call this and nothing below it. What they get is the JSON contract's
own records (app/schemas.py); app/answers.py makes them.
"""

import asyncio
import json
import time
from concurrent.futures import Executor, Future
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app import answers
from app.admission import Admission
from app.batching import InferenceQueue, Place
from app.chains import then
from app.decoding import Decoder, Rest
from app.disconnects import unless_gone
from app.disk import Disk
from app.drawing import Drawing, draw
from app.errors import SHUTTING_DOWN, Damaged, NotFound, NotReady, Unusable
from app.folders import PHOTO, THUMBNAIL
from app.metrics import Metrics
from app.numbers import Numbers
from app.pictures import thumbnail
from app.questions import Question, Wish, question
from app.registry import Registry
from app.results import STAGES, Finishing, computed, found, once_kept
from app.rows import BundleRow
from app.schemas import Explanation, ExplanationPage, Scores
from app.store import Store
from app.uploads import Uploads, content, digest
from model.spec import ModelSpec

FILES_MISSING = "This explanation's files are missing; the server's operator may have a backup."


class Explainer:
    """Answers requests about explanations; all it knows is in the store and the registry."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        uploads: Uploads,
        queue: InferenceQueue,
        admission: Admission,
        metrics: Metrics,
        thread: Executor,
        disk: Disk,
        reuse_across_owners: bool = True,
        explanation_timeout_s: float | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            store: explanations on disk
            registry: the bundles there are
            uploads: decodes photos
            queue: leads to the network
            admission: to that queue
            metrics: counts and times
            thread: puts answers together; one alone, for that holds Python's lock
            disk: below its reserve nothing is kept
            reuse_across_owners: whether anybody's identical photo answers, or one's own only
            explanation_timeout_s: how many seconds an answer may take; None for as long as it takes
        """
        self._store = store
        self._registry = registry
        self._uploads = uploads
        self._decoder = Decoder(uploads, registry, queue)
        self._admission = admission
        self._metrics = metrics
        self._finishing = Finishing(store, metrics)
        self._reuse_across_owners = reuse_across_owners
        self._explanation_timeout_s = explanation_timeout_s
        self._specs: dict[str, ModelSpec] = {}
        self._thread = thread
        self._disk = disk

    async def explain(self, request: Request, image: UploadFile, wish: Wish, owner: str) -> Explanation:
        """Explain an uploaded photo, and keep the answer unless the wish says otherwise.

        What is kept is not computed again: the numbers of the same bytes, bundle and scale are found. What is not
        kept touches neither the database nor the disk. All the work is done while holding a place in the queue,
        so that who finds none is refused before any.

        Args:
            request: given up when its client leaves
            image: the upload
            wish: what to explain
            owner: whose explanation it will be

        Raises:
            AppError, ModelError: 400, 413, 415, 422, 429, 503, 504, 507
        """
        started = time.perf_counter()
        asked = await self._asked(wish)
        if asked.store:
            self._disk.require_room()
        async with self._admission.place(request) as place:
            self._uploads.check(image)
            if asked.store:
                known = await run_in_threadpool(self._found, image, asked, owner, started)
                if known is not None:
                    return self._counted(request, asked, known, started, "found")
            answering = self._answering(place, image, asked, owner, started)
            answer = await unless_gone(request, asyncio.wrap_future(answering), self._explanation_timeout_s)
            return self._counted(request, asked, answer, started, "computed")

    def find(self, explanation_id: str) -> Explanation:
        """A stored explanation, whoever asks. Blocking, like all that follow: call it from a plain `def` route."""
        row = self._store.find(explanation_id)
        return answers.explanation(row, self.network(row.bundle), self.numbers(explanation_id))

    def numbers(self, explanation_id: str) -> Numbers:
        """Every class's logit, probability, bias and map."""
        try:
            return self._store.numbers(self._store.find(explanation_id).id)
        except FileNotFoundError:
            self._store.find(explanation_id)  # which says so where it has just been deleted
            raise Damaged(FILES_MISSING) from None

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
        known = self._store.find(explanation_id).id
        return thumbnail(self._store, known) if name == THUMBNAIL else self._store.file(known, name)

    def draw(self, explanation_id: str, drawing: Drawing) -> bytes:
        """A map as a PNG file.

        Raises:
            NotFound: no such explanation, or a network without maps
            Unusable: no such class
        """
        row, numbers = self._store.find(explanation_id), self.numbers(explanation_id)
        grid = answers.grid_of(row)
        if grid is None:
            raise NotFound("This network has no exact map, so there is none to draw.")
        photo = self.file(explanation_id, PHOTO)
        return draw(drawing, numbers, self.network(row.bundle), grid, photo, answers.size_of(row))

    def network(self, bundle: BundleRow) -> answers.Model:
        """The bundle of a stored explanation; parsed once, for bundles never change."""
        spec = self._specs.get(bundle.id)
        if spec is None:
            spec = self._specs[bundle.id] = ModelSpec.model_validate_json(json.dumps(bundle.spec))
        return answers.Model(bundle.id, bundle.name, spec)

    async def _asked(self, wish: Wish) -> Question:
        """What is asked; in a thread where finding out may take a while."""
        if not wish.classes and self._registry.is_known(wish.model):
            return question(wish, self._registry)
        return await run_in_threadpool(question, wish, self._registry)

    def _found(self, image: UploadFile, asked: Question, owner: str, started: float) -> Explanation | None:
        """The answer from the numbers of the same bytes, where somebody (or this owner) has asked before."""
        whose = None if self._reuse_across_owners else owner
        same = self._store.find_same(digest(content(image)), asked.entry.id, asked.scale, whose)
        if same is None:
            return None
        try:
            result = found(same, self._store.numbers(same.id))
            return once_kept(self._finishing.finish(result, asked, owner, started)).result()
        except (FileNotFoundError, Damaged):
            return None  # deleted between finding and copying, or of no use: compute it again

    def _answering(
        self, place: Place, image: UploadFile, asked: Question, owner: str, started: float
    ) -> Future[Explanation]:
        """Decode the photo, ask the network, put the answer together, keep it: one thread hands over to the next.

        What is kept of the photo is made while the network is busy with it.
        """
        entered = time.perf_counter()
        ready, rest = self._decoder.begin(image, asked)
        answered = then(ready, lambda seen: place.submit(seen.classifier, seen.prepared))
        all_made = then(answered, lambda _: rest)

        def finish(made: Rest) -> Future[tuple[Explanation, Future[None] | None]]:
            result = computed(ready.result(), answered.result(), made, asked, entered)
            try:
                return self._thread.submit(self._finishing.finish, result, asked, owner, started)
            except RuntimeError:
                raise NotReady(SHUTTING_DOWN) from None

        return then(then(all_made, finish), once_kept)

    def _counted(
        self, request: Request, asked: Question, answer: Explanation, started: float, source: str
    ) -> Explanation:
        """Count an answer that is given: computed, or found among those that were kept. Its times go to the log."""
        self._metrics.explanations.labels(str(asked.store).lower(), source).inc()
        times = answer.timing_ms
        stages = {stage: getattr(times, stage) for stage in STAGES}
        if asked.store:  # between the answer being put together and its being on the disk
            stages["store"] = max(0.0, (time.perf_counter() - started) * 1e3 - times.total)
            self._metrics.stages.labels("store").observe(stages["store"] / 1e3)
        request.state.stages_ms = stages
        return answer
