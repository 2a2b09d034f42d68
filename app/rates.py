"""How often somebody may ask: counts by address within a minute that slides, in bounded memory."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import TooOften, respond
from app.probes import is_for_anybody

SLOT_S = 5.0
SLOTS = 13
NOTHING = [0] * SLOTS
MOST_ADDRESSES = 20_000
IPV6_NETWORK_BITS = 64  # one customer has at least so many addresses


class Rate:
    """At most so many events in any minute by each key; who has had them waits a minute, and a slot at most.

    Events are counted by slots of some seconds, so a key takes a few numbers; of more keys than are remembered,
    those go that were silent longest. Not for several threads.
    """

    def __init__(
        self, limit: int, most_keys: int = MOST_ADDRESSES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Count nothing yet.

        Args:
            limit: events a minute
            most_keys: that are remembered
            clock: seconds
        """
        self._limit = limit
        self._most_keys = most_keys
        self._clock = clock
        self._counts: OrderedDict[str, tuple[int, list[int]]] = OrderedDict()  # the last slot, and all, oldest first

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._counts)

    def wait_s(self, key: str) -> int:
        """Seconds until one more event may happen, a whole number; 0: now."""
        now = self._clock()
        slot = int(now // SLOT_S)
        counts = self._counted(key, slot)
        surplus = sum(counts) - self._limit
        leaving = (age for age, so_far in enumerate(accumulate(counts)) if so_far > surplus)
        return 0 if surplus < 0 else max(1, math.ceil((slot + 1 + next(leaving)) * SLOT_S - now))

    def add(self, key: str) -> None:
        """Count one event."""
        slot = int(self._clock() // SLOT_S)
        counts = self._counted(key, slot)
        counts[-1] += 1
        self._counts[key] = (slot, counts)
        self._counts.move_to_end(key)
        while len(self._counts) > self._most_keys:
            self._counts.popitem(last=False)

    def _counted(self, key: str, slot: int) -> list[int]:
        """What still counts in a slot: a minute's slots, and the one that the minute began in."""
        last, counts = self._counts.get(key, (slot, NOTHING))
        return [*counts, *NOTHING[: slot - last]][-SLOTS:]


class RateLimit:
    """ASGI: refuse who asks more often than is allowed; probes and static files do not count."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self._app = app
        self._rate = Rate(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http" or is_for_anybody(scope["path"]):
            await self._app(scope, receive, send)
            return
        address = network_of(scope)
        if wait_s := self._rate.wait_s(address):
            refusal = TooOften(wait_s)
            await respond(Request(scope), refusal)(scope, receive, send)
            return
        self._rate.add(address)
        await self._app(scope, receive, send)


def network_of(scope: Scope) -> str:
    """Whom requests are counted by: the client's IPv4 address, or the network of its IPv6 address."""
    client = scope.get("client")
    return _network(client[0][:64]) if client else ""


@lru_cache(4096)
def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
    return str(address)
