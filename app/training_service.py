"""All that trainings take while the server runs: opened with it, and closed in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.config import Settings
from app.dataset_store import DatasetStore
from app.datasets import Datasets
from app.job_runner import Runner
from app.registry import Registry
from app.retention import keep_trainings_tidy, tidy_trainings
from app.store import Store
from app.training_child import Command
from app.training_events import Channels
from app.training_offer import training_offer
from app.training_runner import Training
from app.training_store import TrainingStore
from app.trainings import Trainings
from app.uploads import Uploads


@contextlib.asynccontextmanager
async def trainings_open(
    app: FastAPI, settings: Settings, store: Store, registry: Registry, uploads: Uploads, command: Command
) -> AsyncIterator[None]:
    """Give the app its `datasets`, `trainings` and `channels`; at the end, stop what runs, to go on later.

    Where training is not offered, what waits goes on waiting.
    """
    pictures = DatasetStore(store.database, settings)
    kept = TrainingStore(store.database, settings.data_dir)
    runner = Runner(kept, Training(kept, settings, command, training_offer(settings).allowed), settings)
    trainings = Trainings(kept, pictures, registry, runner, settings)
    await run_in_threadpool(tidy_trainings, pictures, kept, settings, store.grace_s)
    async with contextlib.AsyncExitStack() as stack:
        runner.start()
        stack.push_async_callback(run_in_threadpool, runner.close)
        tidying = asyncio.create_task(keep_trainings_tidy(pictures, kept, settings))
        stack.callback(tidying.cancel)
        app.state.datasets = Datasets(pictures, uploads, settings)
        app.state.trainings = trainings
        app.state.channels = Channels()
        stack.callback(app.state.channels.close)
        yield
