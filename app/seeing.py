"""A stored photo before its own network again: as it is, or altered, at any scale.

Its pixels are those of the stored copy, since the uploaded file is not kept. Everything a network is to see goes
through the queue, one place for all of it and a few at a time, so that other people's photos come in between.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app import answers
from app.admission import Admission
from app.batching import Place
from app.disconnects import unless_gone
from app.errors import NotFound, NotReady, Unusable
from app.folders import PHOTO
from app.passes import Answer, Explains
from app.pictures import read_copy
from app.registry import Entry, Registry
from app.rows import ExplanationRow
from app.store import Store
from app.uploads import Uploads
from model.photos import Photo
from model.preprocess import Prepared

AT_ONCE = 4  # of one request's inputs, in the queue or in the network

Views = Callable[[Explains, Photo], Iterator[Prepared]]
"""What a network is to see of a photo, made one after the other in threads that decode."""
Trim = Callable[[Answer], Answer]
"""Leaves of an answer what is wanted, so that the others' maps do not fill the memory."""
Opened = Callable[[], tuple[Explains, Photo]]
"""The network that is to see a photo, and the photo; in threads that decode."""


@dataclass(frozen=True)
class Subject:
    """A stored explanation, and its own bundle, which is there."""

    row: ExplanationRow
    entry: Entry


@dataclass(frozen=True)
class Seen:
    """What a network said of the views of a photo.

    Attributes:
        network: that has seen them
        answers: in the order of the views
        decode_ms: what decoding the photo and making the views took
    """

    network: Explains
    answers: Sequence[Answer]
    decode_ms: float


class Seer:
    """Shows stored photos to the networks that have explained them."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        uploads: Uploads,
        admission: Admission,
        explanation_timeout_s: float | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            store: explanations on disk
            registry: the bundles there are
            uploads: has the threads that decode
            admission: to the queue
            explanation_timeout_s: how many seconds an answer may take; None for as long as it takes
        """
        self._store = store
        self._registry = registry
        self._uploads = uploads
        self._admission = admission
        self._explanation_timeout_s = explanation_timeout_s

    def find(self, explanation_id: str) -> Subject:
        """An explanation and its bundle. Blocking.

        Raises:
            NotFound: no such explanation, or its bundle is gone
        """
        row = self._store.find(explanation_id)
        try:
            return Subject(row, self._registry.find(row.bundle_id))
        except (Unusable, NotReady):
            raise NotFound("The model that explained this photo is not here any more, so it cannot be asked.") from None

    def photo(self, row: ExplanationRow) -> Photo:
        """The stored copy, which knows how large the uploaded photo was. Blocking.

        Raises:
            NotFound: the explanation was deleted meanwhile
        """
        return _whole(row, self._store.file(row.id, PHOTO))

    async def see(self, request: Request, subject: Subject, views: Views, trim: Trim = lambda answer: answer) -> Seen:
        """Have a stored photo's network see views of it.

        Args:
            request: given up when its client leaves, or when it takes too long
            subject: whose photo
            views: makes what the network is to see; the photo it is given has the stored copy's pixels and the
                uploaded photo's size, so that cells lie where the explanation has them
            trim: what is kept of each answer, one after the other

        Raises:
            AppError, ModelError: 404, 429, 503, 504
        """
        return await unless_gone(request, self._see(request, subject, views, trim), self._explanation_timeout_s)

    async def show(self, request: Request, opened: Opened, views: Views, trim: Trim = lambda answer: answer) -> Seen:
        """Have any network see views of any photo.

        Args:
            request: given up when its client leaves, or when it takes too long
            opened: the network and the photo, called once there is a place in the queue
            views: makes what the network is to see
            trim: what is kept of each answer, one after the other

        Raises:
            AppError, ModelError: 404, 429, 503, 504, and what `opened` raises
        """
        return await unless_gone(request, self._show(request, opened, views, trim), self._explanation_timeout_s)

    async def _see(self, request: Request, subject: Subject, views: Views, trim: Trim) -> Seen:
        path = await run_in_threadpool(self._store.file, subject.row.id, PHOTO)
        return await self._show(request, partial(self._open, subject, path), views, trim)

    def _open(self, subject: Subject, path: Path) -> tuple[Explains, Photo]:
        photo = _whole(subject.row, path)
        return self._registry.classifier(subject.entry).with_features(), photo

    async def _show(self, request: Request, opened: Opened, views: Views, trim: Trim) -> Seen:
        async with self._admission.place(request) as place:
            began = self._uploads.submit(_begin, opened, views)
            classifier, inputs, decode_ms = await asyncio.wrap_future(began)
            return await self._pass_all(place, classifier, inputs, decode_ms, trim)

    async def _pass_all(
        self, place: Place, classifier: Explains, inputs: Iterator[Prepared], decode_ms: float, trim: Trim
    ) -> Seen:
        found: list[Answer] = []
        waiting: deque[Future[Answer]] = deque()
        try:
            while True:
                prepared, took_ms = await asyncio.wrap_future(self._uploads.submit(_next, inputs))
                decode_ms += took_ms
                if prepared is not None:
                    waiting.append(place.submit(classifier, prepared))
                while waiting and (prepared is None or len(waiting) >= AT_ONCE):
                    found.append(await run_in_threadpool(trim, await asyncio.wrap_future(waiting.popleft())))
                if prepared is None:
                    return Seen(classifier, found, decode_ms)
        finally:
            for future in waiting:
                future.cancel()


def _begin(opened: Opened, views: Views) -> tuple[Explains, Iterator[Prepared], float]:
    """The network, what it is to see, and how many milliseconds opening both took."""
    started = time.perf_counter()
    classifier, photo = opened()
    return classifier, views(classifier, photo), (time.perf_counter() - started) * 1e3


def _next(inputs: Iterator[Prepared]) -> tuple[Prepared | None, float]:
    """The next input, None after the last, and how many milliseconds it took."""
    started = time.perf_counter()
    prepared = next(inputs, None)
    return prepared, (time.perf_counter() - started) * 1e3


def _whole(row: ExplanationRow, path: Path) -> Photo:
    copy = read_copy(path)
    return Photo(copy.image, copy.format, answers.size_of(row))
