"""Work that is given up when nobody waits for it any more."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from fastapi import Request

from app.errors import GivenUp, Gone

T = TypeVar("T")


async def unless_gone(request: Request, work: Awaitable[T], limit_s: float | None = None) -> T:
    """The work's result; when the client leaves first or it takes too long, the work is cancelled.

    Args:
        request: its body has been read
        work: what the client waits for
        limit_s: how many seconds it may take

    Raises:
        Gone: the client left
        GivenUp: it took longer
    """
    task = asyncio.ensure_future(work)
    watcher = asyncio.create_task(_disconnect(request))
    try:
        done, _ = await asyncio.wait({task, watcher}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise Gone if done else GivenUp
    finally:
        watcher.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _disconnect(request: Request) -> None:
    """Return when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
