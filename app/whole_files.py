"""ASGI: files are sent whole, or not at all."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PARTIAL = (b"range", b"if-range")


class WholeFiles:
    """Take no notice of Range, as HTTP allows: no file here is large, and a wrong range has no answer of ours.

    An answer begins when its file has been opened; where that fails, another can still be given.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] == "http":
            scope["headers"] = [header for header in scope["headers"] if header[0] not in PARTIAL]

        held: Message | None = None

        async def whole(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "accept-ranges" in headers:
                    headers["accept-ranges"] = "none"
                    held = message
                    return
            elif held is not None:
                begun, held = held, None
                await send(begun)
            await send(message)

        await self._app(scope, receive, whole)
