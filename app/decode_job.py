"""What is asked of a process that decodes."""

from typing import NamedTuple

from model.spec import Preprocessing

PEAK_BYTES_PER_PIXEL = 12.5  # tests/test_torture_pictures.py measures it


class Job(NamedTuple):
    """What a worker is told of an upload.

    Attributes:
        size: of the upload, in bytes
        max_megapixels: more than this many million pixels are refused
        seconds: of processor time; the process ends with them
        preprocessing: what the network takes that is to see it; None: only find out whether it can be decoded
        scale: of the network's input
        alone: whether nothing else keeps the cores busy
        kept: whether a copy is to be kept
    """

    size: int
    max_megapixels: float
    seconds: float
    preprocessing: Preprocessing | None = None
    scale: float = 1
    alone: bool = False
    kept: bool = False
