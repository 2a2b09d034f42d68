"""Maps of all classes made where the network runs: on a GPU the feature maps never leave it.

Bringing feature maps to the host and multiplying them there takes several times what a GPU's forward pass does. On
the GPU product and copy take a seventh of it. See docs/decisions/0110-a-gpu-makes-its-maps-itself.md.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from model.cam import Array
from model.errors import InferenceError
from model.host_memory import HostMemory, shared
from model.runtime import DEVICES, PROCESSOR, Runtime
from model.sessions import session_options, usable_cores
from model.spec import HeadKind

GRAPH = Path(__file__).with_name("head.onnx")
# A map accounts for its logit to rounding error: neither is made of numbers rounded to TF32's 11 bits.
OPTIONS: dict[str, dict[str, str]] = {"CUDAExecutionProvider": {"use_tf32": "0"}}
COPYING_THREADS = 4
SMALL_BYTES = 2**22  # of a batch: less than what handing it to threads costs


def pays(provider: str, kind: HeadKind, weight: Array) -> bool:
    """Whether maps are better made where the network runs.

    They are on a GPU, of a `gap` head; unless there are more classes than channels, and so more maps to bring to
    the host than feature maps.

    Args:
        provider: ONNX Runtime's, of the network
        kind: of the head
        weight: of the head, (K, C)
    """
    on_gpu = provider in DEVICES and provider != PROCESSOR
    return on_gpu and kind is HeadKind.GAP and weight.shape[0] <= weight.shape[1]


@dataclass(frozen=True)
class Mapped:
    """What a pass came to: logits and bias (B, K), all maps (B, K, h, w); how long the network and the head took."""

    logits: Array
    bias: Array
    maps: Array
    forward_ms: float
    cam_ms: float


class DeviceMaps:
    """A `gap` head beside the network on its device; safe to call from several threads.

    One pass has the device at a time, whatever the network: two that share it take longer than one after the other.
    While one has it, other threads put batches together and look at what came.
    """

    _turn = threading.Lock()

    def __init__(self, runtime: Runtime, weight: Array, bias: Array, memory: HostMemory | None = None) -> None:
        """Bring the head to the device.

        Args:
            runtime: the network
            weight: of its head, (K, C)
            bias: of its head, (K,)
            memory: of the host, for what goes to the device and comes from it; default this process's
        """
        self._runtime = runtime
        self._device = runtime.device
        providers = [(runtime.provider, OPTIONS.get(runtime.provider, {}))]
        self._session = onnxruntime.InferenceSession(GRAPH.read_bytes(), session_options(1), providers=providers)
        self._head = {
            name: onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values), self._device, 0)
            for name, values in (("weight", weight), ("bias", bias))
        }
        self._classes, self._bias = len(weight), bias
        self._memory = memory or shared()
        self._copying = ThreadPoolExecutor(min(COPYING_THREADS, usable_cores()), "stack")

    def stack(self, inputs: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
        """Inputs of one shape as a batch, (B, H, W, 3), in memory from which the device takes it quickly."""
        batch = self._memory.empty((len(inputs), *inputs[0].shape), np.uint8)
        if batch.nbytes < SMALL_BYTES:
            return np.stack(inputs, out=batch)
        share = -(-len(inputs) // COPYING_THREADS)
        starts = range(0, len(inputs), share)
        list(self._copying.map(lambda at: np.stack(inputs[at : at + share], out=batch[at : at + share]), starts))
        return batch

    def run(self, batch: npt.NDArray[np.uint8]) -> Mapped:
        """One forward pass, and the maps of all classes.

        Args:
            batch: (B, H, W, 3), 8-bit RGB, of a size the network takes

        Raises:
            InferenceError: the pass failed, or its answer has the wrong shape or is not finite. Features are not
                looked at: behind an average and a linear layer one that is not finite leaves no logit finite
        """
        with self._turn:
            started = time.perf_counter()
            features = self._runtime.features_there(batch)
            ran = time.perf_counter()
            logits, maps = self._weigh(features)
            done = time.perf_counter()
        if not np.isfinite(logits).all():
            raise InferenceError("The network's answer is not a finite number.")
        return Mapped(logits, np.tile(self._bias, (len(batch), 1)), maps, (ran - started) * 1e3, (done - ran) * 1e3)

    def _weigh(self, features: onnxruntime.OrtValue) -> tuple[Array, Array]:
        """The head on feature maps (B, C, h, w): logits, and model.cam.class_activation_maps."""
        batch, channels, height, width = features.shape()
        cells = height * width
        logits = self._memory.empty((batch, self._classes), np.float32)
        maps = self._memory.empty((batch, self._classes, cells), np.float32)
        try:
            binding = self._session.io_binding()
            for name, values in self._head.items():
                binding.bind_ortvalue_input(name, values)
            address = features.data_ptr()
            binding.bind_input("features", self._device, 0, np.float32, (batch, channels, cells), address)
            for name, room in (("logits", logits), ("maps", maps)):
                binding.bind_output(name, "cpu", 0, np.float32, room.shape, room.ctypes.data)
            self._session.run_with_iobinding(binding)
        except Exception as error:  # the binding raises a dozen unrelated types
            raise InferenceError("The maps of this picture could not be computed.") from error
        return logits, maps.reshape(batch, self._classes, height, width)
