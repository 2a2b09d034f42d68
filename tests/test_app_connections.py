"""Who has to go when there are too many connections, and how many there may be."""

import asyncio
from collections.abc import Iterator

import pytest

from app import connections
from app.config import Settings
from app.connections import Connections
from app.errors import StartError

LONG_S = 60.0


class Client:
    """A connection that is as idle or slow as the test says."""

    def __init__(self, idle_s: float = 0.0, pace: float = float("inf")) -> None:
        self._idle_s, self._pace = idle_s, pace
        self.told: list[str] = []

    def check(self, now: float) -> None: ...

    def idle_s(self, now: float) -> float:
        return self._idle_s

    def pace(self, now: float) -> float:
        return self._pace

    def listen(self) -> None: ...

    def leave(self) -> None:
        self.told.append("leave")

    def give_up(self) -> None:
        self.told.append("give up")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def two(settings: Settings) -> Connections:
    return Connections(settings.model_copy(update={"max_connections": 2}))


def test_the_reserve_is_no_way_in_and_its_oldest_goes_for_a_newcomer(
    settings: Settings, loop: asyncio.AbstractEventLoop
) -> None:
    kept = two(settings)
    busy = [Client(), Client()]
    for one in busy:
        assert kept.opened(one, loop)
        kept.asks(one)
    crowd = [Client(idle_s=LONG_S) for _ in range(3 * connections.RESERVE)]
    for number, one in enumerate(crowd):
        assert not kept.opened(one, loop)
        if number % 2:
            kept.asks(one)
            kept.rests(one)
    assert [one.told for one in busy] == [[], []]
    assert [one.told for one in crowd] == [["leave"]] * (2 * connections.RESERVE) + [[]] * connections.RESERVE
    kept.closed(busy[0])
    assert kept.opened(Client(), loop)


def test_the_slowest_body_makes_room_of_whatever_size_it_is(
    settings: Settings, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOOK_S", 0.0)
    kept = two(settings)
    quick, slow, newcomer = Client(pace=1e6), Client(pace=3.0), Client()
    for one in (quick, slow):
        assert kept.opened(one, loop)
        kept.asks(one)
    assert kept.opened(newcomer, loop)
    kept.asks(newcomer)
    assert not kept.opened(Client(), loop)
    assert (quick.told, slow.told) == ([], ["give up"])


def test_of_those_on_their_way_out_only_so_many_are_waited_for(
    settings: Settings, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOOK_S", 0.0)
    monkeypatch.setattr(connections, "RESERVE", 1)
    kept = two(settings)
    crowd = [Client(pace=float(number)) for number in range(5)]
    for one in crowd:
        assert kept.opened(one, loop)
        kept.asks(one)
    assert sum(one.told == ["give up", "leave"] for one in crowd) == 2
    assert sum(one.told == ["give up"] for one in crowd) == 1


def test_few_files_are_said_and_too_few_are_no_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connections.resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(connections.resource, "getrlimit", lambda _: (1024, 1024))
    assert Connections(settings).most == 352
    assert "at most 352 connections instead of 4096" in caplog.text
    monkeypatch.setattr(connections.resource, "getrlimit", lambda _: (256, 256))
    with pytest.raises(StartError, match="256 files"):
        Connections(settings)
