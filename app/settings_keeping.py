"""Settings of what is kept of explanations, and for how long."""

from pydantic import BaseModel, Field

from app.units import GIB, MIB


class KeepingSettings(BaseModel):
    """How long explanations are kept, how many, and for whom."""

    retention_days: float = Field(
        0,
        ge=0,
        le=36_500,
        description="Explanations and evaluations older than this many days are deleted; 0 keeps all.",
    )
    retention_count: int = Field(
        0, ge=0, le=10**9, description="Beyond this many explanations the oldest are deleted; 0 keeps all."
    )
    retention_gb: float = Field(
        0,
        ge=0,
        le=10**6,
        description="Beyond this many gigabytes of photos and maps the oldest explanations are deleted; 0 keeps all.",
    )
    retention_check_minutes: float = Field(
        10, gt=0, le=1440, description="How often explanations that are due are looked for and deleted."
    )
    disk_reserve_mb: float = Field(
        256,
        ge=0,
        le=10**7,
        description="Where less is free on the data folder's disk, in megabytes, nothing more is kept until there is "
        "room again; 0 keeps until it is full.",
    )
    reuse_across_owners: bool = Field(
        True,
        description="Whether numbers found for one person's photo answer another's identical one: the quick answer "
        "lets somebody who has the very same file learn that it was here before; false reuses one's own only.",
    )

    @property
    def retention_bytes(self) -> int:
        """The most bytes of photos and maps that are kept; 0 for no limit."""
        return round(self.retention_gb * GIB)

    @property
    def disk_reserve_bytes(self) -> int:
        """What is to stay free on the data folder's disk, in bytes."""
        return round(self.disk_reserve_mb * MIB)
