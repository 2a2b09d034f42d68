"""The web app, built in a function: `uvicorn --factory app.main:create_app`."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from app import (
    api,
    api_channels,
    api_compare,
    api_counterfactual,
    api_datasets,
    api_evaluation_pictures,
    api_evaluations,
    api_exports,
    api_learn,
    api_learn_global_pooling,
    api_learn_location,
    api_learn_translation,
    api_models,
    api_panels,
    api_regions,
    api_scales,
    api_trainings,
    docs,
    health,
    modules,
    pages,
    pages_compare,
    pages_evaluated,
    pages_evaluations,
    pages_explanation,
    pages_language,
    pages_learn,
    pages_login,
    pages_models,
    pages_panels,
    pages_photos,
    pages_train,
    refusals,
)
from app.access import access_of
from app.admission import Admission
from app.backup import clear_drafts
from app.batch_size import measured
from app.batching import InferenceQueue, watch
from app.channel_accounts import ChannelAccounts
from app.comparing import Comparer
from app.config import Settings, unknown_variables
from app.counterfactuals import Alterer
from app.disk import Disk, keep_watch
from app.evaluation_runner import EvaluationCommand, evaluate_command
from app.evaluation_service import evaluations_open
from app.explanations import Explainer
from app.holdings import Holdings
from app.insides import Insides, keep_closing
from app.layout import plan
from app.learning import Learning
from app.limits import MAX_FIELD_BYTES, MAX_FIELDS
from app.logs import tell_start
from app.metrics import Metrics
from app.middleware import middleware
from app.passes import Explains
from app.paths import STATIC_DIR
from app.readiness import Readiness
from app.registry import Registry
from app.retention import keep_tidy, tidy
from app.scales import Scales
from app.seeing import Seer
from app.shared_answers import SharedAnswers
from app.shelf import Shelf
from app.store import Store
from app.text import read_catalogues
from app.training_child import Command, train_command
from app.training_service import trainings_open
from app.uploads import Uploads, ensure_temporary_folder, slots_of
from app.version import VERSION

log = logging.getLogger("camscope.start")

SUMMARY = "What a convolutional network sees in a photo, and exactly which parts made it say so."
DESCRIPTION = """For every class, a class activation map in logits: `mean(cam) + bias` is the logit, to rounding.

