"""Server-sent events: what a training says, to all who listen, each from where they were.

    id: 1432               the place in the training's file of events after this one
    event: epoch           the kind; its data is the event of model.runs
    data: {...}

An event `training` has the whole training as data, whenever its state changes; the last one has the place after
the file's end. One poller per training reads
for all of its listeners.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.schemas_trainings import Training
from model.runs import Event, read_events

log = logging.getLogger("camscope.trainings")

LOOK_EVERY_S = 0.3
HEARTBEAT_S = 15.0
RETRY_MS = 2000
MEDIA_TYPE = "text/event-stream"

Find = Callable[[], Training]
Tell = Callable[[Event], Event]


@dataclass(frozen=True, slots=True)
class Message:
    """One event: its place, its kind, its data as one line of JSON."""

    place: int
    kind: str
    data: str

    def encode(self) -> bytes:
        """As it goes over the line."""
        return f"id: {self.place}\nevent: {self.kind}\ndata: {self.data}\n\n".encode()


@dataclass
class _Channel:
    """One training and its listeners."""

    messages: list[Message] = field(default_factory=list)
    place: int = 0
    training: Training | None = None
    version: int = 0
    listeners: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    poller: asyncio.Task[None] | None = None
    broken: bool = False

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to come."""
        return self.training is not None and self.training.state.ended


class Channels:
    """Every training that somebody listens to; lives on the event loop."""

    def __init__(self) -> None:
        self._channels: dict[Path, _Channel] = {}
        self._closing = False

    def close(self) -> None:
        """End all streams: the server stops."""
        self._closing = True
        for channel in self._channels.values():
            _ring(channel)

    async def listen(self, file: Path, find: Find, tell: Tell, after: int) -> AsyncGenerator[bytes]:
        """The events of a training from a place on, until it ends; a comment now and then keeps the line open.

        Args:
            file: of its events
            find: says how it stands; blocking
            tell: makes of an event what its owner may read
            after: the place of the last event that was heard; 0 for all
        """
        channel = self._channels.setdefault(file, _Channel())
        channel.listeners += 1
        if channel.poller is None:
            channel.poller = asyncio.create_task(_poll(channel, file, find, tell))
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            async with aclosing(self._heard(channel, after)) as heard:
                async for piece in heard:
                    yield piece
        finally:
            channel.listeners -= 1
            if not channel.listeners:
                channel.poller.cancel()
                self._channels.pop(file, None)

    async def _heard(self, channel: _Channel, after: int) -> AsyncGenerator[bytes]:
        """Whatever is new, whenever it is."""
        version, told = 0, 0
        while not (self._closing or channel.broken):
            changed = channel.changed
            fresh = [message for message in channel.messages[told:] if message.place > after]
            told = len(channel.messages)
            for message in _worth_telling(fresh):
                yield message.encode()
            if channel.training is not None and version != channel.version:
                version = channel.version
                place = max(after, channel.place) + channel.ended  # beyond the last event: the end was heard
                yield Message(place, "training", channel.training.model_dump_json()).encode()
            if channel.ended and told == len(channel.messages):
                return
            try:
                await asyncio.wait_for(changed.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield b": still here\n\n"


async def _poll(channel: _Channel, file: Path, find: Find, tell: Tell) -> None:
    """Read what is new for all listeners, until the training has ended; where that fails, they may come back."""
    try:
        await _read(channel, file, find, tell)
    except Exception:  # the database cannot be read, or something else that may be well again soon
        log.exception("a training cannot be read; its listeners are sent away")
        channel.broken = True
        _ring(channel)


async def _read(channel: _Channel, file: Path, find: Find, tell: Tell) -> None:
    while not channel.ended:
        training = await run_in_threadpool(find)  # before the events: the last of them are there when it has ended
        events = await run_in_threadpool(lambda: list(read_events(file, channel.place)))
        for event, place in events:
            channel.place = place
            channel.messages.append(Message(place, event.kind, tell(event).model_dump_json()))
        stands = _standing(training)
        is_new = channel.training is None or _standing(channel.training) != stands
        if is_new:
            channel.version += 1
            channel.training = training
        if is_new or events:
            _ring(channel)
        if not channel.ended:
            await asyncio.sleep(LOOK_EVERY_S)


def _standing(training: Training) -> tuple[object, ...]:
    """What of a training no other event tells."""
    return training.state, training.position, training.stopping


def _ring(channel: _Channel) -> None:
    """Wake every listener, once."""
    channel.changed.set()
    channel.changed = asyncio.Event()


def _worth_telling(messages: list[Message]) -> list[Message]:
    """Without progress that is followed by more: who comes late is told where things are, not how they came there."""
    last = len(messages) - 1
    return [one for number, one in enumerate(messages) if one.kind != "progress" or number == last]


class EventStream(Response):
    """An answer that goes on; everything it holds is let go of when its client leaves."""

    media_type = MEDIA_TYPE

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end of the events or of the client's patience (ASGI)."""
        telling = asyncio.create_task(self._tell(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
        finally:
            leaving.cancel()
            telling.cancel()
            await asyncio.gather(telling, leaving, return_exceptions=True)

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._pieces) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
