"""Settings of the rooms to learn in."""

from pydantic import BaseModel, Field

from app.settings_values import Paths


class LearnSettings(BaseModel):
    """What the rooms show beside what they compute."""

    head_comparisons: Paths = Field(
        (),
        description="Folders that `camscope compare-heads` wrote, separated by colons: the room of global pooling "
        "shows their numbers; none by default.",
    )
