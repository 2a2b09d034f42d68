"""A visit to a room: a photo before a network, asked about through the queue that all photos go through."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from fastapi import Request

from app.contexts import Example
from app.copies import ANY_SIZE
from app.examples import examples, read_example
from app.insides import Inside, Insides, inside_of
from app.passes import Explains
from app.registry import Entry, Registry
from app.rows import ExplanationRow
from app.seeing import Seen, Seer, Trim, Views
from model.bundle import Bundle
from model.classifier import Explanation
from model.photos import Photo, read_photo
from model.preprocess import Prepared
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


@dataclass(frozen=True)
class Looked:
    """What a network saw, and what it said of it."""

    input: Prepared
    answer: Explanation


@dataclass(frozen=True)
class Visit:
    """Who asks, what about, and the parts of the server that answer.

    Attributes:
        request: given up when its client leaves, or when it takes too long
        picked: the photo and the network
        registry: has the network
        seer: shows it photos
        insides: opens it to look into
        find: what decodes another photo, by its key; both blocking, and NotFound where there is no such photo
    """

    request: Request
    picked: Picked
    registry: Registry
    seer: Seer
    insides: Insides
    find: Callable[[str], Callable[[], Photo]]

    @property
    def exact(self) -> bool:
        """Whether the network keeps the location of what it finds."""
        return self.picked.entry.spec.exact

    def head(self) -> Bundle:
        """The network's bundle, for what its head has learned; loads it where it is not open. Blocking.

        Raises:
            BundleError: it is refused; the message says why
        """
        return self.registry.classifier(self.picked.entry).bundle

    async def see(self, views: Views = AS_IT_IS, trim: Trim = lambda answer: answer) -> Seen:
        """Have the network see the photo, or views of it.

        Raises:
            AppError, ModelError: 404, 429, 503, 504
        """
        return await self._show(lambda entry: self.registry.classifier(entry).with_features(), views, trim)

    async def look(self, views: Views = AS_IT_IS) -> list[Looked]:
        """The same, with what the network saw: each view and its answer.

        Raises:
            AppError, ModelError: 404, 429, 503, 504
        """
        shown: list[Prepared] = []

        def noting(network: Explains, photo: Photo) -> Iterator[Prepared]:
            for one in views(network, photo):
                shown.append(one)
                yield one

        seen = await self.see(noting)
        return [Looked(one, answer.explanation) for one, answer in zip(shown, seen.answers, strict=True)]

    async def look_inside(self, views: Views = AS_IT_IS) -> list[Inside]:
        """The same, with what the network's layers gave for each view.

        Raises:
            AppError, ModelError: 404, 429, 503, 504
        """
        seen = await self._show(self.insides.open, views, lambda answer: answer)
        return [inside_of(answer) for answer in seen.answers]

    async def _show(self, network: Callable[[Entry], Explains], views: Views, trim: Trim) -> Seen:
        picked = self.picked
        return await self.seer.show(self.request, lambda: (network(picked.entry), picked.read()), views, trim)


def example_photo(name: str) -> Photo:
    """An example, decoded. Blocking."""
    return read_photo(read_example(name), ANY_SIZE)


def others(picked: Picked) -> tuple[str, ...]:
    """The examples that are not the photo."""
    own = None if picked.example is None else picked.example.name
    return tuple(example.name for example in examples() if example.name != own)
