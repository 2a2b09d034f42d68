"""ASGI: HEAD is GET without the body, at every address."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Answer HEAD by what GET would say, and leave the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        answered = asyncio.Event()

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                if answered.is_set():
                    return
                answered.set()  # a body that comes in pieces, maybe for ever, is not waited for
                message = {**message, "body": b"", "more_body": False}
            await send(message)

        async def until_answered() -> Message:
            if answered.is_set():
                return {"type": "http.disconnect"}
            heard = asyncio.ensure_future(receive())
            said = asyncio.ensure_future(answered.wait())
            try:
                await asyncio.wait({heard, said}, return_when=asyncio.FIRST_COMPLETED)
                return heard.result() if heard.done() else {"type": "http.disconnect"}
            finally:
                heard.cancel()
                said.cancel()

        try:
            await self._app(asked, until_answered, bodiless)
        finally:
            scope.update({name: asked[name] for name in ("route",) if name in asked})
