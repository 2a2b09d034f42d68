"""How forward passes are put together: how many side by side, how many photos in each, how large."""

import math
from dataclasses import dataclass

from app.config import Settings
from model.runtime import PROCESSOR
from model.sessions import usable_cores

MEGA = 1_000_000
WORKERS_AT_MOST = 8  # one process does not feed more
GPU_WORKERS = 2  # one pass's answers are put together while the next one runs
GPU_BATCH = 8  # until it is measured
PIXELS_PER_WORKER = 75_000  # a photo at scale 1 has 65,536 of them, its sides rounded
GPU_PIXELS = 2**23


@dataclass(frozen=True)
class Layout:
    """How forward passes are put together (docs/decisions/0100).

    Attributes:
        workers: how many passes run side by side
        batch_max: how many photos share a pass at most
        max_pixels: how many input pixels all passes that run side by side have at most; a larger input runs alone
        wait_s: how long a first request waits for photos that are on the way, in seconds
    """

    workers: int = 1
    batch_max: int = 1
    max_pixels: int = PIXELS_PER_WORKER
    wait_s: float = 0.0


def side_by_side(settings: Settings) -> int:
    """How many passes run side by side on processors: default one for every core, or for every thread allowed."""
    cores = usable_cores()
    return settings.inference_workers or min(settings.inference_threads or cores, cores, WORKERS_AT_MOST)


def plan(settings: Settings, provider: str = PROCESSOR) -> Layout:
    """What was chosen, and where nothing was, what suits the device.

    Args:
        settings: what the operator chose
        provider: ONNX Runtime's name for what runs the network
    """
    on_processor = provider == PROCESSOR
    workers = side_by_side(settings) if on_processor else settings.inference_workers or GPU_WORKERS
    # At least two photos: otherwise it could not be tried whether they should share a pass.
    pixels = PIXELS_PER_WORKER * max(2, workers * max(1, settings.batch_max)) if on_processor else GPU_PIXELS
    return Layout(
        workers=workers,
        batch_max=settings.batch_max or (1 if on_processor else GPU_BATCH),
        max_pixels=math.ceil(settings.inference_megapixels * MEGA) or pixels,
        wait_s=settings.batch_wait_ms / 1e3,
    )
