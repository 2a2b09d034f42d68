"""The use-case of counterfactuals: a stored photo is altered, and its network asked again."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app import answers
from app.alterations import (
    Alteration,
    Asked,
    Found,
    Said,
    Scores,
    altered,
    ask,
    find,
    needs_features,
    said_of,
)
from app.drawing import narrowed
from app.errors import NotFound
from app.looks import STORED
from app.numbers import finite_numbers, numbers_of
from app.passes import Answer, Explains
from app.rows import ExplanationRow
from app.scales import AtScale, Scales
from app.seeing import Seen, Seer, Views
from app.store import Store
from model.cam import ClassMaps
from model.classifier import Explanation as ClassifierAnswer
from model.counterfactual import Change, counts, fill_of, first_cells
from model.coverage import Cells, Place, Region, cells_in_order
from model.photos import Photo, encode_jpeg
from model.preprocess import Prepared, enough, no_finer

SEED = 0
QUALITY = 90
EVERYWHERE = Region(0, 0, 1e9, 1e9)


@dataclass(frozen=True)
class Target:
    """A stored photo and what is to be done to it.

    Attributes:
        row: the explanation
        model: its network
        asked: the alteration
        scale: of the network's input
        pixels: whose scores are known already: STORED for the stored copy's, UPLOADED for the uploaded file's
    """

    row: ExplanationRow
    model: answers.Model
    asked: Asked
    scale: float
    pixels: str


@dataclass(frozen=True)
class Counterfactual:
    """A stored photo, altered, and what came of it.

    Attributes:
        subject: the photo
        found: what head and network say
        pixels: whose scores those before are: STORED for the stored copy's, UPLOADED for the uploaded file's
        uploaded: the class's probability on the uploaded file, as it was kept; at another scale than the
            explanation's that of the copy, for the file was not seen there
        timing: milliseconds by stage
    """

    subject: Target
    found: Found
    pixels: str
    uploaded: float
    timing: dict[str, float]


@dataclass(frozen=True)
class Curves:
    """A network on photos that lose, and gain, cell after cell.

    Attributes:
        subject: the photo, and the class
        counts: how many cells are changed at each step
        deletion: what it says of photos that lose the first cells: in the map's order, and in one by chance
        insertion: of filled photos that get them
        timing: milliseconds by stage
    """

    subject: Target
    counts: Sequence[int]
    deletion: tuple[Sequence[Scores], Sequence[Scores]]
    insertion: tuple[Sequence[Scores], Sequence[Scores]]
    timing: dict[str, float]


class Alterer:
    """Alters stored photos, and asks their networks what they say then; it keeps nothing."""

    def __init__(self, store: Store, scales: Scales, seer: Seer) -> None:
        self._store = store
        self._scales = scales
        self._seer = seer

    async def counterfactual(
        self,
        request: Request,
        explanation_id: str,
        alteration: Alteration,
        with_network: bool = True,
        scale: float | None = None,
    ) -> Counterfactual:
        """Take a part out of a stored photo: what its head predicts, and what its network says.

        Args:
            request: given up when its client leaves
            explanation_id: whose photo
            alteration: what is to be done to it
            with_network: whether the network is asked of the altered photo; without that a head that is linear is
                asked by arithmetic alone, also where its bundle is gone
            scale: of the network's input, and so of the map; default the explanation's own

        Raises:
            AppError, ModelError: 404, 422, 429, 503, 504, 507
        """
        started = time.perf_counter()
        subject, said = await self._seen(request, explanation_id, alteration, scale)
        spec, uploaded = subject.model.spec, float(said.probabilities[subject.asked.index])
        if not with_network and not needs_features(spec):
            found = await run_in_threadpool(find, subject.asked, spec, None, said, None)
            return Counterfactual(subject, found, subject.pixels, uploaded, _timing(started))
        views = _views(subject, [subject.asked.place] if with_network else [])
        seen = await self._seer.see(request, await run_in_threadpool(self._seer.find, explanation_id), views)

        def finish() -> Found:
            before, *after = [said_of(one.explanation, subject.asked) for one in seen.answers]
            return find(subject.asked, spec, seen.network.bundle.head, before, after[0] if after else None)

        found = await run_in_threadpool(finish)
        return Counterfactual(subject, found, STORED, uploaded, _timing(started, seen))

    def picture(
        self, explanation_id: str, alteration: Alteration, width: int | None = None, scale: float | None = None
    ) -> bytes:
        """The altered photo as a JPEG file, at most so many pixels wide. Blocking.

        Raises:
            NotFound: also where nobody has asked for that scale yet
            Unusable: there is no such class or no such place
        """
        subject, _ = _subject(self._scales.find(explanation_id, self._name(explanation_id, scale)), alteration)
        photo = self._seer.photo(subject.row)
        pixels = narrowed(photo.pixels, width)
        return encode_jpeg(altered(pixels, fill_of(pixels, alteration.fill), subject.asked, photo.size), QUALITY)

    async def curves(
        self, request: Request, explanation_id: str, alteration: Alteration, steps: int, scale: float | None = None
    ) -> Curves:
        """Let a stored photo lose, and a filled one get, cell after cell: in the order of the map, and by chance.

        Args:
            request: given up when its client leaves
            explanation_id: whose photo
            alteration: the class, the other one, and the fill; where does not matter
            steps: how many photos of each curve, at most
            scale: of the network's input, and so of the map; default the explanation's own

        Raises:
            AppError, ModelError: 404, 422, 429, 503, 504, 507
        """
        started = time.perf_counter()
        alteration = replace(alteration, where=EVERYWHERE, change=Change.ERASE)
        subject, said = await self._seen(request, explanation_id, alteration, scale)
        shape = subject.asked.parts.shape
        numbers = counts(subject.asked.parts.size, steps)
        by_map = cells_in_order(subject.asked.map_of(said.maps))
        orders = (by_map, np.random.default_rng(SEED).permutation(by_map.size))
        first = [first_cells(order, count, shape) for order in orders for count in numbers[1:-1]]
        views = _views(subject, [subject.asked.place, *map(Cells, first), *(Cells(1 - one) for one in first)])
        viewer = await run_in_threadpool(self._seer.find, explanation_id)
        seen = await self._seer.see(request, viewer, views, without_maps)
        whole, none, *rest = [scores_of(one.explanation) for one in seen.answers]
        inner = len(numbers) - 2
        inside = [rest[line * inner : (line + 1) * inner] for line in range(4)]
        return Curves(
            subject,
            numbers,
            ([whole, *inside[0], none], [whole, *inside[1], none]),
            ([none, *inside[2], whole], [none, *inside[3], whole]),
            _timing(started, seen),
        )

    async def _seen(
        self, request: Request, explanation_id: str, alteration: Alteration, scale: float | None
    ) -> tuple[Target, Said]:
        """What is asked of which photo, and what is known of it; at a new scale the network sees it first."""
        name = await run_in_threadpool(self._name, explanation_id, scale)
        known, _ = await self._scales.ask(request, explanation_id, name)
        return await run_in_threadpool(_subject, known, alteration)

    def _name(self, explanation_id: str, scale: float | None) -> str:
        """Of a scale; of the explanation's own where there is none."""
        return f"{self._store.find(explanation_id).scale if scale is None else scale:g}"


