"""What a route may ask for, by name.

What is at hand is given by coroutines: the framework would send a plain function through a thread.
"""

from typing import Annotated

from fastapi import Depends, Form, Request
from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from app.channel_accounts import ChannelAccounts
from app.datasets import Datasets
from app.disk import Disk
from app.evaluations import Evaluations
from app.explanations import Explainer
from app.learning import Learning
from app.questions import Wish
from app.registry import Registry
from app.scales import Scales
from app.training_offer import training_offer
from app.trainings import Trainings
from app.uploads import Uploads
from model.spec import SCALES


async def get_explainer(request: Request) -> Explainer:
    """The use-case: explain a photo, find, list, draw and delete explanations."""
    explainer: Explainer = request.app.state.explainer
    return explainer


async def get_registry(request: Request) -> Registry:
    """The bundles there are."""
    registry: Registry = request.app.state.registry
    return registry


async def get_uploads(request: Request) -> Uploads:
    """Decodes pictures, in processes of their own."""
    uploads: Uploads = request.app.state.uploads
    return uploads


async def get_datasets(request: Request) -> Datasets:
    """The use-case: collect pictures to train on."""
    datasets: Datasets = request.app.state.datasets
    return datasets


async def get_trainings(request: Request) -> Trainings:
    """The use-case: start, follow and stop trainings."""
    trainings: Trainings = request.app.state.trainings
    return trainings


async def get_evaluations(request: Request) -> Evaluations:
    """The use-case: start, follow and look at evaluations."""
    evaluations: Evaluations = request.app.state.evaluations
    return evaluations


async def get_scales(request: Request) -> Scales:
    """The use-case: look at a stored photo at other scales."""
    scales: Scales = request.app.state.scales
    return scales


async def get_channels(request: Request) -> ChannelAccounts:
    """The use-case: take a score apart into channels."""
    channels: ChannelAccounts = request.app.state.channel_accounts
    return channels


async def get_learning(request: Request) -> Learning:
    """The use-case: show a photo to a network, and look into it."""
    learning: Learning = request.app.state.learning
    return learning


def _require_training(request: Request) -> None:
    training_offer(request.app.state.settings).require()


async def _require_room(request: Request) -> None:
    disk: Disk = request.app.state.disk
    disk.require_room()


async def get_owner(request: Request) -> str:
    """Who asks: the sha256 of the owner cookie or of the `Camscope-Owner` header, 64 hex digits."""
    owner: str = request.state.owner
    return owner


async def get_wish(
    model: Annotated[
        Annotated[str, Field(max_length=300)] | SkipJsonSchema[None],
        Form(description="A bundle's id or name; default the server's first.", examples=[""]),
    ] = None,
    top_k: Annotated[
        Annotated[int, Field(ge=1)] | SkipJsonSchema[None],
        Form(description="How many of the most probable classes; default 5.", examples=[5]),
    ] = None,
    classes: Annotated[
        Annotated[list[str], Field(max_length=1000)] | SkipJsonSchema[None],
        Form(description="More classes to explain: labels, or indices as `index:285`.", examples=[[]]),
    ] = None,
    scale: Annotated[
        float, Form(description="Of the input: larger for a finer grid.", json_schema_extra={"enum": list(SCALES)})
    ] = 1,
    store: Annotated[bool, Form(description="False: compute, answer 200, keep nothing.")] = True,
) -> Wish:
    """The form's fields beside the photo; an empty field is one left out."""
    return Wish(model=model or None, top_k=top_k, classes=tuple(filter(None, classes or ())), scale=scale, store=store)


def _share(value: float) -> float:
    if not 0 <= value <= 1:
        raise PydanticCustomError("share", "takes a finite number from 0 to 1")
    return value


Share = Annotated[float, AfterValidator(_share), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]
ExplainerDep = Annotated[Explainer, Depends(get_explainer)]
RegistryDep = Annotated[Registry, Depends(get_registry)]
UploadsDep = Annotated[Uploads, Depends(get_uploads)]
DatasetsDep = Annotated[Datasets, Depends(get_datasets)]
ScalesDep = Annotated[Scales, Depends(get_scales)]
ChannelsDep = Annotated[ChannelAccounts, Depends(get_channels)]
EvaluationsDep = Annotated[Evaluations, Depends(get_evaluations)]
LearningDep = Annotated[Learning, Depends(get_learning)]
TrainingsDep = Annotated[Trainings, Depends(get_trainings)]
require_training = Depends(_require_training)  # or 403, 503 with what to do about it
require_room = Depends(_require_room)  # or 507: the disk is below its reserve
OwnerDep = Annotated[str, Depends(get_owner)]
WishDep = Annotated[Wish, Depends(get_wish)]
