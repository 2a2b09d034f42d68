"""The use-case of comparing: one stored photo under two networks."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app import answers, looks
from app.admission import Admission
from app.compared import Choice, Compared, put_side_by_side
from app.disconnects import unless_gone
from app.errors import NotFound, Unusable
from app.explanations import Explainer
from app.folders import PHOTO
from app.looks import Look, Side
from app.model_words import base_of
from app.passes import Explains
from app.pictures import read_copy
from app.registry import Entry, Registry
from app.rows import ExplanationRow
from app.store import Store
from app.uploads import Uploads
from model.preprocess import Prepared

log = logging.getLogger("camscope.comparing")


@dataclass(frozen=True)
class SideBySide:
    """A stored photo, and what two networks say of it.

    Attributes:
        row: the explanation whose photo it is
        before: the one network; the explanation's own, unless swapped
        after: the other one
        compared: a class under both
        swapped: whether the explanation's own network is the one after
    """

    row: ExplanationRow
    before: Side
    after: Side
    compared: Compared
    swapped: bool = False

    @property
    def own(self) -> Side:
        """The network of the explanation."""
        return self.after if self.swapped else self.before

    @property
    def other(self) -> Side:
        """The network that was chosen."""
        return self.before if self.swapped else self.after


class Comparer:
    """Lets two networks look at one stored photo; what they said once is kept beside it."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        uploads: Uploads,
        admission: Admission,
        explainer: Explainer,
        reuse_across_owners: bool = True,
        explanation_timeout_s: float | None = None,
    ) -> None:
        self._store = store
        self._registry = registry
        self._uploads = uploads
        self._admission = admission
        self._explainer = explainer
        self._reuse_across_owners = reuse_across_owners
        self._explanation_timeout_s = explanation_timeout_s

    async def compare(
        self, request: Request, explanation_id: str, key: str | None, choice: Choice, swap: bool | None = None
    ) -> SideBySide:
        """Compare an explanation's network with another one, on the same pixels.

        Those are the uploaded file's where both have explained it; else the stored copy's, and both look at
        that. Where the explanation's own bundle is gone, its numbers stand as they are, of the uploaded pixels.

        Args:
            request: given up when its client leaves
            explanation_id: whose photo, and one of the networks
            key: the other network: a bundle's id or name; default what the one was trained from, else the first
            choice: which class, and where
            swap: put the other network before; default where the explanation's own was trained from it

        Raises:
            AppError, ModelError: 404, 422, 429, 503, 504
        """
        row = await run_in_threadpool(self._store.find, explanation_id)
        other = await run_in_threadpool(self._other, row, key)
        known = await run_in_threadpool(self._explained, row, other)
        if not known:
            known = await self._looks(request, row, other)
        if swap is None:
            swap = await run_in_threadpool(self._base_of, row) == other.id
        return await run_in_threadpool(self._put_together, row, other, known, choice, swap)

    async def look(
        self, request: Request, explanation_id: str, key: str | None, of_copy: bool
    ) -> tuple[ExplanationRow, Side]:
        """What one network says of a stored photo.

        Args:
            request: given up when its client leaves
            explanation_id: whose photo
            key: the network: a bundle's id or name; default the explanation's own
            of_copy: of the stored copy's pixels, as every other network's look is; false: the explanation's own
                numbers, of the uploaded file. An own bundle that is gone has those alone

        Raises:
            AppError, ModelError: 404, 422, 429, 503, 504
        """
        row = await run_in_threadpool(self._store.find, explanation_id)
        entry = await run_in_threadpool(self._entry, row, key)
        if entry is None or (entry.id == row.bundle_id and not of_copy):
            return row, await run_in_threadpool(self._as_explained, row)
        known = await self._looks(request, row, entry)
        return row, Side(answers.Model(entry.id, entry.name, entry.spec), known[entry.id])

    def _as_explained(self, row: ExplanationRow) -> Side:
        """The explanation's own network, and what it said of the uploaded file."""
        return Side(self._explainer.network(row.bundle), looks.look_at_upload(row, self._explainer.numbers(row.id)))

    async def is_other(self, explanation_id: str, key: str | None) -> bool:
        """Whether a key means another network than the explanation's own.

        Raises:
            AppError: no such explanation or network: 404, 422
        """
        if key is None:
            return False
        row = await run_in_threadpool(self._store.find, explanation_id)
        entry = await run_in_threadpool(self._entry, row, key)
        return entry is not None and entry.id != row.bundle_id

    def _entry(self, row: ExplanationRow, key: str | None) -> Entry | None:
        """The bundle meant by a key; None where that is the explanation's own and gone."""
        own = self._own(row)
        return own if key is None or (own is None and key == row.bundle_id) else self._registry.find(key)

    def others(self, bundle_id: str) -> list[Entry]:
        """The bundles that a photo of this one can be compared under."""
        return [entry for entry in self._registry.entries() if entry.id != bundle_id]

    def _other(self, row: ExplanationRow, key: str | None) -> Entry:
        if key:
            return self._registry.find(key)
        others = self.others(row.bundle_id)
        if not others:
            raise Unusable("There is no other model here to compare with: train one, or bring one in, first.")
        base = self._base_of(row)
        return next((entry for entry in others if entry.id == base), others[0])

    def _own(self, row: ExplanationRow) -> Entry | None:
        """The explanation's own bundle, if it is still there."""
        return next((entry for entry in self._registry.entries() if entry.id == row.bundle_id), None)

    def _base_of(self, row: ExplanationRow) -> str | None:
        """The id of what the explanation's own bundle was trained from, as far as it is known."""
        own = self._own(row)
        return None if own is None else base_of(own).get("id")

    def _explained(self, row: ExplanationRow, after: Entry) -> dict[str, Look]:
        """What both networks have said of the uploaded file; nothing where the other one was never asked."""
        scale = 1 if after.spec.preprocessing.fixed_size else row.scale
        whose = None if self._reuse_across_owners else row.owner
        same = row if after.id == row.bundle_id else self._store.find_same(row.photo_sha256, after.id, scale, whose)
        if same is None:
            return {}
        try:
            found = {one.bundle_id: looks.look_at_upload(one, self._store.numbers(one.id)) for one in (row, same)}
        except FileNotFoundError:
            return {}
        return found

    async def _looks(self, request: Request, row: ExplanationRow, after: Entry) -> dict[str, Look]:
        """What both networks say of the stored copy: kept, or asked now."""
        before = await run_in_threadpool(self._own, row)
        entries = {entry.id: entry for entry in (before, after) if entry is not None}
        known = await run_in_threadpool(self._known, row, list(entries))
        missing = {bundle_id: entry for bundle_id, entry in entries.items() if bundle_id not in known}
        if missing:
            known |= await unless_gone(request, self._look(request, row, missing), self._explanation_timeout_s)
        return known

    def _known(self, row: ExplanationRow, bundle_ids: list[str]) -> dict[str, Look]:
        """The looks that are kept."""
        found: dict[str, Look] = {}
        for bundle_id in bundle_ids:
            try:
                look = looks.decode(self._store.file(row.id, looks.file_name(bundle_id)))
            except NotFound:
                continue
            if look is not None:
                found[bundle_id] = look
        return found

    async def _look(self, request: Request, row: ExplanationRow, entries: dict[str, Entry]) -> dict[str, Look]:
        """Let networks look at the stored copy, one after the other, and keep what they say."""
        path = await run_in_threadpool(self._store.file, row.id, PHOTO)
        found: dict[str, Look] = {}
        async with self._admission.place(request) as place:
            inputs = await asyncio.wrap_future(self._uploads.submit(self._inputs, path, row.scale, entries))
            for bundle_id, (classifier, prepared) in inputs.items():
                answer = await asyncio.wrap_future(place.submit(classifier, prepared))
                found[bundle_id] = await run_in_threadpool(
                    looks.look_at_copy, answer.explanation, prepared.photo_size, answers.size_of(row)
                )
        await asyncio.gather(*(run_in_threadpool(self._keep, row.id, *item) for item in found.items()))
        return found

    def _inputs(self, path: Path, scale: float, entries: dict[str, Entry]) -> dict[str, tuple[Explains, Prepared]]:
        """What each network is to see of the stored copy."""
        photo = read_copy(path)
        classifiers = {bundle_id: self._registry.classifier(entry) for bundle_id, entry in entries.items()}
        return {bundle_id: (one, one.prepare(photo, scale)) for bundle_id, one in classifiers.items()}

    def _keep(self, explanation_id: str, bundle_id: str, look: Look) -> None:
        """Write a look beside the photo; without room for it the answer is as good, and only made again.

        Raises:
            NotFound: the explanation was deleted meanwhile
        """
        try:
            self._store.add_file(explanation_id, looks.file_name(bundle_id), looks.encode(look))
        except FileNotFoundError:
            raise NotFound("This explanation has just been deleted.") from None
        except OSError as error:
            log.warning("what %s says of a photo is not kept: %s", bundle_id, error)

    def _put_together(
        self, row: ExplanationRow, other: Entry, known: dict[str, Look], choice: Choice, swapped: bool
    ) -> SideBySide:
        look = known.get(row.bundle_id)
        own = self._as_explained(row) if look is None else Side(self._explainer.network(row.bundle), look)
        chosen = Side(answers.Model(other.id, other.name, other.spec), known[other.id])
        before, after = (chosen, own) if swapped else (own, chosen)
        compared = put_side_by_side(before, after, choice, answers.size_of(row))
        return SideBySide(row, before, after, compared, swapped)
