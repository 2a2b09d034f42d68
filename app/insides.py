"""Networks that also tell what their layers give: one is kept open beside those that answer, while somebody looks.

They go through the same queue as every other pass. The answer is the network's own; the layers' maps come from a
second session over the same graph (model/taps.py), one pass more.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np

from app.passes import Answer, Explains
from app.registry import Entry, Registry
from model.bundle import Bundle, read_bundle
from model.cam import Array
from model.classifier import Explanation
from model.photos import Photo, PhotoFile, Pixels
from model.preprocess import Prepared
from model.spec import ModelSpec
from model.taps import Tap, TappedNetwork

IDLE_S = 300.0
LOOK_EVERY_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Inside(Explanation):
    """What a network said about a photo, and what its layers gave on the way.

    Attributes:
        taps: the layers, in the order of a forward pass
        activations: what each gave, (C, rows, columns)
        pixels: what the network saw, (height, width, 3), 8 bits
        photo_size: (width, height) of the photo that the cells are laid on
    """

    taps: tuple[Tap, ...]
    activations: tuple[Array, ...]
    pixels: Pixels
    photo_size: tuple[int, int]

    @property
    def layers(self) -> tuple[tuple[str, int], ...]:
        """Name and number of maps of each layer."""
        return tuple((tap.name, tap.channels) for tap in self.taps)


def inside_of(answer: Answer) -> Inside:
    """An answer of a network that was looked into.

    Raises:
        TypeError: it was not
    """
    if not isinstance(answer.explanation, Inside):
        raise TypeError("the network was not looked into")
    return answer.explanation


class Tapped:
    """A classifier that is looked into; otherwise it is the one it is given."""

    def __init__(self, classifier: Explains, network: TappedNetwork, taps: tuple[Tap, ...] | None = None) -> None:
        self._classifier = classifier
        self._network = network
        self._taps = network.taps if taps is None else taps

    def only(self, wanted: Callable[[Sequence[Tap]], Sequence[Tap]]) -> "Tapped":
        """The same, looked into at some of its layers, which is as much quicker."""
        return Tapped(self._classifier, self._network, tuple(wanted(self._taps)))

    @property
    def bundle(self) -> Bundle:
        """Where it comes from."""
        return self._classifier.bundle

    @property
    def spec(self) -> ModelSpec:
        """What its outputs mean."""
        return self._classifier.spec

    @property
    def provider(self) -> str:
        """ONNX Runtime's name for what runs it."""
        return self._classifier.provider

    def with_features(self) -> Explains:
        """The same network."""
        return self

    def prepare(self, photo: Photo | PhotoFile, scale: float = 1, alone: bool = False) -> Prepared:
        """Bring a photo to the size the network is to see."""
        return self._classifier.prepare(photo, scale, alone)

    def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
        """Explain inputs of one shape, each as an `Inside`."""
        explained = self._classifier.answer(batch, alone)
        values = self._network.run(np.stack([one.pixels for one in batch]), self._taps)
        return [
            Inside(
                **{part.name: getattr(one, part.name) for part in fields(Explanation)},
                taps=self._taps,
                activations=tuple(value[at] for value in values),
                pixels=batch[at].pixels,
                photo_size=batch[at].photo_size,
            )
            for at, one in enumerate(explained)
        ]

    def probe(self) -> None:
        """Answer the built-in probe."""
        self._classifier.probe()


@dataclass
class _Kept:
    """The network that is open, and when it was last asked for."""

    id: str
    tapped: Tapped
    asked: float


class Insides:
    """Opens networks to look into; keeps the last one, and lets it go once nobody has looked for a while."""

    def __init__(self, registry: Registry, clock: Callable[[], float] = time.monotonic) -> None:
        self._registry = registry
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def open(self, entry: Entry) -> Tapped:
        """A bundle's network to look into. Blocking.

        Raises:
            BundleError: it is refused, or cannot be looked into; the message says why
        """
        classifier = self._registry.classifier(entry).with_features()
        with self._lock:
            if self._kept is None or self._kept.id != entry.id:
                self._kept = None  # before the next one is loaded
                tapped = Tapped(classifier, TappedNetwork(read_bundle(entry.path)))
                self._kept = _Kept(entry.id, tapped, self._clock())
            self._kept.asked = self._clock()
            return self._kept.tapped

    @property
    def is_open(self) -> bool:
        """Whether one is kept."""
        return self._kept is not None

    def close_idle(self) -> None:
        """Let go of the network that nobody has looked into for a while."""
        with self._lock:
            if self._kept is not None and self._clock() - self._kept.asked >= IDLE_S:
                self._kept = None


class Closes(Protocol):
    """Keeps something open for those who come again soon."""

    def close_idle(self) -> None:
        """Let go of what nobody has asked for in a while."""


async def keep_closing(*keepers: Closes) -> None:
    """Close what is idle, again and again, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        for keeper in keepers:
            keeper.close_idle()
