"""Explanations that are due go: by age, by number, by the room they take, and what a crash left behind."""

import asyncio
import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from app.config import Settings
from app.dataset_store import DatasetStore
from app.evaluation_store import EvaluationStore
from app.store import ORPHAN_GRACE_S, Store
from app.training_store import TrainingStore

log = logging.getLogger("camscope.retention")


def tidy(store: Store, settings: Settings, swept: bool = False) -> None:
    """Delete what is due now, and what is left of that which anybody has deleted. Blocking.

    What fails keeps nothing else from being tried: a full disk needs all the room that can be made.

    Args:
        store: what is tidied
        settings: say what is due
        swept: the store has just been opened, which looked through all folders already

    Raises:
        Exception: what failed first
    """
    faults: list[Exception] = []
    for step in (
        lambda: _expire(store, settings.retention_days, settings.retention_count),
        store.measure,
        lambda: _expire(store, size=settings.retention_bytes),
        *(() if swept else (store.sweep,)),
        store.database.clear_log,
    ):
        try:
            step()
        except Exception as error:  # noqa: BLE001 - it is raised again below
            faults.append(error)
    if faults:
        raise faults[0]


def _expire(store: Store, days: float = 0, count: int = 0, size: int = 0) -> None:
    deleted = store.expire(days, count, size)
    if deleted:
        log.info("%d explanations were due and are deleted", deleted)


def tidy_trainings(
    datasets: DatasetStore, trainings: TrainingStore, settings: Settings, grace_s: float = ORPHAN_GRACE_S
) -> None:
    """Delete pictures to train on that nobody has used for long, and what a crash left, older than some seconds."""
    deleted = datasets.expire(settings.dataset_retention_days)
    if deleted:
        log.info("%d sets of pictures to train on were due and are deleted", deleted)
    datasets.sweep(grace_s)
    trainings.sweep(grace_s)


def tidy_evaluations(evaluations: EvaluationStore, settings: Settings, grace_s: float = ORPHAN_GRACE_S) -> None:
    """Delete evaluations that are due, and what a crash left, older than some seconds."""
    deleted = evaluations.expire(settings.retention_days)
    if deleted:
        log.info("%d evaluations were due and are deleted", deleted)
    evaluations.sweep(grace_s)
    evaluations.measure()


async def keep_evaluations_tidy(evaluations: EvaluationStore, settings: Settings) -> None:
    """Delete evaluations that are due, again and again, until cancelled."""
    await _again_and_again(settings, lambda: tidy_evaluations(evaluations, settings))


async def keep_tidy(store: Store, settings: Settings) -> None:
    """Delete explanations that are due, again and again, until cancelled."""
    await _again_and_again(settings, lambda: tidy(store, settings))


async def keep_trainings_tidy(datasets: DatasetStore, trainings: TrainingStore, settings: Settings) -> None:
    """Delete pictures to train on that are due, again and again, until cancelled."""
    await _again_and_again(settings, lambda: tidy_trainings(datasets, trainings, settings))


async def _again_and_again(settings: Settings, work: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(settings.retention_check_minutes * 60)
        try:
            await run_in_threadpool(work)
        except Exception:  # whatever it is, the next time may go well
            log.exception("deleting what is due failed; it is tried again")
