"""Whether a photo would be answered and kept now: tried, not assumed.

The trial costs a pass through the network and a write that the disk is waited for. So one serves all who ask
meanwhile, its outcome holds for some seconds, and one that hangs is waited for no longer than its deadline: there is
never more than one thread.
"""

import asyncio
import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass

from app.batching import STALLED, InferenceQueue
from app.disk import LOW, Disk
from app.errors import SHUTTING_DOWN, AppError, NotReady
from app.registry import Registry
from app.store import Store
from model.errors import ModelError

GOOD_FOR_S = 10.0
BAD_FOR_S = 1.0
DEADLINE_S = 4.0
WRONG_ANSWER = "The model does not answer its probe rightly; the log says why."
NO_ANSWER = "The server does not answer its own probe in time; the network or the disk may hang."
UNEXPLAINED = "The server does not pass its own check; the log says why."

log = logging.getLogger("camscope.ready")


@dataclass(frozen=True)
class _Verdict:
    """What a trial has shown: why the server is not ready, for everybody and for the log; None where it is."""

    reason: str | None = None
    cause: Exception | None = None


class Readiness:
    """Used in one event loop; nothing it does there blocks.

    Attributes:
        last: 1 where the last check found it ready, 0 where not; not a number before the first
    """

    def __init__(self, registry: Registry, store: Store, disk: Disk, queue: InferenceQueue) -> None:
        """Tell from these parts.

        Args:
            registry: has the default model, which must be loaded and answer its built-in probe
            store: its database must take a write
            disk: must have more room than its reserve
            queue: its passes must come back
        """
        self._registry = registry
        self._store = store
        self._disk = disk
        self._queue = queue
        self._stopped = False
        self._trial: Future[None] | None = None
        self._verdict, self._holds_until = _Verdict(), 0.0
        self.last = float("nan")
        self._told: str | None = None  # the reason that was logged last

    def stop(self) -> None:
        """Be ready no more: the server is about to end."""
        self._stopped = True

    async def check(self) -> None:
        """Return where a photo would be answered and kept.

        Raises:
            NotReady: with the reason
        """
        verdict = await self._now()
        self.last = float(verdict.reason is None)
        if verdict.reason != self._told:
            self._told = verdict.reason
            log.warning("not ready: %s", verdict.cause or verdict.reason) if verdict.reason else log.info("ready")
        if verdict.reason is not None:
            raise NotReady(verdict.reason) from verdict.cause

    async def _now(self) -> _Verdict:
        if self._stopped:
            return _Verdict(SHUTTING_DOWN)
        if self._queue.stalled:
            return _Verdict(STALLED)
        if self._disk.is_low:
            return _Verdict(LOW)
        if time.monotonic() >= self._holds_until:
            try:
                await asyncio.wait_for(asyncio.wrap_future(self._begun()), DEADLINE_S)
            except TimeoutError:
                return _Verdict(NO_ANSWER)
        return self._verdict

    def _begun(self) -> Future[None]:
        """The trial under way; a new one where there is none."""
        if self._trial is None or self._trial.done():
            self._trial = Future()
            self._trial.set_running_or_notify_cancel()  # who stops waiting for it takes it from nobody
            threading.Thread(target=self._try, args=[self._trial], name="readiness", daemon=True).start()
        return self._trial

    def _try(self, trial: Future[None]) -> None:
        self._verdict = self._tried()
        self._holds_until = time.monotonic() + (BAD_FOR_S if self._verdict.reason else GOOD_FOR_S)
        trial.set_result(None)

    def _tried(self) -> _Verdict:
        try:
            self._store.count()
            self._store.database.check_writable()
            self._registry.classifier(self._registry.find(None)).probe()
        except AppError as error:
            return _Verdict(error.detail, error.__cause__ if isinstance(error.__cause__, Exception) else None)
        except ModelError as error:
            return _Verdict(WRONG_ANSWER, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the server is not ready
            return _Verdict(UNEXPLAINED, error)
        return _Verdict()