Errors are `application/problem+json` (RFC 9457), in English unless `Camscope-Language` names another. A program
that sends `Camscope-Owner`, a secret of its own choice of 16 to 128 letters, digits, dashes and underscores, finds and
deletes its explanations by it; browsers have a cookie.
Where the server asks for its access token, programs send it as `Authorization: Bearer`.
"""

ROUTERS = (
    api.router,
    api_channels.router,
    api_compare.router,
    api_counterfactual.router,
    api_regions.router,
    api_datasets.router,
    api_evaluations.router,
    api_evaluation_pictures.router,
    api_exports.router,
    api_learn.router,
    api_learn_global_pooling.router,
    api_learn_location.router,
    api_learn_translation.router,
    api_models.router,
    api_scales.router,
    api_panels.router,
    api_trainings.router,
    api.extras,
    modules.router,
    health.router,
    docs.router,
    pages.router,
    pages_compare.router,
    pages_evaluated.router,
    pages_evaluations.router,
    pages_explanation.router,
    pages_language.router,
    pages_learn.router,
    pages_login.router,
    pages_models.router,
    pages_panels.router,
    pages_photos.router,
    pages_train.router,
)


def create_app(
    settings: Settings | None = None,
    classifiers: Sequence[Explains] | None = None,
    command: Command = train_command,
    registry: Registry | None = None,
    store: Store | None = None,
    evaluate: EvaluationCommand = evaluate_command,
) -> FastAPI:
    """Build the app.

    Args:
        settings: default those of the environment
        classifiers: used instead of the bundles that the settings name; the first is the default
        command: what starts a training
        registry: of those bundles or classifiers, where there is one already; default made at the start
        store: of the settings' data folder, where it is open already; closed with the app. Default opened at the start
        evaluate: what starts an evaluation

    Raises:
        StartError: the access token cannot be used
    """
    settings = settings or Settings()
    access = access_of(settings)
    metrics, admission = Metrics(), Admission()
    app = FastAPI(
        title="Camscope",
        summary=SUMMARY,
        description=DESCRIPTION,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan(
            settings, metrics, registry or partial(Registry, settings, classifiers), command, store, evaluate
        ),
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "auto_configure": False,
        },  # ours: app/telemetry.py
        form_limits={"max_files": 1, "max_fields": MAX_FIELDS, "max_part_size": MAX_FIELD_BYTES},
        middleware=middleware(settings, metrics, admission, access),
    )
    app.state.settings, app.state.access = settings, access
    app.state.metrics, app.state.admission = metrics, admission
    refusals.install(app, pages.error_page)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC_DIR), name="static")
    return app


def check_start(settings: Settings) -> tuple[Registry, Store]:
    """Raise what would stop a server with these settings at its start.

    Returns:
        the bundles, the default one loaded, and what is kept, opened

    Raises:
        StartError: the data folder, the models folder, the database or the access token cannot be used
        BundleError: a bundle that was named is refused
    """
    access_of(settings)
    registry = Registry(settings)
    registry.open_default()
    return registry, Store(settings.data_dir)


@contextlib.asynccontextmanager
async def _serving(settings: Settings, metrics: Metrics, first: Explains | None) -> AsyncIterator[InferenceQueue]:
    """The queue to the network; where it was not said how many photos share a pass, that is measured."""
    layout = plan(settings, first.provider) if first else plan(settings)
    passed = metrics.batch_size.observe
    queue = InferenceQueue(settings.queue_size, layout, settings.explanation_timeout_s, passed)
    metrics.queue_depth.set_function(lambda: queue.depth)
    metrics.queue_capacity.set(queue.places)
    if first is not None:
        metrics.model.labels(first.bundle.id, first.spec.architecture, first.spec.head, first.provider).set(1)
    queue.start()
    watching = asyncio.create_task(watch(queue))
    try:
        with contextlib.nullcontext() if settings.batch_max or first is None else measured(queue, first, layout):
            yield queue
    finally:
        watching.cancel()
        await run_in_threadpool(queue.close)


def _lifespan(
    settings: Settings,
    metrics: Metrics,
    bundles: Registry | Callable[[], Registry],
    command: Command,
    opened: Store | None,
    evaluate: EvaluationCommand,
) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        """Open what requests share, and close all of it again."""
        if unknown := unknown_variables():
            log.warning("settings that do not exist are left out: %s", ", ".join(unknown))
        ensure_temporary_folder(settings.data_dir)
        async with contextlib.AsyncExitStack() as stack:
            registry = bundles if isinstance(bundles, Registry) else await run_in_threadpool(bundles)
            first = await run_in_threadpool(registry.open_default)
            store = await run_in_threadpool(Store, settings.data_dir) if opened is None else opened
            stack.callback(store.close)
            await run_in_threadpool(read_catalogues)
            await run_in_threadpool(clear_drafts, settings.data_dir)
            thread = ThreadPoolExecutor(1, thread_name_prefix="answers")
            stack.push_async_callback(run_in_threadpool, thread.shutdown)
            await run_in_threadpool(tidy, store, settings, swept=True)
            disk = app.state.disk = await run_in_threadpool(Disk, settings.data_dir, settings.disk_reserve_bytes)
            watching = asyncio.create_task(keep_watch(disk))
            stack.callback(watching.cancel)
            Holdings(store.database).show(metrics, disk)
            uploads = app.state.uploads = Uploads(settings, metrics.decode_worker_restarts.inc)
            stack.push_async_callback(run_in_threadpool, uploads.close)
            queue = await stack.enter_async_context(_serving(settings, metrics, first))
            await stack.enter_async_context(trainings_open(app, settings, store, registry, uploads, command))
            await stack.enter_async_context(evaluations_open(app, settings, store, registry, evaluate))
            tidying = asyncio.create_task(keep_tidy(store, settings))
            stack.callback(tidying.cancel)
            app.state.registry = registry
            app.state.shelf = await run_in_threadpool(Shelf, settings, registry, store.grace_s)
            readiness = app.state.readiness = Readiness(registry, store, disk, queue)
            metrics.ready.set_function(lambda: readiness.last)
            limits = settings.reuse_across_owners, settings.explanation_timeout_s
            (admission := app.state.admission).open(queue)
            explainer = Explainer(store, registry, uploads, queue, admission, metrics, thread, disk, *limits)
            app.state.explainer = explainer
            app.state.comparer = Comparer(store, registry, uploads, admission, explainer, *limits)
            seer = app.state.seer = Seer(store, registry, uploads, admission, settings.explanation_timeout_s)
            scales = app.state.scales = Scales(store, explainer, seer, disk)
            app.state.alterer = Alterer(store, scales, seer)
            insides = Insides(registry)
            shared = SharedAnswers()
            app.state.learning = Learning(store, registry, seer, insides, shared)
            closing = asyncio.create_task(keep_closing(insides, shared))
            stack.callback(closing.cancel)
            app.state.channel_accounts = ChannelAccounts(store, registry, explainer, seer, disk)
            models = [entry.id for entry in await run_in_threadpool(registry.entries)]
            tell_start(settings, models, slots_of(settings), app.state.access is not None)
            yield

    return lifespan
