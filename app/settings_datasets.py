"""Settings of pictures to train on."""

from pydantic import BaseModel, Field

from app.units import MIB


class DatasetSettings(BaseModel):
    """How many pictures to train on are taken, and how long they are kept."""

    max_archive_mb: float = Field(
        1000, gt=0, le=1_000_000, description="Largest zip archive of pictures to train on, in megabytes."
    )
    max_archive_files: int = Field(20_000, ge=1, le=10**7, description="Most files that such an archive may have.")
    max_unpacked_mb: float = Field(
        2000, gt=0, le=10**7, description="Most that such an archive may be unpacked, in megabytes."
    )
    max_unpacked_ratio: float = Field(
        100, ge=1, le=10_000, description="How many times its own size such an archive may be unpacked."
    )
    max_dataset_mb: float = Field(
        5000, gt=0, le=10**7, description="Most that one visitor's set of pictures to train on may have, in megabytes."
    )
    max_dataset_pictures: int = Field(
        50_000, ge=1, le=10**7, description="Most pictures that a set to train on may have."
    )
    max_datasets_gb: float = Field(
        20, gt=0, le=10**6, description="Most that all sets of pictures to train on may have together, in gigabytes."
    )
    dataset_retention_days: float = Field(
        7,
        ge=0,
        le=36_500,
        description="Pictures to train on that were not used for so many days are deleted; 0 keeps all.",
    )

    @property
    def max_archive_bytes(self) -> int:
        """The largest archive of pictures that is taken, in bytes."""
        return round(self.max_archive_mb * MIB)
