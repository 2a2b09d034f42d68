"""Memory that is handed on: never while somebody still looks at it, never more than is allowed."""

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from model import host_memory
from model.host_memory import HostMemory


class Source:
    """Ordinary memory, counted."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []

    def __call__(self, size: int) -> int:
        self.blocks.append(np.zeros(size, np.uint8))
        return self.blocks[-1].ctypes.data


def test_what_an_array_had_is_given_to_the_next_one_of_its_size() -> None:
    memory = HostMemory(source := Source())
    first = memory.empty((3, 5), np.float32)
    first[:] = np.arange(15).reshape(3, 5)
    address = first.ctypes.data
    assert source.blocks[0][:60].view(np.float32)[7] == 7
    del first
    gc.collect()
    again = memory.empty((16,), np.float32)
    assert again.ctypes.data == address
    assert again.flags.writeable
    assert [len(block) for block in source.blocks] == [64]


def test_a_view_keeps_its_memory() -> None:
    memory = HostMemory(source := Source())
    part = memory.empty((4, 4), np.float32).reshape(2, 2, 4)[1, 0][1:]
    part[:] = 5
    gc.collect()
    memory.empty((4, 4), np.float32)[:] = 7
    assert (part == 5).all()
    assert len(source.blocks) == 2


def test_beyond_the_limit_and_without_a_source_arrays_are_ordinary() -> None:
    memory = HostMemory(source := Source(), limit_bytes=64)
    held = [memory.empty((64,), np.uint8) for _ in range(3)]
    assert len(source.blocks) == 1
    assert [one.shape for one in held] == [(64,)] * 3
    memory = HostMemory(lambda _: None)
    assert memory.empty((2, 3), np.float32).shape == (2, 3)


def test_without_nvidias_driver_none_is_page_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_memory, "DRIVER", "libnothing.so.0")
    host_memory._driver.cache_clear()
    assert host_memory.page_locked(4096) is None
    assert HostMemory().empty((4096,), np.uint8).shape == (4096,)
    host_memory._driver.cache_clear()


class Driver:
    """Answers as NVIDIA's does, and fails where it is told to."""

    def __init__(self, failing: str = "") -> None:
        self.failing, self.called = failing, list[str]()
        self.memory = np.zeros(4096, np.uint8)

    def __getattr__(self, name: str) -> Callable[..., int]:
        def call(*arguments: Any) -> int:
            self.called.append(name)
            if name == "cuMemHostAlloc" and self.failing != name:
                arguments[0]._obj.value = self.memory.ctypes.data
            return int(name == self.failing)

        return call


@pytest.mark.parametrize(
    "failing", ["", "cuDeviceGet", "cuDevicePrimaryCtxRetain", "cuCtxPushCurrent_v2", "cuMemHostAlloc"]
)
def test_a_driver_that_refuses_leaves_ordinary_memory(failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(failing)
    monkeypatch.setattr(host_memory, "_driver", lambda: driver)
    assert host_memory.page_locked(4096) == (None if failing else driver.memory.ctypes.data)
    assert driver.called.count("cuCtxPopCurrent_v2") == ("cuMemHostAlloc" in driver.called)