def _subject(known: AtScale, alteration: Alteration) -> tuple[Target, Said]:
    """What is asked of which photo, and what is known of it."""
    look = known.found.look
    if look.numbers.maps is None or look.grid is None:
        raise NotFound("This network has no exact map, so there is no evidence to erase or keep.")
    said = Said(look.numbers.logits, look.numbers.probabilities, ClassMaps(np.asarray(look.numbers.maps), None))
    asked = ask(alteration, known.model.spec, said.logits, said.maps, look.grid, answers.size_of(known.row))
    return Target(known.row, known.model, asked, look.input.scale, look.pixels), said


def _views(subject: Target, places: Sequence[Place]) -> Views:
    """The stored photo, and then without each of the places, or without all but it."""

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        scale, size = subject.scale, photo.size
        pixels = no_finer(photo.pixels, enough(network.spec.preprocessing, scale)(*size))
        yield network.prepare(Photo(pixels, photo.format, size), scale)
        fill = fill_of(pixels, subject.asked.alteration.fill) if places else pixels
        for place in places:
            without = altered(pixels, fill, replace(subject.asked, place=place), size)
            yield network.prepare(Photo(without, photo.format, size), scale)

    return views


def without_maps(answer: Answer) -> Answer:
    """An answer of which the scores alone are kept: a hundred photos' maps would fill the memory."""
    return replace(answer, explanation=replace(answer.explanation, maps=None, features=None))


def scores_of(explained: ClassifierAnswer) -> Scores:
    """Logits and probabilities.

    Raises:
        InferenceError: some are not finite
    """
    numbers = finite_numbers(numbers_of(explained))
    return Scores(numbers.logits, numbers.probabilities)


def _timing(started: float, seen: Seen | None = None) -> dict[str, float]:
    """Milliseconds by stage; passes that wait, wait beside each other."""
    total = (time.perf_counter() - started) * 1e3
    if seen is None:
        return {"decode": 0.0, "queue": 0.0, "forward": 0.0, "cam": 0.0, "total": total}
    times = [one.explanation.timing for one in seen.answers]
    return {
        "decode": seen.decode_ms,
        "queue": max(one.queue_ms for one in seen.answers),
        "forward": sum(one.forward_ms for one in times),
        "cam": sum(one.cam_ms for one in times),
        "total": total,
    }
