"""What the JSON contract says of every kind of job: the pictures it is asked to take, and how it stands."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.jobs import JobState
from app.schemas import Contract
from model.runs import Stage

Count = Annotated[int, Field(ge=0)]


class Source(Contract):
    """Labelled pictures: sent before, or on the server."""

    dataset: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="The id of uploaded pictures; this or `folder`."
    )
    folder: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="A folder on the server, in one of those that its operator allows."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.dataset is None) == (self.folder is None):
            raise PydanticCustomError("one_source", "give either 'dataset' or 'folder'")
        return self


class StageProgress(Contract):
    """How far the present stage is: pictures, or epochs."""

    stage: Stage
    done: Count
    total: Count
    seconds_left: float | None = Field(description="Of this stage, guessed; null while there is nothing to go by.")


class Standing(Contract):
    """How a job stands: asked for, waiting, under way, or over."""

    id: str = Field(description="Unguessable.")
    name: str
    state: JobState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    position: Annotated[int, Field(ge=1)] | None = Field(description="In the line; 1 is next, null: not waiting.")
    stopping: bool = Field(description="Whether it has been told to stop and has not yet.")
    stage: Stage | None = Field(description="The part of the work under way, or the last one that was.")
    progress: StageProgress | None
    problems: list[str] = Field(description="A sentence each: pictures that were left out, and other things to know.")
    accuracy: float | None
    error: str | None = Field(description="Why it failed, in a sentence.")
    url: str
    page_url: str
