"""Explanations that are due go: by age, by number, and what a crash left behind."""

import asyncio
import logging

from starlette.concurrency import run_in_threadpool

from app.config import Settings
from app.store import Store

log = logging.getLogger("camscope.retention")


def tidy(store: Store, settings: Settings) -> None:
    """Delete what is due now. Blocking."""
    deleted = store.expire(settings.retention_days, settings.retention_count)
    if deleted:
        log.info("%d explanations were due and are deleted", deleted)
    store.sweep()


async def keep_tidy(store: Store, settings: Settings) -> None:
    """Delete what is due, again and again, until cancelled."""
    while True:
        await asyncio.sleep(settings.retention_check_minutes * 60)
        try:
            await run_in_threadpool(tidy, store, settings)
        except Exception:  # whatever it is, the next time may go well
            log.exception("deleting what is due failed; it is tried again")
