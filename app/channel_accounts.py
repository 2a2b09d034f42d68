"""The use-case of channels: which of them brought a class its score, on a stored photo.

They are those of the stored copy: the feature maps of the uploaded file are not kept.
Once computed they are kept beside the explanation, so that every other class is answered without the network.
"""

import logging
from dataclasses import dataclass
from functools import partial

import numpy as np
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app import answers, looks
from app.answers import Model
from app.beside import keep_beside
from app.disk import Disk
from app.drawing import require_class
from app.errors import NoSpace, NotFound
from app.explanations import Explainer
from app.looks import Input, Look
from app.numbers import UNREADABLE
from app.registry import Registry
from app.rows import ExplanationRow
from app.seeing import Seen, Seer, Subject
from app.store import Store
from app.weighed import require_channels
from model.cam import Array
from model.channels import ChannelAccount, Sign, Weighed
from model.errors import InferenceError
from model.geometry import Grid
from model.scales import Pass, inputs_of, name_for

CHANNELS = "channels.npz"

log = logging.getLogger("camscope.channels")


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to know of the channels.

    Attributes:
        index: the class
        versus: another one, for the margin between the two; None for the class alone
        count: how many to list at most
        sign: which
        scale: of the network's input; None for the explanation's own
    """

    index: int
    versus: int | None
    count: int
    sign: Sign
    scale: float | None = None


@dataclass(frozen=True)
class Accounted:
    """A score of an explanation's photo, channel by channel.

    Attributes:
        row: the explanation
        model: its network
        input: the array that the network saw
        grid: where the channels' cells lie on the photo
        wanted: what was asked
        account: the answer
    """

    row: ExplanationRow
    model: Model
    input: Input
    grid: Grid
    wanted: Wanted
    account: ChannelAccount


@dataclass(frozen=True)
class _Known:
    """What is kept: the network's numbers, without maps, and what its weights weigh, (C, rows, columns)."""

    look: Look
    features: Array


class ChannelAccounts:
    """Takes scores of stored photos apart into channels."""

    def __init__(self, store: Store, registry: Registry, explainer: Explainer, seer: Seer, disk: Disk) -> None:
        self._store = store
        self._registry = registry
        self._explainer = explainer
        self._seer = seer
        self._disk = disk

    async def ask(self, request: Request, explanation_id: str, wanted: Wanted) -> Accounted:
        """Take a class's logit on a stored photo apart, or its lead over another class.

        Args:
            request: given up when its client leaves, or when it takes too long
            explanation_id: whose photo
            wanted: what to list

        Raises:
            AppError, ModelError: 404 also where there are no channels behind the maps, 422, 429, 503, 504
        """
        subject, model = await run_in_threadpool(self._subject, explanation_id, wanted)
        scale = (
            subject.row.scale
            if wanted.scale is None
            else float(name_for(model.spec.preprocessing, f"{wanted.scale:g}"))
        )
        name = CHANNELS if scale == subject.row.scale else f"channels-{scale:g}.npz"
        known = await run_in_threadpool(self._kept, explanation_id, name)
        if known is None:
            seen = await self._seer.see(request, subject, partial(inputs_of, (Pass(scale),)))
            known = await run_in_threadpool(self._keep, subject, seen, name)
        return await run_in_threadpool(self._accounted, subject, model, known, wanted)

    def _subject(self, explanation_id: str, wanted: Wanted) -> tuple[Subject, Model]:
        row = self._store.find(explanation_id)
        model = self._explainer.network(row.bundle)
        require_channels(model.spec)
        for index in (wanted.index, wanted.versus or 0):
            require_class(index, model.spec.classes)
        return self._seer.find(explanation_id), model

    def _kept(self, explanation_id: str, name: str) -> _Known | None:
        try:
            path = self._store.file(explanation_id, name)
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                return _Known(looks.look_of(arrays, None), arrays["features"])
        except (NotFound, *UNREADABLE):
            return None

    def _keep(self, subject: Subject, seen: Seen, name: str) -> _Known:
        """What was seen, kept beside the photo; without room for it the answer is as good, and only made again."""
        explained = seen.answers[0].explanation
        if explained.maps is None or not np.isfinite(explained.maps.features).all():
            raise InferenceError("The network's answer to this photo is not finite, so there is nothing to explain.")
        size = answers.size_of(subject.row)
        known = _Known(looks.look_at_copy(explained, size, size), explained.maps.features)
        content = looks.packed(looks.arrays_of(known.look) | {"features": known.features})
        try:
            self._disk.require_room()
            keep_beside(self._store, subject.row.id, {name: content})
        except (NoSpace, OSError) as error:
            log.warning("the channels behind a photo's maps are not kept: %s", error)
        return known

    def _accounted(self, subject: Subject, model: Model, known: _Known, wanted: Wanted) -> Accounted:
        weight, grid = self._registry.classifier(subject.entry).bundle.class_weight, known.look.grid
        if weight is None or grid is None:
            raise ValueError(f"{subject.entry.id} has no channels, and some are kept")
        numbers = known.look.numbers
        weighed = Weighed(known.features, weight, numbers.bias, numbers.logits)
        account = weighed.account(wanted.index, wanted.versus, wanted.count, wanted.sign)
        return Accounted(subject.row, model, known.look.input, grid, wanted, account)
