"""The use-case of the rooms to learn in: any photo, one of the examples or one's own, before any network there is.

Everything a room shows is computed when it is asked for.
"""

from collections.abc import Callable
from functools import partial

from fastapi import Request

from app.errors import NotReady, Unusable
from app.examples import examples
from app.insides import Insides
from app.learn_visit import Picked, Visit, example_photo
from app.registry import Entry, Registry
from app.rows import ExplanationRow
from app.seeing import Seer
from app.shared_answers import SharedAnswers
from app.store import Store
from model.photos import Photo


class Learning:
    """Finds what a room is to show."""

    def __init__(self, store: Store, registry: Registry, seer: Seer, insides: Insides, shared: SharedAnswers) -> None:
        self._store = store
        self._registry = registry
        self._seer = seer
        self._insides = insides
        self._shared = shared

    def visit(self, request: Request, photo: str = "", model: str = "") -> Visit:
        """The photo and the network of an address, to be asked about. Blocking.

        Args:
            request: of the visitor
            photo: an example's name or an explanation's id; default the first example
            model: a bundle's id or name; default the one that explained the photo, else the server's first

        Raises:
            NotFound: there is no such photo
            Unusable: there is no such network
            NotReady: there is none at all
        """
        return Visit(
            request, self._pick(photo, model), self._registry, self._seer, self._insides, self._shared, self._find
        )

    def _pick(self, photo: str, model: str) -> Picked:
        example = next((one for one in examples() if one.name == (photo or one.name)), None)
        if example is not None:
            return Picked(example.name, self._registry.find(model or None), self._find(example.name), example=example)
        row = self._store.find(photo)
        return Picked(row.id, self._entry(model, row), partial(self._seer.photo, row), row=row)

    def _find(self, photo: str) -> Callable[[], Photo]:
        if any(one.name == photo for one in examples()):
            return partial(example_photo, photo)
        return partial(self._seer.photo, self._store.find(photo))

    def _entry(self, model: str, row: ExplanationRow) -> Entry:
        if model:
            return self._registry.find(model)
        try:
            return self._registry.find(row.bundle_id)
        except (Unusable, NotReady):
            return self._registry.find(None)
