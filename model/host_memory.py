"""Memory that a GPU reads and writes by itself, for what goes to it and what comes back.

The driver copies ordinary memory piece by piece through memory of its own; page-locked memory takes a fraction of
that time. It is dear to make, so what an array had is given to the next one.
"""

import ctypes
import math
import threading
import weakref
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

DRIVER = "libcuda.so.1"  # part of NVIDIA's driver: the same name for every version of CUDA
FOR_EVERY_CONTEXT = 1
LIMIT_BYTES = 2**30


class HostMemory:
    """Arrays in page-locked memory, which returns here when nobody holds an array or a part of it any more.

    Where there is no such memory, or no more of it, an array is an ordinary one. Safe to use from several threads.
    """

    def __init__(self, allocate: Callable[[int], int | None] | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        """Begin with nothing.

        Args:
            allocate: so many bytes of memory that is never freed, an address; None where there are none.
                Default page-locked, by the driver
            limit_bytes: take no more than this, whatever is asked for
        """
        self._allocate = allocate or page_locked
        self._left = limit_bytes
        self._lock = threading.Lock()
        self._free: dict[int, deque[int]] = defaultdict(deque)  # addresses, by size

    def empty(self, shape: Sequence[int], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """A new array whose values mean nothing yet, in the order of C."""
        length = math.prod(shape) * np.dtype(dtype).itemsize
        size = 1 << max(length - 1, 0).bit_length()
        if (address := self._take(size)) is None:
            return np.empty(shape, dtype)
        lease = (ctypes.c_char * length).from_address(address)  # lives as long as the array, or any view of it
        weakref.finalize(lease, self._free[size].append, address).atexit = False
        return np.ndarray(shape, dtype, memoryview(lease))

    def _take(self, size: int) -> int | None:
        try:
            return self._free[size].pop()
        except IndexError:
            pass
        with self._lock:
            if size > self._left or (address := self._allocate(size)) is None:
                return None
            self._left -= size
            return address


@cache
def shared() -> HostMemory:
    """This process's: what is page-locked is never given back, so that there is one limit for all of it."""
    return HostMemory()


def page_locked(size: int) -> int | None:
    """So many bytes that a GPU reaches; None where NVIDIA's driver, or this process's GPU, gives none."""
    driver = _driver()
    if driver is None:
        return None
    device, context, address = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
    if driver.cuDeviceGet(ctypes.byref(device), 0) or driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device):
        return None
    if driver.cuCtxPushCurrent_v2(context):
        return None
    failed = driver.cuMemHostAlloc(ctypes.byref(address), ctypes.c_size_t(size), FOR_EVERY_CONTEXT)
    driver.cuCtxPopCurrent_v2(ctypes.byref(context))
    return None if failed else address.value


@cache
def _driver() -> ctypes.CDLL | None:
    try:
        driver = ctypes.CDLL(DRIVER)
    except OSError:
        return None
    return None if driver.cuInit(0) else driver
