"""The use-case of finer maps: a stored photo's own network at another scale, or at all of them, fused."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app import answers, scale_looks
from app.answers import Model
from app.beside import keep_beside
from app.disk import Disk
from app.drawing import Drawing, draw
from app.errors import NotFound
from app.explanations import Explainer
from app.folders import CAMS, PHOTO
from app.looks import UPLOADED
from app.rows import ExplanationRow
from app.scale_looks import ScaleLook
from app.scaled import put_together
from app.seeing import Seen, Seer, Subject
from app.store import Store
from app.timed import ms_per_pixel
from model.geometry import Grid, place_grid
from model.preprocess import input_size
from model.scales import FUSED, inputs_of, name_for, names_for, passes_of


@dataclass(frozen=True)
class AtScale:
    """An explanation's photo at a scale.

    Attributes:
        row: the explanation
        model: its network
        found: what the network says
    """

    row: ExplanationRow
    model: Model
    found: ScaleLook


@dataclass(frozen=True)
class Offer:
    """A choice, before and after somebody made it.

    Attributes:
        name: of the choice (model/scales.py)
        size: (width, height) of the finest input, in pixels
        grid: where the cells lie on the photo, foretold until it is known; None where there are no maps
        passes: through the network
        estimated_ms: in the network, from the least time of the last photos and the numbers of pixels; None where
            no time is known
        measured_ms: in the network; None where nothing was computed for it
        is_known: whether it is answered without the network
    """

    name: str
    size: tuple[int, int]
    grid: Grid | None
    passes: int
    estimated_ms: float | None
    measured_ms: float | None
    is_known: bool


class Scales:
    """Shows stored photos at other scales; what was said once is kept beside the explanation."""

    def __init__(self, store: Store, explainer: Explainer, seer: Seer, disk: Disk) -> None:
        self._store = store
        self._explainer = explainer
        self._seer = seer
        self._disk = disk

    async def ask(self, request: Request, explanation_id: str, name: str) -> tuple[AtScale, bool]:
        """An explanation's photo at a scale: as it is kept, or computed now and kept.

        Args:
            request: given up when its client leaves, or when it takes too long
            explanation_id: whose photo
            name: of the choice

        Returns:
            the answer, and whether it is new

        Raises:
            AppError, ModelError: 404, 429, 503, 504, 507
        """
        started = time.perf_counter()
        row, model = await run_in_threadpool(self._subject, explanation_id)
        name = name_for(model.spec.preprocessing, name)
        found = await run_in_threadpool(self._kept, row, name)
        if found is not None:
            return AtScale(row, model, found), False
        self._disk.require_room()
        subject = await run_in_threadpool(self._seer.find, explanation_id)
        passes = passes_of(model.spec.preprocessing, name)
        seen = await self._seer.see(request, subject, partial(inputs_of, passes))
        found = await run_in_threadpool(self._put_together, subject, name, seen, started)
        return AtScale(row, model, found), True

    def find(self, explanation_id: str, name: str) -> AtScale:
        """What is kept. Blocking, like all that follow.

        Raises:
            NotFound: no such explanation, or nobody has asked for this scale yet
        """
        row, model = self._subject(explanation_id)
        name = name_for(model.spec.preprocessing, name)
        found = self._kept(row, name)
        if found is None:
            url = f"{answers.API}/explanations/{row.id}/scales"
            raise NotFound(f"This photo has not been looked at at this scale yet: send a POST to {url} first.")
        return AtScale(row, model, found)

    def cams(self, explanation_id: str, name: str) -> Path:
        """The file with all classes' maps.

        Raises:
            NotFound: as above, or the network has no maps
        """
        known = self.find(explanation_id, name)
        if known.found.look.numbers.maps is None:
            raise NotFound("This network has no exact map, so there is no file of them.")
        own = known.found.look.pixels == UPLOADED
        return self._store.file(known.row.id, CAMS if own else scale_looks.cams_name(known.found.name))

    def draw(self, explanation_id: str, name: str, drawing: Drawing) -> bytes:
        """A map as a PNG file.

        Raises:
            NotFound: as above
            Unusable: no such class
        """
        known = self.find(explanation_id, name)
        look = known.found.look
        if look.grid is None:
            raise NotFound("This network has no exact map, so there is none to draw.")
        photo = self._explainer.file(explanation_id, PHOTO)
        return draw(drawing, look.numbers, known.model, look.grid, photo, answers.size_of(known.row))

    def offers(self, explanation_id: str) -> Sequence[Offer]:
        """The choices there are for an explanation's photo, and what each costs."""
        row, model = self._subject(explanation_id)
        speed = ms_per_pixel(self._store.database, row)
        return [self._offer(row, model, name, speed) for name in names_for(model.spec.preprocessing)]

    def _offer(self, row: ExplanationRow, model: Model, name: str, speed: float | None) -> Offer:
        preprocessing, photo_size = model.spec.preprocessing, answers.size_of(row)
        passes = passes_of(preprocessing, name)
        sizes = [input_size(preprocessing, *photo_size, one.scale) for one in passes]
        pixels = sum(width * height for width, height in sizes)
        found = None if _is_own(row, name) else scale_looks.read(name, partial(self._store.file, row.id))
        measured: float = found.times["forward"] if found else row.timing["forward"] if _is_own(row, name) else 0
        finest = max(sizes)
        return Offer(
            name=name,
            size=finest,
            grid=found.look.grid if found else _foretold(row, model, name, finest),
            passes=len(passes),
            estimated_ms=None if speed is None else speed * pixels,
            measured_ms=measured or None,
            is_known=found is not None or _is_own(row, name),
        )

    def _subject(self, explanation_id: str) -> tuple[ExplanationRow, Model]:
        row = self._store.find(explanation_id)
        return row, self._explainer.network(row.bundle)

    def _kept(self, row: ExplanationRow, name: str) -> ScaleLook | None:
        if _is_own(row, name):
            return scale_looks.own_look(name, row, self._explainer.numbers(row.id))
        return scale_looks.read(name, partial(self._store.file, row.id))

    def _put_together(self, subject: Subject, name: str, seen: Seen, started: float) -> ScaleLook:
        """One answer from all looks, kept; its files are there, or it was not given."""
        row, spec = subject.row, subject.entry.spec
        explained = [answer.explanation for answer in seen.answers]
        scaled = put_together(passes_of(spec.preprocessing, name), explained, spec, answers.size_of(row))
        found = scale_looks.new_look(name, scaled, seen.decode_ms, (time.perf_counter() - started) * 1e3)
        keep_beside(self._store, row.id, scale_looks.files(found))
        return found


def _is_own(row: ExplanationRow, name: str) -> bool:
    """Whether it is the scale that an explanation has itself."""
    return name == f"{row.scale:g}"


def _foretold(row: ExplanationRow, model: Model, name: str, size: tuple[int, int]) -> Grid | None:
    """Where the cells will lie: from the input's sides, and what came of those that are known."""
    geometry = model.spec.grid
    if row.grid is None or geometry is None:
        return None
    rows = row.grid["rows"] + round((size[1] - row.input_height) / geometry.stride_y)
    columns = row.grid["columns"] + round((size[0] - row.input_width) / geometry.stride_x)
    photo_size = answers.size_of(row)
    if name == FUSED:
        return Grid(rows, columns, photo_size[0] / columns, photo_size[1] / rows, 0.0, 0.0)
    return place_grid(geometry, (rows, columns), size, photo_size)
