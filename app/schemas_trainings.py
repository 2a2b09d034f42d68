"""The JSON contract of trainings and of the pictures to train on, version 1."""

import re
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from app.schemas import Contract
from app.schemas_jobs import Count, Source, StageProgress, Standing
from model.manifest import NAME_PATTERN
from model.metrics import EpochFigures
from model.plan import Balance, Freeze, HeadChoice
from model.runs import RunStage
from model.spec import Activation

MOST_CORRECTIONS = 2000


def _bundle_name(value: str) -> str:
    if not re.fullmatch(NAME_PATTERN, value):
        raise PydanticCustomError("bundle_name", "is no name of a model")
    return value


BundleName = Annotated[
    str, AfterValidator(_bundle_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"})
]


class ClassCount(Contract):
    """One class of the pictures to train on."""

    label: str
    pictures: Count


class Dataset(Contract):
    """Pictures to train on, uploaded, with their labels."""

    id: str = Field(description="Unguessable.")
    created_at: datetime
    expires_at: datetime | None = Field(description="When it is deleted unless it is used; null: it is kept.")
    classes: list[ClassCount] = Field(description="In alphabetical order.")
    validation: Count = Field(description="Pictures that were given for validation; 0: some will be chosen.")
    pictures: Count
    bytes: Count
    problems: list[str] = Field(description="A sentence each: what the last request left out, what is missing.")


class DatasetPage(Contract):
    """One's own pictures to train on, newest first."""

    items: list[Dataset]


class Renamed(Contract):
    """Another name for a class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = Field(
        description="The new one; a class that has it already gets the pictures besides.", examples=["ants"]
    )


class WrongReason(Contract):
    """A part of a picture to learn from that says the wrong thing, in pixels of the upright picture."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    picture: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] = Field(description="sha256 of the picture's bytes.")
    left: float
    top: float
    right: float = Field(description="Excluded.")
    bottom: float = Field(description="Excluded.")
    label: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="The class whose evidence there is wrong; null: every class's."
    )

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.left >= self.right or self.top >= self.bottom:
            raise PydanticCustomError("no_region", "needs left < right and top < bottom")
        return self


class Asked(Source):
    """What a training is asked to be; what is left out is the trainer's choice."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False)

    name: BundleName = Field(description="Of the new model.", examples=["insects"])
    base: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        None, description="The id or name of the model to begin from; default the server's first."
    )
    head: HeadChoice = Field(HeadChoice.GAP, description="What stands between the last feature maps and the classes.")
    loss: Activation = Field(
        Activation.SOFTMAX, description="softmax: one label a picture; sigmoid: each class for itself."
    )
    single_logit: bool = Field(False, description="One logit for two classes, with a sigmoid.")
    freeze: Freeze = Field(
        Freeze.AUTO,
        description="auto: the head, then all of the network, and the better is kept; head: the head alone; "
        "none: the fine-tuned network is kept.",
    )
    epochs: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="Of fine-tuning, at most; it may stop earlier. Default the recipe's."
    )
    balance: Balance = Field(Balance.NONE, description="What is done where classes have unequal numbers of pictures.")
    image_size: Annotated[int, Field(ge=32, le=1024)] | None = Field(
        None, description="Side of the square whose area the input has, in pixels; default the base's."
    )
    batch_size: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None, description="Pictures a step of fine-tuning; default the recipe's."
    )
    lr: Annotated[float, Field(gt=0, le=10)] | None = Field(
        None, description="Learning rate of the head in fine-tuning; default the recipe's."
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Of all that is drawn by chance.")
    corrections: Annotated[tuple[WrongReason, ...], Field(max_length=MOST_CORRECTIONS)] = Field(
        (), description="What is the wrong reason on some of the pictures: the model learns not to look there."
    )
    corrections_of: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="The id of a training of yours whose `corrections` are to be these, too."
    )


class Stop(Contract):
    """How a training is stopped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep: bool = Field(False, description="True: the best so far becomes a model; false: nothing is kept.")


class TrainingProgress(StageProgress):
    """How far the present stage is: pictures, or epochs."""

    stage: RunStage


class Training(Standing):
    """A training: asked for, waiting, under way, or over."""

    name: str = Field(description="Of the model it makes.")
    asked: Asked
    counts: list[ClassCount] = Field(description="The pictures of each class.")
    stage: RunStage | None = Field(description="The part of the work under way, or the last one that was.")
    progress: TrainingProgress | None
    seconds_left: float | None = Field(description="Of all of it, guessed; null while there is nothing to go by.")
    epochs: list[EpochFigures] = Field(description="Those done, in the order they ran.")
    epochs_planned: Count = Field(description="In the present stage.")
    accuracy: float | None = Field(description="On the validation pictures; null until it is done.")
    model: str | None = Field(description="The id of the bundle it made; null until it is done.")
    events_url: str = Field(description="Server-sent events, as it goes.")


class TrainingPage(Contract):
    """One's own trainings, newest first."""

    items: list[Training]
