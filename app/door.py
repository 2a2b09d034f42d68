"""What may come in, told by a request's header alone: before its body, and before the app is asked."""

from ipaddress import ip_address, ip_network
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from app.access import Access
from app.admission import Admission, takes_photo
from app.config import Settings
from app.connections import Connection, Connections
from app.errors import Busy, Overloaded, wants_page
from app.phases import announced_bytes
from app.probes import PROBES
from app.rates import network_of
from app.security import is_cross_site

SMALL_BODY_BYTES = 64 * 1024
OVERLOADED_S = 5


class _Route(NamedTuple):
    """What the log and the numbers call the address of a request that no router has seen."""

    path: str


class Door:
    """Who is let in, and with what; strangers are left to the app, which refuses them without reading their bodies."""

    def __init__(
        self, settings: Settings, connections: Connections, admission: Admission, access: Access | None
    ) -> None:
        """Watch it.

        Args:
            settings: which proxies are in front
            connections: all of the server's
            admission: to the queue
            access: what the app asks for; None: everybody may come
        """
        self._connections = connections
        self._admission = admission
        self._access = access
        self._proxies = tuple(map(ip_network, settings.trusted_proxies))

    def admit(self, connection: Connection, scope: Scope, now: float, *, may_ask: bool) -> None:
        """Let a request in, a photo with a reservation; what is to be refused by a page is let in to get it.

        Args:
            connection: that it came by
            scope: of the request
            now: by the loop's clock
            may_ask: whether the connection may ask for more than probes

        Raises:
            Overloaded: too many connections
            Busy: no place in the queue, or too many uploads
        """
        if not may_ask and scope["path"] not in PROBES:
            raise Overloaded(OVERLOADED_S)
        is_photo, is_upload = takes_photo(scope), announced_bytes(scope["headers"]) > SMALL_BODY_BYTES
        if not (is_photo or is_upload) or self._is_strange(scope):
            return
        if is_photo:
            scope["route"] = _Route(scope["path"])
            self._admission.admit(scope, may_draw=wants_page(Request(scope)))
        if is_upload and not self._connections.receives(connection, now):
            self._admission.turn_away(scope)
            raise Busy(1, "Too many uploads are coming in; try again in {seconds} s.")

    def is_proxy(self, scope: Scope) -> bool:
        """Whether a request comes from a proxy that the settings name: many people share its connections."""
        if not (self._proxies and scope.get("client")):
            return False
        try:
            address = ip_address(scope["client"][0])
        except ValueError:
            return False
        return any(address in network for network in self._proxies)

    def _is_strange(self, scope: Scope) -> bool:
        """Whether the app will refuse it anyway, so that it must not take anything from others."""
        headers = Headers(scope=scope)
        if is_cross_site(headers):
            return True
        if self._access is None:
            return False
        # Behind a proxy guesses are counted by an address that is not looked for here: only sessions are believed.
        return not self._access.knows(headers, None if self.is_proxy(scope) else network_of(scope))
