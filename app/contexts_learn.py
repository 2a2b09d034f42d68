"""What the rooms to learn in are given: each has a `Frame`, which is the same in all of them, and its own numbers."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Choice, Page


@dataclass(frozen=True)
class Room:
    """A room: its name in addresses, its title, what it claims in one sentence, and where it is."""

    name: str
    title: str
    claim: str
    url: str


@dataclass(frozen=True)
class PhotoChoice:
    """A photo one can take into a room.

    Attributes:
        key: of the photo, in addresses
        title: what it is called
        url: of a small copy
        room_url: the room with it
        chosen: it is the one that is there now
    """

    key: str
    title: str
    url: str
    room_url: str
    chosen: bool


@dataclass(frozen=True)
class RoomPhoto:
    """The photo of a room.

    Attributes:
        key: in addresses
        title: what it is called
        url: of the photo, width x height pixels
        page_url: of its explanation; None of an example
    """

    key: str
    title: str
    url: str
    width: int
    height: int
    page_url: str | None


@dataclass(frozen=True)
class Frame:
    """What all rooms have.

    Attributes:
        room: this one
        photo: that everything is computed for
        examples: photos to choose from
        own: one's own latest ones
        models: networks to choose from
        model: the id of the one that is asked
        others: the other rooms, the next one first
        query: of the photo and the network, for addresses of the API
        accept: kinds of files, as the file input takes them
        refusal: why the photo that was sent from here was not taken; None where none was
    """

    room: Room
    photo: RoomPhoto
    examples: tuple[PhotoChoice, ...]
    own: tuple[PhotoChoice, ...]
    models: tuple[Choice, ...]
    model: str
    others: tuple[Room, ...]
    query: str
    accept: str
    refusal: str | None

    @property
    def beside(self) -> tuple[PhotoChoice, ...]:
        """The photos that are not there now."""
        return tuple(choice for choice in self.examples + self.own if not choice.chosen)

    @property
    def network(self) -> str:
        """The name of the network that is asked."""
        return next(choice.name for choice in self.models if choice.id == self.model)


@dataclass(frozen=True)
class Picture:
    """A picture that the server drew: its address with its bytes inside, its size in pixels, and what it shows."""

    uri: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Grid:
    """A small map to read: its title, and its rows of numbers, each with whether it stands out."""

    title: str
    rows: tuple[tuple[tuple[str, bool], ...], ...]


@dataclass(frozen=True)
class Named:
    """A choice: its value in addresses, and what it is called."""

    value: str
    title: str


@dataclass(frozen=True)
class Card:
    """A room as the lobby shows it, with pictures made a moment ago; none where no network answered."""

    room: Room
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class LobbyPage(Page):
    """All rooms."""

    template: ClassVar[str] = "learn.html"
    cards: tuple[Card, ...]
