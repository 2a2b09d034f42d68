"""Settings of trainings."""

from pydantic import BaseModel, Field

from app.settings_values import Folders, Switch
from app.units import GIB


class TrainingSettings(BaseModel):
    """Whether visitors may train, on what, and how much of the machine that may take."""

    training: Switch = Field(
        "auto",
        description="Whether visitors may train and evaluate networks; auto: only while the server listens on a "
        "loopback address, and only under the name localhost or such an address. Training is costly: behind a proxy "
        "that others can reach, say off.",
    )
    training_jobs: int = Field(
        1, ge=1, le=64, description="How many trainings run at the same time; the others wait in line."
    )
    training_threads: int = Field(
        0,
        ge=0,
        le=1024,
        description="Processor threads of a training or an evaluation, which have the lowest priority; 0 takes half of "
        "the cores.",
    )
    training_folders: Folders = Field(
        (),
        description="Folders on the server that visitors may train from and evaluate on, separated by colons; none by "
        "default.",
    )
    max_waiting_trainings: int = Field(
        20,
        ge=1,
        le=10_000,
        description="How many trainings, and how many evaluations, may wait in line; others are told to come later.",
    )
    max_evaluations_gb: float = Field(
        20,
        gt=0,
        le=10**6,
        description="Most that all evaluations may have together, in gigabytes; then no other is "
        "begun until some are deleted.",
    )
    feature_cache_gb: float = Field(
        10, gt=0, le=10**6, description="Most that features kept for the next training may take in the cache folder."
    )

    @property
    def max_evaluations_bytes(self) -> int:
        """Where evaluations have so many bytes together, no other is begun."""
        return round(self.max_evaluations_gb * GIB)
