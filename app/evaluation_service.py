"""All that evaluations take while the server runs: opened with it, and closed in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.config import Settings
from app.dataset_store import DatasetStore
from app.evaluation_offer import evaluation_offer
from app.evaluation_runner import Evaluating, EvaluationCommand
from app.evaluation_store import EvaluationStore
from app.evaluations import Evaluations
from app.job_runner import Runner
from app.registry import Registry
from app.retention import keep_evaluations_tidy, tidy_evaluations
from app.store import Store


@contextlib.asynccontextmanager
async def evaluations_open(
    app: FastAPI, settings: Settings, store: Store, registry: Registry, command: EvaluationCommand
) -> AsyncIterator[None]:
    """Give the app its `evaluations`; at the end, stop what runs, to go on later."""
    kept = EvaluationStore(store.database, settings.data_dir)
    runner = Runner(kept, Evaluating(kept, settings, command, evaluation_offer(settings).allowed), settings)
    app.state.evaluations = Evaluations(kept, DatasetStore(store.database, settings), registry, runner, settings)
    await run_in_threadpool(tidy_evaluations, kept, settings, store.grace_s)
    async with contextlib.AsyncExitStack() as stack:
        runner.start()
        stack.push_async_callback(run_in_threadpool, runner.close)
        tidying = asyncio.create_task(keep_evaluations_tidy(kept, settings))
        stack.callback(tidying.cancel)
        yield
