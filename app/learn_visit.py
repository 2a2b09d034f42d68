"""A visit to a room: a photo before a network, asked about through the queue that all photos go through."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from fastapi import Request
from starlette.types import Message

from app.contexts import Example
from app.copies import ANY_SIZE
from app.disconnects import unless_gone
from app.examples import read_example
from app.insides import Inside, Insides, inside_of
from app.languages import language
from app.passes import Answer, Explains
from app.registry import Entry, Registry
from app.rows import ExplanationRow
from app.seeing import Seen, Seer, Trim, Views
from app.shared_answers import SharedAnswers
from model.bundle import Bundle
from model.classifier import Explanation
from model.photos import Photo, read_photo
from model.preprocess import Prepared
from model.scales import Pass, inputs_of
from model.taps import Tap

P = ParamSpec("P")
T = TypeVar("T")

Wanted = Callable[[Sequence[Tap]], Sequence[Tap]]
"""Which of a network's layers are looked at."""

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
        shared: answers that others have asked for, or ask for now
        find: what decodes another photo, by its key; both blocking, and NotFound where there is no such photo
    """

    request: Request
    picked: Picked
    registry: Registry
    seer: Seer
    insides: Insides
    shared: SharedAnswers
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

    async def once(self, asked: Hashable, answer: "Callable[[Visit], Awaitable[T]]") -> T:
        """An answer that all who ask the same of this photo and this network share.

        Args:
            asked: beside the photo, the network and the language
            answer: makes it, for a visit of its own, which goes on when this client leaves and others wait

        Raises:
            AppError, ModelError: the client left, and what `answer` raises
        """
        question = (self.picked.key, self.picked.entry.id, language(), asked)
        apart = replace(self, request=Request(self.request.scope, _stays))
        return await unless_gone(self.request, self.shared.ask(question, lambda: answer(apart)))

    async def look(self, views: Views = AS_IT_IS) -> list[Looked]:
        """The same, with what the network saw: each view and its answer.

        Raises:
            AppError, ModelError: 404, 429, 503, 504
        """
        return await (self.once("look", Visit._look) if views is AS_IT_IS else self._look(views))

    async def _look(self, views: Views = AS_IT_IS) -> list[Looked]:
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
        return await (self.once("inside", Visit._look_inside) if views is AS_IT_IS else self._look_inside(views))

    async def _look_inside(self, views: Views = AS_IT_IS) -> list[Inside]:
        seen = await self._show(self.insides.open, views, lambda answer: answer)
        return [inside_of(answer) for answer in seen.answers]

    async def watch_inside(self, views: Views, wanted: Wanted, note: Callable[[int, Inside], T]) -> list[T]:
        """What is noted of some layers for many views: their maps are let go one after the other.

        Args:
            views: makes what the network is to see
            wanted: which of the layers are looked at
            note: called with the number of each view, from 0, and its answer, in that order, in some thread

        Raises:
            AppError, ModelError: 404, 429, 503, 504
        """
        noted: list[T] = []

        def trim(answer: Answer) -> Answer:
            inside = inside_of(answer)
            noted.append(note(len(noted), inside))
            return replace(answer, explanation=replace(inside, maps=None, features=None, activations=()))

        await self._show(lambda entry: self.insides.open(entry).only(wanted), views, trim)
        return noted

    async def _show(self, network: Callable[[Entry], Explains], views: Views, trim: Trim) -> Seen:
        picked = self.picked
        return await self.seer.show(self.request, lambda: (network(picked.entry), picked.read()), views, trim)


def asked_once(
    work: Callable[Concatenate[Visit, P], Awaitable[T]],
) -> Callable[Concatenate[Visit, P], Awaitable[T]]:
    """Have all who ask the same of one photo and one network share what comes of it; the arguments are hashable."""

    @wraps(work)
    def shared(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        asked = (work.__module__, work.__qualname__, args, tuple(sorted(kwargs.items())))
        return visit.once(asked, lambda apart: work(apart, *args, **kwargs))

    return shared


async def _stays() -> Message:
    """What comes of a client that never leaves."""
    await asyncio.Event().wait()
    raise AssertionError


def example_photo(name: str) -> Photo:
    """An example, decoded. Blocking."""
    return read_photo(read_example(name), ANY_SIZE)
