"""Settings of the pictures that are uploaded, and of how they are decoded."""

from pydantic import BaseModel, Field

from app.units import MIB


class PictureSettings(BaseModel):
    """Which pictures are taken, and how they are decoded."""

    max_upload_mb: float = Field(
        20, gt=0, le=2000, description="Largest file that is taken, in megabytes of 1,048,576 bytes."
    )
    max_megapixels: float = Field(
        50,
        gt=0,
        le=10_000,
        description="Largest picture that is decoded, in millions of pixels; while it is, each takes up to 12.5 bytes "
        "and the file twice its own, so 50 take about 650 MB.",
    )
    decode_slots: int = Field(
        0,
        ge=0,
        le=64,
        description="How many pictures are decoded at the same time, each in a process of its own; so many times what "
        "CAMSCOPE_MAX_MEGAPIXELS says of memory must fit the machine. 0 takes one for every core, or as many as fit.",
    )
    decode_timeout_s: float = Field(
        20, gt=0, le=3600, description="How long decoding one picture may take, in seconds, before it is given up."
    )

    @property
    def max_upload_bytes(self) -> int:
        """The largest file that is taken, in bytes."""
        return round(self.max_upload_mb * MIB)
