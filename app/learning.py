"""The use-case of the rooms to learn in: any photo, one of the examples or one's own, before any network there is.

Everything a room shows is computed when it is asked for, through the queue that all photos go through.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fastapi import Request

from app.contexts import Example
from app.copies import ANY_SIZE
from app.errors import NotReady, Unusable
from app.examples import examples, read_example
from app.insides import Inside, Insides, inside_of
from app.passes import Explains
from app.registry import Entry, Registry
from app.rows import ExplanationRow
from app.seeing import Opened, Seen, Seer, Trim, Views
from app.store import Store
from model.photos import Photo, read_photo
from model.scales import Pass, inputs_of

AS_IT_IS: Views = partial(inputs_of, (Pass(1),))


@dataclass(frozen=True)
class Picked:
    """A photo and the network that is to see it.

    Attributes:
        key: of the photo, in addresses: an example's name, or an explanation's id
        entry: the network
        read: decodes the photo; blocking
        example: where it is one
        row: where it is an explanation's
    """

    key: str
    entry: Entry
    read: Callable[[], Photo]
    example: Example | None = None
    row: ExplanationRow | None = None


class Learning:
    """Finds what a room is to show, and asks networks about it."""

    def __init__(self, store: Store, registry: Registry, seer: Seer, insides: Insides) -> None:
        self._store = store
        self._registry = registry
        self._seer = seer
        self._insides = insides

    def pick(self, photo: str = "", model: str = "") -> Picked:
        """The photo and the network of an address. Blocking.

        Args:
            photo: an example's name or an explanation's id; default the first example
            model: a bundle's id or name; default the one that explained the photo, else the server's first

        Raises:
            NotFound: there is no such photo
            Unusable: there is no such network
            NotReady: there is none at all
        """
        example = next((one for one in examples() if one.name == (photo or one.name)), None)
        if example is not None:
            entry = self._registry.find(model or None)
            return Picked(example.name, entry, partial(_read_example, example.name), example=example)
        row = self._store.find(photo)
        return Picked(row.id, self._entry(model, row), partial(self._seer.photo, row), row=row)

    async def see(
        self, request: Request, picked: Picked, views: Views = AS_IT_IS, trim: Trim = lambda answer: answer
    ) -> Seen:
        """Have the network see the photo, or views of it.

        Raises:
            AppError, ModelError: 404, 429, 503, 504
        """
        return await self._seer.show(request, self._opening(picked, self._open), views, trim)

    async def look_inside(
        self, request: Request, picked: Picked, views: Views = AS_IT_IS, trim: Trim = lambda answer: answer
    ) -> list[Inside]:
        """The same, with what the network's layers gave for each view.

        Raises:
            AppError, ModelError: 404, 429, 503, 504
        """
        seen = await self._seer.show(request, self._opening(picked, self._insides.open), views, trim)
        return [inside_of(answer) for answer in seen.answers]

    def _open(self, entry: Entry) -> Explains:
        return self._registry.classifier(entry).with_features()

    def _opening(self, picked: Picked, network: Callable[[Entry], Explains]) -> Opened:
        return lambda: (network(picked.entry), picked.read())

    def _entry(self, model: str, row: ExplanationRow) -> Entry:
        if model:
            return self._registry.find(model)
        try:
            return self._registry.find(row.bundle_id)
        except (Unusable, NotReady):
            return self._registry.find(None)


def _read_example(name: str) -> Photo:
    return read_photo(read_example(name), ANY_SIZE)
