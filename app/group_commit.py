"""One thread that does together what waits together: the disk is waited for once instead of once each.

Who is alone is served at once; while the disk is busy with some, others gather, and go next.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from app.errors import SHUTTING_DOWN, Busy, NotReady

T = TypeVar("T")
RETRY_AFTER_S = 5
log = logging.getLogger("camscope.store")


class GroupCommit(Generic[T]):
    """A bounded line of items and the thread that works on groups of them, in their order."""

    def __init__(self, work: Callable[[Sequence[T]], Sequence[Exception | None]], most: int, waiting: int) -> None:
        """Start the thread.

        Args:
            work: what to do with a group; what became of each item, None where it went well
            most: items in a group
            waiting: items that may wait for their group
        """
        self._work = work
        self._most = most
        self._places = waiting
        self._waiting: deque[tuple[T, Future[None]]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="store", daemon=True)
        self._thread.start()

    def submit(self, item: T) -> Future[None]:
        """Line up an item.

        Returns:
            done when the item's group is; it raises what went wrong with this item

        Raises:
            Busy: too many wait
            NotReady: closed
        """
        future: Future[None] = Future()
        with self._changed:
            if self._closed:
                raise NotReady(SHUTTING_DOWN)
            if len(self._waiting) >= self._places:
                raise Busy(RETRY_AFTER_S)
            self._waiting.append((item, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Take no more, finish what waits, stop. Blocking."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _take(self) -> list[tuple[T, Future[None]]]:
        """Wait for the next group; none when closed and done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]

    def _serve(self) -> None:
        while self._work_on(self._take()):
            pass  # a group has a method of its own, so that nothing of it is held while the next one is waited for

    def _work_on(self, group: Sequence[tuple[T, Future[None]]]) -> bool:
        """Work on a group, without those whose callers have left; whether there was one."""
        wanted = [(item, future) for item, future in group if future.set_running_or_notify_cancel()]
        if wanted:
            self._settle(wanted)
        return bool(group)

    def _settle(self, group: Sequence[tuple[T, Future[None]]]) -> None:
        """Do the work and answer everybody, whatever happens."""
        try:
            outcomes = list(zip(group, self._work([item for item, _ in group]), strict=True))
        except Exception as error:
            log.exception("a group could not be kept")
            outcomes = [(member, error) for member in group]
        for (_, future), fault in outcomes:
            if fault is None:
                future.set_result(None)
            else:
                future.set_exception(fault)
        faults = [fault for _, fault in outcomes if isinstance(fault, NotReady)]
        if len(faults) == len(outcomes):
            self._refuse_waiting(faults[0])

    def _refuse_waiting(self, fault: NotReady) -> None:
        """Answer those who have waited behind a group that waited in vain: not each of them waits anew."""
        with self._changed:
            waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for _, future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(fault)
