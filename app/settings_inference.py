"""Settings of the way through the network."""

from pydantic import BaseModel, Field


class InferenceSettings(BaseModel):
    """Who waits for the network, and how its forward passes are put together."""

    queue_size: int = Field(
        32,
        ge=1,
        le=10_000,
        description="How many photos may wait for the network before others are told to come later.",
    )
    explanation_timeout_s: float = Field(
        60,
        gt=0,
        le=3600,
        description="How many seconds an explanation may take, once its photo is here; then it is given up with a 504.",
    )
    inference_threads: int = Field(
        0, ge=0, le=1024, description="Processor threads of one pass through the network; 0 takes all cores."
    )
    inference_workers: int = Field(
        0,
        ge=0,
        le=64,
        description="How many passes run side by side, sharing those threads, when several photos are there; 0 takes "
        "one for every thread, at most 8, or two on a GPU.",
    )
    inference_megapixels: float = Field(
        0,
        ge=0,
        le=10_000,
        description="Most input pixels in the network at the same time, in millions; a larger input runs alone. More "
        "take more memory, which stays taken; 0 is enough at scale 1 for a photo in every pass, or for as many as "
        "CAMSCOPE_BATCH_MAX says, on a GPU for 128.",
    )
    batch_max: int = Field(
        0,
        ge=0,
        le=1024,
        description="Most photos of one shape that share a pass; 0 measures soon after the start, while nobody asks, "
        "what pays: on most processors 1 or 2, on a GPU many.",
    )
    batch_wait_ms: float = Field(
        0,
        ge=0,
        le=1000,
        description="How long a first photo waits for others that are on their way, to share its pass; alone it "
        "never waits.",
    )
